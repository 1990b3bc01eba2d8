"""Whether two tellings are of one request: by who tells them, what they name, when, and the words.

A sum of log-odds with stated reasons, so that a person can follow each join. Words alone never
join: without a tie between the tellers the verdict is always `OTHER`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homeroom.understanding.encoders import Vectors
from homeroom.understanding.likeness import likeness


class Tie(StrEnum):
    """What binds the two who tell; each only as far as address or roster says so."""

    PERSON = "person"
    """The same person, or one address of theirs, or an address that takes part already."""
    NAME = "name"
    """The one of that name on the roster, under an address that nobody has proven."""
    NAMESAKE = "namesake"
    """One of several of that name."""
    HOUSEHOLD = "household"
    """Adults who answer for the same pupils, or such an adult and the pupil."""
    APART = "apart"
    """Adults who answer for the same pupil but not under one roof, as far as the roster shows."""
    PLACE = "place"
    """Two who work at the place that both tell of."""
    NONE = "none"


class Verdict(StrEnum):
    """What may be done: join (reversible), show to staff, or nothing."""

    SAME = "same"
    MAYBE = "maybe"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One telling of a request, as far as it was understood.

    `facts`: field → what was named for it (ids where they were found, else folded words);
    `services`, `departments`: how likely each is, the few likeliest; `words`: content words,
    folded; `at`: seconds since any one epoch.
    """

    at: float
    vector: Vectors | None = field(default=None, repr=False, compare=False)
    is_english: bool = True
    services: Mapping[str, float] = field(default_factory=dict)
    departments: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    leans: bool = False
    """It speaks of something said before: asks for news, thanks, or answers one of its messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """How sure, 0 to 1, what to do, and the reasons as keys (`naming` has their words)."""

    probability: float
    verdict: Verdict
    reasons: tuple[str, ...] = ()


# Log-odds that two tellings are one request, before anything is compared. The same person mostly
# has one thing on their mind within days, a household several; a room has users with one trouble.
_PRIOR: Final[Mapping[Tie, float]] = {
    Tie.PERSON: -0.5,
    Tie.NAME: -1.4,
    Tie.NAMESAKE: -2.2,
    Tie.HOUSEHOLD: -1.4,
    Tie.APART: -1.4,
    Tie.PLACE: -1.2,
    Tie.NONE: -6.0,
}
# Log-odds for the same thing named twice, and against two different things. A tag is one device
# and a room one room; a child has several troubles, an application many users.
_SHARED: Final[Mapping[str, float]] = {
    "asset": 2.5, "room": 1.6, "student": 1.0, "route": 1.4, "app": 1.0, "device": 0.9,
    "place": 1.0, "amount": 1.2,
}  # fmt: skip
_DIFFERS: Final[Mapping[str, float]] = {
    "asset": -4.0, "room": -3.5, "student": -4.0, "route": -3.5, "app": -1.8, "place": -1.0,
}  # fmt: skip
_SERVICE: Final = 1.2
_DEPARTMENT: Final = 0.4
_ELSEWHERE: Final = -2.0
"""Two departments, both surely; a guess that is not sure of itself speaks less against."""
_AT_HOME: Final = 0.4
"""Share of a room's weight when one person names it twice: teachers always write from their own."""
_SPARSE: Final = 6
"""Words that a message which leans on another one needs, before their difference counts in full."""
_ALIKE_ENGLISH: Final = (0.42, 7.0)
"""MiniLM's cosine at which text says nothing either way, and log-odds for each unit above it."""
_ALIKE_OTHER: Final = (0.85, 22.0)
"""The same for E5 between other languages, whose cosines all lie high."""
_OVERLAP: Final = 3.0
"""For words in common, as a share of the shorter telling's (Simpson), above a fifth."""
_DAY: Final = 86_400.0
_LEANS: Final = 2.6
"""For speaking of something said before: then it is one of the few requests there are."""
_TALK: Final = 0.2
"""Less for each word beyond the sparse ones: who has so much to say speaks of something new too."""
_FEW, _BRIEF = 3, 2.0
"""For a later telling of so few words that no department surely owns."""
_FADES: Final = 0.35
"""Log-odds lost with each doubling of the days between, after the first."""
_JOIN: Final = 0.64
"""How probable a join must be. Set where evals/data/linking.jsonl parts: there the probabilities of
what belongs together begin at .65, those of what does not end at .62."""
_JOIN_OTHERS: Final = 0.72
"""The same for two people: whoever is put together wrongly reads what is not theirs."""
_SHOW: Final = 0.35
_MAY_JOIN: Final = frozenset({Tie.PERSON, Tie.NAME, Tie.NAMESAKE, Tie.HOUSEHOLD, Tie.PLACE})
_SELF: Final = frozenset({Tie.PERSON, Tie.NAME, Tie.NAMESAKE})
_BINDS: Final = ("asset", "room", "student", "route", "place", "amount")
"""What two people must both name before one's words are put with the other's."""


