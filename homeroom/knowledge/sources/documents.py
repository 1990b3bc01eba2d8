"""The text of a PDF, with what is printed larger as headings; pure. Run it only in `apart`."""

import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from homeroom.knowledge.sources.taken import (
    MOST_CHARACTERS,
    Taken,
    Unreadable,
    clean,
    parted,
)

MOST_PAGES: Final = 300
LARGER: Final = 1.15
"""A line of this many times the usual size is a heading."""
_PAGE_NUMBER: Final = re.compile(r"(?:page |página )?\d{1,4}(?: (?:of|de) \d{1,4})?", re.IGNORECASE)
_ENDS: Final = ".,;:"


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float


def take(content: bytes, *, title: str = "") -> Taken:
    """The document as articles, taken apart at its headings, else at its pages.

    :raises Unreadable: when it is no PDF, is locked, or has no text.
    """
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("The PDF is locked with a password.")
        n_pages = len(reader.pages)
        pages, n_broken = _pages(reader, min(n_pages, MOST_PAGES))
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise Unreadable("It cannot be read as a PDF.") from error
    except ImportError as error:  # a kind of lock that needs another library
        raise Unreadable("The PDF is locked in a way that cannot be read.") from error
    n_empty = sum(not page for page in pages)
    if n_empty == len(pages):
        raise Unreadable(
            "The PDF has no text: its pages are pictures. Make one from the original file, or"
            " let a scanner program find its text first."
        )
    remarks = []
    if n_pages > MOST_PAGES:
        remarks.append(f"It has {n_pages:,} pages: only the first {MOST_PAGES:,} were taken.")
    if n_empty:
        remarks.append(f"Pages without text: {n_empty:,}.")
    if n_broken:
        remarks.append(f"Pages that cannot be read: {n_broken:,}.")
    taken = parted(_markdown(pages), title=title)
    return Taken(texts=taken.texts, remarks=(*remarks, *taken.remarks))


def _pages(reader: PdfReader, number: int) -> tuple[list[list[_Line]], int]:
    made: list[list[_Line]] = []
    length = n_broken = 0
    for place in range(number):
        try:
            lines = _lines(reader.pages[place])
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            lines, n_broken = [], n_broken + 1
        made.append(lines)
        length += sum(len(one.text) for one in lines)
        if length > MOST_CHARACTERS:
            break
    return made, n_broken


def _lines(page: Any) -> list[_Line]:
    """The lines of a page, each with the size of most of its letters."""
    pieces: list[tuple[str, float]] = []

    def hear(text: str, matrix: Any, where: Any, _font: Any, size: Any) -> None:
        scale = abs(float(where[3]) or float(where[0])) * (abs(float(matrix[3])) or 1.0)
        pieces.append((text, round(float(size or 0) * (scale or 1.0), 1)))

    page.extract_text(visitor_text=hear)
    lines: list[_Line] = []
    held: list[tuple[str, float]] = []
    for text, size in [*pieces, ("\n", 0.0)]:
        *whole, rest = text.split("\n")
        for part in whole:
            said = " ".join(clean("".join(each for each, _ in [*held, (part, size)])).split())
            sizes: Counter[float] = Counter()
            for each, of in [*held, (part, size)]:
                sizes[of] += len(each.strip())
            if said and not _PAGE_NUMBER.fullmatch(said):
                lines.append(_Line(said, sizes.most_common(1)[0][0]))
            held = []
        held.append((rest, size))
    return lines


def _markdown(pages: list[list[_Line]]) -> str:
    """The pages as paragraphs and headings; without headings each page has its number."""
    sizes: Counter[float] = Counter()
    for line in (line for page in pages for line in page):
        sizes[line.size] += len(line.text)
    usual = sizes.most_common(1)[0][0]
    running = _running(pages)
    has_headings = any(_is_heading(line, usual) for page in pages for line in page)
    blocks: list[str] = []
    for number, page in enumerate(pages, 1):
        if not has_headings and len(pages) > 1:
            blocks.append(f"## Page {number}")
        held: list[str] = []
        for line in page:
            if line.text in running:
                continue
            if _is_heading(line, usual):
                blocks += [_paragraphs(held), f"## {line.text}"]
                held = []
            else:
                held.append(line.text)
        blocks.append(_paragraphs(held))
    return "\n\n".join(filter(None, blocks))


def _is_heading(line: _Line, usual: float) -> bool:
    return (
        line.size >= usual * LARGER
        and 2 < len(line.text) <= 100
        and line.text[-1] not in _ENDS
        and any(letter.isalpha() for letter in line.text)
    )


def _running(pages: list[list[_Line]]) -> set[str]:
    """What stands on top or at the foot of most pages."""
    if len(pages) < 4:
        return set()
    ends = Counter(text for page in pages if page for text in {page[0].text, page[-1].text})
    return {text for text, n in ends.items() if n * 2 > len(pages)}


def _paragraphs(lines: list[str]) -> str:
    """Lines joined to paragraphs: a line much shorter than most ends one; an item stands alone."""
    if not lines:
        return ""
    width = max(map(len, lines))
    made = [""]
    for line in lines:
        bare = re.sub(r"^[•●▪◦·‣–*]\s*", "- ", line)
        starts = bare.startswith("- ") or bool(re.match(r"\d{1,2}[.)]\s", bare))
        if starts and made[-1]:
            made.append("")
        made[-1] = f"{made[-1]} {bare}".strip()
        if len(line) < 0.6 * width and line[-1] in ".:!?":
            made.append("")
    return "\n\n".join(filter(None, made)).replace("\n\n- ", "\n- ")
