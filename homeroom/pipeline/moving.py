"""A link carried out: the newcomer joins, and moves, what it continues, or is laid beside it."""

from datetime import datetime

from homeroom.channels import envelopes
from homeroom.pipeline import alarms
from homeroom.pipeline.linking import Link
from homeroom.routing.context import Context
from homeroom.routing.values import Decision
from homeroom.tickets import merging
from homeroom.tickets.automation import may_automate
from homeroom.tickets.log import MODEL, Type, person
from homeroom.tickets.models import LIVE, Message, Participant, Status, Ticket
from homeroom.tickets.writing import Change, changing
from homeroom.understanding.safety import Safety
from homeroom.understanding.sameness import Tie, Verdict
from homeroom.understanding.turns import Move, turn

UNPROVEN = frozenset({Tie.NAME, Tie.NAMESAKE})
"""Ties under which the words are kept for staff alone, and move nothing."""


def still(message: Message, link: Link | None) -> Link | None:
    """The link with both requests locked, while what it was found by is still so."""
    if link is None:
        return None
    pair = Ticket.objects.filter(pk__in=[message.ticket_id, link.ticket.pk])
    # Always in the order of their numbers, so that two merges cannot wait for each other.
    rows = {row.pk: row for row in pair.select_for_update().order_by("pk")}
    source, target = rows[message.ticket_id], rows[link.ticket.pk]
    is_new = source.read_at is None and source.assignee_id is None
    if source.merged_into_id or target.merged_into_id or not is_new:
        return None
    is_free = source.messages.count() == 1 and may_automate(source) and not target.safety
    return link if is_free or not link.joins else None


def join(
    message: Message,
    link: Link,
    *,
    safety: Safety,
    decision: Decision,
    context: Context,
    now: datetime,
) -> None:
    """Put the message into the request it continues, and do what it says to that one.

    A faint sign of danger in it brings a person to that request, as in any further message.
    """
    proven = link.tie not in UNPROVEN
    merging.join(
        message.ticket,
        into=link.ticket,
        message=message,
        kind=link.kind,
        admits=proven,
        is_public=proven and message.is_public,
        by=MODEL,
        now=now,
        because=because(link),
    )
    envelopes.relate(message, relation=link.relation)
    with changing(message.ticket, by=MODEL, at=message.at, now=now) as change:
        message.ticket = change.ticket
        alarms.heed(change, message, safety, decision=decision)
    if not proven:
        return
    by = person(message.person_id)
    with changing(message.ticket, by=by, at=message.at, now=now) as change:
        message.ticket = change.ticket
        _move(change, link)
        if link.move is Move.NEW:
            _press(change, decision)
            _tell(change, context)


def follow(message: Message, *, now: datetime) -> None:
    """What a further word on a request does to it: the asker's own "it is fixed" ends it."""
    if message.kind not in {"follow_up", "thanks"} or not message.is_public:
        return
    said = turn(message.subject, message.text, name=message.sender_name)
    asks = Participant.Role.REQUESTER
    own = message.ticket.participants.filter(role=asks, value=message.sender_address)
    if said.move is not Move.DONE or not said.is_over or not own.exists():
        return
    by = person(message.person_id)
    with changing(message.ticket, by=by, at=message.at, now=now) as change:
        message.ticket = change.ticket
        if may_automate(change.ticket) and change.ticket.status in LIVE:
            _end(change)


def _end(change: Change) -> None:
    change.set(Type.RESOLVED, status=Status.RESOLVED, resolved_at=change.at, waiting_until=None)
    change.quietly(needs_triage=False)


def because(link: Link) -> dict[str, object]:
    """What the log keeps of why: kinds of reasons, never words."""
    return {
        "tie": link.tie.value,
        "move": link.move.value,
        "sure": link.sameness.probability,
        "reasons": list(link.sameness.reasons),
    }


def _move(change: Change, link: Link) -> None:
    """Open again what is not fixed or still asked about, end what the asker says is over."""
    status = change.ticket.status
    is_over = status in {Status.RESOLVED, Status.CLOSED}
    if link.ends and not is_over:
        _end(change)
    elif link.turn.is_over:
        return
    elif is_over:
        change.reopen()
        if link.move is Move.AGAIN:
            change.set(Type.PRIORITISED, priority=min(change.ticket.priority, 2))
    elif status == Status.WAITING:
        change.set(Type.RESUMED, status=Status.OPEN, waiting_until=None)


def _press(change: Change, decision: Decision) -> None:
    """A further telling can make a request more pressing, never less."""
    if decision.priority < change.ticket.priority:
        change.set(Type.PRIORITISED, priority=decision.priority)


def _tell(change: Change, context: Context) -> None:
    """What this telling names that the others did not."""
    known = change.ticket.context
    fresh = {
        name: fact
        for name, fact in context.facts.items()
        if name not in known and fact.get("source") not in {"roster", "verified", "claimed"}
    }
    columns = {
        name: value
        for name, value in context.columns.items()
        if getattr(change.ticket, name, None) is None
    }
    change.tell(fresh, **columns)


def beside(change: Change, link: Link, *, now: datetime) -> None:
    """Show staff the two side by side; a danger in the other one keeps the newcomer close to it."""
    other, why = link.ticket, because(link)
    is_same = link.is_danger and link.sameness.verdict is Verdict.SAME
    change.say(Type.LIKENED, to=other.pk, same=is_same, why=why)
    with changing(other, by=MODEL, now=now) as theirs:
        theirs.say(Type.LIKENED, to=change.ticket.pk, same=False, why=why)
        if link.is_danger and may_automate(theirs.ticket):
            theirs.quietly(needs_triage=True)
    if link.is_danger and other.safety and not change.ticket.safety:
        change.set(Type.PRIORITISED, priority=min(change.ticket.priority, 2))
        change.quietly(sensitivity=other.sensitivity, needs_triage=True)
        if other.team_id is not None:
            change.give(team_id=other.team_id, assignee_id=None)
