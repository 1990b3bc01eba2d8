"""What a text must say before it is taken for an answer."""

import pytest

from homeroom.knowledge.support import Told, grades, identifiers, support
from homeroom.knowledge.words import Sort, wanted
from homeroom.pipeline import minds
from homeroom.understanding import reader

LUNCH = "Lunch is $2.90 in grades K-5 and $3.25 in grades 6-12."


def seen(question: str, *texts: str, title: str = "School meals", is_row: bool = False) -> dict:
    told = [
        Told(text=text, heading="", near=0.5 - place / 10, is_shown=True, is_row=is_row)
        for place, text in enumerate(texts)
    ]
    return support(question, title, told, rarity={})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("grades K-5", set(range(6))),
        ("my seventh grader", {7}),
        ("grades 6, 7 and 8", {6, 7, 8}),
        ("alumnos de séptimo", {7}),
        ("la preparatoria", {9, 10, 11, 12}),
        ("the 5-year plan", set()),
    ],
)
def test_grades_are_read_in_both_languages(text, meant):
    assert grades(text) == meant


def test_a_grade_within_a_span_is_told_and_another_is_not():
    assert seen("lunch price for a seventh grader", LUNCH)["grade_told"]
    assert seen("lunch price for preschoolers", LUNCH)["grade_other"]


def test_a_number_that_names_a_thing_is_not_found_in_a_time():
    assert identifiers("Where does route 12 stop?") == {"12"}
    row = "Route: 42; Stop: Oak Street; Time: 7:12 a.m."
    assert seen("When does route 12 stop?", row, is_row=True)["unnumbered"]
    assert not seen("When does route 42 stop?", row, is_row=True)["unnumbered"]


def test_a_row_without_the_name_that_is_asked_is_another():
    row = "Route: 42; Stop: Oak Street; Time: 7:12 a.m."
    title = "Bus routes and stops"
    assert seen("When does bus 42 stop at Birch Street?", row, title=title, is_row=True)[
        "other_row"
    ]
    assert not seen("When does bus 42 stop at Oak Street?", row, title=title, is_row=True)[
        "other_row"
    ]


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("how much is the yearbook", Sort.PRICE),
        ("¿Cuánto cuesta el anuario?", Sort.PRICE),
        ("what time does it start", Sort.CLOCK),
        ("¿Cuándo empiezan las clases?", Sort.DATE),
        ("how long does it take", Sort.DURATION),
        ("who is in charge of records", Sort.PERSON),
    ],
)
def test_what_kind_of_fact_is_asked_for(question, sort):
    assert wanted(question) is sort


def test_the_kind_of_fact_that_no_sentence_has_is_missed():
    assert seen("what time is lunch", "Lunch is cooked here.")["no_such_fact"]
    assert not seen("how much is lunch", LUNCH)["no_such_fact"]


def test_words_agree_alike_in_the_keeper_and_here():
    asked = ("how much is the yearbook", "The yearbook is $55 until December 1.")
    ours, shared = reader.packaged().agreement(*asked), minds.reader().agreement(*asked)
    assert ours == shared
    near = dict(ours.words)
    assert near["yearbook"] > near["how"]
    assert reader.packaged().agreement("", "").words == ()
