"""What a rule would have caught of the last weeks, before it is switched on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING

from homeroom.district.models import Role
from homeroom.routing import rules
from homeroom.routing.rules import Facts
from homeroom.tickets.models import Message, Ticket
from homeroom.tickets.queries import visible

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

BACK = timedelta(days=30)
MOST = 5_000
"""Requests looked at, newest first: a month of a large district, in about a second."""
SHOWN = 10
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """What a rule would have caught: how many of how many, and the newest of them."""

    count: int
    seen: int
    is_all: bool
    """Whether every request of the month was looked at."""
    tickets: tuple[Ticket, ...]


def rehearse(when: Mapping[str, object], *, viewer: "Viewer", now: datetime) -> Caught:
    """The requests of the last month, of those the viewer may see, that the tests hold for.

    Only what is known when a rule is asked is looked at: a request's first message, who wrote it,
    and the guess of its service. :raises BadRule: when these tests cannot be asked.
    """
    rules.check(when)
    if viewer.kind not in {"administrator", "system"}:
        return Caught(count=0, seen=0, is_all=True, tickets=())
    rows = (
        Ticket.objects.filter(visible(viewer=viewer), opened_at__gte=now - BACK, merged_into=None)
        .select_related("org", "team", "service", "suggestion")
        .order_by("-opened_at", "-id")[: MOST + 1]
    )
    tickets = list(rows)
    caught = [
        ticket
        for some in batched(tickets[:MOST], _BATCH)
        for ticket, facts in _facts(some)
        if rules.holds(when, facts)
    ]
    return Caught(
        count=len(caught),
        seen=min(len(tickets), MOST),
        is_all=len(tickets) <= MOST,
        tickets=tuple(caught[:SHOWN]),
    )


def _facts(tickets: Sequence[Ticket]) -> Iterator[tuple[Ticket, Facts]]:
    firsts = _first_messages(tickets)
    roles = _roles(tickets)
    for ticket in tickets:
        first = firsts.get(ticket.pk)
        if first is None:
            continue
        yield (
            ticket,
            Facts(
                text=f"{first['subject']}\n{first['text']}",
                to=tuple(map(str, _list(first["envelope__recipients"]))),
                sender=str(first["sender_address"]),
                channel=str(first["channel"]),
                org=ticket.org.source_id if ticket.org else "",
                service=ticket.service.source_id if ticket.service else "",
                roles=roles.get(ticket.requester_id or 0, ()),
                language=ticket.language,
            ),
        )


def _first_messages(tickets: Sequence[Ticket]) -> dict[int, dict[str, object]]:
    columns = ("ticket_id", "subject", "text", "sender_address", "channel", "envelope__recipients")
    rows = (
        Message.objects.filter(
            ticket_id__in=[ticket.pk for ticket in tickets], direction=Message.Direction.IN
        )
        .order_by("ticket_id", "id")
        .distinct("ticket_id")
    )
    return {row["ticket_id"]: dict(row) for row in rows.values(*columns)}


def _roles(tickets: Sequence[Ticket]) -> dict[int, tuple[str, ...]]:
    people = {ticket.requester_id for ticket in tickets if ticket.requester_id}
    found: dict[int, set[str]] = {}
    pairs = Role.objects.filter(person_id__in=people, to_on=None).values_list("person_id", "role")
    for person_id, role in pairs:
        found.setdefault(person_id, set()).add(role)
    return {person_id: tuple(sorted(roles)) for person_id, roles in found.items()}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
