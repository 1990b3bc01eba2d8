"""Numbers of a day beside the usual ones, for each department, each school and the district."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from homeroom.district.permissions import Viewer
from homeroom.district.values import Catalogue
from homeroom.routing import pace
from homeroom.routing.calendar import BadHours, Hours, hours_of
from homeroom.tickets import figures
from homeroom.tickets.figures import MEASURES, Cell, Replied, Span
from homeroom.web.office.days import Day

type By = Literal["department", "school"]
type Numbers = Mapping[str, float | None]
ALWAYS = Hours.parse("24/7")
"""The hours of a team whose own nobody can read: every minute counts."""
REPLY = "reply"
"""The median minutes to a first reply, beside the counts of `figures.MEASURES`."""
ALL = -1
"""The row of the whole district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of numbers: a department or a school (0 when none is known), or `ALL`."""

    id: int
    now: Numbers
    usual: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one span of time gave."""

    cells: Sequence[Cell]
    replies: Sequence[tuple[Replied, float]]
    """Each first reply with its working minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Working time as the district keeps it."""

    catalogue: Catalogue
    usual: str
    """The district's own hours."""
    zone: ZoneInfo
    closures: Collection[date]

    def hours(self, team_id: int | None) -> Hours:
        """The hours of a team, read as `routing.calendar` reads them."""
        team = self.catalogue.teams.get(team_id or -1)
        department = self.catalogue.orgs.get(team.department_id) if team else None
        return _parsed(
            team.hours if team else "", department.hours if department else "", self.usual
        )


@lru_cache(maxsize=1_000)
def _parsed(team: str, department: str, district: str) -> Hours:
    try:
        return hours_of(team=team, department=department, district=district)
    except BadHours:
        return ALWAYS


def lines(day: Day, *, clock: Clock, viewer: Viewer) -> dict[str, list[Line]]:
    """The rows "all", "department" and "school"; most asked first."""
    present = _see(day.span, clock, viewer)
    before = [_see(span, clock, viewer) for span in day.before]
    return {
        "all": _lines(present, before, lambda _: ALL),
        "department": _lines(present, before, lambda one: one.department_id or 0),
        "school": _lines(present, before, lambda one: one.org_id or 0),
    }


def private(day: Day, *, viewer: Viewer) -> tuple[int, float | None]:
    """How many were asked in guarded lanes, and how many usually are."""
    usual = [figures.guarded(span, viewer=viewer) for span in day.before]
    return figures.guarded(day.span, viewer=viewer), pace.middle(usual)


def _see(span: Span, clock: Clock, viewer: Viewer) -> Seen:
    found = figures.replies(span, viewer=viewer)
    waits = pace.minutes(
        ((one.opened_at, one.replied_at, clock.hours(one.team_id)) for one in found),
        zone=clock.zone,
        closures=clock.closures,
    )
    return Seen(
        cells=figures.cells(span, viewer=viewer), replies=tuple(zip(found, waits, strict=True))
    )


def _lines(
    present: Seen, before: Sequence[Seen], key: Callable[[Cell | Replied], int]
) -> list[Line]:
    now = _numbers(present, key)
    past = [_numbers(seen, key) for seen in before]
    rows = [
        Line(id=one, now=now.get(one, {}), usual=_usual(one, past))
        for one in {name for day in (now, *past) for name in day}
    ]
    return sorted(rows, key=lambda row: (-_of(row.now), -_of(row.usual), row.id))


def _of(numbers: Numbers) -> float:
    return numbers.get("asked") or 0


def _usual(one: int, past: Iterable[Mapping[int, Numbers]]) -> Numbers:
    """Medians over the days; a day on which nobody asked counts as none asked."""
    days = [day.get(one, dict.fromkeys(MEASURES, 0)) for day in past]
    return {name: pace.usual(days, name) for name in (*MEASURES, REPLY)}


def _numbers(seen: Seen, key: Callable[[Cell | Replied], int]) -> dict[int, Numbers]:
    counts: dict[int, dict[str, float | None]] = {}
    for cell in seen.cells:
        row = counts.setdefault(key(cell), dict.fromkeys(MEASURES, 0))
        for name, number in cell.counts.items():
            row[name] = (row[name] or 0) + number
    waits: dict[int, list[float]] = {}
    for reply, wait in seen.replies:
        waits.setdefault(key(reply), []).append(wait)
    for one, row in counts.items():
        row[REPLY] = pace.middle(waits.get(one, []))
    return dict(counts)
