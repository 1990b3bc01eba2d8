"""Which article a question is about, and by how much: features and learned weights; pure."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from homeroom.knowledge.shelf import Accents, Shelf
from homeroom.knowledge.words import Sort, conflicts, holds, terms, wanted
from homeroom.understanding.encoders import Vectors
from homeroom.understanding.language import base

_FILE: Final = Path(__file__).parent / "data" / "weights.json"
CANDIDATES: Final = 12
"""Articles looked at closely: the right one was among them for all but 2 of 400 questions."""

RANKED: Final = (
    "best",
    "title",
    "alias",
    "across",
    "taught",
    "covered",
    "covered_here",
    "excluded",
    "same_language",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks, as it was read."""

    text: str
    vector: Vectors = field(repr=False, compare=False)
    language: str = "en"
    audience: str = ""
    """student, family, staff or community, when known: it ranks, it never hides."""
    services: Mapping[str, float] = field(default_factory=dict)
    """What the message is about, with probabilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may answer, with what speaks for it."""

    book: int
    block: int
    score: float
    features: Mapping[str, float]
    blocks: tuple[tuple[int, float], ...] = ()
    """Its blocks, best first, with how near each is."""
    near: tuple[float, ...] = ()
    """How near each of its pieces is, the title first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What was learned on written questions: how to rank, and how sure to be."""

    rank: Mapping[str, float]
    judge: Mapping[str, float]
    bias: float
    threshold: float


@functools.cache
def learned() -> Mapping[str, Weights]:
    """The weights for English questions to English articles ("same") and for others ("across")."""
    stored = json.loads(_FILE.read_text(encoding="utf-8"))
    return {name: Weights(**stored[name]) for name in ("same", "across")}


def candidates(
    question: Question, *, shelf: Shelf, accents: Accents, ranks: Mapping[str, Mapping[str, float]]
) -> list[Candidate]:
    """The likeliest articles, best first; `ranks` are weights of RANKED, "same" and "across"."""
    if not shelf.books:
        return []
    near = _Near.of(question, shelf, accents)
    asked = terms(question.text)
    made = [
        _candidate(book, question=question, asked=asked, near=near, shelf=shelf, ranks=ranks)
        for book in near.first(CANDIDATES)
    ]
    return sorted(made, key=lambda one: (-one.score, shelf.books[one.book].source_id))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Near:
    """How near each piece and each article is."""

    piece: Vectors
    across: Vectors
    taught: Vectors
    book: Vectors
    title: Vectors
    alias: Vectors

    @classmethod
    def of(cls, question: Question, shelf: Shelf, accents: Accents) -> "_Near":
        like = shelf.meanings.likeness(question.vector, question.language, accents)
        n_books = len(shelf.books)
        starts = np.searchsorted(shelf.piece_books, np.arange(n_books))
        # Titles stand first of each article's pieces.
        body = like.best.copy()
        body[starts] -= 0.05
        alias = np.zeros(n_books, np.float32)
        if len(shelf.alias_books):
            told = shelf.alias_meanings.likeness(question.vector, question.language, accents)
            np.maximum.at(alias, shelf.alias_books, told.best)
        return cls(
            piece=like.best,
            across=np.maximum.reduceat(like.across, starts),
            taught=np.maximum.reduceat(like.taught, starts),
            # A question that was answered before speaks for its article as its own words do.
            book=np.maximum(np.maximum.reduceat(body, starts), alias),
            title=like.best[starts],
            alias=alias,
        )

    def first(self, number: int) -> list[int]:
        """The nearest articles by any of the signs."""
        by_all = np.maximum(self.book + 0.3 * self.title, self.alias * 1.3)
        return [int(one) for one in np.argsort(-by_all, kind="stable")[:number]]


def _candidate(
    book: int,
    *,
    question: Question,
    asked: Sequence[str],
    near: _Near,
    shelf: Shelf,
    ranks: Mapping[str, Mapping[str, float]],
) -> Candidate:
    blocks = _blocks(book, question=question, asked=asked, near=near, shelf=shelf)
    block = blocks[0][0] if blocks else -1
    here = shelf.block_words.get((book, block), frozenset())
    of = shelf.books[book]
    excluded, unnamed = conflicts(asked, here)
    features = {
        "best": float(near.book[book]),
        "title": float(near.title[book]),
        "alias": float(near.alias[book]),
        "across": float(near.across[book]),
        "taught": float(near.taught[book]),
        "covered": _covered(asked, shelf.book_words[book], shelf),
        "covered_here": _covered(asked, here, shelf),
        "excluded": float(excluded),
        "unnamed": float(unnamed),
        "same_language": float(base(of.language) == base(question.language)),
    }
    weights = ranks["same" if features["same_language"] else "across"]
    score = sum(weights[name] * features[name] for name in RANKED)
    # Whom it was written for and what it is filed under may settle a tie, never more.
    score += 0.15 * question.services.get(of.service, 0.0)
    score += 0.05 * (bool(of.audience) and question.audience in of.audience)
    return Candidate(
        book=book,
        block=block,
        score=score,
        features=features,
        blocks=tuple(blocks),
        near=tuple(map(float, near.piece[shelf.span_of(book)])),
    )


def _blocks(
    book: int, *, question: Question, asked: Sequence[str], near: _Near, shelf: Shelf
) -> list[tuple[int, float]]:
    """The blocks of an article by how well each answers: nearest piece, words, kind of fact."""
    span, sort = shelf.span_of(book), wanted(question.text)
    found: dict[int, float] = {}
    told: dict[int, str] = {}
    for place in range(span.start, span.stop):
        piece = shelf.pieces[place]
        if piece.block < 0:
            continue
        found[piece.block] = max(found.get(piece.block, -1.0), float(near.piece[place]))
        told[piece.block] = f"{told.get(piece.block, '')} {piece.text}"
    for block in found:
        words = shelf.block_words[book, block]
        found[block] += 0.25 * _covered(asked, words, shelf)
        found[block] += 0.1 * (sort is not Sort.NONE and holds(sort, told[block]))
        found[block] -= 0.15 * conflicts(asked, words)[0]
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def _covered(asked: Sequence[str], words: frozenset[str], shelf: Shelf) -> float:
    """The share of what is asked about that the text names, rare words counting more."""
    total = sum(0.2 + shelf.weight(term) for term in asked)
    if not total:
        return 0.0
    return sum(0.2 + shelf.weight(term) for term in asked if term in words) / total
