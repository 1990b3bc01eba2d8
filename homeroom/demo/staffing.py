"""The staff of the sample district: teachers with their classes, offices, teams, the cast."""

import random
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Any

from homeroom.demo import shelf
from homeroom.demo.people import Addresses, Person, phone
from homeroom.demo.schools import DISTRICT, LEVEL_GRADES, School, room_numbers

DOMAIN = "cedarvalley.example"
_CLASS_SIZE = {"elementary": 24, "middle": 27, "high": 27}
_SECTIONS_A_TEACHER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One class: its course, when and where it meets, who teaches and who sits in it."""

    id: str
    course: str
    title: str
    subject: str
    grade: str
    school: School
    room: str
    period: int
    teacher: str
    pupils: tuple[str, ...]


class Hiring:
    """Makes members of staff one after the other, each with a name, number and address."""

    def __init__(self, *, seed: int, addresses: Addresses) -> None:
        self._draw = random.Random(f"{seed}/staff")
        self._addresses = addresses
        self._numbers = count(1)
        origins = shelf.from_toml("names.toml")
        self._origins = list(origins.values())
        # Staff of most districts are less mixed than the families they serve.
        self._shares = [origin["share"] ** 1.3 for origin in self._origins]
        self._waiting = list(shelf.from_toml("staff.toml")["cast"])

    def hire(
        self,
        *,
        job: str,
        role: str,
        org: str,
        team: str = "",
        subject: str = "",
        room: str = "",
    ) -> Person:
        """A new member of staff; the cast's person for that job and org when one is left."""
        number = next(self._numbers)
        part = self._cast(job=job, org=org, team=team, subject=subject)
        origin = self._draw.choices(self._origins, self._shares)[0]
        woman = self._draw.random() < 0.72
        given = part.get("given", self._draw.choice(origin["mothers" if woman else "fathers"]))
        family = part.get("family", self._draw.choice(origin["families"]))
        return Person(
            id=f"staff-{number:05d}",
            given=given,
            family=family,
            title=part.get("title", "Ms." if woman else "Mr."),
            role=part.get("role", role),
            job=part.get("job", job),
            org=org,
            email=self._addresses.take(given, family, DOMAIN),
            language="es" if origin["language"] == "es" and self._draw.random() < 0.1 else "en",
            phone=phone(500_000 + number),
            team=team,
            subject=subject,
            room=part.get("room", room),
        )

    def _cast(self, *, job: str, org: str, team: str, subject: str) -> dict[str, Any]:
        for part in self._waiting:
            at = f"sch-{part['school']}" if "school" in part else str(part["department"])
            same = part.get("subject", "") == subject and part.get("team", "") == team
            if at == org and same and (team or part["job"] == job):
                self._waiting.remove(part)
                return dict(part)
        return {}


def office_staff(
    hiring: Hiring, all_schools: tuple[School, ...], sizes: dict[str, int], *, pupils: int
) -> list[Person]:
    """Everyone who does not teach a class: school offices, central teams, drivers.

    `sizes` is the number of pupils by school key.
    """
    jobs = shelf.from_toml("staff.toml")
    at_schools = [
        hiring.hire(
            job=job["job"],
            role=job["role"],
            org=school.org,
            team=job.get("team", ""),
            room="office" if "team" in job else "",
        )
        for school in all_schools
        for job in jobs["school_job"]
        for _ in range(max(job["least"], round(sizes[school.key] / job["pupils"])))
    ]
    driver = jobs["driver"]
    drivers = [
        hiring.hire(job=driver["job"], role=driver["role"], org="tra")
        for _ in range(max(2, round(pupils / driver["pupils"])))
    ]
    return at_schools + drivers + _central(hiring, pupils)


def _central(hiring: Hiring, pupils: int) -> list[Person]:
    people = []
    for department in shelf.catalogue():
        org = str(department["id"])
        for position, team in enumerate(department["teams"]):
            members = team["size"] and max(2, round(team["size"] * pupils / 10_000))
            for seat in range(members):
                lead = position == 0 and seat == 0
                people.append(
                    hiring.hire(
                        job=f"{department['name']} director" if lead else team["name"],
                        role="districtAdministrator" if lead else "aide",
                        org=org,
                        team=team["id"],
                    )
                )
    return people


