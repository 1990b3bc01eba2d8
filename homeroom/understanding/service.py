"""Which of a district's own services a message is about: a linear model and the nearest line."""

import functools
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from homeroom.kit.errors import Expected
from homeroom.understanding import calibration
from homeroom.understanding.encoders import LENGTH, Vectors
from homeroom.understanding.language import base
from homeroom.understanding.layers import WIDTH
from homeroom.understanding.lines import Lines, Space
from homeroom.understanding.regression import descend

ANY: Final = "*"
"""Key of the offset for languages nobody has shown us."""

STRENGTH: Final = 10.0
"""Inverse regularisation (scikit-learn's C). 30 finds 1 in 100 more of the catalogue's services on
another author's messages, and loses a district's own that have only a sentence of theirs."""

ROUTED: Final = slice(WIDTH, LENGTH)
"""The part of a vector that tells services apart: E5's and the taught one's, in any language."""

_UNREADABLE: Final = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile)
_COOL: Final = 1.0
"""Temperature when nothing is held out to measure it on."""

_LIFE: Final = 0.9
"""Of the temperature measured on the bank's held lines: they were written to be harder than life.
On another author's 285 messages (evals/routing.py) the calibration error fell from .061 to .043."""

_BLOCK: Final = 256
"""Messages weighed at once: 20 MB."""


class NothingToLearn(Expected):
    """Fewer than two services have any example."""

    def __init__(self) -> None:
        super().__init__("At least two services need a name or an example before learning.")


