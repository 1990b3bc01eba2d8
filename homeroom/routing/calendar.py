"""Working time: how many minutes of it lie between two moments, and when so many have passed.

Pure. What counts is the clock on the wall: an hour that the clocks skip has no minutes, an hour
that they repeat is open twice.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from homeroom.kit.errors import Expected
from homeroom.kit.hours import BadHours, Hours

__all__ = [
    "BadHours",
    "Hours",
    "NeverOpen",
    "add_working_time",
    "hours_of",
    "working_minutes_between",
]

_HORIZON_DAYS = 3 * 366
"""How far ahead working time is looked for; three years closed in a row is a mistake."""
_DAY = timedelta(days=1)
_FAR = timedelta(hours=15)
"""More than any zone lies from UTC (Kiritimati, 14 hours)."""


class NeverOpen(Expected):
    """There is not enough working time ahead to promise anything."""

    def __init__(self) -> None:
        super().__init__(
            "With these hours and days off there is not enough working time in three years."
        )


def hours_of(*, team: str, department: str, district: str) -> Hours:
    """The hours that count for a team: its own, else its department's, else the district's.

    Hours that nobody can read are passed over; raises BadHours when none of the three can be.
    """
    for text in (team, department):
        try:
            if text.strip():
                return Hours.parse(text)
        except BadHours:
            continue
    return Hours.parse(district)


def working_minutes_between(
    start: datetime, end: datetime, *, hours: Hours, zone: ZoneInfo, closures: Collection[date] = ()
) -> float:
    """Working minutes in [start, end), negative when `end` comes first. Both moments are aware."""
    if end < start:
        return -working_minutes_between(end, start, hours=hours, zone=zone, closures=closures)
    begun, ended = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    for opens, closes in _spans(begun, hours, zone, frozenset(closures), until=ended):
        total += max(timedelta(), min(closes, ended) - max(opens, begun))
    return total / timedelta(minutes=1)


def add_working_time(
    start: datetime,
    minutes: float,
    *,
    hours: Hours,
    zone: ZoneInfo,
    closures: Collection[date] = (),
) -> datetime:
    """The moment, in UTC, when `minutes` (≥ 0) of working time have passed since aware `start`.

    No minutes at all give the first open moment. Raises NeverOpen.
    """
    begun, left = start.astimezone(UTC), timedelta(minutes=minutes)
    for opens, closes in _spans(begun, hours, zone, frozenset(closures)):
        opens_for_us = max(opens, begun)
        if closes <= opens_for_us:
            continue
        if opens_for_us + left <= closes:
            return opens_for_us + left
        left -= closes - opens_for_us
    raise NeverOpen


def _spans(
    begun: datetime,
    hours: Hours,
    zone: ZoneInfo,
    closures: frozenset[date],
    *,
    until: datetime | None = None,
) -> Iterator[tuple[datetime, datetime]]:
    """Open spans in UTC from the local day of `begun` on, in order; the first may lie before it."""
    day = begun.astimezone(zone).date()
    last = until.astimezone(zone).date() if until else day + _HORIZON_DAYS * _DAY
    while day <= last:
        if day not in closures and hours.days[day.weekday()]:
            yield from _open_on(day, hours, zone)
        day += _DAY


def _open_on(day: date, hours: Hours, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The spans in UTC when the clocks on the wall show this day and an open hour, in order."""
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    spans = []
    for begins, ends, offset in _pieces(midnight - _FAR, midnight + _DAY + _FAR, zone):
        for opens, closes in hours.days[day.weekday()]:
            first = max(begins, midnight + timedelta(minutes=opens) - offset)
            last = min(ends, midnight + timedelta(minutes=closes) - offset)
            if first < last:
                spans.append((first, last))
    return sorted(spans)


def _pieces(
    low: datetime, high: datetime, zone: ZoneInfo
) -> list[tuple[datetime, datetime, timedelta]]:
    """[low, high) cut where the clocks change, each piece with its offset; one change at most."""
    before, after = _offset(low, zone), _offset(high, zone)
    if before == after:
        return [(low, high, before)]
    early, late = low, high
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if _offset(middle, zone) == before else (early, middle)
    change = late.replace(microsecond=0)
    return [(low, change, before), (change, high, after)]


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
