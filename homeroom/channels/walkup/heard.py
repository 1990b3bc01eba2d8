"""One line written in the hallway, taken apart: who, where, what, when, is it done; pure.

``Mr. Diaz, 214, projector, already fixed`` needs no form. What is not understood stays part of
what was asked, so that nothing is lost.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path

from homeroom.kit.text import fold

LONGEST = 2_000
"""Characters of one note."""
_PARTS = re.compile(r"\s*[,;\n]\s*|\.\s+(?=[^\s])|\s+-\s+")
_CLOCK = re.compile(
    r"\b(?:at|around|about|a las?) (\d{1,2})(?::(\d{2}))? ?(am|pm|a\.m\.|p\.m\.)?\Z"
)
_BARE_CLOCK = re.compile(r"(\d{1,2}):(\d{2}) ?(am|pm|a\.m\.|p\.m\.)?\Z")
_NUMBER = re.compile(r"#?[a-z]{0,2}-?\d{1,4}[a-z]?\Z")
SCHOOL_STARTS = 7
"""An hour below it without AM or PM is meant after noon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the line says; every text as it was written, empty when it does not say."""

    who: str = ""
    where: str = ""
    what: str = ""
    done: bool = False
    clock: time | None = None
    days_ago: int = 0


@dataclass(frozen=True, slots=True)
class _Words:
    done: frozenset[str]
    titles: frozenset[str]
    places: frozenset[str]
    rooms: frozenset[str]
    days: dict[str, int]
    hours: dict[str, int]


@cache
def _words() -> _Words:
    table = tomllib.loads((Path(__file__).parent / "data" / "words.toml").read_text("utf-8"))
    return _Words(
        done=frozenset(table["done"]),
        titles=frozenset(table["titles"]),
        places=frozenset(table["places"]),
        rooms=frozenset(table["rooms"]),
        days=dict(table["days"]),
        hours=dict(table["hours"]),
    )


def hear(line: str) -> Heard:
    """The line taken apart; any text gives a value."""
    who = where = ""
    done, clock, days = False, None, 0
    rest: list[str] = []
    for part in _parts(line[:LONGEST]):
        bare, found, ago = _when(part)
        clock, days = clock or found, days or ago
        if not bare:
            continue
        said = fold(bare).strip(" .!")
        if said in _words().done:
            done = True
        elif not where and _is_place(said):
            where = bare
        elif not who and _is_name(bare, first=not rest):
            who = bare
        else:
            rest.append(bare)
    what = ", ".join(rest)
    ending = next((end for end in _words().done if fold(what).endswith(f" {end}")), "")
    return Heard(
        who=who, where=where, what=what, done=done or bool(ending), clock=clock, days_ago=days
    )


def _parts(line: str) -> list[str]:
    """The pieces between commas; the full stop of a title ends none."""
    pieces: list[str] = []
    for piece in filter(None, (each.strip() for each in _PARTS.split(line))):
        if pieces and _last_word(pieces[-1]) in _words().titles:
            pieces[-1] = f"{pieces[-1].rstrip('.')}. {piece}"
        else:
            pieces.append(piece)
    return pieces


def _last_word(piece: str) -> str:
    return fold(piece[piece.rfind(" ") + 1 :]).strip(".")


def _when(part: str) -> tuple[str, time | None, int]:
    """A piece without its time of day: what is left, the time, and how many days ago."""
    said = fold(part).strip(" .")
    for word, ago in _words().days.items():
        if said == word or said.endswith(f" {word}"):
            bare, clock, _ = _when(part.strip(" .")[: -len(word)])
            return bare, clock, ago
    for word, hour in _words().hours.items():
        if said == word or said.endswith(f" {word}"):
            return part.strip(" .")[: -len(word)].strip(), time(hour), 0
    match = _CLOCK.search(said) or _BARE_CLOCK.match(said)
    clock = _clock(match) if match else None
    if match is None or clock is None:
        return part.strip(), None, 0
    return part.strip(" .")[: match.start()].strip(), clock, 0


def _clock(match: re.Match[str]) -> time | None:
    hour, minute = int(match[1]), int(match[2] or 0)
    half = (match[3] or "").replace(".", "")
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif not half and hour < SCHOOL_STARTS:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _is_place(said: str) -> bool:
    words = said.split()
    if said in _words().places:
        return True
    if len(words) == 1:
        return bool(_NUMBER.match(said)) and any(each.isdigit() for each in said)
    return len(words) == 2 and words[0].strip(".") in _words().rooms


def _is_name(part: str, *, first: bool) -> bool:
    """A title makes a name anywhere; without one only the first piece can be one."""
    words = part.split()
    if fold(words[0]).strip(".") in _words().titles and 1 < len(words) <= 4:
        return True
    looks = all(word[:1].isupper() and word.isalpha() for word in words)
    return first and looks and len(words) in {2, 3}


def moment(heard: Heard, *, picked: str, now: datetime) -> datetime:
    """When it was asked, never after `now` (an aware time in the district's zone).

    What the line says counts more than `picked`: now, morning, lunch or yesterday.
    """
    days = heard.days_ago or (1 if picked == "yesterday" else 0)
    usual = {"morning": time(8), "lunch": time(12), "yesterday": time(12)}.get(picked)
    clock = heard.clock or usual or (time(12) if days else None)
    if clock is None:
        return now
    day = now - timedelta(days=days)
    then = day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return min(then, now)
