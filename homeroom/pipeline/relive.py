"""A past lived again: each message is decided by what was known before it, in a scratch copy."""

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from homeroom.channels import doors, line
from homeroom.district.permissions import SYSTEM
from homeroom.kit import clock
from homeroom.kit.errors import Expected
from homeroom.pipeline import knowing, minds, outcome, replay, schedule, surroundings
from homeroom.pipeline.foresight import Foresight
from homeroom.pipeline.surroundings import Surroundings
from homeroom.pipeline.thought import Thought
from homeroom.routing import gate, learning, queries
from homeroom.routing.labels import Book, Known
from homeroom.routing.learning import Course
from homeroom.understanding.encoders import Encoders
from homeroom.understanding.safety import Level
from homeroom.understanding.service import Model


class NothingToRelive(Expected):
    """The file is not there, or holds no message that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of the past: the message as it came, and what is true of it, kept apart."""

    number: int
    content: bytes
    channel: str
    key: str
    at: datetime
    truth: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What was made of a line, and, of a new request whose owner is known, how right it was."""

    said: Said
    made: Mapping[str, Any]
    """As CONTRACT §5 tells it."""
    known: Known | None


def read(path: Path) -> tuple[list[Said], list[str]]:
    """The lines of a file in order of time, and why others were refused.

    :raises NothingToRelive: when no line can be read.
    """
    if not path.is_file():
        raise NothingToRelive(f"There is no file {path}.")
    said, refused = [], []
    with path.open("rb") as lines:
        for number, content in enumerate(lines, 1):
            if not content.strip():
                continue
            try:
                said.append(_said(number, content))
            except line.BadLine as error:
                refused.append(f"{path.name}:{number}: {error}")
    if not said:
        raise NothingToRelive(f"{path.name} holds no message that can be read.")
    return sorted(said, key=lambda one: (one.at, one.number)), refused


def _said(number: int, content: bytes) -> Said:
    parsed = line.parse(content)
    truth = parsed.pop("truth", None)
    return Said(
        number=number,
        content=json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace"),
        channel=parsed["channel"],
        key=parsed["id"],
        at=line.moment(parsed),
        truth=truth if isinstance(truth, dict) else {},
    )


class Pupil:
    """The house as it learns: a model and a gate that know only what was known at the time."""

    def __init__(self, course: Course, *, before: Sequence[Known], encoders: Encoders) -> None:
        self._course = course
        self._coming: list[tuple[datetime, int, Known]] = []
        self._known: list[Known] = []
        self._n_taught = 0
        self._encoders = encoders
        self._house: Surroundings | None = None
        for one in before:
            self.hear(one)

    def hear(self, known: Known) -> None:
        """A label that will be known at its time."""
        heapq.heappush(self._coming, (known.known_at, len(self._coming), known))

    def house(self, at: datetime) -> Surroundings:
        """The house at that time; it learns first when enough has become known."""
        while self._coming and self._coming[0][0] <= at:
            self._known.append(heapq.heappop(self._coming)[2])
        if self._house is None:
            house = surroundings.look(encoders=self._encoders, now=at)
            self._house = self._with(house, self._course.cold)
        if gate.is_time(len(self._known), self._n_taught):
            self._n_taught = len(self._known)
            self._house = self._with(self._house, self._course.taught(self._known))
        return self._house

    def _with(self, house: Surroundings, model: Model) -> Surroundings:
        decided = self._course.decided(self._known)
        proved = learning.proved(decided, alpha=learning.alpha())
        return replace(house, model=model, model_hash=model.hash, gate=proved)


def relive(past: Sequence[Said], *, course: Course, before: Sequence[Known]) -> Iterator[Lived]:
    """What is made of each line by what was known before it; call it inside a scratch copy.

    `before` is what was known from elsewhere; each counts from its own time on.
    """
    encoders = Foresight(minds.encoders())
    pupil = Pupil(course, before=before, encoders=encoders)
    book = Book(queries.offered(viewer=SYSTEM))
    minute: datetime | None = None
    ahead = encoders.ahead(one.content for one in past)
    for one, content in zip(past, ahead, strict=True):
        with clock.at(one.at):
            if minute is None or one.at.replace(second=0, microsecond=0) > minute:
                minute = one.at.replace(second=0, microsecond=0)
                schedule.tick(now=one.at)
            filed, thought = replay.live(
                content, one.channel, one.key, house=pupil.house(one.at), at=one.at
            )
        made = outcome.told(filed, thought)
        known = _known(one, thought, book) if made["relation"] == "opened" and thought else None
        if known is not None:
            pupil.hear(known)
        yield Lived(said=one, made=made, known=known)


def _known(said: Said, thought: Thought, book: Book) -> Known | None:
    """What the label of a new request teaches, and what was thought of it without the label."""
    owner = book.owner(said.truth)
    if owner is None:
        return None
    reading, decision = thought.reading, thought.decision
    had_to = decision.by == "model" and reading.safety.level is Level.NONE
    first = decision.options[0].service if decision.options and had_to else None
    return Known(
        key=f"file:{said.channel}:{said.key}",
        at=said.at,
        known_at=known_at(said),
        lang=reading.language.code,
        encoder=reading.trace.encoders,
        vector=reading.vector,
        owner=owner,
        model=decision.model,
        department=first.department_source_id if first else "",
        service=first.source_id if first else "",
        score=decision.score if first else None,
        is_decided=first is not None,
        beside=knowing.beside(doors.read_line(said.content)),
    )


def known_at(said: Said) -> datetime:
    """When the owner was known: when the request was resolved, if the label says so."""
    try:
        at = datetime.fromisoformat(str(said.truth.get("resolved_at")))
    except ValueError:
        return said.at
    return max(at, said.at) if at.tzinfo is not None else said.at
