"""The log: the one writer of events, and how to follow and replay it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from homeroom.tickets.models import Cursor, Event, Message, Ticket


class Type(StrEnum):
    """Everything that can happen to a request: a closed list of past-tense names."""

    OPENED = "ticket.opened"
    RECEIVED = "message.received"
    SENT = "message.sent"
    NOTED = "message.noted"
    MOVED = "message.moved"
    READ = "ticket.read"
    DESCRIBED = "ticket.described"
    CLASSIFIED = "ticket.classified"
    ASSIGNED = "ticket.assigned"
    PRIORITISED = "ticket.prioritised"
    PROMISED = "ticket.promised"
    WAITED = "ticket.waited"
    RESUMED = "ticket.resumed"
    RESOLVED = "ticket.resolved"
    REOPENED = "ticket.reopened"
    CLOSED = "ticket.closed"
    CONTINUED = "message.continued"
    LIKENED = "ticket.likened"
    PARTED = "ticket.parted"
    MERGED = "ticket.merged"
    UNMERGED = "ticket.unmerged"
    SPLIT = "ticket.split"
    REJOINED = "ticket.rejoined"
    LINKED = "ticket.linked"
    SUGGESTED = "route.suggested"
    ACCEPTED = "route.accepted"
    CORRECTED = "route.corrected"
    ALARMED = "safety.alarmed"
    CALLED = "safety.called"
    ACKNOWLEDGED = "safety.acknowledged"
    JOINED = "incident.joined"
    LEFT = "incident.left"
    NEARED = "incident.neared"
    SUSPECTED = "incident.suspected"
    CONFIRMED = "incident.confirmed"
    DISMISSED = "incident.dismissed"
    ENDED = "incident.ended"
    WATCHED = "ticket.watched"
    UNWATCHED = "ticket.unwatched"
    DELIVERED = "delivery.sent"
    UNDELIVERED = "delivery.failed"
    ANSWERED = "answer.given"
    ANSWER_ACCEPTED = "answer.accepted"
    ANSWER_REJECTED = "answer.rejected"
    ANSWER_RETURNED = "answer.returned"


PRESENT = (
    "status",
    "team_id",
    "assignee_id",
    "priority",
    "reply_due_at",
    "resolve_due_at",
    "service_id",
    "incident_id",
    "merged_into_id",
)
"""The columns of Ticket that the log must be able to give back."""

PAST = "past"
"""In the data of a loaded past's first event: nobody reacts to what its transaction wrote."""
LAST = 2**63 - 1
"""The highest id an event could have."""

WRITTEN = (
    "at",
    "recorded_at",
    "type",
    "ticket_id",
    "incident_id",
    "message_id",
    "actor_kind",
    "actor_id",
    "because_id",
    "data",
    "version",
)
"""The columns of Event that are given; the database knows the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it: a person, a rule, the model, the system or a connector."""

    kind: str
    id: int | None = None


SYSTEM = Actor(kind="system")
MODEL = Actor(kind="model")


def person(person_id: int | None) -> Actor:
    """The actor that is this person, or somebody we do not know."""
    return Actor(kind="person", id=person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event about to be written."""

    type: Type
    at: datetime
    actor: Actor
    ticket: Ticket | None
    data: Mapping[str, object]
    message: Message | None = None
    because_id: int | None = None
    incident_id: int | None = None
    """The incident of an event that is not about one request."""


def record(entries: Iterable[Entry], *, now: datetime) -> list[Event]:
    """Write events in order, in the caller's transaction, and return them with their ids.

    `data` holds facts and ids, never words or names. The reactions are woken when the transaction
    commits; a transaction that rolls back wakes nobody.
    """
    events = [
        Event(
            at=entry.at,
            recorded_at=now,
            type=entry.type,
            ticket=entry.ticket,
            incident_id=entry.ticket.incident_id if entry.ticket else entry.incident_id,
            message=entry.message,
            actor_kind=entry.actor.kind,
            actor_id=entry.actor.id,
            because_id=entry.because_id,
            data=dict(entry.data),
        )
        for entry in entries
    ]
    if events:
        _insert(events)
    return events


def _insert(events: list[Event]) -> None:
    """Store the rows and give them their numbers.

    By hand, as every change of a request comes by here: `bulk_create` takes five times as long.
    """
    row = f"({', '.join(['%s'] * len(WRITTEN))})"
    values: list[Any] = [
        Jsonb(event.data) if name == "data" else getattr(event, name)
        for event in events
        for name in WRITTEN
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tickets_event ({', '.join(WRITTEN)})"  # noqa: S608  (our own words)
            f" VALUES {', '.join([row] * len(events))} RETURNING id, xact",
            values,
        )
        for event, (number, xact) in zip(events, cursor.fetchall(), strict=True):
            event.pk, event.xact = number, xact


def as_written(value: object) -> object:
    """A column's value as the log keeps it: times in ISO 8601, everything else as it is."""
    return value.isoformat() if isinstance(value, datetime) else value


def replay(events: Iterable[Event]) -> dict[str, object]:
    """The present that the log of one request leads to: the columns of `PRESENT`, as written."""
    present: dict[str, object] = dict.fromkeys(PRESENT)
    for event in events:
        present |= {
            name: value for name, value in event.data.get("set", {}).items() if name in PRESENT
        }
    return present


def follow(name: str, *, limit: int = 200) -> Iterator[Event]:
    """Events this reader has not seen, oldest first; moves its cursor when all were taken.

    Must be called inside a transaction. One reader of a name works at a time: a second one gets
    nothing while the first holds the cursor. Events come in (transaction, id) order and only below
    the oldest transaction still open, so a row that commits late is never stepped over. A past that
    was loaded is.
    """
    Cursor.objects.get_or_create(name=name)
    cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if cursor is None:
        return
    began = at = (cursor.xact, cursor.event_id)
    events = _settled(*at, limit=limit)
    while events and PAST in events[0].data:
        at = (events[0].xact, LAST)
        events = _settled(*at, limit=limit)
    events = list(takewhile(lambda event: PAST not in event.data, events))
    yield from events
    if events:
        at = (events[-1].xact, events[-1].id)
    if at != began:
        Cursor.objects.filter(name=name).update(xact=at[0], event_id=at[1])


def _settled(xact: int, event_id: int, *, limit: int) -> list[Event]:
    """The next events that no open transaction can still come before."""
    return list(
        Event.objects.raw(
            """SELECT * FROM tickets_event
               WHERE (xact, id) > (%s, %s)
                 AND xact < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint
               ORDER BY xact, id LIMIT %s""",
            [xact, event_id, limit],
        )
    )


def hold(name: str) -> None:
    """Keep this reader waiting until the caller's transaction ends.

    Whoever locks requests in bulk takes this first: a reader has its cursor before it looks at
    requests, and the other order would be a deadlock.
    """
    Cursor.objects.get_or_create(name=name)
    Cursor.objects.select_for_update().get(name=name)


def skip_to_end(name: str) -> None:
    """Let this reader start after everything that is settled now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO tickets_cursor (name, xact, event_id)
               SELECT %s, coalesce(max(xact), 0), coalesce(max(id), 0) FROM
                 (SELECT xact, id FROM tickets_event ORDER BY xact DESC, id DESC LIMIT 1) AS newest
               ON CONFLICT (name) DO UPDATE
                 SET xact = excluded.xact, event_id = excluded.event_id""",
            [name],
        )
