"""The learned model's life: fitted for this district's services, kept as arrays, one champion."""

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from homeroom.district.models import Service
from homeroom.routing import labels
from homeroom.routing.decide import likeliest
from homeroom.routing.gate import ALPHA, CLOSED, Gate, is_time
from homeroom.routing.labels import Known
from homeroom.routing.models import Calibration, Caution, Learned
from homeroom.routing.values import Offered
from homeroom.understanding import bank, experience
from homeroom.understanding.encoders import Encoders
from homeroom.understanding.lessons import Lessons, Phrase, ServiceText, prepare
from homeroom.understanding.service import Model, NothingToLearn

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEPT = 8
"""Models kept beside the champion and the cold one of the services it is for."""


def service_texts() -> list[ServiceText]:
    """What each offered service says of itself: name, description and examples."""
    rows = Service.objects.filter(is_active=True).order_by("source_id")
    return [
        ServiceText(
            service=row.source_id,
            texts=tuple(_phrases(row)),
            like=row.like or None,
        )
        for row in rows
    ]


def _phrases(service: Service) -> Iterable[Phrase]:
    yield Phrase(text=service.name, lang="en")
    if service.description.strip():
        yield Phrase(text=service.description.strip(), lang="en")
    for example in service.examples:
        if isinstance(example, dict) and str(example.get("text", "")).strip():
            lang = str(example.get("lang") or "en")
            yield Phrase(text=str(example["text"]).strip(), lang=lang)
        elif isinstance(example, str) and example.strip():
            yield Phrase(text=example.strip(), lang="en")


def texts_hash(texts: Iterable[ServiceText]) -> str:
    """Changes when any service, its words or what it is like changes."""
    said = [
        [one.service, one.like, [[phrase.lang, phrase.text] for phrase in one.texts]]
        for one in texts
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What this district's model is taught with, prepared once; `cold` knows no history."""

    lessons: Lessons
    cold: Model
    services_hash: str

    def taught(self, known: Sequence[Known]) -> Model:
        """The model that this past teaches."""
        return experience.learn(self.lessons, [one.past() for one in known], cold=self.cold)


def course(*, encoders: Encoders, now: datetime) -> Course | None:
    """The lessons of the services as they are now, with a model of them (seconds when new).

    Nothing when the district offers fewer than two services.
    """
    texts = service_texts()
    if not texts:
        return None
    wanted = texts_hash(texts)
    try:
        lessons = prepare(texts, bank=bank.load(), encoders=encoders)
        row = _of(wanted, encoders).filter(is_cold=True).defer("weights").first()
        cold = _loaded(row.hash) if row else lessons.learn()
    except NothingToLearn:
        return None
    if row is None:
        _store(cold, services_hash=wanted, is_cold=True, report={}, now=now)
    return Course(lessons=lessons, cold=cold, services_hash=wanted)


def ensure(*, encoders: Encoders, now: datetime) -> Model | None:
    """The champion for the services as they are now, fitted when there is none (seconds).

    What the district taught an earlier one is taught again, and what was proved of it stands.
    Nothing when the district offers fewer than two services.
    """
    wanted = texts_hash(service_texts())
    row = _of(wanted, encoders).filter(is_champion=True).defer("weights").first()
    if row is not None:
        return _loaded(row.hash)
    made = course(encoders=encoders, now=now)
    if made is None:
        return None
    known = labels.known(encoder=encoders.fingerprint)
    before = Learned.objects.filter(is_champion=True, encoder=encoders.fingerprint)
    proved = before.values_list("calibration_id", flat=True).first()
    model = made.taught(known)
    crown(
        model,
        services_hash=made.services_hash,
        is_cold=model is made.cold,
        report={"labels": len(known)},
        now=now,
    )
    Learned.objects.filter(is_champion=True).update(calibration_id=proved if known else None)
    return model


def _of(services_hash: str, encoders: Encoders) -> "QuerySet[Learned]":
    """The models of these services and encoders, the newest first."""
    rows = Learned.objects.filter(services_hash=services_hash, encoder=encoders.fingerprint)
    return rows.order_by("-made_at", "-id")


def crown(
    model: Model,
    *,
    services_hash: str,
    is_cold: bool,
    report: dict[str, object],
    now: datetime,
) -> Learned:
    """Store a model and let it decide from now on, on every machine."""
    with transaction.atomic():
        Learned.objects.filter(is_champion=True).exclude(hash=model.hash).update(is_champion=False)
        row = _store(model, services_hash=services_hash, is_cold=is_cold, report=report, now=now)
        Learned.objects.filter(pk=row.pk).update(is_champion=True)
        _forget(services_hash)
    return row


def _store(
    model: Model,
    *,
    services_hash: str,
    is_cold: bool,
    report: dict[str, object],
    now: datetime,
) -> Learned:
    row, _ = Learned.objects.update_or_create(
        hash=model.hash,
        defaults={
            "weights": model.to_bytes(),
            "encoder": model.fingerprint,
            "services_hash": services_hash,
            "is_cold": is_cold,
            "report": report,
            "made_at": now,
        },
    )
    return row


def _forget(services_hash: str) -> None:
    """Keep the weights of the last models only; decisions name the others by their hash."""
    rows = Learned.objects.filter(is_champion=False).order_by("-made_at", "-id")
    rows = rows.exclude(is_cold=True, services_hash=services_hash)
    Learned.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[KEPT:])).delete()


