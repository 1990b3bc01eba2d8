"""Short forms at the front door: which needs there are, in plain words, and what each one asks.

Nobody picks an office: one picks what is needed, or writes a few words and is shown what is like
them. A district's services are found by what they resemble, never by their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from homeroom.district import circle
from homeroom.district import queries as district
from homeroom.district.permissions import SYSTEM, Viewer
from homeroom.district.values import Catalogue, ServiceFacts
from homeroom.pipeline import answering, asking
from homeroom.routing import guided
from homeroom.routing.guided import Ask, Known
from homeroom.understanding import language, safety
from homeroom.understanding.matter import matter
from homeroom.understanding.safety import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that many need: its words, and the catalogue's services that see to it."""

    icon: str
    word: str | Promise
    likes: tuple[str, ...]


COMMON: Final = (
    Need(icon="bus", word=_("The bus is late or did not come"), likes=("tra.bus_late",)),
    Need(icon="key", word=_("I cannot sign in"), likes=("it.password_reset",)),
    Need(icon="laptop", word=_("A school computer is broken"), likes=("it.chromebook_repair",)),
    Need(icon="calendar", word=_("My child will be absent"), likes=("enr.absence",)),
    Need(icon="book", word=_("I need a school record"), likes=("enr.records",)),
    Need(icon="tool", word=_("A room is too hot or too cold"), likes=("fac.too_hot_cold",)),
    Need(icon="search", word=_("I lost something on the bus"), likes=("tra.lost_item",)),
    Need(icon="eye", word=_("A projector, board or sound fails"), likes=("it.projector_av",)),
    Need(icon="wifi", word=_("The internet does not work"), likes=("it.wifi_network",)),
    Need(icon="alert", word=_("A leak, toilet or sink"), likes=("fac.plumbing",)),
    Need(icon="tool", word=_("Lights, outlets or power"), likes=("fac.electrical",)),
    Need(icon="lock", word=_("A door, lock or key"), likes=("fac.doors_locks",)),
    Need(icon="pin", word=_("Which bus, which stop, what time"), likes=("tra.route_info",)),
)
"""What is asked for most, most often first (rates of the catalogue)."""
LIKE: Final = 0.08
"""A service this likely is shown for a few words; every one of a handful of choices is read."""
SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way to one short form: what it is for, in words that may be the district's own."""

    service: str
    word: str
    icon: str = "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One short form as this viewer gets it."""

    service: str
    word: str
    asks: tuple[Ask, ...]
    known: tuple[str, ...]
    """What is not asked, as it was known."""


def has_form(service: ServiceFacts) -> bool:
    """Whether a form may ask for it: where somebody may be in danger, or of the private, the open
    box asks less.
    """
    return service.sensitivity not in answering.PRIVATE


def common(*, viewer: Viewer, limit: int = 6) -> list[Way]:
    """The needs that this district has a service for."""
    offered = district.catalogue(viewer=viewer)
    found = (_of_need(need, offered) for need in COMMON)
    return [way for way in found if way is not None][:limit]


def _of_need(need: Need, offered: Catalogue) -> Way | None:
    for service in offered.services.values():
        if (service.source_id in need.likes or service.like in need.likes) and has_form(service):
            return Way(service=service.source_id, word=str(need.word), icon=need.icon)
    return None


def all_ways(*, viewer: Viewer) -> list[Way]:
    """Every short form there is: the common needs, then all others by name."""
    first = common(viewer=viewer, limit=len(COMMON))
    told = {way.service for way in first}
    services = district.catalogue(viewer=viewer).services.values()
    rest = [_way(one) for one in services if one.source_id not in told and has_form(one)]
    return [*first, *sorted(rest, key=lambda way: way.word.casefold())]


def _way(service: ServiceFacts) -> Way:
    need = next(
        (one for one in COMMON if service.source_id in one.likes or service.like in one.likes), None
    )
    if need is None:
        return Way(service=service.source_id, word=service.name)
    return Way(service=service.source_id, word=str(need.word), icon=need.icon)


def search(text: str, *, viewer: Viewer, now: datetime, hint: str = "") -> list[Way]:
    """The short forms that are like these words, the likest first; none where danger is in them."""
    house = asking.house_now(now=now)
    gist = matter("", text[: asking.LONGEST])
    if house.model is None or not gist or safety.watch(text).level is not Level.NONE:
        return []
    spoken = language.identify(gist, offered=house.languages, fallback=hint or house.languages[0])
    vector = house.encoders.encode([gist])[0]
    guesses = house.model.predict(vector, spoken.code, allowed=house.offered.keys())
    return named(
        [one.service for one in guesses if one.probability >= LIKE], viewer=viewer, limit=SHOWN
    )


def named(services: Sequence[str], *, viewer: Viewer, limit: int) -> list[Way]:
    """The ways to the forms of these services, in their order; those that have none left out."""
    offered = {one.source_id: one for one in district.catalogue(viewer=viewer).services.values()}
    found = [offered[name] for name in services if name in offered]
    return [_way(one) for one in found if has_form(one)][:limit]


def path(service: str, *, viewer: Viewer, today: date, spoken: str) -> Path | None:
    """The short form of that service as this viewer gets it, in their language, if there is one."""
    offered = district.catalogue(viewer=viewer)
    found = next((one for one in offered.services.values() if one.source_id == service), None)
    if found is None or not has_form(found):
        return None
    known = _known(viewer)
    schools = sorted(org.name for org in offered.orgs.values() if org.kind == "school")
    asks = guided.asks(
        found,
        known=known,
        schools=schools,
        today=today,
        language=spoken,
    )
    return Path(
        service=found.source_id,
        word=_way(found).word,
        asks=asks,
        known=tuple(
            dict.fromkeys(
                value
                for name, value in known.facts.items()
                if name in (*found.required_context, *found.helpful_context)
            )
        ),
    )


def _known(viewer: Viewer) -> Known:
    """What the roster says of whoever is signed in, so that it need not be asked."""
    if viewer.person_id is None:
        return guided.NOTHING
    people = circle.people([viewer.person_id], wards_of=viewer.person_id, viewer=SYSTEM)
    own = people.get(viewer.person_id)
    children = [one for one in people.values() if one.is_ward and one.id != viewer.person_id]
    if own is None:
        return guided.NOTHING
    facts = {"requester": own.name}
    if own.is_student:
        facts |= {"student": own.name, "school": own.school, "grade": own.grade}
    elif own.is_staff:
        facts |= {"employee": own.name, "school": own.school}
    elif len(children) == 1:
        child = children[0]
        facts |= {"student": child.name, "school": child.school, "grade": child.grade}
    elif children:
        schools = tuple(dict.fromkeys(one.school for one in children if one.school))
        facts |= {"school": schools[0]} if len(schools) == 1 else {}
        choices = {"student": tuple(one.name for one in children), "school": schools}
        return Known(facts={k: v for k, v in facts.items() if v}, choices=choices)
    return Known(facts={name: value for name, value in facts.items() if value}, choices={})
