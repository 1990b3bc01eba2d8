"""Telling waiting processes and open pages that something changed, when the transaction commits."""

from collections.abc import Iterable

from django.db import connection

LIVE = "homeroom_live"
"""The NOTIFY channel that open pages follow; the payload is a topic, never words or names."""
WORK = "homeroom_work"
"""The NOTIFY channel that drainers follow; the payload is a queue's name."""


def announce(topics: Iterable[str], *, queues: Iterable[str] = ()) -> None:
    """Tell open pages of `topics` and wake `queues` when the caller's transaction commits.

    PostgreSQL folds equal notices of one transaction into one.
    """
    notices = [(LIVE, topic) for topic in topics] + [(WORK, queue) for queue in queues]
    if notices:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT " + ", ".join(["pg_notify(%s, %s)"] * len(notices)),
                [part for notice in notices for part in notice],
            )
