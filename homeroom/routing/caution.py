"""What administrators allow Homeroom to do by itself, and whether it still deserves it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from homeroom.district import changes
from homeroom.district.models import Account, Org
from homeroom.district.permissions import SYSTEM
from homeroom.kit.errors import Expected
from homeroom.routing import gate, labels, learning, queries, settled
from homeroom.routing.gate import ALPHA, Gate, Proof
from homeroom.routing.models import Calibration, Caution, Label, Learned, Suggestion

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

WINDOW = timedelta(days=28)
"""How far back the drift test looks: four of its weeks."""
LEAST, MOST = 0.005, 0.2
"""Shares of wrong automatic decisions that can be allowed."""
WHAT = "sureness"
"""The name of these settings in the changes."""


class BadShare(Expected):
    """A share that cannot be allowed."""

    def __init__(self) -> None:
        super().__init__("Write a share from 0.5 to 20 in a hundred, like 3.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The last look at automatic decisions whose owner is known by now."""

    at: datetime
    decisions: int
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """How one department stands."""

    id: int
    source_id: str
    name: str
    labels: int
    proof: Proof | None
    """What allows automatic routing; nothing: it is suggested."""
    threshold: float | None
    is_own: bool
    """Whether its bound is its own."""
    has_left: bool
    """Too many of its own were wrong."""
    is_manual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How sure Homeroom is, as an administrator sees it."""

    gate: Gate
    alpha: float
    is_off: bool
    labels: int
    learned_at: datetime | None
    fallen_at: datetime | None
    drift: Drift | None
    departments: tuple[Department, ...]


def standing(*, viewer: "Viewer") -> Standing:
    """How sure Homeroom is of each department, and what it may do; for administrators."""
    row = Learned.objects.filter(is_champion=True).defer("weights").first()
    calibration = row.calibration if row else None
    allowed = learning.gate_of(calibration)
    counts = labels.by_department()
    manual = set(Caution.objects.filter(is_manual=True).values_list("department_id", flat=True))
    homes: dict[str, tuple[int, str]] = {
        one.department_source_id: (one.department_id, one.department_name)
        for one in queries.offered(viewer=viewer).values()
    }
    return Standing(
        gate=allowed,
        alpha=learning.alpha(),
        is_off=None in manual,
        labels=sum(counts.values()),
        learned_at=row.made_at if row and not row.is_cold else None,
        fallen_at=calibration.fallen_at if calibration else None,
        drift=_drift(calibration),
        departments=tuple(
            Department(
                id=pk,
                source_id=key,
                name=name,
                labels=counts.get(key, 0),
                proof=allowed.proof(key),
                threshold=allowed.threshold(key),
                is_own=key in allowed.own,
                has_left=key in allowed.left,
                is_manual=pk in manual,
            )
            for key, (pk, name) in sorted(homes.items(), key=lambda one: one[1][1])
        ),
    )


def has_fallen(*, viewer: "Viewer") -> bool:  # noqa: ARG001
    """Whether it fell back to suggesting because too many automatic decisions were wrong."""
    fallen = Calibration.objects.filter(fallen_at__isnull=False)
    return fallen.filter(learned__is_champion=True).exists()


def _drift(calibration: Calibration | None) -> Drift | None:
    if calibration is None or not calibration.checked:
        return None
    kept = calibration.checked
    return Drift(
        at=datetime.fromisoformat(kept["at"]), decisions=kept["decisions"], errors=kept["errors"]
    )


def allow(
    *, alpha: float, is_off: bool, manual: Collection[int], by: Account, now: datetime
) -> None:
    """Set what may go by itself: the share that may be wrong, and who is left to people (row ids).

    What was proved is proved again for another share, from the same decisions.

    :raises BadShare: when the share is out of bounds.
    """
    if not LEAST <= alpha <= MOST:
        raise BadShare
    with transaction.atomic():
        before = _kept()
        Caution.objects.all().delete()
        Caution.objects.create(department=None, alpha=alpha, is_manual=is_off)
        homes = Org.objects.filter(pk__in=manual, kind="department")
        Caution.objects.bulk_create(Caution(department=home, is_manual=True) for home in homes)
        changes.note(
            by=by, what=WHAT, about="Automatic routing", before=before, after=_kept(), now=now
        )
        if before["share that may be wrong"] != _share(alpha):
            _prove_again(alpha, now=now)


def _kept() -> dict[str, object]:
    """The settings in the words of the changes."""
    district = Caution.objects.filter(department=None).first()
    manual = Caution.objects.filter(is_manual=True, department__isnull=False)
    return {
        "share that may be wrong": _share((district.alpha if district else None) or ALPHA),
        "off": bool(district and district.is_manual),
        "left to people": sorted(manual.values_list("department__name", flat=True)),
    }


def _share(alpha: float) -> str:
    return f"{100 * alpha:g} %"


def _prove_again(alpha: float, *, now: datetime) -> None:
    row = Learned.objects.filter(is_champion=True).defer("weights").first()
    if row is None or row.calibration is None:
        return
    proof = learning.proved(labels.known(encoder=row.encoder), alpha=alpha)
    learning.calibrate(proof, report=row.calibration.report, now=now)


def check_drift(*, now: datetime) -> bool:
    """Look at the last weeks' automatic decisions; whether too many were wrong to go on.

    If so it only suggests from now on, until it has learned and proved anew; it is written down
    with the changes of settings, where administrators see it.
    """
    row = Learned.objects.filter(is_champion=True, calibration__isnull=False).first()
    if row is None or row.calibration is None:
        return False
    calibration = row.calibration
    book = labels.Book(queries.offered(viewer=SYSTEM))
    alone = set(
        Suggestion.objects.filter(is_automatic=True, by="model", at__gt=now - WINDOW).values_list(
            "ticket_id", flat=True
        )
    )
    found = settled.settled(book, encoder=row.encoder, since=now - WINDOW)
    mine = [one for one in found if one.ticket_id in alone and one.department]
    errors = sum(not one.is_right for one in mine)
    allowed = Gate.from_json(calibration.gate).alpha
    has_drifted = gate.drifted(errors, len(mine), alpha=allowed)
    calibration.checked = {"at": now.isoformat(), "decisions": len(mine), "errors": errors}
    falls = has_drifted and calibration.fallen_at is None
    with transaction.atomic():
        if falls:
            calibration.fallen_at = now
            changes.note(
                by=None,
                what=WHAT,
                about="Automatic routing",
                before={"routes by itself": True, "wrong of the last weeks": "within the bound"},
                after={
                    "routes by itself": False,
                    "wrong of the last weeks": f"{errors} of {len(mine)}",
                },
                now=now,
            )
        calibration.save(update_fields=["checked", "fallen_at"])
    return falls


def new_labels() -> int:
    """How many things people said of requests since the champion was made."""
    row = Learned.objects.filter(is_champion=True).defer("weights").first()
    rows = Label.objects.filter(at__gt=row.made_at) if row else Label.objects.all()
    return rows.count()
