"""Mail that waits for a person to decide: see it, file it, read it again, or discard it."""

from datetime import datetime, timedelta

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.channels import aside, settling
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.pipeline import health
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, GoneMeanwhile, Refused, Sent, Work

_SALT = "setup held"
HOUR = timedelta(hours=1)
RAW_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'"


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def held(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What waits (GET), or what was decided about one of it (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"retry": _retry, "release": _release, "discard": _discard},
        back=reverse("setup:held"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


@administrator
@require_http_methods(["GET", "HEAD"])
def raw(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:  # noqa: ARG001
    """One thing as it came, as text in which nothing runs or hides."""
    envelope = aside.one(number, viewer=viewer)
    if envelope is None:
        raise Http404
    response = HttpResponse(aside.as_text(envelope), content_type="text/plain; charset=utf-8")
    response.headers["Content-Security-Policy"] = RAW_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = 'inline; filename="as-it-came.txt"'
    return response


def _retry(work: Work) -> str:
    envelope = forms.there(aside.one(work.number("envelope"), viewer=work.viewer))
    _must(settling.try_again(envelope=envelope, by=work.by(), now=work.now))
    return _("We read it again now.")


def _release(work: Work) -> str:
    envelope = forms.there(aside.one(work.number("envelope"), viewer=work.viewer))
    _must(settling.release(envelope=envelope, by=work.by(), now=work.now))
    return _("It becomes a request now.")


def _discard(work: Work) -> str:
    envelope = forms.there(aside.one(work.number("envelope"), viewer=work.viewer))
    because = work.words("because", 200)
    if not because:
        name = f"because-{envelope.pk}"
        raise Refused({name: _("Write why it can go. A few words are enough.")})
    _must(settling.discard(envelope=envelope, because=because, by=work.by(), now=work.now))
    return _("Discarded. The reason is kept.")


def _must(done: bool) -> None:  # noqa: FBT001
    """Go on only when nobody was faster."""
    if not done:
        raise GoneMeanwhile


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    now = clock.now()
    after = _after(request.GET.get("after", ""))
    found = aside.waiting(viewer=viewer, after=after)
    here = reverse("setup:held")
    counts = health.counts(viewer=viewer, since=now - HOUR)
    context: Drawn = {
        "page": "held",
        "rows": [_row(one) for one in found[: aside.PAGE]],
        "counts": counts,
        "older_url": f"{here}?after={_key(found[aside.PAGE - 1])}"
        if len(found) > aside.PAGE
        else "",
        "newer_url": here if after else "",
    }
    return forms.page(request, viewer, "setup/held.html", context, about=["mail"], sent=sent)


def _row(one: aside.Waiting) -> Drawn:
    envelope = one.envelope
    return {
        "id": envelope.pk,
        "state": str(envelope.state),
        "from": one.sender or _("nobody we can read"),
        "subject": one.subject,
        "at": envelope.received_at,
        "reason": envelope.reason,
        "size": filesizeformat(one.size),
        "raw_url": reverse("setup:raw", args=[envelope.pk]),
    }


def _key(one: aside.Waiting) -> str:
    return signing.dumps([one.envelope.received_at.isoformat(), one.envelope.pk], salt=_SALT)


def _after(given: str) -> tuple[datetime, int] | None:
    if not given:
        return None
    try:
        at, number = signing.loads(given, salt=_SALT)
        return datetime.fromisoformat(at), int(number)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
