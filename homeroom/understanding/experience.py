"""What a district's own past teaches: labelled requests join the lessons, and are remembered.

The taught model starts from the one that knew no history. It expects each service as often as this
district asks for it, and asks what was nearest among the requests whose owner is known: a
district's people say the same things again.
"""

import io
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from homeroom.understanding.encoders import Vectors
from homeroom.understanding.lessons import Lessons
from homeroom.understanding.service import (
    ROUTED,
    Example,
    Guess,
    Model,
    UnreadableModel,
)

WEIGHT: Final = 1.0
"""Of one labelled request against one phrase of the bank (1.0); on lines of the bank that nothing
was learned from, 3 and 8 were worse with a thousand labels."""
MOST: Final = 4_000
"""Requests remembered, the newest: 6 MB, and half a millisecond a look."""

DEMAND: Final = 300.0
"""Labels that what the model expects of each service weighs as much as. Where a few services are
asked for most, the mean error of the surest half fell by a fifth with 300 labels (held lines of
the bank drawn by rank^-0.9); where all are asked for alike it rose by 6 in 100, with 100 by 11."""

# How the remembered requests weigh in, chosen on lines of the bank that nothing was learned from:
# with them 27 in 100 could be told at 3 % errors after 300 labels, without 23.
_SHARPNESS: Final = 15.0
_NEAR: Final = 0.5
"""A cosine that counts as one whole voice."""
_DOUBT: Final = 0.3
"""Voices the model itself has beside the remembered ones."""
_SHARE: Final = 0.3
"""Of what memory says against what the model says, in logarithms."""
_LEAST: Final = 0.05
"""Shares of a label below this teach nothing and only cost time."""
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """A past request: its vector and language, and the services it may have been about.

    One service when somebody named it; all of a team's or department's when only that is known.
    """

    vector: Vectors
    lang: str
    services: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Memory:
    """Remembered requests: unit rows (n, d) as the model sees them, and whose they were (n, k)."""

    seen: Vectors
    owners: Vectors

    def voices(self, seen: Vectors) -> Vectors:
        """How much the remembered requests speak for each service (k,), by nearness."""
        norm = float(np.linalg.norm(seen)) or 1.0
        near = np.exp(_SHARPNESS * (self.seen @ (seen / np.float32(norm)) - np.float32(_NEAR)))
        voices: Vectors = near @ self.owners
        return voices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Experienced(Model):
    """A model that also remembers requests whose owner is known."""

    memory: Memory

    def predict(
        self,
        vector: Vectors,
        lang: str,
        *,
        allowed: Collection[str] | None = None,
        leaning: Mapping[str, float] | None = None,
    ) -> tuple[Guess, ...]:
        """As `Model.predict`, seasoned with what the nearest known requests say."""
        guesses = Model.predict(self, vector, lang, allowed=allowed, leaning=leaning)
        if not guesses:
            return ()
        place = {service: column for column, service in enumerate(self.classes)}
        voices = self.memory.voices(self.seen(vector, lang))
        heard = voices[[place[guess.service] for guess in guesses]].astype(np.float64)
        own = np.array([guess.probability for guess in guesses])
        recalled = (_DOUBT * own + heard) / (_DOUBT + heard.sum())
        mixed = (own + _TINY) ** (1 - _SHARE) * (recalled + _TINY) ** _SHARE
        mixed /= mixed.sum()
        ranked = sorted(zip(-mixed, [guess.service for guess in guesses], strict=True))
        return tuple(Guess(service=name, probability=float(-chance)) for chance, name in ranked)

    def to_bytes(self) -> bytes:
        """The model and its memory as plain arrays (npz, no pickle); always the same bytes."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            model=np.frombuffer(Model.to_bytes(self), np.uint8),
            seen=self.memory.seen.astype(np.float16),
            owners=self.memory.owners.astype(np.float16),
        )
        return buffer.getvalue()


def from_bytes(content: bytes) -> Model:
    """The model that `to_bytes` wrote, with or without memory.

    :raises UnreadableModel: for anything else.
    """
    if b"owners.npy" not in content[-4_000:]:  # the directory of an npz stands at its end
        return Model.from_bytes(content)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            model = Model.from_bytes(stored["model"].tobytes())
            memory = Memory(
                seen=stored["seen"].astype(np.float32), owners=stored["owners"].astype(np.float32)
            )
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableModel from error
    return _with(model, memory)


def learn(lessons: Lessons, past: Sequence[Past], *, cold: Model) -> Model:
    """The model that these lessons and this past teach, quickly from the one without a past.

    Without any past whose services are still offered, `cold` as it is.
    """
    known = [one for one in past if set(one.services) & set(cold.classes)]
    if not known:
        return cold
    shares = [_shares(one, cold) for one in known]
    first = len(lessons.vectors)
    rows = [
        Example(
            service=service,
            lang=one.lang,
            row=first + number,
            weight=WEIGHT * one.weight * share,
        )
        for number, (one, shared) in enumerate(zip(known, shares, strict=True))
        for service, share in shared.items()
    ]
    taught = replace(
        lessons,
        rows=(*lessons.rows, *rows),
        vectors=np.vstack([lessons.vectors, *(one.vector[None, ROUTED] for one in known)]),
    ).learn(start=cold)
    shift = _demand(known, shares, cold)
    bias = taught.bias + np.array([shift.get(name, 0.0) for name in taught.classes], np.float32)
    taught = replace(taught, bias=bias)
    return _with(taught, _remembered(known[-MOST:], shares[-MOST:], taught))


def _demand(
    known: Sequence[Past], shares: Sequence[Mapping[str, float]], cold: Model
) -> dict[str, float]:
    """What to add to each service's bias, as it is asked for more or less often than expected.

    Expected is what the cold model made of the same requests, so what it confuses cancels out.
    """
    expected: dict[str, float] = defaultdict(float)
    found: dict[str, float] = defaultdict(float)
    for one, shared in zip(known, shares, strict=True):
        for guess in cold.predict(one.vector, one.lang):
            expected[guess.service] += guess.probability / len(known)
        for service, share in shared.items():
            found[service] += share
    count = len(known)
    return {
        service: cold.temperature
        * math.log((found[service] + DEMAND * rate) / ((count + DEMAND) * rate))
        for service, rate in ((name, max(rate, _TINY)) for name, rate in expected.items())
    }


def _shares(one: Past, model: Model) -> dict[str, float]:
    """How much of a label each service gets that it may mean: as likely as the model holds them."""
    offered = [name for name in one.services if name in model.classes]
    if len(offered) == 1:
        return {offered[0]: 1.0}
    guesses = model.predict(one.vector, one.lang, allowed=frozenset(offered))
    kept = {guess.service: guess.probability for guess in guesses if guess.probability >= _LEAST}
    total = sum(kept.values())
    return {name: share / total for name, share in kept.items()}


def _remembered(
    known: Sequence[Past], shares: Iterable[Mapping[str, float]], model: Model
) -> Memory:
    place = {service: column for column, service in enumerate(model.classes)}
    owners = np.zeros((len(known), len(place)), np.float32)
    for row, (one, shared) in enumerate(zip(known, shares, strict=True)):
        for service, share in shared.items():
            owners[row, place[service]] = share * one.weight
    seen = np.stack([model.seen(one.vector, one.lang) for one in known])
    seen /= np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), _TINY)
    return Memory(seen=seen.astype(np.float32), owners=owners)


def _with(model: Model, memory: Memory) -> Experienced:
    return Experienced(**_parts(model), memory=memory)


def _parts(model: Model) -> dict[str, Any]:
    """The arguments a model was made of, whatever they are."""
    return {each.name: getattr(model, each.name) for each in fields(Model) if each.init}
