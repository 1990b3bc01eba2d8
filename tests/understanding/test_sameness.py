"""Whether two tellings are one request: never by words alone, never by a stranger."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from homeroom.understanding.encoders import LENGTH
from homeroom.understanding.sameness import Telling, Tie, Verdict, sameness

WORDS = ("projector", "room", "bus", "chromebook", "lunch", "late", "screen", "heat")
KINDS = ("asset", "room", "student", "route", "app", "device", "place")
SHARES = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.floats(0, 1), max_size=3)


@st.composite
def vectors(draw: st.DrawFn) -> np.ndarray:
    """Any direction, in both halves."""
    made = np.random.default_rng(draw(st.integers(0, 1000))).normal(size=LENGTH)
    return made.astype(np.float32)


@st.composite
def tellings(draw: st.DrawFn) -> Telling:
    return Telling(
        at=draw(st.floats(0, 10**7)),
        vector=draw(st.none() | vectors()),
        is_english=draw(st.booleans()),
        services=draw(SHARES),
        departments=draw(SHARES),
        facts=draw(
            st.dictionaries(
                st.sampled_from(KINDS),
                st.frozensets(st.sampled_from(["1", "2"]), min_size=1),
                max_size=4,
            )
        ),
        words=draw(st.frozensets(st.sampled_from(WORDS))),
        leans=draw(st.booleans()),
    )


@given(tellings(), tellings(), st.sampled_from(Tie))
def test_it_does_not_matter_who_spoke_first(one: Telling, other: Telling, tie: Tie) -> None:
    assert sameness(one, other, tie=tie) == sameness(other, one, tie=tie)


@given(tellings(), tellings())
def test_a_stranger_never_joins_whatever_is_said(one: Telling, other: Telling) -> None:
    assert sameness(one, other, tie=Tie.NONE).verdict is Verdict.OTHER
    assert sameness(one, one, tie=Tie.NONE).verdict is Verdict.OTHER


@given(tellings(), tellings(), st.sampled_from([Tie.HOUSEHOLD, Tie.PLACE]))
def test_another_person_joins_only_by_a_thing_both_name(
    one: Telling, other: Telling, tie: Tie
) -> None:
    first, second = (replace(each, facts={}) for each in (one, other))
    assert sameness(first, second, tie=tie).verdict is not Verdict.SAME


@given(tellings(), tellings())
def test_adults_who_live_apart_are_never_put_together(one: Telling, other: Telling) -> None:
    assert sameness(one, other, tie=Tie.APART).verdict is not Verdict.SAME


@given(tellings())
def test_how_sure_is_a_probability_with_its_reasons(one: Telling) -> None:
    again = sameness(one, one, tie=Tie.PERSON)
    assert 0 <= again.probability <= 1
    assert "tie:person" in again.reasons


def test_two_devices_are_two_requests() -> None:
    words = frozenset({"chromebook", "cracked"})
    one = Telling(at=0, facts={"asset": frozenset({"1"})}, words=words)
    other = Telling(at=60, facts={"asset": frozenset({"2"})}, words=words)
    assert sameness(one, other, tie=Tie.PERSON).verdict is not Verdict.SAME
    assert sameness(one, one, tie=Tie.PERSON).verdict is Verdict.SAME


def test_asking_for_news_needs_no_words_of_its_own() -> None:
    first = Telling(
        at=0, words=frozenset({"projector", "dead"}), departments={"it": 1.0}, services={"av": 0.8}
    )
    chaser = Telling(at=9 * 86_400, leans=True)
    assert sameness(first, chaser, tie=Tie.PERSON).verdict is Verdict.SAME
    assert sameness(first, chaser, tie=Tie.HOUSEHOLD).verdict is not Verdict.SAME
