"""A text as the word pieces that E5 reads."""

import re
from dataclasses import dataclass
from typing import Final

from tokenizers import Tokenizer, models

TOKENS: Final = 64
"""Most tokens of a text that are read: cost grows with length; `matter` puts first what counts."""

_SPACE: Final = "\N{LOWER ONE EIGHTH BLOCK}"
"""SentencePiece's mark for a space."""


@dataclass(frozen=True)
class Pieces:
    """A unigram vocabulary: pieces with their log probabilities, and what characters become."""

    scored: tuple[tuple[str, float], ...]
    becomes: dict[int, str]
    first: int
    last: int
    unknown: int


def unigram(pieces: Pieces) -> Tokenizer:
    """The tokenizer of this vocabulary (0.5 s of CPU)."""
    return Tokenizer(models.Unigram(list(pieces.scored), unk_id=pieces.unknown))


def tokens(text: str, tokenizer: Tokenizer, pieces: Pieces) -> list[int]:
    """At most TOKENS ids of a text as E5 reads a query (SentencePiece's rules)."""
    plain = re.sub(" {2,}", " ", f"query: {text}".translate(pieces.becomes))
    marked = _SPACE + plain.replace(" ", _SPACE)
    return [pieces.first, *tokenizer.encode(marked).ids[: TOKENS - 2], pieces.last]
