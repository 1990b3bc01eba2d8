"""Short forms of a service's own fields: what is asked, in which words, and what may be written.

Pure. At most two things must be filled in beyond who one is; what is known is not asked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _

from homeroom.district.values import ServiceFacts
from homeroom.routing import questions
from homeroom.routing.fields import Field, field, worth

MUST: Final = 2
"""Inputs that one must fill in; the house's promise for the front door."""
MOST: Final = 5
"""Inputs of a form, with those one may leave out."""
LONGEST: Final = 200
"""Characters of one answer; what is longer belongs into the words."""
WORDS: Final = "words"
"""The name under which a form's free words are sent."""
_PAST, _AHEAD = timedelta(days=400), timedelta(days=800)
"""Days that a request can be about: the school year before to the one after next."""
_ANY: Final = re.compile(r"\w")
_TAG: Final = re.compile(r"[\w /#.-]{2,40}")
_MEDIA: Final = frozenset({"photo"})
"""Fields that a file answers: every form takes files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One input. `kind` is text, date, choice or words; `options` are what a choice offers.

    `asks` is the question's kind (`routing.questions`), which says what is a good answer.
    """

    name: str
    text: str
    label: str
    kind: str
    asks: str
    is_required: bool
    options: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What need not be asked of somebody: facts by field, and those they may choose from."""

    facts: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]]


NOTHING: Final = Known(facts={}, choices={})


def asks(
    service: ServiceFacts, *, known: Known, schools: Sequence[str], today: date, language: str
) -> tuple[Ask, ...]:
    """The inputs of a service's form: what must be filled in, the words, what may be left out."""
    required = [_field(service, name) for name in service.required_context]
    helpful = [_field(service, name) for name in service.helpful_context]
    open_ = [one for one in required if _is_asked(one, known)]
    told = next((one for one in required if one.is_told), None)
    dated = [one for one in open_ if _kind(one, known) == "date"]
    room = MUST - (told is not None)
    ranked = sorted((one for one in open_ if one not in dated), key=lambda one: -worth(one.asks))
    must = [one for one in open_ if one in ranked[:room]]
    # A day is asked for with today filled in: nobody has to touch it.
    rest = [*dated, *(one for one in open_ if one not in must and one not in dated)]
    rest += [one for one in helpful if _is_asked(one, known)]
    draw = _Drawing(known=known, schools=tuple(schools), today=today, language=language)
    words = _words(told, is_required=told is not None or not must, language=language)
    return (
        *(draw.ask(one, is_required=True) for one in must),
        words,
        *(draw.ask(one, is_required=False) for one in rest[: MOST - 1 - len(must)]),
    )


def _field(service: ServiceFacts, name: str) -> Field:
    return field(name, service.context_fields.get(name) or {})


def _is_asked(one: Field, known: Known) -> bool:
    """Whether a form may ask for it: not private, not in the words, and not known already."""
    if one.is_told or one.asks == "nothing" or one.name in _MEDIA or not worth(one.asks):
        return False
    return not any(name in known.facts for name in (one.name, *one.fills))


def _kind(one: Field, known: Known) -> str:
    if one.asks == "date":
        return "date"
    return "choice" if one.options or one.asks == "school" or one.asks in known.choices else "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """What the questions of one form are put into words with."""

    known: Known
    schools: tuple[str, ...]
    today: date
    language: str

    def ask(self, one: Field, *, is_required: bool) -> Ask:
        kind = _kind(one, self.known)
        options = self.known.choices.get(one.asks, ()) or one.options
        if one.asks == "school":
            options = self.known.choices.get("school", ()) or self.schools
        asked = "child" if one.asks == "student" and options else one.asks
        return Ask(
            name=one.name,
            text=questions.open_text(asked, self.language) or one.label,
            label=one.label,
            kind=kind if options or kind != "choice" else "text",
            asks=one.asks,
            is_required=is_required,
            options=options,
            value=self.today.isoformat() if kind == "date" else "",
        )


def _words(told: Field | None, *, is_required: bool, language: str) -> Ask:
    """The box for one's own words: what the service wants told, or anything else."""
    kind = told.name if told else "rest" if not is_required else "need"
    return Ask(
        name=WORDS,
        text=questions.told(kind, language) or (told.label if told else ""),
        label=told.label if told else "",
        kind=WORDS,
        asks=WORDS,
        is_required=is_required,
    )


def read(
    inputs: Sequence[Ask], *, given: Mapping[str, str], today: date
) -> tuple[dict[str, str], dict[str, str]]:
    """What was filled in, by field, and what is wrong with the rest, a sentence for each field."""
    facts: dict[str, str] = {}
    errors: dict[str, str] = {}
    for one in inputs:
        value = given.get(one.name, "").strip()
        if one.kind != WORDS:
            value = " ".join(value.split())
        wrong = _wrong(one, value, today=today)
        if wrong:
            errors[one.name] = wrong
        elif value and one.kind != WORDS:
            facts[one.name] = value
    return facts, errors


def filled(inputs: Sequence[Ask], given: Mapping[str, str]) -> Iterator[Ask]:
    """The inputs with what was typed into them."""
    for one in inputs:
        yield replace(one, value=given.get(one.name, one.value))


def _wrong(one: Ask, value: str, *, today: date) -> str:
    """Why this cannot be the answer, in a sentence; empty when it can."""
    if not value:
        return _("Please fill this in.") if one.is_required else ""
    if one.kind == WORDS:
        return ""
    if len(value) > LONGEST:
        return _("Please write this shorter. The rest can go into the large box.")
    if one.options:
        return "" if value in one.options else _("Choose one from the list.")
    if one.kind == "date":
        return _wrong_day(value, today=today)
    return _wrong_words(one, value)


def _wrong_day(value: str, *, today: date) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return _("Write the day like 2026-11-24: year, month, day.")
    if not today - _PAST <= day <= today + _AHEAD:
        return _("This day is too far away. Please check the year.")
    return ""


def _wrong_words(one: Ask, value: str) -> str:
    if not _ANY.search(value):
        return _("Write it in letters or numbers.")
    if one.asks == "headcount" and not re.fullmatch(r"\d{1,5}", value):
        return _("Write a whole number, like 24.")
    if one.asks == "route" and len(value) > 20:
        return _("Write only the number or name of the bus, like 42.")
    if one.asks == "tag" and not _TAG.fullmatch(value):
        return _("Write the number as it stands on the sticker.")
    return ""
