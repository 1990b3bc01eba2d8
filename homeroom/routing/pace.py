"""How fast a district answers, in minutes of the hours it is open; pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from statistics import median
from zoneinfo import ZoneInfo

from homeroom.routing.calendar import Hours, working_minutes_between


def minutes(
    spans: Iterable[tuple[datetime, datetime, Hours]],
    *,
    zone: ZoneInfo,
    closures: Collection[date] = (),
) -> list[float]:
    """Working minutes between each pair of moments, in the hours beside them, in order."""
    closed = frozenset(closures)
    return [
        working_minutes_between(start, end, hours=hours, zone=zone, closures=closed)
        for start, end, hours in spans
    ]


def middle(values: Collection[float]) -> float | None:
    """The median; None of nothing."""
    return median(values) if values else None


def usual(days: Iterable[Mapping[str, float | None]], name: str) -> float | None:
    """The median over days of one number, days without it left out; None when all are."""
    return middle([value for day in days if (value := day.get(name)) is not None])
