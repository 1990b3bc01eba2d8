"""The command `homeroom demo`: the whole house on one machine, with the sample district in it."""

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homeroom import config
from homeroom.demo import furnishing
from homeroom.demo.supervising import Supervisor, free_port
from homeroom.kit.errors import Expected
from homeroom.web.serve import check_free

FIRST_PORT = 8765
READY_SECONDS = 120
"""Longest wait for the pages; a start takes a few seconds on two idle cores."""


class DemoFailedError(Expected):
    """The demonstration cannot go on; the text says why."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `homeroom demo` takes."""
    parser.add_argument(
        "--port", type=int, help=f"port of the pages (the first free from {FIRST_PORT})"
    )
    parser.add_argument("--no-traffic", action="store_true", help="nobody writes by themselves")
    parser.add_argument("--speed", type=float, default=60, help="simulated seconds a second (60)")
    parser.add_argument("--rate", type=float, default=1, help="times the usual traffic (1)")
    parser.add_argument("--pupils", type=int, default=10_000, help="size of the district (10000)")


def run(options: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM; every process that was started ends with it."""
    port = _port(options.port)
    origin = f"http://127.0.0.1:{port}"
    folder = config.HOME / "sample"
    with (
        _only_one(config.HOME / "demo.lock"),
        _own_encoders(),
        Supervisor(config.HOME / "logs") as house,
    ):
        house.heed_signals()
        sign_ins = furnishing.furnish(folder, pupils=options.pupils, tell=_step)
        lmtp, sink = free_port(), free_port()
        house.environment["HOMEROOM_ORIGIN"] = origin
        if not options.no_traffic:
            house.environment["HOMEROOM_SMTP"] = f"smtp://127.0.0.1:{sink}"
        house.start("serve", "-m", "homeroom", "serve", "--port", str(port))
        house.start("work", "-m", "homeroom", "work")
        house.start("lmtp", "-m", "homeroom", "lmtp", "--listen", f"127.0.0.1:{lmtp}")
        _await_ready(origin, house)
        print(f"Homeroom is ready at {origin}", flush=True)
        _show(sign_ins, lmtp)
        if not options.no_traffic:
            house.start("simulator", *_simulator(options, folder, lmtp, sink, origin))
        house.watch()
    return 0


def _simulator(
    options: argparse.Namespace, folder: Path, lmtp: int, sink: int, origin: str
) -> list[str]:
    """The command line of a school day that never ends."""
    words = ["-m", "homeroom.demo.simulator", str(folder), "--days", "0"]
    words += ["--lmtp", f"127.0.0.1:{lmtp}", "--sink", f"127.0.0.1:{sink}"]
    words += ["--http", origin, "--sign-ins", str(folder.parent / furnishing.SIGN_INS)]
    return [*words, "--speed", str(options.speed), "--rate", str(options.rate)]


def _port(asked: int | None) -> int:
    """The port to serve on; raises PortTakenError when the one asked for is taken."""
    if asked is not None:
        check_free("127.0.0.1", asked)
        return asked
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        try:
            check_free("127.0.0.1", port)
        except Expected:
            continue
        return port
    raise DemoFailedError(f"No port from {FIRST_PORT} on is free: name one with --port.")


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """One demonstration per HOMEROOM_HOME."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoFailedError(
                f"A demonstration already runs in {path.parent}: end it, or name another folder "
                "in HOMEROOM_HOME."
            ) from None
        yield


@contextmanager
def _own_encoders() -> Iterator[None]:
    """Encoders of this demonstration's own: their keeper serves all of a user's installs on a host
    and would outlive us while another install needs it.
    """
    place = Path(tempfile.mkdtemp(prefix="homeroom-demo-"))
    os.environ["XDG_RUNTIME_DIR"] = str(place)
    try:
        yield
    finally:
        for path in place.rglob("*.sock"):
            _end_listener(path)
        shutil.rmtree(place, ignore_errors=True)


def _end_listener(path: Path) -> None:
    """End the process that listens at this socket."""
    with socket.socket(socket.AF_UNIX) as door:
        if door.connect_ex(str(path)) != 0:
            return
        peer = door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        with contextlib.suppress(ProcessLookupError):
            os.kill(struct.unpack("3i", peer)[0], signal.SIGTERM)


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took when it is done."""
    print(f"{what} ...", flush=True)
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    if took > 2:
        print(f"  done in {took:.0f} s", flush=True)


def _await_ready(origin: str, house: Supervisor) -> None:
    """Return when the pages can be asked for; raises DemoFailedError when that takes too long."""
    ends = time.monotonic() + READY_SECONDS
    said = "it does not answer"
    while time.monotonic() < ends and not house.is_told_to_stop:
        house.tend()
        try:
            with urllib.request.urlopen(f"{origin}/readyz", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            said = error.read().decode().strip()
        except OSError:
            pass
        time.sleep(0.1)
    house.end_if_told()
    raise DemoFailedError(f"The pages did not become ready ({said}): see {house.logs}.")


def _show(sign_ins: list[furnishing.SignIn], lmtp: int) -> None:
    """Print who can sign in, and how to write a mail."""
    print("\nSign in at /account/login/ as")
    for one in sign_ins:
        print(f"  {one.email:36} {one.password}   {one.who}")
    print(f"\nMail is taken by LMTP at 127.0.0.1:{lmtp}. Ctrl-C ends everything.", flush=True)
    sys.stdout.flush()
