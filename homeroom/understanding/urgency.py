"""How pressing a request is: impact and time pressure make a priority, always with its reasons.

Only what is said counts. Capitals, exclamation marks and anger change nothing.
"""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from homeroom.understanding.encoders import DATA
from homeroom.understanding.named import Kind, Mention
from homeroom.understanding.phrases import Lexicon, split
from homeroom.understanding.safety import Level, Safety

LOWEST: Final = 4
_SOON_MINUTES: Final = 60

_STARTS_IN: Final = re.compile(
    r"\b(?:starts?|starting|begins?|beginning|due|meeting|class|period|bell|here|arrives?|in"
    r"|empiezan?|empieza|comienza|clase|en|dentro de)\b[^.!?\n]{0,20}?\b(?:in|en|dentro de)?\s?"
    r"(\d{1,2})\s?(?:min\b|mins\b|minutes?\b|minutos?\b)",
    re.IGNORECASE,
)
_ALREADY: Final = re.compile(
    r"\b(?:ago|late|for|since|hace|tarde|waited|been|already|desde)\b", re.IGNORECASE
)


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
    always: bool
    say: str
    prose: frozenset[str]
    lexicon: Lexicon


def weigh(
    text: str,
    mentions: Sequence[Mention],
    *,
    at: datetime,
    default: int,
    raise_if: Sequence[str] = (),
    safety: Safety | None = None,
) -> Urgency:
    """The priority of a text for a service with this default priority and these raisers.

    `raise_if` is the service's own prose; a sentence that names no known raiser is handed back as
    unknown. A raiser never lowers a priority.
    """
    listed, unknown = recognise(raise_if)
    words = split(text)
    raised: list[tuple[int, Reason]] = []
    if safety is not None and safety.kind is not None and safety.level is Level.PAGE:
        raised.append((1, _reason("danger", safety.kind)))
    minutes = minutes_left(text, mentions, at=at)
    if minutes is not None:
        raised.append((1, _reason("minutes_left", str(minutes))))
    for raiser in raisers():
        hits = raiser.lexicon.find(words) if raiser.always or raiser.name in listed else ()
        if hits:
            raised.append((raiser.to, _said(raiser, hits[0].phrase)))
    priority = min([default, *(to for to, _ in raised)])
    reasons = [reason for to, reason in sorted(raised, key=lambda one: one[0]) if to <= default]
    return Urgency(
        priority=priority,
        reasons=tuple(reasons) or (_reason("usual", str(default)),),
        unknown=unknown,
    )


def recognise(raise_if: Sequence[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names of the raisers that a service's prose stands for, and the prose nobody knows."""
    known = {prose: raiser.name for raiser in raisers() for prose in raiser.prose}
    names = {sentence: known.get(_bare(sentence)) for sentence in raise_if}
    listed = frozenset(name for name in names.values() if name is not None)
    return listed, tuple(sentence for sentence, name in names.items() if name is None)


@functools.cache
def raisers() -> tuple[Raiser, ...]:
    """The closed list of raisers (`data/raisers.toml`)."""
    table = tomllib.loads((DATA / "raisers.toml").read_text("utf-8"))
    return tuple(
        Raiser(
            name=name,
            to=int(entry["to"]),
            always=bool(entry["always"]),
            say=str(entry["say"]),
            prose=frozenset(_bare(sentence) for sentence in entry["prose"]),
            lexicon=Lexicon(entry["words"]),
        )
        for name, entry in table.items()
    )


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
    "usual": "Usual priority {value} for this service",
}


def _reason(key: str, value: str) -> Reason:
    plain = value.replace("_", " ")
    return Reason(key=key, parameters={"value": value}, english=_ENGLISH[key].format(value=plain))


def _said(raiser: Raiser, phrase: str) -> Reason:
    shown = phrase.replace("~", "…").replace("*", "…")
    return Reason(key=raiser.name, parameters={"phrase": shown}, english=f"{raiser.say}: “{shown}”")


def _bare(sentence: str) -> str:
    return " ".join(re.findall(r"[\w/-]+", sentence.casefold()))
