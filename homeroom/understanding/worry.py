"""The second watch: messages that read like reports of danger without using a listed word.

Lists of words catch a third of written reports ("he gave away his things"). How near a text lies
to the lines of the danger bank, and its words, say how much it reads like one; a linear model says
which danger it tells of. It can only raise what the listed words say.
`python -m homeroom.understanding.worry` relearns it (some minutes) and prints what it finds.
"""

import functools
import hashlib
import io
import sys
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.understanding import bank, kernel, probe, sentences
from homeroom.understanding.detector import WORDS, Detector
from homeroom.understanding.encoders import DATA, Vectors, packaged
from homeroom.understanding.matter import BOUND, cut
from homeroom.understanding.probe import Probe
from homeroom.understanding.regression import descend
from homeroom.understanding.reports import NEAR, NONE, read_reports
from homeroom.understanding.safety import Danger, Level
from homeroom.understanding.watched import FEW, RARE, UNSURE, Corpus, gather

_FILE: Final = DATA / "worry.npz"
_STRENGTH: Final = 3.0

_SOUGHT: Final = {Level.PAGE.value: 1.0, Level.LOOK.value: 0.2, Level.NONE.value: -1.0}
"""What nearness is taught to say of a line."""

_EVERY: Final = 11
"""Nearness is measured to all lines of the danger bank and to every so manieth ordinary one."""

_ALARMS: Final = 0.06
"""Share of held-out lines of the phrase bank that may page somebody for nothing. The bank is harder
than life (some of its lines are reports that nobody marked): of Larkspur's ordinary messages half
as many do, and six in ten pages are real where one message in thirteen tells of danger."""

_LOOKS: Final = 0.1
"""Share of them that may bring a person to read first."""

_KINDS: Final = tuple(Danger)
_PASSAGES: Final = 40
"""Passages of a message that are looked at: ten thousand characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the second watch says of one text; `kind` is its best guess at every level."""

    score: float
    level: Level
    kind: Danger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worry:
    """A detector over `service.features`, two thresholds, and which danger it is.

    `kinds` (768, 11) and `kinds_bias` (11,) have a column for each Danger in order; `lesson` names
    what it was learned from.
    """

    detector: Detector
    kinds: Vectors
    kinds_bias: Vectors
    alarm: float
    look: float
    fingerprint: str
    lesson: str

    def judge(self, seen: Vectors, text: str) -> Verdict:
        """What a text with these features (768,) calls for."""
        score = self.detector.score(seen, text)
        level = Level.PAGE if score >= self.alarm else Level.LOOK
        return Verdict(
            score=score,
            level=level if score >= self.look else Level.NONE,
            kind=_KINDS[int((seen @ self.kinds + self.kinds_bias).argmax())],
        )

    def passage(self, text: str, *, beside: str) -> str:
        """The most suspicious passage of a long text, at most BOUND bytes; "" if `beside` says it.

        What a message asks for is not where it tells of danger: that stands between other things.
        """
        if len(text.encode()) <= BOUND:
            return ""
        found = _passages(text)[:_PASSAGES]
        worst = max(found, key=self.detector.probe.said, default="")
        return "" if worst in beside else worst


def _passages(text: str) -> list[str]:
    """The text's sentences, put together as far as they fit."""
    found: list[str] = []
    for sentence in sentences.split(text):
        piece = cut(sentence, BOUND)
        joined = f"{found[-1]} {piece}" if found else piece
        if found and len(joined.encode()) <= BOUND:
            found[-1] = joined
        else:
            found.append(piece)
    return found


@functools.cache
def load() -> Worry:
    """What was learned, as installed. Raises StaleBank when other encoders are installed by now."""
    with np.load(_FILE, allow_pickle=False) as stored:
        worry = Worry(
            detector=Detector(
                kernel=kernel.unpack(stored),
                probe=Probe(
                    weights=stored["weights"][:, 0],
                    words=stored["words"].astype(np.float32),
                    bias=float(stored["bias"][0]),
                ),
            ),
            kinds=stored["weights"][:, 1:],
            kinds_bias=stored["bias"][1:],
            alarm=float(stored["alarm"]),
            look=float(stored["look"]),
            fingerprint=str(stored["fingerprint"]),
            lesson=str(stored["lesson"]),
        )
    if worry.fingerprint != bank.recorded_fingerprint():
        raise bank.StaleBank
    return worry


