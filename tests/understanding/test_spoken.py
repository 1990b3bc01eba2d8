"""Numbers said in words, and tags without a word before them."""

from datetime import datetime

import pytest

from homeroom.understanding.mentions import extract
from homeroom.understanding.named import Kind


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("room two fourteen is hot", Kind.ROOM, "214"),
        ("room one oh five", Kind.ROOM, "105"),
        ("room two hundred fourteen", Kind.ROOM, "214"),
        ("salón ciento cinco", Kind.ROOM, "105"),
        ("bus forty two never came", Kind.BUS_ROUTE, "42"),
        ("la ruta cuarenta y dos", Kind.BUS_ROUTE, "42"),
        ("tag number l x one three one two zero", Kind.ASSET_TAG, "LX13120"),
        ("LX-13120 wont charge", Kind.CODE, "LX-13120"),
        ("lx13120 wont charge", Kind.CODE, "LX13120"),
        ("QG 10033 cracked", Kind.CODE, "QG10033"),
        ("mi hija de tercero perdió su chamarra", Kind.GRADE, "3"),
        ("kid at window 7th gr", Kind.GRADE, "7"),
        ("ms lees class", Kind.PERSON, "lees"),
        ("Mr. Diaz 214 projector", Kind.ROOM, "214"),
        ("go to www.example.org/menus now", Kind.URL, "www.example.org/menus"),
        ("54 students are going", Kind.HEADCOUNT, "54"),
        ("invoice INV-20331", Kind.ORDER, "INV-20331"),
    ],
)
def test_what_is_found(text: str, kind: Kind, value: str, at: datetime) -> None:
    assert (kind, value) in [(one.kind, one.value) for one in extract(text, at=at)]


@pytest.mark.parametrize("text", ["since 2019", "call room 1140", "in 20 minutes", "at 7:15"])
def test_what_is_no_tag(text: str, at: datetime) -> None:
    assert not [one for one in extract(text, at=at) if one.kind is Kind.CODE]
