"""What a message does to a request that stands already."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.understanding.turns import Move, content, is_manners, points_back, turn

SMALL_PRINT = """

--
Javier Reyes | Teacher
Lincoln | cedarvalley.example

CONFIDENTIALITY NOTICE: This e-mail may contain student information. If you received it in error
please delete it."""


def test_the_small_print_below_a_message_ends_nothing() -> None:
    told = turn("", f"The heater in 214 rattles.{SMALL_PRINT}", name="Javier Reyes")
    assert told.move is Move.NEW
    assert told.content == turn("", "The heater in 214 rattles.").content
    assert turn("", f"Any news on the heater?{SMALL_PRINT}").move is Move.NEWS


@pytest.mark.parametrize(
    "text", ["saw the refund, thank u", "she's here thanks", "Ya aparece, gracias"]
)
def test_who_thanks_for_what_has_come_asks_for_nothing_new(text: str) -> None:
    assert turn("", text).move in {Move.NEWS, Move.THANKS, Move.DONE}
    assert turn("", "need toner thanks").move is Move.NEW
    assert turn("", "no heat, thanks").move is Move.NEW


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("Any news on my Chromebook?", Move.NEWS),
        ("did you get my email?", Move.NEWS),
        ("Still waiting.", Move.NEWS),
        ("hello??", Move.NEWS),
        ("¿Hay novedades de la computadora de mi hijo?", Move.NEWS),
        ("Thanks so much!", Move.THANKS),
        ("ok got it", Move.THANKS),
        ("Thank you, Theo!", Move.THANKS),
        ("muchas gracias", Move.THANKS),
        ("never mind, fixed", Move.DONE),
        ("It works now, thanks", Move.DONE),
        ("ya quedó, gracias", Move.DONE),
        ("still broken", Move.AGAIN),
        ("It is NOT fixed.", Move.AGAIN),
        ("El proyector sigue sin funcionar", Move.AGAIN),
        ("My Chromebook has a cracked screen. Thanks!", Move.NEW),
        ("The bus is late", Move.NEW),
        ("Where can I get a bus card?", Move.NEW),
        ("im not ok and i took something", Move.NEW),
        ("That's exactly what I needed, thank you", Move.THANKS),
        ("El salón está muy frío. Gracias", Move.NEW),
    ],
)
def test_what_a_message_does(text: str, move: Move) -> None:
    assert turn("", text).move is move


def test_nothing_but_thanks_is_manners() -> None:
    for text in ("Thank you!", "okay thank you", "muchas gracias, muy amable", "Thanks so much!!"):
        assert is_manners(text)
    for text in ("im not ok", "ok im done with everything", "thanks, my gun is here", "okay", ""):
        assert is_manners(text) is (text == "okay")


def test_only_a_short_word_without_a_question_ends_a_request() -> None:
    assert turn("", "never mind, found it").is_bare
    assert not turn("", "never mind that, but could you bring a new one?").is_bare
    assert not turn("", "It works now. " + "There is another thing to tell. " * 9).is_bare


def test_what_it_is_about_is_left_when_manners_are_gone() -> None:
    assert turn("", "any update on the purple projector?").content == {"purple", "projector"}
    assert turn("", "any update?").content == frozenset()
    assert content("Projectors", "The projector is dead") == {"projector", "dead"}


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_has_a_move(text: str, subject: str) -> None:
    found = turn(subject, text)
    assert found.move in Move
    assert all(word and not word.isspace() for word in found.content)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("it still happens", True),
        ("Still broken!!", True),
        ("any news?", True),
        ("it still happens in the locker room", False),
        ("he said it again and I am scared to go home", False),
        ("the projector is broken", False),
    ],
)
def test_words_that_only_point_back(text: str, says: bool) -> None:
    assert points_back(text) is says
