"""Files as districts have them become texts; strangers' files cost little and do nothing."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from homeroom.knowledge.models import Source
from homeroom.knowledge.sources import apart, calendars, documents, reading, tables, webpages
from homeroom.knowledge.sources.taken import Unreadable
from tests.cast import NOW

ZONE = ZoneInfo("America/Chicago")


def rows(content: bytes, **options: str) -> list[str]:
    body = tables.take(content, zone=ZONE, now=NOW, **options).texts[0].body
    return [line for line in body.splitlines() if line.startswith("|")]


# ------------------------------------------------------------------ tables


@pytest.mark.parametrize(
    "content",
    [
        b"Route,Stop,Time\n42,Oak Street,7:12 AM\n7,Elm,6:50 AM\n",
        b"Route;Stop;Time\r\n42;Oak Street;7:12 AM\r\n7;Elm;6:50 AM\r\n",
        b"\xef\xbb\xbfRoute\tStop\tTime\n42\tOak Street\t7:12 AM\n\n7\tElm\t6:50 AM\n",
        b'Bus stops of 2026-27\n\nRoute,Stop,Time\n42,"Oak\nStreet",7:12 AM\n7,Elm,6:50 AM\n',
        "Route,Stop,Time\n42,Oak Street,7:12 AM\n7,Elm,6:50 AM\n".encode("utf-16"),
        b"Route,Stop,Time,,\n42,Oak Street,7:12 AM,,\n7,Elm,6:50 AM,,\n",
    ],
)
def test_a_table_is_read_as_programs_write_it(content: bytes) -> None:
    assert rows(content) == [
        "| Route | Stop | Time |",
        "|---|---|---|",
        "| 42 | Oak Street | 7:12 AM |",
        "| 7 | Elm | 6:50 AM |",
    ]


def test_what_stands_above_a_table_is_kept_and_a_long_row_is_named() -> None:
    taken = tables.take(b"Fees for 2026-27\nA,B\nYearbook,$45\n1,2,3\n", zone=ZONE, now=NOW)
    assert taken.texts[0].body.startswith("Fees for 2026-27\n\n| A | B |")
    assert taken.remarks == ("Rows left out, as they are longer than the header: 1.",)


def test_a_table_without_a_header_keeps_its_first_row() -> None:
    assert "| 42 | Oak Street | 7:12 AM |" in rows(b"42,Oak Street,7:12 AM\n7,Elm,6:50 AM\n")


def test_a_cell_cannot_break_its_table() -> None:
    assert rows(b"A,B\nx|y,# z\n")[2] == "| x/y | # z |"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "two columns"),
        (b"just words\n", "two columns"),
        (b"A,B\n", "two columns"),
        (b'A,B\n"x,1\n' * 3 + b'"', "stops making sense"),
        (b"\x00\x01\x02\x03", "two columns"),
    ],
)
def test_what_is_no_table_says_so(content: bytes, why: str) -> None:
    if why == "stops making sense":
        content = b'A,B\n"' + b"x" * 2_000_000
    with pytest.raises(Unreadable, match=why):
        tables.take(content, zone=ZONE, now=NOW)


def test_a_column_of_dates_says_when_a_row_holds() -> None:
    taken = tables.take(
        b"Date,Lunch\n11/25/2026,Pizza\n2026-11-30,Tacos\n", zone=ZONE, now=NOW, language="es"
    )
    row = "| lunes 30 de noviembre de 2026 | Tacos |"
    assert row in taken.texts[0].body
    assert taken.texts[0].moments[row][0] == datetime(2026, 11, 30, tzinfo=ZONE)


def test_a_deadline_and_a_weekday_do_not_make_rows_pass() -> None:
    for content in (b"Fee,Due date\nAP exam,2025-03-01\n", b"Day,Lunch\nMonday,Pizza\n"):
        assert tables.take(content, zone=ZONE, now=NOW).texts[0].moments == {}


def test_a_table_is_taken_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    taken = tables.take(b"A,B\n" + b"x,1\n" * 9, zone=ZONE, now=NOW)
    assert taken.texts[0].body.count("\n") == 4
    assert "only the first 3" in taken.remarks[0]


# ------------------------------------------------------------------ calendars


def event(**lines: str) -> str:
    said = "\r\n".join(
        f"{name.replace('_', '-')}{';' if '=' in value else ':'}{value}"
        for name, value in lines.items()
    )
    return f"BEGIN:VEVENT\r\n{said}\r\nEND:VEVENT\r\n"


def calendar(*events: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


def at(text: str) -> str:
    return f"TZID=America/Chicago:{text}"


def told(*events: str, now: datetime = NOW, **options: str) -> list[str]:
    texts = calendars.take(calendar(*events), zone=ZONE, now=now, **options).texts
    return texts[0].body.splitlines() if texts else []


GAME = {"SUMMARY": "Football vs. Adams", "UID": "g"}


def test_a_game_has_its_day_and_hour_in_the_districts_zone() -> None:
    utc = event(**GAME, DTSTART="20261128T010000Z", DTEND="20261128T030000Z", LOCATION="Main field")
    assert told(utc) == [
        "- Football vs. Adams: Friday, November 27, 2026, 7:00 PM to 9:00 PM, Main field"
    ]
    assert told(utc, language="es") == [
        "- Football vs. Adams: viernes 27 de noviembre de 2026, 19:00 a 21:00, Main field"
    ]


def test_what_is_over_is_not_told() -> None:
    this_morning = event(**GAME, DTSTART=at("20261124T080000"), DTEND=at("20261124T090000"))
    assert told(this_morning) == []
    assert len(told(this_morning, now=NOW - timedelta(hours=1))) == 1


def test_a_repeating_event_skips_moves_and_ends() -> None:
    weekly = event(
        **GAME,
        DTSTART=at("20261023T190000"),
        RRULE="FREQ=WEEKLY;UNTIL=20261219T020000Z",
        EXDATE=at("20261127T190000"),
    ).replace("RRULE;", "RRULE:")
    moved = event(
        **GAME,
        RECURRENCE_ID=at("20261204T190000"),
        DTSTART=at("20261205T130000"),
        STATUS="CANCELLED",
    )
    said = told(weekly, moved)
    assert [line.split(": ")[-1].rpartition(",")[0] for line in said] == [
        "Saturday, December 5, 2026",
        "Friday, December 11, 2026",
        "Friday, December 18, 2026",
    ]
    assert said[0].startswith("- CANCELED: Football")


def test_the_hour_stays_when_the_clocks_change() -> None:
    daily = event(**GAME, DTSTART=at("20261030T190000"), RRULE="x").replace(
        "RRULE:x", "RRULE:FREQ=DAILY;COUNT=5"
    )
    assert all("7:00 PM" in line for line in told(daily, now=datetime(2026, 10, 30, tzinfo=UTC)))


def test_days_off_name_their_first_and_last_day() -> None:
    off = {"DTSTART": "VALUE=DATE:20261221", "DTEND": "VALUE=DATE:20270102"}
    assert told(event(SUMMARY="Winter break", **off)) == [
        "- Winter break: Monday, December 21, 2026 to Friday, January 1, 2027"
    ]


def test_an_event_that_repeats_by_the_second_costs_nothing_and_is_counted() -> None:
    evil = event(**GAME, DTSTART="19700101T000000Z", RRULE="x")
    evil = evil.replace("RRULE:x", "RRULE:FREQ=SECONDLY")
    taken = calendars.take(
        calendar(
            evil, event(SUMMARY="Ok", DTSTART="20261201T000000Z"), "BEGIN:VEVENT\r\nEND:VEVENT\r\n"
        ),
        zone=ZONE,
        now=NOW,
    )
    assert taken.remarks == ("Events left out, as they cannot be read: 2.",)
    assert taken.texts[0].body.startswith("- Ok")


def test_a_calendar_is_read_in_a_process_of_its_own() -> None:
    content = calendar(event(**GAME, DTSTART=at("20261127T190000")))
    options = {"zone": ZONE.key, "now": NOW.isoformat(), "language": "en"}
    assert apart.read("calendar", content, **options) == calendars.take(content, zone=ZONE, now=NOW)
    with pytest.raises(Unreadable, match="cannot be read as a calendar"):
        apart.read("calendar", b"\x00BEGIN:nonsense", **options)


# ------------------------------------------------------------------ pages


def page(html: str) -> str:
    return webpages.take(html.encode(), title="T").texts[0].body


def test_a_page_keeps_its_words_and_their_shape_and_nothing_that_runs() -> None:
    said = page(
        "<html><head><title>x</title><style>p{}</style></head><body><nav>Home</nav><h1>Fees</h1>"
        "<p onclick='evil()'>Pay <b>now</b> at <a href='https://a.example/x'>our page</a>, not at"
        " <a href='javascript:evil()'>this</a>.<script>evil()</script><ul><li>One<li>Two</ul>"
        "<table><tr><th>What<th>Price<tr><td>Lunch<td>$3</table><iframe src=//evil></iframe>"
    )
    assert said == (
        "# Fees\n\nPay now at our page (https://a.example/x), not at this.\n\n- One\n- Two\n\n"
        "| What | Price |\n|---|---|\n| Lunch | $3 |"
    )


def test_a_long_page_is_taken_apart_at_its_headings() -> None:
    long = "".join(f"<h2>Part {n}</h2><p>{'word ' * 300}</p>" for n in range(4))
    taken = webpages.take(long.encode(), title="Handbook")
    assert [one.title for one in taken.texts] == [f"Handbook: Part {n}" for n in range(4)]


def test_a_page_that_only_a_program_can_show_says_so() -> None:
    with pytest.raises(Unreadable, match="no text on the page"):
        webpages.take(b"<html><body><div id=app></div><script>go()</script>")


# ------------------------------------------------------------------ documents


def pdf(*pages: list[tuple[int, str]]) -> bytes:
    """A PDF with these lines, each with its size."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n, lines in enumerate(pages):
        said = "".join(
            f"/F1 {size} Tf 1 0 0 1 72 {720 - 18 * place} Tm ({text}) Tj\n"
            for place, (size, text) in enumerate(lines)
        )
        parts.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * n} 0 R>>"
        )
        parts.append(f"<</Length {len(said) + 6}>>stream\nBT\n{said}ET\nendstream")
    out, places = "%PDF-1.4\n", []
    for n, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{n} 0 obj{part}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    return f"{out}trailer<</Size {len(parts) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()


