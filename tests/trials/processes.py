"""The processes of one house: started, broken, seen to die, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from homeroom.kit.tether import tied
from tests.trials.postgres import ROOT

START_S = 60.0
"""Longest wait for a start on a busy machine."""


@dataclass
class Process:
    """One command of the house under the name of its sub-command."""

    name: str
    words: tuple[str, ...]
    port: int | None
    """Where it listens, when it does."""
    environment: Mapping[str, str]
    log: Path
    fail_at: str = ""
    running: subprocess.Popen[bytes] | None = None
    workers: list[psutil.Process] = field(default_factory=list)

    def start(self, fail_at: str = "") -> None:
        """Start it, armed with a failpoint or with none; it listens when this returns."""
        self.fail_at = fail_at
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "homeroom", self.name, *self.words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                env={**self.environment, "FAIL_AT": fail_at},
                start_new_session=True, preexec_fn=tied(signal.SIGKILL),
            )  # fmt: skip
        if self.port is not None:
            self._until_it_listens(self.running, self.port)
        self.workers = self._workers(self.running) if self.port else []

    def _until_it_listens(self, running: subprocess.Popen[bytes], port: int) -> None:
        ends = time.monotonic() + START_S
        while running.poll() is None and time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        if not self.fail_at:  # an armed one may have died of the first word already
            said = self.log.read_text(errors="replace")[-3000:]
            raise TimeoutError(f"{self.name} does not listen: {said}")

    def _workers(self, running: subprocess.Popen[bytes]) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(running.pid).children()
        return []

    @property
    def is_broken(self) -> bool:
        """Whether it died, or one of its workers did."""
        return (
            self.running is None
            or self.running.poll() is not None
            or any(not _lives(worker) for worker in self.workers)
        )

    def break_off(self, *, only_worker: bool = False) -> None:
        """As by `kill -9`, of the main process or of one that works for it."""
        if only_worker and self.workers:
            self.workers[0].kill()
        elif self.running is not None:
            self.running.kill()

    def last_words(self) -> str:
        """The end of its log and where each of its threads stands; it ends of being asked."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGABRT)  # PYTHONFAULTHANDLER writes it down
            self.running.wait(10)
        return self.log.read_text(errors="replace")[-12_000:]

    def bury(self) -> None:
        """Wait for what was killed and end what is left of it, as a service manager does."""
        if self.running is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()
        self.running = None

    def stop(self) -> None:
        """End it in good order."""
        if self.running is None:
            return
        self.running.terminate()
        try:
            self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.bury()
            raise
        finally:
            self.bury()


def _lives(worker: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE
    return False


@contextmanager
def all_ended(processes: list[Process]) -> Iterator[None]:
    """Nothing that was started here outlives the block."""
    try:
        yield
    finally:
        for process in processes:
            process.bury()


def until_broken(process: Process, *, seconds: float) -> bool:
    """Whether it broke within so many seconds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if process.is_broken:
            return True
        time.sleep(0.01)
    return False
