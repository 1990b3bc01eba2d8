"""How alike two texts are, by their vectors; the start of finding duplicates."""

from dataclasses import dataclass

import numpy as np

from homeroom.understanding.encoders import ANY_LANGUAGE, ENGLISH, Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Row of the compared table and its cosine, -1 to 1."""

    row: int
    cosine: float


def likeness(one: Vectors, other: Vectors, *, english: bool = True) -> float:
    """Cosine of two vectors (LENGTH,): by MiniLM for English, by E5 between other languages.

    MiniLM alone was the best duplicate finder in English; E5's cosines are all high (above .7), so
    the two scales are not comparable and a threshold belongs to one of them.
    """
    return nearest(one, other[None, :], most=1, english=english)[0].cosine


def nearest(
    one: Vectors, table: Vectors, *, most: int = 10, english: bool = True
) -> tuple[Alike, ...]:
    """The `most` rows of `table` (n, LENGTH) most alike `one` (LENGTH,), best first."""
    half = ENGLISH if english else ANY_LANGUAGE
    norms = np.linalg.norm(table[:, half], axis=1) * np.linalg.norm(one[half])
    cosines = table[:, half] @ one[half] / np.maximum(norms, 1e-9)
    order = np.argsort(-cosines, kind="stable")[:most]
    return tuple(Alike(row=int(row), cosine=float(cosines[row])) for row in order)
