"""calendar.ics: the days without school."""

from datetime import date, datetime, time, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar

from homeroom.district.folder.loading import Loading
from homeroom.district.folder.staging import Cursor
from homeroom.district.models import Closure
from homeroom.district.report import FileRefused, Tally

type Event = Any
"""A VEVENT: its properties are whatever the file says, so each is checked where it is used."""

_SOURCE = "calendar"
_LONGEST = 120
"""Days one event may last; a summer is shorter, an event without an end is a mistake."""
_YEARS = 3
"""How far a repeating event is followed, in years after today."""


def load_closures(_cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Write the closed days of calendar.ics; days it no longer names are open again."""
    days: dict[date, str] = {}
    for line, event in _events(path):
        name = str(event.get("SUMMARY", "")).strip()[:200] or "No school"
        if event.get("STATUS") == "CANCELLED":
            continue
        try:
            found = _days(event, loading.today)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            tally.refuse(line, f"The event “{name}” cannot be read: {error}.")
            continue
        if not found:
            tally.refuse(line, f"The event “{name}” is not all-day, so it closes no school.")
        for day in found:
            days.setdefault(day, name)
    _write(days, tally)


def _events(path: Path) -> list[tuple[int, Event]]:
    content = path.read_bytes()
    try:
        calendar = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError) as error:
        raise FileRefused(f"The file cannot be read as a calendar: {error}.") from error
    lines = [
        number
        for number, line in enumerate(content.splitlines(), 1)
        if line.strip().upper() == b"BEGIN:VEVENT"
    ]
    return list(zip(lines, calendar.walk("VEVENT"), strict=False))


def _days(event: Event, today: date) -> list[date]:
    """Every day an all-day event covers, repeats included; none for an event with a time."""
    first = event["DTSTART"].dt
    if isinstance(first, datetime):
        return []
    length = _length(event, first)
    skipped: set[date] = {value.dt for prop in _many(event, "EXDATE") for value in prop.dts}
    added: set[date] = {value.dt for prop in _many(event, "RDATE") for value in prop.dts}
    starts = sorted((set(_starts(event, first, today)) | added) - skipped)
    return [start + timedelta(days=n) for start in starts for n in range(length)]


def _length(event: Event, first: date) -> int:
    if "DTEND" in event:
        days: int = (event["DTEND"].dt - first).days
    elif "DURATION" in event:
        days = event["DURATION"].dt.days
    else:
        days = 1
    # Some calendars write an all-day event of one day with the same start and end.
    days = days or 1
    if not 0 < days <= _LONGEST:
        raise ValueError(f"it lasts {days} days")
    return days


def _starts(event: Event, first: date, today: date) -> list[date]:
    if "RRULE" not in event:
        return [first]
    text = ";".join(rule.to_ical().decode() for rule in _many(event, "RRULE"))
    # In RFC 5545 UNTIL of an all-day event is a date; some programs write a moment in UTC.
    rule = rrulestr(text.replace("Z", ""), dtstart=datetime.combine(first, time.min))
    last = datetime.combine(today + timedelta(days=366 * _YEARS), time.min)
    return [moment.date() for moment in takewhile(lambda moment: moment <= last, rule)]


def _many(event: Event, name: str) -> list[Any]:
    value = event.get(name, [])
    return value if isinstance(value, list) else [value]


def _write(days: dict[date, str], tally: Tally) -> None:
    known = {row.on: row for row in Closure.objects.all()}
    tally.rows += len(days)
    fresh = [
        Closure(on=day, name=name, source=_SOURCE) for day, name in days.items() if day not in known
    ]
    Closure.objects.bulk_create(fresh)
    tally.added += len(fresh)
    for day, name in days.items():
        row = known.get(day)
        if row and (row.name, row.source) != (name, _SOURCE):
            tally.changed += Closure.objects.filter(pk=row.pk).update(name=name, source=_SOURCE)
    gone = [row.pk for day, row in known.items() if day not in days and row.source == _SOURCE]
    tally.retired += Closure.objects.filter(pk__in=gone).delete()[0]
