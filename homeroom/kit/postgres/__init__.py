"""The embedded PostgreSQL: it runs exactly as long as some process of this install needs it.

Each process that uses the server holds a shared lock on ``HOME/postgres/in-use``. The keeper, a
small process of its own, is the server's parent. It waits for the exclusive lock and ends the
server when it gets it, which is when the last user has let go or died, however it died. So nothing
is left behind, and nobody who still works loses the database to another's exit.
"""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from homeroom.kit.errors import Expected

START_SECONDS = 120
"""Longest wait for a start: it may recover after a crash, or make a cluster on a slow disk."""
_ROOT = Path(__file__).parents[3]


class ServerUnavailable(Expected):
    """The embedded server cannot be had; the text says why."""


class Server:
    """The embedded server of the install whose files lie under `home` (HOMEROOM_HOME)."""

    def __init__(self, home: Path) -> None:
        self.folder = home.resolve() / "postgres"
        self._hold: int | None = None

    def start(self) -> str:
        """The address of the running server, started if none runs; held for this process.

        Raises ServerUnavailable.
        """
        self._take_hold()
        try:
            with _locked(self.folder / "starting"):
                return self.running() or self._launch()
        except BaseException:
            self._let_go()
            raise

    def stop(self) -> None:
        """Let go of the server; when nobody else uses it, return only after it has ended."""
        if self._hold is None:
            return
        fcntl.flock(self._hold, fcntl.LOCK_UN)
        while _is_held(self.folder / "keeper") and _is_unused(self._hold):
            time.sleep(0.02)  # the keeper is about to notice
        self._let_go()

    def running(self) -> str | None:
        """The address of the server if it takes connections now."""
        try:
            url = (self.folder / "url").read_text().strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError:
            raise ServerUnavailable(
                f"The folder {self.folder} belongs to another user: use that user, or name another "
                "folder in HOMEROOM_HOME."
            ) from None
        folder = parse_qs(urlsplit(url).query)["host"][0]
        with socket.socket(socket.AF_UNIX) as door:
            try:
                door.connect(f"{folder}/.s.PGSQL.5432")
            except OSError:
                return None
        return url

    def _take_hold(self) -> None:
        if self._hold is not None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # A root who drops to another user for the server must let that user pass through here.
            self.folder.chmod(0o711)
            self._hold = os.open(self.folder / "in-use", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as failure:
            raise ServerUnavailable(
                f"Homeroom cannot write in {self.folder} ({failure.strerror}): name another folder "
                "in HOMEROOM_HOME."
            ) from failure
        fcntl.flock(self._hold, fcntl.LOCK_SH)  # waits while a keeper is ending the last server

    def _let_go(self) -> None:
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None

    def _launch(self) -> str:
        """Start a keeper and wait for what it says: the address, or a sentence."""
        (self.folder / "url").unlink(missing_ok=True)
        keeper = subprocess.Popen(
            [sys.executable, "-m", "homeroom.kit.postgres.keeper", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            start_new_session=True,  # Ctrl-C in a terminal is for the command, not for its database
        )
        said, _, rest = _first_line(keeper).partition(" ")
        if said == "ready":
            return rest
        keeper.wait()
        raise ServerUnavailable(rest or "The embedded PostgreSQL ended before it was ready.")


def _is_held(path: Path) -> bool:
    """Whether some process holds the exclusive lock on `path`, as a living keeper does."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _is_unused(lock: int) -> bool:
    """Whether no process holds the server and its keeper has not noticed yet.

    Returns False at once beside others who hold it, and after the end when the keeper is ending it.
    """
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(lock, fcntl.LOCK_SH)
        return False
    else:
        return True
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def _first_line(keeper: subprocess.Popen[str]) -> str:
    """What the keeper said, without waiting for it to end."""
    if keeper.stdout is None:
        return ""
    with keeper.stdout as spoken:
        return spoken.readline().strip()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time in here."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def server(home: Path, *, url: str = "") -> Iterator[str]:
    """An address to work with: `url` when a server is named, else the embedded one while inside."""
    if url:
        yield url
        return
    embedded = Server(home)
    address = embedded.start()
    try:
        yield address
    finally:
        embedded.stop()
