"""Things of which there is a short list (a sport, a document, a leave): which one is said."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping

from homeroom.understanding.encoders import DATA
from homeroom.understanding.phrases import Words, split


@functools.cache
def _lists() -> Mapping[str, Mapping[str, str]]:
    """By list: what is said → what is meant."""
    lists: dict[str, dict[str, list[str]]] = tomllib.loads(
        (DATA / "choices.toml").read_text("utf-8")
    )
    return {
        name: {phrase: meant for meant, said in each.items() for phrase in said}
        for name, each in lists.items()
    }


def is_listed(name: str) -> bool:
    """Whether there is such a list."""
    return name in _lists()


@functools.cache
def _pattern(name: str) -> re.Pattern[str]:
    longest = sorted(_lists()[name], key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")


def said(name: str, text: str) -> str:
    """What is meant of one list by a text: the first that is said, or nothing."""
    match = _pattern(name).search(" ".join(split(text).tokens))
    return _lists()[name][match[0]] if match else ""


def one_of(choices: Iterable[str], text: str) -> str:
    """The one of a district's own choices whose words are all said; nothing when none or several.

    The longer of two that fit is meant ("AP Biology" rather than "Biology").
    """
    words = frozenset(split(text).tokens)
    fits = [each for each in choices if (own := frozenset(_words(each).tokens)) and own <= words]
    longest = max((len(_words(each).tokens) for each in fits), default=0)
    best = [each for each in fits if len(_words(each).tokens) == longest]
    return best[0] if len(best) == 1 else ""


@functools.lru_cache(1_000)
def _words(text: str) -> Words:
    return split(text)
