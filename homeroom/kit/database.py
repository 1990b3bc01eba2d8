"""Bringing the database up to this version of the code: the command `homeroom migrate`."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from homeroom.kit.errors import Expected

OLDEST = 15
"""The oldest PostgreSQL with all the SQL we use (MERGE, NULLS NOT DISTINCT, security_invoker)."""
_MIGRATING = 0x486F6D65
"""The advisory lock that lets one machine migrate while the others wait ("Home" in ASCII)."""


class DatabaseTooOld(Expected):
    """The named server lacks SQL that Homeroom uses."""


class DatabaseBehind(Expected):
    """The database was made by an earlier version of Homeroom."""


def check_version() -> None:
    """Raise DatabaseTooOld unless the server is PostgreSQL 15 or later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        (major,) = cursor.fetchone()
    if major < OLDEST:
        raise DatabaseTooOld(
            f"DATABASE_URL names PostgreSQL {major}, and Homeroom needs {OLDEST} or later."
        )


def pending() -> list[str]:
    """The names of the migrations that the database has not had yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> list[str]:
    """Apply what is pending and say what it was; safe to call on several machines at once."""
    with _alone():
        names = pending()
        if names:
            sys.stderr.write(f"Applying {_count(names)} to the database ...\n")
            call_command("migrate", interactive=False, verbosity=0)
    return names


def ready(*, brings_up: bool = False) -> None:
    """Make an empty database ours; one of an earlier version only where `brings_up` says so.

    What is in use is changed only by those who say so: another machine may still run the earlier
    version on it.

    :raises DatabaseBehind: when an earlier version made it, naming the command that helps.
    """
    if not pending():
        return
    with _alone():  # another process may be at it: what is pending then is known after it ended
        names, is_empty = pending(), not MigrationRecorder(connection).applied_migrations()
    if names and not (is_empty or brings_up):
        raise DatabaseBehind(
            f"The database is behind this version by {_count(names)}: run `homeroom migrate` first."
        )
    migrate()


@contextmanager
def _alone() -> Iterator[None]:
    """One migrating process per database, and as long as it takes: no time limits in here."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
    try:
        yield
    finally:
        connection.close()  # the lock and the limits belong to the session


def _count(names: list[str]) -> str:
    return "1 migration" if len(names) == 1 else f"{len(names)} migrations"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `homeroom migrate` takes."""
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if behind")


def run(options: argparse.Namespace) -> int:
    """Migrate, or with --check only tell whether there is something to do."""
    names = pending() if options.check else migrate()
    done = "is behind by" if options.check else "took"
    said = f"The database {done} {_count(names)}." if names else "The database is up to date."
    sys.stdout.write(f"{said}\n")
    return 1 if options.check and names else 0
