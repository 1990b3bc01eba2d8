"""What every file of a folder is loaded under."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from homeroom.district.folder.tables import Row, Table
from homeroom.district.report import Tally

ROSTER = "roster"
"""The `source` of everything that OneRoster files bring."""

_EVERY = 5_000
_ADDRESS = re.compile(r"[^@\s,;<>\"()]{1,64}@[^@\s,;<>\"()]+\.[^@\s,;<>\"().]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """One run over one folder."""

    folder: Path
    now: datetime
    today: date
    """The day `now` is in the district's own zone."""
    country: str
    mail_domains: tuple[str, ...]
    says_year: bool = False
    """Whether district.toml gives the school year itself."""
    allow_shrink: bool = False
    modes: Mapping[str, str] = field(default_factory=dict)
    """OneRoster manifest: file name without ``.csv`` → bulk, delta or absent."""
    on_progress: Callable[[str, int], None] | None = None

    @property
    def yesterday(self) -> date:
        """The last day of a part that is no longer named today."""
        return self.today - timedelta(days=1)

    def progress(self, tally: Tally, *, every: int = _EVERY) -> None:
        """Count one row of `tally`, and tell the watcher now and then."""
        tally.rows += 1
        if self.on_progress and tally.rows % every == 0:
            self.on_progress(tally.file, tally.rows)


class Mode:
    """Whether a OneRoster file holds all there is (bulk) or only what changed (delta)."""

    def __init__(self, loading: Loading, name: str) -> None:
        self._stated = loading.modes.get(name, "")
        self._has_status = False

    def sees(self, row: Row, line: int, tally: Tally) -> bool:
        """Whether this row stands; false when its status says that it is to be deleted."""
        status = row["status"].lower()
        self._has_status = self._has_status or bool(status or row["dateLastModified"])
        if status not in ("", "active", "tobedeleted", "inactive"):
            tally.remark(line, f"The status “{row['status']}” is not known; it was read as active.")
        return status not in ("tobedeleted", "inactive")

    def is_bulk(self, tally: Tally) -> bool:
        """Whether what is absent from the file is gone; to be asked after the last row.

        Without a manifest, a file that fills status or dateLastModified is a delta (OneRoster
        leaves them empty in bulk files), because keeping too much is the lesser harm.
        """
        if self._stated in ("bulk", "delta"):
            return self._stated == "bulk"
        if self._has_status:
            tally.remark(
                1, "No manifest says so, but status is filled: read as changes, nothing is removed."
            )
        return not self._has_status


def unseen(seen: set[str], row: Row, line: int, tally: Tally, *, column: str) -> bool:
    """Whether this row's id is new to the file; refuses the row when it is not."""
    value = row[column]
    if value in seen:
        tally.refuse(line, f"{column} {value} stands in the file twice; the first was used.")
        return False
    seen.add(value)
    return True


def address(text: str) -> str:
    """The canonical form of a mail address, or an empty string when it is none."""
    value = text.strip().lower().removeprefix("mailto:")
    return value if len(value) <= 320 and _ADDRESS.fullmatch(value) else ""


def listed(text: str, separator: str = ",") -> list[str]:
    """The separate words of a cell, trimmed, without empty ones and repeats."""
    return list(dict.fromkeys(part.strip() for part in text.split(separator) if part.strip()))


STATUS = ("status", "dateLastModified")
"""The two columns every OneRoster file has."""


def roster_table(path: Path, tally: Tally, required: str, optional: str = "") -> Table:
    """A OneRoster file with space-separated column names; only sourcedId must be filled."""
    return Table(
        path,
        tally,
        required=required.split(),
        optional=[*STATUS, *optional.split()],
        filled=required.split()[:1],
        limits=dict.fromkeys(("agentSourcedIds", "orgSourcedIds", "grades", "userIds"), 0),
    )
