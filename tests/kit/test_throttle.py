"""Token buckets: what is let through, when again, and that nobody takes the same token twice."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from homeroom.kit.models import Throttle
from homeroom.kit.throttle import Rate, forget, take
from tests.cast import NOW

RATE = Rate(burst=3, every=timedelta(minutes=1))


@pytest.mark.django_db
def test_a_burst_then_one_each_minute() -> None:
    assert [take("a", rate=RATE, now=NOW) for _ in range(4)] == [True, True, True, False]
    assert not take("a", rate=RATE, now=NOW + timedelta(seconds=59))
    assert take("a", rate=RATE, now=NOW + timedelta(seconds=60))
    assert not take("a", rate=RATE, now=NOW + timedelta(seconds=61))


@pytest.mark.django_db
def test_buckets_do_not_know_each_other_and_never_overflow() -> None:
    assert take("a", rate=RATE, now=NOW)
    later = NOW + timedelta(days=1)
    assert [take("a", rate=RATE, now=later) for _ in range(4)] == [True, True, True, False]
    assert take("b", rate=RATE, now=NOW)


@pytest.mark.django_db
def test_what_is_refused_costs_nothing_and_a_clock_that_goes_back_gives_nothing() -> None:
    for _ in range(3):
        take("a", rate=RATE, now=NOW)
    for _ in range(50):
        assert not take("a", rate=RATE, now=NOW + timedelta(seconds=30))
    assert not take("a", rate=RATE, now=NOW - timedelta(days=1))
    assert take("a", rate=RATE, now=NOW + timedelta(seconds=60))


@pytest.mark.django_db
def test_a_dear_thing_takes_more() -> None:
    assert take("a", rate=RATE, now=NOW, cost=3)
    assert not take("a", rate=RATE, now=NOW, cost=0.5)


@pytest.mark.django_db
def test_buckets_nobody_touches_are_thrown_away() -> None:
    take("old", rate=RATE, now=NOW - timedelta(days=2))
    take("new", rate=RATE, now=NOW)
    assert forget(before=NOW - timedelta(days=1)) == 1
    assert Throttle.objects.get().name == "new"


@pytest.mark.django_db(transaction=True)
def test_callers_at_once_share_the_tokens() -> None:
    got: list[bool] = []

    def call() -> None:
        try:
            got.append(take("a", rate=RATE, now=NOW))
        finally:
            connection.close()

    callers = [threading.Thread(target=call) for _ in range(12)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(got) == [False] * 9 + [True] * 3
