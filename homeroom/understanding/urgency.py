"""How pressing a request is: impact and time pressure make a priority, always with its reasons.

Only what is said counts. Capitals, exclamation marks and anger change nothing. Some things raise a
priority by themselves (danger, a class that waits); else, where something is stopped, it is

| concerns                     | no time said | today | now |
|------------------------------|--------------|-------|-----|
| one person                   |              |       | 2   |
| people who are named         |              | 2     | 1   |
| a class, an event, their pay | 2            | 1     | 1   |
| a whole site                 | 1            | 1     | 1   |

Sentences that only ask, plan or tell of what is over raise nothing.
"""

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from homeroom.understanding import sentences
from homeroom.understanding.encoders import DATA
from homeroom.understanding.idioms import Labelled, plain
from homeroom.understanding.named import Kind, Mention
from homeroom.understanding.safety import Level, Safety

_READ: Final = 6000
_SOON_MINUTES: Final = 60
IDLE: Final = "idle"
"""The list of what is asked, planned or over."""
TOGETHER: Final = {
    (1, 2): 2, (2, 1): 2, (2, 2): 1, (3, 0): 2, (3, 1): 1, (3, 2): 1,
    (4, 0): 1, (4, 1): 1, (4, 2): 1,
}  # fmt: skip
"""Priority by impact and time, where something is stopped."""
COLD: Final = 50
HOT: Final = 90
"""°F at which a room is a matter of health; below and above, the service's own limits speak."""
_DEGREES: Final = re.compile(r"\b(\d{1,3})\s?(?:°|º|degrees|grados)", re.IGNORECASE)
_ASKS_FOR: Final = re.compile(
    r"\b(?:need|can (?:some|you|any)|please|help|necesito|ocupo|por favor|puede)", re.IGNORECASE
)

_STARTS_IN: Final = re.compile(
    r"\b(?:starts?|starting|begins?|beginning|due|meeting|class|period|bell|here|arrives?|in"
    r"|empiezan?|empieza|comienza|clase|en|dentro de)\b[^.!?\n]{0,20}?\b(?:in|en|dentro de)?\s?"
    r"(\d{1,2})\s?(?:min\b|mins\b|minutes?\b|minutos?\b)",
    re.IGNORECASE,
)
_ALREADY: Final = re.compile(
    r"\b(?:ago|late|for|since|hace|tarde|waited|been|already|desde)\b", re.IGNORECASE
)


class Reads(IntEnum):
    """How much a text reads like what cannot wait (`pressing` learned it)."""

    CALM = 0
    LIKELY = 1
    SURE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a priority is what it is: `key` for translators, `parameters` to fill in, and English."""

    key: str
    parameters: Mapping[str, str]
    english: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """`priority` 1 (danger, or a whole site stops) to 4 (can wait), and every reason for it.

    `unknown` are the service's own conditions that no raiser stands for: shown, never guessed.
    """

    priority: int
    reasons: tuple[Reason, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raiser:
    """One thing that makes a request more pressing; `to` is the priority it raises to."""

    name: str
    to: int
    impact: int
    """1 one person, 2 people who are named, 3 a class, an event or many people's pay, 4 a site."""
    time: int
    """0 nothing said, 1 today, 2 now."""
    always: bool
    say: str
    prose: frozenset[str]


def weigh(
    text: str,
    mentions: Sequence[Mention],
    *,
    at: datetime,
    default: int,
    raise_if: Sequence[str] = (),
    safety: Safety | None = None,
    reads: Reads = Reads.CALM,
) -> Urgency:
    """The priority of a text for a service with this default priority and these raisers.

    `raise_if` is the service's own prose; a sentence that names no known raiser is handed back as
    unknown. `reads` is how much the whole reads like what cannot wait: surely so, that alone makes
    it first; likely so, together with what makes it second. Nothing lowers a priority.
    """
    listed, unknown = recognise(raise_if)
    told = _told(text)
    found = list(_found(told, listed))
    raised = [(raiser.to, _said(raiser, phrase)) for raiser, phrase in found]
    if safety is not None and safety.kind is not None and safety.level is Level.PAGE:
        raised.append((1, _reason("danger", safety.kind)))
    raised += _pressed(told, found, minutes_left(told, mentions, at=at))
    priority = min([default, *(to for to, _ in raised)])
    if told and reads >= (Reads.LIKELY if priority <= 2 else Reads.SURE):
        priority = 1
        raised.append((1, _reason("reads", "1")))
    reasons = [reason for to, reason in sorted(raised, key=lambda one: one[0]) if to <= default]
    return Urgency(
        priority=priority,
        reasons=tuple(each for at, each in enumerate(reasons) if each not in reasons[:at])
        or (_reason("usual", str(default)),),
        unknown=unknown,
    )