def sameness(one: Telling, other: Telling, *, tie: Tie) -> Sameness:
    """How likely both are of one request; symmetric in the two tellings."""
    parts: list[tuple[str, float]] = [(f"tie:{tie.value}", _PRIOR[tie])]
    parts += _named(one, other, tie=tie)
    parts += [*_excused(one, other, [*_home(one, other), *_text(one, other)])]
    parts += _time(one, other)
    parts += _brief(one, other) if tie in _SELF else []
    total = sum(weight for _, weight in parts)
    probability = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    reasons = tuple(key for key, weight in parts if weight > 0 or key.startswith("tie:"))
    return Sameness(
        probability=round(probability, 4),
        verdict=_verdict(probability, parts, tie=tie),
        reasons=reasons,
    )


def _verdict(probability: float, parts: list[tuple[str, float]], *, tie: Tie) -> Verdict:
    if tie is Tie.NONE or probability < _SHOW:
        return Verdict.OTHER
    differs = any(key.startswith("differs:") for key, _ in parts)
    shares = any(key == f"shares:{name}" for name in _BINDS for key, _ in parts)
    leans = tie is Tie.NAME and any(key == "leans" for key, _ in parts)
    # Of another person's request more than words must say that it is this one.
    is_bound = tie is Tie.PERSON or leans or (shares and not differs)
    least = _JOIN if tie in _SELF else _JOIN_OTHERS
    if tie in _MAY_JOIN and is_bound and probability >= least:
        return Verdict.SAME
    return Verdict.MAYBE


def _excused(
    one: Telling, other: Telling, parts: list[tuple[str, float]]
) -> Iterator[tuple[str, float]]:
    """What speaks against, for less when a message that leans on another has few words of its own.

    "Found it under the seat" is of the lost lunch box, and has no word in common with it.
    """
    sizes = [len(each.words) for each in (one, other) if each.leans]
    shorter = min(len(one.words), len(other.words))
    share = min(1.0, min(sizes or [shorter + _SPARSE // 2]) / _SPARSE)
    for key, weight in parts:
        excuse = (1 + share) / 2 if key == "elsewhere" else share
        yield key, weight * excuse if weight < 0 else weight


def _named(one: Telling, other: Telling, *, tie: Tie) -> list[tuple[str, float]]:
    """What both name: the same thing, or two different ones of a kind."""
    parts: list[tuple[str, float]] = []
    both = one.facts.keys() & other.facts.keys() & _SHARED.keys()
    # "Room 214" is one thing, whichever way it was read.
    for name in sorted(both - {"place"} if "room" in both else both):
        if one.facts[name] & other.facts[name]:
            often = _AT_HOME if tie in _SELF and name in {"room", "student"} else 1.0
            parts.append((f"shares:{name}", often * _SHARED[name]))
        elif name in _DIFFERS:
            parts.append((f"differs:{name}", _DIFFERS[name]))
    return parts


def _time(one: Telling, other: Telling) -> list[tuple[str, float]]:
    """Who speaks of what was said before may do so weeks later; who tells it anew does not."""
    leaning = [len(each.words) for each in (one, other) if each.leans]
    if leaning:
        return [("leans", _LEANS - _TALK * min(max(0, max(leaning) - _SPARSE), _SPARSE))]
    days = abs(one.at - other.at) / _DAY
    return [("time", -_FADES * math.log2(max(1.0, days)))]


def _brief(one: Telling, other: Telling) -> list[tuple[str, float]]:
    """A few words that fit no service by themselves are mostly more of what was told before."""
    if one.leans or other.leans:
        return []
    later = max((one, other), key=lambda each: each.at)
    if one.at == other.at or not later.departments or len(later.words) > _FEW:
        return []
    return [("brief", _BRIEF * max(0.0, 1 - max(later.departments.values())))]


def _home(one: Telling, other: Telling) -> list[tuple[str, float]]:
    """What both ask for, as far as it was guessed."""
    if not one.departments or not other.departments:
        return []
    service = _shared(one.services, other.services)
    department = _shared(one.departments, other.departments)
    sure = min(1.0, max(one.departments.values())) * min(1.0, max(other.departments.values()))
    return [
        ("service", _SERVICE * service + _DEPARTMENT * department),
        ("elsewhere", _ELSEWHERE * sure * max(0.0, 1 - department)),
    ]


def _shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How much two guesses have in common, of what the less sure one says at all, 0 to 1."""
    common = sum(min(one[name], other[name]) for name in one.keys() & other.keys())
    return common / max(1e-9, min(sum(one.values()), sum(other.values())))


def _text(one: Telling, other: Telling) -> list[tuple[str, float]]:
    """How the words compare, by meaning and by the words themselves."""
    parts = []
    if one.vector is not None and other.vector is not None:
        english = one.is_english and other.is_english
        middle, slope = _ALIKE_ENGLISH if english else _ALIKE_OTHER
        cosine = likeness(one.vector, other.vector, english=english)
        parts.append(("meaning", slope * (cosine - middle)))
    shorter = min(len(one.words), len(other.words))
    if shorter:
        overlap = len(one.words & other.words) / max(shorter, 2)
        parts.append(("words", _OVERLAP * (overlap - 0.2)))
    return parts