def scored_in_order(
    made: Course, known: Sequence[Known], *, offered: Mapping[str, Offered]
) -> list[Known]:
    """The same, and those nobody had decided about are decided now, by what was known before each.

    So requests that were brought in from an older system prove something too.
    """
    ordered = sorted(known, key=lambda one: one.at)
    found: list[Known] = []
    model, n_taught = made.cold, 0
    for one in ordered:
        if is_time(len(found), n_taught):
            n_taught = len(found)
            model = made.taught(found)
        named = None
        if one.score is None and not one.was_suggested:
            guesses = model.predict(one.vector, one.lang, allowed=offered.keys())
            named = likeliest(guesses, offered)
        found.append(
            one
            if named is None
            else replace(
                one,
                model=model.hash,
                department=named.department,
                service=named.guess.service,
                score=named.score,
            )
        )
    return found


def alpha() -> float:
    """The largest share of automatic decisions that may be wrong, as the district set it."""
    row = Caution.objects.filter(department=None, alpha__isnull=False).first()
    return float(row.alpha or ALPHA) if row else ALPHA


def calibrate(gate: Gate, *, report: dict[str, object], now: datetime) -> None:
    """From now on the champion routes by itself as far as this gate allows."""
    with transaction.atomic():
        row = Calibration.objects.create(
            name=gate.name, gate=gate.to_json(), report=report, made_at=now
        )
        Learned.objects.filter(is_champion=True).update(calibration=row)


def champion() -> tuple[Model, Gate] | None:
    """The model that decides now and its gate; weights are read only when they changed."""
    row = (
        Learned.objects.filter(is_champion=True)
        .defer("weights")
        .select_related("calibration")
        .first()
    )
    return None if row is None else (_loaded(row.hash), gate_of(row.calibration))


def gate_of(calibration: Calibration | None) -> Gate:
    """What that calibration allows, less what administrators leave to people."""
    if calibration is None:
        return CLOSED
    gate = Gate.from_json(calibration.gate)
    manual = Caution.objects.filter(is_manual=True, department__isnull=False)
    gate = gate.leaving(frozenset(manual.values_list("department__source_id", flat=True)))
    is_off = Caution.objects.filter(is_manual=True, department=None).exists()
    return gate.fallen() if calibration.fallen_at or is_off else gate


@functools.lru_cache(maxsize=2)
def _loaded(model_hash: str) -> Model:
    return experience.from_bytes(bytes(Learned.objects.get(hash=model_hash).weights))
