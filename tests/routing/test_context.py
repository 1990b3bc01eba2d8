"""The facts of a request, each with who says so."""

from datetime import date

from homeroom.district.circle import Device, Member
from homeroom.routing.asker import Asker, Found
from homeroom.routing.context import gather
from homeroom.routing.fields import field
from homeroom.understanding.ranking import Resolved

DAY = date(2026, 11, 24)
BOOK = Device(id=5, tag="LX-13120", kind="chromebook", model="Lenovo 300e", person_id=2)
SAM = Member(
    id=2, given="Sam", name="Sam Flores", grade="10", org_id=20, school="Lincoln High",
    roles=("student",), devices=(BOOK,), is_ward=True,
)  # fmt: skip
SOFIA = Member(id=1, given="Sofía", name="Sofía Flores", grade="3", org_id=10, is_ward=True)
ANA = Member(id=9, given="Ana", name="Ana Flores", roles=("guardian",))
STUDENT = field("student", {"type": "person"})
TAG = field("asset_tag", {"type": "asset"})


def said(kind: str, value: str, id_: str = "") -> Resolved:
    return Resolved(field=kind, id=id_, value=value, label=value, source="message", certainty=0.9)


def guardian(*children: Member) -> Asker:
    return Asker(
        name="Ana Flores", certainty="claimed", roles=("guardian",), person=ANA, children=children
    )


def test_the_only_child_and_its_device_come_from_the_roster() -> None:
    found = Found(resolved=[said("device_word", "chromebook")], people={2: SAM})
    made = gather(
        found, text="the chromebook is cracked", on=DAY, asker=guardian(SAM),
        required=(STUDENT, TAG),
    )  # fmt: skip
    assert made.facts["student"]["value"] == "Sam Flores"
    assert made.facts["student"]["source"] == "roster"
    assert made.facts["asset_tag"]["value"] == "LX-13120"
    assert made.facts["school"]["value"] == "Lincoln High"
    assert (made.columns["asset_id"], made.missing) == (5, ())


def test_of_two_children_nobody_is_guessed() -> None:
    made = gather(
        Found(), text="my child is sick", on=DAY, asker=guardian(SAM, SOFIA), required=(STUDENT,)
    )
    assert made.missing == ("student",)
    assert "student" not in made.facts


def test_a_stranger_is_told_no_more_than_they_said() -> None:
    found = Found(resolved=[said("student_id", "48817", "2")], people={2: SAM})
    made = gather(found, text="student 48817", on=DAY, asker=Asker(name="Charlie"))
    assert made.facts["student"]["value"] == "48817"
    assert made.facts["student"]["certainty"] == 0.5


def test_who_is_sick_without_a_day_is_sick_today() -> None:
    made = gather(
        Found(), text="Sam is sick", on=DAY, asker=guardian(SAM),
        required=(field("date", {"type": "date"}),),
    )  # fmt: skip
    assert made.facts["date"]["value"] == "2026-11-24"


def test_every_field_has_a_source_or_a_question() -> None:
    for kind in ("person", "site", "room", "asset", "route", "date", "money", "url", "enum"):
        own = field("our_own_name", {"type": kind, "label": "Ours"})
        assert own.fills
        assert own.asks
    assert field("anything", {"type": "text"}).is_told
    assert not field("phone_extension", {"type": "text"}).is_told
