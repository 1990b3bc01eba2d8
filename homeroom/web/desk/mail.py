"""What strangers sent, shown so that it can do no harm: their files and the mail as it was sent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import blobs
from homeroom.kit.html import sanitise
from homeroom.tickets import lists
from homeroom.web.files import hand_out
from homeroom.web.policy import staff

FRAME_POLICY = (
    "sandbox allow-same-origin; default-src 'none'; img-src 'self' data:; "
    "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The mail is a document of its own in which nothing runs, loads from elsewhere or leads away."""


@require_http_methods(["GET", "HEAD"])
@staff
def frame(request: HttpRequest, viewer: Viewer, message_id: int) -> HttpResponse:
    """The mail as it was sent, cleaned, for the frame inside a conversation."""
    message = lists.message(message_id, viewer=viewer)
    if message is None:
        raise Http404
    html = ""
    if message.html_id is not None:
        pictures = {
            file.content_id.strip("<>"): reverse("desk:file", args=[file.pk])
            for file in message.attachments.all()
            if file.content_id
        }
        written = blobs.content(message.html_id).decode("utf-8", "replace")
        html = sanitise(written, pictures=pictures)
    context = {
        "html": mark_safe(html),  # noqa: S308  # cleaned by kit.html and framed by the policy above
        "text": message.text,
        "lang": message.language,
    }
    response = render(request, "desk/mail_frame.html", context)
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD"])
@staff
def file(request: HttpRequest, viewer: Viewer, file_id: int) -> HttpResponse:  # noqa: ARG001
    """One file of a request that the viewer may see."""
    found = lists.file(file_id, viewer=viewer)
    if found is None:
        raise Http404
    return hand_out(found)
