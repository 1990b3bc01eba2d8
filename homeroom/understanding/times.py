"""Days, hours, class periods and grades named in a text, counted from when it was said."""

import functools
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from homeroom.understanding.encoders import DATA
from homeroom.understanding.named import Kind, Mention, at_group

_NUMBER: Final = r"(\d{1,2})(?:st|nd|rd|th|er|ero|ro|do|to|mo|vo|no|°|º)?"
_SUFFIXED: Final = r"(\d{1,2})(?:st|nd|rd|th|er|ero|ro|do|to|mo|vo|no|°|º)"

_SCHOOL_DAY_FROM: Final = 7
"""A bare clock hour below this is in the afternoon: nobody writes about school at 3 at night."""

_ISO: Final = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_SLASHED: Final = re.compile(r"(?<![\d/$.-])(\d{1,2})/(\d{1,2})(?:/(20\d\d|\d\d))?(?![\d/])")
_IN_DAYS: Final = re.compile(
    r"\bin (\d{1,2}) (day|week)s?\b|\b(?:dentro de|en) (\d{1,2}) (d[ií]a|semana)s?\b"
)
_DAYS_AGO: Final = re.compile(
    r"\b(\d{1,2}) (day|week)s? ago\b|\bhace (\d{1,2}) (d[ií]a|semana)s?\b"
)
_CLOCK: Final = re.compile(
    r"(?<![\d:./$-])(\d{1,2}):(\d{2})(?!\d)\s?(a\.?m\b|p\.?m\b)?"
    r"|(?<![\d:./$-])(\d{1,2})\s?(a\.?m|p\.?m)\b"
    r"|\ba las? (\d{1,2})(?: y (media|cuarto))?\b(?![:/]\d)"
    r"|\bat (\d{1,2})(?=\s*(?:$|[.,!?;)]|today|tomorrow|sharp|on\b|and\b|for\b|so\b))"
)
_AFTERNOON: Final = re.compile(r"\s*(?:de|in|por) (?:la|the) (?:tarde|noche|afternoon|evening)")


@functools.cache
def _table(name: str) -> dict[str, int | str]:
    tables = tomllib.loads((DATA / "times.toml").read_text("utf-8"))
    return dict(tables[name])


def _names(name: str) -> str:
    listed = sorted(_table(name), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in listed)


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    ordinal, month = _names("ordinal"), _names("month")
    ends = r"(?:period|hour|block|hr|per|per[ií]odo|hora|clase)"
    sources = {
        "period": rf"\b(?:{_SUFFIXED}|({ordinal}))\s{ends}\b|\b(?:period|block|per[ií]odo)\s(\d)\b",
        "grade": (
            rf"\b(?:{_SUFFIXED}|({ordinal}))[\s-](?:grade|grader|graders|graders?'s|grado|gr)s?\b"
            rf"|\b(?:grade|grado|gr\.?)\s({_NUMBER})\b|\b({_names('grade')})s?\b"
            rf"|\b(?:in|de|en|a)\s(?:{_SUFFIXED}|({_names('year')}))\b"
            r"(?!\s(?:period|hour|block|street|st|ave|avenue|floor|place|time|semester|quarter|and\s\d"
            r"|piso|lugar|per[ií]odo|hora|clase|turno|nivel|semestre|trimestre|bimestre|de\s\w+bre))"
        ),
        "hour": rf"\b({_names('clock')})\b",
        "day": (
            rf"\b({_names('day')})\b"
            r"|\b(?=ma[ñn]ana\b)(?<!\bla )(?<!\besta )(?<!\bcada )(?<!\buna )"
            r"(ma[ñn]ana)(?! siguiente)"
        ),
        "weekday": (
            rf"\b(?:(last|this past|pasado|next|this)\s)?(?:el\s|este\s|on\s)?"
            rf"({_names('weekday')})\b(?:\s(pasado|pr[oó]ximo))?"
        ),
        "month_day": (
            rf"\b({month})\.?\s(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s(20\d\d))?"
            rf"|\b(\d{{1,2}})\sde\s({month})\b(?:\sde(?:l)?\s(20\d\d))?"
        ),
    }
    return {name: re.compile(source) for name, source in sources.items()}


