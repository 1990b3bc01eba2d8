import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homeroom.understanding.matter import BOUND, matter

FORWARDED = """See below.

Dana Lee
Teacher, Lincoln High

-----Original Message-----
From: Ana Flores <ana@example.org>
Sent: Monday, October 5, 2026
To: Dana Lee
Subject: bus

Good morning Ms. Lee,

Sam's bus has not come for two days. Who fixes that?

Thank you,
Ana"""
TWICE = """Can you handle this?

---------- Forwarded message ---------
From: Office <office@example.org>
Date: Mon
Subject: Fwd: lunch

FYI

---------- Forwarded message ---------
From: Ana <ana@example.org>
Date: Sun
Subject: lunch

How do I put money on Sam's lunch account?

Ana"""
ANSWERED = """It is still broken

On Mon, Nov 23, 2026 at 9:14 AM Help Desk <help@example.org>
wrote:

> We fixed the projector
> Thanks"""
STORY = (
    "My daughter started at Oak two weeks ago and she has been so happy with her teacher, we moved "
    "here from Ohio in August and it has been a big change for everybody. She loves art and we "
    "visited the museum on Saturday. Her grandmother came along and they had lunch downtown. Anyway "
    "the bus has been dropping her at the wrong corner since Tuesday. We live on 5th street near "
    "the gas station. Can you change her stop back to Maple and 5th?"
)


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("", "Hi Ms. Kay,\nmy bus is late\nThanks,\nAna", "my bus is late"),
        ("", "Hi my bus is late.", "my bus is late."),
        ("", "Buenos días. No llegó la ruta.\nSaludos,\nAna Flores", "No llegó la ruta."),
        ("", "Projector dead\n\nSent from my iPhone", "Projector dead"),
        ("Re: FW: projector", "It is dead", "projector. It is dead"),
        ("Projector is dead", "projector is dead in 214", "projector is dead in 214"),
        ("", "Thanks", "Thanks"),
        ("", "The bus is late. Thank you kindly, Ana F.", "The bus is late."),
        ("", "it is 301\n(555) 210-4433\nana@example.org", "it is 301"),
        ("URGENT!!!", "my menu is wrong", "my menu is wrong"),
        ("question", "when is the concert", "when is the concert"),
        ("", "Mine snapped.\n\nElena Melnik\nTeacher, Oak High\n“Every child”", "Mine snapped."),
        ("", "No sound.\n-- \nDana Lee\nP.S. the lamp blinks too", "No sound. the lamp blinks too"),
        (
            "",
            (
                "The lamp blinks.\n\nCONFIDENTIALITY NOTICE: This e-mail may hold records protected "
                "by FERPA. If you received it in error please delete it."
            ),
            "The lamp blinks.",
        ),
    ],
)
def test_the_frame_of_a_message_is_no_part_of_it(subject: str, text: str, expected: str) -> None:
    assert matter(subject, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HR told me to ask you about my W-2", "about my W-2"),
        ("I already called transportation and nobody answered. The bus is late", "The bus is late"),
        (
            "the front office said you could help, I need a transcript for college",
            "I need a transcript for college",
        ),
        (
            "I need a new badge (cc'ing maintenance). Mine snapped.",
            "I need a new badge. Mine snapped.",
        ),
        (
            "IT said this is a facilities thing. The outlet sparks",
            "The outlet sparks",
        ),
        ("Not sure if this is HR or payroll but my check is short", "my check is short"),
        (
            "en la oficina me dijeron que les escribiera a ustedes, necesito una carta",
            "necesito una carta",
        ),
    ],
)
def test_other_departments_in_an_aside_do_not_mislead(text: str, expected: str) -> None:
    assert matter("", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sorry to bother you, but the printer jams. Thank you so much!", "the printer jams."),
        (
            "Disculpe la molestia, no sé a quién preguntar pero necesito una carta. Gracias",
            "necesito una carta.",
        ),
        ("I am writing to ask if there is a waiting list", "there is a waiting list"),
        ("This is Ana Flores, Sam's mom. He left his coat on bus 12", "He left his coat on bus 12"),
        (
            (
                "hi this is dana lee calling from lincoln high um my projector is dead my number is "
                "five five five one two one two okay thanks bye"
            ),
            "my projector is dead",
        ),
        ("The gym is locked. Please call me back at 555-210-4433.", "The gym is locked."),
        ("my phone number is wrong in the portal", "my phone number is wrong in the portal"),
        ("I'm a sub and can't log in", "I'm a sub and can't log in"),
        ("It said I need an aide to sign", "It said I need an aide to sign"),
    ],
)
def test_manners_and_voicemail_frames_go_and_requests_stay(text: str, expected: str) -> None:
    assert matter("", text) == expected


def test_the_words_of_whoever_was_forwarded_are_the_request() -> None:
    told = matter("FW: bus", FORWARDED)
    assert told == "Sam's bus has not come for two days. Who fixes that?"
    assert matter("Fwd: lunch", TWICE).startswith("How do I put money on Sam's lunch account?")
    inline = "FW: see below – parent says she was charged twice for the yearbook"
    assert matter("FW: see below", inline) == "parent says she was charged twice for the yearbook"


def test_what_a_reply_quotes_was_said_before() -> None:
    assert matter("", ANSWERED) == "It is still broken"
    assert matter("Re: projector order", "My paycheck was short by forty hours again") == (
        "My paycheck was short by forty hours again"
    )


def test_of_a_long_story_the_sentences_that_ask_remain() -> None:
    told = matter("", STORY)
    assert len(told.encode()) <= BOUND
    assert "wrong corner since Tuesday" in told
    assert told.endswith("Can you change her stop back to Maple and 5th?")


def test_a_story_without_a_stop_is_cut_between_clauses() -> None:
    told = matter("", STORY.replace(".", " and").replace("?", ""))
    assert len(told.encode()) <= BOUND
    assert "change her stop back" in told


PIECES = st.lists(
    st.sampled_from(
        [
            "Hi Ms. Lee,", "thanks", "HR told me to ask you", "-- ", "Ana Flores", "the bus is late",
            "On Mon, Nov 23, 2026 Ana wrote:", "> quoted", "From: Ana", "Sent: Monday", ". ", "\n",
            "\n\n", "and", "but", "call me at 555-210-4433", "?", "P.S. more", "FW: ", "disculpe",
            "this is Ana", "Sam's mom", "(", ")", "gracias por todo", "sorry", "IT", "İ", "您好，",
        ]
    ),
    max_size=30,
).map(" ".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.one_of(PIECES, st.text(max_size=400)), st.one_of(PIECES, st.text(max_size=60)))
@example("Thanks", "")
def test_something_is_left_nothing_is_added_and_twice_is_once(text: str, subject: str) -> None:
    told = matter(subject, text)
    assert bool(told) == bool(f"{subject}{text}".strip())
    assert len(told.encode(errors="replace")) <= BOUND
    assert len(told) <= len(subject) + 2 + len(text)
    assert matter("", told) == told


@pytest.mark.parametrize(
    "unit", ["a", "hi ", "I already called ", "one two ", "- \n", "From: a\n", "> "]
)
def test_the_time_is_bounded_however_it_is_written(unit: str) -> None:
    began = time.process_time()
    matter(unit * 100, unit * 50_000)
    assert time.process_time() - began < 0.5
