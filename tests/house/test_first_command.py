"""A stranger's first command: whatever it is, the database is made ready for it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from homeroom.demo.supervising import free_port
from tests.district.folder import write

ROOT = Path(__file__).parents[2]
MAIL = "From: ana.flores@example.com\nSubject: Bus 12\n\nBus 12 did not come.\n"


def start(home: Path, *words: str, url: str) -> subprocess.Popen[str]:
    """The command at work in a home of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "homeroom", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "HOMEROOM_HOME": str(home), "DATABASE_URL": url},
    )


def run(home: Path, *words: str, url: str, said: str = "") -> tuple[int, str]:
    """Exit code of the command, and what it said on either side."""
    process = start(home, *words, url=url)
    out, complaints = process.communicate(said, timeout=180)
    return process.returncode, out + complaints


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of an empty database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"first_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(parts._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_init_on_nothing_at_all(open_path: Path) -> None:
    home = open_path / "home"
    code, said = run(home, "init", str(write(open_path / "district")), url="")
    assert code == 0, said
    assert "users.csv: 5 added" in said


def test_init_into_an_empty_database_of_ones_own(open_path: Path, empty: str) -> None:
    folder = write(open_path / "district")
    code, said = run(open_path / "home", "init", str(folder), url=empty)
    assert code == 0, said
    with psycopg.connect(empty) as connection:
        (people,) = connection.execute("SELECT count(*) FROM district_person").fetchone()
    assert people == 5


def test_replay_needs_a_district(open_path: Path, empty: str) -> None:
    lines, told = open_path / "lines.jsonl", open_path / "told.jsonl"
    lines.write_text(
        '{"id": "1", "at": "2026-11-24T15:38:00Z", "channel": "sms", "text": "Bus 12 is late"}\n'
    )
    code, said = run(open_path / "home", "replay", str(lines), "--out", str(told), url=empty)
    assert code == 2
    assert said.splitlines()[-1] == "No district is loaded here: run `homeroom init DIR` first."
    assert not told.exists()


def test_pages_and_work_at_once(open_path: Path, empty: str) -> None:
    """Two processes that start together on an empty database: one prepares it, the other waits."""
    port = free_port()
    both = [
        start(open_path / "home", "serve", "--port", str(port), url=empty),
        start(open_path / "home", "work", url=empty),
    ]
    assert run(open_path / "home", "receive", "--channel", "email", url=empty, said=MAIL)[0] == 0
    try:
        ends = time.monotonic() + 120
        answer = 0
        while answer != 200 and time.monotonic() < ends:
            assert [one.poll() for one in both] == [None, None]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as page:
                    answer = page.status
            except OSError:
                time.sleep(0.3)
        assert answer == 200
    finally:
        for one in both:
            one.send_signal(signal.SIGTERM)
        for one in both:
            one.communicate(timeout=60)


def test_a_database_of_an_earlier_version_is_left_to_those_who_say_so(
    open_path: Path, empty: str
) -> None:
    home = open_path / "home"
    assert run(home, "admin", "dana.lee@cedarvalley.example", "--generate", url=empty)[0] == 0
    with psycopg.connect(empty) as connection:  # as it stood before sessions were kept
        connection.execute("DROP TABLE django_session")
        connection.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    code, said = run(home, "admin", "dana.lee@cedarvalley.example", "--generate", url=empty)
    assert code == 2
    assert said.splitlines()[-1] == (
        "The database is behind this version by 1 migration: run `homeroom migrate` first."
    )
    assert run(home, "receive", "--channel", "email", url=empty, said=MAIL)[0] == 75
    assert run(home, "init", str(write(open_path / "district")), url=empty)[0] == 0
    with psycopg.connect(empty) as connection:
        connection.execute("SELECT 1 FROM django_session")
