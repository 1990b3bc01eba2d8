"""Token buckets in the database, the same for every process: how often a thing may be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from homeroom.kit.models import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket: `burst` at once, and one more each `every`."""

    burst: float
    every: timedelta


def take(name: str, *, rate: Rate, now: datetime, cost: float = 1) -> bool:
    """Take `cost` out of the bucket of that name; whether there was enough in it.

    What is refused costs nothing, so that somebody who keeps trying is let in again in time. Two
    callers at once never take the same token: the row's lock orders them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO kit_throttle AS bucket (name, "left", at)
                VALUES (%(name)s, %(burst)s - %(cost)s, %(now)s)
                ON CONFLICT (name) DO UPDATE
                   SET "left" = {_REFILLED} - %(cost)s, at = greatest(bucket.at, %(now)s)
                 WHERE {_REFILLED} >= %(cost)s
                RETURNING 1""",  # noqa: S608
            {
                "name": name[:200],
                "burst": rate.burst,
                "cost": cost,
                "now": now,
                "every": rate.every.total_seconds(),
            },
        )
        return cursor.fetchone() is not None


_REFILLED = """least(%(burst)s, bucket."left" +
    greatest(0, extract(epoch FROM %(now)s::timestamptz - bucket.at)) / %(every)s)"""


def forget(*, before: datetime) -> int:
    """Throw away buckets that nobody has touched since `before`; how many there were."""
    n_gone, _ = Throttle.objects.filter(at__lt=before).delete()
    return n_gone
