"""Whether the likeliest article is an answer, and how surely: features and weights; pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from homeroom.knowledge import support
from homeroom.knowledge.scoring import Candidate, Question, Weights
from homeroom.knowledge.shelf import Piece, Shelf
from homeroom.knowledge.support import Told
from homeroom.knowledge.words import terms
from homeroom.understanding.reader import Agreement

WORDS: Final = (
    "words",
    "words_least",
    "words_weighed",
    "words_all",
    "asking",
    "echo",
    "nearest",
    "whole",
)
"""How question and text agree word by word; nothing is known of it across languages."""
JUDGED: Final = (
    *("score", "best", "title", "alias", "across", "taught", "margin", "second"),
    *("covered_here", "excluded", "unnamed", "names", "length"),
    *support.FEATURES,
    *WORDS,
)
DECISIVE: Final = ("excluded", "grade_other", "unnumbered", "other_row")
"""Any of these makes it no answer, however near it is."""
_ASKING: Final = frozenset(
    [
        "when",
        "what",
        "who",
        "where",
        "how",
        "much",
        "many",
        "long",
        "time",
        "which",
        "can",
        "do",
        "does",
        "is",
        "are",
        "day",
        "days",
        "cost",
        "price",
    ]
)


def judged(
    question: Question,
    ranked: Sequence[Candidate],
    *,
    shelf: Shelf,
    said: Sequence[Piece],
    agreement: Agreement | None,
) -> dict[str, float]:
    """What decides whether `said`, of the first candidate, is an answer: the features of JUDGED.

    `agreement` is of the question with `read_out(…)`; None where no reader knows both languages.
    """
    first = ranked[0]
    second = ranked[1].score if len(ranked) > 1 else 0.0
    book = shelf.books[first.book]
    told = [
        Told(
            text=piece.text,
            heading=piece.heading,
            near=near,
            is_shown=piece in said,
            is_row=piece.kind == "row",
        )
        for piece, near in zip(shelf.pieces_of(first.book), first.near, strict=True)
        if piece.block >= 0
    ]
    return {name: value for name, value in first.features.items() if name in JUDGED} | {
        "score": first.score,
        "margin": first.score - second,
        "second": second,
        "names": float(_names(question.text, shelf.book_words[first.book])),
        "length": min(len(terms(question.text)), 20) / 10,
        **support.support(question.text, book.title, told, rarity=shelf.rarity),
        **_worded(agreement),
    }


def read_out(title: str, said: Sequence[Piece]) -> str:
    """What a reader is given of an answer: its words below their title and heading."""
    heading = f"{said[0].heading}. " if said and said[0].heading else ""
    return f"{title}. {heading}{' '.join(piece.text for piece in said)}"


def _worded(agreement: Agreement | None) -> dict[str, float]:
    """The values of WORDS."""
    if agreement is None or not agreement.words:
        return dict.fromkeys(WORDS, 0.0)
    every = [near for _, near in agreement.words]
    telling = [
        (near, 0.2 + max(map(support.telling, found)))
        for word, near in agreement.words
        if (found := terms(word))
    ] or [(0.0, 1.0)]
    asking = [near for word, near in agreement.words if word.casefold() in _ASKING] or every
    return {
        "words": sum(near for near, _ in telling) / len(telling),
        "words_least": min(near for near, _ in telling),
        "words_weighed": sum(near * weight for near, weight in telling)
        / sum(weight for _, weight in telling),
        "words_all": sum(every) / len(every),
        "asking": sum(asking) / len(asking),
        "echo": agreement.echo,
        "nearest": agreement.nearest,
        "whole": agreement.whole,
    }


def _names(text: str, known: frozenset[str]) -> int:
    """Names in the question that the article does not have: words with a capital inside it."""
    named = [
        word
        for before, word in pairwise(text.split())
        if word[:1].isupper() and before[-1:] not in ".?!:"
    ]
    return sum(bool(terms(word)) and known.isdisjoint(terms(word)) for word in named)


def sureness(features: Mapping[str, float], weights: Weights) -> float:
    """0 to 1: that this article answers the question.

    A passage that speaks of the elementary school answers nothing about the middle school, one
    without the number by which a thing is called (a route, a year) is about another, and so is the
    row of a table without its name.
    """
    if any(features[name] for name in DECISIVE):
        return 0.0
    sum_ = weights.bias + sum(weights.judge[name] * features[name] for name in JUDGED)
    return float(1 / (1 + np.exp(-sum_)))
