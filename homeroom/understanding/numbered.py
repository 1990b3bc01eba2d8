"""Web addresses, street addresses, extensions, order numbers and head counts named in a text."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from homeroom.understanding.named import Kind, Mention, at_group

_URL: Final = re.compile(
    r"\b(https?://[^\s<>\"')\]]{3,200}|www\.[a-z0-9-]{1,60}\.[^\s<>\"')\],]{2,150}"
    r"|(?<![@\w.])[a-z0-9-]{2,40}(?:\.[a-z0-9-]{2,40}){0,3}\.(?:com|org|net|edu|gov|io|us|tv|app)"
    r"(?:/[^\s<>\"')\],]{0,150})?)(?![\w@])"
)
_ADDRESS: Final = re.compile(
    r"\b(\d{1,5}(?:\s(?:n|s|e|w|north|south|east|west)\.?)?(?:\s[a-z0-9ñáéíóú'.-]{2,20}){1,3}\s"
    r"(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|boulevard|way|pl|place|cir"
    r"|circle|ter|terrace|pkwy|parkway|hwy|highway|trail|trl)\b"
    r"(?:\.?,?\s(?:apt|unit|#|lot)\.?\s?[a-z0-9-]{1,5})?"
    r"|(?:calle|avenida|av\.)\s[a-zñáéíóú]{2,20}(?:\s[a-zñáéíóú]{2,20})?\s(?:#\s?)?\d{1,5})"
)
_EXTENSION: Final = re.compile(
    r"\b(?:ext|extn|extension|extensi[oó]n|x)\.?\s?(?:is|es|#|number)?\s?(\d{3,6})\b"
)
_ORDER: Final = re.compile(
    r"\b(?:invoice|inv|factura|po|p\.o\.|purchase order|requisition|req|orden de compra|order"
    r"|application|app|claim|confirmation|conf)"
    r"(?:\s?(?:number|num|no\.?|n[uú]mero|is|es|#|:)){0,3}\s{0,2}#?"
    r"((?=[a-z0-9-]*\d{3})[a-z0-9]{1,8}(?:-?[a-z0-9]{1,12}){0,3})\b(?![:/.]\d)"
)
_HEADS: Final = re.compile(
    r"\b(\d{1,4})\s(?:[a-zñ]{2,10}\s){0,2}?"
    r"(?:kids|students|people|pupils|children|passengers|guests|attendees|scouts|players|athletes"
    r"|riders|alumnos|estudiantes|niños|ninos|personas|invitados)\b"
)


def found(text: str) -> Iterator[Mention]:
    """Mentions of all five kinds; `text` in lower case."""
    yield from _each(Kind.URL, _URL, text, lambda said: said.rstrip(".,;:!?"))
    yield from _each(Kind.ADDRESS, _ADDRESS, text, str.title)
    yield from _each(Kind.EXTENSION, _EXTENSION, text, str)
    yield from _each(Kind.ORDER, _ORDER, text, str.upper)
    yield from _each(Kind.HEADCOUNT, _HEADS, text, str)


def _each(
    kind: Kind, pattern: re.Pattern[str], text: str, value: Callable[[str], str]
) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        yield at_group(kind, match, value(match[1]), 1)
