"""The keeper: parent of one embedded server, and the one who ends it when nobody needs it any more.

It prints one line, ``ready ADDRESS`` or ``failed SENTENCE``, and then only waits.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from homeroom.kit.postgres import START_SECONDS
from homeroom.kit.postgres.cluster import (
    Cluster,
    ClusterBroken,
    clear_stale,
    complaint,
    launch,
    prepare,
    write_private,
)
from homeroom.kit.tether import tied

FAST = signal.SIGINT
"""PostgreSQL's fast shutdown: ends sessions, writes a checkpoint, needs no recovery later."""


def main() -> int:
    """Exit code 0 after the server was ended in good order."""
    folder = Path(sys.argv[1])
    alive = os.open(folder / "keeper", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(alive, fcntl.LOCK_EX)  # the kernel lets go of it when we end, however we end
    try:
        cluster, password = prepare(folder)
        clear_stale(cluster)
        server = launch(cluster, tied(FAST))
        _await_answer(cluster, server)
    except (ClusterBroken, OSError, ValueError) as failure:
        _say(f"failed The embedded PostgreSQL cannot start: {failure}.")
        return 1
    write_private(folder / "url", cluster.url(password))
    _say(f"ready {cluster.url(password)}")
    _hear_nothing_more()
    for order in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(order, lambda *_: server.send_signal(FAST))
    threading.Thread(target=_end_when_unused, args=(folder, server), daemon=True).start()
    ended = server.wait()
    (folder / "url").unlink(missing_ok=True)
    return 0 if ended == 0 else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _await_answer(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    """Return when the server takes connections; raises ClusterBroken if it ends before."""
    ends = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < ends:
        if _is_ready(cluster):
            return
        time.sleep(0.02)
    server.send_signal(FAST)
    log = cluster.state / "server.log"
    raise ClusterBroken(f"{complaint(log.read_text(errors='replace'))} (see {log})")


def _is_ready(cluster: Cluster) -> bool:
    """Whether postmaster.pid says ready: a socket that answers may still be recovering."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    if len(lines) < 8 or lines[7].strip() != "ready":  # LOCK_FILE_LINE_PM_STATUS, miscadmin.h
        return False
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(str(cluster.sockets / ".s.PGSQL.5432")) == 0


def _hear_nothing_more() -> None:
    """Give up the pipe to whoever started us: it may end long before we do."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.close(nothing)


def _end_when_unused(folder: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait until no process holds the server, then end it while holding newcomers back."""
    in_use = os.open(folder / "in-use", os.O_RDWR)
    fcntl.flock(in_use, fcntl.LOCK_EX)
    server.send_signal(FAST)
    time.sleep(60)
    server.send_signal(
        signal.SIGQUIT
    )  # it does not end by itself: recovery is safe, waiting is not


if __name__ == "__main__":
    sys.exit(main())
