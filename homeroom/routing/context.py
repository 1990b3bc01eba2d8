"""The facts of a request, each with who says so, and what its service still needs to know; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from homeroom.understanding.ranking import Resolved

SURE = 0.5
"""From this certainty a mention settles where a request is; below it, staff only see a hint."""

FIELD = {
    "room": "room", "place": "location_detail", "asset_tag": "asset_tag", "serial": "asset_tag",
    "bus_route": "route", "school": "school", "person": "about", "grade": "grade",
    "period": "period", "date": "date", "time": "time", "amount": "amount",
    "app_name": "app_name", "device_word": "equipment", "student_id": "student",
    "phone": "phone", "email": "email",
}  # fmt: skip
"""The field that each kind of mention fills, in the names that services ask for."""

COLUMN = {"room": "place_id", "place": "place_id", "asset_tag": "asset_id", "serial": "asset_id",
    "school": "org_id"}  # fmt: skip

IN_THE_WORDS = frozenset({"text", "longtext", "reason"})
"""Types that the message itself answers: nobody is asked again to say what they just said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What the roster says of the one who asks."""

    name: str = ""
    certainty: str = "unknown"
    roles: tuple[str, ...] = ()
    is_student: bool = False
    is_staff: bool = False
    school: str = ""
    room: str = ""
    grade: str = ""
    wards: tuple[str, ...] = ()
    """Names of the pupils this adult answers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Facts by field, columns of the request they settle, and required fields nobody filled."""

    facts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    columns: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def gather(
    resolved: Sequence[Resolved],
    *,
    asker: Asker,
    required: Sequence[str] = (),
    types: Mapping[str, str] | None = None,
) -> Context:
    """Everything known, from the message first and the roster where the message is silent.

    `types` says of each field what it is (person, site, date, text, ...).
    """
    facts: dict[str, Mapping[str, object]] = {}
    columns: dict[str, int] = {}
    for one in resolved:
        name = FIELD.get(one.field)
        if name is None or (name in facts and not (one.id and "id" not in facts[name])):
            continue
        facts[name] = _fact(one.label or one.value, one.source, one.certainty, one.id)
        if one.id and one.certainty >= SURE and one.field in COLUMN:
            columns.setdefault(COLUMN[one.field], int(one.id))
    for name, value in _from_roster(asker).items():
        facts.setdefault(name, _fact(value, "roster", 1.0))
    if asker.name:
        facts["requester"] = _fact(asker.name, asker.certainty, 1.0)
    kinds = types or {}
    missing = tuple(
        name
        for name in required
        if name not in facts and kinds.get(name, "text") not in IN_THE_WORDS
    )
    return Context(facts=facts, columns=columns, missing=missing)


def _fact(value: str, source: str, certainty: float, id: str = "") -> dict[str, object]:  # noqa: A002
    fact: dict[str, object] = {"value": value, "source": source, "certainty": certainty}
    return {**fact, "id": id} if id else fact


def _from_roster(asker: Asker) -> dict[str, str]:
    known = {"school": asker.school, "room": asker.room, "grade": asker.grade}
    if asker.is_student:
        known["student"] = asker.name
    elif len(asker.wards) == 1:
        known["student"] = asker.wards[0]
    if asker.is_staff:
        known["employee"] = asker.name
    return {name: value for name, value in known.items() if value}
