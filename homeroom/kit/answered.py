"""Answers remembered by the caller's own key, so that asking twice does nothing twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from homeroom.kit.errors import Expected
from homeroom.kit.models import Answered

KEPT = timedelta(hours=24)
"""How long an answer is remembered: long enough for a retry over night, short for what it holds."""
SWEPT = 10
"""Outlived answers that each new one takes with it, so that the table never only grows."""
_UNANSWERED = 0


class OtherRequest(Expected):
    """The key was used before, for something else."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key came before with another request. Use a new one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it was given: HTTP status and JSON body."""

    status: int
    body: dict[str, Any]


def claim(*, caller: str, key: str, request_hash: str, now: datetime) -> Kept | None:
    """The answer given before; nothing when there is none yet and the work must be done.

    Inside a transaction a second caller waits here until the first commits or rolls back: the
    unique constraint orders them.

    :raises OtherRequest: when the key came with another request.
    """
    _sweep(now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO kit_answered AS known (caller, key, request_hash, status, body, at)
               VALUES (%(caller)s, %(key)s, %(hash)s, %(none)s, '{}', %(now)s)
               ON CONFLICT (caller, key) DO UPDATE
                  SET request_hash = excluded.request_hash, status = excluded.status,
                      body = excluded.body, at = excluded.at
                WHERE known.at < %(before)s
               RETURNING 1""",
            {
                "caller": caller,
                "key": key,
                "hash": request_hash,
                "none": _UNANSWERED,
                "now": now,
                "before": now - KEPT,
            },
        )
        if cursor.fetchone() is not None:
            return None
    row = Answered.objects.filter(caller=caller, key=key).first()
    if row is not None and row.request_hash != request_hash:
        raise OtherRequest
    return Kept(status=row.status, body=row.body) if row and row.status != _UNANSWERED else None


def keep(*, caller: str, key: str, status: int, body: dict[str, Any]) -> Kept:
    """The answer remembered under a claimed key: this one, or one that was faster."""
    claimed = Answered.objects.filter(caller=caller, key=key)
    if not claimed.filter(status=_UNANSWERED).update(status=status, body=body):
        first = claimed.first()
        if first is not None:
            return Kept(status=first.status, body=first.body)
    return Kept(status=status, body=body)


def once(
    work: Callable[[], dict[str, Any]],
    *,
    caller: str,
    key: str,
    request_hash: str,
    now: datetime,
) -> dict[str, Any]:
    """What `work` answers, done once: it and the memory of it are one transaction.

    An exception takes back both, so that the same key may try again. An empty `key` asks for no
    memory.

    :raises OtherRequest: when the key came with another request.
    """
    with transaction.atomic():
        if not key:
            return work()
        known = claim(caller=caller, key=key, request_hash=request_hash, now=now)
        if known is not None:
            return known.body
        return keep(caller=caller, key=key, status=200, body=work()).body


def _sweep(*, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM kit_answered WHERE id IN (
                   SELECT id FROM kit_answered WHERE at < %s
                   ORDER BY at LIMIT %s FOR UPDATE SKIP LOCKED)""",
            [now - KEPT, SWEPT],
        )
