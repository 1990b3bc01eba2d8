"""Learning from a district's past: from a file, from its own requests, and what is proved by it."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from homeroom.district.permissions import SYSTEM
from homeroom.kit import clock, scratch
from homeroom.pipeline import learn, minds, relive, replay
from homeroom.routing import actions, labels, learning, queries
from homeroom.routing.models import Calibration, Learned, Precedent
from homeroom.tickets.log import person
from homeroom.tickets.models import Ticket
from homeroom.understanding.encoders import Vectors
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db(transaction=True)

SCREENS = (
    "the projector in room {n} shows no picture",
    "room {n}: the screen stays black since this morning",
    "projector in {n} is blinking and too warm, class is waiting",
    "no image on the wall in {n}, the lamp hums",
)
BUSES = (
    "bus {n} was twenty minutes late again today",
    "why is route {n} twenty minutes late again",
    "my son missed first period because bus {n} was late",
    "which number runs late today, is it bus {n}",
)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def _held_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


def line(number: int, text: str, at: datetime, truth: dict[str, object] | None = None) -> str:
    made: dict[str, object] = {
        "id": f"past-{number}",
        "at": at.isoformat(),
        "channel": "email",
        "from": {"email": f"someone{number}@mail.example"},
        "text": text,
    }
    return json.dumps(made | ({"truth": truth} if truth else {}))


def past(count: int, *, truth: tuple[dict[str, object], dict[str, object]]) -> list[str]:
    """Screens and buses in turn, an hour apart, ending before now."""
    lines = []
    for number in range(count):
        kind = number % 2
        text = (SCREENS, BUSES)[kind][number // 2 % 4].format(n=200 + number)
        at = NOW - timedelta(hours=count + 5 - number)
        lines.append(line(number, text, at, truth[kind]))
    return lines


def truth(cast: Cast) -> tuple[dict[str, object], dict[str, object]]:
    return (
        {"department": cast.technology.source_id, "service": cast.projectors.source_id},
        {"department": cast.transportation.source_id},
    )


def written(folder: Path, lines: list[str]) -> Path:
    path = folder / "past.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def replayed(text: str) -> dict[str, object]:
    given = line(9_999, text, NOW).encode()
    with scratch.clone(keep=replay.STANDING):
        return next(iter(replay.replay([given])))


def test_a_past_opens_the_gate_and_a_replay_uses_it(cast: Cast, tmp_path: Path) -> None:
    learning.ensure(encoders=minds.encoders(), now=NOW)
    before = replayed("the projector in room 310 shows no picture")
    assert before["automatic"] is False
    lesson = learn.from_file(written(tmp_path, past(130, truth=truth(cast))), now=NOW)
    assert lesson.labels == 130
    assert lesson.decisions >= 100, "where people must look for danger the model has no say"
    assert lesson.is_crowned
    assert lesson.gate.pooled is not None
    assert lesson.gate.pooled.bound <= 0.03
    after = replayed("the projector in room 310 shows no picture")
    assert after["automatic"] is True
    assert after["department"] == cast.technology.source_id
    bus = replayed("bus 77 was half an hour late again today")
    assert (bus["department"], bus["automatic"]) == (cast.transportation.source_id, True)
    assert replayed("do you sell eggs")["automatic"] is False
    assert not Ticket.objects.exists()


def test_learning_the_same_again_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, past(60, truth=truth(cast)))
    first = learn.from_file(path, now=NOW)
    again = learn.from_file(path, now=NOW)
    assert first.model == again.model
    assert first.gate == again.gate
    assert Precedent.objects.count() == 60
    assert Learned.objects.filter(is_champion=True).count() == 1


def test_nothing_is_decided_by_what_it_was_taught_with(cast: Cast, tmp_path: Path) -> None:
    """A label that turns the world around is believed later on, not in the decision it judges."""
    told, _ = truth(cast)
    lines = [
        line(1, "the projector in room 214 shows no picture", NOW - timedelta(hours=9), told),
        line(
            2,
            "nobody came for the star show at the planetarium",
            NOW - timedelta(hours=7),
            {"department": cast.transportation.source_id},
        ),
    ]
    learn.from_file(written(tmp_path, lines), now=NOW)
    rows = labels.known(encoder=minds.encoders().fingerprint)
    found = learning.champion()
    assert found is not None
    assert [row.is_right for row in rows] == [True, False]
    taught = found[0].predict(rows[1].vector, "en")
    assert taught[0].service == cast.late_bus.source_id


def test_a_line_that_was_read_before_is_not_read_again(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, past(40, truth=truth(cast)))
    first = learn.from_file(path, now=NOW)
    read: list[str] = []
    encode = minds.encoders().encode

    class Watched:
        fingerprint = minds.encoders().fingerprint

        def encode(self, texts: Sequence[str]) -> Vectors:
            read.extend(texts)
            return encode(texts)

    monkeypatch.setattr(minds, "encoders", Watched)
    assert learn.from_file(path, now=NOW).model == first.model
    assert not read
    learn.from_file(written(tmp_path, past(42, truth=truth(cast))), now=NOW)
    assert read


def test_a_label_known_later_teaches_nothing_before(cast: Cast, tmp_path: Path) -> None:
    late = {"resolved_at": (NOW + timedelta(days=9)).isoformat()}
    pair = truth(cast)
    lines = past(60, truth=(pair[0] | late, pair[1] | late))
    said, _ = relive.read(written(tmp_path, lines))
    course = learning.course(encoders=minds.encoders(), now=NOW)
    assert course is not None
    with scratch.clone(keep=replay.STANDING):
        lived = list(relive.relive(said, course=course, before=[]))
    assert {each.known.model for each in lived if each.known} == {course.cold.hash}


def test_bad_lines_are_named_and_the_others_teach(cast: Cast, tmp_path: Path) -> None:
    lines = past(20, truth=truth(cast))
    lesson = learn.from_file(written(tmp_path, [*lines, "{nonsense"]), now=NOW)
    assert lesson.refused == ("past.jsonl:21: This is not a line of JSON.",)
    assert lesson.labels == 20
    with pytest.raises(relive.NothingToRelive, match="holds no message"):
        relive.read(written(tmp_path, ["{nonsense"]))


def test_labels_may_be_coarse_or_by_name(cast: Cast) -> None:
    book = labels.Book(queries.offered(viewer=SYSTEM))
    home = cast.technology.source_id
    exact = book.owner({"service": cast.projectors.name.upper()})
    assert exact is not None
    assert (exact.services, exact.departments) == ((cast.projectors.source_id,), (home,))
    team = book.owner({"team": cast.buses.source_id})
    assert team is not None
    assert (team.services, team.is_exact) == ((cast.late_bus.source_id,), True)
    several = book.owner({"department": home, "departments": [home, "nobody"]})
    assert several is not None
    assert several.departments == (home,)
    assert book.owner({"department": "nobody"}) is None
    assert book.owner({"priority": 2}) is None


def test_a_persons_choice_is_what_the_install_learns(cast: Cast) -> None:
    """Theo corrects a suggestion: the request becomes a lesson with the score it had before."""
    learning.ensure(encoders=minds.encoders(), now=NOW)
    given = line(1, "the projector in 214 shows no picture", NOW).encode()
    house_answers = next(iter(replay.replay([given])))
    assert house_answers["automatic"] is False
    ticket = Ticket.objects.get()
    actions.choose(
        ticket,
        service=cast.late_bus,
        team=cast.buses,
        by=person(cast.theo.pk),
        account=None,
        now=NOW,
    )
    lesson = learn.from_install(now=NOW)
    row = labels.known(encoder=minds.encoders().fingerprint)[0]
    assert lesson.labels == 1
    assert row.owner.services == (cast.late_bus.source_id,)
    assert row.department == cast.technology.source_id
    assert not row.is_right
    assert row.score == pytest.approx(ticket.suggestion.score)


def test_a_gate_that_is_switched_off_stays_closed(cast: Cast, tmp_path: Path) -> None:
    learn.from_file(written(tmp_path, past(130, truth=truth(cast))), now=NOW)
    found = learning.champion()
    assert found is not None
    assert found[1].pooled is not None
    Calibration.objects.update(fallen_at=NOW)
    fallen = learning.champion()
    assert fallen is not None
    assert not fallen[1].opens(cast.technology.source_id, 1.0)
    assert fallen[1].confidence(0.9) == found[1].confidence(0.9)
