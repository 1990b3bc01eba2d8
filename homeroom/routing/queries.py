"""Reads of routing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from homeroom.district.models import District, Service
from homeroom.routing.models import Rule, Suggestion
from homeroom.routing.rules import Exceptional
from homeroom.routing.values import Offered
from homeroom.tickets.models import Ticket

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer


def offered(*, viewer: "Viewer") -> dict[str, Offered]:  # noqa: ARG001
    """Every offered service by its source id, with its owner's hours."""
    usual = District.objects.values_list("office_hours", flat=True).first() or ""
    rows = Service.objects.filter(is_active=True).select_related("team", "department")
    return {
        row.source_id: Offered(
            id=row.pk,
            source_id=row.source_id,
            name=row.name,
            team_id=row.team_id,
            team_source_id=row.team.source_id,
            team_name=row.team.name,
            team_email=row.team.email,
            department_id=row.department_id,
            department_source_id=row.department.source_id,
            department_name=row.department.name,
            audiences=tuple(row.audiences),
            sensitivity=row.sensitivity,
            default_priority=row.default_priority,
            required_context=tuple(row.required_context),
            raisers=tuple(row.raisers),
            first_response_hours=row.first_response_hours,
            resolve_hours=row.resolve_hours,
            hours=row.team.hours or row.department.hours or usual,
        )
        for row in rows.order_by("source_id")
    }


def rules(*, viewer: "Viewer") -> list[Exceptional]:  # noqa: ARG001
    """The rules that are on, in the order they are asked."""
    return [
        Exceptional(
            id=row.pk,
            name=row.name,
            when=row.when,
            service_id=row.service_id,
            team_id=row.team_id,
            priority=row.priority,
        )
        for row in Rule.objects.filter(is_on=True).order_by("order", "id")
    ]


def suggested(
    ticket_ids: Sequence[int],
    *,
    viewer: "Viewer",  # noqa: ARG001
) -> dict[int, list[dict[str, float]]]:
    """What was suggested for each of these requests, likeliest first, as `Suggestion` keeps it."""
    rows = Suggestion.objects.filter(ticket_id__in=ticket_ids)
    return dict(rows.values_list("ticket_id", "options"))


def all_rules(*, viewer: "Viewer") -> list[Rule]:  # noqa: ARG001
    """Every rule, for the page that edits them."""
    return list(Rule.objects.select_related("service", "team").order_by("order", "id"))


def suggestion(ticket: Ticket, *, viewer: "Viewer") -> Suggestion | None:  # noqa: ARG001
    """What was thought of this request, if it has been read."""
    return Suggestion.objects.filter(ticket=ticket).select_related("rule").first()
