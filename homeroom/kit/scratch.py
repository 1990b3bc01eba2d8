"""A scratch copy of the tables: filled where asked, empty otherwise, gone at the end."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import connection

from homeroom.kit import ids
from homeroom.kit.locks import held

PREFIX = "homeroom_scratch_"
SPACE = 0x53637261
"""Namespace of the advisory locks that say a scratch schema is still in use."""


@contextmanager
def clone(*, keep: Collection[str]) -> Iterator[None]:
    """Inside, this connection sees its own empty copy of every table; those in `keep` have rows.

    Indexes and constraints are the same, foreign keys and triggers are not copied. The install is
    untouched. A scratch left behind by a process that died is removed by the next one.
    """
    _sweep()
    number = int(ids.token(4), 16) % 2**31
    name = f"{PREFIX}{number}"
    with held(SPACE, number):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            home = (cursor.fetchone() or ("public",))[0]
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [home])
            tables = sorted(row[0] for row in cursor.fetchall())
            cursor.execute(f"CREATE SCHEMA {name}")
            for table in tables:
                cursor.execute(
                    f'CREATE UNLOGGED TABLE {name}."{table}" (LIKE {home}."{table}" INCLUDING ALL)'
                )
                if table in keep:
                    _copy(table, home, name)
            cursor.execute(f"SET search_path TO {name}")
            cursor.execute("SET synchronous_commit TO off")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"SET search_path TO {home}")
                cursor.execute("RESET synchronous_commit")
                cursor.execute(f"DROP SCHEMA {name} CASCADE")


def _copy(table: str, home: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
               WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER'""",
            [home, table],
        )
        columns = (cursor.fetchone() or ("",))[0]
        cursor.execute(
            f'INSERT INTO {name}."{table}" ({columns}) OVERRIDING SYSTEM VALUE '  # noqa: S608
            f'SELECT {columns} FROM {home}."{table}"'
        )


def _sweep() -> None:
    """Drop scratch schemas whose process no longer holds their lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s",
            [PREFIX.replace("_", r"\_") + "%"],
        )
        left = [row[0] for row in cursor.fetchall()]
    for name in left:
        number = int(name.removeprefix(PREFIX))
        with held(SPACE, number) as mine:
            if mine:
                with connection.cursor() as cursor:
                    cursor.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
