"""Times, initials and references as the pages say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from homeroom.web.templatetags import homeroom as tags

DISTRICT = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 24, 9, 41, tzinfo=DISTRICT)


@pytest.fixture(autouse=True)
def _district_zone() -> object:
    with timezone.override(DISTRICT), translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ms. Dana Lee", "DL"),
        ("Theo Ramos", "TR"),
        ("Dr. Ortiz", "O"),
        ("Charlie", "C"),
        ("(555) 555-0163", "("),
        ("", ""),
        ("李 明", "李明"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert tags.initials(name) == expected


def test_clock_counts_to_twelve_in_english_and_to_24_elsewhere() -> None:
    evening = NOW.replace(hour=21, minute=5)
    assert tags.clock(evening) == "9:05\u00a0PM"
    with translation.override("es"):
        assert tags.clock(evening) == "21:05"


def test_clock_is_the_district_s_wherever_the_time_was_taken() -> None:
    assert tags.clock(NOW.astimezone(ZoneInfo("Asia/Tokyo"))) == "9:41\u00a0AM"


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(minutes=9), "by 9:50\u00a0AM today"),
        (timedelta(days=1), "by 9:41\u00a0AM tomorrow"),
        (timedelta(days=6), "by 9:41\u00a0AM on Monday, Nov 30"),
        (timedelta(days=60), "by 9:41\u00a0AM on Saturday, Jan 23, 2027"),
    ],
)
def test_promises(later: timedelta, expected: str) -> None:
    assert tags.by(NOW + later, NOW) == expected


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(days=3), "Saturday, Nov 21"),
        (timedelta(seconds=-30), "just now"),
    ],
)
def test_ago(earlier: timedelta, expected: str) -> None:
    assert tags.ago(NOW - earlier, NOW) == expected


def test_moment_names_the_day_when_it_is_not_today() -> None:
    assert tags.moment(NOW, NOW) == "9:41\u00a0AM"
    assert tags.moment(NOW - timedelta(days=1), NOW) == "Yesterday, 9:41\u00a0AM"
    assert tags.moment(NOW - timedelta(days=7), NOW) == "Tuesday, Nov 17, 9:41\u00a0AM"


@pytest.mark.parametrize(
    ("days", "language", "expected"),
    [
        (0, "en", "9:41\u00a0AM"),
        (1, "en", "Yesterday"),
        (7, "en", "Nov 17"),
        (7, "es", "17 nov"),
        (400, "en", "Oct 20, 2025"),
    ],
)
def test_a_list_has_room_for_the_day_alone(days: int, language: str, expected: str) -> None:
    row = {"url": "/desk/", "at": NOW - timedelta(days=days), "who": "Ms. Lee", "said": "Dead"}
    with translation.override(language):
        drawn = tags.listed(row, NOW)
    assert f">{expected}</time>" in drawn


def test_a_reference_is_escaped_and_never_translated() -> None:
    assert tags.reference("<b>") == '<bdi class="mono" translate="no">&lt;b&gt;</bdi>'
