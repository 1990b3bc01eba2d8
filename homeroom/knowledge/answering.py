"""The one door of the room: a question goes in, a cited answer or an honest "unknown" comes out."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from homeroom.knowledge import judging, scoring
from homeroom.knowledge.scoring import Candidate, Question
from homeroom.knowledge.shelf import Accents, Shelf
from homeroom.knowledge.trimming import Trimmed, trim
from homeroom.understanding.language import base
from homeroom.understanding.reader import Agreement, Reader

SUGGESTED: Final = 3
WEAK: Final = frozenset({"so", "ht"})
"""Languages in which retrieval was measured weak: suggest and hand over, never answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """The piece that something leans on, letter by letter, and whose it is."""

    article: str
    """The article's sourced id."""
    article_id: int
    title: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A page that may help, without a claim that it answers."""

    article: str
    article_id: int
    title: str
    text: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An article's own words, trimmed to what was asked, and how sure we are that they answer."""

    text: str
    language: str
    """Of the words; who asked may speak another."""
    citations: tuple[Cited, ...]
    owner: str
    department: str
    checked: date | None
    confidence: float
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def article_id(self) -> int:
        """The article that all of it stands in."""
        return self.citations[0].article_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nothing we may show answers this surely enough; what might help all the same."""

    suggestions: tuple[Suggestion, ...] = ()
    confidence: float = 0.0


def answer(
    question: Question, *, shelf: Shelf, accents: Accents, reader: Reader
) -> Answer | Unknown:
    """What the articles on this shelf say to the question, if they surely do.

    The shelf holds what the asker may see and nothing else (`library.Library.shelf`).
    """
    weights = scoring.learned()
    ranks = {name: one.rank for name, one in weights.items()}
    ranked = scoring.candidates(question, shelf=shelf, accents=accents, ranks=ranks)
    suggestions = tuple(_suggestion(question, one, shelf) for one in ranked[:SUGGESTED])
    if not ranked or not ranked[0].blocks:
        return Unknown(suggestions=suggestions)
    first = ranked[0]
    said = trim(question, first, shelf=shelf)
    agreement = agreed(question, first, said, shelf=shelf, reader=reader)
    kind = weights["across" if agreement is None else "same"]
    features = judging.judged(question, ranked, shelf=shelf, said=said.pieces, agreement=agreement)
    sure = judging.sureness(features, kind)
    if sure < kind.threshold or not said.text or base(question.language) in WEAK:
        return Unknown(suggestions=suggestions, confidence=sure)
    book = shelf.books[first.book]
    return Answer(
        text=said.text,
        language=book.language,
        citations=tuple(
            Cited(article=book.source_id, article_id=book.id, title=book.title, quote=piece.quote)
            for piece in said.pieces
        ),
        owner=book.owner,
        department=book.department,
        checked=book.checked,
        confidence=sure,
        suggestions=suggestions,
    )


def agreed(
    question: Question, first: Candidate, said: Trimmed, *, shelf: Shelf, reader: Reader
) -> Agreement | None:
    """How the question agrees with what would be said, word by word, where both are English."""
    book = shelf.books[first.book]
    if {base(question.language), base(book.language)} != {"en"}:
        return None
    return reader.agreement(question.text, judging.read_out(book.title, said.pieces))


def _suggestion(question: Question, one: Candidate, shelf: Shelf) -> Suggestion:
    book = shelf.books[one.book]
    return Suggestion(
        article=book.source_id,
        article_id=book.id,
        title=book.title,
        text=trim(question, one, shelf=shelf).text,
        score=round(one.score, 4),
    )
