"""The lines that the second watch learns from and is measured on: reports of danger, and others."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.understanding import bank
from homeroom.understanding.encoders import Encoders, Vectors
from homeroom.understanding.matter import matter
from homeroom.understanding.reports import NEAR, NONE, read_reports
from homeroom.understanding.service import ROUTED, features, language_offsets

RARE: Final = 1.5
"""Weight of a report against an ordinary line: missing one is worse than a look too many."""

UNSURE: Final = 0.5
"""Weight of lines of entries NEAR danger, some of which are reports that nobody marked."""

FEW: Final = 4.0
"""Weight of ordinary lines in the smaller languages, of which there are only these."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corpus:
    """All lines; `danger` is NONE for ordinary ones."""

    texts: tuple[str, ...]
    seen: Vectors
    danger: npt.NDArray[np.str_]
    level: npt.NDArray[np.str_]
    held: npt.NDArray[np.bool_]
    plain: npt.NDArray[np.bool_]
    """Ordinary lines that nobody wrote to sound like danger."""
    weight: Vectors


def gather(encoders: Encoders, *, only_held: bool = False) -> Corpus:
    """The lines of both banks, those of the danger bank encoded; `only_held`, those kept apart."""
    stock = bank.load()
    offsets = language_offsets(stock.vectors, [line.lang for line in stock.lines])
    ordinary = [
        row
        for row, line in enumerate(stock.lines)
        if _is_ordinary(line) and (line.is_held or not only_held)
    ]
    calm = [stock.lines[row] for row in ordinary]
    reports = [one for one in read_reports() if one.is_held or not only_held]
    spoken = encoders.encode([" ".join(one.text.split()) for one in reports])
    vectors = np.vstack([stock.vectors[ordinary], spoken[:, ROUTED]])
    none = [NONE] * len(calm)
    langs = [one.lang for one in calm] + [one.lang for one in reports]
    held = [one.is_held for one in calm] + [one.is_held for one in reports]
    return Corpus(
        texts=tuple([matter("", one.text) for one in calm] + [one.text for one in reports]),
        seen=features(vectors, langs, offsets),
        danger=np.array(none + [one.danger for one in reports]),
        level=np.array(none + [one.level for one in reports]),
        held=np.array(held),
        plain=np.arange(len(vectors)) < len(calm),
        weight=np.array(
            [UNSURE if one.service in NEAR else 1.0 for one in calm]
            + [RARE if one.danger != NONE else _weight(one.lang) for one in reports],
            np.float32,
        ),
    )


def _is_ordinary(line: bank.Line) -> bool:
    return bool(line.service) and not line.service.startswith(bank.ABOUT_DANGER)


def _weight(lang: str) -> float:
    return 1.0 if lang in {"en", "es"} else FEW
