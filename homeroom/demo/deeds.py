"""What people of the district will do on one day, drawn before it begins (pure)."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from homeroom.demo import arrivals, shelf, texts
from homeroom.demo.arrivals import Opening
from homeroom.demo.casting import Cast
from homeroom.demo.folder import Folder, Resident
from homeroom.demo.story import dressed
from homeroom.demo.texts import Scene

# Telephone, text and chat reach the simulator's two doors this way: calls are written down by an
# office, the rest is typed into the form.
_DOOR: Final = {
    "email": "email",
    "form": "form",
    "chat": "form",
    "sms": "form",
    "voice": "walkup",
    "walkup": "walkup",
}
_WRONG_ADDRESS: Final = 0.15
_OWN_ADDRESS: Final = 0.45
_PHOTO: Final = 0.12
SATURDAY: Final = 5
_PICTURED: Final = ("it.chromebook_repair", "it.projector_av", "it.printer", "tra.lost_item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One person contacting the district once. `door` is email, form or walkup."""

    at: datetime
    door: str
    service: str
    scene: Scene
    subject: str
    text: str
    to: str
    photo: str = ""
    recorder: Resident | None = None
    incident: str = ""
    is_spam: bool = False

    @property
    def person(self) -> Resident:
        """Who asks."""
        return self.scene.requester


def plan(
    folder: Folder, day: date, *, seed: int, rate: float = 1.0, incident: str = ""
) -> list[Deed]:
    """The deeds of that day in order; `rate` multiplies the catalogue's volume.

    `incident` names a disruption of data/incidents.yaml that happens for certain.
    """
    draw = random.Random(f"{seed}/day/{day.isoformat()}")
    weights = arrivals.expected(folder, day)
    count = max(1, round(sum(weights.values()) * rate))
    openings = list(arrivals.ordinary(folder, [day], count=count, draw=draw, weights=weights))
    openings += _disruptions(folder, day, incident, draw)
    cast = Cast(folder)
    deeds: list[Deed] = []
    noise = shelf.from_yaml("rates.yaml")["noise"]
    for opening in openings:
        scene = cast.scene(opening, draw)
        deeds.append(_deed(opening, scene, folder, draw))
        if draw.random() < noise["same_person_repeats_on_another_channel"] / 2:
            deeds.append(_deed(arrivals.again(opening, draw), scene, folder, draw))
    spam = round(count * noise["auto_reply_or_spam"] / 2)
    deeds += [_spam(folder, day, cast, draw) for _ in range(spam)]
    if day.weekday() < SATURDAY:
        deeds.append(_worry(folder, day, cast, seed=seed))
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(folder.timezone))
    ends = midnight + timedelta(days=1)
    return sorted((d for d in deeds if d.at < ends), key=lambda deed: (deed.at, deed.text))


def _disruptions(folder: Folder, day: date, wanted: str, draw: random.Random) -> Iterator[Opening]:
    scale = len(folder.by_role["student"]) / 10_000
    for kind in shelf.from_yaml("incidents.yaml"):
        # School days of the months it happens in: about 20 each.
        chance = kind["times_a_year"] / (20 * len(kind["months"]))
        happens = day.month in kind["months"] and draw.random() < chance
        if happens or kind["id"] == wanted:
            yield from arrivals.incident(
                folder, kind, day=day, name=kind["id"], scale=scale, draw=draw
            )


def _deed(opening: Opening, scene: Scene, folder: Folder, draw: random.Random) -> Deed:
    noise = shelf.from_yaml("rates.yaml")["noise"]
    own = opening.texto if scene.spanish else opening.text
    text = (
        texts.fill(own, scene, draw)
        if own
        else texts.opening(opening.service, scene, opening.audience, draw)
    )
    if not own and draw.random() < noise["multi_intent_message"]:
        other = draw.choice(
            [s["id"] for s in folder.services.values() if s["audiences"][0] == opening.audience]
            or [opening.service]
        )
        more = texts.opening(other, scene, opening.audience, draw)
        text = f"{text} {'Además,' if scene.spanish else 'Also,'} {more[:1].lower()}{more[1:]}"
    pictured = opening.service in _PICTURED and draw.random() < _PHOTO * 3
    return Deed(
        at=opening.at,
        door=_DOOR[opening.channel],
        service=opening.service,
        scene=scene,
        subject=texts.subject(opening.service, scene, draw),
        text=dressed(text, opening, scene, draw),
        to=_address(opening.service, folder, draw),
        photo=f"IMG_{draw.randint(1000, 9999)}.png" if pictured else "",
        recorder=_recorder(scene, folder, draw) if _DOOR[opening.channel] == "walkup" else None,
        incident=opening.incident,
    )


def _address(service: str, folder: Folder, draw: random.Random) -> str:
    department = folder.services[service]["department"]
    if draw.random() < _WRONG_ADDRESS:
        return draw.choice(list(folder.addresses.values()))
    own = folder.addresses.get(department)
    return own if own and draw.random() < _OWN_ADDRESS else folder.addresses[""]


def _recorder(scene: Scene, folder: Folder, draw: random.Random) -> Resident:
    office = [folder.people[member] for member in folder.teams["front.office"].members]
    here = [person for person in office if person.org == scene.school]
    return draw.choice(here or office)


def _worry(folder: Folder, day: date, cast: Cast, *, seed: int) -> Deed:
    """Each school day one teacher writes of a student in danger, so that the alarm is seen."""
    draw = random.Random(f"{seed}/worry/{day.isoformat()}")
    at = datetime.combine(day, time(draw.randint(8, 9), draw.randrange(60)))
    opening = Opening(
        at=at.replace(tzinfo=ZoneInfo(folder.timezone)),
        service=next(
            name for name, one in folder.services.items() if one["sensitivity"] == "safety"
        ),
        audience="staff",
        channel="email",
    )
    scene = cast.scene(opening, draw)
    return Deed(
        at=opening.at,
        door="email",
        service=opening.service,
        scene=scene,
        subject="Please send a counselor",
        text=texts.around("worry", scene, draw),
        to=folder.addresses[""],
    )


def _spam(folder: Folder, day: date, cast: Cast, draw: random.Random) -> Deed:
    at = datetime.combine(day, time(draw.randint(5, 20), draw.randrange(60)))
    opening = Opening(
        at=at.replace(tzinfo=ZoneInfo(folder.timezone)),
        service="sup.compliment",
        audience="community",
        channel="email",
    )
    scene = cast.scene(opening, draw)
    text = texts.around("spam", scene, draw)
    return Deed(
        at=opening.at,
        door="email",
        service=opening.service,
        scene=scene,
        subject=" ".join(text.split()[:6]),
        text=text,
        to=draw.choice(list(folder.addresses.values())),
        is_spam=True,
    )
