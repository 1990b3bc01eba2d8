"""The second watch: messages that read like reports of danger without using a listed word.

Lists of words catch under half of the bank's own reports of danger ("he gave away his things").
This linear probe over the vectors is learned from those reports against everything else; it never
pages, it only brings a person. `python -m homeroom.understanding.worry` relearns it.
"""

import functools
import io
import sys
from dataclasses import dataclass
from typing import Final

import numpy as np

from homeroom.understanding import bank
from homeroom.understanding.encoders import DATA, Vectors
from homeroom.understanding.regression import author_folds, descend
from homeroom.understanding.service import features, language_offsets

_FILE: Final = DATA / "worry.npz"
_REPORTS: Final = frozenset({"safety.threat"})
"""Entries of the bank whose lines are reports of danger to someone."""

_STRENGTH: Final = 1.0
_RARE: Final = 5.0
"""Weight of a report against an ordinary line, as reports are one line in eighty."""

_FALSE_ALARMS: Final = 0.03
"""Share of the bank's ordinary lines, held out by author, that may bring a person for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worry:
    """Weights (768,) over `service.features`, bias and threshold, for one pair of encoders."""

    weights: Vectors
    bias: float
    threshold: float
    fingerprint: str

    def is_worried(self, seen: Vectors) -> bool:
        """Whether a message with these features (768,) reads like a report of danger."""
        return float(seen @ self.weights) + self.bias >= self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Held out by author: share of reports found, and of ordinary lines flagged, by the probe."""

    recall: float
    false_alarms: float


@functools.cache
def load() -> Worry:
    """The probe as installed. Raises StaleBank when the bank was encoded by other encoders."""
    with np.load(_FILE, allow_pickle=False) as stored:
        worry = Worry(
            weights=stored["weights"],
            bias=float(stored["bias"]),
            threshold=float(stored["threshold"]),
            fingerprint=str(stored["fingerprint"]),
        )
    if worry.fingerprint != bank.recorded_fingerprint():
        raise bank.StaleBank
    return worry


def learn() -> tuple[Worry, Measured]:
    """The probe of the bank as it is now, its threshold set on held-out authors."""
    stock = bank.load()
    rows = [row for row, line in enumerate(stock.lines) if line.service]
    lines = [stock.lines[row] for row in rows]
    offsets = language_offsets(stock.vectors, [line.lang for line in stock.lines])
    seen = features(stock.vectors[rows], [line.lang for line in lines], offsets)
    report = np.array([line.service in _REPORTS for line in lines])
    folds = author_folds([line.author for line in lines])
    score = np.zeros(len(lines))
    for fold in np.unique(folds):
        test = folds == fold
        weights, bias = _probe(seen[~test], report[~test])
        score[test] = seen[test] @ weights + bias
    threshold = float(np.quantile(score[~report], 1 - _FALSE_ALARMS))
    weights, bias = _probe(seen, report)
    worry = Worry(weights=weights, bias=bias, threshold=threshold, fingerprint=stock.fingerprint)
    flagged = score >= threshold
    measured = Measured(
        recall=float(flagged[report].mean()), false_alarms=float(flagged[~report].mean())
    )
    return worry, measured


def store(worry: Worry) -> None:
    """Write the probe where `load` reads it."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        weights=worry.weights,
        bias=worry.bias,
        threshold=worry.threshold,
        fingerprint=worry.fingerprint,
    )
    _FILE.write_bytes(buffer.getvalue())


def _probe(seen: Vectors, report: np.typing.NDArray[np.bool_]) -> tuple[Vectors, float]:
    weight = np.where(report, _RARE, 1.0).astype(np.float32)
    weights, bias = descend(seen, report.astype(int), weight, classes=2, strength=_STRENGTH)
    return weights[:, 1] - weights[:, 0], float(bias[1] - bias[0])


if __name__ == "__main__":
    learned, figures = learn()
    store(learned)
    sys.stdout.write(f"recall {figures.recall:.2f}, false alarms {figures.false_alarms:.3f}\n")
