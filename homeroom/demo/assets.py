"""The things of the sample district that carry a tag: projectors, Chromebooks, buses and so on."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from homeroom.demo.people import Person
from homeroom.demo.schools import Place, Route

_MODELS = {
    "projector": ("Epson PowerLite L210SF", "Epson EB-685W", "BenQ MW560"),
    "display": ("Promethean ActivPanel 9", "SMART Board MX265"),
    "chromebook": ("Lenovo 300e Gen 4", "HP Fortis G11", "Acer Spin 512"),
    "laptop": ("Dell Latitude 5450", "MacBook Air M3"),
    "printer": ("HP LaserJet M611", "Ricoh IM 4000", "Canon iR-ADV 4745"),
    "access point": ("Aruba AP-635", "Ruckus R650"),
    "phone": ("Cisco 8845", "Yealink T54W"),
    "bus": ("Blue Bird Vision", "Thomas C2", "IC CE Electric"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One line of assets.csv; `person` is a sourcedId."""

    tag: str
    serial: str
    kind: str
    model: str
    org: str
    place: str = ""
    person: str = ""


class _Stock:
    """Makes assets with a serial number of their own."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(f"{seed}/assets")

    def make(self, tag: str, kind: str, org: str, *, place: str = "", person: str = "") -> Asset:
        serial = "".join(self.draw.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=10))
        model = self.draw.choice(_MODELS[kind])
        return Asset(
            tag=tag, serial=serial, kind=kind, model=model, org=org, place=place, person=person
        )


def assets(
    places: list[Place],
    pupils: list[Person],
    staff: list[Person],
    routes: tuple[Route, ...],
    *,
    seed: int,
) -> Iterator[Asset]:
    """Every asset: one Chromebook a pupil, one laptop an employee with a desk, and each room's."""
    stock = _Stock(seed)
    yield from _of_rooms(stock, places)
    yield from _of_people(stock, pupils, staff)
    for number in range(round(len(pupils) * 0.06)):
        school = pupils[number * 13 % len(pupils)].org
        yield stock.make(f"{90_000 + number:07d}", "chromebook", school, place=_library(school))
    for route in routes:
        yield stock.make(f"BUS-{route.number}", "bus", "tra")


def _library(org: str) -> str:
    return f"{org.removeprefix('sch-')}-library"


def _of_rooms(stock: _Stock, places: list[Place]) -> Iterator[Asset]:
    points, phones, printers, screens = count(1), count(1), count(1), count(1001)
    for place in places:
        if place.kind != "room":
            continue
        yield stock.make(f"AP-{next(points):04d}", "access point", place.org, place=place.id)
        yield stock.make(f"TEL-{next(phones):04d}", "phone", place.org, place=place.id)
        last = place.id.rsplit("-", 1)[1]
        if not last.isdigit() or int(last) % 6 == 1:
            yield stock.make(f"PR-{next(printers):04d}", "printer", place.org, place=place.id)
        if place.id == "lincoln-high-214":
            yield stock.make("PJ-0214", "projector", place.org, place=place.id)
        elif last.isdigit():
            kind = "projector" if stock.draw.random() < 0.7 else "display"
            tag = f"{'PJ' if kind == 'projector' else 'DS'}-{next(screens):04d}"
            yield stock.make(tag, kind, place.org, place=place.id)


def _of_people(stock: _Stock, pupils: list[Person], staff: list[Person]) -> Iterator[Asset]:
    kept = {pupil.tag for pupil in pupils if pupil.tag}
    numbers = (f"{n:07d}" for n in count(40_001) if f"{n:07d}" not in kept)
    for pupil in pupils:
        tag = pupil.tag or next(numbers)
        yield stock.make(tag, "chromebook", pupil.org, person=pupil.id)
    laptops = count(1)
    for person in staff:
        if person.job not in ("Bus driver", "Custodian", "Cafeteria worker"):
            tag = f"LT-{next(laptops):05d}"
            yield stock.make(tag, "laptop", person.org, person=person.id)
