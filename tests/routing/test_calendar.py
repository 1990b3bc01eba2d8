"""Working time against a slow oracle that looks at the clock on the wall minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.routing.calendar import (
    BadHours,
    Hours,
    NeverOpen,
    add_working_time,
    hours_of,
    working_minutes_between,
)

CHICAGO = ZoneInfo("America/Chicago")
SCHOOL = Hours.parse("Mon-Fri 06:30-16:30; Sat 08:00-12:00")
MINUTE = timedelta(minutes=1)


def local(text: str, zone: ZoneInfo = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def is_open(moment: datetime, hours: Hours, zone: ZoneInfo, closures: frozenset[date]) -> bool:
    wall = moment.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    spans = hours.days[wall.weekday()]
    return wall.date() not in closures and any(a <= minute < b for a, b in spans)


def oracle_between(start, end, hours, zone, closures) -> int:
    count, moment = 0, start.astimezone(UTC)
    while moment < end:
        count += is_open(moment, hours, zone, closures)
        moment += MINUTE
    return count


class TestReadingHours:
    @pytest.mark.parametrize(
        ("text", "monday", "saturday"),
        [
            ("Mon-Fri 06:30-16:30; Sat 08:00-12:00", ((390, 990),), ((480, 720),)),
            ("Mo-Fr 07:00-17:00", ((420, 1020),), ()),
            ("Monday–Friday 7:00–11:30,12:00–15:00", ((420, 690), (720, 900)), ()),
            ("daily 00:00-24:00", ((0, 1440),), ((0, 1440),)),
            ("24/7", ((0, 1440),), ((0, 1440),)),
            ("Fri-Mon 09:00-10:00", ((540, 600),), ((540, 600),)),
            ("Mon,Wed 08:00-09:00, 08:30-10:00", ((480, 600),), ()),
            ("Sun 22:00-06:00", ((0, 360),), ()),
            ("Mon-Sat 08:00-12:00; Sat closed", ((480, 720),), ()),
        ],
    )
    def test_people_write_hours_in_many_ways(self, text, monday, saturday):
        hours = Hours.parse(text)
        assert hours.days[0] == monday
        assert hours.days[5] == saturday

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "whenever",
            "06:30-16:30",
            "Mon-Fri",
            "Mon-Fri 25:00-26:00",
            "Mon-Fri 08:61-09:00",
            "Mon-Fri 08:00-08:00",
            "Mon-Tue-Wed 08:00-09:00",
            "Foo 08:00-09:00",
            "Mon-Fri closed",
            "Mon-Fri 8am-5pm",
        ],
    )
    def test_what_cannot_be_read_with_certainty_is_refused_in_a_sentence(self, text):
        with pytest.raises(BadHours, match="Write them like Mon-Fri"):
            Hours.parse(text)

    @given(st.text(max_size=40))
    def test_no_text_breaks_the_reader(self, text):
        try:
            hours = Hours.parse(text)
        except BadHours:
            return
        assert any(hours.days)


class TestWhoseHours:
    def test_a_team_has_its_own(self):
        hours = hours_of(
            team="Mon 08:00-09:00", department="Tue 08:00-09:00", district="Wed 08:00-09:00"
        )
        assert hours.days[0]
        assert not hours.days[1]

    def test_else_its_departments_else_the_districts(self):
        assert hours_of(team="", department="Tue 8:00-9:00", district="Wed 8:00-9:00").days[1]
        assert hours_of(team="??", department=" ", district="Wed 8:00-9:00").days[2]


class TestByHand:
    def test_friday_evening_is_due_on_monday(self):
        hours = Hours.parse("Mon-Fri 08:00-16:00")
        due = add_working_time(local("2026-10-02T17:30"), 60, hours=hours, zone=CHICAGO)
        assert due == local("2026-10-05T09:00")
        assert due.tzinfo is UTC

    def test_a_closed_day_has_no_working_time(self):
        hours = Hours.parse("Mon-Fri 08:00-16:00")
        thanksgiving = {date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27)}
        due = add_working_time(
            local("2026-11-24T15:30"), 60, hours=hours, zone=CHICAGO, closures=thanksgiving
        )
        assert due == local("2026-11-30T08:30")

    def test_the_night_the_clocks_go_forward_is_an_hour_shorter(self):
        hours = Hours.parse("24/7")
        start, end = local("2026-03-07T12:00"), local("2026-03-08T12:00")
        assert working_minutes_between(start, end, hours=hours, zone=CHICAGO) == 23 * 60

    def test_the_night_the_clocks_go_back_is_an_hour_longer(self):
        hours = Hours.parse("24/7")
        start, end = local("2026-10-31T12:00"), local("2026-11-01T12:00")
        assert working_minutes_between(start, end, hours=hours, zone=CHICAGO) == 25 * 60

    def test_a_skipped_hour_is_never_open(self):
        hours = Hours.parse("Sun 02:10-02:50")
        start, end = local("2026-03-08T00:00"), local("2026-03-08T12:00")
        assert working_minutes_between(start, end, hours=hours, zone=CHICAGO) == 0

    def test_backwards_is_negative(self):
        a, b = local("2026-10-05T08:00"), local("2026-10-05T09:00")
        assert working_minutes_between(b, a, hours=SCHOOL, zone=CHICAGO) == -60

    def test_no_minutes_at_night_give_the_first_open_moment(self):
        due = add_working_time(local("2026-10-05T03:00"), 0, hours=SCHOOL, zone=CHICAGO)
        assert due == local("2026-10-05T06:30")

    def test_a_district_that_is_always_closed_is_said_so(self):
        hours = Hours.parse("Mon 08:00-08:01")
        with pytest.raises(NeverOpen):
            add_working_time(local("2026-10-05T08:00"), 60 * 24 * 30, hours=hours, zone=CHICAGO)


ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "America/Chicago",
            "America/New_York",
            "America/Phoenix",
            "America/Havana",  # changes at midnight
            "Australia/Lord_Howe",  # changes by half an hour
            "Pacific/Kiritimati",
            "UTC",
        )
    ]
)
SPANS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda s: s[0] < s[1])


@st.composite
def opening_hours(draw) -> Hours:
    days = []
    for _ in range(7):
        minutes = sorted(draw(st.sets(st.integers(0, 1440), max_size=4)))
        days.append(tuple(zip(minutes[::2], minutes[1::2], strict=False)))
    return Hours(days=tuple(days))


# Around both changes of 2026 in both hemispheres, and anywhere else in that year.
STARTS = st.one_of(
    st.integers(0, 365 * 1440).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + m * MINUTE),
    st.integers(-1440, 1440).map(lambda m: datetime(2026, 3, 8, 8, tzinfo=UTC) + m * MINUTE),
    st.integers(-1440, 1440).map(lambda m: datetime(2026, 11, 1, 7, tzinfo=UTC) + m * MINUTE),
    st.integers(-1440, 1440).map(lambda m: datetime(2026, 4, 4, 15, tzinfo=UTC) + m * MINUTE),
)
CLOSED = st.frozensets(
    st.integers(0, 364).map(lambda n: date(2026, 1, 1) + timedelta(days=n)), max_size=40
)


def between_agrees(hours, zone, start, length, closures) -> None:
    end = start + length * MINUTE
    found = working_minutes_between(start, end, hours=hours, zone=zone, closures=closures)
    assert found == oracle_between(start, end, hours, zone, closures)


def adding_agrees(hours, zone, start, minutes, closures) -> None:
    """Walk minute by minute until so much is used up, but no further than four weeks."""
    moment, left, last = start, minutes, start + timedelta(days=28)
    while moment < last and not (left == 0 and is_open(moment, hours, zone, closures)):
        if is_open(moment, hours, zone, closures):
            left -= 1
            if left == 0 and minutes:
                moment += MINUTE
                break
        moment += MINUTE
    if moment >= last:
        return
    found = add_working_time(start, minutes, hours=hours, zone=zone, closures=closures)
    assert found == moment


CASES = given(
    hours=opening_hours(),
    zone=ZONES,
    start=STARTS,
    length=st.integers(0, 4 * 1440),
    closures=CLOSED,
)
ADDING = given(
    hours=opening_hours(),
    zone=ZONES,
    start=STARTS,
    minutes=st.integers(0, 3000),
    closures=CLOSED,
)
CALM = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


@settings(max_examples=1_000, **CALM)
@CASES
def test_counting_agrees_with_the_wall_clock(hours, zone, start, length, closures):
    between_agrees(hours, zone, start, length, closures)


@settings(max_examples=500, **CALM)
@ADDING
def test_adding_agrees_with_the_wall_clock(hours, zone, start, minutes, closures):
    adding_agrees(hours, zone, start, minutes, closures)


@settings(max_examples=1_000, **CALM)
@ADDING
def test_what_is_added_is_what_is_counted(hours, zone, start, minutes, closures):
    try:
        end = add_working_time(start, minutes, hours=hours, zone=zone, closures=closures)
    except NeverOpen:
        return
    counted = working_minutes_between(start, end, hours=hours, zone=zone, closures=closures)
    assert counted == minutes


@pytest.mark.soak
@settings(max_examples=100_000, **(CALM | {"derandomize": False}))
@CASES
def test_counting_agrees_over_a_hundred_thousand_weeks(hours, zone, start, length, closures):
    between_agrees(hours, zone, start, length, closures)
