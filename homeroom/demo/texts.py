"""What people write: openings, answers and noise, with the braces filled from a scene.

The store is `data/texts/*.txt`. Openings are ours and none is in a bank that anything learns from.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from homeroom.demo import shelf
from homeroom.demo.folder import Folder, Resident


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who writes about what: everything the braces of a text can name."""

    folder: Folder
    day: date
    requester: Resident
    kid: Resident
    school: str
    room: str
    route: str
    stop: str
    language: str = "en"
    words: dict[str, str] = field(default_factory=dict, compare=False)
    """Words drawn so far: subject and answers name the same app, day and printer as the text."""

    @property
    def place(self) -> str:
        """The id of the room in places.csv."""
        return f"{self.school.removeprefix('sch-')}-{self.room}"

    @property
    def spanish(self) -> bool:
        """Whether the message is in Spanish."""
        return self.language == "es"


@cache
def store() -> dict[str, dict[str, list[str]]]:
    """Every text by section (a catalogue id, or `around`) and kind."""
    sections: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((shelf.DATA / "texts").glob("*.txt")):
        section = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[] ")
            elif line and not line.startswith("#"):
                kind, _, text = line.partition(": ")
                many = text.split(" | ") if kind in _LISTS else [text]
                sections[section][kind] += many
    return {section: dict(kinds) for section, kinds in sections.items()}


_LISTS = {"subject", "hello", "hola", "bye", "adios"}
_SPANISH = {
    "first": "primera",
    "chase": "sigue",
    "thanks": "gracias",
    "ask": "pregunta",
    "told": "dijo",
    "done": "hecho",
    "again": "otra",
    "hello": "hola",
    "bye": "adios",
}
VOICES = ("student", "staff", "family", "community", "es")


def opening(service: str, scene: Scene, voice: str, draw: random.Random) -> str:
    """How somebody with that voice first says it; Spanish when the scene is."""
    kinds = store()[service]
    if scene.spanish:
        return fill(draw.choice(kinds["es"]), scene, draw)
    fitting = kinds.get(voice) or [
        text for kind in ("family", "staff", "community", "student") for text in kinds.get(kind, ())
    ]
    return fill(draw.choice(fitting), scene, draw)


def subject(service: str, scene: Scene, draw: random.Random) -> str:
    """A subject line as that person may write it."""
    return fill(draw.choice(store()[service]["subject"]), scene, draw)


def exchange(service: str, kind: str, scene: Scene, draw: random.Random) -> str:
    """An `ask`, `told` or `done` line of the service, in the language of the scene."""
    spoken = _SPANISH[kind] if scene.spanish else kind
    return fill(draw.choice(store()[service][spoken]), scene, draw)


def around(kind: str, scene: Scene, draw: random.Random) -> str:
    """A line that belongs to no service: greeting, chaser, thanks, out-of-office and so on."""
    spoken = _SPANISH.get(kind, kind) if scene.spanish else kind
    return fill(draw.choice(store()["around"][spoken]), scene, draw)


def fill(text: str, scene: Scene, draw: random.Random) -> str:
    """The text with its braces filled."""
    return text.format_map(_Slots(scene, draw)) if "{" in text else text


class _Slots(dict[str, str]):
    """Draws a word when the scene first needs it, and says it again afterwards."""

    def __init__(self, scene: Scene, draw: random.Random) -> None:
        super().__init__()
        self.scene = scene
        self.draw = draw

    def __missing__(self, key: str) -> str:
        words = self.scene.words
        if key not in words:
            words[key] = _WORDS[key](self) if key in _WORDS else self._listed(key)
        return words[key]

    def _listed(self, key: str) -> str:
        lists = shelf.from_toml("slots.toml")
        spoken = f"{key}_es" if self.scene.spanish and f"{key}_es" in lists else key
        return str(self.draw.choice(lists[spoken]))


def _ordinal(grade: str) -> str:
    if grade == "KG":
        return "kindergarten"
    number = int(grade)
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"


def _grade(slots: _Slots) -> str:
    grade = slots.scene.kid.grade or "05"
    if slots.scene.spanish:
        return str(shelf.from_toml("slots.toml")["grades_es"][grade])
    return _ordinal(grade)


def _date(slots: _Slots) -> str:
    lists = shelf.from_toml("slots.toml")
    day = slots.scene.day + timedelta(days=slots.draw.randint(2, 40))
    if slots.scene.spanish:
        return f"{day.day} de {lists['months_es'][day.month - 1]}"
    return f"{lists['months'][day.month - 1]} {day.day}"


def _day(slots: _Slots) -> str:
    return str(
        slots.draw.choice(
            shelf.from_toml("slots.toml")["days_es" if slots.scene.spanish else "days"]
        )
    )


def _month(slots: _Slots) -> str:
    names = shelf.from_toml("slots.toml")["months_es" if slots.scene.spanish else "months"]
    return str(names[(slots.scene.day.month - 1 + slots.draw.choice((-1, 1, 2))) % 12])


def _teacher(slots: _Slots) -> str:
    person = slots.draw.choice(slots.scene.folder.by_role["teacher"])
    return f"{person.title} {person.family}"


def _employee(slots: _Slots) -> str:
    return slots.draw.choice(slots.scene.folder.by_role["staff"]).name


def _pronoun(she: str, he: str) -> Callable[[_Slots], str]:
    return lambda slots: (
        she if slots.scene.kid.given in shelf.from_toml("slots.toml")["girls"] else he
    )


def _between(low: int, high: int, shape: str = "{}") -> Callable[[_Slots], str]:
    return lambda slots: shape.format(slots.draw.randint(low, high))


def _device_tag(slots: _Slots) -> str:
    here = slots.scene.folder.fixed.get(slots.scene.place, {})
    return here.get("projector", "the projector")


def _printer(slots: _Slots) -> str:
    printers = slots.scene.folder.printers.get(slots.scene.school)
    return slots.draw.choice(printers) if printers else "the printer"


_WORDS: dict[str, Callable[[_Slots], str]] = {
    "kid": lambda s: s.scene.kid.name,
    "kid1": lambda s: s.scene.kid.given,
    "he": _pronoun("she", "he"),
    "him": _pronoun("her", "him"),
    "his": _pronoun("her", "his"),
    "He": _pronoun("She", "He"),
    "me": lambda s: s.scene.requester.name,
    "name": lambda s: s.scene.requester.name,
    "grade": _grade,
    "school": lambda s: s.scene.folder.schools[s.scene.school],
    "room": lambda s: s.scene.room,
    "route": lambda s: s.scene.route,
    "stop": lambda s: s.scene.stop,
    "tag": lambda s: s.scene.folder.tags.get(s.scene.kid.id, "0041718"),
    "device_tag": _device_tag,
    "printer": _printer,
    "teacher": _teacher,
    "employee": _employee,
    "date": _date,
    "day": _day,
    "month": _month,
    "pay_day": lambda s: s.draw.choice(("15th", "30th")),
    "time": lambda s: f"{s.draw.choice((7, 8, 9, 10, 1, 2, 3))}:{s.draw.randrange(0, 60, 5):02d}",
    "n": _between(2, 9),
    "wait": _between(12, 45),
    "cold": _between(48, 61),
    "hot": _between(82, 90),
    "ok": _between(68, 72),
    "ext": _between(1200, 4900),
    "po": _between(26000, 26999, "PO-{}"),
    "money": lambda s: f"${s.draw.randint(4, 280)}.{s.draw.choice(('00', '50', '25', '85'))}",
}
