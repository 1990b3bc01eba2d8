"""A district folder read back: who may write, from where, about which things."""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeroom.demo import shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """One person of the roster, as far as a message needs it."""

    id: str
    given: str
    family: str
    email: str
    phone: str
    role: str
    org: str
    title: str
    language: str
    grade: str
    agents: tuple[str, ...]

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """One team: its department, its hours (`24/7` or like `Mo-Fr 07:00-16:00`), its members."""

    id: str
    department: str
    hours: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A district folder in memory; all maps are by organisation or by person."""

    timezone: str
    addresses: dict[str, str]
    """The mail address of each department hint; `""` is the front door."""
    schools: dict[str, str]
    """School organisation to the short name people use."""
    people: dict[str, Resident]
    by_role: dict[str, list[Resident]]
    rooms: dict[str, list[str]]
    """Numbered rooms of each school."""
    taught_in: dict[str, str]
    """Teacher to the room they teach in."""
    stops: dict[str, list[tuple[str, str, str]]]
    """School organisation to (route, stop name, stop id)."""
    tags: dict[str, str]
    """Pupil to the tag of their Chromebook."""
    fixed: dict[str, dict[str, str]]
    """Place to {kind: tag} of what stands there."""
    printers: dict[str, list[str]]
    teams: dict[str, Team]
    services: dict[str, dict[str, Any]]


_ROLE = {"student": "student", "guardian": "family"}


def read(folder: Path) -> Folder:
    """The district folder written by `district.write`, or one of the same shape.

    Raises FileNotFoundError when a file of the folder is missing.
    """
    settings = tomllib.loads((folder / "district.toml").read_text(encoding="utf-8"))
    people = {person.id: person for person in _people(folder)}
    by_role: dict[str, list[Resident]] = defaultdict(list)
    for person in people.values():
        by_role[person.role].append(person)
    taught_in = _taught_in(folder)
    by_role["teacher"] = [people[teacher] for teacher in taught_in]
    schools, rooms, stops = _places(folder)
    tags, fixed, printers = _assets(folder)
    return Folder(
        timezone=settings["timezone"],
        addresses={
            c.get("department", ""): c["address"]
            for c in settings["channels"]
            if c["kind"] == "email"
        },
        schools=schools,
        people=people,
        by_role=by_role,
        rooms=rooms,
        taught_in=taught_in,
        stops=stops,
        tags=tags,
        fixed=fixed,
        printers=printers,
        teams=_teams(folder),
        services=_services(folder),
    )


def _table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _people(folder: Path) -> Iterator[Resident]:
    parts: dict[str, str] = {}
    for row in _table(folder / "oneroster/roles.csv"):
        parts.setdefault(row["userSourcedId"], row["role"])
    for row in _table(folder / "oneroster/users.csv"):
        yield Resident(
            id=row["sourcedId"],
            given=row["givenName"],
            family=row["familyName"],
            email=row["email"],
            phone=row["phone"],
            role=_ROLE.get(parts.get(row["sourcedId"], ""), "staff"),
            org=row["primaryOrgSourcedId"],
            title=row["metadata.title"],
            language=row["metadata.homeLanguage"],
            grade=row["grades"],
            agents=tuple(filter(None, row["agentSourcedIds"].split(","))),
        )


def _places(
    folder: Path,
) -> tuple[dict[str, str], dict[str, list[str]], dict[str, list[tuple[str, str, str]]]]:
    schools: dict[str, str] = {}
    rooms: dict[str, list[str]] = defaultdict(list)
    stops: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in _table(folder / "places.csv"):
        if row["kind"] == "building" and row["org"].startswith("sch-"):
            schools[row["org"]] = row["aliases"].split("|")[0]
        elif row["kind"] == "room" and row["name"].startswith("Room "):
            rooms[row["org"]].append(row["name"].removeprefix("Room "))
        elif row["kind"] == "stop":
            stops[row["org"]].append((row["id"].split("-")[1], row["name"], row["id"]))
    return schools, rooms, stops


def _assets(folder: Path) -> tuple[dict[str, str], dict[str, dict[str, str]], dict[str, list[str]]]:
    tags: dict[str, str] = {}
    fixed: dict[str, dict[str, str]] = defaultdict(dict)
    printers: dict[str, list[str]] = defaultdict(list)
    for row in _table(folder / "assets.csv"):
        if row["kind"] == "chromebook" and row["person"]:
            tags[row["person"]] = row["tag"]
        elif row["place"] and row["kind"] != "chromebook":
            kind = "projector" if row["kind"] == "display" else row["kind"]
            fixed[row["place"]][kind] = row["tag"]
        if row["kind"] == "printer":
            printers[row["org"]].append(row["tag"])
    return tags, fixed, printers


def _taught_in(folder: Path) -> dict[str, str]:
    rooms = {
        row["sourcedId"]: row["location"].removeprefix("Room ")
        for row in _table(folder / "oneroster/classes.csv")
    }
    return {
        row["userSourcedId"]: rooms[row["classSourcedId"]]
        for row in _table(folder / "oneroster/enrollments.csv")
        if row["role"] == "teacher"
    }


def _teams(folder: Path) -> dict[str, Team]:
    departments = shelf.load_yaml((folder / "departments.yaml").read_text(encoding="utf-8"))
    return {
        team["id"]: Team(
            id=team["id"],
            department=department["id"],
            hours=team["hours"],
            members=tuple(team["members"]),
        )
        for department in departments
        for team in department["teams"]
    }


def _services(folder: Path) -> dict[str, dict[str, Any]]:
    rows = shelf.load_yaml((folder / "services.yaml").read_text(encoding="utf-8"))
    rates = shelf.services()
    return {row["id"]: {**rates[row["like"]], **row} for row in rows if row["like"] in rates}
