"""The encoders, loaded once per host: the first process that needs them starts their keeper.

The keeper serves every process of this user on the host over a Unix socket and ends by itself when
the last of them is gone. Whatever goes wrong with it, a process loads its own.
"""

import fcntl
import json
import logging
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from homeroom.understanding import reader as reading
from homeroom.understanding.encoders import (
    LENGTH,
    Encoders,
    Packaged,
    Vectors,
    fingerprint,
    packaged,
)
from homeroom.understanding.reader import Agreement, Reader

log = logging.getLogger(__name__)

START_S = 30.0
"""Longest wait for a keeper that is loading its models on a busy host."""
ANSWER_S = 30.0
LINGER_S = 2.0
"""A keeper without clients ends after so long."""
MOST_BYTES = 50_000_000
PROTOCOL = 2
"""Changes when keepers are asked otherwise: an older one is not asked what it does not know."""


class Gone(Exception):  # noqa: N818
    """The keeper did not answer."""


class Shared:
    """The host's encoders through their keeper; one connection per thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self.fingerprint = self._ask(None)[0]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, LENGTH), as the packaged encoders give them."""
        content = self._answered(list(texts))
        if content is None:
            return packaged().encode(texts)
        return np.frombuffer(content, np.float32).reshape(-1, LENGTH).copy()

    def agreement(self, question: str, text: str) -> Agreement:
        """How the two agree word by word, as the packaged reader says."""
        content = self._answered({"question": question, "text": text})
        if content is None:
            return reading.packaged().agreement(question, text)
        told = json.loads(content)
        return Agreement(**told | {"words": tuple((word, near) for word, near in told["words"])})

    def _answered(self, asked: object) -> bytes | None:
        """What the keeper says; nothing when it is gone twice in a row."""
        for _ in range(2):
            try:
                return self._ask(asked)[1]
            except Gone:
                self._local.link = None
        log.warning("the encoders' keeper is gone; this process loads its own")
        return None

    def _ask(self, asked: object) -> tuple[str, bytes]:
        try:
            link = getattr(self._local, "link", None) or _connect(self._path)
            self._local.link = link
            _send(link, json.dumps(asked).encode())
            head = _receive(link)
            return head.decode(), _receive(link)
        except (OSError, ValueError, EOFError) as error:
            self._local.link = None
            raise Gone from error


def encoders() -> Encoders:
    """The host's encoders, or this process's own when they cannot be shared."""
    try:
        return _shared()
    except (Gone, OSError) as error:
        log.warning("the encoders cannot be shared (%s)", type(error).__name__)
        return packaged()


def reader() -> Reader:
    """The host's reader of questions beside texts, or this process's own."""
    try:
        return _shared()
    except (Gone, OSError):
        return reading.packaged()


_ours: Shared | None = None
_turn = threading.Lock()


def _shared() -> Shared:
    global _ours  # noqa: PLW0603  one connection pool per process is the point
    with _turn:
        if _ours is None:
            # Two versions of Homeroom on one host speak to two keepers.
            _ours = Shared(_place() / f"{fingerprint()}-{PROTOCOL}.sock")
        return _ours


def _place() -> Path:
    """A folder of this user's own on this host; short, as socket paths must be (108 bytes)."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    place = Path(base) / f"homeroom-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        raise PermissionError
    return place


def _connect(path: Path) -> socket.socket:
    """A connection to the keeper, started when nobody keeps the encoders yet."""
    link = _try(path)
    if link is not None:
        return link
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        link = _try(path)
        if link is not None:
            return link
        path.unlink(missing_ok=True)
        keeper = subprocess.Popen(
            [sys.executable, "-m", "homeroom.pipeline.minds", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and keeper.poll() is None:
            link = _try(path)
            if link is not None:
                return link
            time.sleep(0.05)
        keeper.kill()
        raise Gone


def _try(path: Path) -> socket.socket | None:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(ANSWER_S)
    try:
        link.connect(str(path))
    except OSError:
        link.close()
        return None
    return link


def _send(link: socket.socket, content: bytes) -> None:
    link.sendall(struct.pack("!I", len(content)) + content)


def _receive(link: socket.socket) -> bytes:
    """One message; EOFError when the other side is gone."""
    size = struct.unpack("!I", _exactly(link, 4))[0]
    if size > MOST_BYTES:
        raise ValueError("too long")
    return _exactly(link, size)


def _exactly(link: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = link.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


class Keeper:
    """Serves one pair of loaded encoders until nobody has needed it for `LINGER_S`."""

    def __init__(self, path: Path) -> None:
        self._encoders = Packaged()
        self._clients = 0
        self._left_at = time.monotonic()
        self._lock = threading.Lock()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(path))
        path.chmod(0o600)
        self._door.listen(64)
        self._door.settimeout(0.5)

    def keep(self) -> None:
        """Serve until alone."""
        while self._clients or time.monotonic() - self._left_at < LINGER_S:
            try:
                link, _ = self._door.accept()
            except TimeoutError:
                continue
            link.settimeout(None)
            with self._lock:
                self._clients += 1
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        try:
            while True:
                asked = json.loads(_receive(link))
                _send(link, self._encoders.fingerprint.encode())
                _send(link, self._told(asked))
        except (OSError, ValueError, EOFError):
            pass
        finally:
            link.close()
            with self._lock:
                self._clients -= 1
                self._left_at = time.monotonic()

    def _told(self, asked: object) -> bytes:
        if isinstance(asked, dict):
            return json.dumps(asdict(reading.packaged().agreement(**asked))).encode()
        return self._encoders.encode(asked).tobytes() if isinstance(asked, list) else b""


if __name__ == "__main__":
    Keeper(Path(sys.argv[1])).keep()
