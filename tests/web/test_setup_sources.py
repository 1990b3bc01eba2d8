"""Setup, sources: what is read from elsewhere, added, taken in again, removed; for administrators."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from homeroom.knowledge import indexing
from homeroom.knowledge.models import Article, Passage, Source
from homeroom.knowledge.sources import doubts, keeping
from homeroom.pipeline import minds
from tests.cast import NOW, Cast
from tests.web.test_setup import (  # noqa: F401  fixtures among them
    _quick,
    admin,
    cast,
    changed,
    page,
    send,
    signed_in,
)

URL = "sources/"
FEES = b"Fee,Amount\nYearbook,$45.00\nStudent parking permit,$50.00\n"


def file(content: bytes = FEES, name: str = "fees.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def given(**more: object) -> dict[str, object]:
    values = {"do": "add", "form": "source-new", "name": "Student fees", "visibility": "public"}
    return values | more


def test_nobody_else_learns_of_sources(cast: Cast) -> None:  # noqa: F811
    assert Client().get(f"/setup/{URL}").status_code == 302
    client = signed_in("elena.ortiz@cedarvalley.example")
    assert client.get(f"/setup/{URL}").status_code == 404
    assert client.post(f"/setup/{URL}", given(file=file())).status_code == 404
    assert not Source.objects.exists()


def test_a_file_is_taken_in_changed_and_removed(admin: Client) -> None:  # noqa: F811
    assert "Nothing is read from elsewhere yet" in page(admin, URL)
    send(admin, URL, **given(file=file(), owner="fees@cedarvalley.example", audience="family"))
    source = Source.objects.get()
    assert (source.kind, source.file, source.audience) == ("table", "fees.csv", ["family"])
    assert Article.objects.get().title == "Student fees"
    indexing.index(encoders=minds.encoders())
    shown = page(admin, URL)
    assert "2 pieces answer" in shown
    assert "Up to date" in shown
    form = f"source-{source.pk}"
    newer = file(FEES.replace(b"45", b"48"))
    send(admin, URL, **given(do="save", form=form, visibility="staff", file=newer))
    assert "$48.00" in Article.objects.get().body
    assert Article.objects.get().visibility == "staff"
    assert changed("source").after["visibility"] == "staff"
    send(admin, URL, do="remove", form=form)
    assert not Source.objects.exists()
    assert not Article.objects.get().is_active
    assert not Passage.objects.exists()
    assert "not there any more" in send(admin, URL, status=422, do="again", form=form)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "Give a file or an address"),
        ({"name": "", "address": "https://a.example/"}, "Write a name"),
        ({"address": "file:///etc/passwd"}, "begins with https"),
        ({"address": "http://me:word@a.example/"}, "name or password"),
        ({"address": "https://a.example/", "visibility": "everyone"}, "Choose who may see it"),
        ({"address": "https://a.example/", "expires_on": "soon"}, "Write a day like"),
        ({"address": "https://a.example/", "school": "nowhere"}, "Choose a school"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(admin, more, why) -> None:  # noqa: F811
    answer = send(admin, URL, status=422, **given(owner="typed@cedarvalley.example", **more))
    assert why in answer
    assert "typed@cedarvalley.example" in answer
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"only words", "fees.csv", "two columns"),
        (b"MZ\x90\x00", "fees.exe", "no file that can be read here"),
        (b"%PDF-1.4 broken", "fees.pdf", "cannot be read as a PDF"),
        (b"", "fees.csv", "two columns"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing(admin, content, name, why) -> None:  # noqa: F811
    assert why in send(admin, URL, status=422, **given(file=file(content, name)))
    assert not Source.objects.exists()


def test_an_address_is_read_by_the_worker_and_a_bad_day_is_told(admin: Client) -> None:  # noqa: F811
    send(admin, URL, **given(address="https://games.example/all.ics", every_hours="6"))
    source = Source.objects.get()
    assert (source.due_at, source.every_hours) == (NOW, 6)
    assert "Being read" in page(admin, URL)
    keeping.fail(source, error="The address answered 500 and not with a page.", now=NOW)
    assert "The address answered 500" in page(admin, URL)
    send(admin, URL, do="again", form=f"source-{source.pk}")
    source.refresh_from_db()
    assert source.due_at == NOW


def test_what_is_old_or_contradicted_is_told(admin: Client) -> None:  # noqa: F811
    send(admin, URL, **given(file=file(), name="Fees 2024-25", review_on="2026-11-01"))
    Article.objects.create(source_id="p", title="Parking", body="A student parking permit: $60.00.")
    indexing.index(encoders=minds.encoders())
    doubts.weigh(now=NOW + timedelta(minutes=10))
    shown = page(admin, URL)
    assert "2024-25, which is over" in shown
    assert "It was to be checked by today" in shown
    assert "1 place where something else is said" in shown
    assert "“Parking” says:" in shown


def test_names_are_never_markup(admin: Client) -> None:  # noqa: F811
    send(admin, URL, **given(file=file(b"A,B\n<script>x</script>,1\n"), name="<b>Fees</b>"))
    assert "<b>Fees</b>" not in page(admin, URL)
