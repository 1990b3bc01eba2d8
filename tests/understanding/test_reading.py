import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.understanding.encoders import Encoders
from homeroom.understanding.likeness import likeness, nearest
from homeroom.understanding.named import GUESSES
from homeroom.understanding.reading import Heard, Reading, Standing, read
from homeroom.understanding.safety import Level
from homeroom.understanding.service import Model


@pytest.fixture
def standing(model: Model) -> Mapping[str, Standing]:
    return {name: Standing(priority=3) for name in model.classes}


def reading(
    text: str,
    *,
    at: datetime,
    encoders: Encoders,
    model: Model,
    standing: Mapping[str, Standing],
    subject: str = "",
    hint: str | None = None,
) -> Reading:
    return read(
        Heard(text=text, subject=subject, at=at, language_hint=hint),
        languages=("en", "es", "ht"),
        encoders=encoders,
        model=model,
        services=standing,
    )


def test_ms_lees_projector(
    at: datetime, encoders: Encoders, model: Model, standing: Mapping[str, Standing]
) -> None:
    found = reading(
        "Projector in 214 is dead again, 3rd period starts in 10 minutes",
        at=at,
        encoders=encoders,
        model=model,
        standing=standing,
    )
    assert found.language.code == "en"
    assert found.services[0].service == "classroom-screens"
    assert found.confidence == found.services[0].probability > 0.6
    assert ("room", "214") in [(one.kind.value, one.value) for one in found.mentions]
    assert found.urgency.priority == 1
    assert found.safety.level is Level.NONE
    assert any("10 minutes" in sentence for sentence in found.why)
    assert (found.trace.encoders, found.trace.model) == (encoders.fingerprint, model.hash)


def test_anas_question_about_fridays_game(
    at: datetime, encoders: Encoders, model: Model, standing: Mapping[str, Standing]
) -> None:
    found = reading(
        "¿A qué hora es el partido del viernes?",
        at=at,
        encoders=encoders,
        model=model,
        standing=standing,
    )
    assert found.language.code == "es"
    assert found.services[0].service == "games"
    assert [one.value for one in found.mentions if one.kind not in GUESSES] == ["2026-10-09"]


def test_danger_is_seen_whatever_the_service(
    at: datetime, encoders: Encoders, model: Model, standing: Mapping[str, Standing]
) -> None:
    found = reading(
        "projector is dead and i want to die",
        at=at,
        encoders=encoders,
        model=model,
        standing=standing,
    )
    assert found.safety.level is Level.PAGE
    assert found.urgency.priority == 1
    assert any("A person must look" in sentence for sentence in found.why)


def test_danger_behind_the_part_that_decides_the_service_is_seen(
    at: datetime, encoders: Encoders, model: Model, standing: Mapping[str, Standing]
) -> None:
    text = "The printer jams. " * 80 + "\n-- \nP.S. he has a gun"
    found = reading(text, at=at, encoders=encoders, model=model, standing=standing)
    assert found.safety.level is Level.PAGE


def test_only_offered_services_are_named(
    at: datetime, encoders: Encoders, model: Model, standing: Mapping[str, Standing]
) -> None:
    few = {"heat": Standing(priority=4), "pay": Standing(priority=4)}
    found = reading("projector dead", at=at, encoders=encoders, model=model, standing=few)
    assert {one.service for one in found.services} == set(few)
    none = reading("projector dead", at=at, encoders=encoders, model=model, standing={})
    assert (none.services, none.confidence) == ((), 0)


def test_the_language_on_file_decides_when_nothing_shows(
    at: datetime, encoders: Encoders, model: Model, standing: Mapping[str, Standing]
) -> None:
    found = reading("214", at=at, encoders=encoders, model=model, standing=standing, hint="ht")
    assert found.language.code == "ht"


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_can_be_read(
    at: datetime,
    encoders: Encoders,
    model: Model,
    standing: Mapping[str, Standing],
    text: str,
    subject: str,
) -> None:
    found = reading(text, subject=subject, at=at, encoders=encoders, model=model, standing=standing)
    assert 0 <= found.confidence <= 1
    assert 1 <= found.urgency.priority <= 4
    assert found.why


def test_likeness_knows_a_repeat(encoders: Encoders) -> None:
    one, again, other = encoders.encode(
        ["wifi is down in B wing", "no internet in the B wing", "lunch balance refund"]
    )
    assert likeness(one, again) > 0.55 > likeness(one, other)
    table = encoders.encode(["lunch balance refund", "internet out in B wing"])
    assert [each.row for each in nearest(one, table, most=2)] == [1, 0]


def test_the_room_is_pure() -> None:
    """Reading needs neither Django nor a database nor an HTTP client to be imported."""
    program = (
        "import sys; import homeroom.understanding.reading, homeroom.understanding.lessons;"
        "print({'django', 'psycopg', 'httpx', 'scipy', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_what_only_points_back_calls_nobody_by_itself(
    at: datetime, encoders: Encoders, model: Model, standing: Mapping[str, Standing]
) -> None:
    house = {"at": at, "encoders": encoders, "model": model, "standing": standing}
    assert reading("Thank you, it still happens, number 17.", **house).safety.level is Level.LOOK  # type: ignore[arg-type]
    told = reading("it still happens, they push me into the lockers every day", **house)  # type: ignore[arg-type]
    assert told.safety.level is Level.PAGE
