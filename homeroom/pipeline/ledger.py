"""The ledger: every hour, what came in must equal what became of it."""

from datetime import datetime, timedelta

from django.db import connection

from homeroom.channels.models import Envelope, Hour

LOOK_BACK = timedelta(days=7)
"""Hours are checked again for so long: a held message may be settled days later."""
OVERDUE = timedelta(minutes=15)
"""Something that waits longer than this is a finding."""


def balance(*, now: datetime) -> list[Hour]:
    """Check every hour since `LOOK_BACK`, write it down, and return those that do not balance.

    An hour balances when nothing that came in has vanished since it was first counted, everything
    filed has its message, and nothing has been waiting longer than `OVERDUE`.
    """
    findings = []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.channel, date_trunc('hour', e.received_at) AS hour, count(*),
                      count(*) FILTER (WHERE e.state = 'filed'),
                      count(*) FILTER (WHERE e.state = 'ignored'),
                      count(*) FILTER (WHERE e.state = 'held'),
                      count(*) FILTER (WHERE e.state = 'quarantined'),
                      count(*) FILTER (WHERE e.state = 'received'),
                      count(*) FILTER (WHERE e.state = 'received' AND e.received_at < %s),
                      count(*) FILTER (WHERE e.state = 'filed' AND e.message_id IS NULL)
               FROM channels_envelope e WHERE e.received_at >= %s GROUP BY 1, 2 ORDER BY 2, 1""",
            [now - OVERDUE, now - LOOK_BACK],
        )
        rows = cursor.fetchall()
    before = {
        (hour.channel, hour.starts_at): hour.came_in
        for hour in Hour.objects.filter(starts_at__gte=now - LOOK_BACK - timedelta(hours=1))
    }
    seen = set()
    for channel, starts_at, came_in, filed, ignored, held, aside, waiting, overdue, lost in rows:
        seen.add((channel, starts_at))
        counted = before.get((channel, starts_at), 0)
        found = [
            sentence
            for wrong, sentence in (
                (came_in < counted, f"{counted - came_in} that came in are gone."),
                (overdue > 0, f"{overdue} wait longer than 15 minutes."),
                (lost > 0, f"{lost} were filed but have no message."),
            )
            if wrong
        ]
        hour, _ = Hour.objects.update_or_create(
            channel=channel,
            starts_at=starts_at,
            defaults={
                "came_in": max(came_in, counted),
                "filed": filed,
                "ignored": ignored,
                "held": held,
                "quarantined": aside,
                "waiting": waiting,
                "checked_at": now,
                "is_balanced": not found,
                "finding": " ".join(found)[:300],
            },
        )
        if found:
            findings.append(hour)
    for (channel, starts_at), counted in before.items():
        if (channel, starts_at) not in seen and counted and starts_at >= now - LOOK_BACK:
            hour = Hour.objects.get(channel=channel, starts_at=starts_at)
            hour.is_balanced, hour.finding = False, f"{counted} that came in are gone."
            hour.checked_at = now
            hour.save(update_fields=["is_balanced", "finding", "checked_at"])
            findings.append(hour)
    return findings


def waiting(*, now: datetime) -> int:
    """How many envelopes wait longer than `OVERDUE`."""
    return Envelope.objects.filter(
        state=Envelope.State.RECEIVED, received_at__lt=now - OVERDUE
    ).count()
