"""One message of the examination beside what was made of it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Line = dict[str, Any]
"""A line of CONTRACT §4 with its `truth`, or one of §5."""
Row = dict[str, float | int | str | None]
Section = dict[str, Row]
"""Figures by the name of a row, then of a column."""


def share(right: Iterable[bool]) -> float | None:
    """The share that is true, nothing for none, three places."""
    every = list(right)
    return round(sum(every) / len(every), 3) if every else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A message, what is true of it, and what Homeroom made of it."""

    family: str
    """The file it stands in: requests, danger, episodes, …"""
    line: Line
    made: Line

    @property
    def truth(self) -> Line:
        """The labels: CONTRACT §6 and the examination's own (evals/README.md)."""
        truth: Line = self.line["truth"]
        return truth

    @property
    def is_new(self) -> bool:
        """A request of its own with an owner."""
        return self.truth["relation"] == "opened" and bool(self.truth.get("departments"))

    @property
    def is_right(self) -> bool:
        """The department is one of the acceptable ones."""
        return self.made["department"] in self.truth["departments"]

    @property
    def is_exact(self) -> bool:
        """The department is the first choice."""
        return bool(self.made["department"] == self.truth["departments"][0])

    @property
    def confidence(self) -> float:
        """As told."""
        return float(self.made["confidence"] or 0)

    @property
    def is_paged(self) -> bool:
        """Somebody is called at once: the only sign that §5 has is a kind of danger."""
        return bool(self.made["safety"])

    @property
    def is_looked_at(self) -> bool:
        """A person is told to look for danger, called at once or not."""
        return self.is_paged or any("must look" in why for why in self.made["why"])

    @property
    def group(self) -> str:
        """What it was treated as one with; alone when set aside."""
        return str(self.made["group"] or f"alone:{self.line['id']}")


def messages(folder: Path) -> list[tuple[str, Line]]:
    """Every labelled message of a district with its family, in the order of time."""
    found = [
        (path.stem, json.loads(text))
        for path in sorted(folder.glob("*.jsonl"))
        for text in path.read_text("utf-8").splitlines()
    ]
    return sorted(found, key=lambda one: (one[1]["at"], one[1]["id"]))


def unlabelled(given: Iterable[tuple[str, Line]]) -> Iterator[str]:
    """The lines as a stranger would hand them in: without what is true of them."""
    for _, line in given:
        bare = {key: value for key, value in line.items() if key != "truth"}
        yield json.dumps(bare, ensure_ascii=False) + "\n"


def paired(given: list[tuple[str, Line]], made: Path) -> list[Case]:
    """Each message with its outcome. Raises ValueError when they do not belong together."""
    outcomes = [json.loads(text) for text in made.read_text("utf-8").splitlines()]
    if [line["id"] for _, line in given] != [one["id"] for one in outcomes]:
        raise ValueError("The outcomes are not those of these messages, one for one, in order.")
    return [
        Case(family=family, line=line, made=one)
        for (family, line), one in zip(given, outcomes, strict=True)
    ]
