"""The schools of the sample district and the rooms, fields and stops that belong to them."""

import random
from dataclasses import dataclass
from itertools import islice
from typing import Any

from homeroom.demo import shelf

GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
LEVEL_GRADES = {"elementary": GRADES[:6], "middle": GRADES[6:9], "high": GRADES[9:]}
DISTRICT = "cvs"
# First and last bell, minutes after midnight.
BELLS = {"elementary": (510, 910), "middle": (475, 885), "high": (480, 905)}


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """One school: `key` names its building, `org` its OneRoster organisation."""

    key: str
    name: str
    level: str
    aliases: tuple[str, ...]
    street: str

    @property
    def org(self) -> str:
        """The OneRoster sourcedId."""
        return f"sch-{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of places.csv."""

    id: str
    name: str
    kind: str
    parent: str
    org: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One halt of one bus route; times are minutes after midnight."""

    place: Place
    morning: int
    afternoon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One bus route: its number, the school it serves and its stops in morning order."""

    number: int
    school: School
    stops: tuple[Stop, ...]


def _more(count: int) -> list[dict[str, Any]]:
    names = shelf.from_toml("schools.toml")
    pairs = ((a, b) for b in names["second"] for a in names["first"])
    levels = ("elementary", "middle", "elementary", "elementary", "high", "elementary")
    titles = {"elementary": "Elementary", "middle": "Middle School", "high": "High School"}
    made = []
    for number, (first, second) in enumerate(islice(pairs, count)):
        level, name = levels[number % len(levels)], f"{first}{second}"
        key = name.lower().replace(" ", "-") + f"-{level}"
        made.append(
            {
                "key": key,
                "name": f"{name} {titles[level]}",
                "level": level,
                "aliases": [name],
                "street": f"{100 + 7 * number} {name} Rd",
            }
        )
    return made


def schools(count: int) -> tuple[School, ...]:
    """The first `count` schools; at least one of each level when `count` is three or more.

    Raises ValueError when fewer than three or more than the list of names can give.
    """
    listed = shelf.from_toml("schools.toml")["school"]
    rows = (listed + _more(max(0, count - len(listed))))[:count]
    if len(rows) != count or count < 3:
        raise ValueError(f"The sample district can have 3 to {len(rows)} schools, not {count}.")
    return tuple(School(**{**row, "aliases": tuple(row["aliases"])}) for row in rows)


def room_numbers(school: School, pupils: int) -> list[str]:
    """Classroom numbers of a school, three wings, two floors above elementary; one per class."""
    if school.level == "elementary":
        floors, per_floor = [1], max(9, round(pupils / 22) + 5)
    else:
        # At least 24, so that the cast's rooms exist in the smallest sample too.
        floors, per_floor = [1, 2], max(24, round(pupils / 44) + 2)
    return [f"{floor}{number:02d}" for floor in floors for number in range(1, per_floor + 1)]


def wing(room: str, rooms: list[str]) -> str:
    """The wing a room lies in: A, B or C by the order of rooms along each floor."""
    last = max(int(number[1:]) for number in rooms)
    return "ABC"[min(2, int(room[1:]) * 3 // (last + 1))]


_SPECIAL = {
    "office": ("Main office", ("front office", "school office")),
    "library": ("Library", ("media center",)),
    "cafeteria": ("Cafeteria", ("lunchroom", "kitchen")),
    "gym": ("Gym", ("gymnasium",)),
    "nurse": ("Nurse's office", ("health room", "clinic")),
}


def school_places(school: School, pupils: int) -> list[Place]:
    """The building, its rooms and its field."""
    rooms = room_numbers(school, pupils)
    wings = tuple(f"{school.aliases[0]} {letter} wing" for letter in "ABC")
    building = Place(
        id=school.key,
        name=school.name,
        kind="building",
        parent="",
        org=school.org,
        aliases=(*school.aliases, school.street, *wings),
    )
    inside = [
        Place(
            id=f"{school.key}-{number}",
            name=f"Room {number}",
            kind="room",
            parent=school.key,
            org=school.org,
            aliases=(number, f"{wing(number, rooms)}{number}", f"{wing(number, rooms)} wing"),
        )
        for number in rooms
    ]
    for key, (name, aliases) in _SPECIAL.items():
        inside.append(
            Place(
                id=f"{school.key}-{key}",
                name=name,
                kind="room",
                parent=school.key,
                org=school.org,
                aliases=aliases,
            )
        )
    field = school.aliases[0].removesuffix(" High").removesuffix(" Middle") + " Field"
    return [
        building,
        *inside,
        Place(id=f"{school.key}-field", name=field, kind="field", parent="", org=school.org),
    ]


_STREETS = [
    "Maple",
    "Walnut",
    "Birch",
    "Elm",
    "Oak",
    "Cherry",
    "Juniper",
    "Willow",
    "Spruce",
    "Chestnut",
    "Linden",
    "Hickory",
    "Poplar",
    "Sycamore",
    "Magnolia",
    "Laurel",
    "Hawthorn",
    "Cedar",
    "Alder",
    "Cottonwood",
]
_ORDINALS = tuple(
    f"{n}{'th' if n in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"
    for n in range(1, 41)
)


def _stop(
    corner: tuple[str, str], route: int, number: int, minutes: tuple[int, int], school: School
) -> Stop:
    street, avenue = corner
    ordinal = avenue.rstrip("stndrh")
    place = Place(
        id=f"stop-{route}-{number}",
        name=f"{street} St & {avenue} Ave",
        kind="stop",
        parent="",
        org=school.org,
        aliases=(
            f"{street} and {avenue}",
            f"{street} & {ordinal}",
            f"{street} Street and {avenue}",
        ),
    )
    return Stop(place=place, morning=minutes[0], afternoon=minutes[1])


def _corners(draw: random.Random) -> list[tuple[str, str]]:
    """Every corner of the town, in an order drawn anew."""
    corners = [(street, avenue) for street in _STREETS for avenue in _ORDINALS]
    draw.shuffle(corners)
    return corners


def routes(all_schools: tuple[School, ...], *, pupils: int, seed: int) -> tuple[Route, ...]:
    """The bus routes with their stops: about one for every 230 pupils, 1 to N and always 42.

    Route 42 serves Lincoln High by way of Pine St & 6th Ave at 7:12 and 15:41.
    """
    draw = random.Random(f"{seed}/routes")
    corners = _corners(draw)
    numbers = sorted({*range(1, max(3, round(pupils / 230)) + 1), 42})
    made = []
    for number in numbers:
        school = all_schools[0] if number == 42 else all_schools[number % len(all_schools)]
        opens, closes = BELLS[school.level]
        early = 0 if number == 42 else draw.randrange(9)
        count = draw.randint(5, 7)
        if len(corners) < count:  # a big district: buses of several routes stop at one corner
            corners = _corners(draw)
        halts = [corners.pop() for _ in range(count)]
        if number == 42:
            halts[1] = ("Pine", "6th")
        times = [
            (opens - 60 - early + 6 * n, closes + 46 + early - 5 * n) for n in range(1, count + 1)
        ]
        stops = tuple(
            _stop(corner, number, n, times[n - 1], school) for n, corner in enumerate(halts, 1)
        )
        made.append(Route(number=number, school=school, stops=stops))
    return tuple(made)
