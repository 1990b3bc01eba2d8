"""The nearest line that is known: what was said before of each service, beside the linear model.

A linear model sees where a service's lines lie on the whole; a message that says almost what one of
them says is better judged by that one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from homeroom.understanding.encoders import Vectors

DEPTH: Final = 192
"""Numbers kept of each line: those directions in which the lines differ most. All 768 told lines of
other authors apart as well as these do, 128 by half a point less."""

SHARPNESS: Final = 12.0
"""What a cosine of 1 speaks with, in the logits of the linear model. On another author's 285
messages and on a year of 4,200 of a sample district 4 found less and 14 as much."""

# What is nearer to lines of something that the district does not offer is hardly meant for it: log
# odds by how much nearer, in cosines. Fitted where 8 to 68 of the catalogue's services were offered
# and one message in twenty was about another (evals/data/dev.jsonl, and a year of a sample
# district): of those half the chance is then taken away, of the others 3 in 100.
_STRANGE: Final = 25.0
_USUAL: Final = -3.5

LOUDEST: Final = 3.0
"""Weight that a line can have against a phrase of the bank (1.0): a person's word in this district
speaks as loud as a service's own words."""

type Coarse = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Space:
    """Where lines are compared: what they have in common, and the directions (768, DEPTH)."""

    middle: Vectors
    axes: Vectors

    @classmethod
    def of(cls, seen: Vectors) -> "Space":
        """The directions in which these (n, 768) differ most; fewer when there are fewer lines."""
        middle = seen.mean(axis=0)
        apart = seen - middle
        with threadpool_limits(1):  # beside other work, more threads only wait for each other
            _, axes = np.linalg.eigh(apart.T @ apart)  # ascending
        return cls(middle=middle, axes=np.ascontiguousarray(axes[:, -DEPTH:]).astype(np.float32))

    def place(self, seen: Vectors) -> Vectors:
        """Unit vectors (n, DEPTH) of what the model sees (n, 768)."""
        return _unit(((seen - self.middle) @ self.axes).astype(np.float32))


class Lines:
    """Known lines of every service, each with its weight."""

    def __init__(
        self,
        space: Space,
        *,
        coarse: Coarse,
        owners: npt.NDArray[np.integer],
        weights: Vectors,
        count: int,
    ) -> None:
        """Lines in 8 bits a number, the column of their service, and their weights.

        Column `count` is that of lines about something that nobody here offers.
        """
        order = np.argsort(owners, kind="stable")
        self.space, self.count = space, count
        self.coarse, self.owners, self.weights = coarse[order], owners[order], weights[order]
        self._rows = _unit(self.coarse.astype(np.float32))
        self._loud = np.log(np.clip(self.weights, 1e-3, LOUDEST)).astype(np.float32)
        self._here = int(np.searchsorted(self.owners, count))
        self._who, self._first = np.unique(self.owners[: self._here], return_index=True)

    @classmethod
    def of(
        cls, seen: Vectors, *, owners: npt.NDArray[np.integer], weights: Vectors, count: int
    ) -> "Lines":
        """The lines that the model sees as `seen` (n, 768)."""
        space = Space.of(seen)
        coarse = _coarse(space.place(seen))
        return cls(space, coarse=coarse, owners=owners, weights=weights, count=count)

    def and_also(
        self, seen: Vectors, *, owners: npt.NDArray[np.integer], weights: Vectors
    ) -> "Lines":
        """These and others, in the same space."""
        return Lines(
            self.space,
            coarse=np.vstack([self.coarse, _coarse(self.space.place(seen))]),
            owners=np.concatenate([self.owners, owners]),
            weights=np.concatenate([self.weights, weights]).astype(np.float32),
            count=self.count,
        )

    def hear(self, seen: Vectors) -> tuple[Vectors, Vectors]:
        """What the nearest line of each service says (n, count), in the linear model's logits.

        And (n,) how likely it is that anything is meant that the district offers.
        """
        alike = self._cosines(self.space.place(seen))
        here = alike[:, : self._here]
        found = np.full((len(seen), self.count), -SHARPNESS, np.float32)
        near = SHARPNESS * here + self._loud[: self._here]
        found[:, self._who] = np.maximum.reduceat(near, self._first, axis=1)
        if self._here == len(self.owners):
            return found, np.ones(len(seen), np.float32)
        nearer = alike[:, self._here :].max(axis=1) - here.max(axis=1)
        offered = 1 / (1 + np.exp(_STRANGE * nearer + _USUAL))
        return found, offered.astype(np.float32)

    def _cosines(self, places: Vectors) -> Vectors:
        """Of each place (n, DEPTH) with each line."""
        if len(places) == 1:
            # The threads of a matrix product wait for each other longer than one row takes.
            alone: Vectors = np.einsum("ij,j->i", self._rows, places[0])[None]
            return alone
        together: Vectors = places @ self._rows.T
        return together


def _coarse(rows: Vectors) -> Coarse:
    """Unit rows in 8 bits a number; only their direction is kept."""
    most = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
    return np.round(127 * rows / most).astype(np.int8)


def _unit(rows: Vectors) -> Vectors:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(norms, 1e-9)).astype(np.float32)
