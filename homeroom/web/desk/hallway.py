"""Writing down what was asked in the hallway: one line, eight seconds."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.channels import line as lines
from homeroom.channels.form.filled import TooMuch, check_files
from homeroom.channels.walkup import heard as walkup
from homeroom.district import colleagues
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.pipeline import at_once
from homeroom.tickets import actions, log, queries
from homeroom.web.context import district
from homeroom.web.policy import staff
from homeroom.web.portal.sending import attached

if TYPE_CHECKING:
    from homeroom.tickets.models import Message, Ticket

WAIT_S = 1.0
"""How long the page waits to show what was understood; the note is kept before that."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def hallway(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The line (GET), or the way to what was understood of it (POST)."""
    if request.method == "POST":
        return _keep(request, viewer, now=clock.now())
    saved = queries.by_reference(request.GET.get("saved", ""), viewer=viewer)
    context = {
        "values": {"when": "now"},
        "errors": {},
        "heard": _understood(saved) if saved else None,
        "change_url": reverse("desk:request", args=[saved.reference]) if saved else "",
        "stored": saved.last_text if saved else "",
        "who_is_told": _("We keep it, so the work counts."),
    }
    return render(request, "desk/hallway.html", context)


def _keep(request: HttpRequest, viewer: Viewer, *, now: datetime) -> HttpResponse:
    line = request.POST.get("line", "").strip()
    uploads = request.FILES.getlist("photo")
    errors = {}
    if not line:
        errors["line"] = _("Write a few words: who, where, what.")
    try:
        check_files([(file.name or "", file.size or 0) for file in uploads])
    except TooMuch as error:
        errors["line"] = str(error)
    if errors:
        values = {name: request.POST.get(name, "") for name in ("line", "when", "done")}
        context = {"values": values, "errors": errors, "heard": None}
        return render(request, "desk/hallway.html", context, status=422)
    heard = walkup.hear(line)
    at = walkup.moment(
        heard,
        picked=request.POST.get("when", "now"),
        now=timezone.localtime(now, district().zone),
    )
    message = _take_in(request, viewer, line, who=heard.who, at=at, now=now)
    if message is None:
        return HttpResponseRedirect(reverse("desk:hallway"), status=303)
    at_once.wait_until_read(message, seconds=WAIT_S)
    if heard.done or request.POST.get("done"):
        _finish(message, viewer, at=at, now=now)
    saved = f"?saved={message.ticket.reference}"
    return HttpResponseRedirect(reverse("desk:hallway") + saved, status=303)


def _take_in(
    request: HttpRequest, viewer: Viewer, line: str, *, who: str, at: datetime, now: datetime
) -> "Message | None":
    """Keep and file the note under the name of whoever wrote it down."""
    me = colleagues.person(viewer.person_id, viewer=viewer)
    recorder = (me.source_id if me else "") or str(getattr(request.user, "email", ""))
    key = _key(recorder, line, now)
    kept = lines.write(
        id=f"walkup-{key}",
        at=at,
        channel="walkup",
        text=line,
        sender={"name": who or _("Somebody in the hallway")},
        recorded_by=recorder,
        attachments=attached(request.FILES.getlist("photo")),
    )
    return at_once.take_in(kept, channel="walkup", key=key, now=now).message


def _key(recorder: str, line: str, now: datetime) -> str:
    """The same line of the same person within a minute is one note, however often it is sent."""
    minute = now.strftime("%Y%m%d%H%M")
    return hashlib.sha256(f"{recorder}\0{minute}\0{line}".encode("utf-8", "replace")).hexdigest()


def _finish(message: "Message", viewer: Viewer, *, at: datetime, now: datetime) -> None:
    """It was fixed on the spot: the work counts for whoever wrote it down, at that time."""
    ticket = queries.by_reference(message.ticket.reference or "", viewer=viewer) or message.ticket
    if ticket.status in {"resolved", "closed"}:
        return
    by = log.person(viewer.person_id)
    me = colleagues.person(viewer.person_id, viewer=viewer)
    if me is not None and viewer.team_ids:
        team = colleagues.teams_of(me, viewer=viewer)[0]
        actions.assign(ticket, team=team, assignee=me, by=by, now=now)
    actions.resolve(ticket, by=by, at=at, now=now)


def _understood(ticket: "Ticket") -> list[dict[str, object]]:
    """What was understood of the last note: who, where, what, and who has it."""
    person = ticket.requester
    who = (f"{person.title} {person.name}".strip() if person else "") or ticket.requester_name
    where = ", ".join(spot.name for spot in (ticket.org, ticket.place) if spot)
    rows = (
        ("person", who),
        ("pin", where),
        ("tool", ticket.service.name if ticket.service else ""),
        ("people", ticket.team.name if ticket.team else ""),
        ("check", _("Already fixed") if ticket.status == "resolved" else ""),
    )
    return [{"icon": icon, "word": word} for icon, word in rows if word]
