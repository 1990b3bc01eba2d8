"""The command `homeroom` as a shell sees it: exit codes, and sentences instead of tracebacks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from homeroom.__main__ import COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def homeroom(open_path: Path):
    """Run the command in a home of its own against the suite's server, or another."""

    def run(*words: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {"HOMEROOM_HOME": str(open_path / "home"), **environment}
        return subprocess.run(
            [sys.executable, "-m", "homeroom", *words],
            input=said,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
            env={**os.environ, "PYTHONWARNINGS": "", **settings},
            check=False,
        )

    return run


@pytest.fixture
def nowhere() -> dict[str, str]:
    """A database that nobody serves."""
    return {"DATABASE_URL": "postgresql://homeroom@127.0.0.1:1/homeroom"}


def test_alone_it_lists_its_commands(homeroom) -> None:
    done = homeroom()
    assert done.returncode == 0
    assert all(f"    {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_explains_itself_without_a_database(homeroom, nowhere, name: str) -> None:
    done = homeroom(name, "--help", **nowhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: homeroom {name}")


@pytest.mark.parametrize("words", [("nonsense",), ("check", "--nonsense"), ("--nonsense",)])
def test_bad_words_are_exit_2(homeroom, words: tuple[str, ...]) -> None:
    done = homeroom(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_one_sentence(homeroom, nowhere) -> None:
    done = homeroom("migrate", **nowhere)
    assert done.returncode == 2
    assert done.stderr.startswith("The database does not answer")
    assert len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_where(homeroom, nowhere) -> None:
    assert "Traceback" in homeroom("migrate", "--debug", **nowhere).stderr


def test_mail_that_could_not_be_kept_is_to_be_tried_again(homeroom, nowhere) -> None:
    message = "From: ana@example.com\n\nHello"
    assert homeroom("receive", "--channel", "email", said=message, **nowhere).returncode == 75
    assert homeroom("receive", "--channel", "pigeon", said=message, **nowhere).returncode == 75


def test_check_shows_every_setting_and_no_secret(homeroom, nowhere) -> None:
    done = homeroom("check", "--json", HOMEROOM_SMTP="smtp://me:hidden@mail.example", **nowhere)
    report = json.loads(done.stdout)
    names = {row["name"] for row in report["settings"]}
    assert {"HOMEROOM_HOME", "DATABASE_URL", "HOMEROOM_SMTP", "HOMEROOM_PROXIES"} <= names
    assert all(row["purpose"] for row in report["settings"])
    assert "hidden" not in done.stdout
    assert any("does not answer" in one["what"] for one in report["findings"])


def test_check_calls_an_open_origin_unsafe(homeroom, nowhere) -> None:
    done = homeroom("check", HOMEROOM_ORIGIN="http://help.district.example", **nowhere)
    assert done.returncode == 1
    assert "unsafe: HOMEROOM_ORIGIN" in done.stdout


def test_check_names_a_file_of_authorities_that_is_none(homeroom, nowhere) -> None:
    done = homeroom("check", HOMEROOM_CA="/nowhere/ca.pem", **nowhere)
    assert "missing: HOMEROOM_CA names /nowhere/ca.pem, which holds no certificates" in done.stdout


def test_a_whole_install_from_nothing_leaves_nothing_behind(homeroom, open_path: Path) -> None:
    own = {"DATABASE_URL": ""}
    assert homeroom("migrate", "--check", **own).returncode == 1
    assert homeroom("migrate", **own).returncode == 0
    assert homeroom("migrate", "--check", **own).returncode == 0
    made = homeroom("admin", "dana.lee@cedarvalley.example", "--generate", **own)
    assert made.returncode == 0
    assert "Password: " in made.stdout
    weak = homeroom("admin", "a@b.example", "--password-stdin", said="short\n", **own)
    assert weak.returncode == 2
    assert "too short" in weak.stderr
    assert homeroom("admin", "nonsense", "--generate", **own).returncode == 2
    assert not (open_path / "home" / "postgres" / "url").exists()
