"""Trials in one house: a burst of words, one break in the middle of it, and at the end the reckoning."""

import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.trials.breaks import (
    EVERYTHING,
    KILLED,
    NEXT_HOP,
    POSTGRES,
    WORKER,
    Break,
)
from tests.trials.burst import deeds
from tests.trials.house import House
from tests.trials.processes import until_broken

AT_ONCE = 5
"""Callers at the same time."""
BURSTS = 4
"""So many bursts may be needed until a failpoint is reached as often as the seed says."""


@dataclass
class Outcome:
    """What the trials of some houses came to, by the name of the break."""

    trials: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    wrongs: list[dict[str, Any]] = field(default_factory=list)
    second_copies: Counter[str] = field(default_factory=Counter)
    names: dict[int, str] = field(default_factory=dict)
    """The name of the break of each trial."""
    said: int = 0
    letters: int = 0
    quiet_s: list[float] = field(default_factory=list)

    def table(self) -> str:
        """One line a break: trials, reached, losses, doubles, other wrongs, second copies."""
        lines = [f"{'break':38} trials  broke  lost  double  other  second copies"]
        for name in sorted({*self.trials, *self.second_copies}):
            wrong = Counter(
                one["what"] for one in self.wrongs if self.names.get(one["trial"]) == name
            )
            other = wrong["letter"] + wrong["state"]
            lines.append(
                f"{name:38} {self.trials[name]:6} {self.reached[name]:6} {wrong['loss']:5} "
                f"{wrong['double']:7} {other:6} {self.second_copies[name]:8}"
            )
        slowest = max(self.quiet_s, default=0)
        lines.append(
            f"{self.said} messages said, {self.letters} letters; quiet after {slowest:.0f} s at most"
        )
        return "\n".join([*lines, *(str(one) for one in self.wrongs)])


def run(house: House, plan: Sequence[Break], outcome: Outcome) -> None:
    """All trials of `plan`, one after another, then quiet and the reckoning."""
    stamp = house.browser.stamp()
    time.sleep(2.1)  # whoever sends a form sooner is taken for a machine
    with ThreadPoolExecutor(AT_ONCE) as callers:
        for one in plan:
            outcome.names[one.seed] = one.name
            outcome.trials[one.name] += 1
            house.sink.trial = one.seed
            Trial(house, one, callers, stamp).run(outcome)
    outcome.quiet_s.append(house.until_quiet())
    outcome.said += len(house.journal.entries)
    outcome.letters += len(house.sink.letters)
    outcome.wrongs += house.reckon()
    outcome.second_copies += house.sink.second_copies()


class Trial:
    """One break, and the words that are said meanwhile."""

    def __init__(self, house: House, one: Break, callers: ThreadPoolExecutor, stamp: str) -> None:
        self.house, self.one, self.callers, self.stamp = house, one, callers, stamp
        self.rng = random.Random(f"trial {one.seed}")

    def run(self, outcome: Outcome) -> None:
        """Arm, speak, break, start again, and wait until everybody was heard."""
        self._arm()
        waiting = self._speak()
        is_broken = self._by_failpoint(waiting) if self.one.is_armed else self._by_force()
        outcome.reached[self.one.name] += is_broken
        for each in waiting:
            each.result()

    def _arm(self) -> None:
        process = self.house.processes.get(self.one.process)
        if process is not None and process.fail_at != self.one.fail_at:
            process.stop()
            process.start(self.one.fail_at)

    def _speak(self) -> list[Future[None]]:
        said = deeds(self.house, self.rng, trial=self.one.seed, stamp=self.stamp)
        return [self.callers.submit(deed) for deed in said]

    def _by_failpoint(self, waiting: list[Future[None]]) -> bool:
        process = self.house.processes[self.one.process]
        for _ in range(BURSTS):
            if until_broken(process, seconds=8):
                self._note()
                break
            waiting += self._speak()
        else:
            return False
        self._start_again(self.one.process)
        return True

    def _start_again(self, name: str) -> None:
        """As a service manager does."""
        process = self.house.processes[name]
        process.bury()
        process.start()

    def _by_force(self) -> bool:
        if self.one.process == NEXT_HOP:
            self.house.sink.moods += [self.one.point] * 2
            return True
        time.sleep(self.one.after_s)
        self._note()
        if self.one.process in {POSTGRES, EVERYTHING}:
            self._everything() if self.one.process == EVERYTHING else self._postgres()
            return True
        process = self.house.processes[self.one.process]
        if self.one.point == WORKER:
            process.break_off(only_worker=True)
            process.workers = []  # the server starts another by itself
            return True
        process.break_off()
        self._start_again(self.one.process)
        return True

    def _note(self) -> None:
        if self.one.process in {"work", POSTGRES, EVERYTHING}:
            self.house.sink.breaks.append((time.monotonic(), self.one.name))

    def _postgres(self) -> None:
        number = signal.SIGKILL if self.one.point == KILLED else signal.SIGQUIT
        self.house.server.crash(number)
        time.sleep(self.one.after_s)
        self.house.server.start()

    def _everything(self) -> None:
        """As when the power fails: all at once, then all from the beginning."""
        for process in self.house.processes.values():
            process.break_off()
        self.house.server.crash(signal.SIGKILL)
        self.house.server.start()
        for name in self.house.processes:
            self._start_again(name)
