"""One question about a text, answered by a line through its vector and its words.

What `worry` and `pressing` have in common: logistic regression over what a model sees of a text and
over the pieces of its words (`grams`), so that neither oblique nor misspelt words are missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.understanding.encoders import Vectors
from homeroom.understanding.grams import SIZE, places
from homeroom.understanding.regression import descend

_STRENGTH: Final = 3.0
"""Inverse regularisation. From 1 to 10, reports found and lines disturbed move along one curve."""
_STEPS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    """Weights over a vector (d,) and over words (SIZE,), and a bias; scores are log odds."""

    weights: Vectors
    words: Vectors
    bias: float

    def said(self, text: str) -> float:
        """The words' share in the score: for comparing texts that have no vector yet."""
        found = places(text)
        return float(self.words[found].sum() / max(len(found), 1) ** 0.5)

    def score(self, seen: Vectors, text: str) -> float:
        """How much a text with this vector (d,) reads like a yes."""
        return float(seen @ self.weights) + self.said(text) + self.bias


def learn(
    seen: Vectors, texts: Sequence[str], wanted: npt.NDArray[np.bool_], *, weight: Vectors
) -> Probe:
    """The probe that tells `wanted` texts from the others; `weight` (n,) is what each counts."""
    from scipy import sparse  # only learning needs it

    found = [places(text) for text in texts]
    table = sparse.csr_matrix(
        (
            np.concatenate([np.full(len(one), max(len(one), 1) ** -0.5) for one in found]),
            np.concatenate(found),
            np.cumsum([0, *map(len, found)]),
        ),
        shape=(len(texts), SIZE),
        dtype=np.float32,
    )
    both = sparse.hstack([sparse.csr_matrix(seen), table]).tocsr()
    weights, bias = descend(
        both, wanted.astype(int), weight, classes=2, strength=_STRENGTH, steps=_STEPS
    )
    line = weights[:, 1] - weights[:, 0]
    width = seen.shape[1]
    return Probe(weights=line[:width], words=line[width:], bias=float(bias[1] - bias[0]))
