"""What one kind of viewer may be answered from, held ready in arrays: nothing else is on it."""

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from homeroom.knowledge.words import naming, terms
from homeroom.understanding.encoders import ENGLISH, LENGTH, Vectors
from homeroom.understanding.language import base
from homeroom.understanding.layers import WIDTH
from homeroom.understanding.service import ROUTED, features

type Indices = npt.NDArray[np.int64]
type Accents = Mapping[str, Vectors]
"""The mean vector of each language, as the service model keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An article as an answer names it."""

    id: int
    source_id: str
    title: str
    language: str
    audience: tuple[str, ...] = ()
    service: str = ""
    owner: str = ""
    department: str = ""
    checked: date | None = None
    """When somebody last said that it is true."""
    is_listed: bool = False
    """A table or a calendar of the district's: each row speaks of another thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A passage, or a title (block -1), on the shelf; `book` is the place of its article."""

    book: int
    block: int
    heading: str
    text: str
    quote: str
    kind: str
    span: tuple[datetime, datetime] | None = None
    """From when until before when it holds; always, when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Cosine (n,) of each text to one question, by each encoder that can compare the two."""

    best: Vectors = field(repr=False)
    """By the best judge of the two languages."""
    across: Vectors = field(repr=False)
    taught: Vectors = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Meanings:
    """What texts mean, one row each: English to English, across languages, and as taught."""

    english: Vectors = field(repr=False)
    meaning: Vectors = field(repr=False)
    taught: Vectors = field(repr=False)
    is_english: npt.NDArray[np.bool_] = field(repr=False)
    kept: Indices | None = field(default=None, repr=False)
    """The rows that are looked at; all of them when it is None."""

    def only(self, places: Indices) -> "Meanings":
        """The same texts, of which only those at `places` are looked at; nothing is copied."""
        kept = places if self.kept is None else self.kept[places]
        return replace(self, kept=kept)

    def likeness(self, vector: Vectors, language: str, accents: Accents) -> Likeness:
        """How like each text is to a question."""
        asked = meanings(vector[None, :], [language], accents)
        across, taught = self.meaning @ asked.meaning[0], self.taught @ asked.taught[0]
        best = (across + taught) / 2
        if asked.is_english[0]:
            best = np.where(self.is_english, self.english @ asked.english[0], best)
        if self.kept is not None:
            best, across, taught = best[self.kept], across[self.kept], taught[self.kept]
        return Likeness(best=best, across=across, taught=taught)


