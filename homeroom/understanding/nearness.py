"""How near a report's sense is to that of others, on one scale for all pairs of languages."""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from homeroom.understanding.encoders import Vectors
from homeroom.understanding.language import base
from homeroom.understanding.likeness import nearest

_MIDDLE_ENGLISH: Final = 0.42
_MIDDLE_OTHER: Final = 0.85
_STRETCH: Final = 22.0 / 7.0
"""Between other languages cosines all lie high and close: as `sameness` weighs them, one unit
there is worth so many of an English pair's."""


class Spoken(Protocol):
    """Anything with a language and a vector."""

    @property
    def lang(self) -> str:
        """Its language's code."""
        ...

    @property
    def vector(self) -> Vectors | None:
        """What it means to the encoders; nothing when that is not known."""
        ...


def meanings(one: Spoken, others: Sequence[Spoken]) -> list[float]:
    """The likeness of `one` to each other, as an English cosine; 0 where either has no vector."""
    found = [0.0] * len(others)
    if one.vector is None:
        return found
    is_english = base(one.lang) == "en"
    for english in (True, False):
        rows = {
            place: other.vector
            for place, other in enumerate(others)
            if other.vector is not None and (is_english and base(other.lang) == "en") is english
        }
        if not rows:
            continue
        places, table = list(rows), np.stack(list(rows.values()))
        for alike in nearest(one.vector, table, most=len(rows), english=english):
            found[places[alike.row]] = _on_one_scale(alike.cosine, english=english)
    return found


def _on_one_scale(cosine: float, *, english: bool) -> float:
    return cosine if english else _MIDDLE_ENGLISH + _STRETCH * (cosine - _MIDDLE_OTHER)
