"""Everything that can be done to a request besides speaking; each atomic, each in the log."""

from datetime import datetime

from django.db import transaction

from homeroom.district.models import Person, Service, Team
from homeroom.kit import ids
from homeroom.tickets import lifecycle
from homeroom.tickets.log import Actor, Type
from homeroom.tickets.models import Participant, Status, Ticket
from homeroom.tickets.writing import changing


def assign(
    ticket: Ticket,
    *,
    team: Team | None,
    assignee: Person | None,
    by: Actor,
    now: datetime,
    because_id: int | None = None,
) -> Ticket:
    """Give the request to a team and, when named, to a person; a person has looked at it now."""
    with changing(ticket, by=by, now=now, because_id=because_id) as change:
        change.give(
            team_id=team.pk if team else None, assignee_id=assignee.pk if assignee else None
        )
        change.quietly(needs_triage=False)
    return change.ticket


def classify(ticket: Ticket, *, service: Service | None, by: Actor, now: datetime) -> Ticket:
    """Say which service this request asks for; its sensitivity follows the service's."""
    with changing(ticket, by=by, now=now) as change:
        change.put_under(service)
    return change.ticket


def prioritise(ticket: Ticket, *, priority: int, by: Actor, now: datetime) -> Ticket:
    """Set the priority, 1 (danger, whole site) to 4 (planned work)."""
    with changing(ticket, by=by, now=now) as change:
        change.set(Type.PRIORITISED, priority=priority)
    return change.ticket


def promise(
    ticket: Ticket,
    *,
    reply_due_at: datetime | None,
    resolve_due_at: datetime | None,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Set when the first reply and the end are due."""
    with changing(ticket, by=by, now=now) as change:
        change.set(Type.PROMISED, reply_due_at=reply_due_at, resolve_due_at=resolve_due_at)
    return change.ticket


def wait(ticket: Ticket, *, until: datetime | None, by: Actor, now: datetime) -> Ticket:
    """The next move is somebody else's, until a time or until they write."""
    with changing(ticket, by=by, now=now) as change:
        lifecycle.check(change.ticket.status, Status.WAITING)
        change.set(Type.WAITED, status=Status.WAITING, waiting_until=until)
        change.quietly(needs_triage=False)
    return change.ticket


def resume(ticket: Ticket, *, by: Actor, now: datetime) -> Ticket:
    """The waiting is over; the next move is the team's."""
    with changing(ticket, by=by, now=now) as change:
        lifecycle.check(change.ticket.status, Status.OPEN)
        change.set(Type.RESUMED, status=Status.OPEN, waiting_until=None)
    return change.ticket


def resolve(ticket: Ticket, *, by: Actor, now: datetime, at: datetime | None = None) -> Ticket:
    """The work is done, as far as the team knows; the asker may say "not fixed"."""
    with changing(ticket, by=by, at=at, now=now) as change:
        lifecycle.check(change.ticket.status, Status.RESOLVED)
        change.set(Type.RESOLVED, status=Status.RESOLVED, resolved_at=change.at, waiting_until=None)
        change.quietly(needs_triage=False)
    return change.ticket


def reopen(ticket: Ticket, *, by: Actor, now: datetime) -> Ticket:
    """It is not fixed: the request is open again."""
    with changing(ticket, by=by, now=now) as change:
        lifecycle.check(change.ticket.status, Status.OPEN)
        change.reopen()
    return change.ticket


def close(ticket: Ticket, *, by: Actor, now: datetime) -> Ticket:
    """The time to say "not fixed" is over."""
    with changing(ticket, by=by, now=now) as change:
        lifecycle.check(change.ticket.status, Status.CLOSED)
        change.set(Type.CLOSED, status=Status.CLOSED)
    return change.ticket


def watch(ticket: Ticket, *, person: Person, value: str, by: Actor, now: datetime) -> None:
    """This member of staff hears of what happens to the request."""
    with changing(ticket, by=by, now=now) as change:
        Participant.objects.get_or_create(
            ticket=change.ticket,
            kind="email",
            value=value,
            defaults={
                "role": Participant.Role.WATCHER,
                "person": person,
                "name": person.name,
                "is_verified": True,
                "token": ids.token(),
            },
        )
        change.say(Type.WATCHED, person=person.pk)


def let_staff_answer(ticket: Ticket, *, value: str, person_id: int | None) -> Participant:
    """The staff side's part in a request under one address, so that they may answer by mail."""
    with transaction.atomic():
        party, _ = Participant.objects.get_or_create(
            ticket=ticket,
            kind="email",
            value=value,
            defaults={
                "role": Participant.Role.STAFF,
                "person_id": person_id,
                "is_verified": True,
                "token": ids.token(),
            },
        )
    return party
