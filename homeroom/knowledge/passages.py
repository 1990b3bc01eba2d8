"""An article taken apart into citable passages; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from homeroom.understanding.sentences import split

LONGEST: Final = 1_200
"""Characters of one passage; a sentence longer than this is no sentence."""
_HEADING: Final = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
_BOLD_HEADING: Final = re.compile(r"^\*\*([^*]{2,80})\*\*:?$")
_ITEM: Final = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_ROW: Final = re.compile(r"^\s*\|(.+)\|\s*$")
_RULE: Final = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_MARKS: Final = re.compile(r"(\*\*|__|`)|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One citable piece: a sentence, a list item or a row of a table, in its place."""

    block: int
    """Paragraph, list or table that it stands in, counted from 0."""
    heading: str
    """The headings above it."""
    text: str
    """Its words, without marks; a row names its columns."""
    quote: str
    """As it stands in the article, letter by letter."""
    kind: str
    """text, item or row."""

    def encoded(self, title: str) -> str:
        """What is encoded for it: the piece in its place, as a sentence means little by itself."""
        return f"{title}. {self.heading}: {self.text}" if self.heading else f"{title}. {self.text}"


def passages(body: str) -> tuple[Passage, ...]:
    """The citable pieces of a Markdown text, in order."""
    made: list[Passage] = []
    for block, (heading, lines) in enumerate(_blocks(body)):
        pieces = _table(lines) if _ROW.match(lines[0]) else _prose(lines)
        made += [
            Passage(block=block, heading=heading, text=text, quote=quote, kind=kind)
            for kind, text, quote in pieces
            if text
        ]
    return tuple(made)


def plain(text: str) -> str:
    """The words of a Markdown line; of a link, its words and where it leads."""
    linked = _LINK.sub(_spelled, text)
    return " ".join(_MARKS.sub("", linked).split())


def _spelled(match: re.Match[str]) -> str:
    words, target = match.group(1), match.group(2)
    is_told = not target or target in words or target.removeprefix("mailto:") in words
    return words if is_told else f"{words} ({target.removeprefix('mailto:')})"


def _blocks(body: str) -> Iterator[tuple[str, list[str]]]:
    """Paragraphs, lists and tables as (heading, lines); what belongs together stays together."""
    heading = ""
    lines: list[str] = []
    for line in [*body.splitlines(), ""]:
        found = _HEADING.match(line.strip()) or _BOLD_HEADING.match(line.strip())
        breaks = not line.strip() or found or _turns(lines, line)
        if breaks and lines:
            yield heading, lines
            lines = []
        if found:
            heading = plain(found.group(1))
        elif line.strip() and not re.fullmatch(r"\s*([-*_]\s*){3,}", line):
            lines.append(line)


def _turns(lines: list[str], line: str) -> bool:
    """Whether prose turns into a table here, or back."""
    return bool(lines) and bool(_ROW.match(lines[-1])) != bool(_ROW.match(line))


def _prose(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    for is_item, text in _joined(lines):
        kind = "item" if is_item else "text"
        for sentence in [text] if is_item and len(text) < 200 else split(text):
            # The mark of a list is no part of what is said.
            said = _ITEM.sub("", sentence.strip())[:LONGEST]
            yield kind, plain(said), _verbatim(said, "\n".join(lines))


def _joined(lines: list[str]) -> Iterator[tuple[bool, str]]:
    """Paragraphs and items, each on one line as long as its source does not break it."""
    is_item, held = False, ""
    for line in lines:
        if _ITEM.match(line):
            if held:
                yield is_item, held
            is_item, held = True, line.strip()
        else:
            held = f"{held} {line.strip()}" if held else line.strip()
    if held:
        yield is_item, held


def _verbatim(said: str, source: str) -> str:
    """The same words as the source breaks its lines."""
    found = re.search(r"\s+".join(map(re.escape, said.split())), source)
    return found.group() if found else said


def _table(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Rows with the names of their columns: "Route: 42; Stop: Oak Street; Time: 7:12 a.m."."""
    rows = [line for line in lines if not _RULE.match(line)]
    names = _cells(rows[0])
    for row in rows[1:] or rows:
        cells = _cells(row)
        told = "; ".join(
            f"{name}: {cell}" if name and len(rows) > 1 else cell
            for name, cell in zip([*names, *[""] * len(cells)], cells, strict=False)
            if cell
        )
        yield "row", told, row.strip()


def _cells(row: str) -> list[str]:
    return [plain(cell) for cell in row.strip().strip("|").split("|")]
