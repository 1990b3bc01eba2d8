"""The families of the sample district: households, pupils and guardians."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from homeroom.demo import shelf
from homeroom.demo.schools import GRADES, LEVEL_GRADES, School

# 1.7 pupils a household gives the 5,882 families of 10,000 pupils in the catalogue's presets.
_CHILDREN, _CHILDREN_WEIGHTS = (1, 2, 3, 4), (46, 38, 13, 3)
_TWO_GUARDIANS = 0.68
_PUPIL_MAIL = "students.cedarvalley.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of the roster, pupil, guardian or member of staff."""

    id: str
    given: str
    family: str
    role: str
    org: str
    email: str
    language: str = "en"
    phone: str = ""
    job: str = ""
    title: str = ""
    grade: str = ""
    agents: tuple[str, ...] = ()
    born: date | None = None
    room: str = ""
    team: str = ""
    subject: str = ""
    tag: str = ""

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


class Addresses:
    """Gives every person an address of their own; remembers what it gave."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def take(self, given: str, family: str, domain: str) -> str:
        """A new address `given.family[n]@domain`, plain ASCII."""
        base = ".".join(_plain(part) for part in (given, family))
        address, number = f"{base}@{domain}", 2
        while address in self._given:
            address, number = f"{base}{number}@{domain}", number + 1
        self._given.add(address)
        return address


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word).replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in letters if c.isascii() and c.isalpha()).lower()


def phone(number: int) -> str:
    """A telephone number nobody can have: 555 is not an area code."""
    return f"+1555{2_000_000 + number * 7919 % 7_900_000:07d}"


def families(
    all_schools: tuple[School, ...], *, pupils: int, seed: int, addresses: Addresses, year: int
) -> tuple[list[Person], list[Person]]:
    """Exactly `pupils` pupils, and their guardians, household by household.

    `year` is the calendar year in which the school year began. The households of staff.toml
    (the cast) come first.
    """
    draw = random.Random(f"{seed}/families")
    children: list[Person] = []
    adults: list[Person] = []
    for household in _households(draw, all_schools):
        kids, guardians = _household(household, len(children), len(adults), draw, all_schools, year)
        kids = kids[: pupils - len(children)]
        listed = tuple(kid.id for kid in kids)
        adults += [_with_address(g, draw, addresses, listed) for g in guardians]
        children += [
            replace(kid, email=addresses.take(kid.given, kid.family, _PUPIL_MAIL)) for kid in kids
        ]
        if len(children) >= pupils:
            break
    return children, adults


def _with_address(
    guardian: Person, draw: random.Random, addresses: Addresses, kids: tuple[str, ...]
) -> Person:
    domain = draw.choices(("example.com", "example.org", "example.net"), (6, 3, 1))[0]
    address = guardian.email or addresses.take(guardian.given, guardian.family, domain)
    return replace(guardian, email=address, agents=kids)


def _households(draw: random.Random, all_schools: tuple[School, ...]) -> Iterator[dict[str, Any]]:
    yield from shelf.from_toml("staff.toml")["household"]
    origins = shelf.from_toml("names.toml")
    names = list(origins)
    shares = [origins[name]["share"] for name in names]
    homes = [school.key for school in all_schools if school.level == "elementary"]
    while True:
        origin = origins[draw.choices(names, shares)[0]]
        family = draw.choice(origin["families"])
        other = draw.choice(origin["families"]) if draw.random() < 0.35 else family
        adults = [{"given": draw.choice(origin["mothers"]), "family": family}]
        if draw.random() < _TWO_GUARDIANS:
            adults.append({"given": draw.choice(origin["fathers"]), "family": other})
        count = draw.choices(_CHILDREN, _CHILDREN_WEIGHTS)[0]
        given = draw.sample(origin["children"], count)
        speaks = draw.random() < origin["speaks"]
        yield {
            "family": other if len(adults) > 1 and draw.random() < 0.8 else family,
            "language": origin["language"] if speaks else "en",
            "school": draw.choice(homes),
            "guardians": adults,
            "children": [{"given": name, "grade": draw.randrange(13)} for name in given],
        }


def _household(
    home: dict[str, Any],
    pupils: int,
    guardians: int,
    draw: random.Random,
    all_schools: tuple[School, ...],
    year: int,
) -> tuple[list[Person], list[Person]]:
    agents = tuple(f"guardian-{guardians + n + 1:06d}" for n in range(len(home["guardians"])))
    kids = [
        _pupil(child, home, f"pupil-{pupils + n + 1:06d}", agents, draw, all_schools, year)
        for n, child in enumerate(home["children"])
    ]
    adults = [
        Person(
            id=agents[n],
            given=adult["given"],
            family=adult.get("family", home["family"]),
            role="guardian",
            org=kids[0].org,
            email=adult.get("email", ""),
            language=home["language"],
            phone=phone(guardians + n),
        )
        for n, adult in enumerate(home["guardians"])
    ]
    return kids, adults


def _pupil(
    child: dict[str, Any],
    home: dict[str, Any],
    sourced_id: str,
    agents: tuple[str, ...],
    draw: random.Random,
    all_schools: tuple[School, ...],
    year: int,
) -> Person:
    grade: int = child["grade"]
    born = date(year - 6 - grade, 9, 1) + timedelta(days=draw.randrange(365))
    return Person(
        id=sourced_id,
        given=child["given"],
        family=home["family"],
        role="student",
        org=attends(home["school"], GRADES[grade], all_schools).org,
        email="",
        language=home["language"],
        grade=GRADES[grade],
        agents=agents,
        born=born,
        tag=child.get("tag", ""),
    )


def attends(home: str, grade: str, all_schools: tuple[School, ...]) -> School:
    """The school a child of that grade goes to when `home` is the neighbourhood's elementary."""
    level = next(level for level, grades in LEVEL_GRADES.items() if grade in grades)
    homes = [school.key for school in all_schools if school.level == "elementary"]
    fitting = [school for school in all_schools if school.level == level]
    position = homes.index(home) if home in homes else 0
    if level == "elementary":
        return fitting[position]
    return fitting[position * len(fitting) // len(homes)]
