"""A message that asks for several things: each further one becomes a request beside the first."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from homeroom.tickets import saying
from homeroom.tickets.log import MODEL, Type, person
from homeroom.tickets.models import STAFF_SIDE, Message, Participant, Ticket
from homeroom.tickets.saying import Party, Said
from homeroom.tickets.writing import changing


def open_part(message: Message, *, said: str, now: datetime) -> Message:
    """A request of its own for one part of a message, linked to the request of the first part.

    It holds only the words of its part, as other teams need not see the others, and those who asked
    take part in it. Nothing else is known of it yet; whoever calls this has read the message.
    """
    origin = message.is_moved_from or message.ticket
    with transaction.atomic():
        part = saying.open_request(
            Said(
                channel=message.channel,
                direction=Message.Direction.IN,
                text=said,
                at=message.at,
                is_public=message.is_public,
                person_id=message.person_id,
                sender_name=message.sender_name,
                sender_address=message.sender_address,
                language=message.language,
                recorded_by_id=message.recorded_by_id,
            ),
            parties=tuple(map(_party, origin.participants.exclude(role__in=STAFF_SIDE))),
            requester=origin.requester,
            certainty=origin.certainty,
            linked_to=message.ticket,
            by=person(message.person_id),
            now=now,
        )
        Message.objects.filter(pk=part.pk).update(read_at=now)
        with changing(part.ticket, by=MODEL, at=message.at, now=now) as change:
            change.say(Type.SPLIT, came_from=message.ticket_id, said=part.pk)
        part.ticket = change.ticket
    return part


def parts_of(ticket: Ticket) -> QuerySet[Ticket]:
    """The requests that further parts of its first message became, in the order of the words."""
    parts = Ticket.objects.filter(linked_to=ticket, events__type=Type.SPLIT, channel=ticket.channel)
    return parts.filter(opened_at=ticket.opened_at).order_by("id")


def named(ticket: Ticket) -> list[dict[str, str]]:
    """Each further part as a letter names it: `about`, its words, and the `team` that has it."""
    return [
        {"about": part.last_text, "team": part.team.name if part.team else ""}
        for part in parts_of(ticket).select_related("team")
    ]


def is_part(ticket: Ticket) -> bool:
    """Whether the request is a further part of a message that opened another one."""
    origin = ticket.linked_to
    return origin is not None and parts_of(origin).filter(pk=ticket.pk).exists()


def _party(row: Participant) -> Party:
    return Party(
        role=Participant.Role(row.role),
        kind=row.kind,
        value=row.value,
        name=row.name,
        person_id=row.person_id,
        is_verified=row.is_verified,
    )
