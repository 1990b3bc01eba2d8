"""The mathematics of honest confidence: temperature, calibration error, bounds."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

type Numbers = npt.NDArray[np.float64]

_COLDEST: Final = 0.02
_HOTTEST: Final = 50.0


def softmax(logits: npt.NDArray[np.floating]) -> Numbers:
    """Probabilities of each row of logits (n, k); -inf means impossible."""
    shifted = np.asarray(logits, np.float64)
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    exponents: Numbers = np.exp(shifted)
    return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True), np.float64)


def temperature(logits: npt.NDArray[np.floating], truth: npt.NDArray[np.integer]) -> float:
    """The number to divide logits by so that they say the truth least surprised.

    `logits` (n, k) must come from a model that had not seen these rows; `truth` are columns.
    """
    low, high = math.log(_COLDEST), math.log(_HOTTEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(40):  # each step keeps .618 of the interval: 40 leave under 1e-7
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _surprise(logits / math.exp(left), truth) < _surprise(logits / math.exp(right), truth):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def expected_calibration_error(
    confidence: Sequence[float], correct: Sequence[bool], *, bins: int = 15
) -> float:
    """Mean gap between how sure and how right, over equal-width bins; 0 is perfect."""
    sure = np.asarray(confidence, np.float64)
    right = np.asarray(correct, np.float64)
    if sure.size == 0:
        return 0.0
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(sure[place == one].mean() - right[place == one].mean()) * (place == one).mean()
        for one in np.unique(place)
    ]
    return float(sum(gaps))


def error_bound(errors: int, decisions: int, *, doubt: float = 0.05) -> float:
    """Clopper–Pearson upper bound of the error rate, wrong with probability `doubt` at most."""
    if decisions <= 0 or errors >= decisions:
        return 1.0
    if errors == 0:
        return 1.0 - float(doubt ** (1.0 / decisions))
    low, high = errors / decisions, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(errors, decisions, middle) > doubt:
            low = middle
        else:
            high = middle
    return high


def _surprise(logits: npt.NDArray[np.floating], truth: npt.NDArray[np.integer]) -> float:
    chosen = softmax(logits)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def _at_most(errors: int, decisions: int, rate: float) -> float:
    """Probability of at most `errors` wrong among `decisions` at this true rate."""
    return math.fsum(
        math.exp(
            math.lgamma(decisions + 1)
            - math.lgamma(wrong + 1)
            - math.lgamma(decisions - wrong + 1)
            + wrong * math.log(rate)
            + (decisions - wrong) * math.log1p(-rate)
        )
        for wrong in range(errors + 1)
    )
