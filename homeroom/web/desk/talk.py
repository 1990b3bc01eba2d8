"""One request on the desk: read it, and do something about it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.kit.errors import Expected
from homeroom.kit.failpoint import reach
from homeroom.tickets import queries
from homeroom.tickets.answering import Author
from homeroom.web.context import name_of, tell
from homeroom.web.desk import acts, helps, lists, shown
from homeroom.web.desk.work import Work
from homeroom.web.policy import staff

if TYPE_CHECKING:
    from homeroom.tickets.models import Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def anywhere(
    request: HttpRequest,  # noqa: ARG001
    viewer: Viewer,
    reference: str,
) -> HttpResponse:
    """The address that letters name: the request in the queue where one finds it."""
    ticket = _find(reference, viewer)
    mine = ticket.team_id in viewer.team_ids
    is_live = ticket.status in {"new", "open", "waiting"}
    queue = ("team" if is_live else "done") if mine else "all"
    return HttpResponseRedirect(reverse("desk:talk", args=[queue, ticket.reference]))


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def talk(request: HttpRequest, viewer: Viewer, queue: str, reference: str) -> HttpResponse:
    """The conversation (GET), or what one of its small forms asks for (POST)."""
    ticket = _find(reference, viewer)
    if ticket.merged_into is not None and request.method != "POST":
        return HttpResponseRedirect(
            reverse("desk:talk", args=[queue, ticket.merged_into.reference])
        )
    now = clock.now()
    if request.method != "POST":
        return _draw(request, viewer, queue, ticket, now=now)
    if request.POST.get("do", "").startswith("insert:"):
        return _insert(request, viewer, queue, ticket, now=now)
    return _act(request, viewer, queue, ticket, now=now)


def _find(reference: str, viewer: Viewer) -> "Ticket":
    ticket = queries.by_reference(reference, viewer=viewer)
    if ticket is None:
        raise Http404
    return ticket


def _draw(
    request: HttpRequest,
    viewer: Viewer,
    queue: str,
    ticket: "Ticket",
    *,
    now: datetime,
    errors: dict[str, str] | None = None,
    reply: str | None = None,
) -> HttpResponse:
    values = {name: request.POST.get(name, "") for name in ("reply", "note", "words")}
    if reply is not None:
        values["reply"] = reply
    context = lists.beside(request, viewer, queue, now=now, current=ticket.reference or "")
    context |= {
        "pane": "talk",
        "ticket": shown.ticket(ticket, viewer=viewer, queue=queue, now=now),
        "errors": errors or {},
        "values": values,
    }
    if reply is not None or "helps" in request.GET:
        agent = name_of(request)
        context["helps"] = helps.drawn(ticket, viewer=viewer, agent=agent, now=now)
    return render(request, "desk/index.html", context, status=422 if errors else 200)


def _insert(
    request: HttpRequest, viewer: Viewer, queue: str, ticket: "Ticket", *, now: datetime
) -> HttpResponse:
    """The page again with something put into the reply: what a script does in the browser."""
    written, value = request.POST.get("reply", ""), request.POST["do"].removeprefix("insert:")
    try:
        reply = helps.inserted(
            written, value, ticket=ticket, viewer=viewer, agent=name_of(request), now=now
        )
    except Expected as error:
        return _draw(request, viewer, queue, ticket, now=now, errors={"reply": str(error)})
    return _draw(request, viewer, queue, ticket, now=now, reply=reply)


def _act(
    request: HttpRequest, viewer: Viewer, queue: str, ticket: "Ticket", *, now: datetime
) -> HttpResponse:
    """Do it and come back; what cannot be done is said beside what was typed, which is kept."""
    what = request.POST.get("do", "")
    work = Work(
        ticket=ticket,
        viewer=viewer,
        author=Author(person_id=viewer.person_id, name=name_of(request)),
        now=now,
        given=request.POST,
        files=[
            (file.name or "file", file.content_type or "", file.read())
            for file in request.FILES.getlist("files")
        ],
    )
    try:
        done = acts.do(what, work)
    except Expected as error:
        field = acts.FIELDS.get(what, "subject")
        fresh = _find(ticket.reference or "", viewer)
        return _draw(request, viewer, queue, fresh, now=now, errors={field: str(error)})
    reach("desk.after_act")
    at = done.at or ticket.reference
    back = reverse("desk:talk", args=[queue, at])
    if queries.by_reference(at or "", viewer=viewer) is None:
        back = reverse("desk:queue", args=[queue])  # it went where this viewer does not see it
    undo_at = reverse("desk:talk", args=[queue, done.undo_at or ticket.reference])
    tell(request, done.text, undo=done.undo, url=undo_at)
    return HttpResponseRedirect(back, status=303)
