"""One question about a text, answered by how near it lies to each of a few thousand known lines.

A straight line through vectors (`probe`) cannot say "near this report, but not near that drill";
ridge regression over nearness can. Solved in one step, so the same lines give the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from homeroom.understanding.encoders import Vectors

DIMENSIONS: Final = 224
"""Directions in which lines differ most: they keep nine tenths of it, and a read its speed."""
SHARPNESS: Final = 1.0
"""How fast nearness fades with the squared distance, which is 0 to 8."""
STRENGTH: Final = 10.0
"""Inverse regularisation: from 3 to 30, what is found on held lines moves by a hundredth."""
_CHUNK: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kernel:
    """`axes` (w, d) and `middle` (w,) turn vectors (w,) into places; `lines` (n, d) are known.

    `weights` (n,) are what each adds, its own length counted in; `bias` what nothing near gives.
    """

    axes: Vectors
    middle: Vectors
    lines: Vectors
    weights: Vectors
    bias: float

    def score(self, seen: Vectors) -> float:
        """About what the texts near this vector (w,) were taught to be."""
        place = (seen - self.middle) @ self.axes
        near = np.exp(2 * SHARPNESS * (self.lines @ place)) @ self.weights
        return float(np.exp(-SHARPNESS * (place @ place)) * near) + self.bias


def learn(
    seen: Vectors, wanted: Vectors, known: npt.NDArray[np.int64], *, weight: Vectors
) -> Kernel:
    """The kernel that gives rows `seen` (n, w) what is `wanted` (n,) of them, as far as it can.

    `known` are the rows that nearness is measured to, `weight` (n,) is what each row counts.
    """
    from scipy.linalg import solve  # 60 MB that only learning needs

    middle: Vectors = seen.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov((seen - middle).T))
    axes = directions[:, : -DIMENSIONS - 1 : -1].astype(np.float32)
    places = ((seen - middle) @ axes).astype(np.float32)
    # As they will be stored, so that what is learned is what will be asked.
    axes, lines = _stored(axes), _stored(places[known])
    bias = float(np.average(wanted, weights=weight))
    table = _nearness(lines, lines) / STRENGTH
    table[np.diag_indices_from(table)] += 0.01  # two lines may be the same
    pull = np.zeros(len(known), np.float32)
    with threadpool_limits(1):  # beside other work, more threads only wait for each other
        for start in range(0, len(places), _CHUNK):
            rows = slice(start, start + _CHUNK)
            near = _nearness(places[rows], lines)
            weighed = near.T * weight[rows]
            table += weighed @ near
            pull += weighed @ (wanted[rows] - bias).astype(np.float32)
        found = solve(table.astype(np.float64), pull, assume_a="pos", overwrite_a=True)
    lengths = np.exp(-SHARPNESS * (lines**2).sum(axis=1))
    weights = (found * lengths).astype(np.float32)
    return Kernel(axes=axes, middle=middle, lines=lines, weights=weights, bias=bias)


def pack(learned: Kernel) -> dict[str, Any]:
    """The kernel as arrays for `numpy.savez`, in half the room."""
    return {
        "axes": learned.axes.astype(np.float16),
        "middle": learned.middle,
        "lines": learned.lines.astype(np.float16),
        "nearness": learned.weights,
        "usual": np.array(learned.bias),
    }


def unpack(stored: Mapping[str, npt.NDArray[np.floating]]) -> Kernel:
    """The kernel that `pack` made arrays of."""
    axes, middle, lines, weights = (
        stored[name].astype(np.float32) for name in ("axes", "middle", "lines", "nearness")
    )
    return Kernel(
        axes=axes, middle=middle, lines=lines, weights=weights, bias=float(stored["usual"])
    )


def _nearness(places: Vectors, lines: Vectors) -> Vectors:
    """How near each place (n, d) is to each line (m, d): 1 upon it, toward 0 with distance."""
    squares = (places**2).sum(axis=1)[:, None] + (lines**2).sum(axis=1) - 2 * places @ lines.T
    return np.exp(-SHARPNESS * np.maximum(squares, 0)).astype(np.float32)


def _stored(rows: Vectors) -> Vectors:
    return rows.astype(np.float16).astype(np.float32)
