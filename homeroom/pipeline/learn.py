"""`homeroom learn`: what the district's own past teaches, what it proves, and who decides now."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from homeroom.district.permissions import SYSTEM
from homeroom.kit import clock, scratch
from homeroom.kit.progress import shown
from homeroom.pipeline import minds, relive, replay, vectors
from homeroom.routing import gate, labels, learning, queries
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
    """Learn from a file of the past, lived again line by line.

    :raises homeroom.pipeline.relive.NothingToRelive: when it holds no message.
    :raises homeroom.understanding.service.NothingToLearn: with fewer than two services.
    """
    past, refused = relive.read(path)
    course = _course(now)
    before = labels.known(encoder=course.cold.fingerprint)
    mine = {f"file:{one.channel}:{one.key}" for one in past}
    others = [one for one in before if one.key not in mine]
    with scratch.clone(keep=replay.STANDING):
        lived = relive.relive(past, course=course, before=others)
        told = shown(lived, "lines", of=len(past), where=sys.stderr)
        found = [each.known for each in told if each.known is not None]
    return _settle(course, found, was_known={one.key for one in before}, refused=refused, now=now)


def from_install(*, now: datetime) -> Lesson:
    """Learn from what became of this install's own requests."""
    course = _course(now)
    _encode_newest()
    encoder = course.cold.fingerprint
    book = Book(queries.offered(viewer=SYSTEM))
    before = {one.key: one for one in labels.known(encoder=encoder)}
    found = labels.settled(book, encoder=encoder, since=now - BACK)
    kept = [before.get(one.key, one) if one.score is None else one for one in found]
    scored = learning.scored_in_order(course, kept, offered=queries.offered(viewer=SYSTEM))
    return _settle(course, scored, was_known=set(before), refused=[], now=now)


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
    was_known: set[str],
    refused: Sequence[str],
    now: datetime,
) -> Lesson:
    """Store what is known, let the new model meet the old one, and crown the better."""
    labels.keep(found)
    known = labels.known(encoder=course.cold.fingerprint)
    champion = learning.champion()
    before = champion[0] if champion else course.cold
    duel = fight(
        course,
        before,
        known,
        offered=queries.offered(viewer=SYSTEM),
        is_new=lambda one: before is course.cold or one.key not in was_known,
    )
    scored = [one for one in known if one.score is not None]
    proved = gate.prove([one.scored() for one in scored], alpha=learning.alpha())
    model = course.taught(known) if duel.is_won else before
    if duel.is_won:
        report: dict[str, object] = {"labels": len(known), "duel": asdict(duel)}
        is_cold = model is course.cold
        services = course.services_hash
        learning.crown(model, services_hash=services, is_cold=is_cold, report=report, now=now)
        learning.calibrate(proved, report=report, now=now)
    alone = sum(proved.opens(one.department, one.score or 0.0) for one in scored)
    return Lesson(
        labels=len(found),
        decisions=len(scored),
        duel=duel,
        is_crowned=duel.is_won,
        gate=proved,
        share=alone / len(scored) if scored else 0.0,
        model=model.hash,
        refused=tuple(refused),
    )


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
