"""Which of an adult's children is meant: by name, by grade, by the school that is named; pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from homeroom.district.circle import Member
from homeroom.kit.text import fold

_LEAST: Final = 3
"""Letters of a name that a shorter form must share with it: "Sofi" for Sofía."""


def named(children: Sequence[Member], words: Iterable[str]) -> tuple[Member, ...]:
    """The children whose given name is among the words, also shortened or with one wrong letter.

    `words` are folded. A name that is there whole outweighs one that only looks like it.
    """
    said = frozenset(words)
    whole = tuple(child for child in children if said & frozenset(fold(child.given).split()))
    if whole:
        return whole
    return tuple(
        child
        for child in children
        if any(_is_like(word, first) for first in fold(child.given).split() for word in said)
    )


def chosen(
    children: Sequence[Member],
    *,
    words: Iterable[str],
    grades: Iterable[str] = (),
    schools: Iterable[int] = (),
) -> tuple[Member | None, str]:
    """The one child meant and what told: message (name, grade or school) or roster (the only one).

    Nobody when several fit, or when none is named and there are several.
    """
    called = named(children, words)
    if len(called) == 1:
        return called[0], "message"
    left = called or tuple(children)
    years, homes = frozenset(grades), frozenset(schools)
    for fits in (
        tuple(child for child in left if child.grade in years),
        tuple(child for child in left if child.org_id in homes),
    ):
        if len(fits) == 1:
            return fits[0], "message"
    return (children[0], "roster") if len(children) == 1 else (None, "")


def _is_like(word: str, name: str) -> bool:
    """A shorter form of the name, or the name with one letter wrong, missing or too many."""
    if len(word) < _LEAST or word[0] != name[:1]:
        return False
    if len(word) >= max(_LEAST, len(name) - 3) and name.startswith(word):
        return True
    return len(name) > _LEAST and len(word) > _LEAST and is_near(word, name)


def is_near(one: str, other: str) -> bool:
    """Whether two words differ in one letter at most, or in two that changed places."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, rest_other = one[start:], other[start:]
    swapped = rest[1::-1] + rest[2:]
    return (
        rest[1:] == rest_other[1:]
        or swapped == rest_other
        or rest[1:] == rest_other
        or (rest == rest_other[1:])
    )
