import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from homeroom.understanding.calibration import (
    error_bound,
    expected_calibration_error,
    softmax,
    temperature,
)


@settings(deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bound_is_clopper_and_pearsons(counts: tuple[int, int]) -> None:
    errors, decisions = counts
    exact = 1.0 if errors == decisions else beta.ppf(0.95, errors + 1, decisions - errors)
    assert error_bound(errors, decisions) == pytest.approx(exact, abs=1e-6)


def test_nothing_decided_proves_nothing() -> None:
    assert error_bound(0, 0) == 1


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_temperature_finds_how_overconfident_logits_are(true: float) -> None:
    draw = np.random.default_rng(1)
    honest = draw.normal(0, 2, (4000, 5))
    truth = np.array([draw.choice(5, p=chances) for chances in softmax(honest)])
    assert temperature(honest * true, truth) == pytest.approx(true, rel=0.08)


def test_calibration_error_is_nought_when_honest_and_the_gap_when_not() -> None:
    sure = [0.8] * 1000
    right = [True] * 800 + [False] * 200
    assert expected_calibration_error(sure, right) == pytest.approx(0, abs=1e-9)
    assert expected_calibration_error(sure, [False] * 1000) == pytest.approx(0.8)
    assert expected_calibration_error([], []) == 0


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(-50, 50), min_size=3, max_size=3), min_size=1, max_size=5))
def test_chances_add_up(logits: list[list[float]]) -> None:
    np.testing.assert_allclose(softmax(np.array(logits)).sum(axis=1), 1)
