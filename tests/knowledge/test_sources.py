"""Sources answer by row and by day, under the rules of articles, and stay as fresh as they can."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from homeroom.district.load import load as load_district
from homeroom.district.permissions import ANONYMOUS, SYSTEM, Viewer
from homeroom.kit import scratch
from homeroom.knowledge import indexing
from homeroom.knowledge.models import Article, Passage, Source
from homeroom.knowledge.sources import doubts, keeping, queries
from homeroom.knowledge.sources.load import load
from homeroom.knowledge.sources.taken import Unreadable
from homeroom.pipeline import asking, freshness, minds, replay
from tests.cast import NOW, assemble
from tests.district.folder import write as write_folder
from tests.knowledge.test_sources_reading import at, calendar, event

ZONE = ZoneInfo("America/Chicago")
STOPS = b"""Route,Stop,Morning,Afternoon
42,Oak Street,7:12 AM,3:40 PM
42,Elm Street,7:20 AM,3:32 PM
7,Oak Street,6:42 AM,3:42 PM
7,Birch Street,6:55 AM,3:29 PM
"""
FEES = b"""Fee,Amount
Student parking permit,$50.00
AP exam,$99.00
Band instrument rental,$75.00
"""
GAMES = (
    ("20261120T190000", "Varsity football vs. Jefferson"),
    ("20261127T190000", "Varsity football vs. Roosevelt"),
    ("20261204T190000", "Varsity football at Madison"),
    ("20261208T163000", "Girls basketball at Monroe"),
)
CALENDAR = calendar(
    *(event(SUMMARY=what, UID=what, DTSTART=at(starts), LOCATION="Main field") for starts, what in GAMES),
    event(SUMMARY="Winter break, no school", DTSTART="VALUE=DATE:20261221",
          DTEND="VALUE=DATE:20270102"),
)  # fmt: skip


MADISON = "Varsity football at Madison"


def given(name: str, content: bytes, file: str = "x.csv", **values: object) -> Source:
    source = keeping.save(None, values={"name": name, "file": file, **values}, by=None, now=NOW)
    keeping.take_in(source, content, zone=ZONE, now=NOW)
    return source


@pytest.fixture
def sources(db: None) -> dict[str, Source]:
    assemble()
    made = {
        "stops": given("Bus stops", STOPS),
        "fees": given("Student fees", FEES),
        "games": given("Athletics calendar: games and meets", CALENDAR, file="x.ics"),
    }
    indexing.index(encoders=minds.encoders())
    return made


@pytest.fixture
def fees(db: None) -> Source:
    assemble()
    made = given("Student fees", FEES)
    indexing.index(encoders=minds.encoders())
    return made


def told(text: str, now: datetime = NOW, viewer: Viewer = ANONYMOUS) -> str:
    found = asking.ask(text, viewer=viewer, now=now).answer
    return found.text if found else ""


def first(text: str, now: datetime = NOW) -> str:
    """What would be said first, whether or not it is sure enough."""
    found = asking.ask(text, viewer=ANONYMOUS, now=now)
    return found.suggestions[0].text if found.suggestions else ""


def test_a_table_answers_by_row(sources: dict[str, Source]) -> None:
    assert told("How much is the parking permit?") == "Fee: Student parking permit; Amount: $50.00"
    assert "$99.00" in told("What does the AP exam cost?")
    assert "$75.00" not in told("What does the AP exam cost?")
    both = told("stops of route 42")
    assert both.count("Route: 42") == 2
    assert "Route: 7;" not in both
    found = asking.ask("How much is the parking permit?", viewer=ANONYMOUS, now=NOW).answer
    assert found is not None
    assert found.citations[0].quote in Article.objects.get(id=found.article_id).body


def test_rows_are_known_by_every_name_that_is_asked(sources: dict[str, Source]) -> None:
    assert first("What time does bus 42 stop at Oak Street?").startswith("Route: 42; Stop: Oak")
    for text in (
        "What time does bus 42 stop at Maple Street?",
        "what time does bus 42 stop at maple street?",
        "What time does bus 42 stop at Birch Street?",
        "What are the stops on route 99?",
        "What are the stops of route 12?",  # 7:12 is no route
    ):
        assert told(text) == ""


def test_a_calendar_answers_by_day(sources: dict[str, Source]) -> None:
    friday = "Varsity football vs. Roosevelt: Friday, November 27, 2026, 7:00 PM, Main field"
    assert first("Where is the football game this Friday?") == friday
    assert first("When is Friday's game?") == friday
    assert first("¿A qué hora es el partido del viernes?") == friday
    assert first("When is the game on December 4?").startswith("Varsity football at Madison")
    assert "December 21, 2026 to Friday, January 1" in told("When is winter break?")
    assert first("Is there school on December 23?").startswith("Winter break")


def test_nothing_on_that_day_is_not_answered_with_another(sources: dict[str, Source]) -> None:
    for text in ("Is there a game tomorrow?", "When was last Friday's game?", "Any game Dec 5?"):
        assert "football" not in first(text)


def test_next_is_never_what_is_over(sources: dict[str, Source]) -> None:
    text = "When is the next football game?"
    assert first(text).startswith("Varsity football vs. Roosevelt")
    started = datetime(2026, 11, 27, 19, 5, tzinfo=ZONE)
    assert first(text, now=started).startswith(MADISON)
    assert "basketball" in first("When is the next game?", now=started + timedelta(days=8))
    assert "football" not in first(text, now=started + timedelta(days=8))


def test_a_replay_knows_when_rows_hold(sources: dict[str, Source]) -> None:
    with scratch.clone(keep=replay.STANDING):
        later = datetime(2026, 11, 28, 9, 0, tzinfo=ZONE)
        assert first("When is the next football game?", now=later).startswith(MADISON)


def test_a_source_is_seen_by_those_its_articles_are_for(fees: Source) -> None:
    keeping.save(fees, values={"visibility": "staff"}, by=None, now=NOW)
    assert told("How much is the parking permit?") == ""
    staff = Viewer(kind="staff", person_id=1, account_id=1)
    assert "$50" in told("How much is the parking permit?", viewer=staff)
    keeping.save(fees, values={"expires_on": NOW.date()}, by=None, now=NOW)
    assert told("How much is the parking permit?", viewer=staff) == ""


def test_a_removed_source_ceases_to_answer_at_once(fees: Source) -> None:
    assert told("How much is the parking permit?")
    keeping.remove(fees, by=None, now=NOW)
    assert told("How much is the parking permit?") == ""
    assert not Passage.objects.filter(text__contains="parking").exists()
    assert not Article.objects.get(title="Student fees").is_active


def test_the_same_table_again_changes_only_what_changed(fees: Source) -> None:
    again = keeping.take_in(fees, FEES, zone=ZONE, now=NOW + timedelta(days=1))
    assert (again.added, again.changed, again.left) == (0, 0, 1)
    assert indexing.index(encoders=minds.encoders()) == 0
    changed = FEES.replace(b"$50.00", b"$55.00")
    assert keeping.take_in(fees, changed, zone=ZONE, now=NOW).changed == 1
    assert told("How much is the parking permit?") == ""  # the old price is gone at once
    assert indexing.index(encoders=minds.encoders()) == 1
    assert "$55.00" in told("How much is the parking permit?")


def test_an_article_that_people_edited_is_theirs(fees: Source) -> None:
    Article.objects.filter(title="Student fees").update(source="hand", body="By hand.")
    keeping.take_in(fees, FEES.replace(b"50", b"60"), zone=ZONE, now=NOW)
    assert Article.objects.get(title="Student fees").body == "By hand."


def test_what_cannot_be_read_leaves_what_was_known(fees: Source) -> None:
    with pytest.raises(Unreadable):
        keeping.take_in(fees, b"", zone=ZONE, now=NOW)
    assert "$50.00" in told("How much is the parking permit?")


def test_only_administrators_see_sources(fees: Source) -> None:
    assert list(queries.sources(viewer=SYSTEM)) == [fees]
    staff = Viewer(kind="staff", person_id=1, account_id=1)
    assert not queries.sources(viewer=staff)
    assert queries.source(fees.pk, viewer=staff) is None


# ------------------------------------------------------------------ addresses


class Feed(BaseHTTPRequestHandler):
    """A calendar somewhere, as it is at present."""

    body = CALENDAR
    status = 200
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("If-None-Match", ""))
        same = self.status == 200 and self.asked[-1] == f'"{hash(self.body)}"'
        self.send_response(304 if same else self.status)
        self.send_header("ETag", f'"{hash(self.body)}"')
        self.send_header("Content-Length", "0" if same else str(len(self.body)))
        self.end_headers()
        self.wfile.write(b"" if same else self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def feed(db: None, settings: object) -> Iterator[Source]:
    assemble()
    settings.INSIDE = ["localhost"]  # type: ignore[attr-defined]
    Feed.body, Feed.status, Feed.asked = CALENDAR, 200, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Feed) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://localhost:{server.server_address[1]}/games.ics"
        values = {"name": "Games", "address": address, "every_hours": 1}
        yield keeping.save(None, values=values, by=None, now=NOW)
        server.shutdown()


def test_a_feed_is_read_when_it_is_due_and_asked_for_what_changed(feed: Source) -> None:
    assert freshness.drain(now=NOW) == 1
    assert freshness.drain(now=NOW) == 0
    feed.refresh_from_db()
    assert (feed.kind, feed.error, feed.taken_at) == ("calendar", "", NOW)
    assert "Roosevelt" in Article.objects.get().body
    later = NOW + timedelta(hours=2)
    assert freshness.drain(now=later) == 1
    feed.refresh_from_db()
    assert Feed.asked[1] == feed.etag != ""
    assert (feed.taken_at, feed.due_at) == (later, later + timedelta(hours=1))


@pytest.mark.parametrize("broken", [(500, CALENDAR), (200, b"<html>Sign in</html>"), (200, b"")])
def test_a_bad_day_keeps_the_last_good_copy_and_says_so(feed: Source, broken) -> None:
    freshness.drain(now=NOW)
    before = Article.objects.get().body
    Feed.status, Feed.body = broken
    later = NOW + timedelta(hours=2)
    freshness.drain(now=later)
    feed.refresh_from_db()
    assert Article.objects.get().body == before
    assert feed.error
    assert (feed.failed_since, feed.taken_at) == (later, NOW)
    assert later < feed.due_at <= later + timedelta(hours=1)
    Feed.status, Feed.body = 200, CALENDAR.replace(b"Monroe", b"Clark")
    freshness.drain(now=later + timedelta(hours=1))
    feed.refresh_from_db()
    assert (feed.error, feed.failed_since) == ("", None)
    assert "Clark" in Article.objects.get().body


def test_a_reading_that_was_killed_is_done_again(feed: Source) -> None:
    assert freshness._claim(now=NOW) == feed  # and nothing more: the worker died here
    assert freshness.drain(now=NOW) == 0
    assert freshness.drain(now=NOW + freshness.LEASE) == 1
    assert Article.objects.exists()


def test_the_inside_is_not_read_for_anybody(feed: Source, settings) -> None:
    settings.INSIDE = []
    freshness.drain(now=NOW)
    feed.refresh_from_db()
    assert "not on the open web" in feed.error
    assert not Feed.asked


# ------------------------------------------------------------------ doubts


def test_two_sources_that_differ_are_told_to_the_owner(fees: Source) -> None:
    assert doubts.weigh(now=NOW) == 0
    other = given("Fees of the high school", b"What,Cost\nStudent parking permit,$60.00\n")
    Article.objects.create(source_id="ap", title="Exams", body="The AP exam costs $95.00.")
    Article.objects.create(source_id="same", title="Band", body="Band rental is $75.00.")
    indexing.index(encoders=minds.encoders())
    assert doubts.weigh(now=NOW) == 3
    fees.refresh_from_db()
    other.refresh_from_db()
    assert [one["other_title"] for one in other.doubts] == ["Student fees"]
    assert {one["other_title"] for one in fees.doubts} == {"Exams", other.name}
    keeping.remove(other, by=None, now=NOW)
    assert doubts.weigh(now=NOW) == 1


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Fees of 2025-26", "2025-26"),
        ("Fees 2026-27", ""),
        ("2024/2025, 2026-2027", ""),
        ("2026", ""),
    ],
)
def test_a_school_year_that_is_over_is_seen(text: str, year: str) -> None:
    assert doubts.bygone(text, today=NOW.date()) == year


# ------------------------------------------------------------------ the district folder

LIST = """
- {id: stops, name: Bus stops, file: stops.csv, owner: bus@cedarvalley.example, audience: [family]}
- {id: book, name: Handbook, file: handbook/, audience: [staff]}
- {id: feed, name: Games, address: "https://games.example/all.ics", mood: cheerful}
"""


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Path:
    load_district(write_folder(tmp_path), now=NOW)
    (tmp_path / "sources" / "handbook").mkdir(parents=True)
    (tmp_path / "sources" / "handbook" / "dress.md").write_text("# Dress code\n\nNo hats.")
    (tmp_path / "sources" / "stops.csv").write_bytes(STOPS)
    (tmp_path / "sources.yaml").write_text(LIST)
    return tmp_path


def test_a_folder_brings_its_sources_once(folder: Path) -> None:
    report = load(folder, now=NOW)
    assert [str(one) for one in report.refused] == []
    assert (report.added, report.refused, report.files[0].unknown) == (3, (), ("mood",))
    assert Article.objects.get(source_id="stops").visibility == "public"
    assert Article.objects.get(source_id="book.dress").visibility == "staff"
    assert Source.objects.get(source_id="feed").due_at == NOW
    again = load(folder, now=NOW)
    assert (again.added, again.changed, again.left, again.removed) == (0, 0, 3, 0)
    (folder / "sources.yaml").write_text(LIST.splitlines()[1])
    report = load(folder, now=NOW)
    assert report.removed == 2
    assert "sources/handbook stands in no item" in str(report.remarks[0])
    assert not Article.objects.get(source_id="book.dress").is_active


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("stops.csv", "../district.toml", "There is no"),
        ("stops.csv", "none.csv", "There is no none.csv"),
        ("[family]", "[owls]", "audience is none of"),
        ("audience: [family]", "schools: [nowhere]", "schools is not known"),
        ("file: stops.csv, ", "", "either a file or an address"),
        ("https://games", "file://games", "begins with https"),
    ],
)
def test_a_wrong_item_is_refused_and_the_rest_goes_on(folder: Path, old, new, why) -> None:
    (folder / "sources.yaml").write_text(LIST.replace(old, new))
    report = load(folder, now=NOW)
    assert [why in str(one) for one in report.refused] == [True]
    assert report.added == 2


def test_a_folder_without_sources_says_nothing_of_them(folder: Path) -> None:
    (folder / "sources.yaml").unlink()
    assert "no such file" in str(load(folder, now=NOW).remarks[0])
    assert load(folder / "oneroster", now=NOW).files == ()
