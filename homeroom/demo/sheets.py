"""The tables of a district folder as CSV: OneRoster 1.2 in bulk mode, places and assets."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from homeroom.demo.assets import Asset
from homeroom.demo.people import Person
from homeroom.demo.schools import DISTRICT, LEVEL_GRADES, Place, School
from homeroom.demo.schoolyear import SchoolYear
from homeroom.demo.staffing import Section, departments_orgs

# Column names and their order are those of the OneRoster 1.2 CSV binding; `metadata.*` columns
# are its own extension point, used here for the job and the language spoken at home.
HEADERS = {
    "manifest": "propertyName value",
    "academicSessions": "sourcedId status dateLastModified title type startDate endDate "
    "parentSourcedId schoolYear",
    "orgs": "sourcedId status dateLastModified name type identifier parentSourcedId",
    "courses": "sourcedId status dateLastModified schoolYearSourcedId title courseCode grades "
    "orgSourcedId subjects subjectCodes",
    "classes": "sourcedId status dateLastModified title grades courseSourcedId classCode classType "
    "location schoolSourcedId termSourcedIds subjects subjectCodes periods",
    "users": "sourcedId status dateLastModified enabledUser username userIds givenName familyName "
    "middleName identifier email sms phone agentSourcedIds grades password userMasterIdentifier "
    "preferredGivenName preferredMiddleName preferredFamilyName primaryOrgSourcedId pronouns "
    "metadata.jobTitle metadata.title metadata.homeLanguage",
    "roles": "sourcedId status dateLastModified userSourcedId roleType role beginDate endDate "
    "orgSourcedId userProfileSourcedId",
    "enrollments": "sourcedId status dateLastModified classSourcedId schoolSourcedId userSourcedId "
    "role primary beginDate endDate",
    "demographics": "sourcedId status dateLastModified birthDate sex americanIndianOrAlaskaNative "
    "asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white "
    "demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode "
    "stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus",
    "places": "id name kind parent org aliases",
    "assets": "tag serial kind model org place person",
}
_ABSENT = [
    "categories",
    "classResources",
    "courseResources",
    "lineItems",
    "lineItemLearningObjectiveIds",
    "lineItemScoreScales",
    "resources",
    "results",
    "resultLearningObjectiveIds",
    "resultScoreScales",
    "scoreScales",
    "userProfiles",
    "userResources",
]
_BULK = ("", "")  # status and dateLastModified stay empty in bulk files
Row = Sequence[object]


def write_table(folder: Path, name: str, rows: Iterable[Row]) -> None:
    """Write one table with its header into `folder`."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADERS[name].split())
        writer.writerows(rows)


def manifest() -> list[Row]:
    """Which OneRoster files are there."""
    present = [name for name in HEADERS if name not in ("manifest", "places", "assets")]
    modes = [(f"file.{name}", "bulk") for name in present]
    modes += [(f"file.{name}", "absent") for name in _ABSENT]
    return [
        ("manifest.version", "1.0"),
        ("oneroster.version", "1.2"),
        *sorted(modes),
        ("source.systemName", "Cedar Valley Schools sample"),
        ("source.systemCode", DISTRICT),
    ]


def sessions(year: SchoolYear) -> list[Row]:
    """The school year and its two semesters."""
    middle = date(year.ends.year, 1, 15)
    whole = f"year-{year.starts.year}"
    end = year.ends.year
    return [
        (whole, *_BULK, year.name, "schoolYear", year.starts, year.ends, "", end),
        (f"{whole}-1", *_BULK, "Semester 1", "semester", year.starts, middle, whole, end),
        (f"{whole}-2", *_BULK, "Semester 2", "semester", middle, year.ends, whole, end),
    ]


