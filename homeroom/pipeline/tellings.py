"""Requests and messages as `sameness` compares them: who they name, what for, and in what words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from homeroom.district.kin import Family
from homeroom.kit.text import fold
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.context import Context
from homeroom.routing.values import Decision
from homeroom.tickets.alike import Near, Told
from homeroom.tickets.models import Message
from homeroom.understanding import turns
from homeroom.understanding.encoders import Vectors
from homeroom.understanding.reading import Reading
from homeroom.understanding.sameness import Telling
from homeroom.understanding.turns import Turn

type Fields = Mapping[str, object]
type Facts = dict[str, set[str]]
type Options = Mapping[int, list[dict[str, float]]]
"""By request: what was suggested, likeliest first (routing.Suggestion.options)."""

KINDS: Final = {
    "room": "room", "location_detail": "place", "asset_tag": "asset", "route": "route",
    "about": "student", "student": "student", "app_name": "app", "equipment": "device",
    "amount": "amount",
}  # fmt: skip
"""Fields of a request's context that tell one trouble from another, in the words of `sameness`."""
SAID: Final = frozenset({"message", "person", "org"})
"""Sources of facts that stand in the words; the others are the records'."""
NAME: Final = re.compile(r"[^\W\d_]+")
NUMBER: Final = re.compile(r"(?<![\w:/.$-])\d{1,4}[a-z]?(?![\w:/]|\.\d)", re.IGNORECASE)
"""What may be the number of a room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the district knows around the one who tells: the family's pupils, the school's rooms."""

    family: Family
    rooms: frozenset[str]
    schools: frozenset[str]
    """Names of schools, folded."""


def newcomer(
    message: Message,
    reading: Reading,
    decision: Decision,
    context: Context,
    turn: Turn,
    *,
    known: Known,
) -> Telling:
    """What has just come in; without words of its own nothing of them is compared."""
    speaks = bool(turn.content)
    options = decision.options if speaks else ()
    return Telling(
        at=message.at.timestamp(),
        vector=reading.vector if speaks else None,
        is_english=reading.language.code == "en",
        services={str(one.service.id): one.confidence for one in options},
        departments=_summed((one.service.department_id, one.confidence) for one in options),
        facts=_frozen(
            _named(f"{message.subject} {message.text}", known, asker=message.ticket.requester_id),
            _facts(context.facts, known),
        ),
        words=turn.content,
    )


def telling(
    one: Near,
    told: Told,
    *,
    facts: Facts,
    house: Surroundings,
    known: Known,
    options: Options,
) -> Telling:
    """A request as it was told once; `facts`: what its context holds."""
    ticket = one.ticket
    guessed = options.get(ticket.pk, [])
    sure = {str(ticket.service_id): 1.0} if ticket.service_id and not ticket.needs_triage else {}
    home = ticket.service.department_id if ticket.service else 0
    departments = ((each["department"], each["confidence"]) for each in guessed)
    words = f"{told.subject} {told.words}"
    return Telling(
        at=(ticket.last_at or ticket.opened_at).timestamp(),
        vector=_vector(told, house=house),
        is_english=ticket.language == "en",
        services=sure or {str(each["service"]): each["confidence"] for each in guessed},
        departments={str(home): 1.0} if sure else _summed(departments),
        facts=_frozen(_named(words, known, asker=told.person_id), facts),
        words=turns.content(told.subject, told.words),
    )


def facts_of(one: Near, *, known: Known) -> Facts:
    """What a request's context names."""
    return _facts(one.ticket.context, known)


def _vector(told: Told, *, house: Surroundings) -> Vectors | None:
    """Its meaning, when the encoders of today gave it."""
    if told.vector is None or told.encoder != house.encoders.fingerprint:
        return None
    return np.frombuffer(told.vector, np.float16).astype(np.float32)


def _summed(shares: Iterable[tuple[float, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for number, share in shares:
        found[str(number)] = found.get(str(number), 0.0) + share
    return found


def numbers(text: str) -> frozenset[str]:
    """What in the text may be the number of a room, folded."""
    return frozenset(fold(each) for each in NUMBER.findall(text[:2000]))


def names(text: str) -> frozenset[str]:
    """What in the text may be a given name, folded."""
    return frozenset(NAME.findall(fold(text[:4000]).replace("'s ", " ")))


def _facts(context: Fields, known: Known) -> Facts:
    """What the words named, by kind: ids where something was found, else the words themselves.

    What only the records say (the one device of a pupil, a teacher's own room) is no word of
    theirs; a whole school is no place that tells one trouble from another.
    """
    named: Facts = {}
    for name, fact in context.items():
        kind = KINDS.get(name)
        if kind is None or not isinstance(fact, Mapping) or fact.get("source") not in SAID:
            continue
        number, value = str(fact.get("id") or ""), fold(str(fact.get("value") or ""))
        if kind != "student" and value and value not in known.schools:
            named.setdefault(kind, set()).update({f"#{number}", value} if number else {value})
        elif kind == "student" and number.isdigit() and int(number) in known.family.students:
            named.setdefault(kind, set()).add(f"#{number}")
    return named


def _named(words: str, known: Known, *, asker: int | None) -> Facts:
    """The rooms and the family's pupils that stand in the words, or ask themselves."""
    named: Facts = {}
    if rooms := numbers(words) & known.rooms:
        named["room"] = set(rooms)
    said = names(words)
    for pupil, given in known.family.students.items():
        if given in said or pupil == asker:
            named.setdefault("student", set()).add(f"#{pupil}")
    return named


def _frozen(one: Facts, other: Facts) -> dict[str, frozenset[str]]:
    return {
        kind: frozenset(one.get(kind, set()) | other.get(kind, set()))
        for kind in one.keys() | other.keys()
    }
