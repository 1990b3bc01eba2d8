"""Which request something said belongs to: by references and reply addresses, for participants."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from homeroom.channels.inbound import Inbound
from homeroom.channels.models import Delivery
from homeroom.tickets import queries
from homeroom.tickets.models import STAFF_SIDE, Participant, Ticket

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer


class Joins(StrEnum):
    """How something said relates to the requests there are."""

    NOTHING = "nothing"
    AS_PARTICIPANT = "participant"
    AS_STAFF = "staff"
    """A member of staff answers a notice of ours: what they wrote goes to the asker."""
    AS_STRANGER = "stranger"
    """It points at a request its sender takes no part in: staff see the two side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Where it belongs, and as whom."""

    joins: Joins
    ticket: Ticket | None = None
    participant: Participant | None = None


ALONE = Belonging(joins=Joins.NOTHING)


def belonging(inbound: Inbound, *, kind: str, value: str, viewer: "Viewer") -> Belonging:
    """The request this was said in, by the ladder: reply token, own and known ids, newest first.

    `kind` and `value` are the sender's address. A subject never joins: anybody can write one.
    """
    token = inbound.headers.get("x-homeroom-token", "")
    if token:
        holder = queries.participant_by_token(token, viewer=viewer)
        if holder is not None:
            ticket = _present(holder.ticket)
            if holder.value == value:
                role = Joins.AS_STAFF if _is_watcher(holder) else Joins.AS_PARTICIPANT
                return Belonging(joins=role, ticket=ticket, participant=holder)
            return _by_address(ticket, kind=kind, value=value, viewer=viewer)
    pointed = [*reversed(inbound.references), inbound.in_reply_to]
    wanted = list(dict.fromkeys(filter(None, [inbound.in_reply_to, *pointed])))
    if not wanted:
        return ALONE
    known = queries.known_messages(wanted, channel=inbound.channel, viewer=viewer)
    tickets = {external_id: message.ticket for external_id, message in known.items()}
    tickets |= _of_our_letters(wanted)
    for external_id in wanted:
        if external_id in tickets:
            ticket = _present(tickets[external_id])
            return _by_address(ticket, kind=kind, value=value, viewer=viewer)
    return ALONE


def _of_our_letters(external_ids: list[str]) -> dict[str, Ticket]:
    """Requests by the Message-IDs our own letters left with."""
    letters = Delivery.objects.filter(external_id__in=external_ids, ticket__isnull=False)
    return {
        letter.external_id: letter.ticket
        for letter in letters.select_related("ticket")
        if letter.ticket is not None
    }


def _by_address(ticket: Ticket, *, kind: str, value: str, viewer: "Viewer") -> Belonging:
    """As a participant when the address takes part; a watcher without the token only notes."""
    participant = queries.takes_part(ticket, kind=kind, value=value, viewer=viewer)
    if participant is None:
        return Belonging(joins=Joins.AS_STRANGER, ticket=ticket)
    return Belonging(joins=Joins.AS_PARTICIPANT, ticket=ticket, participant=participant)


def _is_watcher(participant: Participant) -> bool:
    return participant.role in STAFF_SIDE


def _present(ticket: Ticket) -> Ticket:
    """The request a merged one leads to."""
    seen = {ticket.pk}
    while ticket.merged_into_id is not None and ticket.merged_into_id not in seen:
        seen.add(ticket.merged_into_id)
        ticket = Ticket.objects.get(pk=ticket.merged_into_id)
    return ticket
