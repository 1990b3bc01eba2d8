"""What reads like something that cannot wait, though it uses no listed word.

Lists of words miss "my slides won't show, class of 34". A linear model over the vector and the
words, learned from lines that were written for it and from the phrase bank, says how much a text
reads so. It can only raise a priority, and only of what reports something.
`python -m homeroom.understanding.pressing` relearns it and prints what it finds.
"""

import functools
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from homeroom.understanding import bank, probe
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
"""Entries of the bank whose lines often cannot wait: nobody said which, so none is an example."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pressing:
    """A probe over `vector[ROUTED]`, and its two thresholds."""

    probe: Probe
    sure: float
    likely: float
    fingerprint: str

    def judge(self, vector: Vectors, text: str) -> Reads:
        """What a matter with this whole vector reads like."""
        score = self.probe.score(vector[ROUTED], text)
        return Reads(int(score >= self.likely) + int(score >= self.sure))


@functools.cache
def load() -> Pressing:
    """What was learned, as installed. Raises StaleBank when other encoders are installed by now."""
    with np.load(_FILE, allow_pickle=False) as stored:
        pressing = Pressing(
            probe=Probe(
                weights=stored["weights"],
                words=stored["words"].astype(np.float32),
                bias=float(stored["bias"]),
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
    held, taught = calm[::_HELD], [at for order, at in enumerate(calm) if order % _HELD]
    rows = [json.loads(row) for row in _LINES.read_text("utf-8").splitlines()]
    texts = [matter("", row["text"]) for row in rows]
    texts += [matter("", stock.lines[at].text) for at in taught]
    vectors = np.vstack([encoders.encode(texts[: len(rows)])[:, ROUTED], stock.vectors[taught]])
    presses = np.array([row["presses"] for row in rows] + [False] * len(taught))
    weight = np.where(presses, _RARE, 1.0).astype(np.float32)
    found = probe.learn(vectors, texts, presses, weight=weight)
    scores = [found.score(stock.vectors[at], matter("", stock.lines[at].text)) for at in held]
    sure, likely = map(float, np.quantile(scores, [1 - _SURE, 1 - _LIKELY]))
    return Pressing(probe=found, sure=sure, likely=likely, fingerprint=stock.fingerprint), scores


def store(pressing: Pressing) -> None:
    """Write what was learned where `load` reads it."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        weights=pressing.probe.weights,
        words=pressing.probe.words.astype(np.float16),
        bias=pressing.probe.bias,
        sure=pressing.sure,
        likely=pressing.likely,
        fingerprint=pressing.fingerprint,
    )
    _FILE.write_bytes(buffer.getvalue())


def _is_calm(line: bank.Line) -> bool:
    return not line.service.startswith(bank.ABOUT_DANGER) and line.service not in _OFTEN


if __name__ == "__main__":
    learned, scores = learn(packaged())
    store(learned)
    sys.stdout.write(
        f"{len(scores)} held ordinary lines: sure from {learned.sure:.2f}, "
        f"likely from {learned.likely:.2f}\n"
    )
