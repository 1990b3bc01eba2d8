"""Places where a trial may break the house on purpose; without `FAIL_AT` they cost nothing.

``FAIL_AT=deliver.before_send:kill@3`` kills the process the third time it comes there. Several are
separated by commas. What can be done: ``kill`` (as by ``kill -9``), ``raise``, ``sleep:seconds``.
"""

import os
import signal
import threading
import time
from dataclasses import dataclass, field


class Broken(Exception):  # noqa: N818
    """Raised by a failpoint; nothing in the house expects it by name."""


@dataclass(slots=True, kw_only=True)
class _Point:
    deed: str
    seconds: float
    at_visit: int
    """0: at every visit."""
    visits: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def read(text: str) -> dict[str, _Point]:
    """The points named in the value of ``FAIL_AT``.

    :raises ValueError: when the text is no such value.
    """
    points = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, colon, rest = part.partition(":")
        deed, _, visit = rest.partition("@")
        deed, _, seconds = deed.partition(":")
        if not colon or deed not in {"kill", "raise", "sleep"}:
            raise ValueError(f"FAIL_AT does not know what to do at {part!r}.")
        points[name] = _Point(
            deed=deed, seconds=float(seconds or 0), at_visit=int(visit) if visit else 0
        )
    return points


_points = read(os.environ.get("FAIL_AT", ""))


def reach(name: str) -> None:
    """Break here if `FAIL_AT` says so."""
    if _points and (point := _points.get(name)):
        _break(name, point)


def _break(name: str, point: _Point) -> None:
    with point.lock:
        point.visits += 1
        if point.at_visit not in {0, point.visits}:
            return
    if point.deed == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if point.deed == "raise":
        raise Broken(f"Broken on purpose at {name}.")
    time.sleep(point.seconds)
