"""The shelves of a process: one for each set of articles that some viewer may be answered from.

What a viewer may not see is not on their shelf: it is no candidate and changes no score.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Count, Max

from homeroom.knowledge.models import Alias, Article, Passage
from homeroom.knowledge.narrowing import narrowed
from homeroom.knowledge.origins import LISTED, Origin
from homeroom.knowledge.queries import answerable
from homeroom.knowledge.scoring import Question
from homeroom.knowledge.shelf import Accents, Book, Piece, Shelf, empty, stacked
from homeroom.knowledge.sources.taken import Span, moments

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer
    from homeroom.understanding.encoders import Vectors

type Key = tuple[tuple[object, ...], ...]
_STATE = (
    *("indexed", "language", "owner", "reviewed_on"),
    *("service_id", "department_id", "changed_at"),
)
"""Whatever of an article stands on a shelf changes one of these."""

MOST = 32
"""Shelves kept; those used longest ago go first."""


class Library:
    """Shelves for one pair of encoders, made when first asked for and kept while they are true."""

    def __init__(self, *, encoder: str, accents: Accents) -> None:
        self.encoder = encoder
        self.accents = accents
        self._shelves: dict[tuple[Key, tuple[object, ...]], Shelf] = {}

    def shelf(self, *, viewer: "Viewer", today: date) -> Shelf:
        """What this viewer may be answered from today."""
        rows = Article.objects.filter(answerable(viewer=viewer, today=today)).order_by("id")
        # Which articles, in which state: the shelf is the same for all who may see the same.
        seen: Key = tuple(rows.values_list("id", *_STATE))
        key = (seen, _aliases_stamp())
        shelf = self._shelves.pop(key, None) or self._stack([int(str(row[0])) for row in seen])
        self._shelves[key] = shelf
        while len(self._shelves) > MOST:
            self._shelves.pop(next(iter(self._shelves)))
        return shelf

    def meant(self, question: Question, *, viewer: "Viewer", now: datetime) -> Shelf:
        """The same for one question: without what it cannot mean at `now`, the district's time."""
        shelf = self.shelf(viewer=viewer, today=now.date())
        return narrowed(question, shelf=shelf, accents=self.accents, now=now)

    def _stack(self, ids: list[int]) -> Shelf:
        passages = list(
            Passage.objects.filter(article_id__in=ids, encoder=self.encoder).order_by(
                "article_id", "position"
            )
        )
        if not passages:
            return empty()
        with_passages = {one.article_id for one in passages}
        articles = Article.objects.filter(id__in=with_passages).order_by("id")
        books = [
            _book(one) for one in articles.select_related("service", "department", "origin__source")
        ]
        places = {book.id: place for place, book in enumerate(books)}
        spans = _spans(with_passages)
        aliases = list(
            Alias.objects.filter(
                article_id__in=with_passages, is_active=True, encoder=self.encoder
            ).order_by("id")
        )
        return stacked(
            books,
            [_piece(one, places[one.article_id], spans) for one in passages],
            _vectors(passages),
            aliases=[(places[one.article_id], one.language) for one in aliases],
            alias_vectors=_vectors(aliases) if aliases else None,
            accents=self.accents,
        )


def _aliases_stamp() -> tuple[object, ...]:
    found = Alias.objects.filter(is_active=True).aggregate(n=Count("id"), last=Max("id"))
    return (found["n"], found["last"])


def _book(article: Article) -> Book:
    return Book(
        id=article.pk,
        source_id=article.source_id,
        title=article.title,
        language=article.language,
        audience=tuple(article.audience),
        service=article.service.source_id if article.service else "",
        owner=article.owner,
        department=article.department.name if article.department else "",
        checked=article.reviewed_on,
        is_listed=hasattr(article, "origin") and article.origin.source.kind in LISTED,
    )


def _spans(articles: set[int]) -> Mapping[tuple[int, str], Span]:
    """When the rows hold that do not hold always, by article and row."""
    found = Origin.objects.filter(article_id__in=articles).exclude(moments={})
    return {
        (one.article_id, row): span for one in found for row, span in moments(one.moments).items()
    }


def _piece(passage: Passage, book: int, spans: Mapping[tuple[int, str], Span]) -> Piece:
    return Piece(
        book=book,
        block=passage.block,
        heading=passage.heading,
        text=passage.text,
        quote=passage.quote,
        kind=passage.kind,
        span=spans.get((passage.article_id, passage.quote)),
    )


def _vectors(rows: Iterable[Passage | Alias]) -> "Vectors":
    """Stored vectors as float32 (n, width)."""
    return np.stack([np.frombuffer(one.vector, np.float16) for one in rows]).astype(np.float32)
