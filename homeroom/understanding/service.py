"""Which of a district's own services a message is about: a linear model over both encoders."""

import functools
import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from homeroom.kit.errors import Expected
from homeroom.understanding import calibration
from homeroom.understanding.encoders import LENGTH, Vectors
from homeroom.understanding.language import base
from homeroom.understanding.layers import WIDTH
from homeroom.understanding.regression import STEPS, descend

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

_QUICK: Final = 8
"""Steps from an earlier model's weights after a few corrections."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """What was learned: weights (768, k), bias (k,), and the mean of each language.

    `hash` is over everything that decides a prediction, for the trace of a decision.
    """

    classes: tuple[str, ...]
    weights: Vectors
    bias: Vectors
    temperature: float
    offsets: Mapping[str, Vectors]
    fingerprint: str
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the model by its content."""
        digest = hashlib.sha256(self.to_bytes()).hexdigest()[:16]
        object.__setattr__(self, "hash", digest)

    def predict(
        self,
        vector: Vectors,
        lang: str,
        *,
        allowed: Collection[str] | None = None,
        leaning: Mapping[str, float] | None = None,
    ) -> tuple[Guess, ...]:
        """Every allowed service, best first; probabilities add up to 1 over the allowed.

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
        logits = (self.seen(vector, lang) @ self.weights + self.bias)[columns] / self.temperature
        chances = calibration.softmax(logits + lean)
        ranked = sorted(zip(-chances, columns, strict=True))
        return tuple(
            Guess(service=self.classes[column], probability=float(-chance))
            for chance, column in ranked
        )

    def seen(self, vector: Vectors, lang: str) -> Vectors:
        """What the model sees (768,) of a message's vector."""
        row: Vectors = features(vector[None, ROUTED], [lang], self.offsets)[0]
        return row

    def to_bytes(self) -> bytes:
        """The model as plain arrays (npz, no pickle); the same model gives the same bytes."""
        languages = sorted(self.offsets)
        head = {
            "version": 2,
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
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Model":
        """The model that `to_bytes` wrote. Raises UnreadableModel for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                head = json.loads(stored["head"].tobytes())
                return cls(
                    classes=tuple(head["classes"]),
                    weights=stored["weights"],
                    bias=stored["bias"],
                    temperature=float(head["temperature"]),
                    offsets=dict(zip(head["languages"], stored["offsets"], strict=True)),
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
    start: Model | None = None,
    strength: float = STRENGTH,
) -> Model:
    """A model of every service that has an example.

    With `start` (an earlier model) only the weights are refitted, from where they stood, and its
    temperature is kept: the quick path after a correction. Raises NothingToLearn.
    """
    taught = [row for row in rows if not row.is_held]
    classes = _classes(taught)
    column = {service: number for number, service in enumerate(classes)}
    look = functools.partial(_seen, vectors=vectors, offsets=offsets)
    weights, bias = descend(
        look(taught),
        np.array([column[row.service] for row in taught]),
        np.array([row.weight for row in taught], np.float32),
        classes=len(classes),
        strength=strength,
        begin=None if start is None else _carried(start, classes),
        steps=STEPS if start is None else _QUICK,
    )
    held = [row for row in rows if row.is_held and row.service in column]
    warmth = _COOL if start is None else start.temperature
    if held and start is None:
        truth = np.array([column[row.service] for row in held])
        warmth = _LIFE * calibration.temperature(look(held) @ weights + bias, truth)
    return Model(
        classes=classes,
        weights=weights,
        bias=bias,
        temperature=warmth,
        offsets=dict(offsets),
        fingerprint=fingerprint,
    )


def _classes(taught: Sequence[Example]) -> tuple[str, ...]:
    classes = tuple(sorted({row.service for row in taught}))
    if len(classes) < 2:
        raise NothingToLearn
    return classes


def _seen(rows: Sequence[Example], *, vectors: Vectors, offsets: Mapping[str, Vectors]) -> Vectors:
    return features(vectors[[row.row for row in rows]], [row.lang for row in rows], offsets)


def _carried(start: Model, classes: Sequence[str]) -> Vectors:
    """An earlier model's weights and bias (769, k) in the order of the new classes."""
    known = {service: column for column, service in enumerate(start.classes)}
    stacked = np.vstack([start.weights, start.bias])
    empty = np.zeros(len(stacked), np.float32)
    return np.stack(
        [stacked[:, known[one]] if one in known else empty for one in classes], axis=1
    ).astype(np.float32)
