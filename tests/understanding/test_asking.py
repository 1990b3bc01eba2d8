"""Which question is worth asking, and what a short reply says."""

from datetime import datetime

import pytest

from homeroom.understanding import asking, turns
from homeroom.understanding.asking import Want
from homeroom.understanding.mentions import extract
from homeroom.understanding.named import Kind


def want(field: str, share: float, worth: float) -> Want:
    return Want(field=field, kind=field, label="", share=share, worth=worth)


def test_the_question_that_changes_most_is_asked() -> None:
    chosen = asking.choose([want("date", 0.9, 0.7), want("room", 0.9, 0.9)])
    assert chosen is not None
    assert chosen.field == "room"


def test_nothing_is_asked_that_changes_little() -> None:
    assert asking.choose([want("room", 0.2, 0.9), want("amount", 1.0, 0.3)]) is None
    assert asking.choose([]) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("room", "214"),
        ("room", "room 214 please"),
        ("student", "Sofia"),
        ("student", "it's Sofía"),
        ("route", "la ruta 42"),
        ("route", "42"),
        ("tag", "LX-13120"),
    ],
)
def test_a_bare_answer(kind: str, text: str, at: datetime) -> None:
    named = extract(text, at=at)
    assert asking.is_only_answer(kind, text, named, turns.content("", text))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("student", "mateo's chromebook is broken"),
        ("room", "the printer in 118 jams and my projector is dead too"),
        ("route", "is bus 42 late?"),
    ],
)
def test_a_request_of_its_own_is_no_answer(kind: str, text: str, at: datetime) -> None:
    named = extract(text, at=at)
    assert not asking.is_only_answer(kind, text, named, turns.content("", text))


def test_a_bare_number_is_what_was_asked_for(at: datetime) -> None:
    (first, *_) = asking.answered("room", "214", extract("214", at=at))
    assert (first.kind, first.value) == (Kind.ROOM, "214")
    (first, *_) = asking.answered("route", "42", extract("42", at=at))
    assert (first.kind, first.value) == (Kind.BUS_ROUTE, "42")
