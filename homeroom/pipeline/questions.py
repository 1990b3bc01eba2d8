"""The one question of a request: asked when its answer changes what is done, and never twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from homeroom.pipeline import knowing
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing import questions
from homeroom.routing.asker import Asker
from homeroom.routing.context import Context
from homeroom.routing.fields import Field, worth
from homeroom.routing.values import Decision
from homeroom.tickets import asked
from homeroom.tickets.automation import may_automate
from homeroom.tickets.models import Message, Ticket
from homeroom.tickets.writing import Change
from homeroom.understanding import asking, choices, turns
from homeroom.understanding.asking import Want
from homeroom.understanding.reading import Reading
from homeroom.understanding.safety import Level

PRIVATE = frozenset({"confidential", "safety"})
"""Sensitivities of which a person asks, not a machine."""
WITHIN = timedelta(days=5)
"""How long an answer that points at nothing is taken for one."""
SOON = timedelta(hours=3)
"""The same for an answer in any words, which might be another request."""
_CHILDREN = 6
_SAID = frozenset({"message", "org", "person"})
"""Sources of facts that the message itself names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: `text` for whoever is proven, `open` without names for everybody else."""

    field: str
    kind: str
    text: str
    open: str
    choices: tuple[str, ...] = ()


class Thinking(Protocol):
    """What was thought about a message, as far as a question depends on it."""

    @property
    def reading(self) -> Reading: ...
    @property
    def decision(self) -> Decision: ...
    @property
    def context(self) -> Context: ...
    @property
    def ticket(self) -> Ticket | None: ...
    @property
    def question(self) -> Question | None: ...


def question(
    message: Message, thought: Thinking, *, asker: Asker, house: Surroundings
) -> Question | None:
    """The one question to ask back, or nothing."""
    reading, decision = thought.reading, thought.decision
    if not _may_ask(message, reading, decision):
        return None
    language, is_family = reading.language.code, bool(asker.children)
    is_named = any(one.get("source") in _SAID for one in thought.context.facts.values())
    want = (None if is_named else _vague(message, decision)) or asking.choose(
        one
        for one in _wants(decision, thought.context, asker=asker, house=house)
        if one.kind != "student" or _concerns_a_child(message, thought.context, asker=asker)
    )
    if want is None:
        return None
    kind = "child" if want.kind == "student" and is_family else want.kind
    bare = questions.text(kind, label=want.label, language=language)
    names = want.choices if _reaches_only_them(message, asker) else ()
    return Question(
        field=want.field,
        kind=want.kind,
        text=questions.with_choices(bare, names, language=language),
        open=bare,
        choices=names,
    )


def _may_ask(message: Message, reading: Reading, decision: Decision) -> bool:
    """Whether a machine may ask at all: nobody in danger, nothing private, somebody to hear it."""
    ticket = message.ticket
    is_safe = reading.safety.level is Level.NONE and may_automate(ticket) and not decision.safety
    is_first = ticket.read_at is None and message.kind == "request" and message.is_public
    is_heard = message.recorded_by_id is None and ticket.linked_to_id is None
    return is_safe and is_first and is_heard and decision.sensitivity not in PRIVATE


def _concerns_a_child(message: Message, context: Context, *, asker: Asker) -> bool:
    """Whether it can be about a pupil whom we do not know: not a teacher's own laptop."""
    if asker.children:
        return True
    if asker.is_staff and context.facts.get("asset_tag", {}).get("source") != "message":
        return "asset_tag" not in context.facts and _speaks_of_a_child(message)
    return _speaks_of_a_child(message)


def _speaks_of_a_child(message: Message) -> bool:
    return bool(choices.said("child", f"{message.subject}\n{message.text}"))


def _reaches_only_them(message: Message, asker: Asker) -> bool:
    """Whether what we write reaches the guardian alone: signed in, or at an address of theirs."""
    if asker.certainty == "verified":
        return True
    return asker.certainty == "claimed" and message.channel in {"email", "sms"}


def _vague(message: Message, decision: Decision) -> Want | None:
    if decision.rule_id is not None or not decision.options:
        return None
    first = decision.options[0].service.department_source_id
    department = sum(
        option.confidence
        for option in decision.options
        if option.service.department_source_id == first
    )
    content = turns.content(message.subject, message.text)
    return asking.vague(content, department=department)


def _wants(
    decision: Decision, context: Context, *, asker: Asker, house: Surroundings
) -> Iterator[Want]:
    """Every missing field, with the share of the likely services that need it."""
    if decision.service is None:
        return
    service = house.services.get(decision.service.id)
    shares = {
        field.name: sum(
            option.confidence
            for option in decision.options
            if field.name in option.service.required_context
        )
        for field in knowing.fields(service, "required_context")
    }
    for field in knowing.fields(service, "required_context"):
        if field.name in context.missing:
            share = 1.0 if decision.rule_id else shares[field.name]
            yield Want(
                field=field.name,
                kind=field.asks,
                label=field.label,
                share=share,
                worth=worth(field.asks),
                choices=_choices(field, asker),
            )


def _choices(field: Field, asker: Asker) -> tuple[str, ...]:
    if field.asks == "student" and 1 < len(asker.children) <= _CHILDREN:
        return tuple(child.given for child in asker.children)
    if field.asks == "school" and asker.children:
        homes = tuple(dict.fromkeys(child.school for child in asker.children if child.school))
        return homes if len(homes) > 1 else ()
    return field.options if len(field.options) <= _CHILDREN else ()


def ask(change: Change, question: Question | None, *, at: datetime) -> None:
    """Keep the question with the request, where the receipt and the page find it."""
    if question is None or asked.of(change.ticket) is not None or not may_automate(change.ticket):
        return
    kept = {
        "value": question.text,
        "source": "asked",
        "certainty": 1.0,
        "field": question.field,
        "kind": question.kind,
        "open": question.open,
        "choices": list(question.choices),
        "at": at.isoformat(),
    }
    change.tell({asked.NAME: kept})


def shown(thought: Thinking | None) -> str | None:
    """The question in the asker's language, if it stands with the request."""
    if thought is None or thought.question is None or thought.ticket is None:
        return None
    found = asked.of(thought.ticket)
    return found.text if found else None
