"""Which of a district's own services a message is about: a linear model over both encoders."""

import functools
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.kit.errors import Expected
from homeroom.understanding import calibration
from homeroom.understanding.encoders import HALF, Vectors
from homeroom.understanding.language import base
from homeroom.understanding.regression import author_folds, descend

ANY: Final = "*"
"""Key of the offset for languages nobody has shown us."""

STRENGTH: Final = 5.0
"""Inverse regularisation (scikit-learn's C), chosen by cross-validation over the bank."""

_UNREADABLE: Final = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile)
_DEAF: Final = 0.5
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

    `author` names who could have written it: held-out folds never share an author.
    """

    service: str
    lang: str
    row: int
    weight: float = 1.0
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A service and the calibrated probability, 0 to 1, that the message is about it."""

    service: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """What was learned: weights (768, k), bias (k,), and the mean E5 vector of each language.

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
        self, vector: Vectors, lang: str, *, allowed: Collection[str] | None = None
    ) -> tuple[Guess, ...]:
        """Every allowed service, best first; probabilities add up to 1 over the allowed.

        `vector` (768,) must come from encoders with this model's fingerprint.
        """
        columns = [
            column
            for column, service in enumerate(self.classes)
            if allowed is None or service in allowed
        ]
        if not columns:
            return ()
        logits = (self.seen(vector, lang) @ self.weights + self.bias)[columns] / self.temperature
        chances = calibration.softmax(logits)
        ranked = sorted(zip(-chances, columns, strict=True))
        return tuple(
            Guess(service=self.classes[column], probability=float(-chance))
            for chance, column in ranked
        )

    def seen(self, vector: Vectors, lang: str) -> Vectors:
        """What the model sees (768,) of a message's vector."""
        row: Vectors = features(vector[None, :], [lang], self.offsets)[0]
        return row

    def to_bytes(self) -> bytes:
        """The model as plain arrays (npz, no pickle); the same model gives the same bytes."""
        languages = sorted(self.offsets)
        head = {
            "version": 1,
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
    """What the model sees (n, 768): MiniLM for English only, E5 without its language's accent."""
    english = np.array([base(lang) == "en" for lang in langs], np.float32)[:, None]
    accent = np.stack([offsets.get(base(lang), offsets[ANY]) for lang in langs])
    meaning = vectors[:, HALF:] - accent
    meaning /= np.maximum(np.linalg.norm(meaning, axis=1, keepdims=True), 1e-9)
    return np.hstack([vectors[:, :HALF] * english, meaning]).astype(np.float32)


def language_offsets(vectors: Vectors, langs: Sequence[str]) -> dict[str, Vectors]:
    """The mean E5 vector of each language, and of all languages alike under ANY."""
    codes = np.array([base(lang) for lang in langs])
    means = {
        str(code): vectors[codes == code, HALF:].mean(axis=0).astype(np.float32)
        for code in np.unique(codes)
    }
    return means | {ANY: np.mean(list(means.values()), axis=0).astype(np.float32)}


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
    classes = tuple(sorted({row.service for row in rows}))
    if len(classes) < 2:
        raise NothingToLearn
    truth = np.array([classes.index(row.service) for row in rows])
    weight = np.array([row.weight for row in rows], np.float32)
    seen = features(vectors[[row.row for row in rows]], [row.lang for row in rows], offsets)
    learn = functools.partial(descend, classes=len(classes), strength=strength)
    if start is None:
        folds = author_folds([row.author for row in rows])
        warmth = _warmth(seen, truth, weight, folds=folds, learn=learn)
        weights, bias = learn(*_without_ear(seen, truth, weight))
    else:
        warmth = start.temperature
        begin = _carried(start, classes)
        weights, bias = learn(*_without_ear(seen, truth, weight), begin=begin, steps=_QUICK)
    return Model(
        classes=classes,
        weights=weights,
        bias=bias,
        temperature=warmth,
        offsets=dict(offsets),
        fingerprint=fingerprint,
    )


def _warmth(
    seen: Vectors,
    truth: npt.NDArray[np.integer],
    weight: Vectors,
    *,
    folds: npt.NDArray[np.int64],
    learn: Callable[..., tuple[Vectors, Vectors]],
) -> float:
    """The temperature of predictions for authors that the predicting model had not read."""
    held_out = [np.zeros(0)] * len(seen)
    for fold in np.unique(folds):
        test = folds == fold
        weights, bias = learn(*_without_ear(seen[~test], truth[~test], weight[~test]))
        for row, logits in zip(np.flatnonzero(test), seen[test] @ weights + bias, strict=True):
            held_out[row] = logits
    return calibration.temperature(np.stack(held_out), truth)


def _without_ear(
    seen: Vectors, truth: npt.NDArray[np.integer], weight: Vectors
) -> tuple[Vectors, npt.NDArray[np.integer], Vectors]:
    """The rows, and each English one again as if MiniLM had been silent (at weight _DEAF).

    So E5's half learns to carry a message alone, as it must in every other language: held-out
    Spanish rose from .39 to .46, English fell from .505 to .50 (services, bank, by author).
    """
    english = seen[:, :HALF].any(axis=1)
    deaf = seen[english].copy()
    deaf[:, :HALF] = 0.0
    louder = np.where(english, weight, weight * np.float32(1 + _DEAF)).astype(np.float32)
    return (
        np.vstack([seen, deaf]),
        np.concatenate([truth, truth[english]]),
        np.concatenate([louder, weight[english] * np.float32(_DEAF)]),
    )


def _carried(start: Model, classes: Sequence[str]) -> Vectors:
    """An earlier model's weights and bias (769, k) in the order of the new classes."""
    known = {service: column for column, service in enumerate(start.classes)}
    stacked = np.vstack([start.weights, start.bias])
    empty = np.zeros(len(stacked), np.float32)
    return np.stack(
        [stacked[:, known[one]] if one in known else empty for one in classes], axis=1
    ).astype(np.float32)
