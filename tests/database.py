"""An embedded PostgreSQL for each process that tests, named in DATABASE_URL before Django reads it.

A plugin (`-p tests.database`) and not a conftest, because pytest-django imports the settings before
any conftest is read. Each worker of xdist has a server of its own: readers of the log wait for the
oldest open transaction of a server, and a long test of one worker would hold back all of another's.
"""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from homeroom.kit.postgres import Server

_server: Server | None = None


def _start() -> None:
    """Start the server in a folder of this run, unless a server is named or a parent did."""
    global _server  # noqa: PLW0603  (pytest ends it in another hook)
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if "HOMEROOM_TEST_HOME" in os.environ and not (is_worker and "HOMEROOM_TEST_OWN" in os.environ):
        return
    home = Path(tempfile.mkdtemp(prefix="homeroom-tests-"))
    home.chmod(0o711)  # as root the server runs under another account, which must pass through
    os.environ["HOMEROOM_TEST_HOME"] = os.environ["HOMEROOM_HOME"] = str(home)
    if os.environ.get("DATABASE_URL") and "HOMEROOM_TEST_OWN" not in os.environ:
        return
    os.environ["HOMEROOM_TEST_OWN"] = "yes"
    _server = Server(home)
    os.environ["DATABASE_URL"] = _server.start()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        # Tests need no durable disk; what must be durable is tried by killing a server of its own.
        connection.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")


_start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what this process started."""
    if _server is not None:
        _server.stop()
    elif hasattr(config, "workerinput"):
        return
    shutil.rmtree(os.environ["HOMEROOM_TEST_HOME"], ignore_errors=True)
