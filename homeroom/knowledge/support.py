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
    asked = tuple(dict.fromkeys(terms(question)))
    sort, meant = wanted(question), grades(question)
    worth = {term: telling(term) for term in asked}
    weigh = {term: _SHARED + worth[term] * (1 + rarity.get(term, 1.0)) / 2 for term in asked}
    total = sum(weigh.values()) or 1.0
    topic = frozenset(terms(title))

    def named(text: str, heading: str) -> frozenset[str]:
        words = topic | frozenset(terms(f"{heading} {text}"))
        return words | _BY_GRADE if meant & grades(f"{heading} {text}") else words

    def covered(words: Collection[str]) -> float:
        return sum(weigh[term] for term in asked if term in words) / total

    def missed(words: Collection[str]) -> list[str]:
        return [term for term in asked if term not in words]

    words = [named(one.text, one.heading) for one in told]
    cover = [covered(one) for one in words]
    has = [holds(sort, one.text) for one in told]
    value = [one.near + _HOLDING * part for one, part in zip(told, cover, strict=True)]
    shown = [place for place, one in enumerate(told) if one.is_shown] or [0]
    top = max(range(len(told)), key=lambda place: value[place])
    with_fact = [place for place, one in enumerate(has) if one]
    fact = max(with_fact, key=lambda place: value[place], default=None)
    best = max(range(len(told)), key=lambda place: (cover[place], told[place].near))
    said = frozenset().union(*(words[place] for place in shown))
    spoken = grades(" ".join([title, *(f"{told[n].heading} {told[n].text}" for n in shown)]))
    lost, unheard = missed(said), missed(said.union(*words))
    lacking = sum(worth[term] for term in (asked if fact is None else missed(words[fact])))
    nears = sorted((one.near for one in told), reverse=True)
    shown_text = " ".join([title, *(told[place].text for place in shown)])
    numbers = frozenset(term for term in naming(shown_text) if term[0].isdigit())
    return {
        **{f"asks_{one}": float(one is sort) for one in Sort},
        "missing": sum(worth[term] for term in lost),
        "missing_most": max((worth[term] for term in lost), default=0.0),
        "missing_share": len(lost) / max(len(asked), 1),
        "unheard": sum(worth[term] for term in unheard),
        "unheard_most": max((worth[term] for term in unheard), default=0.0),
        "elsewhere": max(
            (rarity[term] * worth[term] for term in lost if term in rarity), default=0.0
        ),
        "grade_told": float(bool(meant & spoken)),
        "grade_other": float(bool(meant) and bool(spoken) and not meant & spoken),
        "unnumbered": float(bool(identifiers(question) - numbers)),
        "other_row": float(
            all(told[place].is_row for place in shown)
            and any(worth[term] >= _NAMING for term in unheard)
        ),
        "said_together": max(cover[place] * has[place] for place in shown),
        "no_such_fact": float(not any(has[place] for place in shown)),
        "near": told[top].near,
        "near_holds": float(has[top]),
        "near_gap": nears[0] - nears[1] if len(nears) > 1 else 0.1,
        "fact_near": 0.0 if fact is None else told[fact].near,
        "fact_covered": 0.0 if fact is None else cover[fact],
        "fact_missing": lacking,
        "named_holds": float(has[best]),
        "specific_missing": lacking * (sort in _SPECIFIC),
    }
