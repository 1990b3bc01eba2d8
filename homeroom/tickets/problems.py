"""Reads of incidents, which pages call known problems; each takes the viewer."""

from typing import TYPE_CHECKING, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from homeroom.tickets.disruptions import Incident, Report
from homeroom.tickets.incidents import OPEN
from homeroom.tickets.models import Ticket
from homeroom.tickets.queries import OPEN_TO_STAFF, visible

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

PAGE: Final = 50
ROWS: Final = 100
"""Requests of one problem that its page shows, the newest first."""
SHOWN: Final = 2
"""Suggestions that the desk, and notices that the front door, shows at once."""


def _seen(viewer: "Viewer") -> Q:
    """Incidents about what all staff may know of, or with a request that this viewer may see."""
    if viewer.kind == "system":
        return Q()
    mine = Ticket.objects.filter(visible(viewer=viewer), report__incident=OuterRef("pk"))
    return Q(service__sensitivity__in=OPEN_TO_STAFF) | Q(Exists(mine))


def problems(*, viewer: "Viewer", before: int | None = None) -> list[Incident]:
    """Incidents that nobody dismissed, the newest first, one more than a page."""
    if not viewer.is_staff:
        return []
    rows = _whole().filter(_seen(viewer)).exclude(status=Incident.Status.DISMISSED)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE + 1])


def problem(number: int, *, viewer: "Viewer") -> Incident | None:
    """One incident, if this viewer may know of it."""
    if not viewer.is_staff:
        return None
    return _whole().filter(_seen(viewer), pk=number).first()


def suggested(*, viewer: "Viewer") -> list[Incident]:
    """What a person should look at: suggested, and not decided yet; the newest first."""
    if not viewer.is_staff:
        return []
    return list(undecided(viewer).select_related("service", "org").order_by("-pk")[:SHOWN])


def undecided(viewer: "Viewer") -> QuerySet[Incident]:
    """The same as rows: most of the time there are none, and pages count them with their queues."""
    return Incident.objects.filter(_seen(viewer), status=Incident.Status.SUGGESTED)


def notices(*, viewer: "Viewer") -> list[Incident]:  # noqa: ARG001
    """What everyone may be told: confirmed, not over, and about nothing sensitive."""
    rows = Incident.objects.filter(
        status=Incident.Status.CONFIRMED, service__sensitivity__in=OPEN_TO_STAFF
    )
    return list(rows.select_related("service", "org").order_by("-pk")[:SHOWN])


def members(incident: Incident, *, viewer: "Viewer") -> list[Ticket]:
    """The requests of an incident that this viewer may see, the newest first.

    Also those only named beside it: their `incident_id` is empty.
    """
    named = Report.objects.filter(incident=incident).values("ticket")
    rows = Ticket.objects.filter(
        Q(incident=incident) | Q(pk__in=named), visible(viewer=viewer), merged_into=None
    )
    return list(
        rows.select_related("requester", "org", "place").order_by("-opened_at", "-pk")[:ROWS]
    )


def beside(ticket: Ticket, *, viewer: "Viewer") -> Incident | None:
    """The open incident that a request is named beside, for a person to decide."""
    if ticket.incident_id is not None or not viewer.is_staff:
        return None
    rows = Incident.objects.filter(reports__ticket=ticket.pk, status__in=OPEN)
    return rows.select_related("service", "org").first()


def _whole() -> QuerySet[Incident]:
    return Incident.objects.select_related("service", "org").annotate(
        n_requests=Count("ticket", distinct=True),
        n_people=Count("reports__reporter", distinct=True),
    )
