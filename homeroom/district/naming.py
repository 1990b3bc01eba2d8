"""The folded forms under which people, places and things are looked up (pure)."""

import re
from collections.abc import Iterable

from homeroom.kit.text import fold, squeeze

_ROOM = re.compile(r"(?:room|rm|classroom|office|portable|salon|aula)\.?\s+(?=\S*\d)")
_SCHOOL = re.compile(
    r"\s+(?:(?:elementary|middle|high|junior high|primary|intermediate|senior high)"
    r"(?:\s+school)?|school|academy)$"
)
_LEVELS = {"elementary": "es", "middle": "ms", "high": "hs"}
_SPLIT = re.compile(r"[\s\-]+")
_SHORTEST_NUMBER = 5


def keys(names: Iterable[str]) -> list[str]:
    """`names` folded, without empty ones, repeats and what is too long to be looked up."""
    return [key for key in dict.fromkeys(fold(name) for name in names) if 0 < len(key) <= 200]


def place_keys(name: str, aliases: Iterable[str]) -> list[str]:
    """The keys of a place; “Room 214” is also “214”, without spaces and dashes too."""
    made = keys([name, *aliases])
    bare = [_ROOM.sub("", key, count=1) for key in made if _ROOM.match(key)]
    short = [squeeze(key) for key in (*made, *bare) if any(c.isdigit() for c in key)]
    return keys([*made, *bare, *(key for key in short if len(key) <= 8)])


def school_keys(name: str, aliases: Iterable[str]) -> list[str]:
    """The keys of a school: name, aliases, the name without its kind, “Lincoln HS” and “LHS”."""
    made = keys([name, *aliases])
    whole = made[0] if made else ""
    core = _SCHOOL.sub("", whole)
    kind = whole[len(core) :].split()
    more = [core]
    if kind and kind[0] in _LEVELS:
        initials = "".join(word[0] for word in core.split())
        more += [f"{core} {kind[0]}", f"{core} {_LEVELS[kind[0]]}"]
        more += [f"{core} {kind[0]} school", f"{initials}{_LEVELS[kind[0]]}"]
    return keys([*made, *more])


def person_keys(given: Iterable[str], family: str, number: str = "") -> list[str]:
    """The keys of a person: full name, family name, its parts, and their number.

    `given` are the names they go by: the given name and a preferred one.
    """
    whole = fold(family)
    parts = [part for part in _SPLIT.split(whole) if len(part) > 2]
    families = list(dict.fromkeys([whole, whole.replace("-", " "), *parts[:1], *parts[-1:]]))
    firsts = list(dict.fromkeys(fold(name) for name in given))
    full = [f"{first} {last}".strip() for first in firsts for last in families]
    return keys([*full, *families, number])


def asset_keys(tag: str, serial: str) -> list[str]:
    """The keys of a thing: tag and serial squeezed; long figures also without leading zeros."""
    made = [squeeze(tag), squeeze(serial)]
    figures = [key.lstrip("0") for key in made if key.isdigit() and len(key) >= _SHORTEST_NUMBER]
    return keys([*made, *figures])


_GRADES = {"kg": "K", "kindergarten": "K", "pk": "PK", "prek": "PK", "ug": "", "other": ""}


def grade(text: str) -> str:
    """A OneRoster grade as people write it: ``09`` is 9, ``KG`` is K."""
    value = text.strip()
    return _GRADES.get(value.lower(), value.lstrip("0") or value)[:20]
