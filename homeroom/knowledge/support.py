"""Whether a text says the kind of thing that is asked, of the very thing that is asked; pure.

Encoders see what a text is about. That it tells the price of the yearbook and not of the prom, of
seventh grade and not of second, is seen by its sentences: which of them has such a fact, and which
words of the question none of them has.
"""

import functools
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeroom.kit.text import fold
from homeroom.knowledge.words import Sort, holds, naming, terms, wanted

_FILE: Final = Path(__file__).parent / "data" / "telling.json"
_UNSEEN: Final = 0.85
"""How telling a word is that the phrase bank does not have."""
_NAMING: Final = 0.5
"""How telling a word is, at least, that may name a row of a table."""
_SHARED: Final = 0.15
"""What every word counts for, however common."""
_HOLDING: Final = 0.25
"""How much the words that a sentence names weigh beside its likeness (a cosine)."""

_ORDINALS: Final = [
    "kindergarten",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
]
_SPANISH: Final = [
    "kinder",
    "primero",
    "segundo",
    "tercero",
    "cuarto",
    "quinto",
    "sexto",
    "septimo",
    "octavo",
    "noveno",
    "decimo",
]
_LEVELS: Final = (
    (r"elementary|primaria", range(6)),
    (r"middle school|middle\b|secundaria|junior high", range(6, 9)),
    (r"high school|preparatoria|\bprepa\b", range(9, 13)),
    (r"\bfreshm[ae]n", (9,)),
    (r"\bsophomores?", (10,)),
    (r"\bjuniors?\b", (11,)),
    (r"\bseniors?\b", (12,)),
    (r"\bpre-?school|\bpre-?k\b|preescolar", (-1,)),
    (r"\bkinder", (0,)),
)
_SPAN: Final = re.compile(
    r"\b(?:(k)|grad(?:es?|os?) (\d{1,2}))\s?(?:-|–|to|through|a|al)\s?(\d{1,2})(?:th)?\b"
)
_GRADE: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)[- ]?grade|\bgrad[eo]s? (\d{1,2})\b")
_LISTED: Final = re.compile(r"\bgrad[eo]s? (\d{1,2})(?:, (\d{1,2}))?,? (?:and|or|y|o) (\d{1,2})\b")
_BY_GRADE: Final = frozenset(
    term
    for word in (*_ORDINALS, "grade elementary middle high freshman sophomore junior senior")
    for term in terms(word)
)
_NAMED: Final = re.compile(
    r"\b(?:route|bus|room|rm|line|period|gate|lot|door|window|level|form|lane|step|chapter"
    r"|ruta|camion|salon|cuarto|periodo)\s?#?(\d+)\b|\b((?:19|20)\d\d)\b"
    r"|\b(\d+)(?:st|nd|rd|th) period"
)
_SPECIFIC: Final = frozenset(
    {Sort.PRICE, Sort.CLOCK, Sort.DATE, Sort.DURATION, Sort.PHONE, Sort.COUNT, Sort.OFTEN}
    | {Sort.PERSON, Sort.PLACE}
)
FEATURES: Final = (
    *(f"asks_{sort}" for sort in Sort),
    *("missing", "missing_most", "missing_share", "unheard", "unheard_most", "elsewhere"),
    *("grade_told", "grade_other", "unnumbered", "other_row", "said_together", "no_such_fact"),
    *("near", "near_holds", "near_gap", "fact_near", "fact_covered", "fact_missing"),
    *("named_holds", "specific_missing"),
)
"""What `support` tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One sentence, item or row of an article, with how near the question is to it."""

    text: str
    heading: str
    near: float
    is_shown: bool
    """Whether it is part of what would be said."""
    is_row: bool = False
    """Of a table: it speaks of what it names and of nothing else."""


@functools.cache
def _telling() -> Mapping[str, float]:
    found: dict[str, float] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def telling(term: str) -> float:
    """0 to 1: how much a word says of what is asked: how few services of the bank share it."""
    return _telling().get(term, _UNSEEN)


@functools.lru_cache(maxsize=20_000)
def grades(text: str) -> frozenset[int]:
    """The grades that a text speaks of: 0 for kindergarten, -1 for what comes before."""
    folded = fold(text)
    found: set[int] = set()
    for kinder, first, last in _SPAN.findall(folded):
        found.update(range(0 if kinder else int(first), min(int(last), 12) + 1))
    for match in (*_GRADE.findall(folded), *_LISTED.findall(folded)):
        found.update(int(one) for one in match if one and int(one) <= 12)
    for number, word in enumerate(_ORDINALS):
        if f"{word} grade" in folded or f"{word}-grade" in folded:
            found.add(number)
    for number, word in enumerate(_SPANISH):
        if re.search(rf"\b(?:de|en|a|para) {word}\b|\b{word} grado", folded):
            found.add(number)
    for pattern, level in _LEVELS:
        if re.search(pattern, folded):
            found.update(level)
    return frozenset(found)


def identifiers(text: str) -> frozenset[str]:
    """Numbers that name one thing among its like: a route, a room, a year."""
    return frozenset(one for match in _NAMED.findall(fold(text)) for one in match if one)


