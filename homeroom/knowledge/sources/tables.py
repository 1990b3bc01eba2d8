"""CSV tables, whatever their header: each row becomes one citable piece; pure."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from homeroom.kit.text import fold
from homeroom.knowledge.sources.spoken import long_day
from homeroom.knowledge.sources.taken import Span, Taken, Text, Unreadable, cell, decoded, table
from homeroom.understanding import times
from homeroom.understanding.named import Kind

MOST_ROWS: Final = 5_000
"""Rows of one table: every stop of a large district."""
MOST_COLUMNS: Final = 40
_LOOKED_AT: Final = 4 * MOST_ROWS
"""Lines of which the first `MOST_ROWS` rows are taken; what is longer is no table of a district."""
_SEPARATORS: Final = ",;\t|"
_VALUE: Final = re.compile(r"[\d\s.,:/$%€-]+(?:[ap]\.?m\.?)?", re.IGNORECASE)
_DAY: Final = frozenset({"date", "day", "fecha", "dia", "start date", "fecha de inicio"})
"""Names of a column that says on which day a row holds; a deadline is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table as it was read: what stood above it, its columns and rows of as many cells."""

    above: str
    names: list[str]
    rows: list[list[str]]
    n_short: int
    """Rows that had more cells than the header."""


def take(content: bytes, *, zone: ZoneInfo, now: datetime, language: str = "en") -> Taken:
    """The table as one article.

    :raises Unreadable: when there is no table in it.
    """
    sheet = read(decoded(content))
    rows, remarks = sheet.rows, []
    if len(rows) > MOST_ROWS:
        remarks.append(f"It is very long: only the first {MOST_ROWS:,} rows were taken.")
        rows = rows[:MOST_ROWS]
    if sheet.n_short:
        remarks.append(f"Rows left out, as they are longer than the header: {sheet.n_short:,}.")
    days = _days(sheet.names, rows, now=now.astimezone(zone))
    if days:
        place, found = days
        rows = [
            [*row[:place], long_day(day, language), *row[place + 1 :]] if day else row
            for row, day in zip(rows, found, strict=True)
        ]
    body, lines = table(sheet.names, rows)
    moments: dict[str, Span] = {}
    if days:
        for line, day in zip(lines, days[1], strict=True):
            if day:
                starts = datetime.combine(day, time.min, zone)
                moments[line] = (starts, starts + timedelta(days=1))
    above = f"{sheet.above}\n\n" if sheet.above else ""
    text = Text(key="", title="", body=f"{above}{body}", moments=moments)
    return Taken(texts=(text,), remarks=tuple(remarks))


def read(text: str) -> Sheet:
    """The table in a CSV text.

    :raises Unreadable: when there is none.
    """
    lines = text.splitlines()[:20]
    separator = max(_SEPARATORS, key=lambda each: sum(line.count(each) for line in lines))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        made = [[cell(each) for each in row] for row in islice(reader, _LOOKED_AT)]
    except csv.Error as error:
        raise Unreadable(
            f"The table stops making sense at line {reader.line_num}: a quotation mark may be open."
        ) from error
    made = [row for row in made if any(row)]
    widths = Counter(sum(map(bool, row)) for row in made)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    # Programs put a title above the header; the header is the first row as wide as the rest.
    start = next((n for n, row in enumerate(made) if sum(map(bool, row)) >= min(usual, 2)), 0)
    if usual < 2 or len(made) - start < 2:
        raise Unreadable("It is no table: the first line must name at least two columns.")
    return _sheet(made[:start], made[start:])


def _sheet(above: Sequence[list[str]], made: Sequence[list[str]]) -> Sheet:
    names = made[0]
    while names and not names[-1]:
        names = names[:-1]
    if len(names) > MOST_COLUMNS:
        raise Unreadable(f"The table has more than {MOST_COLUMNS} columns.")
    rows = list(made[1:])
    if any(_VALUE.fullmatch(name) for name in names if name):
        # Its first line is a row already; letters name the columns and mean nothing.
        rows, names = list(made), [chr(ord("A") + n % 26) for n in range(len(names))]
    width = len(names)
    fit = [row[:width] + [""] * (width - len(row)) for row in rows if not any(row[width:])]
    if not fit:
        raise Unreadable("No row of the table fits its header.")
    said = " ".join(" ".join(filter(None, row)) for row in above)
    return Sheet(above=said, names=names, rows=fit, n_short=len(rows) - len(fit))


def _days(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, now: datetime
) -> tuple[int, list[date | None]] | None:
    """The column that says on which day a row holds, and the day of each row; or nothing."""
    place = next((n for n, name in enumerate(names) if fold(name) in _DAY), None)
    if place is None:
        return None
    found = [_day(row[place], now=now) for row in rows]
    # "Monday" alone says every Monday: such a table holds always.
    return (place, found) if sum(map(bool, found)) * 5 >= len(rows) * 4 else None


def _day(text: str, *, now: datetime) -> date | None:
    if not any(letter.isdigit() for letter in text):
        return None
    for one in times.found(text.casefold(), at=now):
        if one.kind is Kind.DATE and any(letter.isdigit() for letter in one.text):
            return date.fromisoformat(one.value)
    return None
