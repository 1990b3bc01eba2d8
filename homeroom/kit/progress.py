"""How far a long command is, on a terminal and nowhere else."""

import time
from collections.abc import Iterable, Iterator
from typing import IO

PATIENCE_S = 2.0
"""Nothing is shown before so long."""
OFTEN_S = 0.3


def shown[Item](items: Iterable[Item], what: str, *, of: int, where: IO[str]) -> Iterator[Item]:
    """The same items; while they go by, "12 of 300 lines" is kept up to date on a terminal."""
    began = last = time.monotonic()
    is_shown = False
    for number, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if where.isatty() and now - began > PATIENCE_S and now - last > OFTEN_S:
            where.write(f"\r{number:,} of {of:,} {what}   ")
            where.flush()
            last, is_shown = now, True
    if is_shown:
        where.write("\r" + " " * (len(what) + 24) + "\r")
        where.flush()
