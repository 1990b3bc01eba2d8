"""Days on which there is school (pure)."""

from collections.abc import Collection
from datetime import date, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5
LONGEST = 366
"""Days looked back at most: a year without school is a mistake in the calendar."""


def is_school(day: date, *, closures: Collection[date]) -> bool:
    """Whether a day is a weekday that the calendar does not close."""
    return day.weekday() < _SATURDAY and day not in closures


def back(on: date, *, days: int, closures: Collection[date]) -> date:
    """The earliest day after which there were no more than `days` school days until `on`, that
    one included: one before a Monday is the Friday.
    """
    day, earliest = on, on - LONGEST * _DAY
    while day > earliest:
        days -= is_school(day, closures=closures)
        if days < 0:
            break
        day -= _DAY
    return day
