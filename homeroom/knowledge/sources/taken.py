"""What is taken out of a source: texts as articles hold them; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final

from homeroom.kit.errors import GiveUp

type Span = tuple[datetime, datetime]
"""From when to when, aware; the end is not in it."""

MOST_CHARACTERS: Final = 400_000
"""Of one source: a long handbook has 200,000."""
SHORT: Final = 4_000
"""Characters up to which a text stays one article: what is long speaks of many things, and an
article should speak of one."""
_HEADING: Final = re.compile(r"^(#{1,2})\s+(.+?)\s*#*$", re.MULTILINE)
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Unreadable(GiveUp):
    """A file from which nothing can be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One article of a source."""

    key: str
    """Empty for the only one."""
    title: str
    """Empty for that of the source."""
    body: str
    """Markdown."""
    moments: Mapping[str, Span] = field(default_factory=dict)
    """By a row of the body, letter by letter: when it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """All texts of a source, and what could not be taken, a sentence each."""

    texts: tuple[Text, ...]
    remarks: tuple[str, ...] = ()


def decoded(content: bytes) -> str:
    """The text of a file by its mark, else UTF-8, else Windows-1252; without control characters."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    return clean(text)


def clean(text: str) -> str:
    """`text` with line ends of one kind and nothing in it that is no text."""
    return _NO_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cell(text: str) -> str:
    """`text` as it can stand in a row of a Markdown table."""
    return " ".join(clean(text).replace("|", "/").split())[:500]


def table(names: list[str], rows: list[list[str]]) -> tuple[str, list[str]]:
    """A Markdown table, and each of its rows as it stands there."""
    head = f"| {' | '.join(name or '·' for name in names)} |"
    lines = [f"| {' | '.join(one or ' ' for one in row)} |".strip() for row in rows]
    return "\n".join([head, f"|{'---|' * len(names)}", *lines]), lines


def parted(body: str, *, key: str = "", title: str = "") -> Taken:
    """A text as articles: a long one is taken apart at its headings."""
    remarks = []
    body = clean(body).strip()
    if not body:
        raise Unreadable("There is no text in it.")
    if len(body) > MOST_CHARACTERS:
        body = body[:MOST_CHARACTERS]
        remarks.append("It is very long: only the beginning was taken.")
    sections = list(_sections(body)) if len(body) > SHORT else []
    if len(sections) < 2:
        return Taken(texts=(Text(key=key, title=title, body=body),), remarks=tuple(remarks))
    texts = [
        Text(
            key="-".join(filter(None, (key, str(number)))),
            title=f"{title}: {heading}" if title and heading else heading or title,
            body=part,
        )
        for number, (heading, part) in enumerate(sections, 1)
    ]
    return Taken(texts=tuple(texts), remarks=tuple(remarks))


def _sections(body: str) -> Iterator[tuple[str, str]]:
    """(heading, text below it), of those that have a text."""
    places = [0, *(found.start() for found in _HEADING.finditer(body)), len(body)]
    for start, stop in pairwise(places):
        part = body[start:stop].strip()
        found = _HEADING.match(part)
        heading = found.group(2) if found else ""
        said = part[found.end() :].strip() if found else part
        if said:
            yield heading[:200], said


def moments(told: object) -> dict[str, Span]:
    """Row → from when to when, as JSON keeps it."""
    if not isinstance(told, dict):
        return {}
    return {
        str(row): (datetime.fromisoformat(starts), datetime.fromisoformat(ends))
        for row, (starts, ends) in told.items()
    }


def plain_moments(told: Mapping[str, Span]) -> dict[str, list[str]]:
    """The same as JSON can hold it."""
    return {row: [one.isoformat() for one in span] for row, span in told.items()}
