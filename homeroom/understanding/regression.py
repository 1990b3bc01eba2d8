"""Multinomial logistic regression in float32."""

from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from homeroom.understanding.encoders import Vectors

STEPS: Final = 30
"""L-BFGS steps: held-out accuracy did not move after 25."""


def descend(
    seen: Vectors,
    truth: npt.NDArray[np.integer],
    weight: Vectors,
    *,
    classes: int,
    strength: float,
    begin: Vectors | None = None,
    steps: int = STEPS,
) -> tuple[Vectors, Vectors]:
    """Weights (d, k) and bias (k,) of multinomial logistic regression, by L-BFGS in float32.

    `truth` are columns 0..classes-1, `weight` (n,) how much each row counts; `seen` may be sparse.
    """
    from scipy.optimize import minimize  # 60 MB that only learning needs

    width = seen.shape[1]
    target = np.zeros((seen.shape[0], classes), np.float32)
    target[np.arange(seen.shape[0]), truth] = 1.0

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(width + 1, classes).astype(np.float32)
        logits = seen @ table[:-1] + table[-1]
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        total = chances.sum(axis=1, keepdims=True)
        surprise = float((weight * (np.log(total[:, 0]) - logits[target > 0])).sum())
        error = (chances / total - target) * weight[:, None]
        slope = np.vstack([seen.T @ error + table[:-1] / strength, error.sum(axis=0)])
        penalty = float((table[:-1] ** 2).sum()) / (2 * strength)
        return surprise + penalty, slope.ravel().astype(np.float64)

    first = np.zeros((width + 1, classes)) if begin is None else begin
    options = {"maxiter": steps, "gtol": 1e-3}
    with threadpool_limits(1):  # beside other work, more threads only wait for each other
        found = minimize(loss, first.ravel(), jac=True, method="L-BFGS-B", options=options)
    table = found.x.reshape(width + 1, classes).astype(np.float32)
    return table[:-1], table[-1]
