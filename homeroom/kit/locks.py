"""Locks that live as long as their holder and never hold a transaction open."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held(space: int, number: int) -> Iterator[bool]:
    """Whether this connection got the lock; it is let go at the end, or by dying.

    `space` is a 32-bit namespace; `number` is taken modulo 2³¹. Needs a session of its own: not
    through a pooler in transaction mode.
    """
    key = number % 2**31
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, key])
        got = bool((cursor.fetchone() or (False,))[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, key])