def meanings(vectors: Vectors, languages: Sequence[str], accents: Accents) -> Meanings:
    """Vectors as encoded (n, LENGTH) made ready to be compared."""
    routed = (
        features(vectors[:, ROUTED], languages, accents) if len(vectors) else vectors[:, ROUTED]
    )
    return Meanings(
        english=np.ascontiguousarray(vectors[:, ENGLISH], np.float32),
        meaning=np.ascontiguousarray(routed[:, :WIDTH], np.float32),
        taught=np.ascontiguousarray(routed[:, WIDTH:], np.float32),
        is_english=np.array([base(one) == "en" for one in languages], bool),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shelf:
    """Articles, their pieces and aliases, with what each means and the words each has."""

    books: tuple[Book, ...]
    pieces: tuple[Piece, ...]
    meanings: Meanings
    piece_books: Indices
    alias_meanings: Meanings
    alias_books: Indices
    block_words: Mapping[tuple[int, int], frozenset[str]]
    """By article and block: the words of the block, its heading and the title."""
    book_words: tuple[frozenset[str], ...]
    rarity: Mapping[str, float]
    """0 to 1: how few articles have the word."""
    row_words: Mapping[int, frozenset[str]]
    """By place of a row of a listed article: the words that say what it is about."""

    def weight(self, term: str) -> float:
        """How much the word tells articles apart; 1 for one that no article has."""
        return self.rarity.get(term, 1.0)

    def block(self, book: int, block: int) -> list[Piece]:
        """The pieces of one block, in order."""
        return [one for one in self.pieces_of(book) if one.block == block]

    def pieces_of(self, book: int) -> Sequence[Piece]:
        """The pieces of one article, its title first, in order."""
        start, stop = np.searchsorted(self.piece_books, [book, book + 1])
        return self.pieces[start:stop]

    def only(
        self,
        places: Sequence[int],
        *,
        idle: frozenset[str] = frozenset(),
    ) -> "Shelf":
        """The shelf with the pieces at `places` (ascending) and no others.

        An article of which nothing but its title is left is gone. `idle` are words of which every
        row that is left has what they mean, such as "tomorrow".
        """
        told = {self.pieces[place].book for place in places if self.pieces[place].block >= 0}
        where = {book: number for number, book in enumerate(sorted(told))}
        kept = [place for place in places if self.pieces[place].book in told]
        block_words, whole = self._words_of(kept, where, idle)
        aliases = [n for n, book in enumerate(self.alias_books) if int(book) in told]
        return replace(
            self,
            books=tuple(self.books[book] for book in where),
            pieces=tuple(replace(self.pieces[n], book=where[self.pieces[n].book]) for n in kept),
            meanings=self.meanings.only(np.array(kept, np.int64)),
            piece_books=np.array([where[self.pieces[n].book] for n in kept], np.int64),
            alias_meanings=self.alias_meanings.only(np.array(aliases, np.int64)),
            alias_books=np.array([where[int(self.alias_books[n])] for n in aliases], np.int64),
            block_words=block_words,
            book_words=tuple(whole),
            rarity={**self.rarity, **dict.fromkeys(idle, 0.0)},
            row_words={},
        )

    def _words_of(
        self, kept: Sequence[int], where: Mapping[int, int], idle: frozenset[str]
    ) -> tuple[dict[tuple[int, int], frozenset[str]], list[frozenset[str]]]:
        """By block, and by article: the words of the pieces that are kept, under new numbers."""
        block_words = {
            (where[book], block): known
            for (book, block), known in self.block_words.items()
            if book in where and not self.books[book].is_listed
        }
        whole = [
            frozenset() if self.books[one].is_listed else self.book_words[one] for one in where
        ]
        for place in (one for one in kept if self.books[self.pieces[one].book].is_listed):
            piece = self.pieces[place]
            key = (where[piece.book], piece.block)
            known = block_words.get(key) or frozenset(terms(self.books[piece.book].title))
            own = self.row_words.get(place) or frozenset(terms(piece.text))
            block_words[key] = known | own | (idle if piece.span else frozenset())
            whole[key[0]] |= block_words[key]
        return block_words, whole

    def span_of(self, book: int) -> slice:
        """Where the pieces of one article stand."""
        start, stop = np.searchsorted(self.piece_books, [book, book + 1])
        return slice(int(start), int(stop))


def stacked(
    books: Sequence[Book],
    pieces: Sequence[Piece],
    vectors: Vectors,
    *,
    aliases: Sequence[tuple[int, str]] = (),
    alias_vectors: Vectors | None = None,
    accents: Accents,
) -> Shelf:
    """A shelf of these articles; `pieces` stand by article, `aliases` are (article, language)."""
    block_words: dict[tuple[int, int], frozenset[str]] = {}
    for piece in pieces:
        place = (piece.book, piece.block)
        known = block_words.get(place) or frozenset(terms(books[piece.book].title))
        block_words[place] = known | frozenset(terms(f"{piece.heading} {piece.text}"))
    whole: list[frozenset[str]] = [frozenset()] * len(books)
    for (book, _), words in block_words.items():
        whole[book] |= words
    languages = [books[piece.book].language for piece in pieces]
    none = np.zeros((0, LENGTH), np.float32)
    return Shelf(
        books=tuple(books),
        pieces=tuple(pieces),
        meanings=meanings(vectors, languages, accents),
        piece_books=np.array([piece.book for piece in pieces], np.int64),
        alias_meanings=meanings(
            none if alias_vectors is None else alias_vectors,
            [language for _, language in aliases],
            accents,
        ),
        alias_books=np.array([book for book, _ in aliases], np.int64),
        block_words=block_words,
        book_words=tuple(whole),
        rarity=_rarity(whole),
        row_words={
            place: naming(piece.text)
            for place, piece in enumerate(pieces)
            if books[piece.book].is_listed and piece.kind in {"row", "item"}
        },
    )


def _rarity(books: Sequence[frozenset[str]]) -> dict[str, float]:
    """How few of the articles have each word: 1 for one of them, 0 for all."""
    counts = Counter(word for words in books for word in words)
    most = math.log(1 + len(books))
    return {word: 1 - math.log(n) / most for word, n in counts.items()}


@functools.cache
def empty() -> Shelf:
    """A shelf with nothing on it."""
    return stacked((), (), np.zeros((0, LENGTH), np.float32), accents={})
