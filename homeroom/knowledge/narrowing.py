"""Which rows of tables and calendars a question can mean: by day, name and what comes next; pure.

A row that is not meant is no candidate and changes no score, as what may not be seen.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from homeroom.knowledge.scoring import Question
from homeroom.knowledge.shelf import Accents, Shelf
from homeroom.knowledge.words import terms
from homeroom.understanding import times
from homeroom.understanding.named import Kind

NEAR: Final = 0.02
NEAR_IN_TIME: Final = 0.08
"""Rows that share no word with the question are told apart by their likeness alone: those this
near to the nearest are meant (cosines of one table lie within 0.2 of each other). What happens is
told apart by when, too, so more of it may be meant."""
_COMING: Final = "next upcoming coming soon soonest proximo proxima siguiente"
_WHEN: Final = "time hour date day hora fecha dia"
_WEEK: Final = re.compile(
    r"\b(?:(next) week|(this) week|(?:this|the|next)? ?(weekend)"
    r"|(?:la )?(pr[oó]xima) semana|semana (que viene)|(esta) semana|(fin de semana))\b"
)
_AFTER: Final = frozenset({"next", "próxima", "proxima", "que viene"})
_END: Final = frozenset({"weekend", "fin de semana"})
_PLACE: Final = re.compile(
    r"\b([\w']+) (?:street|st|avenue|ave|road|rd|drive|lane|elementary|middle|high)\b"
    r"|\b(?:calle|avenida|primaria|secundaria|escuela) ([\w']+)"
)
"""What stands before or after these is a name, however it is written."""

_STREETS: Final = "street st avenue ave road rd drive dr lane ln boulevard blvd court ct calle"
"""Written in full or short: the name before them tells streets apart."""

type Days = tuple[date, date]
"""First and last."""


def narrowed(question: Question, *, shelf: Shelf, accents: Accents, now: datetime) -> Shelf:
    """The shelf without the rows that this question cannot mean, at `now` on the district's clock.

    What is over is never meant. Where the question names a day, only rows of that day are; of
    the others those are that share the most of its words, the rare ones counting more; and where
    it names no day, of what happens only what comes next.
    """
    if not shelf.row_words:
        return shelf
    days, called = named_days(question.text, now=now)
    asked, names = frozenset(terms(question.text)), named(question.text)
    rows: dict[int, list[int]] = {}
    for place in shelf.row_words:
        rows.setdefault(shelf.pieces[place].book, []).append(place)
    kept = {place for place in range(len(shelf.pieces)) if place not in shelf.row_words}
    for places in rows.values():
        alive = _alive(places, days, shelf=shelf, now=now)
        meant = _named(asked - called, alive, shelf) or _alike(question, alive, shelf, accents)
        meant = _with(names - called, meant, shelf)
        kept |= set(meant if days else _soonest(meant, shelf))
    # What happens has a day and an hour, and what is left is what comes next.
    said = f"{_WHEN} {'' if days else _COMING}"
    return shelf.only(sorted(kept), idle=called | frozenset(terms(said)) & asked)


def named_days(text: str, *, now: datetime) -> tuple[Sequence[Days], frozenset[str]]:
    """The days that a question names, and the words it calls them by."""
    lowered = text.casefold()
    days: list[Days] = []
    called: list[str] = []
    for one in times.found(lowered, at=now):
        if one.kind is Kind.DATE:
            day = date.fromisoformat(one.value)
            days.append((day, day))
            called.append(one.text)
    monday = now.date() - timedelta(days=now.weekday())
    for match in _WEEK.finditer(lowered):
        word = next(filter(None, match.groups()))
        first = monday + timedelta(days=7 * (word in _AFTER) + 5 * (word in _END))
        days.append((first, monday + timedelta(days=6 + 7 * (word in _AFTER))))
        called.append(match.group())
    return days, frozenset(terms(" ".join(called)))


def _alive(
    places: Sequence[int], days: Sequence[Days], *, shelf: Shelf, now: datetime
) -> list[int]:
    """The rows that are not over, and on one of the days if there are any."""
    made = []
    for place in places:
        span = shelf.pieces[place].span
        if span is None:
            made.append(place)
        elif span[1] > now:
            last = (span[1] - timedelta(microseconds=1)).astimezone(now.tzinfo).date()
            first = span[0].astimezone(now.tzinfo).date()
            if not days or any(first <= till and last >= since for since, till in days):
                made.append(place)
    return made


def _named(asked: frozenset[str], places: Sequence[int], shelf: Shelf) -> list[int]:
    """The rows that share the most of what is asked; none when no row shares anything."""
    counts = Counter(term for place in places for term in shelf.row_words[place] & asked)
    # A word that every row has, such as the name of a column, tells none from another.
    weight = {term: math.log(len(places) / n) for term, n in counts.items()}
    value = {
        place: sum(weight[term] for term in shelf.row_words[place] & asked) for place in places
    }
    most = max(value.values(), default=0.0)
    return [place for place in places if value[place] >= most - 1e-9] if most > 1e-9 else []


def _alike(
    question: Question, places: Sequence[int], shelf: Shelf, accents: Accents
) -> Sequence[int]:
    """The rows that mean the most like what is asked, where no word tells them apart."""
    if len(places) < 2:
        return places
    like = shelf.meanings.likeness(question.vector, question.language, accents).best
    most = max(float(like[place]) for place in places)
    return [
        place
        for place in places
        if like[place] >= most - (NEAR_IN_TIME if shelf.pieces[place].span else NEAR)
    ]


def named(text: str) -> frozenset[str]:
    """The terms of names in a question: words with a capital inside a sentence, and of places."""
    capital = [
        word
        for before, word in pairwise(text.split())
        if word[:1].isupper() and before[-1:] not in ".?!:"
    ]
    placed = [next(filter(None, found.groups())) for found in _PLACE.finditer(text.casefold())]
    return frozenset(terms(" ".join([*capital, *placed]))) - frozenset(terms(_STREETS))


def _with(names: frozenset[str], places: Sequence[int], shelf: Shelf) -> Sequence[int]:
    """The rows that have every name that is asked about: Oak Street says nothing of Elm."""
    return [
        place
        for place in places
        if names
        <= shelf.row_words[place] | frozenset(terms(shelf.books[shelf.pieces[place].book].title))
    ]


def _soonest(places: Sequence[int], shelf: Shelf) -> list[int]:
    """The rows that hold always, and of what happens at some time only the first day's."""
    spans = {place: span for place in places if (span := shelf.pieces[place].span)}
    first = min((span[0].date() for span in spans.values()), default=None)
    return [place for place in places if place not in spans or spans[place][0].date() == first]
