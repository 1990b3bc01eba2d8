"""How the house is: what came last through each door, what waits, and whether the ledger balances.

Every count stops at `MANY`: a queue that long is in trouble, however long it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from homeroom.channels.models import Delivery, Envelope, Hour
from homeroom.district.models import Channel
from homeroom.pipeline import ledger
from homeroom.pipeline.reactions import READER
from homeroom.tickets.models import Message

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

MANY = 1_000
RECENT = timedelta(days=30)
"""How far back the last message of one of several channels of a kind is looked for."""
LEDGER_SHOWN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What came through one channel."""

    last: datetime | None
    today: int
    """Since the moment that was asked about, counted to `MANY` + 1."""
    trouble: str
    """Why its mailbox cannot be read, in a sentence; empty when it can or when it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue of rows: how many wait, counted to `MANY` + 1, and since when the oldest does."""

    name: str
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The ledger of the last days."""

    checked_at: datetime | None
    findings: tuple[tuple[str, datetime, str], ...]
    """Channel, hour and sentence of each hour that does not balance, newest first."""
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What came in since a moment, and what became of it."""

    came: int
    filed: int
    ignored: int
    held: int
    quarantined: int


def _may(viewer: "Viewer") -> bool:
    return viewer.kind in {"administrator", "system"}


def door(channel: Channel, *, viewer: "Viewer", since: datetime, now: datetime) -> Door:
    """When the last message came through a channel, and how many since `since`."""
    if not _may(viewer):
        return Door(last=None, today=0, trouble="")
    rows = Envelope.objects.filter(channel=channel.kind)
    if Channel.objects.filter(kind=channel.kind).count() > 1:
        named = Q(entry_id=channel.pk) | Q(recipients__contains=[channel.address])
        rows = rows.filter(named, received_at__gte=now - RECENT)
    times = rows.order_by("-received_at").values_list("received_at", flat=True)
    return Door(
        last=times.first(),
        today=len(times.filter(received_at__gte=since)[: MANY + 1]),
        trouble=next(filter(None, (read.get("trouble") for read in channel.cursor.values())), ""),
    )


def queues(*, viewer: "Viewer") -> list[Queue]:
    """Every queue of the house: mail to file, messages to understand, events to react to, letters
    to send.
    """
    if not _may(viewer):
        return []
    envelopes = Envelope.objects.filter(state=Envelope.State.RECEIVED).order_by("id")
    unread = Message.objects.filter(direction=Message.Direction.IN, read_at=None).order_by("id")
    letters = Delivery.objects.filter(state=Delivery.State.QUEUED).order_by("next_at", "id")
    rows = {
        "envelopes": list(envelopes.values_list("received_at", flat=True)[: MANY + 1]),
        "triage": list(unread.values_list("recorded_at", flat=True)[: MANY + 1]),
        "events": _events(),
        "deliveries": list(letters.values_list("made_at", flat=True)[: MANY + 1]),
    }
    return [
        Queue(name=name, count=len(times), oldest=min(times) if times else None)
        for name, times in rows.items()
    ]


def _events() -> list[datetime]:
    """When the events were recorded that nobody has reacted to yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT recorded_at FROM tickets_event WHERE (xact, id) > (
                   SELECT coalesce(max(xact), 0), coalesce(max(event_id), 0)
                   FROM tickets_cursor WHERE name = %s)
               ORDER BY xact, id LIMIT %s""",
            [READER, MANY + 1],
        )
        return [row[0] for row in cursor.fetchall()]


def failed_letters(*, viewer: "Viewer", now: datetime) -> int:
    """Letters of the last day that could not be delivered, among the newest `MANY` letters."""
    if not _may(viewer):
        return 0
    newest = Delivery.objects.order_by("-id").values_list("state", "made_at")[:MANY]
    return sum(
        state == Delivery.State.FAILED and made_at > now - timedelta(days=1)
        for state, made_at in newest
    )


def books(*, viewer: "Viewer", now: datetime) -> Books:
    """Whether what came in equals what became of it."""
    if not _may(viewer):
        return Books(checked_at=None, findings=(), overdue=0)
    hours = Hour.objects.filter(starts_at__gte=now - LEDGER_SHOWN).order_by("-starts_at")
    newest = hours.order_by("-checked_at").first()
    return Books(
        checked_at=newest.checked_at if newest else None,
        findings=tuple(
            (row.channel, row.starts_at, row.finding) for row in hours.filter(is_balanced=False)[:5]
        ),
        overdue=ledger.waiting(now=now),
    )


def counts(*, viewer: "Viewer", since: datetime) -> Counts:
    """What came in since then, which is not long ago, and what became of it."""
    states: list[str] = []
    if _may(viewer):
        rows = Envelope.objects.filter(received_at__gte=since).order_by("-received_at")
        states = list(rows.values_list("state", flat=True)[: 10 * MANY])
    return Counts(
        came=len(states),
        filed=states.count("filed"),
        ignored=states.count("ignored"),
        held=states.count("held"),
        quarantined=states.count("quarantined"),
    )
