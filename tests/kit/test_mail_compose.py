"""What we send is well formed, deterministic, and closed to header injection."""

import email
from datetime import UTC, datetime
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kit.mail.compose import Draft, Enclosure, Mailbox, UnsafeHeader, compose
from homeroom.kit.mail.parse import parse

ANA = Mailbox(email="ana@example.org", name="Ana Muñoz")
HELP = Mailbox(email="help@district.example", name="Help, Lincoln")


def draft(**changes: object) -> Draft:
    given: dict[str, object] = {
        "sender": HELP, "to": [ANA], "subject": "Proyector ñ", "text": "Hola ñ\n.\nFrom here\n-- \nHelp",
        "message_id": "t1.abc@mail.district.example", "at": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    }  # fmt: skip
    return Draft(**{**given, **changes})  # type: ignore[arg-type]


def test_the_standard_library_and_we_read_back_what_was_written() -> None:
    raw = compose(
        draft(
            html="<p>Hola ñ</p>",
            in_reply_to="a@b.example",
            references=["first@b.example", "a@b.example"],
            headers={"Auto-Submitted": "auto-replied", "List-Id": "Ayuda ñ"},
            enclosures=[
                Enclosure(name="año 2026.pdf", media_type="application/pdf", content=b"%PDF\0")
            ],
        )
    )
    read = email.message_from_bytes(raw)
    assert str(make_header(decode_header(read["Subject"]))) == "Proyector ñ"
    assert read["In-Reply-To"] == "<a@b.example>"
    assert read["References"].split() == ["<first@b.example>", "<a@b.example>"]
    assert read["From"] == '"Help, Lincoln" <help@district.example>'
    assert not read.defects
    mail = parse(raw)
    assert mail.text == "Hola ñ\n.\nFrom here\n-- \nHelp"
    assert mail.html == "<p>Hola ñ</p>"
    assert [(file.name, file.content) for file in mail.files] == [("año 2026.pdf", b"%PDF\0")]
    assert mail.headers.get("list-id") == "Ayuda ñ"


def test_equal_drafts_give_equal_bytes() -> None:
    assert compose(draft(html="<p>x</p>")) == compose(draft(html="<p>x</p>"))


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "hi\r\nBcc: x@evil.test"}, {"subject": "hi\nBcc: x"}, {"message_id": "a b@c"},
        {"to": [Mailbox(email="a@b.example\r\nBcc: x@evil.test")]}, {"to": [Mailbox(email="a@b.example, c@d.example")]},
        {"sender": Mailbox(email="a@b.example", name="x\r\nBcc: y")}, {"headers": {"X-A": "b\nC: d"}},
        {"headers": {"X A": "b"}}, {"in_reply_to": "a>\r\nBcc: <x"}, {"references": ["a\nb"]}, {"to": [Mailbox(email="ana")]},
        {"enclosures": [Enclosure(name="a\r\nb", media_type="text/plain", content=b"")]},
        {"enclosures": [Enclosure(name="a", media_type="text/plain\r\nX: y", content=b"")]},
    ],
)  # fmt: skip
def test_a_line_break_in_a_header_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UnsafeHeader):
        compose(draft(**changes))


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Cs")), max_size=300
    ),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Cs")), max_size=300
    ),
)
def test_any_text_comes_back_and_lines_stay_short(subject: str, text: str) -> None:
    raw = compose(draft(subject=subject, text=text))
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert all(
        len(line) <= 78
        for line in lines
        if b" " in line.strip() and not line.startswith(b"References")
    )
    body = email.message_from_bytes(raw).get_payload(decode=True).decode("utf-8")
    assert body.replace("\r\n", "\n") == text
    assert "".join(parse(raw).headers.get("subject").split()) == "".join(_plain(subject).split())


def _plain(text: str) -> str:
    from homeroom.kit.mail.charsets import one_line

    return one_line(text)
