"""Finding listed phrases in free text: spelling games undone, a word's ending or a gap allowed.

In a listed phrase `~` after a word means "beginning with", `*` stands for up to three words.
"""

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_READ: Final = 200_000
"""Far more than anyone writes; padding must not hide what stands behind it."""
_GAP: Final = 3
_HEAD: Final = 2
"""Letters of a first word that a phrase is filed under; no `~` word may be shorter."""

_LEET: Final = str.maketrans("013457@$!|", "oieastasil")
_TOKEN: Final = re.compile(r"[\w@$!|]+(?:['’*][\w@$!|]+)*")
_SPELLED: Final = re.compile(r"(?<!\w)(?:\w[ .*_-]{1,2}){2,30}\w(?!\w)")
_DRAWN_OUT: Final = re.compile(r"(.)\1{2,}")
_LETTERS: Final = str.maketrans({"đ": "d", "ı": "i", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae"})


type _Listed = tuple[int, str, tuple[str, ...]]
"""A phrase's place in its list, the phrase, and its words as they are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A listed phrase, as listed, and the word positions [start, end) where it was said."""

    phrase: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text as words to compare: folded, without accents, leet, drawn-out letters and spacing.

    `shorter` differs from `tokens` only where a letter was drawn out ("kiiill": "kiill", "kill").
    """

    tokens: tuple[str, ...]
    shorter: tuple[str, ...]
    joined: str


class Lexicon:
    """A fixed set of phrases, found in time linear in the text."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """File each phrase under its first word, or under the head of a beginning one."""
        self._whole: dict[str, list[_Listed]] = defaultdict(list)
        self._begun: dict[str, list[_Listed]] = defaultdict(list)
        self._unspaced: list[tuple[str, str]] = []
        for place, phrase in enumerate(dict.fromkeys(phrases)):
            if _is_unspaced(phrase):
                self._unspaced.append((phrase, _fold(phrase)))
                continue
            parts = tuple(_part(word) for word in phrase.split())
            first = parts[0]
            filed = self._begun[first[:_HEAD]] if first.endswith("~") else self._whole[first]
            filed.append((place, phrase, parts))

    def find(self, text: Words) -> tuple[Hit, ...]:
        """Every listed phrase that stands in the text, in order."""
        hits = self._spaced(text.tokens)
        if text.shorter != text.tokens:
            hits += [hit for hit in self._spaced(text.shorter) if hit not in hits]
        hits += [
            Hit(phrase=phrase, start=0, end=len(text.tokens))
            for phrase, folded in self._unspaced
            if folded in text.joined
        ]
        return tuple(hits)

    def _spaced(self, tokens: tuple[str, ...]) -> list[Hit]:
        words, heads = _places(tokens)
        starts = [(words[word], self._whole[word]) for word in words.keys() & self._whole.keys()]
        starts += [(heads[head], self._begun[head]) for head in heads.keys() & self._begun.keys()]
        found = [
            (start, place, phrase, end)
            for places, filed in starts
            for start in places
            for place, phrase, parts in filed
            if (end := _follow(tokens, start, parts)) is not None
        ]
        return [Hit(phrase=phrase, start=start, end=end) for start, _, phrase, end in sorted(found)]


@functools.lru_cache(maxsize=4)
def split(text: str) -> Words:
    """The words of the first 200,000 characters, ready to be compared with listed phrases."""
    folded = _SPELLED.sub(_together, _fold(text[:_READ]))
    found = tuple(plain for token in _TOKEN.findall(folded) if (plain := _plain(token)))
    if not any(map(_DRAWN_OUT.search, found)):
        return Words(tokens=found, shorter=found, joined=folded)
    return Words(
        tokens=tuple(_DRAWN_OUT.sub(r"\1\1", token) for token in found),
        shorter=tuple(_DRAWN_OUT.sub(r"\1", token) for token in found),
        joined=folded,
    )


@functools.lru_cache(maxsize=4)
def _places(tokens: tuple[str, ...]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Where each word stands, and where words of each head stand: dozens of lists ask."""
    words: dict[str, list[int]] = defaultdict(list)
    heads: dict[str, list[int]] = defaultdict(list)
    for place, token in enumerate(tokens):
        words[token].append(place)
        heads[token[:_HEAD]].append(place)
    return words, heads


def _follow(tokens: tuple[str, ...], at: int, parts: tuple[str, ...]) -> int | None:
    """Where the phrase ends if it starts at this token; a gap takes the fewest words it can."""
    for index, part in enumerate(parts):
        if part == "*":
            rest = parts[index + 1 :]
            ends = (_follow(tokens, at + skip, rest) for skip in range(_GAP + 1))
            return next((end for end in ends if end is not None), None)
        if at >= len(tokens) or not _same(tokens[at], part):
            return None
        at += 1
    return at


def _same(token: str, part: str) -> bool:
    return token.startswith(part[:-1]) if part.endswith("~") else token == part


def _part(word: str) -> str:
    if word == "*":
        return word
    ending = "~" if word.endswith("~") else ""
    return _plain(_fold(word.rstrip("~"))) + ending


def _fold(text: str) -> str:
    """Case, width and accents folded; Arabic, Hangul and Cyrillic keep their letters."""
    if text.isascii():
        return text.casefold()  # ASCII has nothing else to fold
    spread = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in spread if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def _plain(token: str) -> str:
    """A word without apostrophes and with letters for digits: "k1ll" is "kill"."""
    if token.isalpha():
        return token
    token = re.sub(r"['’*]", "", token)
    if any(char.isalpha() for char in token) and not token[:1].isdigit():
        token = token.rstrip("!|").translate(_LEET)
    return token.strip("!|$@")


def _together(match: re.Match[str]) -> str:
    """Letters spelled one by one ("k i l l", "d.i.e") as the word they spell."""
    return re.sub(r"[ .*_-]", "", match[0])


def _is_unspaced(phrase: str) -> bool:
    return any("\u2e80" <= char <= "\u9fff" for char in phrase)
