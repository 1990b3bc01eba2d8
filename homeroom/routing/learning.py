"""The learned model's life: fitted for this district's services, kept as arrays, one champion."""

import functools
import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from homeroom.district.models import Service
from homeroom.routing.gate import CLOSED, Gate
from homeroom.routing.models import Calibration, Caution, Learned
from homeroom.understanding import bank
from homeroom.understanding.encoders import Encoders
from homeroom.understanding.lessons import Phrase, ServiceText, prepare
from homeroom.understanding.service import Model, NothingToLearn


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


def ensure(*, encoders: Encoders, now: datetime) -> Model | None:
    """The champion for the services as they are now, fitted when there is none (seconds).

    Nothing when the district offers fewer than two services.
    """
    texts = service_texts()
    wanted = texts_hash(texts)
    row = Learned.objects.filter(is_champion=True).defer("weights").first()
    if row is not None and (row.services_hash, row.encoder) == (wanted, encoders.fingerprint):
        return _loaded(row.hash)
    try:
        model = prepare(texts, bank=bank.load(), encoders=encoders).learn()
    except NothingToLearn:
        return None
    crown(
        model,
        services_hash=wanted,
        report={"examples": sum(len(one.texts) for one in texts)},
        now=now,
    )
    return model


def crown(model: Model, *, services_hash: str, report: dict[str, object], now: datetime) -> Learned:
    """Store a model and let it decide from now on, on every machine."""
    with transaction.atomic():
        Learned.objects.filter(is_champion=True).exclude(hash=model.hash).update(is_champion=False)
        row, _ = Learned.objects.update_or_create(
            hash=model.hash,
            defaults={
                "weights": model.to_bytes(),
                "encoder": model.fingerprint,
                "services_hash": services_hash,
                "report": report,
                "made_at": now,
                "is_champion": True,
            },
        )
    return row


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
    return Model.from_bytes(bytes(Learned.objects.get(hash=model_hash).weights))
