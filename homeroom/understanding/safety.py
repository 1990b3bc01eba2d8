"""Words of danger, in every language a district may offer. Recall first: a person decides.

Lists of words miss a good half of what worries a counsellor; this is the floor that never fails,
and `worry` is the second watch.
"""

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeroom.understanding.encoders import DATA
from homeroom.understanding.phrases import Hit, Lexicon, Words, split


class Danger(StrEnum):
    """What kind of danger; the order is the order in which one is named when several stand."""

    SELF_HARM = "self_harm"
    WEAPON = "weapon"
    THREAT = "threat"
    ABUSE = "abuse"
    MISSING_CHILD = "missing_child"
    MEDICAL = "medical"
    HAZARD = "hazard"
    BULLYING = "bullying"
    CUSTODY = "custody"
    SUPERVISION = "supervision"
    PRIVACY = "privacy"


class Level(StrEnum):
    """What must happen: nothing, a person looks before anything is answered, or page someone."""

    NONE = "none"
    LOOK = "look"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """The gravest danger found, and the listed phrases of that kind that stand in the text."""

    kind: Danger | None
    level: Level
    phrases: tuple[str, ...]

    @property
    def needs_person(self) -> bool:
        """True when a person must see the message, whatever else was understood."""
        return self.level is not Level.NONE


SAFE: Final = Safety(kind=None, level=Level.NONE, phrases=())

_GRAVITY: Final = {Level.NONE: 0, Level.LOOK: 1, Level.PAGE: 2}


@dataclass(frozen=True, slots=True)
class _Signs:
    """The phrases of one kind: explicit pages always, strong pages unless explained, weak looks."""

    explicit: Lexicon
    strong: Lexicon
    weak: Lexicon


def watch(text: str) -> Safety:
    """The gravest danger in the text.

    Explicit phrases page whatever else is said: added words never lower them. A look-alike ("shot
    clock", "bomb the test") over a strong phrase lowers page to look, over a weak one to nothing.
    """
    words = split(text)
    excuses = _lookalikes().find(words)
    found = [
        (level, kind, hit.phrase)
        for kind, signs in _signs().items()
        for level, hit in _levels(signs, words, excuses)
        if level is not Level.NONE
    ]
    if not found:
        return SAFE
    order = list(Danger)
    level, kind, _ = min(found, key=lambda one: (-_GRAVITY[one[0]], order.index(one[1])))
    said = dict.fromkeys(phrase for _, other, phrase in found if other is kind)
    return Safety(kind=kind, level=level, phrases=tuple(said))


def join(watched: Safety, *, level: Level, kind: Danger) -> Safety:
    """The watch over words, raised to what the second watch says; never lowered."""
    if _GRAVITY[level] <= _GRAVITY[watched.level]:
        return watched
    # Listed words name the danger more surely than the second watch does.
    return Safety(kind=watched.kind or kind, level=level, phrases=watched.phrases)


def languages() -> frozenset[str]:
    """The languages for which danger words are listed."""
    return frozenset(
        code
        for name, strengths in _table().items()
        if name != "lookalike"
        for listed in strengths.values()
        for code in listed
    )


def _levels(signs: _Signs, words: Words, excuses: tuple[Hit, ...]) -> Iterator[tuple[Level, Hit]]:
    for hit in signs.explicit.find(words):
        yield Level.PAGE, hit
    for hit in signs.strong.find(words):
        yield (Level.LOOK if _excused(hit, excuses) else Level.PAGE), hit
    for hit in signs.weak.find(words):
        yield (Level.NONE if _excused(hit, excuses) else Level.LOOK), hit


def _excused(hit: Hit, excuses: tuple[Hit, ...]) -> bool:
    """Whether a look-alike stands over this very place, so that it explains it and nothing else."""
    return any(excuse.start <= hit.start and hit.end <= excuse.end for excuse in excuses)


@functools.cache
def _table() -> dict[str, dict[str, dict[str, list[str]]]]:
    table: dict[str, dict[str, dict[str, list[str]]]] = tomllib.loads(
        (DATA / "safety.toml").read_text("utf-8")
    )
    return table


@functools.cache
def _signs() -> dict[Danger, _Signs]:
    return {
        kind: _Signs(
            *(
                Lexicon(phrase for some in _table()[kind].get(one, {}).values() for phrase in some)
                for one in ("explicit", "strong", "weak")
            )
        )
        for kind in Danger
    }


@functools.cache
def _lookalikes() -> Lexicon:
    listed = _table()["lookalike"]["phrases"]
    return Lexicon(phrase for some in listed.values() for phrase in some)
