"""Whatever is in a file, the readers answer with rows, refusals or one refused file."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.district.folder.items import items_of
from homeroom.district.folder.loading import address, listed
from homeroom.district.folder.people import language_code
from homeroom.district.folder.settings import Settings, read_settings
from homeroom.district.folder.tables import Table, encoding_of
from homeroom.district.naming import asset_keys, grade, person_keys, place_keys, school_keys
from homeroom.district.report import FileRefused, FileReport, Refusal, Report, Tally
from homeroom.kit.phones import e164
from homeroom.kit.text import fold, squeeze

NOW = datetime(2026, 11, 24, 15, 38, tzinfo=UTC)
ANYTHING = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(alphabet='ab,"\r\n;\t-: []{}&*!|>%@=#1', max_size=120).map(str.encode),
)


ROOM = tempfile.TemporaryDirectory()


def kept(content: bytes, name: str) -> Path:
    path = Path(ROOM.name) / name
    path.write_bytes(content)
    return path


def refused_or[T](read: Callable[[], T], otherwise: T) -> T:
    """What the reader gives; the one error it may raise must name a line."""
    try:
        return read()
    except FileRefused as error:
        if error.line < 1:
            raise
        return otherwise


@given(ANYTHING)
def test_any_bytes_as_a_table(content):
    path, tally = kept(b"id,name\n" + content, "t.csv"), Tally(file="t.csv")
    rows = refused_or(lambda: list(Table(path, tally, required=("id", "name")).rows()), [])
    for line, row in rows:
        assert line >= 2
        assert row["id"]
        assert row["name"]
        assert "\0" not in row["id"]


@given(ANYTHING)
def test_any_bytes_as_a_list_of_items(content):
    path, tally = kept(content, "t.yaml"), Tally(file="t.yaml")
    for item in refused_or(lambda: list(items_of(path, tally, under="services")), []):
        id_, name = item.named(set(), tally)
        assert bool(id_) == bool(name)


@given(ANYTHING)
def test_any_bytes_as_settings(content):
    path, tally = kept(content, "district.toml"), Tally(file="district.toml")
    settings = refused_or(lambda: read_settings(path, tally), Settings())
    assert all(door.address or door.kind in ("form", "walkup", "chat") for door in settings.doors)


ROWS = st.lists(
    st.tuples(
        st.text(alphabet=st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20),
        st.text(alphabet=st.characters(exclude_categories=("C",)), max_size=40),
    ),
    max_size=20,
)


@given(ROWS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_what_is_read(rows, encoding, newline):
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    lines = ["id,name", *(",".join(map(quoted, row)) for row in rows)]
    path = kept(newline.join(lines).encode(encoding), "t.csv")
    table = Table(path, Tally(file="t.csv"), required=("id", "name"), filled=("id",))
    assert [(row["id"], row["name"]) for _, row in table.rows()] == [
        (id_, name.strip()) for id_, name in rows
    ]


def test_an_encoding_is_judged_over_the_whole_file():
    assert encoding_of(kept(b"a" * (1 << 20) + "é".encode(), "t")) == "utf-8-sig"
    assert encoding_of(kept(b"a" * (1 << 20) + "é".encode("latin-1"), "t")) == "cp1252"
    # A letter of several bytes across two blocks of reading.
    assert encoding_of(kept(b"a" * ((1 << 20) - 1) + "é".encode(), "t")) == "utf-8-sig"


class TestNames:
    @pytest.mark.parametrize(
        ("written", "folded"),
        [
            ("  Núñez   García ", "nunez garcia"),
            ("Đặng", "dang"),
            ("Łukasz", "lukasz"),
            ("O’Brien", "o'brien"),
            ("STRASSE Straße", "strasse strasse"),
        ],
    )
    def test_folding(self, written, folded):
        assert fold(written) == folded

    @given(st.text(max_size=60))
    def test_folding_twice_is_folding_once(self, text):
        assert fold(fold(text)) == fold(text)
        assert squeeze(squeeze(text)) == squeeze(text)

    def test_a_room_is_known_by_its_number(self):
        assert {"room 214", "214", "b214"} <= set(place_keys("Room 214", ["B-214"]))

    def test_a_school_is_known_by_what_people_call_it(self):
        found = set(school_keys("Lincoln High School", ["Old Main"]))
        assert {"lincoln", "lincoln high", "lincoln hs", "lhs", "old main"} <= found
        assert "jefferson" in school_keys("Jefferson Elementary", [])

    def test_a_person_is_known_by_any_of_their_names(self):
        found = set(person_keys(("Sofía", "Sofía"), "Pérez-Núñez", "123"))
        assert {"sofia perez", "sofia nunez", "perez-nunez", "perez nunez", "nunez", "123"} <= found

    def test_a_tag_is_known_with_and_without_its_zeros(self):
        assert asset_keys("PJ-0214", "x1 y2") == ["pj0214", "x1y2"]
        assert asset_keys("0048817", "") == ["0048817", "48817"]

    @pytest.mark.parametrize(
        ("written", "meant"), [("09", "9"), ("KG", "K"), ("PK", "PK"), ("12", "12"), ("0", "0")]
    )
    def test_grades(self, written, meant):
        assert grade(written) == meant


class TestAddresses:
    @pytest.mark.parametrize(
        "bad", ["", "ana", "ana@", "ana@home", "a b@c.org", "a@b.org, c@d.org"]
    )
    def test_what_is_no_mail_address(self, bad):
        assert address(bad) == ""

    def test_canonical(self):
        assert address(" Ana.Flores@Example.ORG ") == "ana.flores@example.org"

    @pytest.mark.parametrize(
        ("written", "country", "number"),
        [
            ("(312) 555-0142", "US", "+13125550142"),
            ("+1 312 555 0142", "MX", "+13125550142"),
            ("55 1234 5678", "MX", "+525512345678"),
            ("12", "US", ""),
            ("call the office", "US", ""),
        ],
    )
    def test_telephone_numbers(self, written, country, number):
        assert e164(written, country) == number

    @pytest.mark.parametrize(
        ("written", "code"),
        [("Spanish", "es"), ("spa", "es"), ("es-MX", "es"), ("vi", "vi"), ("Klingonese", "")],
    )
    def test_home_languages(self, written, code):
        assert language_code(written) == code

    def test_lists_lose_blanks_and_repeats(self):
        assert listed(" a, b ,,a ") == ["a", "b"]


def test_a_report_adds_up_and_speaks_plainly():
    one = FileReport(
        file="a.csv", added=1, left=2, refused=(Refusal(file="a.csv", line=3, reason="No."),)
    )
    report = Report(files=(one, FileReport(file="b.csv", changed=4, removed=5)))
    assert (report.added, report.changed, report.left, report.removed) == (1, 4, 2, 5)
    assert str(report.refused[0]) == "a.csv:3: No."
    assert report.as_json()["files"][0]["refused"][0]["line"] == 3
