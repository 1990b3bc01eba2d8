"""`homeroom demo`, from nothing to ready, and what is left when it ends: nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from homeroom.demo.supervising import Supervisor

ROOT = Path(__file__).parents[2]
READY = re.compile(r"^Homeroom is ready at (http://127\.0\.0\.1:\d+)$", re.MULTILINE)


class Demo:
    """One `homeroom demo` and what it has said."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home = home
        self.said = home.parent / f"said-{time.monotonic_ns()}"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "homeroom", "demo", *words],
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={
                    **os.environ,
                    "HOMEROOM_HOME": str(home),
                    "DATABASE_URL": "",
                    "PYTHONWARNINGS": "",
                },
                start_new_session=True,
            )

    def address(self) -> str:
        ends = time.monotonic() + 300
        while time.monotonic() < ends and self.process.poll() is None:
            if found := READY.search(self.said.read_text()):
                return found[1]
            time.sleep(0.1)
        raise AssertionError(f"{self.process.poll()}: {self.said.read_text()}")

    def processes(self) -> list[int]:
        """Everything that runs for this home."""
        mark = f"HOMEROOM_HOME={self.home}".encode()
        found = []
        for process in Path("/proc").iterdir():
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except (OSError, ValueError):
                continue
        return found + servers_below(self.home)


def servers_below(folder: Path) -> list[int]:
    """Servers do not inherit our environment; they are told by their command line."""
    mark = os.fsencode(folder)
    return [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and mark in command_of(process)
    ]


def command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def gone(demo: Demo, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while demo.processes() and time.monotonic() < ends:
        time.sleep(0.1)
    return demo.processes() == []


def test_from_nothing_to_ready_and_back(open_path: Path) -> None:
    home = open_path / "home"
    first = Demo(home, "--no-traffic", "--pupils", "1000")
    address = first.address()
    with urllib.request.urlopen(f"{address}/readyz", timeout=20) as answer:
        assert answer.status == 200
    assert "theo.ramos@cedarvalley.example" in first.said.read_text()

    twin = Demo(home, "--no-traffic")
    assert twin.process.wait(60) == 2
    assert "already runs" in twin.said.read_text()

    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(40) == 0
    assert gone(first, 10)

    again = Demo(home, "--no-traffic")
    again.address()
    assert "Writing" not in again.said.read_text()
    again.process.kill()
    again.process.wait()
    assert gone(again, 20)


def test_a_taken_port_is_one_sentence(open_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        demo = Demo(open_path / "home", "--port", str(taken.getsockname()[1]))
        assert demo.process.wait(60) == 2
    assert "choose another with --port" in demo.said.read_text()
    assert "Traceback" not in demo.said.read_text()


@pytest.fixture
def handlers() -> Iterator[None]:
    """A supervisor takes over signals; give them back."""
    names = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(name) for name in names]
    yield
    for name, handler in zip(names, before, strict=True):
        signal.signal(name, handler)


def test_what_dies_is_started_again_after_a_pause(
    tmp_path: Path, handlers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    count = f"open({str(tmp_path / 'count')!r}, 'a').write('x')"
    with Supervisor(tmp_path / "logs") as house:
        house.start("brief", "-c", count)
        ends = time.monotonic() + 20
        while time.monotonic() < ends and not (tmp_path / "count").exists():
            time.sleep(0.05)
        while time.monotonic() < ends and len((tmp_path / "count").read_text()) < 2:
            house.tend()
            time.sleep(0.05)
    assert len((tmp_path / "count").read_text()) == 2
    assert "brief ended (0); starting it again in 1 s" in capsys.readouterr().out


def test_what_does_not_end_by_itself_is_killed_with_its_children(
    tmp_path: Path, handlers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeroom.demo.supervising.PATIENCE_SECONDS", 1)
    stubborn = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)', {str(tmp_path)!r}]); "
        "print('up', flush=True); time.sleep(99)"
    )
    with Supervisor(tmp_path / "logs") as house:
        house.start("stubborn", "-c", stubborn)
        ends = time.monotonic() + 20
        while time.monotonic() < ends and "up" not in (tmp_path / "logs/stubborn.log").read_text():
            time.sleep(0.05)
    assert servers_below(tmp_path) == []
