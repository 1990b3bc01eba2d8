"""The word lists of this door, read once from `data/` and kept as fast look-ups."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files


class Label(StrEnum):
    """What a line such as ``Sent: …`` above a quoted message stands for."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """How quotes, forwards and closings are announced."""

    starts: re.Pattern[str]
    verbs: re.Pattern[str]
    labels: dict[str, frozenset[Label]]
    original: frozenset[str]
    forward: tuple[str, ...]
    reply_above: tuple[str, ...]
    forward_subject: re.Pattern[str]
    reply_subject: re.Pattern[str]
    sent_from: tuple[str, ...]
    legal: tuple[str, ...]
    list_footers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Natures:
    """How automatic answers and failure reports look."""

    auto_prefix: re.Pattern[str]
    auto_phrases: tuple[str, ...]
    bounce_senders: frozenset[str]
    bounce_names: frozenset[str]
    bounce_subjects: tuple[str, ...]
    bounce_phrases: tuple[str, ...]
    delayed: tuple[str, ...]


type _Table = dict[str, list[str]]


def _load(name: str) -> dict[str, _Table]:
    text = files("homeroom.channels.email").joinpath("data", name).read_text(encoding="utf-8")
    loaded: dict[str, _Table] = tomllib.loads(text)
    return loaded


def _any(words: list[str], *, prefix: str = "", suffix: str = "") -> re.Pattern[str]:
    """One pattern for all words, the longest first so that it wins."""
    ordered = sorted({word.strip().lower() for word in words}, key=len, reverse=True)
    return re.compile(f"{prefix}(?:{'|'.join(map(re.escape, ordered))}){suffix}", re.IGNORECASE)


def _phrases(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.lower() for word in words))


def holds(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether a text in lower case holds one of the phrases. Plain search beats one big pattern."""
    return any(phrase in text for phrase in phrases)


@lru_cache(maxsize=1)
def quotes() -> Quotes:
    """The lists of `data/quotes.toml`."""
    data = _load("quotes.toml")
    labels: dict[str, set[Label]] = {}
    for kind, words in data["labels"].items():
        for word in words:
            labels.setdefault(word.lower(), set()).add(Label(kind))
    separators, closings = data["separators"], data["closings"]
    return Quotes(
        starts=_any(data["attribution"]["starts"], prefix=r"\W{0,3}", suffix=r"(?![^\W\d_]{2})"),
        verbs=_any(data["attribution"]["ends"], prefix=r"(?<![a-z])"),
        labels={word: frozenset(kinds) for word, kinds in labels.items()},
        original=frozenset(word.lower() for word in separators["original"]),
        forward=tuple(word.strip().lower() for word in separators["forward"]),
        reply_above=tuple(word.lower() for word in separators["reply_above"]),
        forward_subject=_any(separators["forward_subjects"], prefix=r"\s*\[?", suffix=r"\s*[:：]"),
        reply_subject=_any(
            separators["reply_subjects"], prefix=r"\s*", suffix=r"(?:\[\d+\])?\s*[:：]"
        ),
        sent_from=tuple(word.lower() for word in closings["sent_from"]),
        legal=_phrases(closings["legal"]),
        list_footers=_phrases(closings["list_footers"]),
    )


@lru_cache(maxsize=1)
def natures() -> Natures:
    """The lists of `data/natures.toml`."""
    data = _load("natures.toml")
    auto, bounce = data["auto_reply"], data["bounce"]
    return Natures(
        auto_prefix=_any(auto["prefixes"], prefix=r"\W{0,3}", suffix=r"\W{0,3}(?:[:：\-–—(\[]|$)"),
        auto_phrases=_phrases(auto["phrases"]),
        bounce_senders=frozenset(bounce["senders"]),
        bounce_names=frozenset(bounce["names"]),
        bounce_subjects=_phrases(bounce["subjects"]),
        bounce_phrases=_phrases(bounce["phrases"]),
        delayed=_phrases(bounce["delayed"]),
    )
