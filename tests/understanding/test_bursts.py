"""Reports of one disruption against what is usual; pure, with vectors made by hand."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.understanding.bursts import LEAST, Burst, belongs, burst, poisson_tail
from homeroom.understanding.encoders import LENGTH, WIDTH, Vectors
from homeroom.understanding.rhythm import HOURS, Rhythm
from homeroom.understanding.signs import Report, Scope, Verdict, tells

_numbers = itertools.count(1)
MONDAY_8 = 8
SUNDAY_3 = 6 * 24 + 3


def sense(axis: int, *, blur: float = 0.0) -> Vectors:
    """A vector of one meaning, with some of another of its own."""
    vector = np.zeros(LENGTH, np.float32)
    for start in range(0, LENGTH, WIDTH):
        vector[start + axis] = 1.0
        vector[start + 200 + next(_numbers) % 150] = blur
    return vector


def report(minute: float, **given: object) -> Report:
    number = next(_numbers)
    values: dict[str, object] = {
        "id": number,
        "at": minute * 60,
        "reporter": f"person:{number}",
        "verdict": Verdict.SHARED,
        "guesses": {"wifi": 0.7, "login": 0.1},
        "org": "lincoln",
        "vector": sense(1, blur=0.6),
    }
    return Report(**values | given)  # type: ignore[arg-type]


def rarely(services: Sequence[str], *, affected: frozenset[str], scope: Scope, org: str) -> float:
    return 0.02


def often(services: Sequence[str], *, affected: frozenset[str], scope: Scope, org: str) -> float:
    return 4.0


def seen(*reports: Report) -> Burst | None:
    *before, last = reports
    return burst(last, before, usual=rarely)


def test_the_third_report_of_one_school_is_a_burst() -> None:
    rows = [report(0), report(5), report(9)]
    assert seen(*rows[:2]) is None
    found = seen(*rows)
    assert found is not None
    assert (found.scope, found.n_reporters, found.seconds) == (Scope.SITE, 3, 540)
    assert found.reports == tuple(one.id for one in rows)
    assert found.service == "wifi"


def test_one_person_who_tells_it_thrice_is_one_report() -> None:
    assert seen(*(report(minute, reporter="person:7") for minute in (0, 2, 4))) is None


def test_three_schools_are_no_burst_and_four_are() -> None:
    rows = [report(n, org=org, vector=sense(1, blur=0.3)) for n, org in enumerate("abcd")]
    assert seen(*rows[:3]) is None
    found = seen(*rows)
    assert found is not None
    assert found.scope is Scope.DISTRICT


def test_another_trouble_at_the_same_school_does_not_count() -> None:
    other = report(3, guesses={"plumbing": 0.8}, vector=sense(2))
    assert seen(report(0), other, report(6)) is None


def test_what_is_usual_at_that_hour_is_no_burst() -> None:
    *before, last = [report(minute) for minute in range(0, 24, 4)]
    assert burst(last, before, usual=often) is None
    assert burst(last, before, usual=rarely) is not None


def test_ones_own_matters_are_no_outage_however_many() -> None:
    rows = [report(n, verdict=Verdict.OWN) for n in range(12)]
    assert seen(*rows) is None


def test_words_that_show_no_disruption_need_two_more() -> None:
    plain = {"verdict": Verdict.PLAIN, "lang": "vi", "vector": sense(1)}
    rows = [report(n, **plain) for n in range(LEAST[Scope.SITE] + 2)]
    assert seen(*rows[:-1]) is None
    assert seen(*rows) is not None


def test_reports_of_yesterday_do_not_count() -> None:
    assert seen(report(0), report(10), report(24 * 60)) is None


def test_families_of_one_route_are_seen_whatever_their_schools() -> None:
    bus = {"guesses": {"bus": 0.9}}
    rows = [report(n, org=org, route="42", **bus) for n, org in enumerate("abc")]
    found = seen(*rows)
    assert found is not None
    assert found.scope is Scope.ROUTE
    assert seen(*rows[:2], report(4, org="c", route="7", **bus)) is None


def test_an_application_that_both_name_is_one_and_two_are_two() -> None:
    rows = [report(n, org=org, app="canvas") for n, org in enumerate("abc")]
    found = seen(*rows)
    assert found is not None
    assert found.scope is Scope.APP
    assert seen(*rows[:2], report(4, org="c", app="powerschool")) is None


def test_a_later_report_belongs_only_from_the_same_place() -> None:
    members = [report(0), report(4), report(8)]
    assert belongs(report(40), members, scope=Scope.SITE)
    assert not belongs(report(40, org="roosevelt"), members, scope=Scope.SITE)
    assert not belongs(report(40, verdict=Verdict.OWN), members, scope=Scope.SITE)
    assert not belongs(
        report(40, guesses={"plumbing": 0.8}, vector=sense(2)), members, scope=Scope.SITE
    )
    assert belongs(report(40, org=""), members, scope=Scope.SITE)


def test_who_names_the_same_thing_is_together_whatever_was_guessed() -> None:
    words = {"affected": frozenset({"internet"})}
    rows = [report(n, guesses={f"service{n}": 0.9}, vector=sense(n + 1), **words) for n in range(3)]
    found = seen(*rows)
    assert found is not None
    assert (found.scope, found.org) == (Scope.SITE, "lincoln")


def test_two_disruptions_of_one_school_in_one_hour_stay_two() -> None:
    cold = [report(n, affected=frozenset({"climate"})) for n in (0, 3, 6)]
    dark = [report(n, affected=frozenset({"power"})) for n in (1, 4, 7)]
    *before, last = sorted([*cold, *dark], key=lambda one: one.at)
    found = burst(last, before, usual=rarely)
    assert found is not None
    assert found.reports == tuple(one.id for one in dark)
    assert not belongs(report(9, affected=frozenset({"power"})), cold, scope=Scope.SITE)


def test_a_system_of_the_whole_district_is_seen_at_the_third_report_from_anywhere() -> None:
    rows = [report(n, org=org, affected=frozenset({"lms"})) for n, org in enumerate("abc")]
    found = seen(*rows)
    assert found is not None
    assert (found.scope, found.mark) == (Scope.APP, "")


def test_one_report_from_elsewhere_makes_no_disruption_of_the_district() -> None:
    water = {"affected": frozenset({"water"}), "incident": 7}
    rows = [report(n, **water) for n in range(4)]
    elsewhere = report(6, org="roosevelt", affected=frozenset({"water"}))
    assert seen(*rows, elsewhere) is None
    found = seen(*rows, elsewhere, report(8, org="adams", affected=frozenset({"water"})))
    assert found is not None
    assert (found.scope, found.incidents) == (Scope.DISTRICT, (7,))


def test_who_does_not_say_the_school_counts_beside_two_who_do() -> None:
    water = {"affected": frozenset({"water"})}
    nowhere = report(2, org="", **water)
    found = seen(report(0, **water), nowhere, report(5, **water))
    assert found is not None
    assert (found.scope, found.org) == (Scope.SITE, "lincoln")
    assert seen(report(0, org="", **water), nowhere, report(5, **water)) is None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("No internet in the whole B wing", Verdict.SHARED),
        ("canvas wont open, says 503", Verdict.SHARED),
        ("42 hasn't come", Verdict.SHARED),
        ("No hay luz en el edificio", Verdict.SHARED),
        ("are we closed tomorrow", Verdict.SHARED),
        ("I forgot my password", Verdict.OWN),
        ("Sam is sick today and won't be in", Verdict.OWN),
        ("Mi hijo está enfermo y no va a ir hoy", Verdict.OWN),
        ("Please add me to the list", Verdict.OWN),
        ("Please empty the bins in 214", Verdict.PLAIN),
        ("Wifi bị mất ở tầng hai", Verdict.PLAIN),
        ("", Verdict.PLAIN),
    ],
)
def test_what_the_words_tell(text: str, verdict: Verdict) -> None:
    assert tells(text) is verdict


@given(st.text())
def test_any_text_tells_something(text: str) -> None:
    assert tells(text) in Verdict


@given(st.integers(0, 40), st.floats(0.0, 30.0))
def test_the_tail_is_a_probability_that_falls_with_the_count(count: int, mean: float) -> None:
    assert 0.0 <= poisson_tail(count + 1, mean) <= poisson_tail(count, mean) + 1e-12 <= 1.0 + 1e-9


def test_a_mean_of_nothing_makes_any_report_improbable() -> None:
    assert poisson_tail(0, 0.0) == 1.0
    assert poisson_tail(3, 0.05) == pytest.approx(2.0e-5, rel=0.05)


def rhythm(**given: object) -> Rhythm:
    values: dict[str, object] = {
        "weeks": 0.0,
        "likes": {"login": "it.password_reset", "bees": ""},
        "n_pupils": 4_000,
        "n_schools": 5,
    }
    return Rhythm(**values | given)  # type: ignore[arg-type]


def test_without_history_mornings_are_busier_than_nights() -> None:
    young = rhythm()
    at = {hour: young.usual(["login"], scope=Scope.DISTRICT, org="", hour=hour) for hour in (8, 51)}
    assert at[MONDAY_8] > 10 * at[51]


def test_history_teaches_the_mondays() -> None:
    waves = rhythm(weeks=3.0, by_hour={("bees", MONDAY_8): 60})
    quiet = rhythm(weeks=3.0, by_hour={("bees", SUNDAY_3): 60})
    usual = {"scope": Scope.DISTRICT, "org": "", "hour": MONDAY_8}
    assert waves.usual(["bees"], **usual) > 3 * quiet.usual(["bees"], **usual)  # type: ignore[arg-type]


def test_a_school_is_asked_for_less_than_the_district() -> None:
    one = rhythm()
    for hour in range(HOURS):
        whole = one.usual(["login"], scope=Scope.DISTRICT, org="", hour=hour)
        assert 0.0 < one.usual(["login"], scope=Scope.SITE, org="1", hour=hour) <= whole
