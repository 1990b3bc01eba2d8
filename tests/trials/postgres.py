"""A database server of the trials' own, that may be broken; one prepared database, copied each time."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from homeroom.kit.postgres import Server

ROOT = Path(__file__).parents[2]
TEMPLATE = "prepared"


class Breakable:
    """The embedded server of a folder, as an install has it, with ways to end it badly."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._server = Server(home)
        self.url = self._server.start()

    def named(self, database: str) -> str:
        """The address of one database on this server."""
        return urlsplit(self.url)._replace(path="/" + database).geturl()

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """The address of a copy of the prepared database; it goes when the block ends."""
        self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        try:
            yield self.named(name)
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        """Drop a database with who is at it, once the server's own cleaning (autovacuum) has left."""
        for _ in range(20):
            with suppress(psycopg.errors.InsufficientPrivilege):
                self.run(f"DROP DATABASE {name} WITH (FORCE)")
                return
            time.sleep(0.5)
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def crash(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """End it without a checkpoint: SIGQUIT is `pg_ctl stop -m immediate`, SIGKILL is worse."""
        pid_file = self._data() / "postmaster.pid"
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, number)
        ends = time.monotonic() + 20
        while self._server.running() is not None or _is_alive(pid):
            if time.monotonic() > ends:
                raise TimeoutError("PostgreSQL does not end")
            time.sleep(0.02)

    def start(self) -> float:
        """Start it again, as the next command of the install would; the seconds that took."""
        began = time.monotonic()
        if self._server.start() != self.url:
            raise RuntimeError("the address of the server has changed")
        return time.monotonic() - began

    def end(self) -> None:
        """End it in good order."""
        self._server.stop()

    def _data(self) -> Path:
        moved = self.home / "postgres" / "where"
        return (
            Path(moved.read_text().strip()) if moved.exists() else self.home / "postgres"
        ) / "data"


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def prepared() -> Iterator[Breakable]:
    """A server with the cast, a fitted model and Theo's session in its prepared database."""
    home = Path(tempfile.mkdtemp(prefix="homeroom-trials-"))
    home.chmod(0o711)  # as root the server runs under another account, which must pass through
    server = Breakable(home)
    try:
        server.run(f"CREATE DATABASE {TEMPLATE}")
        subprocess.run(
            [sys.executable, "-m", "tests.trials.preparing"],
            cwd=ROOT, check=True, env=environment(home, server.named(TEMPLATE)),
        )  # fmt: skip
        yield server
    finally:
        server.end()
        shutil.rmtree(home, ignore_errors=True)


def environment(home: Path, url: str) -> dict[str, str]:
    """What every process of a trial is started with."""
    place = home / "run"
    place.mkdir(exist_ok=True)
    return os.environ | {
        "DATABASE_URL": url,
        "HOMEROOM_HOME": str(home),
        "HOMEROOM_SECRET_KEY": "a key that all processes of the trials share, and nobody else",
        "XDG_RUNTIME_DIR": str(place),
        "DJANGO_SETTINGS_MODULE": "homeroom.config",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "",
        "PYTHONFAULTHANDLER": "1",
        "FAIL_AT": "",
    }
