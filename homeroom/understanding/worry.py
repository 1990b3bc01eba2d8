"""The second watch: messages that read like reports of danger without using a listed word.

Lists of words catch under half of written reports ("he gave away his things"). Three linear probes
over the vectors, learned from the danger bank, say whether a person must be alarmed, whether one
must read it before anything automatic happens, and which danger it is. They can only raise what the
words say. `python -m homeroom.understanding.worry` relearns them and prints what they find.
"""

import functools
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.understanding import bank
from homeroom.understanding.encoders import DATA, Vectors, packaged
from homeroom.understanding.matter import matter
from homeroom.understanding.regression import descend
from homeroom.understanding.reports import NONE, read_reports
from homeroom.understanding.safety import Danger, Level
from homeroom.understanding.service import ROUTED, features, language_offsets

_FILE: Final = DATA / "worry.npz"
_STRENGTH: Final = 3.0
_RARE: Final = 3.0
"""Weight of a report against an ordinary line: missing one is worse than a look too many."""

_ALARMS: Final = 0.005
"""Share of held-out ordinary lines of the phrase bank that may page somebody for nothing."""

_LOOKS: Final = 0.04
"""Share of them that may bring a person to read first."""

_KINDS: Final = tuple(Danger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the second watch says of one message; `kind` is its best guess at every level."""

    level: Level
    kind: Danger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worry:
    """Weights (768, 13) over `service.features`, biases (13,) and the two thresholds.

    The columns: alarm somebody, look first, then one for each Danger in order.
    """

    weights: Vectors
    bias: Vectors
    alarm: float
    look: float
    fingerprint: str

    def judge(self, seen: Vectors) -> Verdict:
        """What a message with these features (768,) calls for."""
        scores = seen @ self.weights + self.bias
        level = (
            Level.PAGE
            if scores[0] >= self.alarm
            else Level.LOOK
            if max(scores[1] - self.look, scores[0] - self.alarm) >= 0
            else Level.NONE
        )
        return Verdict(level=level, kind=_KINDS[int(scores[2:].argmax())])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lines:
    """All lines the probes learn from or are measured on; `danger` is NONE for ordinary ones."""

    seen: Vectors
    danger: npt.NDArray[np.str_]
    level: npt.NDArray[np.str_]
    held: npt.NDArray[np.bool_]
    plain: npt.NDArray[np.bool_]
    """Ordinary lines that nobody wrote to sound like danger."""


@functools.cache
def load() -> Worry:
    """The probes as installed. Raises StaleBank when other encoders are installed by now."""
    with np.load(_FILE, allow_pickle=False) as stored:
        worry = Worry(
            weights=stored["weights"],
            bias=stored["bias"],
            alarm=float(stored["alarm"]),
            look=float(stored["look"]),
            fingerprint=str(stored["fingerprint"]),
        )
    if worry.fingerprint != bank.recorded_fingerprint():
        raise bank.StaleBank
    return worry


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of `count` held lines: the share that pages somebody, and that a person sees at least."""

    count: int
    paged: float
    seen: float


def learn() -> tuple[Worry, _Lines]:
    """The probes of both banks as they are now, thresholds set on held lines; and the lines."""
    lines = _lines()
    taught = ~lines.held
    report = lines.danger != NONE
    columns = [
        _probe(lines.seen[taught], (lines.level == Level.PAGE.value)[taught]),
        _probe(lines.seen[taught], report[taught]),
        *_kinds(lines.seen[taught & report], lines.danger[taught & report]),
    ]
    weights = np.stack([one[0] for one in columns], axis=1)
    bias = np.array([one[1] for one in columns], np.float32)
    calm = lines.seen[lines.held & lines.plain] @ weights[:, :2] + bias[:2]
    worry = Worry(
        weights=weights,
        bias=bias,
        alarm=float(np.quantile(calm[:, 0], 1 - _ALARMS)),
        look=float(np.quantile(calm[:, 1], 1 - _LOOKS)),
        fingerprint=bank.load().fingerprint,
    )
    return worry, lines


def store(worry: Worry) -> None:
    """Write the probes where `load` reads them."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        weights=worry.weights,
        bias=worry.bias,
        alarm=worry.alarm,
        look=worry.look,
        fingerprint=worry.fingerprint,
    )
    _FILE.write_bytes(buffer.getvalue())


def _lines() -> _Lines:
    stock = bank.load()
    offsets = language_offsets(stock.vectors, [line.lang for line in stock.lines])
    ordinary = [
        row
        for row, line in enumerate(stock.lines)
        if line.service and not line.service.startswith(bank.ABOUT_DANGER)
    ]
    reports = read_reports()
    spoken = packaged().encode([matter("", one.text) for one in reports])
    langs = [stock.lines[row].lang for row in ordinary] + [one.lang for one in reports]
    vectors = np.vstack([stock.vectors[ordinary], spoken[:, ROUTED]])
    calm = [NONE] * len(ordinary)
    return _Lines(
        seen=features(vectors, langs, offsets),
        danger=np.array(calm + [one.danger for one in reports]),
        level=np.array(calm + [one.level for one in reports]),
        held=np.array(
            [stock.lines[row].is_held for row in ordinary] + [one.is_held for one in reports]
        ),
        plain=np.arange(len(langs)) < len(ordinary),
    )


def _probe(seen: Vectors, wanted: npt.NDArray[np.bool_]) -> tuple[Vectors, float]:
    weight = np.where(wanted, _RARE, 1.0).astype(np.float32)
    weights, bias = descend(seen, wanted.astype(int), weight, classes=2, strength=_STRENGTH)
    return weights[:, 1] - weights[:, 0], float(bias[1] - bias[0])


def _kinds(seen: Vectors, danger: npt.NDArray[np.str_]) -> Sequence[tuple[Vectors, float]]:
    truth = np.array([_KINDS.index(Danger(one)) for one in danger])
    weight = np.ones(len(truth), np.float32)
    weights, bias = descend(seen, truth, weight, classes=len(_KINDS), strength=_STRENGTH)
    return [(weights[:, column], float(bias[column])) for column in range(len(_KINDS))]


def measure(worry: Worry, lines: _Lines | None = None) -> dict[str, Measured]:
    """What the probes alone make of the held lines, by what they are."""
    every = lines or _lines()
    report = every.danger != NONE
    groups = {
        "page": every.level == Level.PAGE.value,
        "look": every.level == Level.LOOK.value,
        "sounds like it": ~report & ~every.plain,
        "ordinary": every.plain,
        **{kind.value: every.danger == kind.value for kind in _KINDS},
    }
    return {
        name: _measured(worry, every.seen[group & every.held]) for name, group in groups.items()
    }


def _measured(worry: Worry, seen: Vectors) -> Measured:
    levels = [worry.judge(one).level for one in seen]
    paged = levels.count(Level.PAGE)
    noticed = len(levels) - levels.count(Level.NONE)
    count = max(len(levels), 1)
    return Measured(count=len(levels), paged=paged / count, seen=noticed / count)


if __name__ == "__main__":
    learned, read = learn()
    store(learned)
    for group, share in measure(learned, read).items():
        sys.stdout.write(
            f"{group:14} {share.count:5} paged {share.paged:.3f} seen {share.seen:.3f}\n"
        )
