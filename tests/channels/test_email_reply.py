"""What the person wrote is told from what their mail program quoted; no line is lost."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from homeroom.channels.email.reply import split

LINES = st.lists(
    st.sampled_from(
        ["", "Room 214 please.", "> old", "> > older", "On Mon, Nov 23, 2026 at 9:00 AM Ana <a@b.c> wrote:", "wrote:", "-- ", "--",
         "From: Ana <a@b.c>", "Sent: Monday", "To: Help", "Subject: x", "-----Original Message-----", "Sent from my iPhone",
         "________________________________", "El lun, 23 nov 2026 a las 9:00, Ana escribió:", "-Ana", "Begin forwarded message:",
         "##- Please type your reply above this line -##", "CONFIDENTIALITY NOTICE: " + "this mail is secret " * 5]
    ) | st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=30),
    max_size=25,
)  # fmt: skip


def said(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.split("\n") if line.strip())


@given(LINES, st.sampled_from(["", "Re: x", "FW: x"]), st.lists(st.integers(0, 25), max_size=2))
def test_no_line_is_lost(lines: list[str], subject: str, starts: list[int]) -> None:
    body = "\n".join(lines)
    reply = split(body, subject=subject, quote_starts=starts)
    assert said(reply.text) + said(reply.cut) == said(body)
    assert bool(reply.text) == bool(body.strip())


def test_answers_between_quoted_lines_are_kept_with_what_they_answer() -> None:
    body = "> Which room?\n\n214\n\n> Which device?\n\nThe projector\n\n> Thanks, Theo"
    reply = split(body)
    assert reply.text == "> Which room?\n\n214\n\n> Which device?\n\nThe projector"
    assert reply.cut == "> Thanks, Theo"


def test_a_forwarded_message_is_content() -> None:
    body = "Parent says:\n\nFrom: Ana <ana@example.org>\nSent: Monday\nTo: Dana\nSubject: bus\n\nThe bus was late."
    assert split(body, subject="FW: bus").text == body
    assert split(body, subject="Re: bus").text == "Parent says:"


def test_a_mail_that_is_all_quote_is_kept_whole() -> None:
    assert split("> only\n> quoted").text == "> only\n> quoted"


def test_a_filled_form_is_no_quote() -> None:
    body = "Trip request\nFrom: Lincoln High\nTo: Museum\nDate: December 3\nStudents: 44"
    assert split(body).text == body


def test_a_list_of_points_is_no_signature() -> None:
    body = "We need:\n-Chairs\n-Tables"
    assert split(body).text == body


def test_very_long_bodies_stay_linear() -> None:
    body = "a:\n> b\nc\n" * 40_000
    assert said(split(body).text) + said(split(body).cut) == said(body)


def test_a_sentence_that_begins_like_a_device_line_is_kept() -> None:
    body = "Hello.\n\nSent from my desk, which is much easier than from my phone."
    assert split(body).text == body
    assert split("Hello.\n\nSent from my Verizon, Samsung Galaxy smartphone").text == "Hello."
