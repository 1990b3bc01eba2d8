"""Loops that empty a queue of rows, woken by NOTIFY: the row is the work, a notice only a nudge."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg
from django.db import close_old_connections, connections

from homeroom.kit.live import WORK

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""A queue is looked at this often without any notice, so that a lost one costs seconds."""
PAUSE_S = 1.0
"""After an error, before the next look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drainer:
    """One loop: `drain` takes some rows and returns how many; it is called until it returns 0."""

    queue: str
    drain: Callable[[], int]


def run(drainers: list[Drainer], *, stop: threading.Event) -> None:
    """Run every drainer in its own thread until `stop` is set; what is under way is finished."""
    wakes = {drainer.queue: threading.Event() for drainer in drainers}
    threads = [
        threading.Thread(
            target=_loop, args=(drainer, wakes[drainer.queue], stop), name=drainer.queue
        )
        for drainer in drainers
    ]
    threads.append(threading.Thread(target=_listen, args=(wakes, stop), name="listen"))
    for thread in threads:
        thread.start()
    stop.wait()
    for wake in wakes.values():
        wake.set()
    for thread in threads:
        thread.join()


def _loop(drainer: Drainer, wake: threading.Event, stop: threading.Event) -> None:
    while not stop.is_set():
        wake.clear()
        try:
            close_old_connections()
            while not stop.is_set() and drainer.drain():
                pass
        except Exception:  # the loop outlives any one failure; the rows are still there
            log.exception("the %s queue stumbled", drainer.queue)
            connections.close_all()
            stop.wait(PAUSE_S)
        wake.wait(PATIENCE_S)
    connections.close_all()


def _listen(wakes: Mapping[str, threading.Event], stop: threading.Event) -> None:
    """Set the wake of every queue that a notice names; connects again when the server goes away."""
    while not stop.is_set():
        try:
            with _connect() as connection:
                connection.execute(f"LISTEN {WORK}")
                for wake in wakes.values():
                    wake.set()  # whatever came while nobody listened
                while not stop.is_set():
                    for notice in connection.notifies(timeout=1.0):
                        if notice.payload in wakes:
                            wakes[notice.payload].set()
        except psycopg.OperationalError as error:
            log.warning("no notices from the database (%s); looking again", type(error).__name__)
            stop.wait(PAUSE_S)


def _connect() -> psycopg.Connection[tuple[object, ...]]:
    """A connection of its own in autocommit: LISTEN does not pass through a pooler."""
    given = dict(connections["default"].get_connection_params())
    given.pop("cursor_factory", None)
    given.pop("context", None)
    given.pop("prepare_threshold", None)
    return psycopg.connect(autocommit=True, **given)
