import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.understanding import worry
from homeroom.understanding.reports import read_reports
from homeroom.understanding.safety import SAFE, Danger, Level, join, languages, watch

OFFERED = {"en", "es", "zh", "vi", "ar", "ht", "so", "pt", "fr", "ru", "ko", "tl"}

EXPLICIT = [
    ("i dont want to be here anymore", Danger.SELF_HARM),
    ("I want to kill myself", Danger.SELF_HARM),
    ("quiero matarme", Danger.SELF_HARM),
    ("我不想活了", Danger.SELF_HARM),
    ("tôi muốn chết", Danger.SELF_HARM),
    ("أريد أن أموت", Danger.SELF_HARM),
    ("mwen vle mouri", Danger.SELF_HARM),
    ("quero morrer", Danger.SELF_HARM),
    ("je veux mourir", Danger.SELF_HARM),
    ("я хочу умереть", Danger.SELF_HARM),
    ("죽고 싶어요", Danger.SELF_HARM),
    ("gusto ko nang mamatay", Danger.SELF_HARM),
    ("inaan dhinto rabaa", Danger.SELF_HARM),
    ("a kid in 3rd lunch has a gun", Danger.WEAPON),
    ("trae una pistola en la mochila", Danger.WEAPON),
    ("he said he is going to shoot up the school", Danger.THREAT),
    ("there is a bomb in the locker room", Danger.THREAT),
    ("amenazó de muerte a mi hijo", Danger.THREAT),
    ("her stepdad hits her, bruises on her arms", Danger.ABUSE),
    ("my son never came home from school", Danger.MISSING_CHILD),
    ("mi hija no ha llegado a casa", Danger.MISSING_CHILD),
    ("she is not breathing", Danger.MEDICAL),
    ("no puede respirar", Danger.MEDICAL),
    ("we smell gas in the kitchen", Danger.HAZARD),
    ("huele a gas", Danger.HAZARD),
    ("there is a restraining order against him", Danger.CUSTODY),
]


@pytest.mark.parametrize(("text", "kind"), EXPLICIT)
def test_explicit_danger_pages(text: str, kind: Danger) -> None:
    found = watch(text)
    assert (found.level, found.kind) == (Level.PAGE, kind)
    assert found.phrases
    assert found.needs_person


@pytest.mark.parametrize(
    "text",
    [
        "K1LL MYS3LF",
        "k i l l myself",
        "k.i.l.l my self",
        "kiiiill myself",
        "i wanna d!e",
        "KILL   MYSELF!!!",
        "ｋｉｌｌ ｍｙｓｅｌｆ",
        "kill\nmyself",
        "I don’t want to live",
        "sucide",
    ],
)
def test_spelling_games_hide_nothing(text: str) -> None:
    assert watch(text).kind is Danger.SELF_HARM


@pytest.mark.parametrize(
    "text",
    [
        "this app is killing me lol kids keep getting logged out",
        "the shot clock in the gym is stuck",
        "can someone troubleshoot my printer",
        "is there school Monday",
        "Thanks that fixed it!",
        "my check was returned",
        "¿A qué hora es el partido del viernes?",
        "Projector in 214 is dead again, 3rd period starts in 10 minutes",
    ],
)
def test_ordinary_words_bring_nobody(text: str) -> None:
    assert watch(text) == SAFE


@pytest.mark.parametrize(
    "text",
    [
        "half of them will bomb the test",
        "the drama club does a play about a shooting",
        "printer is on fire again (not literally)",
        "we need a glue gun for art",
        "she took a stab at the essay",
        "who called shotgun for the trip",
        "the shower is leaking, we need a caulk gun",
    ],
)
def test_a_look_alike_lowers_a_page_to_a_look_and_no_further(text: str) -> None:
    assert watch(text).level is Level.LOOK


def test_a_look_alike_explains_only_the_words_it_covers() -> None:
    assert watch("bring the glue gun. he has a gun").level is Level.PAGE
    assert watch("this app is killing me and i want to die").level is Level.PAGE
    assert watch("the shot clock is broken, there was a shooting outside").level is Level.PAGE


@settings(deadline=None)
@given(
    st.sampled_from([text for text, _ in EXPLICIT]),
    st.lists(
        st.sampled_from(
            [
                "lol",
                "jk",
                "not",
                "literally",
                "app",
                "is",
                "killing",
                "me",
                "glue",
                "gun",
                "bomb",
                "the",
                "test",
                "a",
                "play",
                "about",
                "shooting",
                "thanks",
                "please",
                "Room",
                "214",
                "please",
                "help",
                "haha",
                "kidding",
                "no",
            ]
        )
        | st.text(alphabet=st.characters(categories=("L", "N", "P")), min_size=1, max_size=8),
        max_size=12,
    ),
    st.lists(st.sampled_from(["lol", "jk", "(not literally)", "glue gun", "haha"]), max_size=6),
)
def test_adding_words_never_lowers_an_explicit_phrase(
    text: str, before: list[str], after: list[str]
) -> None:
    assert watch(" . ".join([*before, text, *after])).level is Level.PAGE


@settings(deadline=None)
@given(st.text(max_size=500))
def test_any_text_has_an_answer(text: str) -> None:
    found = watch(text)
    assert (found.kind is None) == (found.level is Level.NONE)


def test_every_offered_language_is_watched() -> None:
    assert languages() >= OFFERED


def test_a_page_in_a_long_message_is_not_missed() -> None:
    assert watch("we met at noon. " * 8000 + "he has a gun").level is Level.PAGE


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("text", ["he has a gun", "he is being bullied", "what is for lunch"])
def test_the_second_watch_only_ever_raises(text: str, level: Level) -> None:
    gravity = list(Level).index
    watched = watch(text)
    joined = join(watched, level=level, kind=Danger.SELF_HARM)
    assert gravity(joined.level) == max(gravity(watched.level), gravity(level))
    assert joined.phrases == watched.phrases
    assert watched.kind is None or joined.kind is watched.kind


def test_the_second_watch_is_the_one_its_bank_teaches() -> None:
    """The name of all lines, encoders and settings that taught it: learning anew takes minutes."""
    assert worry.load().lesson == worry.lesson()


def test_another_line_would_be_another_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    known = worry.lesson()
    monkeypatch.setattr(worry, "read_reports", lambda: read_reports()[1:])
    assert worry.lesson() != known


def test_the_second_watch_finds_reports_that_it_never_learned_from() -> None:
    """Most oblique reports, without the help of listed words.

    One ordinary line of the bank in seventeen pages: half as many in life, where lines are easier.
    """
    found = worry.measure(worry.load())
    assert found["page"].seen >= 0.78
    assert found["page"].paged >= 0.64
    assert found["hazard"].paged >= 0.45
    assert found["medical"].paged >= 0.6
    assert found["ordinary"].paged <= 0.065
    assert found["ordinary"].seen <= 0.105
    assert found["sounds like it"].paged <= 0.085
