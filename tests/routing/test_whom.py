"""Which child, from a parent's own words."""

import pytest

from homeroom.district.circle import Member
from homeroom.routing import whom

SOFIA = Member(id=1, given="Sofía", name="Sofía Flores", grade="3", org_id=10, is_ward=True)
SAM = Member(id=2, given="Sam", name="Sam Flores", grade="10", org_id=20, is_ward=True)


@pytest.mark.parametrize(
    ("words", "child"),
    [
        ("sofia is sick", SOFIA),
        ("sofi is sick", SOFIA),
        ("soffia is sick", SOFIA),
        ("sam is sick", SAM),
        ("she is sick", None),
        ("sam and sofia are sick", None),
    ],
)
def test_by_name_with_accents_short_and_misspelt(words: str, child: Member | None) -> None:
    assert whom.chosen((SOFIA, SAM), words=words.split())[0] is child


def test_by_grade_or_school() -> None:
    assert whom.chosen((SOFIA, SAM), words=(), grades=["3"]) == (SOFIA, "message")
    assert whom.chosen((SOFIA, SAM), words=(), schools=[20]) == (SAM, "message")


def test_the_only_one_needs_no_name() -> None:
    assert whom.chosen((SAM,), words=["he", "is", "sick"]) == (SAM, "roster")
