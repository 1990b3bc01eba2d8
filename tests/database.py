"""One embedded PostgreSQL for the whole run, named in DATABASE_URL before Django reads its settings.

A plugin (`-p tests.database`) and not a conftest, because pytest-django imports the settings before
any conftest is read. Workers of xdist inherit the environment; pytest-django gives each a database
of its own on this server.
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
    if "HOMEROOM_TEST_HOME" in os.environ:
        return
    home = Path(tempfile.mkdtemp(prefix="homeroom-tests-"))
    home.chmod(0o711)  # as root the server runs under another account, which must pass through
    os.environ["HOMEROOM_TEST_HOME"] = os.environ["HOMEROOM_HOME"] = str(home)
    if os.environ.get("DATABASE_URL"):
        return
    _server = Server(home)
    os.environ["DATABASE_URL"] = _server.start()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        # Tests need no durable disk; what must be durable is tried by killing a server of its own.
        connection.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")


_start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what this process started."""
    if hasattr(config, "workerinput"):
        return
    if _server is not None:
        _server.stop()
    shutil.rmtree(os.environ["HOMEROOM_TEST_HOME"], ignore_errors=True)
