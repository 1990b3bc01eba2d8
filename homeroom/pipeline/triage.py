"""The second half of the story: what was said is understood, and the request finds its people."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from homeroom.kit.failpoint import reach
from homeroom.kit.locks import held
from homeroom.pipeline import (
    alarms,
    answering,
    formed,
    knowing,
    linking,
    moving,
    outages,
    parting,
    questions,
    replies,
    surroundings,
)
from homeroom.pipeline.linking import Link
from homeroom.pipeline.parting import Asked
from homeroom.pipeline.surroundings import Surroundings
from homeroom.pipeline.thought import Thought
from homeroom.routing import actions as routing
from homeroom.routing import rules
from homeroom.routing.asker import Asker
from homeroom.routing.decide import decide
from homeroom.routing.values import Decision
from homeroom.tickets.log import MODEL, Actor, Type
from homeroom.tickets.log import SYSTEM as HOUSE
from homeroom.tickets.models import Message, Status, Vector
from homeroom.tickets.parting import open_part
from homeroom.tickets.writing import Change, changing
from homeroom.understanding.reading import Reading

log = logging.getLogger(__name__)

LOCK = 0x486F6D65
"""Namespace of the advisory locks under which messages are thought about."""
HOPELESS = timedelta(minutes=5)
"""A message still unread by then has killed its workers: people read it without our thoughts."""


def triage(message: Message, *, house: Surroundings, now: datetime) -> Thought | None:
    """Understand one message and write down what follows from it; nothing when it was read before.

    A failure of understanding leaves the request where people see it: unowned, to be looked at.
    """
    try:
        thought = think(message, house=house) if message.recorded_at + HOPELESS > now else None
    except Exception:  # whatever a model or a word list stumbles over, a person can still read it
        log.exception("message %s could not be understood", message.pk)
        thought = None
    reach("triage.after_think")
    with transaction.atomic(durable=True):
        language = thought.reading.language.code if thought else message.language
        unread = Message.objects.filter(pk=message.pk, read_at=None)
        if not unread.update(read_at=now, language=language):
            return None
        link = _write(message, thought, house=house, now=now)
        told = [(message, replace(thought, link=link, ticket=message.ticket))] if thought else []
        for part in thought.further if thought else ():
            beside = open_part(message, said=part.said, now=now)
            _write(beside, part, house=house, now=now)
            told.append((beside, replace(part, ticket=beside.ticket)))
        reach("triage.before_commit")
    reach("triage.after_commit")
    for said, _ in told:
        outages.weigh(said.ticket, house=house, now=now)
    return replace(told[0][1], further=tuple(part for _, part in told[1:])) if told else None


def think(message: Message, *, house: Surroundings) -> Thought:
    """Read, resolve and decide; models and look-ups only, nothing is written."""
    asker = knowing.asker(message, house=house)
    sent_to = surroundings.addressed_to(message)
    services = surroundings.standing(house, message.ticket, asker=asker, sent_to=sent_to)
    reading = formed.read(message, services=services, house=house)
    facts = _facts(message, reading, asker=asker, sent_to=sent_to, house=house)
    rule = rules.first(house.rules, facts)
    first, *others = [
        _conclude(message, one, rule=rule, asker=asker, house=house)
        for one in parting.asked(
            message, reading, is_ruled=rule is not None, services=services, house=house
        )
    ]
    reply = replies.reply(message, reading=reading, asker=asker, house=house)
    link = replies.link(reply, message=message) or linking.find(
        message,
        reading=reading,
        decision=first.decision,
        context=first.context,
        is_staff=asker.is_staff,
        house=house,
    )
    is_told = bool(others or link or first.answer)
    asks = None if is_told else questions.question(message, first, asker=asker, house=house)
    return replace(first, link=link, further=tuple(others), replies=reply, question=asks)


def _conclude(
    message: Message,
    asked: Asked,
    *,
    rule: rules.Exceptional | None,
    asker: Asker,
    house: Surroundings,
) -> Thought:
    """What follows from one thing that is asked for."""
    decision = decide(
        asked.reading,
        offered=house.offered,
        rule=rule,
        chosen=surroundings.chosen(message.ticket, house=house),
        gate=house.gate,
        model=house.model_hash,
    )
    service = surroundings.service(decision, house=house)
    found = knowing.found(message, asked.reading, asker=asker)
    return Thought(
        reading=asked.reading,
        decision=decision,
        service=service,
        context=knowing.context(message, found, asker=asker, service=service, house=house),
        due=surroundings.due(decision, since=message.ticket.opened_at, house=house),
        said=asked.said,
        answer=answering.seek(
            message, asked.reading, decision=decision, said=asked.said, asker=asker, house=house
        ),
    )


def _facts(
    message: Message,
    reading: Reading,
    *,
    asker: Asker,
    sent_to: Sequence[str],
    house: Surroundings,
) -> rules.Facts:
    """What the rules may look at."""
    home = surroundings.school(message.ticket, house=house)
    return rules.Facts(
        text=f"{message.subject}\n{message.text}",
        to=tuple(sent_to),
        sender=message.sender_address,
        channel=message.channel,
        org=home.source_id if home else "",
        service=reading.services[0].service if reading.services else "",
        roles=asker.roles,
        language=reading.language.code,
    )


def _write(
    message: Message, thought: Thought | None, *, house: Surroundings, now: datetime
) -> Link | None:
    """Write it all down; the link that still stood when it was written."""
    first = message.ticket.read_at is None
    link = moving.still(message, thought.link) if thought else None
    by = HOUSE if thought is None else _actor(thought.decision)
    with changing(message.ticket_id, by=by, at=message.at, now=now) as change:
        message.ticket = change.ticket
        if thought is None:
            change.quietly(read_at=now)
            change.say(Type.READ, message=message, understood=False)
            alarms.heed_unread(change, message)
            return None
        _write_reading(change, message, thought, now=now)
        if link is not None and link.joins:
            # For the day that somebody takes the two apart.
            routing.suggest(change.ticket, decision=thought.decision, now=now)
        elif first:
            _write_decision(change, message, thought, now=now)
            answering.give(change, message, thought.answer, now=now)
        else:
            # A further message can make a request more pressing or dangerous, never less.
            alarms.heed(change, message, thought.reading.safety, decision=thought.decision)
        if link is not None and not link.joins:
            moving.beside(change, link, now=now)
    _go_on(message, thought, link, first=first, house=house, now=now)
    return link


def _go_on(
    message: Message,
    thought: Thought,
    link: Link | None,
    *,
    first: bool,
    house: Surroundings,
    now: datetime,
) -> None:
    """What a message does to the request that it joins or goes on with."""
    if link is not None and link.joins:
        moving.join(
            message,
            link,
            safety=thought.reading.safety,
            decision=thought.decision,
            context=thought.context,
            now=now,
        )
    elif not first:
        moving.follow(message, now=now)
        answering.heed(message, now=now)
    elif message.kind == "request":
        outages.note(message, thought.reading, house=house)
    replies.fill(message, thought.replies, now=now)


def _actor(decision: Decision) -> Actor:
    return Actor(kind="rule", id=decision.rule_id) if decision.rule_id else MODEL


def _write_reading(change: Change, message: Message, thought: Thought, *, now: datetime) -> None:
    reading = thought.reading
    ticket = change.ticket
    if ticket.read_at is None:
        Vector.objects.bulk_create(
            [
                Vector(
                    ticket=ticket,
                    encoder=reading.trace.encoders,
                    values=reading.vector.astype("float16").tobytes(),
                )
            ],
            ignore_conflicts=True,
        )
        change.quietly(language=reading.language.code)
    change.quietly(read_at=ticket.read_at or now)
    change.say(
        Type.READ,
        message=message,
        understood=True,
        language=reading.language.code,
        model=reading.trace.model,
        encoders=reading.trace.encoders,
        confidence=round(thought.decision.confidence, 4),
        threshold=thought.decision.threshold,
    )
    change.tell(replies.fresh(ticket, thought.context.facts), **thought.context.columns)


def _write_decision(change: Change, message: Message, thought: Thought, *, now: datetime) -> None:
    """What follows for a request; where people were faster, only what they left open."""
    ticket, decision = change.ticket, thought.decision
    is_taken = bool(ticket.assignee_id or ticket.team_id) or ticket.status != Status.NEW
    is_free = not decision.safety and not is_taken
    if ticket.service_id is None:
        change.put_under(thought.service)
    if is_free:
        change.set(Type.PRIORITISED, priority=decision.priority)
        change.quietly(needs_triage=not decision.is_automatic)
    alarms.heed(change, message, thought.reading.safety, decision=decision)
    if decision.team_id is not None and ticket.team_id is None:
        change.give(team_id=decision.team_id, assignee_id=ticket.assignee_id)
    if thought.due is not None and ticket.reply_due_at is None:
        change.set(
            Type.PROMISED,
            reply_due_at=thought.due.reply_due_at,
            resolve_due_at=thought.due.resolve_due_at,
        )
    change.say(
        Type.SUGGESTED,
        options=[option.service.id for option in decision.options],
        automatic=decision.is_automatic,
        confidence=round(decision.confidence, 4),
    )
    routing.suggest(ticket, decision=decision, now=now)
    questions.ask(change, thought.question, at=message.at)


def drain(*, house: Surroundings, now: Callable[[], datetime], limit: int = 20) -> int:
    """Triage what came in and was not read, oldest first; how many were looked at.

    Two workers never think about the same message: each holds its number while it thinks, and lets
    go of it by dying.
    """
    waiting = list(
        Message.objects.filter(direction=Message.Direction.IN, read_at=None)
        .select_related("ticket__requester")
        .order_by("id")[:limit]
    )
    n_done = 0
    for message in waiting:
        with held(LOCK, message.pk) as mine:
            if mine:
                triage(message, house=house, now=now())
                n_done += 1
    return n_done
