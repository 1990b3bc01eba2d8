"""The second watch: messages that read like reports of danger without using a listed word.

Lists of words catch under half of written reports ("he gave away his things"). A linear model over
the vectors and the words, learned from the danger bank, says how much a text reads like one, and
which danger it tells of. It can only raise what the listed words say.
`python -m homeroom.understanding.worry` relearns it and prints what it finds.
"""

import functools
import io
import sys
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.understanding import bank, probe, sentences
from homeroom.understanding.encoders import DATA, Encoders, Vectors, packaged
from homeroom.understanding.matter import BOUND, cut, matter
from homeroom.understanding.probe import Probe
from homeroom.understanding.regression import descend
from homeroom.understanding.reports import NEAR, NONE, read_reports
from homeroom.understanding.safety import Danger, Level
from homeroom.understanding.service import ROUTED, features, language_offsets

_FILE: Final = DATA / "worry.npz"
_STRENGTH: Final = 3.0
_RARE: Final = 1.5
"""Weight of a report against an ordinary line: missing one is worse than a look too many."""

_UNSURE: Final = 0.5
"""Weight of lines of entries NEAR danger, some of which are reports that nobody marked."""

_FEW: Final = 4.0
"""Weight of ordinary lines in the smaller languages, of which there are only these."""

_ALARMS: Final = 0.02
"""Share of held-out lines of the phrase bank that may page somebody for nothing. On another
author's 201 English messages it was one in a hundred; at half of it .43 of the held reports to be
paged are found, at this .51."""

_LOOKS: Final = 0.08
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
    """A probe over `service.features`, its two thresholds, and which danger it is.

    `kinds` (768, 11) and `kinds_bias` (11,) have a column for each Danger in order.
    """

    probe: Probe
    kinds: Vectors
    kinds_bias: Vectors
    alarm: float
    look: float
    fingerprint: str

    def judge(self, seen: Vectors, text: str) -> Verdict:
        """What a text with these features (768,) calls for."""
        score = self.probe.score(seen, text)
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
        worst = max(found, key=self.probe.said, default="")
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lines:
    """All lines it learns from or is measured on; `danger` is NONE for ordinary ones."""

    texts: tuple[str, ...]
    seen: Vectors
    danger: npt.NDArray[np.str_]
    level: npt.NDArray[np.str_]
    held: npt.NDArray[np.bool_]
    plain: npt.NDArray[np.bool_]
    """Ordinary lines that nobody wrote to sound like danger."""
    weight: Vectors


@functools.cache
def load() -> Worry:
    """What was learned, as installed. Raises StaleBank when other encoders are installed by now."""
    with np.load(_FILE, allow_pickle=False) as stored:
        worry = Worry(
            probe=Probe(
                weights=stored["weights"][:, 0],
                words=stored["words"].astype(np.float32),
                bias=float(stored["bias"][0]),
            ),
            kinds=stored["weights"][:, 1:],
            kinds_bias=stored["bias"][1:],
            alarm=float(stored["alarm"]),
            look=float(stored["look"]),
            fingerprint=str(stored["fingerprint"]),
        )
    if worry.fingerprint != bank.recorded_fingerprint():
        raise bank.StaleBank
    return worry


def learn() -> tuple[Worry, _Lines]:
    """What both banks teach as they are now, thresholds set on held lines; and the lines."""
    lines = _lines(packaged())
    taught = np.flatnonzero(~lines.held)
    report = lines.danger != NONE
    found = probe.learn(
        lines.seen[taught],
        [lines.texts[row] for row in taught],
        report[taught],
        weight=lines.weight[taught],
    )
    kinds, kinds_bias = _kinds(
        lines.seen[taught][report[taught]], lines.danger[taught][report[taught]]
    )
    calm = [
        found.score(lines.seen[row], lines.texts[row])
        for row in np.flatnonzero(lines.held & lines.plain)
    ]
    alarm, look = map(float, np.quantile(calm, [1 - _ALARMS, 1 - _LOOKS]))
    worry = Worry(
        probe=found,
        kinds=kinds,
        kinds_bias=kinds_bias,
        alarm=alarm,
        look=look,
        fingerprint=bank.load().fingerprint,
    )
    return worry, lines


def store(worry: Worry) -> None:
    """Write what was learned where `load` reads it."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        weights=np.column_stack([worry.probe.weights, worry.kinds]),
        words=worry.probe.words.astype(np.float16),
        bias=np.concatenate([[worry.probe.bias], worry.kinds_bias]).astype(np.float32),
        alarm=worry.alarm,
        look=worry.look,
        fingerprint=worry.fingerprint,
    )
    _FILE.write_bytes(buffer.getvalue())


def _lines(encoders: Encoders) -> _Lines:
    stock = bank.load()
    offsets = language_offsets(stock.vectors, [line.lang for line in stock.lines])
    ordinary = [row for row, line in enumerate(stock.lines) if _is_ordinary(line)]
    calm = [stock.lines[row] for row in ordinary]
    reports = read_reports()
    spoken = encoders.encode([" ".join(one.text.split()) for one in reports])
    vectors = np.vstack([stock.vectors[ordinary], spoken[:, ROUTED]])
    none = [NONE] * len(calm)
    langs = [one.lang for one in calm] + [one.lang for one in reports]
    held = [one.is_held for one in calm] + [one.is_held for one in reports]
    return _Lines(
        texts=tuple([matter("", one.text) for one in calm] + [one.text for one in reports]),
        seen=features(vectors, langs, offsets),
        danger=np.array(none + [one.danger for one in reports]),
        level=np.array(none + [one.level for one in reports]),
        held=np.array(held),
        plain=np.arange(len(vectors)) < len(calm),
        weight=np.array(
            [_UNSURE if one.service in NEAR else 1.0 for one in calm]
            + [_RARE if one.danger != NONE else _weight(one.lang) for one in reports],
            np.float32,
        ),
    )


def _is_ordinary(line: bank.Line) -> bool:
    return bool(line.service) and not line.service.startswith(bank.ABOUT_DANGER)


def _weight(lang: str) -> float:
    return 1.0 if lang in {"en", "es"} else _FEW


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


def measure(worry: Worry, lines: _Lines | None = None) -> dict[str, Measured]:
    """What it alone makes of the held lines, by what they are."""
    every = lines or _lines(packaged())
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


def _measured(worry: Worry, lines: _Lines, rows: npt.NDArray[np.int64]) -> Measured:
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
