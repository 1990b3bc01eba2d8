"""Which one question is worth asking back, and what a short reply to it says; pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.understanding.named import GUESSES, Kind, Mention
from homeroom.understanding.phrases import split

LEAST: Final = 0.35
"""Worth times likelihood from which a question is asked: below it costs more than it brings."""
_VAGUE_WORDS: Final = 3
"""Content words up to which a message may be too vague for anybody."""
_VAGUE: Final = 0.45
"""Probability of the likeliest department below which it is."""
_SHORT: Final = 12
"""Words of a reply that is nothing but an answer."""
_BARE_WORDS: Final = 4
_BESIDE: Final = 2
"""Content words that may stand beside the answer: "it's the one by the gym, thanks"."""

KINDS: Final[Mapping[str, frozenset[Kind]]] = {
    "student": frozenset({Kind.PERSON, Kind.STUDENT_ID, Kind.WORDS, Kind.SPOT}),
    "person": frozenset({Kind.PERSON, Kind.WORDS, Kind.EMAIL, Kind.SPOT}),
    "teacher": frozenset({Kind.PERSON, Kind.WORDS, Kind.SPOT}),
    "room": frozenset({Kind.ROOM, Kind.PLACE, Kind.SPOT, Kind.WORDS}),
    "place": frozenset({Kind.ROOM, Kind.PLACE, Kind.SPOT, Kind.WORDS}),
    "last_seen": frozenset({Kind.ROOM, Kind.PLACE, Kind.SPOT, Kind.WORDS, Kind.BUS_ROUTE}),
    "school": frozenset({Kind.SCHOOL, Kind.SPOT, Kind.WORDS}),
    "tag": frozenset({Kind.ASSET_TAG, Kind.CODE, Kind.SERIAL}),
    "route": frozenset({Kind.BUS_ROUTE}),
    "date": frozenset({Kind.DATE}),
    "time": frozenset({Kind.TIME}),
    "amount": frozenset({Kind.AMOUNT}),
    "grade": frozenset({Kind.GRADE}),
    "url": frozenset({Kind.URL}),
    "app": frozenset({Kind.APP_NAME}),
    "number": frozenset({Kind.ORDER, Kind.CODE}),
    "extension": frozenset({Kind.EXTENSION}),
    "headcount": frozenset({Kind.HEADCOUNT}),
}
"""What a reply to each kind of question names; a kind that is not here is answered in any words."""
_BARE: Final[Mapping[str, tuple[Kind, re.Pattern[str]]]] = {
    "room": (Kind.ROOM, re.compile(r"\b([a-z]?-?\d{1,4}[a-z]?)\b", re.IGNORECASE)),
    "place": (Kind.ROOM, re.compile(r"\b([a-z]?-?\d{1,4}[a-z]?)\b", re.IGNORECASE)),
    "route": (Kind.BUS_ROUTE, re.compile(r"\b(\d{1,3}[a-z]?)\b", re.IGNORECASE)),
    "tag": (Kind.ASSET_TAG, re.compile(r"\b([a-z]{0,5}[- ]?\d{3,8})\b", re.IGNORECASE)),
    "grade": (Kind.GRADE, re.compile(r"\b(k|pk|\d{1,2})(?:st|nd|rd|th)?\b", re.IGNORECASE)),
    "number": (Kind.ORDER, re.compile(r"\b([a-z]{0,6}-?\d{2,12})\b", re.IGNORECASE)),
    "extension": (Kind.EXTENSION, re.compile(r"\b(\d{3,6})\b")),
    "amount": (Kind.AMOUNT, re.compile(r"\b(\d{1,6}(?:\.\d\d)?)\b")),
    "headcount": (Kind.HEADCOUNT, re.compile(r"\b(\d{1,4})\b")),
    "student": (Kind.PERSON, re.compile(r"([^\W\d_][\w'’ -]{1,40})")),
    "person": (Kind.PERSON, re.compile(r"([^\W\d_][\w'’ -]{1,40})")),
    "teacher": (Kind.PERSON, re.compile(r"([^\W\d_][\w'’ .-]{1,40})")),
    "school": (Kind.SPOT, re.compile(r"([^\W\d_][\w'’ -]{1,40})")),
}
"""What a bare reply is when the shape of it says nothing: "214" to "Which room?"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """Something that is missing: the question's kind, how likely it matters, and how much."""

    field: str
    kind: str
    label: str
    share: float
    worth: float
    choices: tuple[str, ...] = ()

    @property
    def gain(self) -> float:
        """How much an answer is expected to bring, 0 to 1."""
        return self.share * self.worth


def choose(wants: Iterable[Want]) -> Want | None:
    """The one thing to ask for, or nothing when no answer would change what is done first.

    Of equally worthy ones the first: services list what they need most first.
    """
    best = max(wants, key=lambda want: want.gain, default=None)
    return best if best is not None and best.gain >= LEAST else None


def vague(content: frozenset[str], *, department: float) -> Want | None:
    """The question what it is about, for a message in which next to nothing is said."""
    if len(content) > _VAGUE_WORDS or department >= _VAGUE:
        return None
    return Want(field="", kind="what", label="", share=1.0 - department, worth=1.0)


def is_only_answer(
    kind: str, text: str, mentions: Sequence[Mention], content: Iterable[str]
) -> bool:
    """Whether a text says the answer and nothing else, so that it is no request of its own."""
    words = split(text).tokens
    if not words or len(words) > _SHORT or "?" in text:
        return False
    if kind not in KINDS:
        return True
    firm = [one for one in mentions if one.kind not in GUESSES]
    others = [one for one in firm if one.kind not in KINDS[kind]]
    said = {word for one in firm if one not in others for word in split(one.text).tokens}
    bare = _BARE.get(kind)
    is_bare = bare is not None and bare[1].search(text) is not None and len(words) <= _BARE_WORDS
    beside = [word for word in content if word not in said]
    return not others and (is_bare or (bool(said) and len(beside) <= _BESIDE))


def answered(kind: str, text: str, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """The mentions of a reply; what is bare is taken for what was asked for."""
    wanted = KINDS.get(kind, frozenset())
    sure = [one for one in mentions if one.kind in wanted - {Kind.SPOT, Kind.WORDS}]
    bare = _BARE.get(kind)
    if sure or bare is None or len(split(text).tokens) > _SHORT:
        return tuple(mentions)
    match = bare[1].search(text.strip())
    if match is None:
        return tuple(mentions)
    value = match[1].strip()
    value = value if bare[0] in (Kind.PERSON, Kind.SPOT) else value.upper().replace(" ", "")
    start, end = match.span(1)
    own = Mention(kind=bare[0], text=match[1], value=value, start=start, end=end)
    return (own, *(one for one in mentions if one.kind not in wanted or one.kind is Kind.WORDS))
