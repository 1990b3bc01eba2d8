"""The one way a request changes: locked, its columns and its events written together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from homeroom.district.models import Service
from homeroom.kit.live import announce
from homeroom.tickets import automation
from homeroom.tickets.lifecycle import next_due
from homeroom.tickets.log import Actor, Entry, Type, as_written, record
from homeroom.tickets.models import Event, Message, Status, Ticket


class Change:
    """What is about to be written about one locked request."""

    def __init__(
        self, ticket: Ticket, *, by: Actor, at: datetime, now: datetime, because_id: int | None
    ) -> None:
        self.ticket = ticket
        self.by = by
        self.at = at
        self.now = now
        self.because_id = because_id
        self.events: list[Event] = []
        self._columns: set[str] = set()
        self._entries: list[Entry] = []
        self._topics: set[str] = set(topics(ticket))

    def set(self, kind: Type, /, **columns: object) -> bool:
        """Set columns that differ and say so in one event; whether anything differed."""
        was = {name: getattr(self.ticket, name) for name in columns}
        differing = {name: value for name, value in columns.items() if was[name] != value}
        if not differing:
            return False
        automation.check_columns(self.ticket, by=self.by, columns=differing)
        for name, value in differing.items():
            setattr(self.ticket, name, value)
        self._columns |= set(differing)
        self.say(
            kind,
            set={name: as_written(value) for name, value in differing.items()},
            was={name: as_written(was[name]) for name in differing},
        )
        return True

    def quietly(self, **columns: object) -> None:
        """Set columns that the log has no say in: texts for lists, flags, search."""
        for name, value in columns.items():
            setattr(self.ticket, name, value)
        self._columns |= set(columns)

    def say(self, kind: Type, /, *, message: Message | None = None, **data: object) -> None:
        """Write an event; `data` holds facts and ids, never words or names."""
        automation.check_event(self.ticket, by=self.by, kind=kind)
        self._entries.append(
            Entry(
                type=kind,
                at=self.at,
                actor=self.by,
                ticket=self.ticket,
                message=message,
                because_id=self.because_id,
                data=data,
            )
        )

    def give(self, *, team_id: int | None, assignee_id: int | None) -> None:
        """A new team and assignee; a request that somebody has is open."""
        self.set(Type.ASSIGNED, team_id=team_id, assignee_id=assignee_id)
        if assignee_id is not None and self.ticket.status == Status.NEW:
            self.set(Type.RESUMED, status=Status.OPEN)

    def reopen(self) -> None:
        """Open what was over; where nobody has it, a person looks whose it is."""
        self.set(Type.REOPENED, status=Status.OPEN, resolved_at=None)
        if self.ticket.team_id is None and self.ticket.assignee_id is None:
            self.quietly(needs_triage=True)

    def put_under(self, service: Service | None) -> None:
        """The service and the sensitivity that comes with it, unless the request is in danger."""
        self.set(Type.CLASSIFIED, service_id=service.pk if service else None)
        if not self.ticket.safety:
            self.quietly(sensitivity=service.sensitivity if service else "internal")

    def tell(self, context: Mapping[str, object], **columns: int | None) -> None:
        """New facts beside the old; the log names the fields, never the words."""
        if context:
            self.quietly(context={**self.ticket.context, **context})
            self.say(Type.DESCRIBED, fields=sorted(context))
        self.quietly(**columns)

    def write(self) -> None:
        """Store columns and events; called once, by `changing`."""
        if not self._entries and not self._columns:
            return
        ticket = self.ticket
        ticket.due_at = next_due(
            status=ticket.status,
            replied_at=ticket.replied_at,
            reply_due_at=ticket.reply_due_at,
            resolve_due_at=ticket.resolve_due_at,
        )
        ticket.changed_at = max(self.at, ticket.changed_at)
        ticket.save(update_fields=[*self._columns, "due_at", "changed_at"])
        self.events = record(self._entries, now=self.now)
        announce(sorted(self._topics | set(topics(ticket))), queues=["events"])


def topics(ticket: Ticket) -> Iterator[str]:
    """What open pages may be following that shows this request."""
    yield f"ticket:{ticket.pk}"
    if ticket.team_id:
        yield f"team:{ticket.team_id}"
    if ticket.needs_triage:
        yield "triage"


@contextmanager
def changing(
    ticket: Ticket | int,
    *,
    by: Actor,
    now: datetime,
    at: datetime | None = None,
    because_id: int | None = None,
) -> Iterator[Change]:
    """Lock the request, let the block say what changes, and write all of it at once.

    `at` is when it happened (default `now`). An exception inside writes nothing.
    """
    with transaction.atomic(savepoint=False):
        locked = Ticket.objects.select_for_update(of=("self",)).get(
            pk=ticket if isinstance(ticket, int) else ticket.pk
        )
        change = Change(locked, by=by, at=at or now, now=now, because_id=because_id)
        yield change
        change.write()
