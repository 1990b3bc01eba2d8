"""The sample district: a whole folder for "Cedar Valley Schools", made from a seed."""

import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from homeroom.demo import kept, pages, sheets, shelf
from homeroom.demo.assets import assets
from homeroom.demo.people import Addresses, Person, families
from homeroom.demo.schools import Place, Route, School, routes, school_places
from homeroom.demo.schools import schools as first_schools
from homeroom.demo.schoolyear import SchoolYear, ics, year_of
from homeroom.demo.staffing import Hiring, Section, classes, office_staff

# Owned by the sample: written anew each time, so that nothing of an older sample stays behind.
_OURS = ("oneroster", "articles", "sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The sample district before it is written down."""

    year: SchoolYear
    schools: tuple[School, ...]
    routes: tuple[Route, ...]
    pupils: list[Person]
    guardians: list[Person]
    staff: list[Person]
    sections: list[Section]
    places: list[Place]


def write(
    folder: Path, *, seed: int = 1, pupils: int = 10_000, schools: int = 18, today: date
) -> None:
    """Write the district folder; the same arguments give the same bytes.

    Raises ValueError when there are too few or too many schools to name.
    """
    town = build(seed=seed, pupils=pupils, schools=schools, today=today)
    for name in _OURS:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    _write_roster(folder / "oneroster", town)
    sheets.write_table(folder, "places", sheets.places(town.places))
    things = assets(town.places, town.pupils, town.staff, town.routes, seed=seed)
    sheets.write_table(folder, "assets", sheets.assets(things))
    _write_yaml(folder / "departments.yaml", _departments(town.staff))
    _write_yaml(folder / "services.yaml", _services())
    _write_yaml(folder / "workflows.yaml", _workflows())
    text = (shelf.DATA / "district.toml").read_text(encoding="utf-8")
    dates = {"{{starts}}": f"{town.year.starts}", "{{ends}}": f"{town.year.ends}"}
    for key, value in dates.items():
        text = text.replace(key, value)
    (folder / "district.toml").write_text(text, encoding="utf-8")
    (folder / "calendar.ics").write_bytes(ics(town.year).encode())
    at_schools = pages.school_pages(town.schools, town.staff, today)
    pages.write_pages(folder / "articles", chain(pages.written(today), at_schools))
    _write_kept(folder, town)


def _write_kept(folder: Path, town: Town) -> None:
    """What the district keeps elsewhere, as files of its folder."""
    _write_yaml(folder / "sources.yaml", kept.sources(town.year))
    for name, text in (
        ("bus-stops.csv", kept.bus_stops(town.routes)),
        ("games.ics", kept.games(town.year)),
        ("fees.csv", kept.FEES),
    ):
        (folder / "sources" / name).write_bytes(text.encode())


def build(*, seed: int, pupils: int, schools: int, today: date) -> Town:
    """The whole sample district in memory."""
    year, addresses = year_of(today), Addresses()
    every = first_schools(schools)
    hiring = Hiring(seed=seed, addresses=addresses)
    children, guardians = families(
        every, pupils=pupils, seed=seed, addresses=addresses, year=year.starts.year
    )
    sizes: dict[str, int] = defaultdict(int)
    for child in children:
        sizes[child.org.removeprefix("sch-")] += 1
    sections, teachers = classes(hiring, every, children)
    offices = office_staff(hiring, every, sizes, pupils=pupils)
    lines = routes(every, pupils=pupils, seed=seed)
    inside = chain.from_iterable(school_places(school, sizes[school.key]) for school in every)
    stops = (stop.place for line in lines for stop in line.stops)
    return Town(
        year=year,
        schools=every,
        routes=lines,
        pupils=children,
        guardians=guardians,
        staff=teachers + offices,
        sections=sections,
        places=[*inside, *_central_places(), *stops],
    )


def _central_places() -> list[Place]:
    rows = shelf.from_toml("central.toml")["place"]
    return [Place(**{**row, "aliases": tuple(row["aliases"])}) for row in rows]


def _write_roster(folder: Path, town: Town) -> None:
    people = [*town.staff, *town.pupils, *town.guardians]
    at = {pupil.id: pupil.org for pupil in town.pupils}
    orgs_of = {g.id: tuple(dict.fromkeys(at[kid] for kid in g.agents)) for g in town.guardians}
    tables = {
        "manifest": sheets.manifest(),
        "academicSessions": sheets.sessions(town.year),
        "orgs": sheets.orgs(town.schools),
        "courses": sheets.courses(town.sections, town.year),
        "classes": sheets.classes(town.sections, town.year),
        "users": sheets.users(people),
        "roles": sheets.roles(people, orgs_of),
        "enrollments": sheets.enrollments(town.sections),
        "demographics": sheets.demographics(town.pupils),
    }
    for name, rows in tables.items():
        sheets.write_table(folder, name, rows)


def _departments(staff: list[Person]) -> list[dict[str, Any]]:
    members: dict[str, list[str]] = defaultdict(list)
    for person in staff:
        if person.team:
            members[person.team].append(person.id)
    return [
        {
            "id": department["id"],
            "name": department["name"],
            "hours": department["hours"],
            "teams": [
                {
                    "id": team["id"],
                    "name": team["name"],
                    "email": f"{team['id'].replace('.', '-').replace('_', '-')}"
                    "@cedarvalley.example",
                    "hours": team["hours"],
                    "members": members[team["id"]],
                }
                for team in department["teams"]
            ],
        }
        for department in shelf.catalogue()
    ]


# What the sample itself needs of the catalogue; a district folder has no such keys.
_OURS_ALONE = (
    "kind",
    "visibility",
    "leader_reporting",
    "per_1000_pupils_a_year",
    "season",
    "often_confused_with",
    "hand_offs",
)


def _services() -> list[dict[str, Any]]:
    fields = shelf.from_yaml("context_fields.yaml")
    rows = []
    for service in shelf.services().values():
        row = {key: value for key, value in service.items() if key not in _OURS_ALONE}
        wanted = [*service["required_context"], *service["helpful_context"]]
        row["like"] = service["id"]
        row["optional"] = False
        row["context_fields"] = {name: fields[name] for name in wanted if name in fields}
        rows.append(row)
    return rows


def _workflows() -> list[dict[str, Any]]:
    names = {id_: service["name"] for id_, service in shelf.services().items()}
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "starts_with": row["steps"][0],
            "watch": row["note"],
            "steps": [
                {
                    "id": f"{row['id']}-{number}",
                    "name": names[service],
                    "service": service,
                    "after": [f"{row['id']}-{number - 1}"] if number > 1 else [],
                    "approval": service in row.get("approvals", ()),
                }
                for number, service in enumerate(row["steps"], 1)
            ],
        }
        for row in shelf.from_yaml("chains.yaml")
    ]


def _write_yaml(path: Path, rows: list[dict[str, Any]]) -> None:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(rows, Dumper=dumper, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, encoding="utf-8")
