"""The on-call list: who is called when somebody may be in danger, in which order and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from homeroom.district import changes
from homeroom.district.arranging import BadSetting
from homeroom.district.duties import Duty
from homeroom.district.load import renew
from homeroom.district.models import (
    Account,
    District,
    Identity,
    Membership,
    Person,
    Role,
    Service,
    Team,
)
from homeroom.district.permissions import STAFF_ROLES
from homeroom.kit.hours import Hours

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Somebody who can be called by mail."""

    address: str
    person_id: int | None = None
    """Empty for a team's mailbox and for a sign-in of nobody on the roster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Who can be called at one moment; all in the order in which they should be."""

    ladder: tuple[tuple[Called, ...], ...]
    """Those who are there now, one step after the other: the levels of the list, then the people
    of the safety teams. No step is empty."""
    everyone: tuple[Called, ...]
    """All of the list and of the safety teams, whatever the hour."""
    administrators: tuple[Called, ...]


def rota(*, at: datetime, viewer: "Viewer") -> Rota:
    """Who can be called at that moment.

    A level where nobody is there by its hours is left out, so that the next one is called at once;
    when nobody of the whole list is there, all of it is one step.
    """
    rows = duties(viewer=viewer)
    people = _reachable(row.person_id for row in rows)
    local = at.astimezone(_zone())
    steps = [
        _once(
            people[row.person_id]
            for row in rows
            if row.level == level and row.person_id in people and is_there(row.hours, at=local)
        )
        for level in LEVELS
    ]
    listed = _once(people[row.person_id] for row in rows if row.person_id in people)
    watchers = _safety_teams()
    ladder = [step for step in steps if step] or ([listed] if listed else [])
    return Rota(
        ladder=tuple(ladder + ([watchers] if watchers else [])),
        everyone=_once((*listed, *watchers)),
        administrators=_administrators(),
    )


def is_there(hours: str, *, at: datetime) -> bool:
    """Whether these weekly hours hold that local moment; always when there are none."""
    if not hours:
        return True
    minute = at.hour * 60 + at.minute
    return any(start <= minute < end for start, end in Hours.parse(hours).days[at.weekday()])


def duties(*, viewer: "Viewer") -> list[Duty]:  # noqa: ARG001
    """The places of the list, by level and in the order they were added."""
    rows = Duty.objects.filter(person__is_active=True).select_related("person")
    return list(rows.order_by("level", "id"))


def duty(number: int | None, *, viewer: "Viewer") -> Duty | None:
    """The place of that number; for administrators."""
    if viewer.kind not in {"administrator", "system"}:
        return None
    return Duty.objects.filter(pk=number or 0).select_related("person").first()


def unreachable(*, viewer: "Viewer") -> list[str]:
    """Names of people on the list who have no working mail address; for administrators."""
    if viewer.kind not in {"administrator", "system"}:
        return []
    rows = duties(viewer=viewer)
    people = _reachable(row.person_id for row in rows)
    return list(dict.fromkeys(row.person.name for row in rows if row.person_id not in people))


def _reachable(person_ids: Iterable[int]) -> dict[int, Called]:
    """Each person's first working mail address."""
    found: dict[int, Called] = {}
    rows = Identity.objects.filter(kind="email", person_id__in=set(person_ids), failed_at=None)
    for number, value in rows.order_by("id").values_list("person_id", "value"):
        found.setdefault(number, Called(address=value, person_id=number))
    return found


def _safety_teams() -> tuple[Called, ...]:
    """The members and mailboxes of the teams that own a service for safety."""
    services = Service.objects.filter(sensitivity="safety", is_active=True, team__is_active=True)
    teams = set(services.values_list("team_id", flat=True))
    rows = Membership.objects.filter(team_id__in=teams, person__is_active=True)
    members = list(rows.order_by("-is_lead", "id").values_list("person_id", flat=True))
    people = _reachable(members)
    boxes = Team.objects.filter(pk__in=teams).exclude(email="").order_by("id")
    return _once(
        (
            *(people[number] for number in members if number in people),
            *(Called(address=value) for value in boxes.values_list("email", flat=True)),
        )
    )


