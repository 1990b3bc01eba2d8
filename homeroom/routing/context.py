"""The facts of a request, each with who says so, and what its service still needs to know; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from homeroom.district.circle import Device, Member
from homeroom.kit.text import fold
from homeroom.routing import whom
from homeroom.routing.asker import Asker, Found
from homeroom.routing.fields import Field
from homeroom.understanding import choices, devices
from homeroom.understanding.ranking import Resolved

SURE = 0.5
"""From this certainty a mention settles where a request is; below it, staff only see a hint."""

FIELD = {
    "room": "room", "place": "location_detail", "asset_tag": "asset_tag", "serial": "asset_tag",
    "bus_route": "route", "stop": "stop", "school": "school", "grade": "grade",
    "period": "period", "date": "date", "time": "time", "amount": "amount",
    "app_name": "app_name", "device_word": "equipment", "student_id": "student_id",
    "phone": "phone", "email": "email", "url": "url", "address": "address",
    "extension": "phone_extension", "order": "order_number", "headcount": "headcount",
}  # fmt: skip
"""The fact that each kind of mention gives, in the names that services ask for."""
COLUMN = {"room": "place_id", "place": "place_id", "asset_tag": "asset_id", "serial": "asset_id",
    "school": "org_id"}  # fmt: skip
FORM = "form"
"""The source of a fact that was filled into a form."""
type Fact = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Facts by field, columns of the request they settle, and required fields nobody filled."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    columns: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def gather(
    found: Found,
    *,
    text: str,
    on: date,
    asker: Asker,
    required: Sequence[Field] = (),
    helpful: Sequence[Field] = (),
    given: Mapping[str, Fact] | None = None,
) -> Context:
    """Everything known, from the message first and the records where the message is silent.

    What was filled into a form (`given`) stands as it was typed.

    `on` is the day it was said: who is sick without saying when is sick today.
    """
    gathered = _Gathering(found, text=text, asker=asker, on=on)
    gathered.fill((*required, *helpful), text=text)
    gathered.take(given or {})
    missing = tuple(
        each.name for each in required if each.name not in gathered.facts and not each.is_told
    )
    return Context(facts=gathered.facts, columns=gathered.columns, missing=missing)


def fact(value: str, source: str, certainty: float, id: object = "") -> dict[str, object]:  # noqa: A002
    """One fact as a request keeps it."""
    made: dict[str, object] = {"value": value, "source": source, "certainty": round(certainty, 3)}
    return {**made, "id": str(id)} if id else made


class _Gathering:
    """The facts while they are put together: what was said, then who, then where and which."""

    def __init__(self, found: Found, *, text: str, asker: Asker, on: date) -> None:
        self.found, self.asker, self.today = found, asker, on.isoformat()
        self.words = fold(text).replace("'s", " ").replace("’s", " ")
        self.facts: dict[str, Fact] = {}
        self.columns: dict[str, int] = {}
        self._said()
        self._who()
        self._child()
        self._thing()
        self._home()
        self._place()

    def _set(self, name: str, value: str, source: str, certainty: float, id: object = "") -> None:  # noqa: A002
        if value and name not in self.facts:
            self.facts[name] = fact(value, source, certainty, id)

    def _said(self) -> None:
        """What was named and is neither a person nor a guess."""
        for one in sorted(self.found.resolved, key=lambda one: not one.id):
            name = FIELD.get(one.field)
            if name is None:
                continue
            if one.field == "school" and not one.id:
                if one.label != one.value:  # only with its kind: "Oakdale Elementary", elsewhere
                    self._set("named_school", one.label, one.source, one.certainty)
                continue
            value = one.label or one.value
            if name == "asset_tag" and one.id:
                value = self._tag(one) or value
            elif name in ("date", "time", "amount", "grade", "period", "headcount", "asset_tag"):
                value = one.value
            self._set(name, value, one.source, one.certainty, one.id)
            if one.id and one.certainty >= SURE and one.field in COLUMN:
                self.columns.setdefault(COLUMN[one.field], int(one.id))

    def _tag(self, one: Resolved) -> str:
        return next((each.tag for each in self.found.things if str(each.id) == one.id), "")

    def _who(self) -> None:
        """Who asks, and who of the people named is a pupil, who a teacher."""
        asker = self.asker
        if asker.name:
            sure = {"verified": 1.0, "claimed": 0.9}.get(asker.certainty, 0.6)
            self._set("requester", asker.name, asker.certainty, sure)
        for one in self._people():
            member = self.found.people.get(int(one.id)) if one.id else None
            if member is not None and member is asker.person:
                continue
            if fold(one.value) and fold(one.value) in fold(asker.name):
                continue
            if member is None or not one.id:
                self._set("about", one.label or one.value, "message", min(one.certainty, SURE))
                continue
            name = "student" if member.is_student else "teacher" if member.is_staff else "about"
            is_tied = asker.is_staff or asker.is_vouched or member in asker.children
            # A stranger's word for whom they mean stays their word: the roster is not read to them.
            value = member.name if is_tied or name == "teacher" else _as_said(one)
            self._set(name, value, one.source, one.certainty if is_tied else SURE, member.id)

    def _people(self) -> Iterator[Resolved]:
        people = [one for one in self.found.resolved if one.field in ("person", "student_id")]
        return iter(sorted(people, key=lambda one: -one.certainty if one.id else 0))

    def _child(self) -> None:
        """Which pupil: the asker, the one of their children who is meant, or a device's."""
        asker = self.asker
        if asker.is_student and asker.person is not None:
            self._set("student", asker.name, "roster", 0.95, asker.person.id)
        elif asker.children:
            grades = [one.value for one in self.found.resolved if one.field == "grade"]
            schools = [self.columns["org_id"]] if "org_id" in self.columns else []
            child, source = whom.chosen(
                asker.children, words=self._tokens(), grades=grades, schools=schools
            )
            if child is not None and "student" not in self.facts and not self._is_other(child):
                self.facts["student"] = fact(child.name, source, 0.9, child.id)
                self.facts.pop("about", None)
        if asker.children:
            household = ", ".join(child.name for child in asker.children)
            self._set("household", household, "roster", 0.9)
            said = choices.said("relationship", self.words)
            role = next(
                (role for role in asker.roles if role in ("parent", "guardian")), "guardian"
            )
            self._set("relationship", said or role, "message" if said else "roster", 0.8)

    def _is_other(self, child: Member) -> bool:
        """Whether somebody else was named: "my nephew Luis" of an adult with one child."""
        about = str(self.facts.get("about", {}).get("value", ""))
        return bool(about) and not whom.named((child,), fold(about).split())

    def _tokens(self) -> list[str]:
        return [word.strip('.,;:!?()"¿¡') for word in self.words.split()]

    def _home(self) -> None:
        """School and grade of whom it is about, else of the asker."""
        asker, child = self.asker, self._member("student")
        source = "message" if child is asker.person else "student"
        if child is not None:
            self._set("grade", child.grade, "roster", 0.95)
            self._set("school", child.school, "roster", 0.9, child.org_id or "")
            if child.org_id and source == "student":
                self.columns.setdefault("org_id", child.org_id)
        homes = {each.school for each in asker.children if each.school}
        if not asker.children or asker.is_staff:
            self._set("school", asker.school, "roster", 0.85)
        elif len(homes) == 1:
            self._set("school", homes.pop(), "roster", 0.85)
        if asker.is_staff:
            self._set("employee", asker.name, "roster", 0.95)
        if (asker.is_student or asker.children) and child is None and len(asker.children) == 1:
            self._set("grade", asker.children[0].grade, "roster", 0.6)

    def _member(self, name: str) -> Member | None:
        """The person that a fact names."""
        id_ = str(self.facts.get(name, {}).get("id", ""))
        if not id_:
            return None
        known = {each.id: each for each in (self.asker.person, *self.asker.children) if each}
        return known.get(int(id_)) or self.found.people.get(int(id_))

    def _thing(self) -> None:
        """The one device that is meant, its model, and whose it is."""
        said = [one.value for one in self.found.resolved if one.field == "device_word"]
        if "asset_id" not in self.columns:
            for device, source in self._devices(said):
                self._set("asset_tag", device.tag, source, 0.8, device.id)
                self.columns.setdefault("asset_id", device.id)
                break
        thing = next(
            (each for each in self._all_devices() if each.id == self.columns.get("asset_id")), None
        )
        if thing is None:
            return
        self._set("device_model", thing.model, "device", 0.9)
        self._set("equipment", thing.kind, "device", 0.9)
        owner = self.found.people.get(thing.person_id or 0)
        if owner is not None and owner.is_student:
            self._set("student", owner.name, "device", 0.8, owner.id)
            self._set("grade", owner.grade, "roster", 0.8)
        if thing.place_id and not {"room", "location_detail"} & set(self.facts):
            self._set("room", thing.place, "device", 0.85, thing.place_id)
            self.columns.setdefault("place_id", thing.place_id)

    def _all_devices(self) -> list[Device]:
        own = [self.asker.person, *self.asker.children]
        return [*self.found.things, *(device for each in own if each for device in each.devices)]

    def _devices(self, said: Sequence[str]) -> Iterator[tuple[Device, str]]:
        """The device that a word means: the pupil's, the asker's, or the room's, if it is one."""
        if not said:
            return
        teacher = self._member("teacher") or self.asker.person
        place = self.columns.get("place_id") or (teacher.place_id if teacher else None)
        in_room = [each for each in self.found.things if place and each.place_id == place]
        person = self._member("student") or (None if self.asker.children else self.asker.person)
        own = person.devices if person is not None else ()
        for devices_, source in ((own, "person"), (in_room, "place")):
            if one := devices.meant(said, devices_):
                yield one, source

    def _place(self) -> None:
        """The room where none was named: the teacher's who was, else the asker's own."""
        if {"room", "location_detail"} & set(self.facts):
            return
        teacher = self._member("teacher")
        if teacher is not None and teacher.room:
            self._set("room", teacher.room, "teacher", 0.75, teacher.place_id or "")
            if teacher.place_id:
                self.columns.setdefault("place_id", teacher.place_id)
            if teacher.school and not self.asker.school:
                self._set("school", teacher.school, "teacher", 0.75)
        elif self.asker.person is not None and not teacher:
            self._set("room", self.asker.person.room, "roster", 0.6)

    def fill(self, fields: Sequence[Field], *, text: str) -> None:
        """Give each field of the service the fact that fills it."""
        for each in fields:
            if each.name in self.facts:
                continue
            if each.options:
                self._set(each.name, choices.one_of(each.options, text), "message", 0.7)
            for name in each.fills:
                known = self.facts.get(name)
                if known is not None and not _is_only_own_room(each, known):
                    self.facts.setdefault(each.name, known)
            if choices.is_listed(each.name):
                self._set(each.name, choices.said(each.name, self.words), "message", 0.7)
            if each.name == "date" and choices.said("implied_day", self.words):
                self._set(each.name, self.today, "message", 0.6)

    def take(self, given: Mapping[str, Fact]) -> None:
        """Let what was filled in stand, with the record that its words were found to mean."""
        for name, one in given.items():
            known = self.facts.get(name, {})
            is_same = fold(str(known.get("value", ""))) == fold(str(one["value"]))
            self.facts[name] = {**one, "id": known["id"]} if is_same and "id" in known else one


def _as_said(one: Resolved) -> str:
    """A person in the asker's own words: never more than they have said themselves."""
    return one.label if fold(one.label) in fold(one.value) else one.value


def _is_only_own_room(wanted: Field, known: Fact) -> bool:
    """A leak need not be in the room of whoever reports it: only a room's field is filled so."""
    return (
        known.get("source") == "roster"
        and known.get("certainty") == 0.6
        and (wanted.asks == "place")
    )
