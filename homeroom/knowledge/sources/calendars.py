"""iCalendar files and feeds: what happens from now on, in the district's own time; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar

from homeroom.knowledge.sources import spoken
from homeroom.knowledge.sources.taken import Taken, Text, Unreadable, cell

type Component = Any
"""A VEVENT: its properties are whatever the file says, so each is checked where it is used."""

AHEAD: Final = timedelta(days=400)
"""How far events are told: a school year and the first weeks of the next."""
MOST_EVENTS: Final = 1_000
"""Rows of one calendar; a large high school plays 500 games a year."""
MOST_REPEATS: Final = 20_000
"""Times that one repeating event is followed: fifty years of days."""
_LONGEST: Final = timedelta(days=120)
"""That one event lasts; a summer is shorter, an event without an end is a mistake."""
_FREQUENT: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_OFF: Final = {"en": "CANCELED: ", "es": "CANCELADO: "}
_NONE: Final = "It cannot be read as a calendar (iCalendar, .ics)."
_BROKEN: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happens once, `starts` and `ends` in the district's zone."""

    starts: datetime
    ends: datetime
    is_whole_day: bool
    what: str
    where: str
    is_off: bool


def take(content: bytes, *, zone: ZoneInfo, now: datetime, language: str = "en") -> Taken:
    """The events that are not over at `now`, soonest first, as one article.

    :raises Unreadable: when it is no calendar.
    """
    events, n_broken = happening(content, zone=zone, now=now)
    remarks = []
    if n_broken:
        remarks.append(f"Events left out, as they cannot be read: {n_broken:,}.")
    if len(events) > MOST_EVENTS:
        remarks.append(f"It has {len(events):,} events: only the next {MOST_EVENTS:,} were taken.")
    if not events:
        remarks.append("The calendar has no event from today on.")
        return Taken(texts=(), remarks=tuple(remarks))
    spoken_in = "es" if language.startswith("es") else "en"
    spans = {
        _said(one, spoken_in): (one.starts, max(one.ends, one.starts + timedelta(minutes=1)))
        for one in events[:MOST_EVENTS]
    }
    body = "\n".join(f"- {line}" for line in spans)
    return Taken(texts=(Text(key="", title="", body=body, moments=spans),), remarks=tuple(remarks))


def happening(content: bytes, *, zone: ZoneInfo, now: datetime) -> tuple[list[Event], int]:
    """The events not over at `now` that begin within `AHEAD`, and how many cannot be read.

    :raises Unreadable: when it is no calendar.
    """
    try:
        read = Calendar.from_ical(content, multiple=True)
        found: list[Component] = [one for each in read for one in each.walk("VEVENT")]
    except _BROKEN as error:
        raise Unreadable(_NONE) from error
    if not read:
        raise Unreadable(_NONE)
    moved = {key for one in found if (key := _moved(one, zone)) is not None}
    made: set[Event] = set()
    n_broken = 0
    for one in found:
        try:
            made.update(_events(one, moved, zone=zone, now=now.astimezone(zone)))
        except _BROKEN:
            n_broken += 1
    return sorted(made, key=lambda one: (one.starts, one.what, one.where)), n_broken


def _moved(component: Component, zone: ZoneInfo) -> tuple[str, datetime] | None:
    """Which time of which repeating event this one stands for, if it does."""
    try:
        return (str(component.get("UID", "")), _moment(component["RECURRENCE-ID"].dt, zone))
    except _BROKEN:
        return None


def _events(
    component: Component, moved: set[tuple[str, datetime]], *, zone: ZoneInfo, now: datetime
) -> Iterator[Event]:
    first = component["DTSTART"].dt
    length = _length(component, first)
    uid = str(component.get("UID", ""))
    what = cell(str(component.get("SUMMARY", "")))[:80]
    if not what:
        raise ValueError("an event without a name")
    is_single = "RECURRENCE-ID" in component
    for start in [first] if is_single else _starts(component, first, now=now, length=length):
        starts = _moment(start, zone)
        if not is_single and (uid, starts) in moved:
            continue
        ends = _moment(start + length, zone)
        if max(ends, starts) > now and starts < now + AHEAD:
            yield Event(
                starts=starts,
                ends=ends,
                is_whole_day=not isinstance(start, datetime),
                what=what,
                where=cell(str(component.get("LOCATION", "")))[:60],
                is_off=component.get("STATUS") == "CANCELLED",
            )


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """In the district's zone; what names no zone is meant there."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time.min, zone)
    return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)


def _length(component: Component, first: date | datetime) -> timedelta:
    length: timedelta
    if "DTEND" in component:
        length = component["DTEND"].dt - first
    elif "DURATION" in component:
        length = component["DURATION"].dt
    else:
        length = timedelta(0)
    if not isinstance(first, datetime):
        length = max(length, timedelta(days=1))
    if not timedelta(0) <= length <= _LONGEST:
        raise ValueError(f"it lasts {length}")
    return length


def _starts(
    component: Component, first: date | datetime, *, now: datetime, length: timedelta
) -> Iterator[date | datetime]:
    """When it begins, repeats included, from those not over on."""
    skipped = {value.dt for each in _many(component, "EXDATE") for value in each.dts}
    for each in _many(component, "RDATE"):
        added = (one.dt for one in each.dts)
        yield from (one for one in added if isinstance(one, date) and one not in skipped)
    if "RRULE" not in component:
        yield first
        return
    for rule in _many(component, "RRULE"):
        yield from (one for one in _repeats(rule, first, now - length) if one not in skipped)


def _repeats(rule: Any, first: date | datetime, since: datetime) -> Iterator[date | datetime]:
    """The beginnings by one rule, on the wall clock of the event's own zone."""
    parts = dict(rule)
    if {str(one).upper() for one in parts.get("FREQ", [])} - _FREQUENT:
        raise ValueError("it repeats within a day")
    until = next(iter(parts.pop("UNTIL", [])), None)
    is_day = not isinstance(first, datetime)
    zone = first.tzinfo if isinstance(first, datetime) else None
    wall = (
        first.replace(tzinfo=None)
        if isinstance(first, datetime)
        else datetime.combine(first, time.min)
    )
    text = ";".join(
        f"{name}={','.join(str(one) for one in values)}" for name, values in parts.items()
    )
    earliest = _wall(since, zone) - timedelta(days=1)
    last = earliest + AHEAD + timedelta(days=3)
    if until:
        last = min(last, _wall(until, zone))
    for moment in islice(rrulestr(text, dtstart=wall), MOST_REPEATS):
        if moment > last:
            return
        if moment >= earliest:
            yield moment.date() if is_day else moment.replace(tzinfo=zone)


def _wall(value: date | datetime, zone: Any) -> datetime:
    """On the wall clock of that zone; a day ends with its last moment."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time.max)
    if value.tzinfo is not None and zone is not None:
        value = value.astimezone(zone)
    return value.replace(tzinfo=None)


def _many(component: Component, name: str) -> list[Any]:
    value = component.get(name, [])
    return value if isinstance(value, list) else [value]


def _said(event: Event, language: str) -> str:
    """The event in one line, short enough to stay one piece of its article."""
    day = spoken.days(event.starts, event.ends, language)
    hour = "" if event.is_whole_day else spoken.hours(event.starts, event.ends, language)
    what = f"{_OFF[language] if event.is_off else ''}{event.what}"
    return f"{what}: {', '.join(filter(None, (day, hour, event.where)))}"
