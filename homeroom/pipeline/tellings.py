"""Requests and messages as `sameness` compares them: who they name, what for, and in what words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from homeroom.district.kin import Family
from homeroom.kit.text import fold
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.context import Context
from homeroom.routing.values import Decision
from homeroom.tickets.alike import SILENT, Near, Told
from homeroom.tickets.models import Message
from homeroom.understanding import turns
from homeroom.understanding.encoders import Vectors
from homeroom.understanding.reading import Reading
from homeroom.understanding.sameness import Telling
from homeroom.understanding.turns import Turn

type Fields = Mapping[str, object]
type Options = Mapping[int, list[dict[str, float]]]
"""By request: what was suggested, likeliest first (routing.Suggestion.options)."""

KINDS: Final = {
    "room": "room", "location_detail": "place", "asset_tag": "asset", "route": "route",
    "about": "student", "student": "student", "app_name": "app", "equipment": "device",
    "amount": "amount",
}  # fmt: skip
"""Fields of a request's context that tell one trouble from another, in the words of `sameness`."""
NAME: Final = re.compile(r"[^\W\d_]+")
NUMBER: Final = re.compile(r"(?<![\w:/.$-])\d{1,4}[a-z]?(?![\w:/]|\.\d)", re.IGNORECASE)
"""What may be the number of a room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the district knows around the one who tells: the family's pupils, the school's rooms."""

    family: Family
    rooms: frozenset[str]


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
        facts=_facts(
            context.facts,
            context.columns,
            known,
            words=f"{message.subject} {message.text}",
            asker=message.ticket.requester_id,
        ),
        words=turn.content,
    )


def tellings(
    one: Near, *, house: Surroundings, known: Known, options: Options
) -> Iterator[Telling]:
    """A request as it was told, each time it was."""
    ticket = one.ticket
    guessed = options.get(ticket.pk, [])
    sure = {str(ticket.service_id): 1.0} if ticket.service_id and not ticket.needs_triage else {}
    home = ticket.service.department_id if ticket.service else 0
    departments = ((each["department"], each["confidence"]) for each in guessed)
    columns = {"place_id": ticket.place_id, "asset_id": ticket.asset_id}
    for told in one.told or (SILENT,):
        yield Telling(
            at=(ticket.last_at or ticket.opened_at).timestamp(),
            vector=_vector(told, house=house),
            is_english=ticket.language == "en",
            services=sure or {str(each["service"]): each["confidence"] for each in guessed},
            departments={str(home): 1.0} if sure else _summed(departments),
            facts=_facts(
                ticket.context,
                columns,
                known,
                words=f"{told.subject} {told.words}",
                asker=ticket.requester_id,
            ),
            words=turns.content(told.subject, told.words),
        )


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


def _facts(
    context: Fields,
    columns: Mapping[str, int | None],
    known: Known,
    *,
    words: str,
    asker: int | None,
) -> dict[str, frozenset[str]]:
    """What was named, by kind: ids where something was found, else the words."""
    named: dict[str, set[str]] = {}
    for name, fact in context.items():
        kind = KINDS.get(name)
        if kind is None or not isinstance(fact, Mapping) or fact.get("source") == "roster":
            continue
        number, value = str(fact.get("id") or ""), fold(str(fact.get("value") or ""))
        if kind != "student":
            named.setdefault(kind, set()).update({f"#{number}", value} if number else {value})
        elif number.isdigit() and int(number) in known.family.students:
            named.setdefault(kind, set()).add(f"#{number}")
    for kind, column in (("room", "place_id"), ("asset", "asset_id")):
        if columns.get(column):
            named.setdefault(kind, set()).add(f"#{columns[column]}")
    if rooms := numbers(words) & known.rooms:
        named.setdefault("room", set()).update(rooms)
    said = names(words)
    for pupil, given in known.family.students.items():
        if given in said or pupil == asker:
            named.setdefault("student", set()).add(f"#{pupil}")
    return {kind: frozenset(values - {""}) for kind, values in named.items() if values - {""}}
