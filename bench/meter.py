"""CPU time and memory of trees of processes, read from Linux's /proc."""

import os
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_TICK = os.sysconf("SC_CLK_TCK")


def tree(roots: Iterable[int]) -> list[int]:
    """The processes `roots` and everything that descends from them."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], list(roots)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return list(dict.fromkeys(found))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def cpu(roots: Iterable[int]) -> float:
    """CPU seconds of the trees so far, with those of children they have already buried."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in tree(roots)) / _TICK


def cpu_exactly(pids: Iterable[int]) -> float:
    """CPU seconds of the living threads of these processes, to the nanosecond."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:
                continue
    return total / 1e9


def pss(roots: Iterable[int]) -> float:
    """Proportional set size of the trees in MB: shared pages are counted once."""
    total = 0
    for pid in tree(roots):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


@dataclass(slots=True)
class Meter:
    """Inside a `with` block: wall seconds and CPU seconds of groups of process trees."""

    groups: dict[str, Collection[int]]
    wall: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.spent = {name: -cpu(roots) for name, roots in self.groups.items()}
        self.wall = -time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter()
        for name, roots in self.groups.items():
            self.spent[name] += cpu(roots)

    @property
    def total(self) -> float:
        """CPU seconds of all groups."""
        return sum(self.spent.values())


def quantile(values: Iterable[float], share: float) -> float:
    """The value that this share of all does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
