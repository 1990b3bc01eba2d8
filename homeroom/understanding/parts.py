"""Several requests in one message: where the text could be taken apart.

Only the wording is judged here, and generously: whether two pieces are two requests is for whoever
knows what each is about. A new piece begins at a list item, at words like "also" or "another
thing", or with a sentence (or an "and …") that asks or reports something by itself.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from homeroom.understanding import frames, sentences
from homeroom.understanding.idioms import Idioms, idioms, listed, plain
from homeroom.understanding.matter import BOUND, chosen, topic_of

MOST: Final = 4
"""Pieces of one message that are looked at."""
_ITEM: Final = re.compile(r"^\s*(?:[-–—*•·]|\(?\d{1,2}[.):]|\(?[a-e][.)])\s+(?=\S)")
_AND: Final = re.compile(
    r"(?:[,;]\s+(?:(?:and|y|e)\s+)?|\s+(?:and|y)\s+|;\s*|\s[–—-]+\s)"
    r"|\s+(?=(?:also|another thing|one more thing|oh and|adem[aá]s|tambi[eé]n|otra cosa|por cierto"
    r"|btw|by the way|while i have you)\s)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W_]+(?:'\w+)?")
_LEAST: Final = 2
"""Words that no other request need have, in a piece that stands alone."""
_ADDS: Final = re.compile(r"^\W*(?:and|oh|y|e)\s", re.IGNORECASE)
_SOON: Final = 4
"""Words at the beginning of a clause in which an "also" makes it a thing of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What may be a request of its own: `said` as written, `matter` as it is understood."""

    said: str
    matter: str
    is_marked: bool
    """It begins with words that announce something else, or is an item of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clause:
    said: str
    clear: str
    weight: int
    is_marked: bool
    is_leaning: bool
    """It points at something told before."""
    n_own: int
    """Words of its own, not such as any request has."""
    is_joined: bool = False
    """An "and" stands before it."""


def propose(subject: str, text: str) -> tuple[Piece, ...]:
    """Two to four pieces in their order, or none: then the message is one request."""
    pieces: list[list[_Clause]] = []
    is_announced = False
    for said in _clauses(frames.body(subject, text).request):
        is_announced |= said.is_marked
        if not said.clear:
            continue
        clause, is_announced = replace(said, is_marked=is_announced), False
        if not pieces or not _begins(pieces[-1], clause):
            pieces = pieces or [[]]
            pieces[-1].append(clause)
        else:
            pieces.append([clause])
    while len(pieces) > MOST:
        _put_together(pieces)
    if len(pieces) < 2:
        return ()
    return tuple(_piece(piece, subject="" if at else subject) for at, piece in enumerate(pieces))


def _piece(clauses: list[_Clause], *, subject: str) -> Piece:
    """The clauses as one piece; the subject line speaks of the first."""
    clear = [clause.clear for clause in clauses]
    topic = topic_of(subject, clear)
    return Piece(
        said=" ".join(clause.said for clause in clauses),
        matter=chosen([f"{topic}.", *clear] if topic else clear, BOUND),
        is_marked=clauses[0].is_marked,
    )


def _begins(piece: list[_Clause], clause: _Clause) -> bool:
    """Whether the clause is a thing of its own after this piece."""
    if clause.n_own < (1 if clause.is_marked else _LEAST):
        return False
    if clause.is_marked or clause.is_leaning:
        return clause.is_marked
    is_told = max(one.weight for one in piece) > 1
    return clause.is_joined or (is_told and clause.weight > 1)


def _put_together(pieces: list[list[_Clause]]) -> None:
    """One piece fewer: the last unmarked one joins the one before it, or the last of all."""
    bare = [at for at, piece in enumerate(pieces) if at and not piece[0].is_marked]
    at = bare[-1] if bare else len(pieces) - 1
    pieces[at - 1 : at + 1] = [pieces[at - 1] + pieces[at]]


def _clauses(text: str) -> Iterator[_Clause]:
    for sentence in sentences.split(text):
        if frames.closes(sentence):
            continue
        item = _ITEM.match(sentence)
        bare = sentence[item.end() :] if item else sentence
        for at, part in enumerate(_joined_by_and(bare)):
            clause = _clause(part)
            is_item = item is not None and not at
            yield replace(
                clause,
                is_marked=clause.is_marked or is_item,
                is_joined=at > 0 or _ADDS.match(bare) is not None,
            )


def _joined_by_and(sentence: str) -> Iterator[str]:
    """The sentence taken apart before what could stand by itself."""
    begin = 0
    for match in _AND.finditer(sentence):
        before = _WORD.findall(plain(sentence[max(0, match.start() - 20) : match.start()]))
        if match[0].isspace() and (not before or before[-1] in _words("carrying")):
            continue  # "I also", "is also": the same thing goes on
        rest = plain(sentence[match.end() : match.end() + 60])
        if _at_start(idioms("joints", "strong"), rest) or (
            _at_start(idioms("joints", "asks"), rest)
            and sentences.weight(sentence[match.end() :]) > 1
        ):
            yield sentence[begin : match.start()]
            begin = match.end()
    yield sentence[begin:]


def _clause(said: str) -> _Clause:
    clear = sentences.clear(said)
    low = plain(said).strip()
    joint = next(iter(idioms("joints", "strong").find(low)), None)
    is_announced = joint is not None and _announces(low[: joint[0]], low[joint[1] :])
    bare = plain(clear)
    words = set(_WORD.findall(bare))
    leans = _at_start(idioms("joints", "leaning"), bare) or bool(words & _words("pointing"))
    ends = max((end for _, end in idioms("joints", "too").find(low)), default=0)
    comes_to = ends >= len(low.rstrip(" .!?,;")) > 0
    return _Clause(
        said=said.strip(),
        clear=clear,
        weight=sentences.weight(clear) if clear else 0,
        is_marked=is_announced or comes_to,
        is_leaning=leans,
        n_own=len(_own(words)),
    )


def _announces(before: str, after: str) -> bool:
    """Whether a joint between these begins another thing: "third, …" does, "third period" not."""
    following = _WORD.match(after.lstrip())
    is_of_time = following is not None and following[0] in _words("timing")
    return len(before.split()) < _SOON and not is_of_time


def _own(words: set[str]) -> set[str]:
    """The words that say what it is about: not when, how many, or what any request has."""
    told = words - _words("generic") - _words("timing") - sentences.hollow()
    return {word for word in told if not word.isdecimal()}


def _at_start(phrases: Idioms, text: str) -> bool:
    return next(iter(phrases.find(text)), (1, 1))[0] == 0


@functools.cache
def _words(name: str) -> frozenset[str]:
    return frozenset(listed("joints")[name])
