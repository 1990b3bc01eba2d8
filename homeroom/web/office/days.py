"""The day a page of numbers is about, and the days it is compared with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest

from homeroom.tickets.figures import Span

WEEKS = 4
"""How many weeks back the usual is taken from: long enough to calm one odd day, short enough to
follow the season."""
FARTHEST = timedelta(days=366)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day as it stood at some time of it."""

    on: date
    is_today: bool
    span: Span
    """Today until now; another day whole."""
    before: tuple[Span, ...]
    """The same stretch of the same weekday in the last `WEEKS` weeks, without closed days."""


def asked(request: HttpRequest, *, now: datetime, zone: ZoneInfo) -> date:
    """The day an address names, today when it names none; no page for any other word."""
    today = now.astimezone(zone).date()
    given = request.GET.get("day", "")
    if not given:
        return today
    try:
        day = datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=zone).date()
    except ValueError:
        raise Http404 from None
    if not today - FARTHEST <= day <= today:
        raise Http404
    return day


def look(on: date, *, now: datetime, zone: ZoneInfo, closures: Collection[date] = ()) -> Day:
    """The day with what it is compared with; pure."""
    is_today = now.astimezone(zone).date() == on
    until = now.astimezone(zone).time() if is_today else None
    weeks = (on - timedelta(weeks=back) for back in range(1, WEEKS + 1))
    return Day(
        on=on,
        is_today=is_today,
        span=_span(on, until, zone),
        before=tuple(_span(day, until, zone) for day in weeks if day not in closures),
    )


def _span(on: date, until: time | None, zone: ZoneInfo) -> Span:
    """The local day from midnight to a time on the wall, or whole."""
    start = datetime.combine(on, time.min, tzinfo=zone)
    whole = datetime.combine(on + _DAY, time.min, tzinfo=zone)
    end = whole if until is None else datetime.combine(on, until, tzinfo=zone)
    return Span(start=start, end=end, at=end)
