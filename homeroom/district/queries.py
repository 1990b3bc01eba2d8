"""Reads of the standing facts; each takes the viewer."""

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q

from homeroom.district.lookup import candidates
from homeroom.district.models import (
    Closure,
    District,
    Guardianship,
    Identity,
    Org,
    Person,
    Service,
    Team,
)
from homeroom.district.values import (
    Candidate,
    Catalogue,
    DistrictFacts,
    Holder,
    Household,
    OrgFacts,
    ServiceFacts,
    Someone,
    TeamFacts,
    TeamHours,
)

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

__all__ = [
    "Candidate",
    "candidates",
    "catalogue",
    "closures",
    "district",
    "household",
    "person_by_identity",
    "services_offered",
    "team_hours",
]


def district(*, viewer: "Viewer") -> DistrictFacts:  # noqa: ARG001
    """The district's own facts; the usual ones before anything is loaded, so that mail is kept."""
    row = District.objects.order_by("id").first()
    if row is None:
        return DistrictFacts()
    return DistrictFacts(
        name=row.name,
        timezone=row.timezone,
        languages=tuple(row.languages) or ("en",),
        mail_domains=tuple(row.mail_domains),
        phone=row.phone,
        country=row.country,
        office_hours=row.office_hours,
        year_starts_on=row.year_starts_on,
        year_ends_on=row.year_ends_on,
        version=row.version,
    )


def closures(
    *,
    viewer: "Viewer",  # noqa: ARG001
    first: date | None = None,
    last: date | None = None,
) -> dict[date, str]:
    """The closed days with their names, from `first` to `last` inclusive, in order."""
    span = Q()
    if first:
        span &= Q(on__gte=first)
    if last:
        span &= Q(on__lte=last)
    return dict(Closure.objects.filter(span).order_by("on").values_list("on", "name"))


_remembered: dict[str, Catalogue] = {}


def catalogue(*, viewer: "Viewer") -> Catalogue:  # noqa: ARG001
    """Everything offered; one query while the standing facts stay as they are, else four."""
    version = District.objects.order_by("id").values_list("version", flat=True).first() or 0
    known = _remembered.get("catalogue")
    if known is not None and version and known.version == version:
        return known
    made = Catalogue(
        version=version,
        orgs={org.id: org for org in _orgs()},
        teams={team.id: team for team in _teams()},
        services={service.id: service for service in _services()},
    )
    _remembered["catalogue"] = made
    return made


def _orgs() -> list[OrgFacts]:
    rows = Org.objects.filter(is_active=True).order_by("source_id")
    columns = ("id", "source_id", "name", "kind", "parent_id", "hours")
    return [OrgFacts(**row) for row in rows.values(*columns)]


def _teams() -> list[TeamFacts]:
    rows = Team.objects.filter(is_active=True).order_by("source_id")
    columns = ("id", "source_id", "name", "department_id", "email", "hours")
    return [TeamFacts(**row) for row in rows.values(*columns)]


def _services() -> list[ServiceFacts]:
    return [
        ServiceFacts(
            id=row.pk,
            source_id=row.source_id,
            name=row.name,
            description=row.description,
            department_id=row.department_id,
            team_id=row.team_id,
            audiences=tuple(row.audiences),
            sensitivity=row.sensitivity,
            default_priority=row.default_priority,
            required_context=tuple(row.required_context),
            helpful_context=tuple(row.helpful_context),
            context_fields=row.context_fields,
            raisers=tuple(row.raisers),
            auto_answer=row.auto_answer,
            first_response_hours=row.first_response_hours,
            resolve_hours=row.resolve_hours,
            like=row.like,
            examples=tuple(row.examples),
        )
        for row in Service.objects.filter(is_active=True).order_by("source_id")
    ]


def services_offered(audience: str, *, viewer: "Viewer") -> tuple[ServiceFacts, ...]:
    """What is offered to student, family, staff or community, or to everyone alike."""
    return tuple(
        service
        for service in catalogue(viewer=viewer).services.values()
        if not service.audiences or audience in service.audiences
    )


def team_hours(team_id: int, *, viewer: "Viewer") -> TeamHours:
    """The three hours that may count for a team, as written; `routing.calendar` decides."""
    offered = catalogue(viewer=viewer)
    team = offered.teams.get(team_id)
    department = offered.orgs.get(team.department_id) if team else None
    return TeamHours(
        team=team.hours if team else "",
        department=department.hours if department else "",
        district=district(viewer=viewer).office_hours,
    )


def person_by_identity(kind: str, value: str, *, viewer: "Viewer") -> tuple[Holder, ...]:
    """Who has this canonical address; nobody, unless the viewer is staff or the house itself."""
    if not viewer.is_staff:
        return ()
    rows = (
        Identity.objects.filter(kind=kind, value=value, person__is_active=True)
        .select_related("person")
        .order_by("id")[:20]
    )
    found = list(rows)
    return tuple(
        Holder(person=_someone(row.person), certainty=_certainty(row, shared=len(found) > 1))
        for row in found
    )


def _certainty(row: Identity, *, shared: bool) -> str:
    if shared:
        return "guessed"
    return "verified" if row.verified_at else "claimed"


def _someone(person: Person) -> Someone:
    return Someone(
        id=person.pk,
        source_id=person.source_id,
        name=person.name,
        org_id=person.org_id,
        grade=person.grade,
        language=person.language,
    )


def household(person_id: int, *, viewer: "Viewer") -> Household:
    """The pupils a person answers for or is, and all who answer for them; two queries.

    Empty unless the viewer is that person, staff or the house itself.
    """
    if not (viewer.is_staff or viewer.person_id == person_id):
        return Household()
    mine = Guardianship.objects.filter(Q(guardian_id=person_id) | Q(student_id=person_id))
    adults = {pair.guardian_id for pair in mine}
    ties = (
        Guardianship.objects.filter(
            Q(student_id=person_id)
            | Q(student__guardians__guardian_id=person_id)
            | Q(guardian_id__in=adults),
            guardian__is_active=True,
            student__is_active=True,
        )
        .select_related("guardian", "student")
        .order_by("id")
        .distinct()
    )
    people: dict[str, dict[int, Someone]] = defaultdict(dict)
    for pair in ties:
        people["guardians"][pair.guardian_id] = _someone(pair.guardian)
        people["students"][pair.student_id] = _someone(pair.student)
    return Household(
        guardians=tuple(people["guardians"].values()), students=tuple(people["students"].values())
    )
