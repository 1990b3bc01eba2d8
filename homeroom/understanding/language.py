"""Which of the languages a district offers a text is written in."""

import functools
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from homeroom.understanding.encoders import DATA

_READ: Final = 600
"""Characters looked at: more never changed the verdict and costs time."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NOISE: Final = re.compile(r"\S*[@/]\S*|https?://\S+|#?\w*\d\w*")
_UNSPACED: Final = frozenset({"zh", "ja", "th", "ko"})
_ALIASES: Final = {"fil": "tl", "cmn": "zh", "iw": "he"}
_SHORT: Final = 3
"""Below this many words, only the word lists speak."""

_LISTED: Final = 0.9
"""Certainty when a listed word decided; not a probability, only "more than a guess"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language code as the district writes it, and how sure: 0 to 1, 0 for the fallback."""

    code: str
    certainty: float


def identify(text: str, *, offered: Sequence[str], fallback: str) -> Language:
    """The offered language the text is written in; `fallback` when it does not show.

    A text of one or two words counts only when a listed word ("hola", "mèsi") decides it.
    """
    cleaned = _NOISE.sub(" ", text[:_READ]).casefold().replace("’", "'")
    codes = {base(code): code for code in reversed(offered)}
    words = _WORD.findall(cleaned)
    listed = _listed(cleaned, words, tuple(sorted(codes)))
    if not words or (len(words) < _SHORT and not _unspaced(cleaned)):
        return _answer(listed, codes, fallback)
    code, certainty = _statistics(tuple(sorted(codes))).classify(cleaned)
    if listed and listed != code and (len(words) <= 2 * _SHORT or listed in ("ht", "so")):
        return _answer(listed, codes, fallback)
    return Language(code=codes[code], certainty=round(certainty, 3))


def base(code: str) -> str:
    """The bare language of a code: "pt-BR" and "pt_BR" are "pt", "fil" is "tl"."""
    bare = re.split(r"[-_]", code.casefold(), maxsplit=1)[0]
    return _ALIASES.get(bare, bare)


def _answer(code: str | None, codes: dict[str, str], fallback: str) -> Language:
    if code is None:
        return Language(code=fallback, certainty=0.0)
    return Language(code=codes[code], certainty=_LISTED)


def _listed(text: str, words: Sequence[str], codes: tuple[str, ...]) -> str | None:
    """The language with most listed words in the text, if one leads."""
    said = f" {' '.join(words)} "
    counts = {
        code: sum(
            word in text if code in _UNSPACED else f" {word} " in said
            for word in _lists().get(code, ())
        )
        for code in codes
    }
    first, second = (*sorted(counts.values(), reverse=True), 0, 0)[:2]
    if first == second:
        return None
    return max(counts, key=counts.__getitem__)


def _unspaced(text: str) -> bool:
    return any(char >= "\u2e80" for char in text)


@functools.cache
def _lists() -> dict[str, tuple[str, ...]]:
    lists = tomllib.loads((DATA / "languages.toml").read_text("utf-8"))["words"]
    return {code: tuple(words) for code, words in lists.items()}


@functools.lru_cache(maxsize=8)
def _statistics(codes: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(identifier.labels)
    identifier.set_languages([code for code in codes if code in known] or ["en"])
    return identifier
