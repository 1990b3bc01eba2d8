"""One yes or no about a text: how near it lies to known lines, and its words beside that."""

from dataclasses import dataclass
from typing import Final

from homeroom.understanding.encoders import Vectors
from homeroom.understanding.kernel import Kernel
from homeroom.understanding.probe import Probe

WORDS: Final = 0.1
"""Share of the words (log odds) in a score beside nearness (-1 to 1): they know misspellings."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detector:
    """What `worry` and `pressing` have in common: a kernel and a probe over the same vectors."""

    kernel: Kernel
    probe: Probe

    def score(self, seen: Vectors, text: str) -> float:
        """How much a text with this vector (w,) reads like a yes; comparable with itself only."""
        return self.kernel.score(seen) + WORDS * self.probe.score(seen, text)