def found(text: str, *, at: datetime) -> Iterator[Mention]:
    """Mentions of grades, periods, dates (ISO) and times (HH:MM); later ones yield to earlier.

    `text` is in lower case.
    """
    yield from _ordinals(text, "grade", Kind.GRADE)
    yield from _ordinals(text, "period", Kind.PERIOD)
    yield from _calendar_days(text, at.date())
    yield from _counted_days(text, at.date())
    yield from _hours(text)


def _ordinals(text: str, name: str, kind: Kind) -> Iterator[Mention]:
    for match in _patterns()[name].finditer(text):
        said = str(match[match.lastindex or 0]).casefold()
        value = str(_table("ordinal").get(said) or _table("grade").get(said) or said)
        value = re.sub(r"(?<=\d)\D+$", "", value)
        if not value.isdigit() or 1 <= int(value) <= 12:
            yield at_group(kind, match, value)


def _calendar_days(text: str, said_on: date) -> Iterator[Mention]:
    """Dates with a month in them; a missing year is the one nearest, rather ahead than behind."""
    for match in _ISO.finditer(text):
        yield from _dated(match, int(match[1]), int(match[2]), int(match[3]))
    for match in _patterns()["month_day"].finditer(text):
        name, number, year = match.groups()[:3] if match[1] else (match[5], match[4], match[6])
        month = int(_table("month")[name.casefold()])
        given = int(year) if year else _nearest_year(month, int(number), said_on)
        yield from _dated(match, given, month, int(number))
    for match in _SLASHED.finditer(text):
        month, number = int(match[1]), int(match[2])
        short = match[3]
        given = int(short) % 100 + 2000 if short else _nearest_year(month, number, said_on)
        yield from _dated(match, given, month, number)


def _counted_days(text: str, said_on: date) -> Iterator[Mention]:
    """Dates counted from the day it was said: tomorrow, Friday, in 3 days, hace dos semanas."""
    for match in _patterns()["day"].finditer(text):
        word = " ".join(match[0].casefold().split())
        away = int(_table("day").get(word, 1))  # the bare word left over is "mañana"
        yield _day(match, said_on + timedelta(days=away))
    for pattern, sign in ((_IN_DAYS, 1), (_DAYS_AGO, -1)):
        for match in pattern.finditer(text):
            unit = (match[2] or match[4]).casefold()
            days = int(match[1] or match[3]) * (7 if unit[0] in "ws" else 1)
            yield _day(match, said_on + timedelta(days=sign * days))
    for match in _patterns()["weekday"].finditer(text):
        weekday = int(_table("weekday")[match[2].casefold()])
        ahead = (weekday - said_on.weekday()) % 7
        before = (match[1] or match[3] or "").casefold()
        if before in ("last", "this past", "pasado"):
            ahead = ahead - 7
        elif before == "next" and ahead == 0:
            ahead = 7
        yield _day(match, said_on + timedelta(days=ahead))


def _hours(text: str) -> Iterator[Mention]:
    for match in _CLOCK.finditer(text):
        hour = int(next(match[group] for group in (1, 4, 6, 8) if match[group]))
        minute = int(match[2] or {"media": 30, "cuarto": 15}.get(match[7] or "", 0))
        half = (match[3] or match[5] or "").casefold()[:1]
        if not half and _AFTERNOON.match(text, match.end()):
            half = "p"
        if hour < 24 and minute < 60:
            yield at_group(Kind.TIME, match, f"{_hour_of_day(hour, half):02d}:{minute:02d}")
    for match in _patterns()["hour"].finditer(text):
        yield at_group(Kind.TIME, match, str(_table("clock")[match[1].casefold()]))


def _hour_of_day(hour: int, half: str) -> int:
    if half == "a":
        return hour % 12
    if half == "p" or hour < _SCHOOL_DAY_FROM:
        return hour % 12 + 12
    return hour


def _nearest_year(month: int, number: int, said_on: date) -> int:
    """The year that puts the day between four months back and eight months ahead."""
    for year in (said_on.year - 1, said_on.year, said_on.year + 1):
        try:
            away = (date(year, month, number) - said_on).days
        except ValueError:
            continue
        if -120 <= away <= 245:
            return year
    return said_on.year


def _dated(match: re.Match[str], year: int, month: int, number: int) -> Iterator[Mention]:
    try:
        yield _day(match, date(year, month, number))
    except ValueError:
        return  # 13/45 is no date, only digits


def _day(match: re.Match[str], day: date) -> Mention:
    return at_group(Kind.DATE, match, day.isoformat())
