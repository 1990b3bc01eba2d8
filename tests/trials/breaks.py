"""What is broken in a trial, where and when; a seed says all of it."""

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.trials.postgres import ROOT
from tests.trials.sink import HANGS_UP, LATER

POSTGRES, EVERYTHING, NEXT_HOP = "postgres", "everything", "next hop"
MOMENT, WORKER, IMMEDIATE, KILLED = "a moment", "its worker", "stop -m immediate", "kill -9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One process that is killed at one point, or one misfortune without a failpoint."""

    process: str
    point: str
    visit: int = 1
    """At which visit of the point it dies."""
    after_s: float = 0.0
    """For those without a failpoint: how long after the first word."""
    seed: int = 0

    @property
    def name(self) -> str:
        """As the table calls it."""
        return f"{self.process}: {self.point}"

    @property
    def is_armed(self) -> bool:
        """Whether a failpoint does it."""
        return "." in self.point

    @property
    def fail_at(self) -> str:
        """The value of FAIL_AT."""
        return f"{self.point}:kill@{self.visit}" if self.is_armed else ""


def _of(process: str, *points: str) -> list[Break]:
    return [Break(process=process, point=point) for point in points]


FILING = ("receive.after_read", "receive.before_settle", "receive.after_commit")
ESSENTIAL: Sequence[Break] = (
    *_of("work", *FILING),
    *_of("work", "triage.after_think", "triage.before_commit", "triage.after_commit"),
    *_of("work", "reactions.before_commit"),
    *_of("work", "deliver.before_send", "smtp.before_dot", "smtp.after_dot"),
    *_of("work", "deliver.after_send", "deliver.after_commit"),
    *_of("lmtp", "lmtp.after_data", "envelopes.before_commit", "lmtp.after_store"),
    *_of("serve", "at_once.before_keep", "at_once.after_keep", "at_once.before_answer"),
    *_of("serve", "desk.after_act"),
    *_of(POSTGRES, IMMEDIATE),
)
"""What every change of the code is tried with."""
MAILBOX: Sequence[Break] = tuple(_of("mail", "imap.after_fetch", "imap.after_store"))
"""These need a real IMAP server."""
ALARMS: Sequence[Break] = (
    *_of("work", "triage.before_commit", "triage.after_commit"),
    *_of("work", "alarms.before_call", "alarms.before_commit", "alarms.after_commit"),
    *_of("work", "deliver.before_send", "smtp.before_dot", "deliver.after_commit"),
)
"""These need words of danger: see test_alarms."""
OTHERS: Sequence[Break] = (
    *_of("serve", *FILING, "envelopes.before_commit"),
    *_of("work", MOMENT), *_of("lmtp", MOMENT), *_of("serve", MOMENT, WORKER),
    *_of(POSTGRES, KILLED), *_of(EVERYTHING, KILLED), *_of(NEXT_HOP, HANGS_UP, LATER),
)  # fmt: skip
LATEST_VISIT = 3


def plan(seeds: Sequence[int], *, kinds: Sequence[Break]) -> list[Break]:
    """One break for each seed: every kind in turn, in an order that the first seed says."""
    chosen = [_drawn(kinds[seed % len(kinds)], seed) for seed in seeds]
    random.Random(f"order {seeds[0]}").shuffle(chosen)
    return chosen


def _drawn(kind: Break, seed: int) -> Break:
    rng = random.Random(f"break {seed}")
    latest = 1 if kind.point == "desk.after_act" else 2 if kind.process == "serve" else LATEST_VISIT
    return replace(kind, seed=seed, visit=rng.randint(1, latest), after_s=rng.uniform(0.02, 1.0))


def declared() -> set[str]:
    """The name of every failpoint in the house, read from its source."""
    return {name for path in (ROOT / "homeroom").rglob("*.py") for name in _named(path.read_text())}


def _named(source: str) -> Iterator[str]:
    if "failpoint" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="reach"), args=[ast.Constant(value=str(name))]):
                yield name
