"""A year of history: true to the catalogue's rates and at one with itself."""

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from homeroom.demo import folder as folders
from homeroom.demo import history, shelf, texts
from homeroom.demo.arrivals import Opening
from homeroom.demo.casting import Cast

TODAY = date(2026, 11, 24)
COUNT = 6_000


@pytest.fixture(scope="module")
def lines(small: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path = tmp_path_factory.mktemp("history") / "history.jsonl"
    assert history.write(path, folder=small, seed=1, today=TODAY, n=COUNT) == COUNT
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_same_seed_same_lines(small: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        history.write(tmp_path / name, folder=small, seed=seed, today=TODAY, n=300)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_lines_are_a_year_in_order_with_ids_of_their_own(lines: list[dict[str, Any]]) -> None:
    opened = [when(line["at"]) for line in lines]
    assert opened == sorted(opened)
    assert opened[0].date() >= TODAY - timedelta(days=365)
    assert opened[-1].date() < TODAY
    assert len({line["id"] for line in lines}) == COUNT


def test_shares_of_departments_follow_the_catalogue(lines: list[dict[str, Any]]) -> None:
    rates = shelf.services().values()
    whole = sum(service["per_1000_pupils_a_year"] for service in rates)
    wanted: Counter[str] = Counter()
    for service in rates:
        wanted[service["department"]] += service["per_1000_pupils_a_year"] / whole
    seen = Counter(line["truth"]["department"] for line in lines)
    for department, share in wanted.items():
        assert seen[department] / COUNT == pytest.approx(share, abs=0.035), department


def test_august_is_the_year_and_monday_the_week(lines: list[dict[str, Any]]) -> None:
    months = Counter(when(line["at"]).month for line in lines)
    assert months.most_common(1)[0][0] == 8
    assert months[8] / COUNT == pytest.approx(562 / 3040, abs=0.04)
    days = Counter(when(line["at"]).weekday() for line in lines)
    assert days.most_common(1)[0][0] == 0
    assert (days[5] + days[6]) / COUNT < 0.06


def test_spanish_and_channels_are_mixed(lines: list[dict[str, Any]]) -> None:
    spanish = sum(line["language"] == "es" for line in lines) / COUNT
    assert 0.06 < spanish < 0.18
    channels = Counter(line["channel"] for line in lines)
    assert set(channels) == {"email", "form", "voice", "walkup", "chat", "sms"}
    assert channels["email"] / COUNT > 0.18


def test_times_never_run_backwards(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        steps = [line["opened_at"], line["assigned_at"], line["first_reply_at"]]
        steps += [line["resolved_at"], line["closed_at"]]
        moments = [when(step) for step in steps if step]
        assert moments == sorted(moments), line["id"]
        said = [when(message["at"]) for message in line["messages"]]
        assert said == sorted(said)
        assert line["messages"][0]["text"] == line["text"]
        turns = [when(turn["at"]) for turn in line["turns"]]
        assert turns == sorted(turns)


def test_only_the_last_ten_days_hold_open_work(lines: list[dict[str, Any]]) -> None:
    waiting = [line for line in lines if line["status"] in ("new", "open", "waiting")]
    assert waiting
    oldest = min(when(line["at"]) for line in waiting).date()
    assert oldest >= TODAY - timedelta(days=11)
    assert all(line["resolved_at"] is None and line["outcome"] is None for line in waiting)


def test_everything_named_is_in_the_folder(small: Path, lines: list[dict[str, Any]]) -> None:
    known = folders.read(small)
    places = {
        row.split(",", 1)[0]
        for row in (small / "places.csv").read_text(encoding="utf-8").splitlines()
    }
    earlier: set[str] = set()
    for line in lines:
        assert line["school"] in known.schools
        assert line["place"] is None or line["place"] in places
        assert line["from"]["person"] is None or line["from"]["person"] in known.people
        for turn in line["turns"]:
            assert turn["member"] in known.teams[turn["team"]].members
        truth = known.services[line["truth"]["service"]]
        assert (line["truth"]["team"], line["truth"]["department"]) == (
            truth["team"],
            truth["department"],
        )
        for link in ("duplicate_of", "parent"):
            assert line[link] is None or line[link] in earlier
        earlier.add(line["id"])
        assert "{" not in line["text"]


def test_what_truths_promise_can_be_found(lines: list[dict[str, Any]]) -> None:
    projector = [line for line in lines if line["recurring"] == "projector-214"]
    assert len(projector) == 5
    assert {line["asset"] for line in projector} == {"PJ-0214"}
    assert all(len(line["turns"]) == 3 for line in projector)
    assert {line["from"]["email"] for line in projector} == {"dana.lee@cedarvalley.example"}
    late = Counter(
        line["incident"] or line["recurring"]
        for line in lines
        if line["truth"]["service"] == "tra.bus_late"
    )
    assert late["route-42"] > 10
    moved = sum(len(line["turns"]) > 1 for line in lines) / COUNT
    assert 0.2 < moved < 0.45
    assert any(line["duplicate_of"] for line in lines)
    assert any(line["workflow"] == "new_student" and line["parent"] for line in lines)


def test_incidents_come_in_clusters(lines: list[dict[str, Any]]) -> None:
    clusters: dict[str, list[datetime]] = {}
    for line in lines:
        if line["incident"]:
            clusters.setdefault(line["incident"], []).append(when(line["at"]))
    assert len(clusters) >= 10
    assert all(max(at) - min(at) <= timedelta(days=1) for at in clusters.values())


def test_every_service_has_eight_openings_and_its_answers() -> None:
    store = texts.store()
    for service in shelf.services():
        kinds = store[service]
        assert sum(len(kinds.get(voice, ())) for voice in texts.VOICES) >= 8, service
        assert len(kinds["es"]) >= 2
        assert all(kinds[kind] for kind in ("subject", "ask", "told", "pregunta", "dijo"))
        assert kinds["done"]
        assert kinds["hecho"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_can_be_filled(small: Path, language: str) -> None:
    known = folders.read(small)
    draw = random.Random(7)
    opening = Opening(
        at=datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("America/Chicago")),
        service="tra.bus_late",
        audience="family",
        channel="email",
    )
    scene = replace(Cast(known).scene(opening, draw), language=language)
    truths = shelf.from_toml("truths.toml")["recurring"]
    extra = [text for truth in truths for text in (*truth["texts"], *truth.get("textos", ()))]
    extra += [text for kind in shelf.from_yaml("incidents.yaml") for text in kind["texts"]]
    stored = [text for kinds in texts.store().values() for many in kinds.values() for text in many]
    for text in (*stored, *extra):
        filled = texts.fill(text, scene, draw)
        assert filled
        assert "{" not in filled
        assert "{" not in text or filled != text
