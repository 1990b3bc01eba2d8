"""What the sample district keeps elsewhere: its bus stops, its games, and what things cost."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import cycle

from homeroom.demo.pages import clock
from homeroom.demo.schools import Route
from homeroom.demo.schoolyear import SchoolYear

FEES = """Fee,Amount,When it is due
AP exam,$99.00 per exam,November 15
PSAT test,$18.00,September 30
Yearbook,$60.00,January 31
Cap and gown,$38.00,March 15
Driver education,$150.00,first day of class
Robotics club,$45.00 a year,October 1
Lost library book,the price of a new one,when it is lost
"""
_OPPONENTS = ("Madison", "Monroe", "Fairview", "Northgate", "Washington", "Riverside", "Harrison")
_SEASONS = (
    # sport, starts (month, day), ends, days of the week from Monday = 0, hour
    ("Varsity football", (8, 28), (11, 6), (4,), time(19)),
    ("Girls volleyball", (8, 25), (10, 29), (1, 3), time(17, 30)),
    ("Girls basketball", (11, 24), (2, 19), (1, 4), time(17, 30)),
    ("Boys basketball", (11, 24), (2, 19), (1, 4), time(19)),
    ("Softball", (3, 16), (5, 14), (1, 3), time(16, 30)),
    ("Baseball", (3, 16), (5, 14), (0, 2), time(16, 30)),
)
_PLACES = {"football": "Lincoln Field", "basketball": "Lincoln gym", "volleyball": "Lincoln gym"}
_LENGTH = timedelta(hours=2)


def sources(year: SchoolYear) -> list[dict[str, object]]:
    """The items of sources.yaml."""
    families = {"audience": ["family", "student"], "language": "en"}
    return [
        {
            "id": "bus-stops",
            "name": f"Bus stops and times {year.name}",
            "file": "bus-stops.csv",
            "service": "tra.route_info",
            "owner": "transportation@cedarvalley.example",
            **families,
        },
        {
            "id": "games",
            "name": f"Athletics calendar {year.name}: games of Lincoln High",
            "file": "games.ics",
            "service": "ath.tickets",
            "owner": "help@cedarvalley.example",
            **families,
        },
        {
            "id": "fees",
            "name": f"Fees for tests, clubs and extras {year.name}",
            "file": "fees.csv",
            "service": "fin.student_fee",
            "owner": "finance@cedarvalley.example",
            **families,
        },
    ]


def bus_stops(routes: Iterable[Route]) -> str:
    """Every stop of every route as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(("Route", "Stop", "School", "Morning", "Afternoon"))
    for route in routes:
        for stop in route.stops:
            times = clock(stop.morning), clock(stop.afternoon)
            writer.writerow((route.number, stop.place.name, route.school.name, *times))
    return file.getvalue()


def games(year: SchoolYear) -> str:
    """The games of Lincoln High as iCalendar, home and away by turns."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cedar Valley Schools//Athletics//EN"]
    for sport, first, last, days, hour in _SEASONS:
        turns = zip(_played(year, first, last, days), cycle(_OPPONENTS), strict=False)
        for number, (day, opponent) in enumerate(turns):
            is_home = number % 2 == 0
            starts = datetime.combine(day, hour)
            own = _PLACES.get(sport.split()[-1], "Lincoln Field")
            lines += [
                "BEGIN:VEVENT",
                f"UID:{day:%Y%m%d}-{sport.replace(' ', '-').lower()}@cedarvalley.example",
                f"DTSTAMP:{year.starts.year}0701T120000Z",
                f"DTSTART;TZID=America/Chicago:{starts:%Y%m%dT%H%M%S}",
                f"DTEND;TZID=America/Chicago:{starts + _LENGTH:%Y%m%dT%H%M%S}",
                f"SUMMARY:{sport} {'vs.' if is_home else 'at'} {opponent}",
                f"LOCATION:{own if is_home else f'{opponent} High School'}",
                "END:VEVENT",
            ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _played(
    year: SchoolYear, first: tuple[int, int], last: tuple[int, int], days: tuple[int, ...]
) -> Iterator[date]:
    """The school days of a season on these days of the week."""
    begins, ends = (
        date(year.starts.year if month >= 7 else year.ends.year, month, number)
        for month, number in (first, last)
    )
    every = (begins + timedelta(days=n) for n in range((ends - begins).days + 1))
    return (day for day in every if day.weekday() in days and year.in_session(day))