class UnreadableModel(Expected):
    """Stored bytes are not a service model of this version."""

    def __init__(self) -> None:
        super().__init__("The stored routing model cannot be read; fit it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One text that teaches a service: the row of its vector, and how much it counts.

    What `is_held` teaches nothing: confidence is measured on it.
    """

    service: str
    lang: str
    row: int
    weight: float = 1.0
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A service and the calibrated probability, 0 to 1, that the message is about it."""

    service: str
    probability: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """What was learned: weights (768, k), bias (k,), lines, and the mean of each language.

    `hash` is over everything that decides a prediction, for the trace of a decision.
    """

    classes: tuple[str, ...]
    weights: Vectors
    bias: Vectors
    temperature: float
    offsets: Mapping[str, Vectors]
    lines: Lines
    fingerprint: str

    @functools.cached_property
    def hash(self) -> str:
        """The model's name: a hash over its content."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:16]

    def predict(
        self,
        vector: Vectors,
        lang: str,
        *,
        allowed: Collection[str] | None = None,
        leaning: Mapping[str, float] | None = None,
    ) -> tuple[Guess, ...]:
        """Every allowed service, best first.

        What the probabilities lack to 1 is that nothing is meant that the district offers.
        `leaning` is added to the log odds of the services it names: what is known beside the words.

        `vector` (LENGTH,) must come from encoders with this model's fingerprint.
        """
        columns = [
            column
            for column, service in enumerate(self.classes)
            if allowed is None or service in allowed
        ]
        if not columns:
            return ()
        lean = np.array([(leaning or {}).get(self.classes[column], 0.0) for column in columns])
        logits, offered = self.weigh(self.seen(vector, lang)[None])
        chances = calibration.softmax(logits[0, columns] + lean) * offered[0]
        ranked = sorted(zip(-chances, columns, strict=True))
        return tuple(
            Guess(service=self.classes[column], probability=float(-chance))
            for chance, column in ranked
        )

    def weigh(self, seen: Vectors) -> tuple[Vectors, Vectors]:
        """Log odds (n, k) of what the model sees (n, 768), at its temperature.

        And (n,) how likely it is that anything is meant that the district offers.
        """
        found = [self._weigh(seen[at : at + _BLOCK]) for at in range(0, len(seen), _BLOCK)]
        logits = np.vstack([np.zeros((0, len(self.classes)), np.float32), *(a for a, _ in found)])
        offered = np.concatenate([np.zeros(0, np.float32), *(b for _, b in found)])
        return logits, offered

    def _weigh(self, seen: Vectors) -> tuple[Vectors, Vectors]:
        heard, offered = self.lines.hear(seen)
        logits = (seen @ self.weights + self.bias + heard) / np.float32(self.temperature)
        return logits, offered

    def seen(self, vector: Vectors, lang: str) -> Vectors:
        """What the model sees (768,) of a message's vector."""
        row: Vectors = features(vector[None, ROUTED], [lang], self.offsets)[0]
        return row

    def to_bytes(self) -> bytes:
        """The model as plain arrays (npz, no pickle); the same model gives the same bytes."""
        languages = sorted(self.offsets)
        head = {
            "version": 3,
            "classes": self.classes,
            "temperature": self.temperature,
            "languages": languages,
            "fingerprint": self.fingerprint,
        }
        buffer = io.BytesIO()
        np.savez(
            buffer,
            head=np.frombuffer(json.dumps(head).encode(), np.uint8),
            weights=self.weights,
            bias=self.bias,
            offsets=np.stack([self.offsets[one] for one in languages]),
            middle=self.lines.space.middle,
            axes=self.lines.space.axes,
            lines=self.lines.coarse,
            owners=self.lines.owners.astype(np.int16),
            loud=self.lines.weights,
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Model":
        """The model that `to_bytes` wrote. Raises UnreadableModel for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                head = json.loads(stored["head"].tobytes())
                lines = Lines(
                    Space(middle=stored["middle"], axes=stored["axes"]),
                    coarse=stored["lines"],
                    owners=stored["owners"],
                    weights=stored["loud"],
                    count=len(head["classes"]),
                )
                return cls(
                    classes=tuple(head["classes"]),
                    weights=stored["weights"],
                    bias=stored["bias"],
                    temperature=float(head["temperature"]),
                    offsets=dict(zip(head["languages"], stored["offsets"], strict=True)),
                    lines=lines,
                    fingerprint=str(head["fingerprint"]),
                )
        except _UNREADABLE as error:
            raise UnreadableModel from error


def features(vectors: Vectors, langs: Sequence[str], offsets: Mapping[str, Vectors]) -> Vectors:
    """What the model sees (n, 768) of `vectors[:, ROUTED]`: both halves without their accent."""
    accent = np.stack([offsets.get(base(lang), offsets[ANY]) for lang in langs])
    return np.hstack([_unit(half) for half in np.hsplit(vectors - accent, 2)])


def language_offsets(vectors: Vectors, langs: Sequence[str]) -> dict[str, Vectors]:
    """The mean of `vectors[:, ROUTED]` of each language, and of all languages alike under ANY."""
    codes = np.array([base(lang) for lang in langs])
    means = {
        str(code): vectors[codes == code].mean(axis=0).astype(np.float32)
        for code in np.unique(codes)
    }
    return means | {ANY: np.mean(list(means.values()), axis=0).astype(np.float32)}


def _unit(rows: Vectors) -> Vectors:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(norms, 1e-9)).astype(np.float32)


def fit(
    rows: Sequence[Example],
    vectors: Vectors,
    *,
    offsets: Mapping[str, Vectors],
    fingerprint: str,
    elsewhere: Sequence[Example] = (),
    strength: float = STRENGTH,
) -> Model:
    """A model of every service that has an example. Raises NothingToLearn.

    `elsewhere` are examples of what is not offered.
    """
    taught = [row for row in rows if not row.is_held]
    classes = tuple(sorted({row.service for row in taught}))
    if len(classes) < 2:
        raise NothingToLearn
    column = {service: number for number, service in enumerate(classes)}
    look = functools.partial(_seen, vectors=vectors, offsets=offsets)
    owners = np.array([column[row.service] for row in taught])
    loud = np.array([row.weight for row in taught], np.float32)
    weights, bias = descend(look(taught), owners, loud, classes=len(classes), strength=strength)
    model = Model(
        classes=classes,
        weights=weights,
        bias=bias,
        temperature=_COOL,
        offsets=dict(offsets),
        lines=_lines(taught, elsewhere, classes, look),
        fingerprint=fingerprint,
    )
    held = [row for row in rows if row.is_held and row.service in column]
    if not held:
        return model
    truth = np.array([column[row.service] for row in held])
    logits, _ = model.weigh(look(held))
    return replace(model, temperature=_LIFE * calibration.temperature(logits, truth))


def _lines(
    taught: Sequence[Example],
    elsewhere: Sequence[Example],
    classes: Sequence[str],
    look: Callable[[Sequence[Example]], Vectors],
) -> Lines:
    """The lines that teach, those of services by their column, and those of nothing offered."""
    column = {service: number for number, service in enumerate(classes)}
    return Lines.of(
        look([*taught, *elsewhere]),
        owners=np.array([column.get(row.service, len(classes)) for row in (*taught, *elsewhere)]),
        weights=np.concatenate([_whole(taught), np.ones(len(elsewhere), np.float32)]),
        count=len(classes),
    )


def _whole(rows: Sequence[Example]) -> Vectors:
    """How loud each row's line is: what several services share speaks for each of them alike.

    Which of them is meant, the linear model tells, not the one nearest phrase.
    """
    total: dict[int, float] = defaultdict(float)
    for row in rows:
        total[row.row] += row.weight
    return np.array([total[row.row] for row in rows], np.float32)


def _seen(rows: Sequence[Example], *, vectors: Vectors, offsets: Mapping[str, Vectors]) -> Vectors:
    return features(vectors[[row.row for row in rows]], [row.lang for row in rows], offsets)