def _administrators() -> tuple[Called, ...]:
    rows = Account.objects.filter(is_administrator=True, is_active=True).order_by("id")
    return _once(Called(address=row.email, person_id=row.person_id) for row in rows)


def _once(called: Iterable[Called]) -> tuple[Called, ...]:
    """The same without second copies of an address."""
    found: dict[str, Called] = {}
    for one in called:
        found.setdefault(one.address.lower(), one)
    return tuple(found.values())


def _zone() -> ZoneInfo:
    name = District.objects.values_list("timezone", flat=True).first()
    return ZoneInfo(name or "America/New_York")


@transaction.atomic
def add(*, email: str, level: int | None, hours: str, by: Account | None, now: datetime) -> Duty:
    """A place on the list for a member of staff.

    :raises BadSetting: when a field cannot be kept; BadHours when the hours cannot be read.
    """
    if level not in LEVELS:
        raise BadSetting("level", "Choose who is called first, second or third.")
    if hours:
        Hours.parse(hours)
    person = _member(email)
    if Duty.objects.filter(level=level, person=person).exists():
        raise BadSetting("email", f"{person.name} is on this level already.")
    before = _listed()
    row = Duty.objects.create(level=level, person=person, hours=hours)
    _note(before, about=person.name, by=by, now=now)
    return row


@transaction.atomic
def change(*, duty: Duty, level: int | None, hours: str, by: Account | None, now: datetime) -> None:
    """Another level or other hours for a place of the list.

    :raises BadSetting: when a field cannot be kept; BadHours when the hours cannot be read.
    """
    if level not in LEVELS:
        raise BadSetting("level", "Choose who is called first, second or third.")
    if hours:
        Hours.parse(hours)
    taken = Duty.objects.filter(level=level, person_id=duty.person_id).exclude(pk=duty.pk)
    if taken.exists():
        raise BadSetting("level", f"{duty.person.name} is on this level already.")
    before = _listed()
    Duty.objects.filter(pk=duty.pk).update(level=level, hours=hours)
    _note(before, about=duty.person.name, by=by, now=now)


@transaction.atomic
def remove(*, duty: Duty, by: Account | None, now: datetime) -> None:
    """The place is gone."""
    before = _listed()
    Duty.objects.filter(pk=duty.pk).delete()
    _note(before, about=duty.person.name, by=by, now=now)


def _member(email: str) -> Person:
    """The one member of staff of that address."""
    rows = Identity.objects.filter(
        kind="email", value=email.strip().lower(), person__is_active=True
    ).select_related("person")
    people = {row.person_id: row.person for row in rows[:2]}
    if len(people) != 1:
        raise BadSetting("email", "We know nobody by this email address. Look at the People page.")
    person = next(iter(people.values()))
    works = (
        Membership.objects.filter(person=person, team__is_active=True).exists()
        or Role.objects.filter(person=person, role__in=STAFF_ROLES, to_on=None).exists()
    )
    if not works:
        raise BadSetting("email", "Only people who work here can be called.")
    return person


def _listed() -> dict[str, object]:
    rows = Duty.objects.select_related("person").order_by("level", "id")
    found: dict[str, list[str]] = {f"level {level}": [] for level in LEVELS}
    for row in rows:
        hours = f" ({row.hours})" if row.hours else ""
        found[f"level {row.level}"].append(f"{row.person.name}{hours}")
    return dict(found)


def _note(before: dict[str, object], *, about: str, by: Account | None, now: datetime) -> None:
    renew()
    changes.note(by=by, what="on-call", about=about, before=before, after=_listed(), now=now)


def has_list(*, viewer: "Viewer") -> bool:  # noqa: ARG001
    """Whether anybody stands on the list."""
    return Duty.objects.filter(person__is_active=True).exists()


def steps(rows: Sequence[Duty]) -> list[tuple[int, list[Duty]]]:
    """The places by level; every level is there."""
    return [(level, [row for row in rows if row.level == level]) for level in LEVELS]
