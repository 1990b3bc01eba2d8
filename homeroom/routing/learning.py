"""The learned model's life: fitted for this district's services, kept as arrays, one champion."""

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from homeroom.district.models import Service
from homeroom.district.permissions import SYSTEM
from homeroom.routing import gate, labels, queries
from homeroom.routing.gate import ALPHA, CLOSED, Gate
from homeroom.routing.judging import crossed
from homeroom.routing.labels import Known
from homeroom.routing.models import Calibration, Caution, Learned
from homeroom.understanding import bank, experience
from homeroom.understanding.encoders import Encoders
from homeroom.understanding.lessons import Phrase, ServiceText, prepare
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
    """What this district's model is taught with; `cold` knows no history."""

    cold: Model
    services_hash: str

    def taught(self, known: Sequence[Known]) -> Model:
        """The model that this past teaches."""
        return experience.learn([one.past() for one in known], cold=self.cold)

    def decided(self, known: Sequence[Known]) -> list[Known]:
        """The same in order of time, each as a model decides it that learned from the others."""
        return crossed(self.cold, known, offered=queries.offered(viewer=SYSTEM))

    def crown(self, model: Model, proof: Gate, *, report: dict[str, object], now: datetime) -> None:
        """Let it decide from now on, and route by itself as far as `proof` allows."""
        is_cold = model is self.cold
        crown(model, services_hash=self.services_hash, is_cold=is_cold, report=report, now=now)
        calibrate(proof, report=report, now=now)


def course(*, encoders: Encoders, now: datetime) -> Course | None:
    """The model of the services as they are now, fitted when it is new (seconds).

    Nothing when the district offers fewer than two services.
    """
    texts = service_texts()
    if not texts:
        return None
    wanted = texts_hash(texts)
    try:
        row = _of(wanted, encoders).filter(is_cold=True).defer("weights").first()
        if row is not None:
            return Course(cold=_loaded(row.hash), services_hash=wanted)
        cold = prepare(texts, bank=bank.load(), encoders=encoders).learn()
    except NothingToLearn:
        return None
    _store(cold, services_hash=wanted, is_cold=True, report={}, now=now)
    return Course(cold=cold, services_hash=wanted)


def ensure(*, encoders: Encoders, now: datetime) -> Model | None:
    """The champion for the services as they are now, fitted when there is none (seconds).

    What the district taught an earlier one is taught again, and proved again where something was.
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
    model = made.taught(known)
    report: dict[str, object] = {"labels": len(known)}
    is_cold = model is made.cold
    crown(model, services_hash=wanted, is_cold=is_cold, report=report, now=now)
    if not is_cold:
        calibrate(proved(made.decided(known), alpha=alpha()), report=report, now=now)
    return model


def proved(known: Iterable[Known], *, alpha: float) -> Gate:
    """What past requests prove that a model decided without knowing their labels."""
    return gate.prove([one.scored() for one in known if one.score is not None], alpha=alpha)


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


def alpha() -> float:
    """The largest share of automatic decisions that may be wrong, as the district set it."""
    row = Caution.objects.filter(department=None, alpha__isnull=False).first()
    return float(row.alpha or ALPHA) if row else ALPHA


def calibrate(proof: Gate, *, report: dict[str, object], now: datetime) -> None:
    """From now on the champion routes by itself as far as this gate allows."""
    with transaction.atomic():
        row = Calibration.objects.create(
            name=proof.name, gate=proof.to_json(), report=report, made_at=now
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
    kept = Gate.from_json(calibration.gate)
    manual = Caution.objects.filter(is_manual=True, department__isnull=False)
    kept = kept.leaving(frozenset(manual.values_list("department__source_id", flat=True)))
    is_off = Caution.objects.filter(is_manual=True, department=None).exists()
    return kept.fallen() if calibration.fallen_at or is_off else kept


@functools.lru_cache(maxsize=2)
def _loaded(model_hash: str) -> Model:
    return Model.from_bytes(bytes(Learned.objects.get(hash=model_hash).weights))
