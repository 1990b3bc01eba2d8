"""Any bytes become a `Mail`; ordinary mail becomes what the standard library makes of it."""

import email
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.kit.mail import bounds, charsets, htmltext, transfer, words
from homeroom.kit.mail.parse import parse

PIECES = st.sampled_from(
    [b"From: a@b.c\r\n", b"Subject: =?utf-8?q?a=", b"\r\n\r\n", b"--x\r\n", b"--x--\r\n", b"\0", b"\r", b"<p>",
     b"Content-Type: multipart/mixed; boundary=x\r\n", b"Content-Type: text/html; charset=utf-16\r\n", b"=?", b"?=",
     b"Content-Transfer-Encoding: base64\r\n", b"begin 644 a\n", b"<!--", b"&#", b"> ", b" ", b"\xff", b"message/rfc822"]
)  # fmt: skip
MESSY = st.lists(PIECES | st.binary(max_size=30), max_size=40).map(b"".join)


@settings(max_examples=300)
@given(MESSY)
def test_it_never_raises_and_lets_nothing_dangerous_through(raw: bytes) -> None:
    mail = parse(raw)
    assert not any("taken apart" in remark for remark in mail.remarks)
    assert "\0" not in mail.text + mail.html
    (mail.text + mail.html).encode("utf-8")
    for name in ("subject", "from", "content-type"):
        assert not set("\r\n\0") & set(mail.headers.get(name))


def standard(raw: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    text, files = "", []
    for part in email.message_from_bytes(raw).walk():
        if part.get_filename():
            files.append((str(part.get_filename()), part.get_payload(decode=True)))
        elif part.get_content_type() == "text/plain":
            text += part.get_payload(decode=True).decode("utf-8")
    return text, files


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=200),
    st.lists(st.binary(min_size=1, max_size=200), max_size=3),
)
def test_it_agrees_with_the_standard_library_on_ordinary_mail(
    body: str, contents: list[bytes]
) -> None:
    message = EmailMessage()
    message["From"] = "Ana Flores <ana@example.org>"
    message["Subject"] = body[:60]
    message.set_content(body)
    message.add_alternative("<p>other form</p>", subtype="html")
    for number, content in enumerate(contents):
        message.add_attachment(content, maintype="image", subtype="png", filename=f"{number}.png")
    raw = bytes(message)
    text, files = standard(raw)
    mail = parse(raw)
    assert mail.text.strip() == text.strip()
    assert mail.headers.get("subject") == body[:60].strip()
    assert [(file.name, file.content) for file in mail.files] == files


def test_too_large_is_refused_by_name_and_still_kept() -> None:
    with pytest.raises(bounds.MessageTooLarge, match="largest we accept"):
        bounds.check_size(bounds.MAX_MESSAGE + 1)
    raw = b"Subject: big\r\n\r\n" + b"a" * bounds.MAX_MESSAGE
    mail = parse(raw)
    assert mail.headers.get("subject") == "big"
    assert mail.files[0].content is raw


def test_very_long_text_is_shown_in_part_and_attached_whole() -> None:
    mail = parse(b"Subject: long\r\n\r\n" + b"word " * 400_000)
    assert len(mail.text) <= bounds.MAX_TEXT
    assert len(mail.files[0].content) == 2_000_000


def test_parts_beyond_the_limit_are_kept_unopened() -> None:
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    mail = parse(head + b"".join(b"--x\r\n\r\nline %d\r\n" % n for n in range(1_500)))
    assert "line 999" in mail.text
    assert b"line 1499" in mail.files[-1].content


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?b?w6k=?= =?utf-8?b?w7E?=", "éñ"), (b"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        (b"=?utf-8?b?w?= =?utf-8?b?6k=?=", "é"), (b"a =?utf-8?q?b?= c", "a b c"),
        (b"=?windows-1252?Q?=93hi=94?=", "“hi”"), (b"=?utf-8*en?q?hi?=", "hi"), (b"=?x-none?q?hi=E9?=", "hié"),
        (b"=?utf-8?q?a=0D=0Ab?=", "a b"), (b"=?utf-8?q?unclosed", "=?utf-8?q?unclosed"), (b"\xc3\xa9", "é"),
        (b"\xe9", "é"), (b"a\r\n  b", "a b"), (b"=?gb2312?B?xOO6ww==?=", "你好"), (b"=?utf-8?Q?a b?=", "a b"),
    ],
)  # fmt: skip
def test_encoded_words(raw: bytes, text: str) -> None:
    assert words.decode(raw) == text


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        (b"ni\xf1o", "iso-8859-1", "niño"), (b"ni\xc3\xb1o", "iso-8859-1", "niño"), (b"ni\xf1o", "utf-8", "niño"),
        (b"\x93a\x94", "latin1", "“a”"), ("你好".encode("gbk"), "gb2312", "你好"), (b"a\0b\0", "utf-16", "ab"),
        (b"+AOk-", "utf-7", "é"), ("日本".encode("iso2022_jp"), "", "日本"), (b"x", "idna", "x"), (b"x", "\xff", "x"),
        ("日本".encode("cp932"), "shift_jis", "日本"), ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕"),
    ],
)  # fmt: skip
def test_charsets(data: bytes, declared: str, text: str) -> None:
    assert charsets.decode(data, declared)[0] == text


def test_base64_is_read_as_far_as_it_goes() -> None:
    assert transfer.base64(b"aGVs bG8=\r\n") == b"hello"
    assert transfer.base64(b"aGVsbG8") == b"hello"
    assert transfer.base64(b"aGk=aGk=") == b"hihi"
    assert transfer.base64(b"a") == b""


def test_html_keeps_every_word_that_can_be_seen() -> None:
    page = "<h1>Bus</h1><p>one<br>two</p><pre>a\n  b</pre><b>x</b>y &lt;z&gt; 1<2<style>no</style>"
    assert htmltext.render(page).lines == (
        "Bus",
        "",
        "one",
        "two",
        "",
        "a",
        "  b",
        "",
        "xy <z> 1<2",
    )


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<div>", "<b>", "<br>", "<li>", "<td>", "<"]), max_size=30
    )
)
def test_no_word_is_lost_between_tags(tags: list[str]) -> None:
    page = "".join(f"{tag}w{number}w " for number, tag in enumerate(tags))
    text = htmltext.render(page).text
    assert all(f"w{number}w" in text for number, tag in enumerate(tags))


def test_a_wide_body_charset_is_not_believed_for_headers() -> None:
    body = b"//5oAG8AbABhACAA8QA="
    head = b"Subject: x\r\nContent-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64"
    mail = parse(head + b"\r\n\r\n" + body)
    assert (mail.headers.get("subject"), mail.text) == ("x", "hola ñ")


def test_a_stray_line_never_becomes_part_of_the_sender() -> None:
    mail = parse(b"From: ana@example.org\r\nstray <bob@evil.test>\r\nSubject: hi\r\n\r\nbody")
    assert mail.headers.get("from") == "ana@example.org"
    assert (mail.headers.get("subject"), mail.text) == ("hi", "body")
    assert mail.remarks