def _told(text: str) -> str:
    """The sentences that report or ask for something now, plain, without apostrophes, hyphens."""
    said = (plain(one).replace("'", "").replace("-", " ") for one in sentences.split(text[:_READ]))
    return "\n".join(one for one in said if not _idle().find(one))


def _found(told: str, listed: frozenset[str]) -> Iterator[tuple[Raiser, str]]:
    met = _lists().find(told)
    for raiser in raisers():
        if raiser.name in met and (raiser.always or raiser.name in listed):
            yield raiser, met[raiser.name]


def _pressed(
    told: str, found: Sequence[tuple[Raiser, str]], minutes: int | None
) -> Iterator[tuple[int, Reason]]:
    """What clock and thermometer say, and what impact and time make together."""
    degrees = [int(match[1]) for match in _DEGREES.finditer(told)]
    for one in degrees:
        if one <= COLD or one >= HOT:
            yield 1, _reason("degrees", str(one))
    stopped = sentences.is_trouble(told)
    is_counted = _STARTS_IN.search(told) is not None
    if minutes is not None and (is_counted or stopped or _ASKS_FOR.search(told)):
        yield 1, _reason("minutes_left", str(minutes))
    impact = max((raiser.impact for raiser, _ in found), default=1)
    time = max((raiser.time for raiser, _ in found), default=0)
    to = TOGETHER.get((impact, time)) if stopped else None
    for raiser, phrase in found:
        if to is not None and (raiser.impact == impact > 1 or raiser.time == time > 0):
            yield to, _said(raiser, phrase)


def recognise(raise_if: Sequence[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names of the raisers that a service's prose stands for, and the prose nobody knows."""
    known = {prose: raiser.name for raiser in raisers() for prose in raiser.prose}
    names = {sentence: known.get(_bare(sentence)) for sentence in raise_if}
    listed = frozenset(name for name in names.values() if name is not None)
    return listed, tuple(sentence for sentence, name in names.items() if name is None)


@functools.cache
def raisers() -> tuple[Raiser, ...]:
    """The closed list of raisers (`data/raisers.toml`)."""
    return tuple(
        Raiser(
            name=name,
            to=int(entry["to"]),
            impact=int(entry.get("impact", 1)),
            time=int(entry.get("time", 0)),
            always=bool(entry["always"]),
            say=str(entry["say"]),
            prose=frozenset(_bare(sentence) for sentence in entry["prose"]),
        )
        for name, entry in _table().items()
        if name != IDLE
    )


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads((DATA / "raisers.toml").read_text("utf-8"))


@functools.cache
def _lists() -> Labelled:
    return Labelled({name: one["words"] for name, one in _table().items() if name != IDLE})


@functools.cache
def _idle() -> Labelled:
    return Labelled({IDLE: _table()[IDLE]["words"]})


def minutes_left(text: str, mentions: Sequence[Mention], *, at: datetime) -> int | None:
    """Minutes until what the text says starts, when that is within the hour; else None.

    "starts in 10 minutes" counts; "10 minutes late" does not; "meeting at 8:15", said at 8:00, does
    when no other day is named.
    """
    for match in _STARTS_IN.finditer(text):
        if not _ALREADY.search(text, match.start(), min(match.end() + 12, len(text))):
            return int(match[1])
    today = at.date().isoformat()
    if any(one.kind is Kind.DATE and one.value != today for one in mentions):
        return None
    left = [_until(one.value, at) for one in mentions if one.kind is Kind.TIME]
    return min((minutes for minutes in left if 0 < minutes <= _SOON_MINUTES), default=None)


def _until(clock: str, at: datetime) -> int:
    hour, minute = map(int, clock.split(":"))
    then = at.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return int((then - at) / timedelta(minutes=1))


_ENGLISH: Final = {
    "danger": "The message may be about danger ({value})",
    "minutes_left": "It is needed in {value} minutes",
    "reads": "It reads like what cannot wait",
    "degrees": "It is {value} degrees",
    "usual": "Usual priority {value} for this service",
}


def _reason(key: str, value: str) -> Reason:
    plain = value.replace("_", " ")
    return Reason(key=key, parameters={"value": value}, english=_ENGLISH[key].format(value=plain))


def _said(raiser: Raiser, phrase: str) -> Reason:
    return Reason(
        key=raiser.name, parameters={"phrase": phrase}, english=f"{raiser.say}: “{phrase}”"
    )


def _bare(sentence: str) -> str:
    return " ".join(re.findall(r"[\w/-]+", sentence.casefold()))
