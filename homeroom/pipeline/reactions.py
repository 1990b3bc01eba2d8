"""All that leaves the building, in one table: what happened → who hears of it."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import prefetch_related_objects

from homeroom.channels import deliver
from homeroom.channels.email import addresses
from homeroom.district import identify
from homeroom.district.permissions import SYSTEM
from homeroom.kit.failpoint import reach
from homeroom.pipeline import answering
from homeroom.tickets import actions, asked, log, parting
from homeroom.tickets.log import Type
from homeroom.tickets.models import STAFF_SIDE, Event, Message, Participant, Ticket

log_of_errors = logging.getLogger(__name__)

READER = "reactions"
STALE = timedelta(days=2)
"""Nobody is told of what happened longer ago than this: an imported past makes no mail."""


def receipt(event: Event, *, now: datetime) -> None:
    """The asker hears that we have it, once it was understood (or could not be)."""
    ticket, message = event.ticket, event.message
    if ticket is None or message is None or ticket.linked_to_id:
        return
    is_told_again = ticket.merged_into_id is not None
    if message.kind != "request" and not (is_told_again and _follows(message)):
        return
    if not (message.is_public or is_told_again):
        return
    parties = ticket.participants.filter(role=Participant.Role.REQUESTER, kind="email")
    if is_told_again:
        # Under the number it has already, only to who may take part there, and only once to each.
        ticket = message.ticket
        told = ticket.participants.filter(kind="email", value=message.sender_address)
        parties = told.filter(role=Participant.Role.REQUESTER)
    parts = parting.named(ticket)
    for party in parties:
        # A mail answers the address it came from; a form's address is only what somebody typed.
        knows = message.channel == "email" or party.is_verified
        deliver.enqueue(
            ticket=ticket,
            message=message,
            purpose="receipt" if knows else "neutral",
            recipient=party.value,
            participant=party,
            language=ticket.language,
            once=f"receipt:{ticket.pk}:{party.pk}"
            if knows
            else f"neutral:{party.value}:{now.date().isoformat()}",
            facts={
                "question": _question(ticket, knows=party.is_verified),
                "parts": parts,
                **answering.letter(message),
            }
            if knows
            else {},
            now=now,
        )


def _question(ticket: Ticket, *, knows: bool) -> str:
    """The one question asked back, without names for an address that nobody has proven."""
    found = asked.of(ticket)
    return (found.text if knows else found.open) if found else ""


def _follows(message: Message) -> bool:
    """Whether it continues a request rather than opening it."""
    return message.kind == "follow_up"


def reply(event: Event, *, now: datetime) -> None:
    """What staff wrote goes to everyone who asked, in the same thread."""
    ticket, message = event.ticket, event.message
    if ticket is None or message is None or not message.is_public:
        return
    ends = _beside(event, Type.RESOLVED) is not None
    for party in ticket.participants.exclude(role__in=STAFF_SIDE).filter(kind="email"):
        if ends and _hears_the_end(party):
            continue  # the letter about the end carries these words
        deliver.enqueue(
            ticket=ticket,
            message=message,
            purpose="reply",
            recipient=party.value,
            participant=party,
            language=ticket.language,
            once=f"reply:{message.pk}:{party.pk}",
            facts={},
            now=now,
        )


def continued(event: Event, *, now: datetime) -> None:
    """Owner, or team, and watchers hear of what was found to belong to their request."""
    ticket, message = event.ticket, event.message
    if ticket is None or message is None or message.kind == "thanks":
        return
    for person_id, address in _owners(ticket):
        _tell_staff(event, "asker_wrote", address, person_id=person_id, message=message, now=now)


def asker_wrote(event: Event, *, now: datetime) -> None:
    """Owner, or team, and watchers hear that the asker wrote again."""
    ticket, message = event.ticket, event.message
    if ticket is None or message is None or not _follows(message):
        return
    for person_id, address in _owners(ticket):
        _tell_staff(event, "asker_wrote", address, person_id=person_id, message=message, now=now)


def assigned(event: Event, *, now: datetime) -> None:
    """Whoever a request is given to hears of it, unless they took it themselves."""
    ticket = event.ticket
    if ticket is None:
        return
    given = event.data.get("set", {})
    if given.get("assignee_id"):
        if given["assignee_id"] == event.actor_id and event.actor_kind == "person":
            return
        if ticket.assignee is not None:
            address = identify.mail_address(ticket.assignee, viewer=SYSTEM)
            if address:
                _tell_staff(event, "assigned", address, person_id=ticket.assignee_id, now=now)
    elif given.get("team_id") and ticket.assignee_id is None:
        for person_id, address in _owners(ticket):
            _tell_staff(event, "new_in_team", address, person_id=person_id, now=now)


def resolved(event: Event, *, now: datetime) -> None:
    """The asker hears that it is done, in the words of who did it, and how to say it is not."""
    ticket = event.ticket
    if ticket is None:
        return
    last = _beside(event, Type.SENT)
    for party in ticket.participants.filter(role=Participant.Role.REQUESTER, kind="email"):
        if last is not None and not _hears_the_end(party):
            continue  # the last words went as an answer
        deliver.enqueue(
            ticket=ticket,
            message=last.message if last else None,
            purpose="resolved",
            recipient=party.value,
            participant=party,
            language=ticket.language,
            once=f"resolved:{event.pk}:{party.pk}",
            facts={},
            now=now,
        )


def _beside(event: Event, kind: Type) -> Event | None:
    """What else happened to the same request in the same stroke."""
    together = Event.objects.filter(ticket=event.ticket, xact=event.xact, type=kind)
    return together.select_related("message").first()


def _hears_the_end(party: Participant) -> bool:
    """Whether the letter about the end goes to them; to an address nobody proved, only answers."""
    return party.role == Participant.Role.REQUESTER and party.is_verified


def _owners(ticket: Ticket) -> list[tuple[int | None, str]]:
    """The assignee and watchers; without an assignee the team's address, or its members."""
    found: dict[str, int | None] = {}
    if ticket.assignee is not None:
        address = identify.mail_address(ticket.assignee, viewer=SYSTEM)
        if address:
            found[address] = ticket.assignee_id
    elif ticket.team is not None and ticket.team.email:
        found[ticket.team.email] = None
    elif ticket.team_id is not None:
        for member, address in identify.team_addresses(ticket.team_id, viewer=SYSTEM):
            found[address] = member.pk
    for watcher in ticket.participants.filter(role=Participant.Role.WATCHER):
        found.setdefault(watcher.value, watcher.person_id)
    return [(person_id, address) for address, person_id in found.items()]