def classes(
    hiring: Hiring, all_schools: tuple[School, ...], pupils: list[Person]
) -> tuple[list[Section], list[Person]]:
    """Every class with its pupils, and the teachers who teach them."""
    at: dict[tuple[str, str], list[Person]] = defaultdict(list)
    for pupil in pupils:
        at[pupil.org, pupil.grade].append(pupil)
    sections: list[Section] = []
    teachers: list[Person] = []
    for school in all_schools:
        groups = [
            (grade, group)
            for grade in LEVEL_GRADES[school.level]
            for group in _groups(at[school.org, grade], _CLASS_SIZE[school.level])
        ]
        # Grade 10 first: the cast's teachers are hired first and teach Sam Flores.
        groups.sort(key=lambda pair: pair[0] != "10")
        size = sum(len(at[school.org, grade]) for grade in LEVEL_GRADES[school.level])
        rooms = [room for room in room_numbers(school, size) if room not in _kept(school)]
        make = _homerooms if school.level == "elementary" else _periods
        more, staff = make(hiring, school, groups, rooms)
        sections += more
        teachers += staff
    return sections, teachers


def _kept(school: School) -> set[str]:
    cast = shelf.from_toml("staff.toml")["cast"]
    return {part["room"] for part in cast if part.get("school") == school.key}


def _groups(pupils: list[Person], size: int) -> list[list[Person]]:
    parts = max(1, round(len(pupils) / size)) if pupils else 0
    return [pupils[n::parts] for n in range(parts)]


def _homerooms(
    hiring: Hiring, school: School, groups: list[tuple[str, list[Person]]], rooms: list[str]
) -> tuple[list[Section], list[Person]]:
    sections: list[Section] = []
    teachers: list[Person] = []
    for number, (grade, group) in enumerate(groups):
        room = rooms[number % len(rooms)]
        teacher = hiring.hire(job="Teacher", role="teacher", org=school.org, room=room)
        teachers.append(teacher)
        sections.append(
            Section(
                id=f"class-{school.key}-{number + 1:03d}",
                course=f"course-{grade.lower()}-homeroom",
                title=f"Grade {grade.lstrip('0')} homeroom, {teacher.title} {teacher.family}",
                subject="Homeroom",
                grade=grade,
                school=school,
                room=room,
                period=0,
                teacher=teacher.id,
                pupils=tuple(pupil.id for pupil in group),
            )
        )
    return sections, teachers


def _periods(
    hiring: Hiring, school: School, groups: list[tuple[str, list[Person]]], rooms: list[str]
) -> tuple[list[Section], list[Person]]:
    plan = shelf.from_toml("courses.toml")
    sections: list[Section] = []
    teachers: list[Person] = []
    current: dict[str, tuple[Person, set[int]]] = {}
    for number, (grade, group) in enumerate(groups):
        for slot, title in enumerate(plan["course"][grade.lstrip("0")]):
            subject = plan["subjects"][slot]
            period = (slot + number) % 6 + 1
            teacher, busy = current.get(subject, (None, set()))
            if teacher is None or period in busy or len(busy) >= _SECTIONS_A_TEACHER:
                room = rooms[(len(teachers) * 7 + 3) % len(rooms)]
                teacher = hiring.hire(
                    job="Teacher", role="teacher", org=school.org, subject=subject, room=room
                )
                teachers.append(teacher)
                busy = set()
            busy.add(period)
            current[subject] = (teacher, busy)
            sections.append(
                Section(
                    id=f"class-{school.key}-{number + 1:03d}-{slot + 1}",
                    course=f"course-{grade}-{slot + 1}",
                    title=f"{title}, period {period}",
                    subject=subject,
                    grade=grade,
                    school=school,
                    room=teacher.room,
                    period=period,
                    teacher=teacher.id,
                    pupils=tuple(pupil.id for pupil in group),
                )
            )
    return sections, teachers


def departments_orgs() -> list[tuple[str, str, str, str]]:
    """Rows (id, name, type, parent) of orgs.csv for the central departments."""
    return [(str(d["id"]), d["name"], "department", DISTRICT) for d in shelf.catalogue()]
