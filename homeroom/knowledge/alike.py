"""Questions that ask the same, found by what they mean (pure)."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.knowledge.shelf import Accents, meanings
from homeroom.understanding.encoders import Vectors

SAME: Final = 0.45
"""Likeness from which two questions could be answered on one page. Of the written questions
(`python -m evals.gaps`) half of the pairs about the same fact are as near, most of them in two
languages, and 0.2 % of those of other services; a gap takes five about one centre."""
MOST: Final = 3_000
"""Questions compared with each other at once: nine million pairs, about a second."""


def likeness(vectors: Vectors, languages: Sequence[str], accents: Accents) -> Vectors:
    """How alike each two of so many questions are (n, n): the mean of both cosines that compare
    across languages, each language taken to its own centre.
    """
    found = meanings(vectors, list(languages), accents)
    both = found.meaning @ found.meaning.T + found.taught @ found.taught.T
    return (both / 2).astype(np.float32)


def groups(
    vectors: Vectors, languages: Sequence[str], accents: Accents, *, fewest: int, same: float = SAME
) -> list[list[int]]:
    """Rows of `vectors` (n, LENGTH) that ask the same, at least `fewest` together, the most first.

    Each group has a centre, its first row, to which all of it are alike; a row is in one group. Of
    more than `MOST` rows the first are looked at.
    """
    if len(vectors) < fewest:
        return []
    near = likeness(vectors[:MOST], languages[:MOST], accents) >= same
    free: npt.NDArray[np.bool_] = np.ones(len(near), bool)
    made: list[list[int]] = []
    while True:
        counts = (near & free).sum(axis=1) * free
        centre = int(counts.argmax())
        if counts[centre] < fewest:
            return made
        members = np.flatnonzero(near[centre] & free)
        made.append([centre, *(int(one) for one in members if one != centre)])
        free[members] = False
