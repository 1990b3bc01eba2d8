"""What a past lived again amounts to: counts with bounds, for each department and in all; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeroom.understanding.calibration import error_bound

BOUND: Final = 0.025
"""On each side: both together hold with 95 % certainty (Clopper-Pearson)."""
_ASIDE: Final = frozenset({"ignored", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A count of a whole with the range in which its true share lies, 95 % sure."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, or nothing of nothing."""
        return self.count / self.of if self.of else None

    @property
    def low(self) -> float:
        """The least it may be."""
        return 1.0 - error_bound(self.of - self.count, self.of, doubt=BOUND) if self.of else 0.0

    @property
    def high(self) -> float:
        """The most it may be."""
        return error_bound(self.count, self.of, doubt=BOUND) if self.of else 1.0

    def told(self) -> dict[str, float | int | None]:
        """As JSON."""
        value = self.value
        return {
            "count": self.count,
            "of": self.of,
            "share": None if value is None else round(value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the requests of one department, or of one week, or of all."""

    requests: int = 0
    labelled: int = 0
    """Requests whose owner is known, of which the following count."""
    right: int = 0
    """The first suggestion was an acceptable department."""
    shown: int = 0
    """One of the three suggestions was."""
    routed: int = 0
    """Routed with nobody's help."""
    wrong: int = 0
    """Of those, to a department that is none of its owners."""
    asked: int = 0
    """One question was asked back."""
    answered: int = 0
    """An approved answer was given."""
    merged: int = 0
    """Told again: joined to a request that was there, or to its group."""
    alarms: int = 0
    """Somebody was called because of danger."""

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "requests": self.requests,
            "labelled": self.labelled,
            "first_suggestion_right": Share(count=self.right, of=self.labelled).told(),
            "one_of_three_right": Share(count=self.shown, of=self.labelled).told(),
            "routed_by_itself": Share(count=self.routed, of=self.labelled).told(),
            "wrong_of_routed": Share(count=self.wrong, of=self.routed).told(),
            "asked": self.asked,
            "answered": self.answered,
            "merged": self.merged,
            "alarms": self.alarms,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the reckoning needs of one line: what was made of it, and whose it was."""

    at: datetime
    made: Mapping[str, Any]
    owners: tuple[str, ...]
    """Departments that may own it, the right one first; empty when nobody said."""
    group: str
    """By its label; empty when nobody said."""
    is_decided: bool
    """Whether the model had to decide where it goes."""


@dataclass(slots=True, kw_only=True)
class Reckoning:
    """The whole past, by department and by week."""

    lines: int = 0
    every: Counts = field(default_factory=Counts)
    departments: dict[str, Counts] = field(default_factory=dict)
    weeks: dict[str, Counts] = field(default_factory=dict)
    """By the Monday it began on."""
    aside: int = 0
    """Set aside: automatic replies, bounces, advertising, empty."""
    since: datetime | None = None
    until: datetime | None = None
    groups: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of each group made, the group by label of its first line, and its id."""
    told_again: int = 0
    """Lines whose label says that something before them was the same matter."""
    found_again: int = 0
    """Of those, joined to that very matter."""
    falsely_joined: int = 0
    _labels: dict[str, str] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """Count one line."""
        self.lines += 1
        self.since, self.until = self.since or line.at, line.at
        if line.made["relation"] in _ASIDE:
            self.aside += 1
            return
        is_new = line.made["relation"] == "opened"
        for counts in self._of(line):
            _count(counts, line, is_new=is_new)
        self._groups_of(line)

    def _of(self, line: Line) -> Iterable[Counts]:
        home = line.owners[0] if line.owners else str(line.made["department"] or "")
        monday = (line.at - timedelta(days=line.at.weekday())).date().isoformat()
        yield self.every
        yield self.weeks.setdefault(monday, Counts())
        if home:
            yield self.departments.setdefault(home, Counts())

    def _groups_of(self, line: Line) -> None:
        """Whether what was told again was found again."""
        made = str(line.made["group"] or "")
        if not line.group or not made:
            return
        first = self._labels.get(made)
        seen = line.group in self._labels.values()
        self.told_again += seen
        self.found_again += seen and first == line.group
        self.falsely_joined += first is not None and first != line.group
        self._labels.setdefault(made, line.group)


def _count(counts: Counts, line: Line, *, is_new: bool) -> None:
    made = line.made
    counts.merged += not is_new
    counts.answered += made["answer"] is not None
    counts.asked += made["question"] is not None
    counts.alarms += bool(made["safety"])
    if not is_new:
        return
    counts.requests += 1
    if not line.owners or not line.is_decided:
        return
    named = [made["department"], *(one["department"] for one in made["alternatives"])]
    counts.labelled += 1
    counts.right += named[0] in line.owners
    counts.shown += any(one in line.owners for one in named)
    counts.routed += bool(made["automatic"])
    counts.wrong += bool(made["automatic"]) and named[0] not in line.owners


def recent(weeks: Mapping[str, Counts]) -> Counts:
    """The last quarter of the weeks together: what to expect now that much is known.

    Nothing for fewer than four weeks.
    """
    total = Counts()
    for name in sorted(weeks)[len(weeks) - len(weeks) // 4 :]:
        for column in Counts.__slots__:
            setattr(total, column, getattr(total, column) + getattr(weeks[name], column))
    return total
