"""Known problems: one disruption that many requests report."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.kit.errors import Expected
from homeroom.tickets import incidents
from homeroom.tickets import problems as reads
from homeroom.tickets.disruptions import Incident
from homeroom.tickets.log import Actor, person
from homeroom.tickets.problems import PAGE
from homeroom.web import naming
from homeroom.web.context import tell
from homeroom.web.desk.work import NoSuchThing, NotForYou, number
from homeroom.web.disruptions import evidence, title
from homeroom.web.policy import staff

if TYPE_CHECKING:
    from homeroom.tickets.models import Ticket

type Drawn = dict[str, object]


@require_http_methods(["GET", "HEAD"])
@staff
def problems(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The known problems, the newest first."""
    found = reads.problems(viewer=viewer, before=number(request.GET.get("before", "")))
    older = f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    rows = [drawn(one) for one in found[:PAGE]]
    return render(request, "desk/problems.html", {"problems": rows, "older_url": older})


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def problem(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """One problem and its requests (GET), or what one of its small forms asks for (POST)."""
    found = reads.problem(number, viewer=viewer)
    if found is None:
        raise Http404
    if request.method != "POST":
        return _draw(request, viewer, found)
    try:
        tell(request, _act(request, viewer, found, now=clock.now()))
    except Expected as error:
        tell(request, str(error))
    back = reverse("desk:index") if "desk" in request.POST else request.path
    return HttpResponseRedirect(back, status=303)


def _draw(request: HttpRequest, viewer: Viewer, found: Incident) -> HttpResponse:
    rows = reads.members(found, viewer=viewer)
    is_open = found.status in incidents.OPEN
    context = {
        "problem": drawn(found),
        "rows": [_row(one) for one in rows if one.incident_id == found.pk],
        "beside": [_row(one) for one in rows if is_open and one.incident_id is None],
    }
    return render(request, "desk/problem.html", context)


def drawn(one: Incident) -> Drawn:
    """A problem as desk/problems.html and desk/problem.html show it."""
    return {
        "url": reverse("desk:problem", args=[one.pk]),
        "reference": f"P{one.pk}",
        "title": title(one),
        "evidence": evidence(one),
        "since": one.first_at or one.opened_at,
        "requests": getattr(one, "n_requests", 0),
        "people": getattr(one, "n_people", 0),
        "suggested": one.status == Incident.Status.SUGGESTED,
        "dismissed": one.status == Incident.Status.DISMISSED,
        "fixed": one.status == Incident.Status.RESOLVED,
        "open": one.status in incidents.OPEN,
    }


def _row(one: "Ticket") -> Drawn:
    asker = one.requester
    place = one.place or one.org
    return {
        "value": one.pk,
        "url": reverse("desk:request", args=[one.reference]),
        "who": (f"{asker.title} {asker.name}".strip() if asker else one.requester_name)
        or one.reference,
        "where": place.name if place else "",
        "how": naming.CHANNELS.get(one.channel, ("", one.channel))[1],
        "at": one.opened_at,
    }


def _act(request: HttpRequest, viewer: Viewer, found: Incident, *, now: datetime) -> str:
    """Do what the form asks; what to say of it. :raises Expected: with a sentence for the page."""
    if not (viewer.team_ids or viewer.is_on_call or viewer.kind in {"leader", "administrator"}):
        raise NotForYou(_("Only people who work in a team can do this."))
    by = person(viewer.person_id)
    what = request.POST.get("do", "")
    if what in {"remove", "attach"}:
        row = number(request.POST.get("ticket", ""))
        seen = {one.pk: one for one in reads.members(found, viewer=viewer)}
        if row is None or row not in seen:
            raise NoSuchThing(_("This request is not part of this problem."))
        if what == "attach":
            incidents.attach(found, ticket=seen[row], by=by, now=now)
            return _("It is part of this problem.")
        incidents.detach(found, ticket_id=row, by=by, now=now)
        return _("It stands alone again.")
    if what not in ACTS:
        raise NoSuchThing(_("We do not know how to do that."))
    return ACTS[what](found, by, now)


def _confirm(found: Incident, by: Actor, now: datetime) -> str:
    incidents.confirm(found, by=by, now=now)
    return _("It is a known problem now. The front door says so.")


def _dismiss(found: Incident, by: Actor, now: datetime) -> str:
    incidents.dismiss(found, by=by, now=now)
    return _("It is none. Each request stands alone again.")


def _fixed(found: Incident, by: Actor, now: datetime) -> str:
    incidents.resolve(found, by=by, now=now)
    return _("It is fixed. Its requests are done.")


ACTS: dict[str, Callable[[Incident, Actor, datetime], str]] = {
    "confirm": _confirm,
    "dismiss": _dismiss,
    "solved": _fixed,
}
"""What can be done to a problem, by the name its form posts as "do"; "remove" and "attach"
name a request."""
