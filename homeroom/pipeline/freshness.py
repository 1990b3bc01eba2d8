"""What the district keeps elsewhere is taken in when due; a bad day keeps the last good copy."""

import logging
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app

from homeroom.district import queries as district
from homeroom.district.models import Account
from homeroom.district.permissions import SYSTEM
from homeroom.kit import blobs, clock, outside
from homeroom.kit.errors import Expected
from homeroom.kit.failpoint import reach
from homeroom.knowledge.origins import Source
from homeroom.knowledge.sources import doubts, keeping, reading
from homeroom.knowledge.sources.keeping import Tally

log = logging.getLogger(__name__)

QUEUE: Final = keeping.QUEUE
LEASE: Final = timedelta(minutes=5)
"""How long one worker has for one source before another tries; reading takes 80 s at most."""


def drain(*, now: datetime) -> int:
    """Take in the source that has been due the longest; how many were (0 or 1)."""
    source = _claim(now=now)
    if source is None:
        return 0
    refresh(source, now=now)
    return 1


def refresh(source: Source, *, now: datetime) -> None:
    """Take in what stands at the source's address now, or its last copy again."""
    try:
        if source.address:
            _from_address(source, now=now)
        elif source.content:
            keeping.take_in(source, blobs.content(source.content), zone=_zone(), now=now)
    except Source.DoesNotExist:
        return  # it was removed while it was read
    except Expected as error:
        keeping.fail(source, error=str(error), now=now)
    except Exception:  # a source that nobody can explain must not hold up the others
        log.exception("source %s could not be taken in", source.pk)
        keeping.fail(source, error="Something broke on our side while reading it.", now=now)


def hand_in(source: Source, content: bytes, *, now: datetime) -> Tally:
    """Take in a file that somebody gives us.

    :raises Unreadable: when nothing can be taken out of it; what was known stays.
    """
    return keeping.take_in(source, content, zone=_zone(), now=now)


def add_file(
    content: bytes, *, values: dict[str, object], by: Account | None, now: datetime
) -> tuple[Source, Tally]:
    """A new source of a file; nothing is kept of one that cannot be read.

    :raises Unreadable: when nothing can be taken out of it.
    """
    draft = Source(**{name: values[name] for name in ("name", "file", "language")})
    draft.kind = reading.kind_of(content, draft.file)
    taken = reading.read(content, source=draft, zone=_zone(), now=now)
    with transaction.atomic():
        source = keeping.save(None, values=values, by=by, now=now)
        source.kind = draft.kind
        return source, keeping.put(source, taken, content=content, zone=_zone(), now=now)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="doubts", queue="timed")
def every_ten_minutes(timestamp: int) -> None:  # noqa: ARG001
    """Look what contradicts what the district keeps elsewhere."""
    doubts.weigh(now=clock.now())


def _claim(*, now: datetime) -> Source | None:
    if not Source.objects.filter(due_at__lte=now).exists():
        return None  # looked at every few seconds: no transaction for nothing
    with transaction.atomic():
        due = Source.objects.filter(due_at__lte=now).order_by("due_at", "id")
        source = due.select_for_update(skip_locked=True).first()
        if source is not None:
            Source.objects.filter(pk=source.pk).update(due_at=now + LEASE)
    return source


def _from_address(source: Source, *, now: datetime) -> None:
    found = outside.fetch(
        source.address,
        inside=settings.INSIDE,
        etag=source.etag if source.content else "",
        modified=source.modified if source.content else "",
    )
    reach("freshness.fetched")
    if not found.is_same:
        keeping.take_in(
            source,
            found.content,
            zone=_zone(),
            now=now,
            etag=found.etag,
            modified=found.modified,
        )
    elif source.kind == Source.Kind.CALENDAR:
        # The year ahead of a calendar that stays the same moves on.
        keeping.take_in(
            source,
            blobs.content(source.content),
            zone=_zone(),
            now=now,
            etag=source.etag,
            modified=source.modified,
        )
    else:
        keeping.confirm(source, now=now)


def _zone() -> ZoneInfo:
    return ZoneInfo(district.district(viewer=SYSTEM).timezone)
