"""The people and places of an invented district, the same for the same description."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parents[1] / "data"
DISTRICTS = ("larkspur", "tallgrass")
_CHILDREN, _CHILDREN_SHARES = (1, 2, 3, 4), (44, 38, 14, 4)
_TWO_ADULTS = 0.7
_JOBS = (
    ("Principal", "principal", "", 1),
    ("School secretary", "aide", "front.office", 1),
    ("School nurse", "aide", "health.nurse", 1),
    ("Counselor", "counselor", "stu.counseling", 1),
    ("Librarian", "teacher", "", 1),
    ("Custodian", "aide", "fac.custodial", 2),
    ("Kitchen lead", "aide", "nut.kitchen", 1),
    ("Paraeducator", "aide", "", 4),
    ("Bus driver", "aide", "tra.dispatch", 3),
)


@dataclass(slots=True, kw_only=True)
class Human:
    """One person of the roster; `sex` is f or m, `role` OneRoster's."""

    id: str
    given: str
    family: str
    sex: str
    role: str
    school: str
    email: str
    phone: str = ""
    language: str = "en"
    job: str = ""
    grade: str = ""
    room: str = ""
    tag: str = ""
    bus: str = ""
    stop: str = ""
    team: str = ""
    kids: list["Human"] = field(default_factory=list)
    adults: list["Human"] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A district before it is written down."""

    facts: dict[str, Any]
    pupils: list[Human]
    adults: list[Human]
    staff: list[Human]
    stops: dict[str, list[str]]
    """By route number."""

    @property
    def people(self) -> list[Human]:
        """Everyone, staff first."""
        return [*self.staff, *self.pupils, *self.adults]


def rooms(school: dict[str, Any]) -> list[str]:
    """The classroom numbers of a school."""
    firsts, each = school["rooms"]["first"], school["rooms"]["each"]
    return [str(first + number) for first in firsts for number in range(each)]


@cache
def build(key: str) -> Town:
    """The town of that name, whole."""
    text = (DATA / key / "district.yaml").read_text("utf-8")
    return _Builder(yaml.safe_load(text)).town()


class _Builder:
    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.draw = random.Random(f"{facts['key']}/people")
        self.names: dict[str, dict[str, Any]] = yaml.safe_load(
            (DATA / "names.yaml").read_text("utf-8")
        )
        self.taken: set[str] = set()
        self.numbers = 0
        first = facts["routes"]["first"]
        self.stops = {
            str(route): [f"{corner}" for corner in self._corners(route)]
            for route in range(first, first + facts["routes"]["count"])
        }

    def town(self) -> Town:
        staff = list(self._staff())
        pupils: list[Human] = []
        adults: list[Human] = []
        while len(pupils) < self.facts["pupils"]:
            kids, grown = self._household(len(pupils), len(adults))
            pupils += kids
            adults += grown
        return Town(facts=self.facts, pupils=pupils, adults=adults, staff=staff, stops=self.stops)

    def _corners(self, route: int) -> Iterator[str]:
        streets = ("Aspen", "Bluestem", "Colfax", "Dover", "Elk", "Foundry", "Grange", "Harlan")
        crossing = ("Second", "Fourth", "Ninth", "Depot", "Mill", "Orchard", "Prospect", "Vine")
        for number in range(5):
            yield f"{streets[(route + number) % 8]} & {crossing[(route * 3 + number * 5) % 8]}"

    def _address(self, given: str, family: str, domain: str) -> str:
        base, number = f"{_plain(given)}.{_plain(family)}", 1
        while f"{base}{number if number > 1 else ''}@{domain}" in self.taken:
            number += 1
        made = f"{base}{number if number > 1 else ''}@{domain}"
        self.taken.add(made)
        return made

    def _phone(self) -> str:
        self.numbers += 1
        return f"{self.facts['area']}555{1000 + self.numbers * 37 % 8999:04d}"

    def _origin(self) -> str:
        return self.draw.choices(
            list(self.names), [origin["share"] for origin in self.names.values()]
        )[0]

    def _hire(self, number: int, school: str, job: str, role: str, team: str) -> Human:
        origin = self.names[self._origin()]
        sex = self.draw.choice("ffm")
        given = self.draw.choice(origin["women" if sex == "f" else "men"])
        family = self.draw.choice(origin["families"])
        return Human(
            id=f"E{7000 + number}", given=given, family=family, sex=sex, role=role, school=school,
            email=self._address(given, family, self.facts["domain"]), job=job, team=team,
            phone=self._phone(), tag=self.facts["tag"].format(900 + number),
        )  # fmt: skip

    def _staff(self) -> Iterator[Human]:
        number = 0
        for key, school in self.facts["schools"].items():
            for room in rooms(school):
                number += 1
                teacher = self._hire(number, key, "Teacher", "teacher", "")
                teacher.room = room
                yield teacher
            for job, role, team, count in _JOBS:
                for _ in range(count):
                    number += 1
                    yield self._hire(number, key, job, role, team)
        for office in ("Director", "Specialist", "Clerk"):
            for department in self.facts["departments"]:
                number += 1
                role = "districtAdministrator" if office == "Director" else "aide"
                yield self._hire(number, "", office, role, f"{department}:{office}")

    def _household(self, n_pupils: int, n_adults: int) -> tuple[list[Human], list[Human]]:
        code = self._origin()
        origin = self.names[code]
        language = code if code != "en" and self.draw.random() < 0.7 else "en"
        family = self.draw.choice(origin["families"])
        adults = []
        for n in range(1 + (self.draw.random() < _TWO_ADULTS)):
            sex = "f" if n == 0 and self.draw.random() < 0.75 else "m"
            given = self.draw.choice(origin["women" if sex == "f" else "men"])
            other = self.draw.choice(origin["families"]) if self.draw.random() < 0.2 else family
            adults.append(
                Human(
                    id=f"G{n_adults + n + 1:05d}", given=given, family=other, sex=sex,
                    role="guardian", school="", email=self._address(given, other, "example.com"),
                    phone=self._phone(), language=language,
                )
            )  # fmt: skip
        kids = [
            self._pupil(n_pupils + n, origin, family, language, adults)
            for n in range(self.draw.choices(_CHILDREN, _CHILDREN_SHARES)[0])
        ]
        for adult in adults:
            adult.kids, adult.school = kids, kids[0].school
        return kids, adults

    def _pupil(
        self, number: int, origin: dict[str, Any], family: str, language: str, adults: list[Human]
    ) -> Human:
        sex = self.draw.choice("fm")
        given = self.draw.choice(origin["girls" if sex == "f" else "boys"])
        grade = self.draw.choice(("KG", *(f"{n:02d}" for n in range(1, 13))))
        fits = [key for key, one in self.facts["schools"].items() if grade in one["grades"]]
        bus = self.draw.choice(list(self.stops))
        return Human(
            id=f"S{30_000 + number}", given=given, family=family, sex=sex, role="student",
            school=self.draw.choice(fits), grade=grade, language=language, adults=adults,
            email=self._address(given, family, "stu." + self.facts["domain"]),
            tag=self.facts["tag"].format(10_000 + number * 3), bus=bus,
            stop=self.draw.choice(self.stops[bus]),
        )  # fmt: skip


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.replace("đ", "d").replace("Đ", "D"))
    return "".join(each for each in letters if each.isascii() and each.isalpha()).lower()
