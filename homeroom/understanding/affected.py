"""What a text names of all that many depend on at once: power, water, an application, a bus, pay.

Two reports of one disruption name the same thing in other words and are guessed to be of several
services; and two disruptions at one school in one hour name two.
"""

import contextlib
import functools
import re
import tomllib
from collections.abc import Iterable
from typing import Any, Final

from homeroom.understanding.encoders import DATA
from homeroom.understanding.phrases import Lexicon, split
from homeroom.understanding.spoken import figures

_READ: Final = 1_200
"""Characters that decide, as in `bursts`."""
_CLOSE: Final = 3
"""Words between a thing and what is said of it."""
_MARK: Final = "mark"


@functools.lru_cache(maxsize=64)
def affected(text: str) -> frozenset[str]:
    """The things that the text names, as keys of data/affected.toml."""
    words = split(text[:_READ])
    return frozenset(name for name in _things() if _listed(name).find(words))


def meant(like: str) -> frozenset[str]:
    """What somebody means who asks for this entry of the catalogue and names nothing."""
    found = [name for name in _things() if like in _table()[name]["catalogue"]]
    return frozenset(found) if len(found) == 1 else frozenset()


def route(said: str, text: str) -> str:
    """The number of the bus that a text speaks of, in figures; `said`: as it was found.

    Of a text that is about a bus and names none, the one number in it that counts nothing else.
    """
    if in_figures := _FIGURES.findall(said.casefold()):
        return str(in_figures[-1])
    if said:
        with contextlib.suppress(KeyError):
            return figures(said.casefold())
    numbers = {match[1].casefold() for match in _BARE.finditer(text[:_READ])}
    return said.casefold() or (numbers.pop() if len(numbers) == 1 else "")


_FIGURES: Final = re.compile(r"0*(\d+[a-z]?)\b")


_BARE: Final = re.compile(
    r"(?<![\w:.,$/-])#?(\d{1,3}[a-z]?)\b"
    r"(?![:/.,]\d|\s?(?:am|pm|a\.m|p\.m|min|hour|hr|kids|child|student|people|times|degrees|days|"
    r"weeks|th\b|st\b|nd\b|rd\b|o'?clock|years|niñ|personas|horas|veces|grad))",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=64)
def fails(text: str) -> bool:
    """Whether the text says close to one of those things that it is not there or not right.

    In languages without such words here, the things are listed with what is wrong with them.
    """
    words = split(text[:_READ])
    if any(_whole(name).find(words) for name in _things()):
        return True
    marks = _listed(_MARK).find(words)
    return any(
        mark.start - hit.end <= _CLOSE and hit.start - mark.end <= _CLOSE
        for name in _things()
        for hit in _listed(name).find(words)
        for mark in (*marks, *_marks(name).find(words))
    )


def reaching(things: Iterable[str], reach: str) -> frozenset[str]:
    """Those of the things that fail together at one `site`, on one `route`, in the `district`."""
    table = _table()
    return frozenset(one for one in things if table.get(one, {}).get("reach") == reach)


def apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both name something, and nothing that fails with what the other names."""
    return (
        bool(one)
        and bool(other)
        and not one & other
        and not (_under(one) & other or _under(other) & one)
    )


def entries(things: Iterable[str]) -> frozenset[str]:
    """The entries of the catalogue under which these things are asked for."""
    return frozenset(entry for one in things for entry in _table().get(one, {})["catalogue"])


def _under(things: Iterable[str]) -> frozenset[str]:
    return frozenset(below for one in things for below in _table().get(one, {}).get("under", ()))


@functools.cache
def _things() -> tuple[str, ...]:
    return tuple(name for name in _table() if name != _MARK)


@functools.cache
def _listed(name: str) -> Lexicon:
    return _lexicon(name, set(_table()[name]) - _FIELDS)


@functools.cache
def _whole(name: str) -> Lexicon:
    """The phrases in languages in which nothing else says that it fails."""
    return _lexicon(name, set(_table()[name]) - _FIELDS - set(_table()[_MARK]))


def _lexicon(name: str, languages: Iterable[str]) -> Lexicon:
    return Lexicon(phrase for each in sorted(languages) for phrase in _table()[name][each])


@functools.cache
def _marks(name: str) -> Lexicon:
    return Lexicon(_table()[name].get("marks", ()))


_FIELDS: Final = frozenset({"reach", "under", "catalogue", "marks"})


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = tomllib.loads((DATA / "affected.toml").read_text("utf-8"))
    return table
