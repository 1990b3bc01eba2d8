"""Beside a request: passages that may answer it and saved replies, put into the reply by key."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.pipeline import helping
from homeroom.tickets import queries
from homeroom.web.context import name_of
from homeroom.web.desk.work import NoSuchThing
from homeroom.web.policy import staff

if TYPE_CHECKING:
    from homeroom.tickets.models import Ticket

type Drawn = dict[str, object]

KEYS = "56789"
"""The keys of the first things to insert; 1 to 3 send a request to a team."""


@require_http_methods(["GET", "HEAD"])
@staff
def helps(
    request: HttpRequest,
    viewer: Viewer,
    queue: str,  # noqa: ARG001
    reference: str,
) -> HttpResponse:
    """A piece of the page of a request, asked for once the page stands."""
    ticket = queries.by_reference(reference, viewer=viewer)
    if ticket is None:
        raise Http404
    context = drawn(ticket, viewer=viewer, agent=name_of(request), now=clock.now())
    return render(request, "desk/helps.html", {"helps": context})


def drawn(ticket: "Ticket", *, viewer: Viewer, agent: str, now: datetime) -> Drawn:
    """The helps of desk/helps.html."""
    keys = iter(KEYS)
    passages = [
        {
            "value": one.key,
            "title": one.title,
            "text": one.text,
            "url": one.url,
            "from_whom": one.from_whom,
            "is_sure": one.is_sure,
            "may_send": one.may_send,
            "key": next(keys, "") if one.may_send else "",
        }
        for one in helping.passages(ticket, viewer=viewer, now=now)
    ]
    replies = [
        {
            "value": one.key,
            "title": one.title,
            "text": one.text,
            "lang": one.language,
            "key": next(keys, ""),
        }
        for one in helping.replies(ticket, agent=agent, viewer=viewer)
    ]
    return {"passages": passages, "replies": replies}


def inserted(
    written: str, value: str, *, ticket: "Ticket", viewer: Viewer, agent: str, now: datetime
) -> str:
    """The reply with what was chosen behind what is written: where no script does it.

    :raises NoSuchThing: when it is not there any more, or not for the asker.
    """
    offered = [
        *((one.key, one.text) for one in helping.replies(ticket, agent=agent, viewer=viewer)),
        *(
            (one.key, one.text)
            for one in helping.passages(ticket, viewer=viewer, now=now)
            if one.may_send
        ),
    ]
    text = dict(offered).get(value)
    if text is None:
        raise NoSuchThing(_("This is not there any more. Look at the page again."))
    return f"{written.rstrip()}\n\n{text}".lstrip()
