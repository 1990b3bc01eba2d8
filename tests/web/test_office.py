"""The office: numbers, the requests behind them, and who may not look."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.test import Client
from hypothesis import given
from hypothesis import settings as drawing
from hypothesis import strategies as st

from homeroom.district.models import Account
from homeroom.district.permissions import SYSTEM, Viewer, viewer_for
from homeroom.kit import clock, ids
from homeroom.tickets import figures
from homeroom.tickets.figures import Behind, Span
from homeroom.tickets.models import Ticket
from homeroom.web import context, policy
from homeroom.web.office import days
from tests.cast import NOW, Cast, assemble

CHICAGO = ZoneInfo("America/Chicago")
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Static files have their folder, and passwords are hashed quickly: none is tried here."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(hashers, "get_hashers", lambda: [hashers.MD5PasswordHasher()])
    monkeypatch.setattr(
        hashers, "get_hashers_by_algorithm", lambda: {"md5": hashers.MD5PasswordHasher()}
    )


@pytest.fixture
def cast(db: None) -> Cast:
    policy.forget()
    context.forget()
    return assemble()


@pytest.fixture
def leader(cast: Cast) -> Client:
    client = Client()
    client.force_login(Account.objects.get(is_leader=True))
    return client


def request(cast: Cast, opened_at: datetime, **more: object) -> Ticket:
    usual = {"subject": "Projector is dead", "org": cast.lincoln, "team": cast.classroom}
    made = Ticket.objects.create(
        channel="email", opened_at=opened_at, changed_at=opened_at, **usual | more
    )
    made.reference = ids.reference(made.pk)
    made.save()
    return made


def page(client: Client, url: str) -> str:
    with clock.at(NOW):
        answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def today() -> Span:
    return days.look(NOW.date(), now=NOW, zone=CHICAGO).span


def test_a_day_until_now_is_compared_with_the_same_stretch_of_four_weeks() -> None:
    day = days.look(NOW.date(), now=NOW, zone=CHICAGO, closures={(NOW - 2 * WEEK).date()})
    assert day.is_today
    assert day.span.end == NOW
    assert [span.at - span.start for span in day.before] == [day.span.at - day.span.start] * 3
    assert [(NOW - span.at).days for span in day.before] == [7, 21, 28]


def test_clock_times_stay_when_the_clocks_change() -> None:
    monday = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)  # two days after daylight saving time ended
    before = days.look(monday.date(), now=monday, zone=CHICAGO).before[0]
    assert before.at.hour == 10
    assert before.at.astimezone(UTC).hour == 15


@drawing(deadline=None, max_examples=60, derandomize=True)  # the database sets the pace
@given(
    st.lists(
        st.tuples(*[st.none() | st.integers(0, 20)] * 4),
        max_size=20,
    )
)
@pytest.mark.django_db
def test_a_number_and_the_requests_behind_it_never_differ(
    rows: list[tuple[int | None, ...]],
) -> None:
    """Whatever was replied, solved and promised when: counts, lists and plain reason agree."""
    start = NOW - timedelta(hours=3)
    made = [
        Ticket(
            subject="x",
            channel="email",
            status="resolved" if row[1] is not None else "open",
            opened_at=start,
            changed_at=start,
            **{
                name: None if value is None else start + timedelta(minutes=15 * value)
                for name, value in zip(
                    ("replied_at", "resolved_at", "reply_due_at", "resolve_due_at"),
                    row,
                    strict=True,
                )
            },
        )
        for row in rows
    ]
    Ticket.objects.all().delete()
    Ticket.objects.bulk_create(made)
    span = today()
    counts = dict.fromkeys(figures.MEASURES, 0)
    for cell in figures.cells(span, viewer=SYSTEM):
        counts = {name: counts[name] + cell.counts[name] for name in counts}
    for name in figures.MEASURES:
        wanted = Behind(measure=name)
        assert counts[name] == figures.count(span, behind=wanted, viewer=SYSTEM)
        assert counts[name] == len(figures.behind(span, behind=wanted, viewer=SYSTEM))
        assert counts[name] == sum(holds(name, ticket, span.at) for ticket in made)
    assert counts["asked"] == counts["answered"] + counts["waiting"]


def holds(measure: str, ticket: Ticket, at: datetime) -> bool:
    """The same in plain Python."""
    far = at + timedelta(days=999)
    replied, resolved = ticket.replied_at or far, ticket.resolved_at or far
    first = min(replied, resolved)
    if measure == "answered":
        return first <= at
    if measure == "waiting":
        return first > at
    if measure == "late":
        no_reply = ticket.reply_due_at is not None and ticket.reply_due_at < min(at, first)
        no_end = ticket.resolve_due_at is not None and ticket.resolve_due_at < min(at, resolved)
        return no_reply or no_end
    return True


def test_the_page_shows_numbers_beside_the_usual(cast: Cast, leader: Client) -> None:
    early = NOW.astimezone(CHICAGO) - timedelta(hours=1)  # weeks earlier at the same wall time
    request(cast, early, replied_at=early + timedelta(minutes=20))
    request(cast, early, reply_due_at=early + timedelta(minutes=30))
    request(cast, early, team=None, org=None)
    for week, count in ((1, 4), (2, 4), (3, 6), (4, 6)):
        for _ in range(count):
            request(cast, early - week * WEEK)
        request(cast, NOW + timedelta(hours=2) - week * WEEK)  # later in the day: not compared
    html = page(leader, "/office/")
    text = re.sub(r"<[^>]+>", "", html)
    assert "3requests came in. Usually 5." in text
    assert "1are late" in text
    assert "2wait for a first word" in text
    assert "20 min" in html
    assert "No team yet" in html
    assert "No school known" in html
    assert f"department={cast.technology.pk}" in html
    assert "What keeps coming back" not in html


def test_every_number_leads_to_its_requests(cast: Cast, leader: Client) -> None:
    early = NOW - timedelta(hours=1)
    late = request(cast, early, reply_due_at=early + timedelta(minutes=5))
    request(cast, early, team=cast.buses)
    other = request(cast, early, team=None)
    html = page(leader, "/office/")
    urls = {
        url.replace("&amp;", "&") for url in re.findall(r'href="(/office/requests/[^"]+)"', html)
    }
    assert urls
    for url in urls:
        page(leader, url)
    found = page(leader, f"/office/requests/?what=late&department={cast.technology.pk}")
    assert str(late.reference) in found
    assert "1 request." in found
    assert "Late" in found
    found = page(leader, "/office/requests/?what=asked&department=0")
    assert str(other.reference) in found
    assert str(late.reference) not in found


def test_a_long_list_goes_on_where_it_ended(cast: Cast, leader: Client) -> None:
    early = NOW - timedelta(hours=1)
    made = [request(cast, early).reference for _ in range(60)]
    first = page(leader, "/office/requests/?what=asked")
    older = re.search(r'href="(\?[^"]*after=[^"]+)"', first)
    assert older is not None
    second = page(leader, "/office/requests/" + older[1].replace("&amp;", "&"))
    shown = [re.findall(r'<bdi class="mono"[^>]*>([^<]+)', html) for html in (first, second)]
    assert len(shown[0]) == 50
    assert sorted(shown[0] + shown[1]) == sorted(str(each) for each in made)


@pytest.mark.parametrize("lane", ["confidential", "safety"])
def test_small_private_lanes_are_never_told(cast: Cast, leader: Client, lane: str) -> None:
    early = NOW - timedelta(hours=1)
    secret = [
        request(cast, early, team=cast.buses, sensitivity=lane, subject="Something private")
        for _ in range(4)
    ]
    html = page(leader, "/office/")
    assert "fewer than 5" in html
    assert "Transportation" not in html.partition("In numbers")[2]
    assert "lane=private" not in html
    behind = page(leader, "/office/requests/?lane=private")
    assert "Fewer than 5 requests" in behind
    assert not any(str(one.reference) in behind for one in secret)
    secret.append(request(cast, early, team=cast.buses, sensitivity=lane, subject="One more"))
    assert "lane=private" in page(leader, "/office/")
    behind = page(leader, "/office/requests/?lane=private")
    assert "5 requests." in behind
    assert not any(str(one.reference) in behind for one in secret), "her team does not own these"


@pytest.mark.parametrize(
    "query",
    [
        "what=team_id", "department=x", "department=-1", "department=1&department=2", "order=id",
        "day=2026-11-25", "day=2020-01-01", "day=today", "day=2026-W48-2", "lane=safety",
        "lane=private&department=1", "lane=private&what=late", "after=forged", "school=%D9%A3",
    ],
)  # fmt: skip
def test_only_listed_filters_are_pages(leader: Client, query: str) -> None:
    with clock.at(NOW):
        assert leader.get(f"/office/requests/?{query}").status_code == 404


@pytest.mark.parametrize("url", ["/office/", "/office/requests/", "/office/numbers.csv"])
def test_nobody_else_learns_that_there_is_an_office(cast: Cast, url: str) -> None:
    client = Client()
    assert client.get(url).status_code == 302
    client.force_login(Account.objects.get(email__startswith="theo"))
    assert client.get(url).status_code == 404


def test_figures_tell_nothing_to_staff_and_askers(cast: Cast) -> None:
    request(cast, NOW - timedelta(hours=1), replied_at=NOW)
    theo = viewer_for(Account.objects.get(email__startswith="theo"))
    for viewer in (theo, Viewer(kind="asker", person_id=cast.ana.pk), Viewer(kind="anonymous")):
        assert figures.cells(today(), viewer=viewer) == []
        assert figures.replies(today(), viewer=viewer) == []
        assert figures.guarded(today(), viewer=viewer) == 0
        assert figures.count(today(), behind=Behind(), viewer=viewer) == 0
        assert figures.behind(today(), behind=Behind(), viewer=viewer) == []


def test_the_numbers_as_csv_hold_no_formula(cast: Cast, leader: Client) -> None:
    cast.lincoln.name = "=HYPERLINK(1)"
    cast.lincoln.save()
    request(cast, NOW - timedelta(hours=1))
    text = page(leader, "/office/numbers.csv")
    assert text.splitlines()[0].startswith("by,name,asked,answered,waiting,late,reply")
    assert "school,'=HYPERLINK(1),1" in text
    assert "department,Technology,1" in text


def test_an_empty_day_says_so(leader: Client) -> None:
    html = page(leader, "/office/")
    assert "Nobody has asked for anything yet." in html
    assert "No requests stand behind this number." in page(leader, "/office/requests/")
