"""Words and pieces of words as places in a fixed table, for a linear model to read."""

import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.understanding.phrases import split

SIZE: Final = 1 << 15
"""Places in the table; some ten thousand different pieces share them."""

_LENGTHS: Final = (3, 4, 5)
"""Letters of a piece of a word, its edges counted: what survives a misspelling."""


def places(text: str) -> npt.NDArray[np.int64]:
    """The places of a text's words, pairs of words and pieces of words, each once, in order."""
    found = {zlib.crc32(gram.encode("utf-8", "replace")) % SIZE for gram in _grams(text)}
    return np.array(sorted(found), np.int64)


def _grams(text: str) -> Iterator[str]:
    words = split(text).tokens
    yield from (f"w{word}" for word in words)
    yield from (f"b{one} {next_}" for one, next_ in pairwise(words))
    for word in words:
        edged = f"^{word}$"
        for length in _LENGTHS:
            yield from (edged[at : at + length] for at in range(len(edged) - length + 1))