def test_what_is_printed_larger_in_a_pdf_is_a_heading() -> None:
    content = pdf(
        [(18, "Dress code"), (11, "Hats stay in the locker during"), (11, "class time."), (9, "1")],
        [(18, "Phones"), (11, "Phones are off until 3:00 PM."), (9, "2")],
    )
    taken = documents.take(content, title="Handbook")
    assert taken.texts[0].body == (
        "## Dress code\n\nHats stay in the locker during class time.\n\n## Phones\n\n"
        "Phones are off until 3:00 PM."
    )
    assert apart.read("document", content, title="Handbook") == taken


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pdf([], []), "has no text"),
        (b"%PDF-1.7\nnonsense", "cannot be read as a PDF"),
        (b"%PDF-1.4\n" + b"<<" * 200_000, "cannot be read as a PDF"),
        (pdf([(11, "x")])[:-400], "PDF"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        documents.take(content)


def test_a_page_is_read_in_a_process_of_its_own() -> None:
    content = b"<h1>Fees</h1><p>Lunch is $3."
    assert apart.read("webpage", content, title="T") == webpages.take(content, title="T")


def test_a_reader_that_needs_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WALL_S", 0.01)
    with pytest.raises(Unreadable, match="too long"):
        apart.read("document", pdf([(11, "x")]), title="")


# ------------------------------------------------------------------ kinds and folders


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.4", "menu.csv", "document"),
        (b"\xef\xbb\xbfBEGIN:VCALENDAR", "feed", "calendar"),
        (b"\n<!DOCTYPE html>", "", "webpage"),
        (b"A,B", "stops.CSV", "table"),
        (b"# T", "a.md", "markdown"),
    ],
)
def test_a_file_is_what_it_holds(content: bytes, name: str, kind: str) -> None:
    assert reading.kind_of(content, name) == kind


