"""Letters are mail that any reader can read, and say what their writer wrote."""

import random
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.demo import letters
from homeroom.demo.desk import PageError, read_page, with_field
from homeroom.demo.letters import CLIENTS, Letter, Quoted
from homeroom.demo.sink import read

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WORDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1
).filter(str.strip)


def letter(text: str, **more: object) -> Letter:
    base: dict[str, object] = {
        "sender_name": "Ana Flores",
        "sender": "ana.flores@example.com",
        "to": "help@cedarvalley.example",
        "subject": "El autobús",
        "at": NOW,
    }
    return Letter(text=text, **{**base, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("client", CLIENTS)
@given(text=WORDS)
def test_text_arrives_in_every_program(client: str, text: str) -> None:
    id_, raw = letters.compose(letter(text), draw=random.Random(1), client=client)
    got = read(raw, to="help@cedarvalley.example")
    assert got.message_id == f"<{id_}>"
    assert got.subject == "El autobús"
    assert "".join(text.split()) in "".join(got.text.split())
    assert got.reply_to == "ana.flores@example.com"


@pytest.mark.parametrize("client", CLIENTS)
def test_answers_quote_and_point_at_what_they_answer(client: str) -> None:
    quoted = Quoted(
        message_id="<two@here>",
        references="<one@here>",
        sender="Cedar Valley Schools <help@cedarvalley.example>",
        subject="El autobús",
        text="We got it.\nWhich stop?",
        at=NOW,
    )
    _, raw = letters.compose(letter("Pine", answers=quoted), draw=random.Random(1), client=client)
    message = message_from_bytes(raw, policy=default)
    assert message["In-Reply-To"] == "<two@here>"
    assert message["References"] == "<one@here> <two@here>"
    body = message.get_body(preferencelist=("plain",))
    assert body is not None
    assert "Which stop?" in body.get_content()
    assert body.get_content().startswith("Pine")


def test_photo_is_a_png_that_is_attached() -> None:
    _, raw = letters.compose(letter("Rota", photo="IMG_1.png"), draw=random.Random(1))
    (photo,) = message_from_bytes(raw, policy=default).iter_attachments()
    assert photo.get_filename() == "IMG_1.png"
    assert photo.get_content().startswith(b"\x89PNG\r\n\x1a\n")


def test_automatic_reply_says_so() -> None:
    _, raw = letters.compose(letter("I am away.", automatic=True), draw=random.Random(1))
    assert read(raw, to="x@y.example").is_automatic


def test_same_draw_same_bytes() -> None:
    one, two = (letters.compose(letter("Hola"), draw=random.Random(5)) for _ in range(2))
    assert one == two


def test_lines_end_as_the_wire_wants() -> None:
    for client in CLIENTS:
        _, raw = letters.compose(letter("uno\ndos"), draw=random.Random(1), client=client)
        assert b"\n" not in raw.replace(b"\r\n", b"")


def test_forms_of_a_page_are_found_with_what_they_hold() -> None:
    page = (
        '<a href="/desk/TEC-4M9X/">x</a><form action="/a"><input name="q" value="1"></form>'
        '<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="t">'
        '<textarea name="line"></textarea><input type="radio" name="when" value="now" checked>'
        '<input type="radio" name="when" value="lunch"><input type="checkbox" name="done">'
        '<select name="person"><option value="7">Theo</option></select><input type="file" name="f">'
        '<button name="do" value="take">Take</button></form>'
    )
    forms, links = read_page(page)
    form = with_field(forms, "line")
    assert links == ["/desk/TEC-4M9X/"]
    assert form.fields == {"csrfmiddlewaretoken": "t", "line": "", "when": "now"}
    assert form.choices == {"when": ["lunch"], "done": ["on"], "person": ["7"]}
    assert form.buttons == [("do", "take")]
    with pytest.raises(PageError, match="no form"):
        with_field(forms, "need")
