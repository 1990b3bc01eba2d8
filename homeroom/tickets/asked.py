"""The question that a request asks back, as it keeps it, and whose questions are still open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from homeroom.tickets.models import Message, Participant, Ticket

NAME: Final = "question"
"""Under this name the question stands among the facts of a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An open question: which field it asks for, its kind, and its words.

    `text` may name people the asker answers for; `open` names nobody.
    """

    field: str
    kind: str
    text: str
    open: str
    choices: tuple[str, ...]


def of(ticket: Ticket) -> Asked | None:
    """The question that a request waits for an answer to."""
    kept = ticket.context.get(NAME)
    if not isinstance(kept, Mapping) or kept.get("answered"):
        return None
    return Asked(
        field=str(kept.get("field", "")),
        kind=str(kept.get("kind", "")),
        text=str(kept.get("value", "")),
        open=str(kept.get("open", "")),
        choices=tuple(map(str, kept.get("choices", ()))),
    )


def open_of(message: Message, *, since: datetime, limit: int = 3) -> list[Ticket]:
    """Requests of the sender of a message, other than its own, that wait for an answer.

    By person, else by the address it came from; newest first.
    """
    rows = Ticket.objects.filter(
        context__has_key=NAME, opened_at__gte=since, opened_at__lte=message.at, merged_into=None
    ).exclude(pk=message.ticket_id)
    person = message.ticket.requester_id
    if person is not None:
        mine = Q(requester_id=person)
    elif message.sender_address:
        parts = Participant.objects.filter(
            value=message.sender_address, role=Participant.Role.REQUESTER
        ).exclude(kind="name")
        mine = Q(pk__in=parts.values("ticket_id"))
    else:
        return []
    found = rows.filter(mine).order_by("-opened_at")[: limit * 3]
    return [ticket for ticket in found if of(ticket) is not None][:limit]


def facts(ticket: Ticket) -> dict[str, Mapping[str, object]]:
    """What is known of a request, without the question it asks."""
    return {name: fact for name, fact in ticket.context.items() if name != NAME}
