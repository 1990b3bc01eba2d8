"""A district's own past, tested: counts with bounds, and a page that a superintendent reads."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kit import clock
from homeroom.pipeline import backtest, chart
from homeroom.pipeline.reckoning import Line, Reckoning, Share, recent
from homeroom.routing.models import Precedent
from homeroom.tickets.models import Ticket
from tests.cast import NOW, Cast, assemble
from tests.pipeline.test_learn import line, past, truth, written


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def _held_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_held_clock")
def test_a_past_is_counted_and_told(cast: Cast, tmp_path: Path) -> None:
    lines = past(150, truth=truth(cast))
    lines.append(line(900, "no picture in 301", NOW, {"department": "nobody"}))
    tested = backtest.backtest(written(tmp_path, [*lines, "{nonsense"]), now=NOW)
    told = tested.told()
    assert told["lines"] == 151
    assert told["all"]["requests"] == 151
    assert 100 <= told["all"]["labelled"] <= 150
    assert told["all"]["routed_by_itself"]["count"] > 0
    assert told["all"]["wrong_of_routed"]["count"] == 0
    assert told["all"]["wrong_of_routed"]["high"] > 0
    assert set(told["departments"]) >= {"it", "tra"}
    assert told["refused"] == ["past.jsonl:152: This is not a line of JSON."]
    page = backtest.page(tested, now=NOW)
    assert "Technology" in page
    assert "<polyline" in page
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)\s*=""", page)
    assert not Ticket.objects.exists()
    assert not Precedent.objects.exists()


def made(**changed: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "relation": "opened",
        "department": "it",
        "alternatives": [],
        "automatic": False,
        "answer": None,
        "question": None,
        "safety": None,
        "group": "A",
    }
    return usual | changed


def test_wrong_is_what_no_owner_would_have_wanted() -> None:
    found = Reckoning()
    for owners, is_automatic in ((("it",), True), (("hr", "it"), True), (("hr",), True)):
        found.take(
            Line(at=NOW, made=made(automatic=is_automatic), owners=owners, group="",
                 is_decided=True)
        )  # fmt: skip
    assert (found.every.routed, found.every.wrong, found.every.right) == (3, 1, 2)
    assert found.departments["hr"].wrong == 1


def test_what_was_told_again_is_found_or_not() -> None:
    found = Reckoning()
    for group, label in (("A", "x"), ("A", "x"), ("B", "y"), ("B", "x"), ("C", "y")):
        found.take(Line(at=NOW, made=made(group=group), owners=(), group=label, is_decided=False))
    assert (found.told_again, found.found_again, found.falsely_joined) == (3, 1, 1)


def test_the_last_quarter_is_the_latest_weeks() -> None:
    found = Reckoning()
    for week in range(8):
        at = NOW + timedelta(weeks=week)
        found.take(Line(at=at, made=made(), owners=("it",), group="", is_decided=True))
    assert recent(found.weeks).labelled == 2
    assert recent({}).labelled == 0
    assert recent(dict(list(found.weeks.items())[:3])).labelled == 0


@given(st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_range(counts: tuple[int, int]) -> None:
    share = Share(count=counts[0], of=counts[1])
    assert 0 <= share.low <= (share.value or 0.0) + 1e-9
    assert (share.value or 0.0) - 1e-9 <= share.high <= 1


def test_a_chart_breaks_where_nothing_is_known() -> None:
    drawn = chart.weekly(["a", "b", "c", "d"], {"right": [0.5, None, 1.0, 0.0]})
    assert [len(part.split()) for part in drawn["lines"]["right"]] == [1, 2]
    assert chart.weekly(["a"], {"right": [1.0]}) == {}
