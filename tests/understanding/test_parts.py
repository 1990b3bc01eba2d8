import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.understanding.parts import MOST, propose


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("The printer jams. Also room 9 has no heat.", ["The printer", "Also room 9"]),
        ("Leo is sick. P.S. how do I pay for lunch?", ["Leo is sick", "P.S. how"]),
        ("bus 31 never came also i cant log in to grades", ["bus 31", "also i cant"]),
        (
            "Where do I buy game tickets, and can you send my transcript to State?",
            ["Where do I buy", "can you send"],
        ),
        ("1. The faucet drips\n2. The phone in the copy room is dead", ["The faucet", "The phone"]),
        (
            "She needs a badge for the side door. She also needs a laptop.",
            ["She needs a badge", "She also needs"],
        ),
        ("El camión no pasó. Además necesito una constancia.", ["El camión", "Además necesito"]),
        ("¿Hay clases el lunes? y otra cosa, ¿cuánto debe de lonche?", ["¿Hay clases", "y otra"]),
    ],
)
def test_where_a_message_could_be_taken_apart(text: str, begins: list[str]) -> None:
    pieces = propose("", text)
    assert len(pieces) == len(begins)
    for piece, begin in zip(pieces, begins, strict=True):
        assert piece.said.startswith(begin)


@pytest.mark.parametrize(
    "text",
    [
        "My projector died and I had to draw everything by hand.",
        "I also tried the other printer and it does the same.",
        "The lab is locked. Can somebody open it before third period?",
        "The projector in 214 is dead again and third period starts soon, number 3.",
        "Projector in 214 is dead again, 3rd period starts in 10 minutes",
        "El proyector no prende y la clase empieza en diez minutos",
        "I need a form. Where do I get it and when is it due?",
        "The bus was late yesterday and today, and last week too.",
        "I called HR and they told me to ask you. My check is short.",
        "Necesito una carta. ¿Cuándo puedo pasar por ella?",
    ],
)
def test_a_story_about_one_thing_is_one_request(text: str) -> None:
    assert propose("", text) == ()


def test_the_subject_speaks_of_the_first_piece() -> None:
    first, second = propose("Projector", "It is dead again. Also room 9 has no heat.")
    assert first.matter.startswith("Projector. It is dead")
    assert "Projector" not in second.matter
    assert (first.is_marked, second.is_marked) == (False, True)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=400),
        st.lists(
            st.sampled_from(
                [
                    "also",
                    "and",
                    "the bus is late.",
                    "P.S.",
                    "?",
                    "\n- ",
                    "2. ",
                    "y además",
                    "i need",
                ]
            ),
            max_size=40,
        ).map(" ".join),
    )
)
def test_pieces_are_few_and_never_empty(text: str) -> None:
    pieces = propose("", text)
    assert len(pieces) == 0 or 2 <= len(pieces) <= MOST
    assert all(piece.said and piece.matter for piece in pieces)


@pytest.mark.parametrize("unit", ["also ", "and can you ", "- a\n", ", ", "and the bus is late. "])
def test_the_time_is_bounded_however_it_is_written(unit: str) -> None:
    began = time.process_time()
    propose("", unit * 20_000)
    assert time.process_time() - began < 1
