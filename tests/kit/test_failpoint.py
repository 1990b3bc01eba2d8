"""Failpoints break what they are told to, when they are told to, and nothing otherwise."""

import time

import pytest

from homeroom.kit import failpoint
from homeroom.kit.failpoint import Broken, reach, read


def test_unset_they_do_nothing() -> None:
    reach("anywhere")


def test_they_break_at_the_visit_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failpoint, "_points", read("a:raise@2, b:sleep:0.05"))
    reach("a")
    with pytest.raises(Broken, match="on purpose at a"):
        reach("a")
    reach("a")
    before = time.monotonic()
    reach("b")
    assert time.monotonic() - before >= 0.05


@pytest.mark.parametrize("text", ["a", "a:explode", "a:raise@soon", "a:sleep:long"])
def test_what_is_no_failpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"FAIL_AT|invalid literal|could not convert"):
        read(text)