def _tell_staff(
    event: Event,
    purpose: str,
    address: str,
    *,
    person_id: int | None,
    now: datetime,
    message: Message | None = None,
) -> None:
    """One letter to one member of staff, who may answer it: they take part as staff."""
    ticket = event.ticket
    if ticket is None or (event.actor_kind == "person" and event.actor_id == person_id):
        return
    party = actions.let_staff_answer(ticket, value=address, person_id=person_id)
    deliver.enqueue(
        ticket=ticket,
        message=message,
        purpose=purpose,
        recipient=address,
        participant=party,
        language=identify.language(person_id, viewer=SYSTEM),
        once=f"{purpose}:{event.pk}:{address}",
        facts={},
        now=now,
    )


REACTIONS: dict[str, tuple[Callable[..., None], ...]] = {
    Type.READ: (receipt,),
    Type.SENT: (reply,),
    Type.RECEIVED: (asker_wrote,),
    Type.CONTINUED: (continued,),
    Type.ASSIGNED: (assigned,),
    Type.RESOLVED: (resolved,),
}
"""To let something else leave the building, add its function here; each may run more than once.

Alarms do not wait in this line: `alarms` calls people by itself.
"""


def drain(*, now: datetime, limit: int = 100) -> int:
    """React to events nobody has reacted to; how many were seen."""
    with transaction.atomic():
        seen = list(log.follow(READER, limit=limit))
        fresh = [
            event for event in seen if event.type in REACTIONS and event.recorded_at + STALE >= now
        ]
        # All requests and messages of the batch in a few queries, not one by one.
        prefetch_related_objects(fresh, "ticket__team", "ticket__assignee", "message")
        with addresses.kept() if fresh else nullcontext():
            for event in fresh:
                for react in REACTIONS[event.type]:
                    _try(react, event, now=now)
        reach("reactions.before_commit")
    return len(seen)


def _try(react: Callable[..., None], event: Event, *, now: datetime) -> None:
    """One reaction; if it fails, no other event waits for it, least of all an alarm."""
    try:
        with transaction.atomic():
            react(event, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database is away or overloaded: the whole batch is seen again
    except Exception:
        log_of_errors.exception("%s failed for event %s; nobody is told", react.__name__, event.pk)