@pytest.mark.parametrize("name", ["evil.exe", "x.pdf", "", "x.docx"])
def test_other_files_are_not_read(name: str) -> None:
    with pytest.raises(Unreadable, match="no file that can be read here"):
        reading.kind_of(b"MZ\x90", name)


def zipped(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return held.getvalue()


def folder(content: bytes) -> list[tuple[str, str, str]]:
    source = Source(name="Handbook", kind="markdown")
    taken = reading.read(content, source=source, zone=ZONE, now=NOW)
    return [(one.key, one.title, one.body) for one in taken.texts]


def test_a_folder_of_markdown_is_an_article_a_file() -> None:
    content = zipped(**{"a/dress.md": "---\nx: 1\n---\n# Dress code\n\nNo hats.", "b.md": "Hi."})
    assert folder(content) == [("a-dress", "Dress code", "No hats."), ("b", "b", "Hi.")]


def test_a_zip_that_grows_too_large_is_refused_before_it_grows() -> None:
    with pytest.raises(Unreadable, match="too large"):
        folder(zipped(**{"a.md": "x" * 11_000_000}))
    with pytest.raises(Unreadable, match="zip"):
        folder(b"PK\x03\x04broken")


def test_the_day_of_the_tests_is_a_tuesday() -> None:
    assert NOW.astimezone(ZONE).date() == date(2026, 11, 24)
