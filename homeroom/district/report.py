"""What became of a district folder, file by file and line by line."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from homeroom.kit.errors import Expected


class NoSuchFolder(Expected):
    """There is no district folder where one was named."""


class FileRefused(Expected):
    """A file as a whole cannot be used; nothing of it is kept. `line` is where it shows."""

    def __init__(self, sentence: str, *, line: int = 1) -> None:
        super().__init__(sentence)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One line that was refused, or one value of it that was dropped, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file; the numbers count its rows or items.

    `removed` are those deactivated. `refused` were not taken; `remarks` were taken, less something.
    """

    file: str
    added: int = 0
    changed: int = 0
    left: int = 0
    removed: int = 0
    refused: tuple[Refusal, ...] = ()
    remarks: tuple[Refusal, ...] = ()
    unknown: tuple[str, ...] = ()
    """Columns or keys that Homeroom does not know."""

    def at_rest(self) -> "FileReport":
        """The same account when nothing differs any more."""
        left = self.added + self.changed + self.left
        return replace(self, added=0, changed=0, left=left, removed=0)

    def __add__(self, other: "FileReport") -> "FileReport":
        return FileReport(
            file=self.file,
            added=self.added + other.added,
            changed=self.changed + other.changed,
            left=self.left + other.left,
            removed=self.removed + other.removed,
            refused=self.refused + other.refused,
            remarks=self.remarks + other.remarks,
            unknown=self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a folder."""

    files: tuple[FileReport, ...]

    @property
    def added(self) -> int:
        """Rows that are new."""
        return sum(file.added for file in self.files)

    @property
    def changed(self) -> int:
        """Rows that say something else than before."""
        return sum(file.changed for file in self.files)

    @property
    def left(self) -> int:
        """Rows that say what was known already."""
        return sum(file.left for file in self.files)

    @property
    def removed(self) -> int:
        """Rows that are no longer active."""
        return sum(file.removed for file in self.files)

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """Every refusal, in file order."""
        return tuple(one for file in self.files for one in file.refused)

    @property
    def remarks(self) -> tuple[Refusal, ...]:
        """Every remark, in file order."""
        return tuple(one for file in self.files for one in file.remarks)

    def at_rest(self) -> "Report":
        """What loading the same files over the same facts would say: nothing added or changed."""
        return Report(files=tuple(file.at_rest() for file in self.files))

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "Report":
        """The report that `as_json` made plain."""
        return cls(files=tuple(_file_from_json(file) for file in plain["files"]))

    def __add__(self, other: "Report") -> "Report":
        return Report(files=self.files + other.files)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            **{name: getattr(self, name) for name in ("added", "changed", "left", "removed")},
            "files": [asdict(file) for file in self.files],
        }


def _file_from_json(plain: dict[str, Any]) -> FileReport:
    notes = {key: tuple(Refusal(**one) for one in plain[key]) for key in ("refused", "remarks")}
    return FileReport(**{**plain, **notes, "unknown": tuple(plain["unknown"])})


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts up what becomes of one file while it is read."""

    file: str
    rows: int = 0
    """Rows accepted from the file."""
    added: int = 0
    changed: int = 0
    removed: int = 0
    dropped: int = 0
    """Rows that were read and then refused, because what they name is not known."""
    retired: int = 0
    """Rows deactivated because the file no longer has them; they are not among `rows`."""
    refused: list[Refusal] = field(default_factory=list)
    remarks: list[Refusal] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)

    def refuse(self, line: int, reason: str) -> None:
        """Note that the row at `line` was not taken."""
        self.refused.append(Refusal(file=self.file, line=line, reason=reason))

    def remark(self, line: int, reason: str) -> None:
        """Note that the row at `line` was taken, but not all of it."""
        self.remarks.append(Refusal(file=self.file, line=line, reason=reason))

    def unknown_keys(self, names: Iterable[str]) -> None:
        """Note names that nothing here reads."""
        self.unknown.update(dict.fromkeys(names))

    def report(self) -> FileReport:
        """The final account of the file."""
        left = self.rows - self.dropped - self.added - self.changed - self.removed
        return self._report(self.added, self.changed, left, self.removed + self.retired)

    def refused_whole(self, error: FileRefused) -> FileReport:
        """The account of a file of which nothing was kept."""
        self.refuse(error.line, str(error))
        return self._report(0, 0, 0, 0)

    def _report(self, added: int, changed: int, left: int, removed: int) -> FileReport:
        return FileReport(
            file=self.file,
            added=added,
            changed=changed,
            left=left,
            removed=removed,
            refused=tuple(self.refused),
            remarks=tuple(self.remarks),
            unknown=tuple(self.unknown),
        )
