"""Turns of phrase, listed as people read them, found in plain text.

In a listed phrase: [word] may be missing, a|b is either of two, _ joins the words of one
alternative, word~ is any word so beginning, * up to three words, {list} one of a named list;
^ in front holds it to the beginning of a clause, . behind to the end of one.
"""

import functools
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from homeroom.understanding.encoders import DATA

_LATIN: Final = (*range(0xC0, 0x250), *range(0x1EA0, 0x1EFA))
_BARE: Final = {code: unicodedata.normalize("NFD", chr(code))[0] for code in _LATIN} | {
    ord(curly): "'" for curly in "‘’`´"
}
_SHOUTED: Final = re.compile(r"\bIT\b")
_WORD: Final = re.compile(r"\w+(?:['-]\w+)*")
_SOME: Final = r"(?:[\w'.-]{1,20}[\s,]+){0,3}?"
_ONE_OR_TWO: Final = r"[\w'.-]{1,20}(?:\s+[\w'.-]{1,20})?"
_END: Final = (
    r"(?:(?<=,\s)|(?<=,)|(?=[.,;:!?)\n–—-]|$|(?:but|and|so|then|thanks?|thx|gracias|pero|y)\b))"
)
_BEGINS_AFTER: Final = frozenset({"but", "and", "so", "also", "pero", "y", "hi", "hello", "hola"})
_TURNS: Final = frozenset('.,;:!?–—-\n("')

_FILES: Final = ("matter.toml", "joints.toml")

type Span = tuple[int, int]


def plain(text: str) -> str:
    """The text in lower case without Latin accents and curly quotes, letter for letter.

    What stands where stays where it is. The department IT, in capitals, becomes 1t: no word.
    """
    if not text.isupper():
        text = _SHOUTED.sub("1t", text)
    bare = text if text.isascii() else text.translate(_BARE)
    whole = bare.lower()
    if len(whole) == len(bare):
        return whole
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in bare)


@functools.cache
def listed(section: str) -> Mapping[str, tuple[str, ...]]:
    """The lists of one section of `data/matter.toml` or `data/joints.toml`."""
    tables = [tomllib.loads((DATA / name).read_text("utf-8")) for name in _FILES]
    table = next(one[section] for one in tables if section in one)
    return {name: tuple(entries) for name, entries in table.items()}


@functools.cache
def idioms(section: str, *names: str) -> "Idioms":
    """The phrases of these lists of a section."""
    return Idioms(phrase for name in names for phrase in listed(section)[name])


def either(words: Iterable[str]) -> str:
    """A pattern of these words or expressions, the longest first."""
    return "|".join(_spelled(word) for word in sorted(words, key=lambda word: (-len(word), word)))


class Idioms:
    """A fixed set of phrases, looked for only where a word stands that one of them begins with."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """File each phrase under every word it may begin with; the first listed wins."""
        self._filed: dict[tuple[str, bool], list[str]] = defaultdict(list)
        self._patterns: dict[tuple[str, bool], re.Pattern[str]] = {}
        for phrase in phrases:
            is_first = phrase.startswith("^ ")
            tokens = phrase.removeprefix("^ ").split()
            for word in set(_first_words(tokens)):
                self._filed[word, is_first].append("".join(map(_piece, tokens)))

    def find(self, text: str) -> Iterator[Span]:
        """Where a phrase stands in plain text, from left to right, without overlaps."""
        end, before = 0, ""
        for match in _WORD.finditer(text):
            start, word = match.span()[0], match[0]
            if start >= end:
                begins = start == end or before in _BEGINS_AFTER or _turns(text, start)
                last = self._ends(text, start, word, begins=begins)
                if last is not None and last > start:
                    yield start, last
                    end = last
            before = word

    def _ends(self, text: str, start: int, word: str, *, begins: bool) -> int | None:
        for is_first in (False, True)[: 1 + begins]:
            found = self._pattern(word, is_first=is_first)
            if found and (match := found.match(text, start)):
                return match.end()
        return None

    def _pattern(self, word: str, *, is_first: bool) -> re.Pattern[str] | None:
        key = (word, is_first)
        if key in self._filed and key not in self._patterns:
            self._patterns[key] = re.compile("|".join(self._filed[key]))
        return self._patterns.get(key)


class Labelled:
    """Several named sets of phrases, all looked for in one pass."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        """File each phrase under every word it may begin with."""
        self._filed: dict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
        for label, phrases in lists.items():
            for phrase in phrases:
                tokens = phrase.split()
                found = re.compile("".join(map(_piece, tokens)))
                for word in set(_first_words(tokens)):
                    self._filed[word].append((label, found))

    def find(self, text: str) -> dict[str, str]:
        """The words by which each list is met first, in plain text without apostrophes."""
        met: dict[str, str] = {}
        for match in _WORD.finditer(text):
            for label, pattern in self._filed.get(match[0], ()):
                if label not in met and (hit := pattern.match(text, match.start())):
                    met[label] = hit[0].strip(" ,")
        return met


def _turns(text: str, start: int) -> bool:
    """Whether nothing but space stands between this place and a break, or the beginning."""
    head = text[max(0, start - 4) : start].rstrip(" \t")
    return not head or head[-1] in _TURNS


def _first_words(tokens: list[str]) -> Iterator[str]:
    for token in tokens:
        for alternative in token.strip("[]").split("|"):
            names = [alternative]
            if alternative.startswith("{"):
                names = list(listed("lists")[alternative.strip("{}")])
            for name in names:
                if match := _WORD.match(plain(name.replace("_", " "))):
                    yield match[0]
        if not token.startswith("["):
            return


def _piece(part: str) -> str:
    if part == ".":
        return _END
    if part == "[.]":
        return rf"(?:{_END})?"
    if part in {"*", "[*]"}:
        return _SOME
    alternatives = "|".join(map(_alternative, part.strip("[]").split("|")))
    one = rf"(?:{alternatives})(?![\w'])[\s,]*"
    return f"(?:{one})?" if part.startswith("[") else one


def _alternative(word: str) -> str:
    before, brace, name = word.partition("{")
    if not brace:
        return _spelled(word.replace("_", " "))
    lead = _spelled(before.replace("_", " ")) + r"\s+" if before else ""
    return f"{lead}(?:{_named(name.rstrip('}'))})"


@functools.cache
def _named(name: str) -> str:
    return either(listed("lists")[name])


def _spelled(words: str) -> str:
    return r"\s+".join(map(_word, words.split()))


def _word(part: str) -> str:
    if part == "*":
        return _ONE_OR_TWO
    if part.endswith("~"):
        return re.escape(plain(part[:-1])) + r"\w*"
    return re.escape(plain(part))
