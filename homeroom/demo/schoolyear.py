"""The school year around a day: terms, days off by rule, and the calendar file that says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Days without school, both ends included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolYear:
    """One school year: `starts` and `ends` are the first and last days of class."""

    starts: date
    ends: date
    breaks: tuple[Break, ...]

    @property
    def name(self) -> str:
        """For example 2026-27."""
        return f"{self.starts.year}-{self.ends.year % 100:02d}"

    def in_session(self, day: date) -> bool:
        """Whether pupils are in school on that day."""
        off = any(b.first <= day <= b.last for b in self.breaks)
        return self.starts <= day <= self.ends and day.weekday() < 5 and not off


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday(year: int, month: int) -> date:
    end = date(year + month // 12, month % 12 + 1, 1) - _DAY
    return end - timedelta(days=end.weekday())


def school_year(begins: int) -> SchoolYear:
    """The school year that begins in August of that calendar year, by the district's rules."""
    following = begins + 1
    thanks = _nth(begins, 11, 3, 4)
    winter = _nth(begins, 12, 0, 3) if _nth(begins, 12, 0, 3).day > 18 else _nth(begins, 12, 0, 4)
    spring = _nth(following, 3, 0, 3)
    memorial = _last_monday(following, 5)
    single = {
        "Labor Day": _nth(begins, 9, 0, 1),
        "Indigenous Peoples' Day, staff day": _nth(begins, 10, 0, 2),
        "Veterans Day": date(begins, 11, 11),
        "Martin Luther King Jr. Day": _nth(following, 1, 0, 3),
        "Presidents' Day, staff day": _nth(following, 2, 0, 3),
        "Memorial Day": memorial,
    }
    several = (
        Break(name="Thanksgiving break", first=thanks - _DAY, last=thanks + _DAY),
        Break(name="Winter break", first=winter, last=winter + timedelta(days=13)),
        Break(name="Spring break", first=spring, last=spring + timedelta(days=4)),
    )
    days = [Break(name=name, first=day, last=day) for name, day in single.items()]
    return SchoolYear(
        starts=_nth(begins, 8, 0, 3),
        ends=memorial + timedelta(days=3),
        breaks=tuple(sorted((*days, *several), key=lambda off: off.first)),
    )


def year_of(day: date) -> SchoolYear:
    """The school year that `day` belongs to; July already belongs to the coming one."""
    return school_year(day.year if day.month >= 7 else day.year - 1)


def is_school_day(day: date) -> bool:
    """Whether pupils are in school on that day."""
    return year_of(day).in_session(day)


def is_working_day(day: date) -> bool:
    """Whether offices are open: a weekday outside the breaks, in summer too."""
    off = any(b.first <= day <= b.last for b in year_of(day).breaks)
    return day.weekday() < 5 and not off


def working_days(first: date) -> Iterator[date]:
    """Every day with open offices from `first` on, without end."""
    return (day for n in count() if is_working_day(day := first + n * _DAY))


def ics(year: SchoolYear) -> str:
    """The days off as all-day VEVENTs (RFC 5545; DTEND is exclusive, lines end in CRLF)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Cedar Valley Schools//School year//EN",
        "CALSCALE:GREGORIAN",
    ]
    for off in year.breaks:
        escaped = off.name.replace(",", "\\,")
        lines += [
            "BEGIN:VEVENT",
            f"UID:{off.first:%Y%m%d}-no-school@cedarvalley.example",
            f"DTSTAMP:{year.starts.year}0701T120000Z",
            f"DTSTART;VALUE=DATE:{off.first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{off.last + _DAY:%Y%m%d}",
            f"SUMMARY:No school: {escaped}",
            "TRANSP:OPAQUE",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])
