"""What a message answers of what was asked back: found without a reference too, and filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from homeroom.channels import envelopes
from homeroom.district.models import Service
from homeroom.pipeline import knowing
from homeroom.pipeline.linking import Link
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.asker import Asker
from homeroom.routing.context import Fact, fact
from homeroom.tickets import asked
from homeroom.tickets.automation import may_automate
from homeroom.tickets.log import person
from homeroom.tickets.models import LIVE, Message, Ticket
from homeroom.tickets.writing import changing
from homeroom.understanding import asking, turns
from homeroom.understanding.reading import Reading
from homeroom.understanding.safety import Level
from homeroom.understanding.sameness import Sameness, Tie, Verdict
from homeroom.understanding.turns import Move, Turn

WITHIN = timedelta(days=5)
"""How long an answer that points at nothing is taken for one."""
SOON = timedelta(hours=3)
"""The same for an answer in any words, which might be another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a message answers: the request that asked, and the facts that it gives."""

    ticket: Ticket
    facts: Mapping[str, Fact]
    columns: Mapping[str, int]


class Thinking(Protocol):
    """What was thought about a message, as far as an answer depends on it."""

    @property
    def ticket(self) -> Ticket | None: ...
    @property
    def replies(self) -> Reply | None: ...


def reply(message: Message, *, reading: Reading, asker: Asker, house: Surroundings) -> Reply | None:
    """What this message answers, when the person's only open question is what it speaks to."""
    if reading.safety.level is not Level.NONE or message.direction != "in":
        return None
    ticket = message.ticket
    if ticket.read_at is not None:
        found = asked.of(ticket)
        return _reply(message, ticket, found, reading, asker, house) if found else None
    waiting = [
        (one, found)
        for one in asked.open_of(message, since=message.at - WITHIN)
        if (found := asked.of(one)) and one.status in LIVE and may_automate(one)
    ]
    if len(waiting) != 1:
        return None
    ((one, found),) = waiting
    content = turns.content(message.subject, message.text)
    is_late = message.at - one.opened_at > SOON
    if found.kind == "what":
        fits = not is_late and turns.turn(message.subject, message.text).move is Move.NEW
    else:
        fits = asking.is_only_answer(found.kind, message.text, reading.mentions, content)
        fits = fits and not (is_late and found.kind not in asking.KINDS)
    return _reply(message, one, found, reading, asker, house) if fits else None


def _reply(
    message: Message,
    ticket: Ticket,
    question: asked.Asked,
    reading: Reading,
    asker: Asker,
    house: Surroundings,
) -> Reply | None:
    """The facts that a reply gives, with the missing one among them; nothing when it is not."""
    mentions = asking.answered(question.kind, message.text, reading.mentions)
    found = knowing.found(message, replace(reading, mentions=mentions), asker=asker)
    service: Service | None = house.services.get(ticket.service_id or 0)
    given = knowing.context(message, found, asker=asker, service=service, house=house)
    facts = {
        name: one
        for name, one in given.facts.items()
        if name == question.field
        or (name not in ticket.context and one.get("source") not in {"roster", "verified"})
    }
    if question.field and question.field not in facts:
        if question.kind in asking.KINDS and message.ticket_id != ticket.pk:
            return None
        words = " ".join(message.text.split())[:120]
        if message.ticket_id == ticket.pk and len(words) == 120:
            return None
        facts[question.field] = fact(words, "message", 0.6)
    columns = {
        name: value for name, value in given.columns.items() if getattr(ticket, name, None) is None
    }
    return Reply(ticket=ticket, facts=facts, columns=columns)


def link(found: Reply | None, *, message: Message) -> Link | None:
    """The answer as what joins its message to the request that asked, where it came on its own."""
    if found is None or found.ticket.pk == message.ticket_id:
        return None
    return Link(
        ticket=found.ticket,
        tie=Tie.PERSON,
        turn=Turn(move=Move.NEWS, content=frozenset(), is_bare=False),
        sameness=Sameness(probability=1.0, verdict=Verdict.SAME, reasons=("answers",)),
        joins=True,
    )


def fill(message: Message, found: Reply | None, *, now: datetime) -> None:
    """Write the answer into its request, if the message came there: it is not asked again."""
    if found is None or message.ticket_id != found.ticket.pk:
        return
    by = person(message.person_id)
    with changing(found.ticket, by=by, at=message.at, now=now) as change:
        known = change.ticket.context.get(asked.NAME, {})
        change.tell({**found.facts, asked.NAME: {**known, "answered": True}}, **found.columns)
        message.ticket = change.ticket
    envelopes.relate(message, relation="answered")


def fresh(ticket: Ticket, facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """The facts that a message adds: of a further one not what the roster said before."""
    if ticket.read_at is None:
        return facts
    return {
        name: one
        for name, one in facts.items()
        if name not in ticket.context or one.get("source") == "message"
    }


def relation(thought: Thinking | None) -> str | None:
    """How a message relates to the request whose question it answers (CONTRACT §5), if it does."""
    if thought is None or thought.replies is None or thought.ticket is None:
        return None
    return "answered" if thought.replies.ticket.pk == thought.ticket.pk else None
