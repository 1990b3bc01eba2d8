from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.understanding.mentions import extract
from homeroom.understanding.safety import watch
from homeroom.understanding.urgency import Urgency, raisers, recognise, weigh

AT = datetime.fromisoformat("2026-10-05T09:20:00-05:00")


def urgency(text: str, *, default: int = 3, raise_if: tuple[str, ...] = ()) -> Urgency:
    mentions = extract(text, at=AT)
    return weigh(text, mentions, at=AT, default=default, raise_if=raise_if, safety=watch(text))


@pytest.mark.parametrize(
    ("text", "priority", "reason"),
    [
        ("Projector in 214 is dead again, 3rd period starts in 10 minutes", 1, "minutes_left"),
        ("la clase empieza en 5 minutos", 1, "minutes_left"),
        ("no sound, parents come at 9:45", 1, "minutes_left"),
        ("it died and the kids are sitting here", 1, "class_now"),
        ("nothing opens in the whole building", 1, "whole_site"),
        ("mi hija sigue esperando en la parada", 1, "child_waiting"),
        ("state test today and six machines are dead", 1, "testing_today"),
        ("payroll closes at noon and I am locked out", 1, "pay_of_many"),
        ("the grades are due today and I can't get in", 1, "grades_of_many"),
        ("board meeting tonight and the mics don't work", 1, "event"),
        ("no sub in 12 and the kids are by themselves", 1, "alone_now"),
        ("the walk-in is at 48 and climbing", 1, "food_spoiling"),
        ("the front door won't lock", 1, "danger_now"),
        ("internet is down in the whole school", 1, "whole_site"),
        ("my room is at 44 degrees", 1, "degrees"),
        ("half of my students can't log in", 2, "whole_group"),
        ("my students can't open it today", 2, "people"),
        ("the register said no and he has not eaten", 2, "child_hungry"),
        ("water is pouring out of the ceiling", 1, "danger_now"),
        ("she has a gun", 1, "danger"),
    ],
)
def test_what_presses_and_why(text: str, priority: int, reason: str) -> None:
    found = urgency(text)
    assert found.priority == priority
    assert reason in [one.key for one in found.reasons]
    assert all(one.english for one in found.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "the bus was 10 minutes late",
        "I waited for 20 minutes",
        "the meeting on Friday is at 9:45",
        "is it ok if I bring cupcakes",
        "URGENT!!! my menu is wrong",
        "What time does the concert start tonight?",
        "When is state testing for the whole school?",
        "The heat was out last week and you fixed it, thank you",
        "do you have a no smoking policy",
        "tell him to walk home today",
        "THIS IS THE WORST DISTRICT EVER!!! I AM FURIOUS!!!",
        "my students cannot reach the poetry archive",
        "the kitchen faucet is leaking a bit",
        "he was kicked out of the chess club",
        "photos of the flood exhibit are up",
    ],
)
def test_what_does_not_press(text: str) -> None:
    found = urgency(text)
    assert found.priority == 3
    assert [one.key for one in found.reasons] == ["usual"]


@settings(deadline=None)
@given(
    st.sampled_from(
        ["my printer jams", "no sound in 214", "where is the bus", "quiero saber mi saldo"]
    ),
    st.integers(0, 9),
)
def test_shouting_changes_nothing(text: str, marks: int) -> None:
    assert urgency(text.upper() + "!" * marks).priority == urgency(text).priority


def test_some_raisers_speak_only_where_a_service_lists_them() -> None:
    text = "we have choir tomorrow"
    assert urgency(text).priority == 3
    assert urgency(text, raise_if=("Event within 2 business days",)).priority == 2


def test_prose_nobody_knows_is_handed_back_not_guessed() -> None:
    found = urgency("hello", raise_if=("Class is happening now", "mayor is visiting"))
    assert found.unknown == ("mayor is visiting",)
    assert found.priority == 3
    assert recognise(["TESTING WINDOW."]) == (frozenset({"testing_today"}), ())


def test_every_list_is_written_in_the_notation() -> None:
    """A phrase that compiles and begins with a word can be found; no list is empty by mistake."""
    for raiser in raisers():
        assert raiser.say
        assert raiser.impact in {1, 2, 3, 4}
        assert raiser.time in {0, 1, 2}


def test_a_raiser_never_lowers() -> None:
    assert urgency("payroll closes today", default=1).priority == 1
