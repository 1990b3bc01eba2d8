"""The LMTP door for Postfix and its like; plain SMTP is understood on the same port.

A message is answered with 250 only after `store` came back, which means: after the commit.
"""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from django.db import connections

from homeroom.channels.email.talk import Door, Store, Talk

GRACE: Final = 30.0
"""Seconds that messages under way get to finish when the door is told to close."""


class BadAddressError(ValueError):
    """Where to listen is neither host:port nor a path."""


def serve(
    listen: str,
    store: Store,
    *,
    stop: threading.Event,
    max_bytes: int = 40_000_000,
    callers: int = 64,
    threads: int = 8,
    patience: float = 300.0,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Take mail at `listen` (host:port or a socket's path) until `stop` is set; then finish.

    `threads` messages are stored at once, so that they share the disk's flush. Beyond `callers` at
    once, the next is asked to come back. A connection silent for `patience` seconds ends.
    `on_ready` hears the address that was bound.

    :raises BadAddressError: when `listen` names no address.
    :raises OSError: when the address is taken or not ours.
    """
    # At INFO aiosmtpd writes every address to the log, at DEBUG every line of a message.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    bound = _bind(listen)
    path = bound.getsockname() if bound.family == socket.AF_UNIX else None
    try:
        with ThreadPoolExecutor(threads, thread_name_prefix="lmtp") as pool:
            door = Door(
                store=store, pool=pool, max_bytes=max_bytes, patience=patience, callers=callers
            )
            asyncio.run(_listen(door, bound, stop, on_ready))
            _close_connections(pool, threads)
    finally:
        bound.close()
        if path is not None:
            Path(path).unlink(missing_ok=True)


def _close_connections(pool: ThreadPoolExecutor, threads: int) -> None:
    """Close the database connection of every thread of the pool: one job each, all at once."""
    together = threading.Barrier(threads)

    def close() -> None:
        connections.close_all()
        together.wait()

    for _ in range(threads):
        pool.submit(close)


async def _listen(
    door: Door,
    bound: socket.socket,
    stop: threading.Event,
    on_ready: Callable[[str], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Talk(door), sock=bound)
    if on_ready:
        on_ready(_name(bound))
    while not stop.is_set():  # noqa: ASYNC110  # `stop` belongs to threads
        await asyncio.sleep(0.1)
    server.close()
    await _finish(door)


async def _finish(door: Door) -> None:
    """Hang up on the idle at once, and on the busy when their message is answered."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + GRACE
    while door.talks and clock() < deadline:
        for talk in list(door.talks):
            if not talk.is_busy:
                talk.hang_up("421 4.3.2 Closing; try again soon")
        await asyncio.sleep(0.05)


def _bind(listen: str) -> socket.socket:
    """A listening socket at host:port, or at a path as open as a port on loopback."""
    if listen.startswith(("/", "./", "unix:")):
        path = Path(listen.removeprefix("unix:"))
        _clear(path)
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(os.fspath(path))
        path.chmod(0o666)  # the mode of its folder says who may come
        bound.listen()
        return bound
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit():
        raise BadAddressError(f"{listen!r} is neither host:port nor the path of a socket.")
    host = host.strip("[]") or "127.0.0.1"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, int(port)), family=family, backlog=128)


def _clear(path: Path) -> None:
    """Take away a socket that nobody listens at any more."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(os.fspath(path)):
            path.unlink()


def _name(bound: socket.socket) -> str:
    name = bound.getsockname()
    return name if isinstance(name, str) else f"{name[0]}:{name[1]}"
