"""`homeroom learn`: what the district's own past teaches, what it proves, and who decides now."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from homeroom.district.permissions import SYSTEM
from homeroom.kit import clock
from homeroom.kit.progress import shown
from homeroom.pipeline import minds, recalling, relive, vectors
from homeroom.routing import labels, learning, queries, settled
from homeroom.routing.duel import Duel, fight
from homeroom.routing.gate import Gate
from homeroom.routing.labels import Book, Known
from homeroom.routing.learning import Course
from homeroom.understanding.service import NothingToLearn

BACK = timedelta(days=730)
"""How far back an install's own requests teach: two school years."""
ENCODED = 4_000
"""Requests without a vector that are read before learning, the newest: a minute or three."""
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What became of learning."""

    labels: int
    """Past requests whose owner is known, of this run."""
    decisions: int
    """Of them, those decided before they were learned from: what the gate rests on."""
    duel: Duel
    is_crowned: bool
    gate: Gate
    share: float
    """Of the decisions, those it would have made alone with the threshold that is proved now."""
    model: str
    refused: tuple[str, ...] = ()


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing, or a file of the past."""
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        help="lines as CONTRACT §4 describes them, with the labels of §6; without: this install",
    )
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(needs_database=True)


def run(options: argparse.Namespace) -> int:
    """Learn and say what came of it."""
    now = clock.now()
    lesson = from_file(options.file, now=now) if options.file else from_install(now=now)
    if options.json:
        print(json.dumps(_told(lesson), ensure_ascii=False, indent=2))  # noqa: T201
    else:
        print("\n".join(plain(lesson)))  # noqa: T201
    return 0


def from_file(path: Path, *, now: datetime) -> Lesson:
    """Learn from a file of the past: its lines are read, and nothing of them happens again.

    :raises homeroom.pipeline.relive.NothingToRelive: when it holds no message.
    :raises homeroom.understanding.service.NothingToLearn: with fewer than two services.
    """
    past, refused = relive.read(path)
    course = _course(now)
    before = {one.key: one for one in labels.known(encoder=course.cold.fingerprint)}
    book = Book(queries.offered(viewer=SYSTEM))
    recalled = recalling.recall(past, model=course.cold, book=book, before=before)
    told = shown(recalled, "lines", of=len(past), where=sys.stderr)
    found = [one for one in told if one is not None]
    return _settle(course, found, before=before, refused=refused, now=now)


def from_install(*, now: datetime) -> Lesson:
    """Learn from what became of this install's own requests."""
    course = _course(now)
    _encode_newest()
    encoder = course.cold.fingerprint
    book = Book(queries.offered(viewer=SYSTEM))
    before = {one.key: one for one in labels.known(encoder=encoder)}
    found = settled.settled(book, encoder=encoder, since=now - BACK)
    return _settle(course, found, before=before, refused=[], now=now)


def _encode_newest() -> None:
    """Have the vectors of the newest requests, of which a past just brought in has none."""
    batches = iter(lambda: vectors.fill(limit=BATCH), 0)
    most = ENCODED // BATCH
    for _ in shown(islice(batches, most), f"× {BATCH} requests read", of=most, where=sys.stderr):
        pass


def _course(now: datetime) -> Course:
    course = learning.course(encoders=minds.encoders(), now=now)
    if course is None:
        raise NothingToLearn
    return course


def _settle(
    course: Course,
    found: Sequence[Known],
    *,
    before: Mapping[str, Known],
    refused: Sequence[str],
    now: datetime,
) -> Lesson:
    """Store what is known, let the new model meet the old one, and crown the better."""
    together = sorted({**before, **{one.key: one for one in found}}.values(), key=_when)
    known = course.decided(together[-labels.MOST :])
    champion = learning.champion()
    now_decides = champion[0] if champion else course.cold
    duel = fight(
        course,
        now_decides,
        known,
        offered=queries.offered(viewer=SYSTEM),
        is_new=lambda one: now_decides is course.cold or one.key not in before,
    )
    proof = learning.proved(known, alpha=learning.alpha())
    model = course.taught(known) if duel.is_won else now_decides
    labels.keep(known)
    if duel.is_won:
        course.crown(model, proof, report={"labels": len(known), "duel": asdict(duel)}, now=now)
    scored = [one for one in known if one.score is not None]
    alone = sum(proof.opens(one.department, one.score or 0.0) for one in scored)
    return Lesson(
        labels=len(found),
        decisions=len(scored),
        duel=duel,
        is_crowned=duel.is_won,
        gate=proof,
        share=alone / len(scored) if scored else 0.0,
        model=model.hash,
        refused=tuple(refused),
    )


def _when(one: Known) -> tuple[datetime, str]:
    return one.at, one.key


def plain(lesson: Lesson) -> Iterator[str]:
    """The lesson as lines a person reads."""
    yield f"Learned from {lesson.labels:,} past requests whose owner is known."
    yield from lesson.refused[:20]
    if len(lesson.refused) > 20:
        yield f"… and {len(lesson.refused) - 20:,} more lines that were refused."
    yield from lesson.duel.plain()
    if not lesson.is_crowned:
        yield "The new model was not better: the old one goes on deciding."
    yield from _of_gate(lesson)


def _of_gate(lesson: Lesson) -> Iterator[str]:
    proof = lesson.gate.pooled
    if proof is None and not any(lesson.gate.own.values()):
        yield (
            f"Nothing is routed by itself: {lesson.decisions:,} decisions do not yet prove that "
            f"at most {lesson.gate.alpha:.0%} would be wrong. Homeroom suggests."
        )
        return
    if proof is not None:
        yield (
            f"From {lesson.gate.confidence(proof.score):.0%} confidence on, a request is routed by "
            f"itself: {proof.errors:,} of {proof.decisions:,} such were wrong, so at most "
            f"{proof.bound:.1%} of those to come will be (95 % sure)."
        )
    yield f"That would have been {lesson.share:.0%} of the {lesson.decisions:,} decisions."
    for name in sorted(lesson.gate.left):
        yield f"{name} is left to people: too many of its own were wrong."


def _told(lesson: Lesson) -> dict[str, object]:
    return {
        **{k: v for k, v in asdict(lesson).items() if k not in {"gate", "duel"}},
        "gate": lesson.gate.to_json(),
        "duel": asdict(lesson.duel),
    }
