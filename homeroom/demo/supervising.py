"""Child processes of one command: started, started again when they die, and all ended together."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Self

from homeroom.kit.tether import tied

PATIENCE_SECONDS = 15
"""How long children may take to finish what is under way before they are killed."""
LONGEST_PAUSE = 30
STEADY_SECONDS = 60
"""After running this long a child is forgiven its earlier deaths."""
LOG_BYTES = 10_000_000


class ToldToStopError(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass(slots=True)
class Child:
    """One program that should be running."""

    name: str
    words: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = 1.0


@dataclass
class Supervisor:
    """Keeps children running inside a `with` block; none is left when it ends.

    Each child leads a process group of its own, so that its children end with it, and is tied to
    us, so that it ends even when we are killed.
    """

    logs: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    children: list[Child] = field(default_factory=list)
    is_told_to_stop: bool = False

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)  # ending takes seconds; once is enough
        self._end_all()
        return kind is ToldToStopError

    def heed_signals(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal raise ToldToStopError."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._told)

    def start(self, name: str, *words: str) -> None:
        """Run Python with these words under that name."""
        child = Child(name, words)
        self.children.append(child)
        self._launch(child)

    def watch(self) -> None:
        """Start again what dies, until told to stop."""
        while True:
            self.tend()
            time.sleep(0.3)

    def tend(self) -> None:
        """Start again what died and has waited its pause."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            elif child.process is None and now >= child.due:
                self._launch(child)

    def end_if_told(self) -> None:
        """Raise ToldToStopError when a signal came."""
        if self.is_told_to_stop:
            raise ToldToStopError

    def _told(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.is_told_to_stop = True
        raise ToldToStopError

    def _launch(self, child: Child) -> None:
        log = self.logs / f"{child.name}.log"
        is_long = log.exists() and log.stat().st_size > LOG_BYTES
        with log.open("wb" if is_long else "ab") as written:
            child.process = subprocess.Popen(
                [sys.executable, *child.words],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
                preexec_fn=tied(),  # noqa: PLW1509  (we have one thread)
            )
        child.started = time.monotonic()

    def _bury(self, child: Child, now: float) -> None:
        if child.process is None:
            return
        _signal(child.process, signal.SIGKILL)  # whatever it left of its group
        child.pause = 1.0 if now - child.started > STEADY_SECONDS else child.pause
        child.due = now + child.pause
        print(
            f"{child.name} ended ({child.process.returncode}); starting it again in "
            f"{child.pause:.0f} s. See {self.logs / child.name}.log.",
            flush=True,
        )
        child.process, child.pause = None, min(child.pause * 2, LONGEST_PAUSE)

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            _signal(process, signal.SIGTERM)
        ends = time.monotonic() + PATIENCE_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"Process {process.pid} does not end by itself; killing it.", flush=True)
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the whole group of a child, if anything of it is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port
