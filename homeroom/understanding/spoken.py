"""Numbers said as words, as a voicemail is written down: room two fourteen, bus forty two."""

import functools
import re
import tomllib
from collections.abc import Iterator
from typing import Final

from homeroom.understanding.encoders import DATA
from homeroom.understanding.named import Kind, Mention, at_group

_AND: Final = frozenset({"and", "y"})


@functools.cache
def _values() -> dict[str, int]:
    table = tomllib.loads((DATA / "times.toml").read_text("utf-8"))["number"]
    return {str(word): int(value) for word, value in table.items()}


@functools.cache
def _patterns() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    one = "|".join(sorted(map(re.escape, _values()), key=lambda word: (-len(word), word)))
    run = rf"((?:{one})(?:[\s-]+(?:(?:and|y)\s+)?(?:{one})){{0,7}})\b(?!\s+(?:of|de)\b)"
    number = r"(?:\s+(?:number|n[uú]mero|is|es))?\s+"
    letters = r"((?:[a-z][\s.-]{1,2}){1,4}|[a-z]{2,3}[\s-]+)"
    return (
        (Kind.ASSET_TAG, re.compile(rf"\b(?:tag|etiqueta|sticker){number}(?:{letters})?{run}")),
        (Kind.BUS_ROUTE, re.compile(rf"\b(?:bus|route|ruta|autob[uú]s|cami[oó]n){number}{run}")),
        (Kind.ROOM, re.compile(rf"\b(?:room|classroom|sal[oó]n|aula|portable){number}{run}")),
        (Kind.GRADE, re.compile(rf"\b(?:grade|grado){number}{run}")),
        (Kind.PERIOD, re.compile(rf"\b(?:period|per[ií]odo){number}{run}")),
    )


def found(text: str) -> Iterator[Mention]:
    """Rooms, buses, tags, grades and periods whose number is said in words; `text` in lower case.

    From the first figure on: "two fourteen" is 214, "one oh five" 105, "ciento cinco" 105.
    """
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            said = figures(match[match.lastindex or 0])
            if kind is Kind.ASSET_TAG:
                said = re.sub(r"[^a-z]", "", match[1] or "").upper() + said
                yield _whole(kind, match, said)
            else:
                yield at_group(kind, match, said, 1)


def figures(said: str) -> str:
    """The figures of number words said one after the other."""
    made: list[int] = []
    is_open = False  # whether the next one adds to the last: "forty" then "two"
    for word in re.split(r"[\s-]+", said):
        if word in _AND:
            continue
        value = _values()[word]
        if value == 100 and made and made[-1] < 10:
            made[-1] *= 100
        elif is_open and made and _fits(value, made[-1]):
            made[-1] += value
        else:
            made.append(value)
        is_open = made[-1] >= 20 and made[-1] % 10 == 0
    return "".join(map(str, made))


def _fits(value: int, last: int) -> bool:
    """Whether a number is what is missing from a round one: below ten after tens."""
    return 0 < value < (100 if last % 100 == 0 else 10)


def _whole(kind: Kind, match: re.Match[str], value: str) -> Mention:
    start = match.start(1) if match[1] else match.start(2)
    text = match.string[start : match.end()]
    return Mention(kind=kind, text=text, value=value, start=start, end=match.end())