def learn() -> tuple[Worry, Corpus]:
    """What both banks teach as they are now, thresholds set on held lines; and the lines."""
    lines = gather(packaged())
    taught = np.flatnonzero(~lines.held)
    report = lines.danger != NONE
    seen, weight = lines.seen[taught], lines.weight[taught]
    ordinary = np.flatnonzero(lines.plain[taught])
    known = np.concatenate([np.flatnonzero(~lines.plain[taught]), ordinary[::_EVERY]])
    kinds, kinds_bias = _kinds(seen[report[taught]], lines.danger[taught][report[taught]])
    worry = Worry(
        detector=Detector(
            kernel=kernel.learn(
                seen,
                np.array([_SOUGHT[level] for level in lines.level[taught]], np.float32),
                known,
                weight=np.where(report[taught], RARE * weight, weight),
            ),
            probe=probe.learn(
                seen, [lines.texts[row] for row in taught], report[taught], weight=weight
            ),
        ),
        kinds=kinds,
        kinds_bias=kinds_bias,
        alarm=0.0,
        look=0.0,
        fingerprint=bank.load().fingerprint,
        lesson=lesson(),
    )
    held = np.flatnonzero(lines.held & lines.plain)
    calm = [worry.detector.score(lines.seen[row], lines.texts[row]) for row in held]
    alarm, look = map(float, np.quantile(calm, [1 - _ALARMS, 1 - _LOOKS]))
    return replace(worry, alarm=alarm, look=look), lines


def lesson() -> str:
    """Hash of everything that decides what is learned: both banks, the encoders, the settings."""
    settings = [
        WORDS, *_SOUGHT.values(), _EVERY, _ALARMS, _LOOKS, _STRENGTH, RARE, UNSURE, FEW,
        kernel.DIMENSIONS, kernel.SHARPNESS, kernel.STRENGTH, sorted(NEAR),
    ]  # fmt: skip
    digest = hashlib.sha256(f"{settings} {bank.load().fingerprint}".encode())
    for one in (*bank.load().lines, *read_reports()):
        digest.update(repr(one).encode())
    return digest.hexdigest()[:32]


def store(worry: Worry) -> None:
    """Write what was learned where `load` reads it."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        **kernel.pack(worry.detector.kernel),
        weights=np.column_stack([worry.detector.probe.weights, worry.kinds]),
        words=worry.detector.probe.words.astype(np.float16),
        bias=np.concatenate([[worry.detector.probe.bias], worry.kinds_bias]).astype(np.float32),
        alarm=worry.alarm,
        look=worry.look,
        fingerprint=worry.fingerprint,
        lesson=worry.lesson,
    )
    _FILE.write_bytes(buffer.getvalue())


def _kinds(seen: Vectors, danger: npt.NDArray[np.str_]) -> tuple[Vectors, Vectors]:
    truth = np.array([_KINDS.index(Danger(one)) for one in danger])
    weight = np.ones(len(truth), np.float32)
    return descend(seen, truth, weight, classes=len(_KINDS), strength=_STRENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of `count` held lines: the share that pages somebody, and that a person sees at least."""

    count: int
    paged: float
    seen: float


def measure(worry: Worry, lines: Corpus | None = None) -> dict[str, Measured]:
    """What it alone makes of the held lines, by what they are."""
    every = lines or gather(packaged(), only_held=True)
    report = every.danger != NONE
    groups = {
        "page": every.level == Level.PAGE.value,
        "look": every.level == Level.LOOK.value,
        "sounds like it": ~report & ~every.plain,
        "ordinary": every.plain,
        **{kind.value: every.danger == kind.value for kind in _KINDS},
    }
    return {
        name: _measured(worry, every, np.flatnonzero(group & every.held))
        for name, group in groups.items()
    }


def _measured(worry: Worry, lines: Corpus, rows: npt.NDArray[np.int64]) -> Measured:
    levels = [worry.judge(lines.seen[row], lines.texts[row]).level for row in rows]
    count = max(len(levels), 1)
    return Measured(
        count=len(levels),
        paged=levels.count(Level.PAGE) / count,
        seen=1 - levels.count(Level.NONE) / count,
    )


if __name__ == "__main__":
    learned, read = learn()
    store(learned)
    for group, share in measure(learned, read).items():
        sys.stdout.write(
            f"{group:14} {share.count:5} paged {share.paged:.3f} seen {share.seen:.3f}\n"
        )
