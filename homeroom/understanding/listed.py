"""The word lists of `data/mentions.toml`, and patterns made of them."""

import functools
import re
import tomllib

from homeroom.understanding.encoders import DATA


@functools.cache
def _lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = tomllib.loads((DATA / "mentions.toml").read_text("utf-8"))
    return lists


@functools.cache
def words(name: str) -> tuple[str, ...]:
    """One list, longest first, so that alternatives match greedily."""
    return tuple(sorted(set(_lists()[name]), key=lambda word: (-len(word), word)))


def either(name: str) -> str:
    """A pattern of the alternatives of one list."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words(name))


@functools.cache
def fillers() -> frozenset[str]:
    """Words that no name of a place or a person is made of."""
    return frozenset((*words("not_name"), *words("unit"), *words("title"), *words("filler")))


@functools.cache
def same_place(value: str) -> tuple[str, ...]:
    """What else a place is called, in either language; itself first."""
    sorts = (line.split("|") for line in words("same_place"))
    others = (name for sort in sorts if value in sort for name in sort)
    return tuple(dict.fromkeys((value, *others)))


@functools.cache
def not_names() -> frozenset[str]:
    """Words that look like names by their place or capital, and are none."""
    listed = (*words("not_name"), *words("unit"), *words("title"))
    single = [part for name in ("app_name", "device_word", "place") for part in words(name)]
    return frozenset({*listed, *(part for one in single for part in one.split())})
