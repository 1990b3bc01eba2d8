"""A filled-in form: how to reach somebody, what makes it the same form, and the line kept of it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.channels import line
from homeroom.channels.form.filled import (
    Filled,
    NotReachable,
    Reach,
    TooMuch,
    check_files,
    key,
    reach,
    written,
)
from homeroom.channels.inbound import Attached
from tests.cast import NOW

FORM = Filled(
    text="Bus 42 has not come",
    at=NOW,
    name="Ana Flores",
    reach=Reach(phone="+15555550147"),
    files=(Attached(name="a.png", media_type="image/png", content=b"123"),),
    token="t" * 32,
)


@pytest.mark.parametrize(
    ("given_", "found"),
    [
        ("(555) 555-0147", Reach(phone="+15555550147")),
        ("+52 55 1234 5678", Reach(phone="+525512345678")),
        (" Ana.Flores@Example.COM ", Reach(email="ana.flores@example.com")),
    ],
)
def test_a_way_to_reach(given_: str, found: Reach) -> None:
    assert reach(given_, country="US") == found


@pytest.mark.parametrize(
    "given_", ["", "555-01", "ana", "a@", "@b.example", "a@b@c.example", "a@b.example, c@d.example"]
)
def test_what_reaches_nobody(given_: str) -> None:
    with pytest.raises(NotReachable):
        reach(given_, country="US")


@given(st.text(max_size=300))
def test_any_text_is_an_address_a_number_or_a_sentence(text: str) -> None:
    try:
        found = reach(text, country="US")
    except NotReachable:
        return
    assert bool(found.email) != bool(found.phone)
    assert not set("\r\n\0") & set(found.value)


def test_too_many_or_too_large_files() -> None:
    check_files([("a", 1)] * 10)
    with pytest.raises(TooMuch):
        check_files([("a", 1)] * 11)
    with pytest.raises(TooMuch):
        check_files([("a", 25_000_001)])


def test_the_line_says_what_the_form_said() -> None:
    read = line.read(line.parse(written(FORM, id="form-1")))
    assert (read.text, read.at, read.channel) == (FORM.text, NOW, "form")
    assert (read.sender.name, read.sender.phone) == ("Ana Flores", "+15555550147")
    assert read.attachments == FORM.files
    assert read.headers["x-homeroom-token"] == FORM.token


def test_a_form_names_a_person_only_when_it_is_told_who_signed_in() -> None:
    assert "person" not in json.loads(written(FORM, id="1"))["from"]
    signed = replace(FORM, person="t-theo")
    assert json.loads(written(signed, id="1"))["from"]["person"] == "t-theo"


def test_everything_that_differs_makes_another_form() -> None:
    others = [
        replace(FORM, text="x"),
        replace(FORM, name="x"),
        replace(FORM, reach=Reach(email="x@x.example")),
        replace(FORM, person="x"),
        replace(FORM, token="x"),
        replace(FORM, files=()),
    ]
    keys = {key(form, stamp="s") for form in [FORM, *others]} | {key(FORM, stamp="other")}
    assert len(keys) == len(others) + 2
    assert key(FORM, stamp="s") == key(replace(FORM), stamp="s")
