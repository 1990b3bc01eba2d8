"""What a text names of all that many depend on, and whether it says that it fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.understanding.affected import affected, apart, entries, fails, meant, reaching, route
from homeroom.understanding.signs import rates


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("No internet in the B wing", {"internet"}),
        ("No hay luz en el edificio", {"power"}),
        ("phones and internet are both out", {"phones", "internet"}),
        ("Canvas says 503", {"lms"}),
        ("the class site is down", {"lms"}),
        ("payday and no pay??", {"pay"}),
        ("hay clases mañana?", {"closure"}),
        ("Please move ten tables", set()),
        ("", set()),
    ],
)
def test_what_is_named(text: str, names: set[str]) -> None:
    assert affected(text) == names


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("No internet in here", True),
        ("wifi gone in 1st hour", True),
        ("El autobús no ha pasado", True),
        ("hôm nay có nghỉ học vì tuyết không", True),
        ("Where on the website is the supply list", False),
        ("the driver of our bus is very kind", False),
        ("I have no idea whom to ask. Something else entirely: the bus schedule", False),
    ],
)
def test_that_it_fails_is_said_close_to_it(text: str, is_said: bool) -> None:
    assert fails(text) is is_said


def test_two_things_are_apart_unless_one_stands_on_the_other() -> None:
    internet, heat = frozenset({"internet"}), frozenset({"climate"})
    assert apart(internet, heat)
    assert apart(heat, internet)
    assert not apart(internet, frozenset({"lms", "climate"}))
    assert not apart(frozenset({"power", "bells"}), internet)
    assert not apart(internet, frozenset())


@pytest.mark.parametrize(
    ("said", "text", "number"),
    [
        ("42", "Bus 42 is late", "42"),
        ("forty two", "route forty two is late", "42"),
        ("Blue Bird bus07", "bus 7 is late", "7"),
        ("", "el 7 no ha pasado", "7"),
        ("", "no #7 yet, we wait since 6:50", "7"),
        ("", "late by 20 minutes", ""),
        ("", "is it 7 or 9", ""),
    ],
)
def test_the_number_of_a_bus(said: str, text: str, number: str) -> None:
    assert route(said, text) == number


def test_each_thing_is_asked_for_under_entries_that_there_are() -> None:
    things = frozenset({"bus"}) | affected("No internet, no power, no heat, no water, no pay")
    assert entries(things) <= set(rates())
    assert meant("tra.bus_late") == {"bus"}
    assert meant("it.app_login") == frozenset()
    assert reaching({"bus", "lms", "water"}, "district") == {"lms"}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(fails(text), bool)
    assert reaching(affected(text), "site") <= affected(text)
