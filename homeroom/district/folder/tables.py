"""CSV files as people export them: any encoding, any line ends, columns in any order."""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from homeroom.district.report import FileRefused, Tally

type Row = dict[str, str]

csv.field_size_limit(1_000_000)
_LONGEST = 200
_CHUNK = 1 << 20


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its mark, else UTF-8, else a guess at Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        chunk = file.read(_CHUNK)
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def read_text(path: Path, tally: Tally) -> str:
    """The whole text of a file; remarks on an encoding that had to be guessed."""
    return path.read_text(encoding=_encoding(path, tally), errors="replace")


def _encoding(path: Path, tally: Tally) -> str:
    encoding = encoding_of(path)
    if encoding == "cp1252":
        tally.remark(1, "The file is not UTF-8; it was read as Latin-1, so check accented names.")
    return encoding


class Table:
    """One CSV file, open for reading once; raises FileRefused when it cannot be a table.

    It must have the `required` columns; `filled` (the required ones unless told) may not be empty
    in any row. A value longer than `limits` says (200 letters unless told, 0 for no limit) or a
    row of too many cells is refused in the tally, and the rest goes on.
    """

    def __init__(
        self,
        path: Path,
        tally: Tally,
        *,
        required: Sequence[str],
        optional: Sequence[str] = (),
        filled: Sequence[str] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self._path, self._tally = path, tally
        self._names = [*required, *optional]
        self._filled = required if filled is None else filled
        self._limits = limits or {}
        self._encoding = _encoding(path, tally)
        with self._open() as file:
            first = file.readline()
        self._separator = max(",;\t", key=first.count)
        with (
            self._open() as file,
            self._sense(csv.reader(file, delimiter=self._separator)) as lines,
        ):
            self._header = self._read_header(next(lines, []), required)

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self._header

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Each usable row as (line it begins on, value by column); absent columns are empty."""
        blank = dict.fromkeys(self._names, "")
        picked = [(position, name) for position, name in enumerate(self._header) if name]
        with self._open() as file:
            reader = csv.reader(file, delimiter=self._separator)
            with self._sense(reader) as lines:
                next(lines)
                line = reader.line_num + 1
                for cells in lines:
                    begins, line = line, reader.line_num + 1
                    if not any(cells):
                        continue
                    row = blank | {n: cells[at].strip() for at, n in picked if at < len(cells)}
                    reason = self._unfit(row, cells)
                    if reason:
                        self._tally.refuse(begins, reason)
                    else:
                        yield begins, row

    def _open(self) -> TextIO:
        return self._path.open(encoding=self._encoding, errors="replace", newline="")

    @contextmanager
    def _sense(self, reader: Any) -> Iterator[Iterator[list[str]]]:
        try:
            yield reader
        except csv.Error as error:
            raise FileRefused(
                f"The file stops making sense here ({error}); a quotation mark may be open.",
                line=reader.line_num,
            ) from error

    def _read_header(self, cells: list[str], required: Sequence[str]) -> list[str]:
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            raise FileRefused(f"{self._path.name} is empty: its first line must name the columns.")
        known = {name.lower(): name for name in self._names}
        header = [known.get(cell.lower(), "") for cell in cells]
        missing = [name for name in required if name not in header]
        if missing:
            raise FileRefused(f"{self._path.name} lacks the column {', '.join(missing)}.")
        pairs = zip(cells, header, strict=True)
        self._tally.unknown_keys(cell for cell, name in pairs if cell and not name)
        return header

    def _unfit(self, row: Row, cells: list[str]) -> str:
        n_columns = len(self._header)
        if len(cells) > n_columns and any(cells[n_columns:]):
            return f"The row has {len(cells)} values, but the header names {n_columns} columns."
        for name in self._filled:
            if not row[name]:
                return f"{name} is empty."
        for name, value in row.items():
            if "\0" in value:
                return f"{name} holds a character that is no text."
            limit = self._limits.get(name, _LONGEST)
            if limit and len(value) > limit:
                return f"{name} is longer than {limit} letters."
        return ""
