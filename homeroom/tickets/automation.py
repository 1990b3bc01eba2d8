"""What no machine may do to a request in which somebody may be in danger; pure.

Every automatic path asks `may_automate` first, and what forgets to ask is refused when it writes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from homeroom.kit.errors import Expected

if TYPE_CHECKING:
    from homeroom.tickets.log import Actor
    from homeroom.tickets.models import Ticket

FREE: Final = Q(needs_person=False, safety="")
"""The same as `may_automate`, as a condition on requests."""
FREE_SQL: Final = "NOT needs_person AND safety = ''"
"""The same, in SQL."""
_ENDS: Final = frozenset({"waiting", "resolved", "closed"})
"""Statuses in which nobody looks at a request."""
_ANSWERS: Final = frozenset({"message.sent", "answer.given"})


class NeedsPerson(Expected):
    """A machine was about to do what only a person may do."""

    def __init__(self) -> None:
        super().__init__("Somebody may be in danger here: only a person may do this.")


def may_automate(ticket: "Ticket") -> bool:
    """Whether a machine may answer, ask, end, park, merge or attach this request by itself."""
    return not ticket.needs_person and not ticket.safety


def check_columns(ticket: "Ticket", *, by: "Actor", columns: Mapping[str, object]) -> None:
    """Pass when this actor may set these columns of the request.

    :raises NeedsPerson: when a machine would end, park, merge, attach or disown it.
    """
    if by.kind == "person" or may_automate(ticket):
        return
    hides = columns.get("status") in _ENDS or any(
        columns.get(name) for name in ("merged_into_id", "incident_id")
    )
    team, assignee = (
        columns.get(name, getattr(ticket, name)) for name in ("team_id", "assignee_id")
    )
    was_owned = ticket.team_id or ticket.assignee_id
    if hides or (was_owned and not (team or assignee)):
        raise NeedsPerson


def check_event(ticket: "Ticket", *, by: "Actor", kind: str) -> None:
    """Pass when this actor may do what this event says.

    :raises NeedsPerson: when a machine would answer.
    """
    if kind in _ANSWERS and by.kind != "person" and not may_automate(ticket):
        raise NeedsPerson
