import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.understanding.mentions import Kind, extract, of_kind

CASES = [
    ("Projector in 214 is dead again", Kind.ROOM, "214"),
    ("salón 214 no tiene luz", Kind.ROOM, "214"),
    ("rm 214 too hot", Kind.ROOM, "214"),
    ("214, display dead", Kind.ROOM, "214"),
    ("214 projector", Kind.ROOM, "214"),
    ("leak in B12", Kind.ROOM, "B12"),
    ("en el 118 hace frío", Kind.ROOM, "118"),
    ("la ruta 42 no pasó", Kind.BUS_ROUTE, "42"),
    ("Bus 42 late again", Kind.BUS_ROUTE, "42"),
    ("the 42 bus never came", Kind.BUS_ROUTE, "42"),
    ("bus #17B", Kind.BUS_ROUTE, "17B"),
    ("tag 0048817 wont boot", Kind.ASSET_TAG, "0048817"),
    ("La etiqueta dice 0057120", Kind.ASSET_TAG, "0057120"),
    ("Collect Surface #20418", Kind.ASSET_TAG, "20418"),
    ("Serial: 5CD1234XYZ", Kind.SERIAL, "5CD1234XYZ"),
    ("student id 204417", Kind.STUDENT_ID, "204417"),
    ("my 3rd grader", Kind.GRADE, "3"),
    ("está en tercer grado", Kind.GRADE, "3"),
    ("Sam is in grade 10", Kind.GRADE, "10"),
    ("a kindergartner", Kind.GRADE, "K"),
    ("3rd period starts soon", Kind.PERIOD, "3"),
    ("para segundo período", Kind.PERIOD, "2"),
    ("he owes $38.50", Kind.AMOUNT, "38.50"),
    ("total $14,200", Kind.AMOUNT, "14200.00"),
    ("call (555) 210-4433", Kind.PHONE, "+15552104433"),
    ("write ana.flores@example.org.", Kind.EMAIL, "ana.flores@example.org"),
    ("Mr. Diaz is out", Kind.PERSON, "Diaz"),
    ("la maestra Ruth", Kind.PERSON, "Ruth"),
    ("my son Marcus is in fifth grade", Kind.PERSON, "Marcus"),
    ("my daughter lily missed the bus", Kind.PERSON, "lily"),
    ("mi hija Sofía Pérez", Kind.PERSON, "Sofía Pérez"),
    ("Can you reset Aaliyah Brooks, 9th grade?", Kind.PERSON, "Aaliyah Brooks"),
    ("this is Ana Flores", Kind.PERSON, "Ana Flores"),
    ("a new student at Lincoln Elementary", Kind.SCHOOL, "Lincoln"),
    ("he goes to Lincoln", Kind.SCHOOL, "Lincoln"),
    ("my chromebook is cracked", Kind.DEVICE_WORD, "chromebook"),
    ("canvas wont open", Kind.APP_NAME, "canvas"),
    ("no power in the gym", Kind.PLACE, "gym"),
    ("al mediodía", Kind.TIME, "12:00"),
    ("la junta es a las 2 y media", Kind.TIME, "14:30"),
    ("pick up at 1:15", Kind.TIME, "13:15"),
    ("bus came at 7:15 am", Kind.TIME, "07:15"),
    ("practice 4 pm", Kind.TIME, "16:00"),
    ("¿hay juego el viernes?", Kind.DATE, "2026-10-09"),
    ("last Friday", Kind.DATE, "2026-10-02"),
    ("el viernes pasado", Kind.DATE, "2026-10-02"),
    ("next Monday", Kind.DATE, "2026-10-12"),
    ("due tomorrow", Kind.DATE, "2026-10-06"),
    ("mañana no va", Kind.DATE, "2026-10-06"),
    ("pasado mañana", Kind.DATE, "2026-10-07"),
    ("hace 3 días", Kind.DATE, "2026-10-02"),
    ("in 2 weeks", Kind.DATE, "2026-10-19"),
    ("on Oct 9th", Kind.DATE, "2026-10-09"),
    ("el 9 de enero", Kind.DATE, "2027-01-09"),
    ("since 9/28", Kind.DATE, "2026-09-28"),
    ("2026-11-24", Kind.DATE, "2026-11-24"),
]


@pytest.mark.parametrize(("text", "kind", "value"), CASES)
def test_what_a_text_names(text: str, kind: Kind, value: str, at: datetime) -> None:
    assert value in [mention.value for mention in of_kind(extract(text, at=at), kind)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("starts in 20 minutes", Kind.ROOM),
        ("84 degrees in here", Kind.ROOM),
        ("we moved in 2019", Kind.ROOM),
        ("in 3 days", Kind.ROOM),
        ("bus 7:15 was late", Kind.BUS_ROUTE),
        ("the bus took 20 minutes", Kind.BUS_ROUTE),
        ("my son is sick", Kind.PERSON),
        ("my daughter missed the bus", Kind.PERSON),
        ("Google Classroom", Kind.PERSON),
        ("Good Morning", Kind.PERSON),
        ("por la mañana", Kind.DATE),
        ("13/45", Kind.DATE),
        ("february 31", Kind.DATE),
    ],
)
def test_what_only_looks_like_a_name(text: str, kind: Kind, at: datetime) -> None:
    assert of_kind(extract(text, at=at), kind) == ()


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=400),
        st.lists(st.sampled_from([text for text, _, _ in CASES]), max_size=8).map(" ".join),
    )
)
def test_mentions_are_pieces_of_the_text_in_order_and_apart(text: str) -> None:
    found = extract(text, at=datetime.fromisoformat("2026-10-05T09:20:00-05:00"))
    end = 0
    for mention in found:
        assert mention.start >= end
        assert text[mention.start : mention.end] == mention.text != ""
        assert mention.value
        end = mention.end


@pytest.mark.parametrize(
    "piece",
    ["a ", "A", "1", "Aa ", "room ", "my son ", "@", "a.", "A'a", "12 ", "Aa-", "$1,", "st "],
)
def test_a_hostile_text_costs_little(piece: str, at: datetime) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    assert len(extract(text, at=at)) <= 60
    assert time.process_time() - began < 1.0
