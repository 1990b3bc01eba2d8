"""The passage itself, trimmed to what was asked; nothing in it is anybody's but the article's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.knowledge.scoring import Candidate, Question
from homeroom.knowledge.shelf import Piece, Shelf
from homeroom.knowledge.words import Sort, holds, terms, wanted

SHORT: Final = 420
"""Characters up to which a paragraph is given whole: it is read faster than it is doubted."""
LONGEST: Final = 700
"""Characters of an answer at most; who needs more follows the link."""
CLOSE: Final = 0.06
"""A second paragraph as near as this to the first is part of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What is said, and the pieces it stands in, in the article's order."""

    text: str
    pieces: tuple[Piece, ...]


def trim(question: Question, first: Candidate, *, shelf: Shelf) -> Trimmed:
    """The words of the article that answer, from one paragraph or two that are equally near."""
    best = first.blocks[0][1] if first.blocks else 0.0
    sort = wanted(question.text)
    chosen: dict[int, list[Piece]] = {}
    length = 0
    for block, near in first.blocks[:3]:
        has_fact = any(holds(sort, piece.text) for kept in chosen.values() for piece in kept)
        if chosen and not (best - near <= CLOSE or (sort is not Sort.NONE and not has_fact)):
            break
        kept = _kept(question, shelf.block(first.book, block))
        size = sum(len(piece.text) + 1 for piece in kept)
        if chosen and length + size > LONGEST:
            break
        chosen[block] = kept
        length += size
    pieces = tuple(piece for block in sorted(chosen) for piece in chosen[block])
    return Trimmed(text=_said(pieces), pieces=pieces)


def _kept(question: Question, pieces: Sequence[Piece]) -> list[Piece]:
    """A short paragraph whole; of a long one or a table, the piece asked for and what it needs."""
    if pieces and pieces[0].kind == "row":
        return _rows(question, pieces)
    if sum(len(piece.text) + 1 for piece in pieces) <= SHORT:
        return list(pieces)
    asked, sort = frozenset(terms(question.text)), wanted(question.text)
    value = [
        len(asked & frozenset(terms(piece.text)))
        + 0.5 * (sort is not Sort.NONE and holds(sort, piece.text))
        for piece in pieces
    ]
    middle = max(range(len(pieces)), key=lambda place: (value[place], -place))
    start, stop = middle, middle + 1
    while True:
        room = SHORT - sum(len(piece.text) + 1 for piece in pieces[start:stop])
        if stop < len(pieces) and len(pieces[stop].text) < room:
            stop += 1
        elif start > 0 and len(pieces[start - 1].text) < room:
            start -= 1
        else:
            return list(pieces[start:stop])


def _rows(question: Question, rows: Sequence[Piece]) -> list[Piece]:
    """The rows of a table that name the most of what is asked."""
    asked = frozenset(terms(question.text))
    shared = [len(asked & frozenset(terms(row.text))) for row in rows]
    most = max(shared)
    kept = [row for row, n in zip(rows, shared, strict=True) if n == most]
    return kept if len(kept) <= 5 else kept[:5]


def _said(pieces: Sequence[Piece]) -> str:
    """The pieces as lines and paragraphs."""
    parts: list[str] = []
    before: Piece | None = None
    for piece in pieces:
        if before is None:
            parts.append(piece.text)
        elif piece.block != before.block:
            parts.append(f"\n\n{piece.text}")
        else:
            parts.append(f"{' ' if piece.kind == 'text' else chr(10)}{piece.text}")
        before = piece
    return "".join(parts)
