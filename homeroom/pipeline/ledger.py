"""The ledger: every hour, what came in must equal what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from homeroom.channels.models import Envelope, Hour

LOOK_BACK = timedelta(days=7)
"""Hours are checked again for so long: a held message may be settled days later."""
OVERDUE = timedelta(minutes=15)
"""Something that waits longer than this is a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One hour of one channel as the envelopes tell it."""

    channel: str
    starts_at: datetime
    came_in: int
    filed: int
    ignored: int
    held: int
    quarantined: int
    waiting: int
    overdue: int
    lost: int

    def finding(self, *, counted: int) -> str:
        """What is wrong with the hour, of which `counted` had come in before; empty if nothing."""
        wrongs = (
            (self.came_in < counted, f"{counted - self.came_in} that came in are gone."),
            (self.overdue > 0, f"{self.overdue} wait longer than 15 minutes."),
            (self.lost > 0, f"{self.lost} were filed but have no message."),
        )
        return " ".join(sentence for is_so, sentence in wrongs if is_so)


def balance(*, now: datetime) -> list[Hour]:
    """Check every hour since `LOOK_BACK`, write it down, and return those that do not balance.

    An hour balances when nothing that came in has vanished since it was first counted, everything
    filed has its message, and nothing has been waiting longer than `OVERDUE`.
    """
    since = now - LOOK_BACK
    before = {
        (hour.channel, hour.starts_at): hour.came_in
        for hour in Hour.objects.filter(starts_at__gte=since)
    }
    counts = {(one.channel, one.starts_at): one for one in _counts(since=since, now=now)}
    for channel, starts_at in before.keys() - counts.keys():
        counts[channel, starts_at] = _nothing(channel, starts_at)
    hours = [
        _write(counts[place], counted=before.get(place, 0), now=now) for place in sorted(counts)
    ]
    return [hour for hour in hours if not hour.is_balanced]


def _counts(*, since: datetime, now: datetime) -> list[Count]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.channel, date_trunc('hour', e.received_at), count(*),
                      count(*) FILTER (WHERE e.state = 'filed'),
                      count(*) FILTER (WHERE e.state = 'ignored'),
                      count(*) FILTER (WHERE e.state = 'held'),
                      count(*) FILTER (WHERE e.state = 'quarantined'),
                      count(*) FILTER (WHERE e.state = 'received'),
                      count(*) FILTER (WHERE e.state = 'received' AND e.received_at < %s),
                      count(*) FILTER (WHERE e.state = 'filed' AND e.message_id IS NULL)
               FROM channels_envelope e WHERE e.received_at >= date_trunc('hour', %s::timestamptz)
               GROUP BY 1, 2""",
            [now - OVERDUE, since],
        )
        names = Count.__slots__
        return [Count(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _nothing(channel: str, starts_at: datetime) -> Count:
    """An hour of which no envelope is left."""
    zeros = dict.fromkeys(Count.__slots__[2:], 0)
    return Count(channel=channel, starts_at=starts_at, **zeros)


def _write(count: Count, *, counted: int, now: datetime) -> Hour:
    finding = count.finding(counted=counted)
    hour, _ = Hour.objects.update_or_create(
        channel=count.channel,
        starts_at=count.starts_at,
        defaults={
            "came_in": max(count.came_in, counted),
            "filed": count.filed,
            "ignored": count.ignored,
            "held": count.held,
            "quarantined": count.quarantined,
            "waiting": count.waiting,
            "checked_at": now,
            "is_balanced": not finding,
            "finding": finding[:300],
        },
    )
    return hour


def waiting(*, now: datetime) -> int:
    """How many envelopes wait longer than `OVERDUE`."""
    return Envelope.objects.filter(
        state=Envelope.State.RECEIVED, received_at__lt=now - OVERDUE
    ).count()
