"""What the district calls its own, by every name that a file of an older system may use for it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from homeroom.district.models import Identity, Membership, Org, Place, Service, Team
from homeroom.kit.text import fold


@dataclass(slots=True, kw_only=True)
class Names:
    """Source ids by source id and by folded name."""

    services: Mapping[str, str]
    teams: Mapping[str, str]
    departments: Mapping[str, str]
    schools: Mapping[str, str]
    places: Mapping[str, str]
    people: Mapping[str, str]
    """sourcedId by mail address, and of those who work in a team by name."""
    team_of: Mapping[str, str]
    """The team of each service, and of each department that has only one."""
    team_of_person: Mapping[str, str]
    """The only team of each person who works in one."""
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Values that name nothing here, with how often they were met."""

    def find(self, what: str, value: str) -> str:
        """The source id that a value names; empty, and remembered, when it names nothing."""
        table: Mapping[str, str] = getattr(self, what)
        found = (table.get(value) or table.get(fold(value))) if value else ""
        if value and not found:
            self.unknown[what, value] += 1
        return found or ""


def names() -> Names:
    """Everything that can be named, in seven queries."""
    services = list(
        Service.objects.filter(is_active=True).values_list("source_id", "name", "team__source_id")
    )
    teams = list(Team.objects.values_list("source_id", "name", "department__source_id"))
    homes = Counter(department for _, _, department in teams)
    team_of = {service: team for service, _, team in services}
    team_of |= {home: team for team, _, home in teams if homes[home] == 1}
    orgs = list(Org.objects.values_list("source_id", "name", "kind", "aliases"))
    return Names(
        services=_by_name((source, name) for source, name, _ in services),
        teams=_by_name((source, name) for source, name, _ in teams),
        departments=_by_name((one[0], one[1]) for one in orgs if one[2] == "department"),
        schools=_by_name(
            (source, name)
            for source, real, kind, aliases in orgs
            if kind != "department"
            for name in (real, *aliases)
        ),
        places=_by_name(Place.objects.values_list("source_id", "name")),
        people=_people(),
        team_of=team_of,
        team_of_person=_teams_of_people(),
    )


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for source, name in pairs:
        found[source] = source
        found.setdefault(fold(name), source)
    return found


def _people() -> dict[str, str]:
    known = Identity.objects.filter(kind="email", person__source_id__isnull=False)
    pairs = known.values_list("value", "person__source_id")
    found = {value: str(source) for value, source in pairs}
    members = Membership.objects.select_related("person").exclude(person__source_id=None)
    for one in members:
        found.setdefault(fold(one.person.name), str(one.person.source_id))
    return found


def _teams_of_people() -> dict[str, str]:
    rows = Membership.objects.exclude(person__source_id=None)
    pairs = list(rows.values_list("person__source_id", "team__source_id"))
    count = Counter(person for person, _ in pairs)
    return {str(person): str(team) for person, team in pairs if count[person] == 1}