def support(
    question: str, title: str, told: Sequence[Told], *, rarity: Mapping[str, float]
) -> dict[str, float]:
    """The values of FEATURES for what an article says to a question.

    `told` is the whole article in order, at least one piece; `rarity` how few of the district's
    articles have each word.
    """
    asked = _Asked(question, title=title, rarity=rarity)
    heard = _Heard(asked, told)
    return {
        **{f"asks_{one}": float(one is asked.sort) for one in Sort},
        **_what_is_shown(asked, heard, title=title, rarity=rarity),
        **_what_is_near(asked, heard),
    }


class _Asked:
    """The question in words, with what each of them is worth."""

    def __init__(self, question: str, *, title: str, rarity: Mapping[str, float]) -> None:
        self.terms = tuple(dict.fromkeys(terms(question)))
        self.sort, self.grades = wanted(question), grades(question)
        self.numbers = identifiers(question)
        self.worth = {term: telling(term) for term in self.terms}
        self._weight = {
            term: _SHARED + self.worth[term] * (1 + rarity.get(term, 1.0)) / 2
            for term in self.terms
        }
        self._topic = frozenset(terms(title))

    def named(self, one: Told) -> frozenset[str]:
        """The words that a piece names, the title's with it, and the grade it is for."""
        text = f"{one.heading} {one.text}"
        words = self._topic | frozenset(terms(text))
        return words | _BY_GRADE if self.grades & grades(text) else words

    def covered(self, words: Collection[str]) -> float:
        """0 to 1: how much of the question these words have."""
        total = sum(self._weight.values()) or 1.0
        return sum(self._weight[term] for term in self.terms if term in words) / total

    def missed(self, words: Collection[str]) -> list[str]:
        """What of the question these words have not."""
        return [term for term in self.terms if term not in words]

    def worths(self, lost: Collection[str]) -> list[float]:
        return [self.worth[term] for term in lost]


class _Heard:
    """An article's pieces as the question hears them; what holds the places of pieces in it."""

    def __init__(self, asked: _Asked, told: Sequence[Told]) -> None:
        self.told = told
        self.words = [asked.named(one) for one in told]
        self.cover = [asked.covered(one) for one in self.words]
        self.has = [holds(asked.sort, one.text) for one in told]
        self.shown = [place for place, one in enumerate(told) if one.is_shown] or [0]
        value = [one.near + _HOLDING * part for one, part in zip(told, self.cover, strict=True)]
        places = range(len(told))
        self.top = max(places, key=lambda place: value[place])
        with_fact = [place for place in places if self.has[place]]
        self.fact = max(with_fact, key=lambda place: value[place], default=None)
        self.best = max(places, key=lambda place: (self.cover[place], told[place].near))


def _what_is_shown(
    asked: _Asked, heard: _Heard, *, title: str, rarity: Mapping[str, float]
) -> dict[str, float]:
    """What would be said: what of the question it leaves out, and whether it says such a fact."""
    pieces = [heard.told[place] for place in heard.shown]
    said = frozenset().union(*(heard.words[place] for place in heard.shown))
    lost, unheard = asked.missed(said), asked.missed(said.union(*heard.words))
    spoken = grades(" ".join([title, *(f"{one.heading} {one.text}" for one in pieces)]))
    text = " ".join([title, *(one.text for one in pieces)])
    numbers = frozenset(term for term in naming(text) if term[0].isdigit())
    rare = (rarity[term] * asked.worth[term] for term in lost if term in rarity)
    names_another = any(worth >= _NAMING for worth in asked.worths(unheard))
    return {
        "missing": sum(asked.worths(lost)),
        "missing_most": max(asked.worths(lost), default=0.0),
        "missing_share": len(lost) / max(len(asked.terms), 1),
        "unheard": sum(asked.worths(unheard)),
        "unheard_most": max(asked.worths(unheard), default=0.0),
        "elsewhere": max(rare, default=0.0),
        "grade_told": float(bool(asked.grades & spoken)),
        "grade_other": float(bool(asked.grades and spoken) and not asked.grades & spoken),
        "unnumbered": float(bool(asked.numbers - numbers)),
        "other_row": float(all(one.is_row for one in pieces) and names_another),
        "said_together": max(heard.cover[place] * heard.has[place] for place in heard.shown),
        "no_such_fact": float(not any(heard.has[place] for place in heard.shown)),
    }


def _what_is_near(asked: _Asked, heard: _Heard) -> dict[str, float]:
    """What comes nearest in the whole article, and whether the fact that is asked is there."""
    nears = sorted((one.near for one in heard.told), reverse=True)
    fact = heard.fact
    lacking = sum(asked.worths(asked.terms if fact is None else asked.missed(heard.words[fact])))
    return {
        "near": heard.told[heard.top].near,
        "near_holds": float(heard.has[heard.top]),
        "near_gap": nears[0] - nears[1] if len(nears) > 1 else 0.1,
        "fact_near": 0.0 if fact is None else heard.told[fact].near,
        "fact_covered": 0.0 if fact is None else heard.cover[fact],
        "fact_missing": lacking,
        "named_holds": float(heard.has[heard.best]),
        "specific_missing": lacking * (asked.sort in _SPECIFIC),
    }
