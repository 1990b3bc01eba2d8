"""The gate: what it promises about automatic routing, by many drawn pasts and by single cases."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.routing.gate import (
    CLOSED,
    OWN,
    Gate,
    Scored,
    always,
    chance_of,
    drifted,
    prove,
)
from homeroom.understanding.calibration import expected_calibration_error


def past(
    count: int,
    draw: random.Random,
    *,
    risk: Callable[[float], float],
    departments: tuple[str, ...] = ("it", "hr", "fac"),
) -> list[Scored]:
    """Decisions whose chance of being wrong falls with the score."""
    decided = []
    for _ in range(count):
        score = draw.random()
        is_right = draw.random() >= risk(score)
        decided.append(Scored(department=draw.choice(departments), score=score, is_right=is_right))
    return decided


def steep(score: float) -> float:
    """One in 200 wrong for the surest, one in three for the least sure."""
    return 0.005 + 0.33 * (1 - score) ** 3


def test_before_anything_is_proved_nothing_is_automatic() -> None:
    assert not CLOSED.opens("it", 1.0)
    assert CLOSED.threshold("it") is None
    assert prove([]).pooled is None


@pytest.mark.parametrize("count", [300, 1_000, 3_000])
def test_a_proved_threshold_keeps_its_promise(count: int) -> None:
    """Of many pasts, one in twenty at most may open the gate where more than 3 % are wrong."""
    draw = random.Random(count)
    broken = opened = 0
    for _ in range(150):
        gate = prove(past(count, draw, risk=lambda score: 0.02 + 0.2 * (1 - score) ** 2))
        if gate.pooled is None:
            continue
        opened += 1
        line = gate.pooled.score
        steps = [line + (1 - line) * step / 500 for step in range(500)]
        true = sum(0.02 + 0.2 * (1 - at) ** 2 for at in steps) / len(steps)
        broken += true > 0.03
    assert broken / 150 <= 0.05 + 0.04  # three standard errors of 150 draws
    assert opened or count == 300


def test_a_good_past_opens_the_gate_for_more_the_longer_it_is() -> None:
    draw = random.Random(5)

    def share(count: int) -> float:
        gates = [prove(past(count, draw, risk=steep)) for _ in range(40)]
        return sum(1 - gate.pooled.score if gate.pooled else 0.0 for gate in gates) / len(gates)

    short, long = share(300), share(3_000)
    assert 0.1 < short < long
    assert long > 0.5


def test_a_department_that_errs_leaves_the_pool_and_others_stay() -> None:
    good = [Scored(department="it", score=0.99, is_right=True)] * 700
    bad = [Scored(department="com", score=0.99, is_right=number > 5) for number in range(60)]
    gate = prove([*good, *bad])
    assert gate.opens("it", 0.99)
    assert not gate.opens("com", 0.999)
    assert gate.threshold("com") is None


def test_a_department_with_enough_decisions_is_judged_by_its_own() -> None:
    """Its own bound holds even where the pool's would allow more, and opens where it would not."""
    good = [Scored(department="it", score=0.9, is_right=True)] * (OWN + 400)
    fair = [Scored(department="hr", score=0.9, is_right=number % 30 > 0) for number in range(OWN)]
    gate = prove([*good, *fair])
    assert gate.pooled is not None
    assert gate.opens("it", 0.95)
    assert "hr" in gate.own
    assert not gate.opens("hr", 0.95)
    alone = prove([*good, *[Scored(department="hr", score=0.9, is_right=False)] * 200])
    assert alone.pooled is None
    assert alone.opens("it", 0.95)


def test_confidence_is_told_as_it_turned_out() -> None:
    """A model that is too sure of itself is told as it turns out, and the order stays."""
    draw = random.Random(11)

    def true(score: float) -> float:
        return 1 / (1 + math.exp(-(0.6 * math.log(score / (1 - score)) - 0.4)))

    decided = [
        Scored(department="it", score=score, is_right=draw.random() < true(score))
        for score in (draw.uniform(0.3, 0.99) for _ in range(3_000))
    ]
    gate = prove(decided)
    told = [gate.confidence(one.score) for one in decided]
    right = [one.is_right for one in decided]
    assert expected_calibration_error(told, right) < 0.03
    assert expected_calibration_error([one.score for one in decided], right) > 0.1
    assert gate.confidence(0.4) < gate.confidence(0.6) < gate.confidence(0.9)


def test_what_is_left_to_people_stays_with_people() -> None:
    gate = always(0.0)
    assert gate.opens("it", 0.1)
    assert not gate.leaving({"it"}).opens("it", 1.0)
    assert gate.leaving({"it"}).opens("hr", 1.0)
    assert not gate.fallen().opens("it", 1.0)


def test_drift_is_more_than_bad_luck() -> None:
    assert not drifted(0, 10, alpha=0.03)
    assert not drifted(1, 20, alpha=0.03)
    assert drifted(3, 20, alpha=0.03)
    assert not drifted(6, 150, alpha=0.03)
    assert drifted(11, 150, alpha=0.03)
    assert chance_of(1, 1, 0.03) == pytest.approx(0.03)


@given(
    st.lists(
        st.tuples(st.sampled_from(["it", "hr"]), st.floats(0, 1), st.booleans()), max_size=400
    ),
    st.floats(0, 1),
)
def test_the_gate_survives_storing_and_never_opens_without_proof(
    rows: list[tuple[str, float, bool]], score: float
) -> None:
    gate = prove([Scored(department=d, score=s, is_right=r) for d, s, r in rows])
    assert Gate.from_json(gate.to_json()) == gate
    for department in ("it", "hr"):
        if gate.opens(department, score):
            proof = gate.proof(department)
            assert proof is not None
            assert proof.bound <= gate.alpha
    assert 0 < gate.confidence(score) < 1
