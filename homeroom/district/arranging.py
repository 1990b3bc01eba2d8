"""Writes an administrator makes to teams, services and channels, each leaving its line.

What came from the district folder stays its: loading the folder again brings its values back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from homeroom.district import changes
from homeroom.district.load import renew
from homeroom.district.models import (
    Account,
    Channel,
    Identity,
    Membership,
    Org,
    Person,
    Service,
    Team,
)
from homeroom.kit import ids
from homeroom.kit.errors import Expected
from homeroom.kit.hours import Hours


class BadSetting(Expected):
    """One field cannot be kept as it was typed."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamForm:
    """A team as it should be."""

    name: str
    email: str
    hours: str
    member_ids: frozenset[int]
    lead_ids: frozenset[int]
    add: str = ""
    """The mail address of somebody who joins; empty when nobody does."""


@transaction.atomic
def save_team(
    *,
    team: Team | None,
    department: Org | None,
    wanted: TeamForm,
    by: Account | None,
    now: datetime,
) -> Team:
    """The team made or changed, with exactly these members.

    :raises BadSetting: when a field cannot be kept; BadHours when its hours cannot be read.
    """
    name = _named(wanted.name, "Write a name for the team.")
    if wanted.email:
        _address(wanted.email)
    if wanted.hours:
        Hours.parse(wanted.hours)
    if team is None:
        if department is None:
            raise BadSetting("department", "Choose the department that the team belongs to.")
        team = Team(source_id=f"hand.{ids.token(6)}", department=department)
    before = _team(team) if team.pk else {}
    team.name, team.email, team.hours = name, wanted.email, wanted.hours
    team.save()
    _staff(team, wanted)
    renew()
    changes.note(by=by, what="team", about=name, before=before, after=_team(team), now=now)
    return team


def _staff(team: Team, wanted: TeamForm) -> None:
    """Let go of members who are not wanted, add whoever joins, and mark who leads."""
    team.memberships.exclude(person_id__in=wanted.member_ids).delete()
    if wanted.add:
        Membership.objects.get_or_create(team=team, person=_colleague(wanted.add))
    team.memberships.update(is_lead=False)
    team.memberships.filter(person_id__in=wanted.lead_ids).update(is_lead=True)


def _colleague(email: str) -> Person:
    held = Identity.objects.filter(
        kind="email", value=email.strip().lower(), person__is_active=True
    ).select_related("person")
    people = {row.person_id: row.person for row in held[:2]}
    if len(people) != 1:
        raise BadSetting("add", "We know nobody by this email address. Look at the People page.")
    return next(iter(people.values()))


def _team(team: Team) -> dict[str, object]:
    members = team.memberships.select_related("person").order_by("person__family_name", "id")
    return {
        "name": team.name,
        "email": team.email,
        "hours": team.hours,
        "members": [row.person.name for row in members],
        "leads": [row.person.name for row in members if row.is_lead],
        "open": team.is_active,
    }


@transaction.atomic
def close_team(*, team: Team, by: Account | None, now: datetime) -> None:
    """The team takes no more work.

    :raises BadSetting: while a service still goes to it.
    """
    if Service.objects.filter(team=team, is_active=True).exists():
        raise BadSetting("name", "Services still go to this team. Give them to another team first.")
    before = _team(team)
    team.is_active = False
    team.save(update_fields=["is_active"])
    renew()
    changes.note(by=by, what="team", about=team.name, before=before, after=_team(team), now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceForm:
    """A service as it should be; hours are working hours."""

    team: Team | None
    priority: int | None
    first_response_hours: float | None
    resolve_hours: float | None
    is_active: bool


LONGEST_HOURS = 2_000
"""A year of working hours: nobody promises more."""


@transaction.atomic
def save_service(
    *, service: Service, wanted: ServiceForm, by: Account | None, now: datetime
) -> Service:
    """The service with this team, priority and promise.

    :raises BadSetting: when a field cannot be kept.
    """
    if wanted.team is None:
        raise BadSetting("team", "Choose the team that does this work.")
    if wanted.priority not in {1, 2, 3, 4}:
        raise BadSetting("priority", "Choose a priority from 1 to 4.")
    first = _hours(wanted.first_response_hours, "first_response_hours")
    whole = _hours(wanted.resolve_hours, "resolve_hours")
    if whole < first:
        raise BadSetting("resolve_hours", "Done cannot come before the first reply.")
    before = _service(service)
    service.team, service.department_id = wanted.team, wanted.team.department_id
    service.default_priority, service.is_active = wanted.priority, wanted.is_active
    service.first_response_hours, service.resolve_hours = first, whole
    service.save()
    renew()
    changes.note(
        by=by,
        what="service",
        about=service.name,
        before=before,
        after=_service(service),
        now=now,
    )
    return service


def _hours(value: float | None, field: str) -> float:
    if value is None or not 0 < value <= LONGEST_HOURS:
        raise BadSetting(field, "Write a number of hours, like 4.")
    return value


def _service(service: Service) -> dict[str, object]:
    return {
        "team": service.team.name,
        "priority": service.default_priority,
        "reply within hours": service.first_response_hours,
        "done within hours": service.resolve_hours,
        "offered": service.is_active,
    }


@transaction.atomic
def save_channel(
    *,
    channel: Channel | None,
    name: str,
    address: str,
    is_on: bool,
    by: Account | None,
    now: datetime,
) -> Channel:
    """The channel made (a mailbox) or changed.

    :raises BadSetting: when a field cannot be kept.
    """
    title, wanted = _named(name, "Write a name for the channel."), address.strip().lower()
    row = channel or Channel(kind="email", source="hand")
    if row.kind == "email":
        _address(wanted, "address")
    if Channel.objects.filter(kind=row.kind, address=wanted).exclude(pk=row.pk).exists():
        raise BadSetting("address", "There is a channel with this address already.")
    before = _channel(row) if row.pk else {}
    row.name, row.is_on = title, is_on
    row.address = wanted if row.kind == "email" else row.address
    row.save()
    renew()
    changes.note(by=by, what="channel", about=title, before=before, after=_channel(row), now=now)
    return row


def _channel(channel: Channel) -> dict[str, object]:
    return {"name": channel.name, "address": channel.address, "on": channel.is_on}


def _named(text: str, sentence: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 200:
        raise BadSetting("name", sentence)
    return name


def _address(text: str, field: str = "email") -> None:
    try:
        validate_email(text)
    except ValidationError:
        raise BadSetting(field, "Write an email address, like help@district.example.") from None
