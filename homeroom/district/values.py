"""The standing facts as plain values, for those who must not touch tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictFacts:
    """What district.toml says, or the usual when nothing has been loaded yet."""

    name: str = "Our schools"
    timezone: str = "America/New_York"
    languages: tuple[str, ...] = ("en",)
    mail_domains: tuple[str, ...] = ()
    phone: str = ""
    country: str = "US"
    office_hours: str = "Mon-Fri 07:00-17:00"
    year_starts_on: date | None = None
    year_ends_on: date | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgFacts:
    """A school or department."""

    id: int
    source_id: str
    name: str
    kind: str
    parent_id: int | None
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFacts:
    """A team."""

    id: int
    source_id: str
    name: str
    department_id: int
    email: str
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """Something one can ask for, as services.yaml says."""

    id: int
    source_id: str
    name: str
    description: str
    department_id: int
    team_id: int
    audiences: tuple[str, ...]
    sensitivity: str
    default_priority: int
    required_context: tuple[str, ...]
    helpful_context: tuple[str, ...]
    context_fields: Mapping[str, Any]
    raisers: tuple[str, ...]
    auto_answer: str
    first_response_hours: float
    resolve_hours: float
    like: str
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything offered and who offers it; by row id, in order of source id."""

    version: int
    orgs: Mapping[int, OrgFacts]
    teams: Mapping[int, TeamFacts]
    services: Mapping[int, ServiceFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamHours:
    """The hours of a team, of its department and of the district, as written; most may be empty."""

    team: str
    department: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person in few words."""

    id: int
    source_id: str | None
    name: str
    org_id: int | None
    grade: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Someone who has an address, and how far it speaks for them.

    `certainty`: verified when the address is verified and nobody else has it, claimed when it is
    not verified, guessed when several people share it. It says whose address it is, not who wrote.
    """

    person: Someone
    certainty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """The adults and pupils tied together by answering for the same pupils."""

    guardians: tuple[Someone, ...] = ()
    students: tuple[Someone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something in the district that a mention may mean.

    `kind` and `value` repeat the mention's; `how` it matched is one of id, exact, alias, surname,
    first_name; `people` are the ids of persons it belongs to.
    """

    kind: str
    value: str
    id: int
    source_id: str
    label: str
    how: str
    org_id: int | None = None
    people: tuple[int, ...] = ()
