"""What every contender stands on: a folder, ports, equal PostgreSQL clusters, child processes."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

HERE = Path(__file__).parent
ROOT = HERE.parent
HOME = Path(os.environ.get("BENCH_HOME") or Path(tempfile.gettempdir()) / "homeroom-bench")
"""Everything the bench writes lies here; `python -m bench clean` takes it away."""
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SETTINGS = """
listen_addresses = '127.0.0.1'
shared_buffers = 1GB
work_mem = 32MB
maintenance_work_mem = 512MB
max_wal_size = 8GB
shared_preload_libraries = 'pg_stat_statements'
"""
"""The same for every contender; synchronous_commit and fsync stay on, as PostgreSQL ships."""


class CannotRun(Exception):  # noqa: N818
    """The bench cannot go on; the text says why."""


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def run(words: list[str], *, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
    """What a command printed; raises CannotRun with its last words when it fails."""
    done = subprocess.run(
        words,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
        cwd=ROOT,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-600:]
        raise CannotRun(f"{' '.join(words)[:120]} failed ({done.returncode}): {said}")
    return done.stdout


class Cluster:
    """A PostgreSQL 15 cluster of one contender's own, with `SETTINGS`."""

    def __init__(self, name: str) -> None:
        self.folder = HOME / "clusters" / name
        self.port = 0

    def start(self) -> None:
        """Make the cluster when there is none, and start it on a free port."""
        if not (self.folder / "data" / "PG_VERSION").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            for folder in (HOME, HOME / "clusters"):
                folder.chmod(0o755)
            shutil.chown(self.folder, "postgres", "postgres")
            words = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", "postgres"]
            self._as_postgres("initdb", "-D", str(self.folder / "data"), *words)
            with (self.folder / "data" / "postgresql.conf").open("a") as conf:
                conf.write(SETTINGS + f"unix_socket_directories = '{self.folder}'\n")
        self.stop()
        self.port = free_port()
        log = str(self.folder / "log")
        self._as_postgres(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-o", f"-p {self.port}",
            "-w", "start",
        )  # fmt: skip

    def stop(self) -> None:
        """End the server, if it runs."""
        if self.pid:
            self._as_postgres("pg_ctl", "-D", str(self.folder / "data"), "-m", "fast", "-w", "stop")

    @property
    def pid(self) -> int:
        """The postmaster, or 0 when none runs."""
        try:
            pid = int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return 0
        return pid if Path(f"/proc/{pid}/stat").exists() else 0

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of the bench's own, in autocommit."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True
        )

    def ask(self, statement: str, *, database: str = "postgres") -> list[tuple]:
        """The rows of one statement."""
        with self.connect(database) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        return bool(self.ask(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"))

    def copy(self, template: str, database: str) -> None:
        """Make `database` a fresh copy of `template`."""
        self.ask(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.ask(f"CREATE DATABASE {database} TEMPLATE {template}")

    def script(self, file: Path, *, database: str, **variables: int) -> None:
        """Run a file of SQL with these variables."""
        given = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
        run(
            ["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database,
             "-v", "ON_ERROR_STOP=1", *given, "-q", "-f", str(file)]
        )  # fmt: skip

    def url(self, database: str) -> str:
        """The address of one database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _as_postgres(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(PROGRAMS / program), *words],
            user="postgres",
            group="postgres",
            extra_groups=[],
            cwd="/",
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise CannotRun(f"{program} failed: see {self.folder / 'log'}.")


def statements(connection: psycopg.Connection) -> int:
    """Statements of clients that this database has run since the counters were made."""
    row = connection.execute(
        """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s
           JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
           WHERE s.query !~* '^(begin|commit|rollback|set|show|listen|discard|deallocate)'
             AND s.query NOT ILIKE '%FOR KEY SHARE%' AND s.query NOT ILIKE '%pg_stat_statements%'"""
    ).fetchone()
    return int(row[0]) if row else 0


class Processes:
    """Child processes of one contender; none is left after `stop`."""

    def __init__(self, name: str) -> None:
        self.logs = HOME / "logs" / name
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, words: list[str], *, env: Mapping[str, str], cwd: Path = ROOT
    ) -> int:
        """Start one in a session of its own; its process id."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **env},
                cwd=cwd,
                start_new_session=True,
            )
        return self._running[name].pid

    @property
    def pids(self) -> list[int]:
        """The process ids of all that was started."""
        return [process.pid for process in self._running.values()]

    def check(self) -> None:
        """Raise CannotRun when one of them has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise CannotRun(f"{name} ended by itself: see {self.logs / name}.log.")

    def stop(self) -> None:
        """End them all, politely, then not."""
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            _signal(process, signal.SIGKILL)
            process.wait()
        self._running.clear()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def wait_for(what: str, holds: Callable[[], bool], *, seconds: float = 60) -> None:
    """Return when `holds`; raises CannotRun after so many seconds."""
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            raise CannotRun(f"Waited {seconds:.0f} s for {what}.")
        time.sleep(0.02)


def answers(url: str) -> bool:
    """Whether anything but an error of the server comes back from this address."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
