"""Words of questions and articles made comparable: stems, synonyms, and words that exclude another.

Encoders see what a text is about; whether it speaks of the middle school or the elementary school
is seen by words.
"""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from homeroom.kit.text import fold

_FILE: Final = Path(__file__).parent / "data" / "words.toml"
_KINDS: Final = Path(__file__).parent / "data" / "kinds.toml"
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9'-]*|[^\W_a-z0-9]+")
_ENDINGS: Final = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))
_DIGITS: Final = re.compile(r"\d")
_AMOUNT: Final = re.compile(r"\d{1,2}:\d{2}(?:\s?[ap]\.?m\b\.?)?|\$\s?\d[\d.,]*", re.IGNORECASE)


class Sort(StrEnum):
    """What kind of fact a question asks for."""

    PRICE = "price"
    DURATION = "duration"
    OFTEN = "often"
    CLOCK = "clock"
    DATE = "date"
    PHONE = "phone"
    COUNT = "count"
    PLACE = "place"
    SITE = "site"
    PERSON = "person"
    HOW = "how"
    NEED = "need"
    MAY = "may"
    """Yes or no."""
    NONE = "none"


_WRITTEN: Final = frozenset({Sort.PERSON, Sort.PLACE, Sort.SITE})
"""What is looked for in a text as it is written: capitals count."""


def terms(text: str) -> tuple[str, ...]:
    """The words that say what a text is about, folded, each by the name of its group or its stem.

    Repeated words stay; numbers stand as they are.
    """
    return tuple(
        term for word in _WORD.findall(fold(text)) if (term := _term(word.strip("'-"))) is not None
    )


def naming(text: str) -> frozenset[str]:
    """The terms that say what a row of a table is about: a stop at 7:12 is not route 12."""
    return frozenset(terms(_AMOUNT.sub(" ", text)))


@functools.lru_cache(maxsize=50_000)
def _term(word: str) -> str | None:
    bare = word.removesuffix("'s")
    if not bare or bare in _lists()[0] or (len(bare) == 1 and not bare.isdigit()):
        return None
    return _lists()[1].get(bare) or _lists()[1].get(stem(bare)) or stem(bare)


def stem(word: str) -> str:
    """The word without its English or Spanish ending of number and tense."""
    if len(word) < 4 or _DIGITS.search(word):
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return (word[: -len(ending)] + instead).rstrip("e") or word
    return word.rstrip("e")


@functools.cache
def _lists() -> tuple[frozenset[str], Mapping[str, str]]:
    """Words that say nothing, and the group of each word that has one."""
    lists = _read()
    named: dict[str, str] = {}
    for line in lists["same"].strip().splitlines():
        words = [fold(word) for word in line.split()]
        for word in words:
            named.setdefault(word, words[0])
            named.setdefault(stem(word), words[0])
    return frozenset(map(fold, lists["empty"].split())), named


@functools.cache
def apart() -> tuple[frozenset[str], ...]:
    """Sets of which a question means one and not the others."""
    return tuple(
        frozenset(term for word in line.split() if (term := _term(fold(word))) is not None)
        for line in _read()["apart"].strip().splitlines()
    )


def _read() -> dict[str, str]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def conflicts(asked: Iterable[str], told: frozenset[str]) -> tuple[int, int]:
    """How many words of the question the text excludes, and how many it merely does not name."""
    wanted = set(asked)
    n_excluded = n_unnamed = 0
    for group in apart():
        missing = (group & wanted) - told
        if missing:
            others = (group & told) - wanted
            n_excluded += bool(others)
            n_unnamed += not others
    return n_excluded, n_unnamed


@functools.cache
def _answers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists = tomllib.loads(_KINDS.read_text(encoding="utf-8"))
    return re.compile("|".join(lists["question"])), re.compile("|".join(lists["yes"]))


def asks(text: str) -> bool:
    """Whether the text asks to know something, if only in passing."""
    lines = "\n".join(fold(line) for line in text.splitlines())
    return bool(_answers()[0].search(lines))


def says_yes(text: str) -> bool:
    """Whether the whole text says that an answer helped."""
    bare = re.sub(r"[^\w\s]+", " ", fold(text))
    return bool(_answers()[1].fullmatch(" ".join(bare.split())))


@functools.cache
def _kinds() -> tuple[dict[Sort, re.Pattern[str]], dict[Sort, re.Pattern[str]]]:
    """What asks for each kind of fact, and what holds one."""
    lists = tomllib.loads(_KINDS.read_text(encoding="utf-8"))
    asks = {Sort(name): re.compile("|".join(patterns)) for name, patterns in lists["asks"].items()}
    holding = {
        Sort(name): re.compile("|".join(patterns), 0 if name in _WRITTEN else re.IGNORECASE)
        for name, patterns in lists["holds"].items()
    }
    return asks, holding


def wanted(question: str) -> Sort:
    """The kind of fact that is asked for."""
    folded = fold(question)
    return next((sort for sort, ask in _kinds()[0].items() if ask.search(folded)), Sort.NONE)


def holds(sort: Sort, text: str) -> bool:
    """Whether the text has a fact of that kind."""
    if sort is Sort.NONE:
        return True
    return bool(_kinds()[1][sort].search(text if sort in _WRITTEN else fold(text)))