def orgs(schools: Iterable[School]) -> list[Row]:
    """The district, its departments and its schools."""
    rows: list[Row] = [(DISTRICT, *_BULK, "Cedar Valley Schools", "district", "0001", "")]
    rows += [(id_, *_BULK, name, kind, "", up) for id_, name, kind, up in departments_orgs()]
    numbered = enumerate(schools, 101)
    rows += [(s.org, *_BULK, s.name, "school", f"{n:04d}", DISTRICT) for n, s in numbered]
    return rows


def users(people: Iterable[Person]) -> Iterable[Row]:
    """One line a person; pupils name their guardians as agents and guardians their pupils."""
    for p in people:
        username = p.email.split("@")[0] if p.role == "student" else p.email
        number = p.id.split("-")[1] if p.role != "guardian" else ""
        agents = ",".join(p.agents)
        yield (
            *(p.id, *_BULK, "true", username, "", p.given, p.family, "", number, p.email),
            *(p.phone if p.role == "guardian" else "", p.phone, agents, p.grade, "", p.id),
            *("", "", "", p.org, "", p.job, p.title, p.language),
        )


def roles(people: Iterable[Person], orgs_of: dict[str, tuple[str, ...]]) -> Iterable[Row]:
    """One line a part; `orgs_of` gives, by guardian, every school their children attend."""
    whole_district = {"systemAdministrator"}
    for p in people:
        at = (DISTRICT,) if p.role in whole_district or p.team == "sup.office" else (p.org,)
        for number, org in enumerate(orgs_of.get(p.id, at)):
            kind = "primary" if number == 0 else "secondary"
            yield (f"role-{p.id}-{number + 1}", *_BULK, p.id, kind, p.role, "", "", org, "")


def courses(sections: Iterable[Section], year: SchoolYear) -> list[Row]:
    """One line a course that any class teaches."""
    seen: dict[str, tuple[Section, str]] = {}
    for s in sections:
        title = s.title.split(",")[0]
        seen.setdefault(s.course, (s, title))
    whole = f"year-{year.starts.year}"
    return [
        (id_, *_BULK, whole, title, id_.removeprefix("course-"), s.grade, DISTRICT, s.subject, "")
        for id_, (s, title) in sorted(seen.items())
    ]


def classes(sections: Iterable[Section], year: SchoolYear) -> Iterable[Row]:
    """One line a class."""
    term = f"year-{year.starts.year}"
    for s in sections:
        kind = "scheduled" if s.period else "homeroom"
        code = s.id.removeprefix("class-")
        yield (
            *(s.id, *_BULK, s.title, s.grade, s.course, code, kind, f"Room {s.room}"),
            *(s.school.org, term, s.subject, "", s.period or ""),
        )


def enrollments(sections: Iterable[Section]) -> Iterable[Row]:
    """One line for each person in each class."""
    for s in sections:
        key = s.id.removeprefix("class-")
        tail = ("true", "", "")
        yield (f"enr-{key}-t", *_BULK, s.id, s.school.org, s.teacher, "teacher", *tail)
        for n, pupil in enumerate(s.pupils, 1):
            yield (f"enr-{key}-{n:02d}", *_BULK, s.id, s.school.org, pupil, "student", "", "", "")


def demographics(pupils: Iterable[Person]) -> Iterable[Row]:
    """Birth dates only: nothing else is needed to answer a request."""
    for p in pupils:
        yield (p.id, *_BULK, p.born, *[""] * 12)


def places(rows: Iterable[Place]) -> Iterable[Row]:
    """Buildings, rooms, fields and stops."""
    for p in rows:
        yield (p.id, p.name, p.kind, p.parent, p.org, "|".join(p.aliases))


def assets(rows: Iterable[Asset]) -> Iterable[Row]:
    """Everything that carries a tag."""
    for a in rows:
        yield (a.tag, a.serial, a.kind, a.model, a.org, a.place, a.person)


def level_of(school: School) -> str:
    """The grades of a school, as people write them."""
    first, last = LEVEL_GRADES[school.level][0], LEVEL_GRADES[school.level][-1]
    return f"{first.removeprefix('0').replace('KG', 'K')}-{last.lstrip('0')}"
