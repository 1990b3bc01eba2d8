"""One line from the hallway, taken apart; any text gives a value and loses nothing."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.channels.walkup.heard import Heard, hear, moment

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        (
            "Mr. Diaz, 214, projector, already fixed",
            Heard(who="Mr. Diaz", where="214", what="projector", done=True),
        ),
        (
            "ms lee, room 118, needs a charger at 9:15",
            Heard(who="ms lee", where="room 118", what="needs a charger", clock=time(9, 15)),
        ),
        ("Gym, lights out", Heard(where="Gym", what="lights out")),
        ("Dana Lee; library; printer jam; done", Heard(
            who="Dana Lee", where="library", what="printer jam", done=True)),
        ("Sra. Flores, oficina, no puede entrar, ya está arreglado, a las 2", Heard(
            who="Sra. Flores", where="oficina", what="no puede entrar", done=True,
            clock=time(14))),
        ("Coach Reed, scoreboard, yesterday", Heard(
            who="Coach Reed", what="scoreboard", days_ago=1)),
        ("projector in the back hums", Heard(what="projector in the back hums")),
        ("Dr. Ortiz, B-12, heater rattles at 11 pm", Heard(
            who="Dr. Ortiz", where="B-12", what="heater rattles", clock=time(23))),
        ("fixed", Heard(done=True)),
        ("Reset the password for Ms. Lee, all set", Heard(
            what="Reset the password for Ms. Lee", done=True)),
    ],
)  # fmt: skip
def test_a_line_is_understood(line: str, heard: Heard) -> None:
    assert hear(line) == heard


@given(st.text(max_size=400))
def test_any_line_gives_a_value(line: str) -> None:
    heard = hear(line)
    assert isinstance(heard, Heard)
    for part in (heard.who, heard.where):
        assert part in line or ". " in part


@given(st.lists(st.sampled_from(["Mr. Diaz", "214", "gym", "fixed", "at 9", "projector", "done"])))
def test_what_is_not_understood_stays_part_of_what_was_asked(parts: list[str]) -> None:
    heard = hear(", ".join(parts))
    assert heard.what.count("projector") == parts.count("projector")
    assert heard.done == any(part in {"fixed", "done"} for part in parts)


@pytest.mark.parametrize(
    ("line", "picked", "at"),
    [
        ("projector, at 9", "now", NOW.replace(hour=9, minute=0)),
        ("projector", "now", NOW),
        ("projector", "morning", NOW.replace(hour=8, minute=0)),
        ("projector", "lunch", NOW.replace(hour=12, minute=0)),
        ("projector", "yesterday", NOW.replace(hour=12, minute=0) - timedelta(days=1)),
        ("projector at 9", "yesterday", NOW.replace(hour=9, minute=0) - timedelta(days=1)),
        ("projector at 4", "now", NOW),  # never after now
    ],
)
def test_when_it_was(line: str, picked: str, at: datetime) -> None:
    assert moment(hear(line), picked=picked, now=NOW) == at


@given(st.text(max_size=60), st.sampled_from(["now", "morning", "lunch", "yesterday", "x"]))
def test_nothing_was_asked_in_the_future(line: str, picked: str) -> None:
    assert NOW - timedelta(days=2) < moment(hear(line), picked=picked, now=NOW) <= NOW


def test_a_long_line_costs_little() -> None:
    import time as clock

    started = clock.process_time()
    for unit in ("a, ", "at 9 ", "Mr. ", ". ", "-" * 3, "yesterday "):
        hear(unit * 100_000)
    assert clock.process_time() - started < 1
