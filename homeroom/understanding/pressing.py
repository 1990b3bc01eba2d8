"""What reads like something that cannot wait, though it uses no listed word.

Lists of words miss "my slides won't show, class of 34". How near a text lies to lines that were
written for it, and to those of the phrase bank, and its words say how much it reads so. It can only
raise a priority, and only of what reports something.
`python -m homeroom.understanding.pressing` relearns it and prints what it finds.
"""

import functools
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from homeroom.understanding import bank, kernel, probe
from homeroom.understanding.detector import Detector
from homeroom.understanding.encoders import DATA, Encoders, Vectors, packaged
from homeroom.understanding.matter import matter
from homeroom.understanding.probe import Probe
from homeroom.understanding.reports import NEAR
from homeroom.understanding.service import ROUTED
from homeroom.understanding.urgency import Reads

_FILE: Final = DATA / "pressing.npz"
_LINES: Final = DATA / "pressing.jsonl"
_RARE: Final = 3.0
"""Weight of a pressing line against another: there are a tenth as many."""
_SURE: Final = 0.01
_LIKELY: Final = 0.05
"""Shares of held ordinary lines of the phrase bank that may be taken for pressing."""
_HELD: Final = 5
"""Every so manieth ordinary line is kept aside to set the thresholds."""
_OFTEN: Final = NEAR | {
    "ath.schedule", "cur.testing", "fin.paycheck", "hr.absence_sub", "it.projector_av",
    "it.sis_portal", "it.wifi_network",
}  # fmt: skip
"""Entries of the bank whose lines now and then cannot wait: nobody said which."""
_UNSURE: Final = 0.3
"""Weight of their lines; the others count 1. Without them every leak and late bus was pressing."""
_EVERY: Final = 11
"""Nearness is measured to all written lines and to every so manieth of the bank's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pressing:
    """A detector over `vector[ROUTED]`, and two thresholds."""

    detector: Detector
    sure: float
    likely: float
    fingerprint: str

    def judge(self, vector: Vectors, text: str) -> Reads:
        """What a matter with this whole vector reads like."""
        score = self.detector.score(vector[ROUTED], text)
        return Reads(int(score >= self.likely) + int(score >= self.sure))


@functools.cache
def load() -> Pressing:
    """What was learned, as installed. Raises StaleBank when other encoders are installed by now."""
    with np.load(_FILE, allow_pickle=False) as stored:
        pressing = Pressing(
            detector=Detector(
                kernel=kernel.unpack(stored),
                probe=Probe(
                    weights=stored["weights"],
                    words=stored["words"].astype(np.float32),
                    bias=float(stored["bias"]),
                ),
            ),
            sure=float(stored["sure"]),
            likely=float(stored["likely"]),
            fingerprint=str(stored["fingerprint"]),
        )
    if pressing.fingerprint != bank.recorded_fingerprint():
        raise bank.StaleBank
    return pressing


def learn(encoders: Encoders) -> tuple[Pressing, Sequence[float]]:
    """What the lines and the bank teach as they are now, and the scores of held ordinary lines."""
    stock = bank.load()
    calm = [at for at, one in enumerate(stock.lines) if one.service and _is_calm(one)]
    held = [at for at in calm if stock.lines[at].service not in _OFTEN][::_HELD]
    aside = set(held)
    taught = [at for at in calm if at not in aside]
    rows = [json.loads(row) for row in _LINES.read_text("utf-8").splitlines()]
    texts = [matter("", row["text"]) for row in rows]
    written = encoders.encode(texts)[:, ROUTED]
    texts += [matter("", stock.lines[at].text) for at in taught]
    seen = np.vstack([written, stock.vectors[taught]])
    presses = np.array([row["presses"] for row in rows] + [False] * len(taught))
    usual = [1.0] * len(rows)
    usual += [_UNSURE if stock.lines[at].service in _OFTEN else 1.0 for at in taught]
    weight = np.where(presses, _RARE, usual).astype(np.float32)
    known = [*range(len(rows)), *range(len(rows), len(texts), _EVERY)]
    pressing = Pressing(
        detector=Detector(
            kernel=kernel.learn(
                seen,
                np.where(presses, 1.0, -1.0).astype(np.float32),
                np.array(known),
                weight=weight,
            ),
            probe=probe.learn(seen, texts, presses, weight=weight),
        ),
        sure=0.0,
        likely=0.0,
        fingerprint=stock.fingerprint,
    )
    scores = [
        pressing.detector.score(stock.vectors[at], matter("", stock.lines[at].text)) for at in held
    ]
    sure, likely = map(float, np.quantile(scores, [1 - _SURE, 1 - _LIKELY]))
    return replace(pressing, sure=sure, likely=likely), scores


def store(pressing: Pressing) -> None:
    """Write what was learned where `load` reads it."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        **kernel.pack(pressing.detector.kernel),
        weights=pressing.detector.probe.weights,
        words=pressing.detector.probe.words.astype(np.float16),
        bias=pressing.detector.probe.bias,
        sure=pressing.sure,
        likely=pressing.likely,
        fingerprint=pressing.fingerprint,
    )
    _FILE.write_bytes(buffer.getvalue())


def _is_calm(line: bank.Line) -> bool:
    return not line.service.startswith(bank.ABOUT_DANGER)


if __name__ == "__main__":
    learned, scores = learn(packaged())
    store(learned)
    sys.stdout.write(
        f"{len(scores)} held ordinary lines: sure from {learned.sure:.2f}, "
        f"likely from {learned.likely:.2f}\n"
    )
