"""Everything that can be done to a request besides speaking; each atomic, each in the log."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from homeroom.district.models import Person, Service, Team
from homeroom.kit import ids
from homeroom.kit.errors import Expected
from homeroom.tickets import lifecycle
from homeroom.tickets.log import Actor, Type
from homeroom.tickets.models import Event, Message, Participant, Status, Ticket
from homeroom.tickets.writing import Change, changing


class NotThese(Expected):
    """These two requests cannot be put together."""


class NothingToUndo(Expected):
    """There is nothing to take back."""


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
        give(
            change, team_id=team.pk if team else None, assignee_id=assignee.pk if assignee else None
        )
        change.quietly(needs_triage=False)
    return change.ticket


def give(change: Change, *, team_id: int | None, assignee_id: int | None) -> None:
    """Within a change: the new team and assignee; a request with an owner is open."""
    change.set(Type.ASSIGNED, team_id=team_id, assignee_id=assignee_id)
    if assignee_id is not None and change.ticket.status == Status.NEW:
        change.set(Type.RESUMED, status=Status.OPEN)


def classify(ticket: Ticket, *, service: Service | None, by: Actor, now: datetime) -> Ticket:
    """Say which service this request asks for; its sensitivity follows the service's."""
    with changing(ticket, by=by, now=now) as change:
        put_under(change, service)
    return change.ticket


def put_under(change: Change, service: Service | None) -> None:
    """Within a change: the service and the sensitivity that comes with it, unless in danger."""
    change.set(Type.CLASSIFIED, service_id=service.pk if service else None)
    if not change.ticket.safety:
        change.quietly(sensitivity=service.sensitivity if service else "internal")


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
        change.set(Type.REOPENED, status=Status.OPEN, resolved_at=None)
    return change.ticket


def close(ticket: Ticket, *, by: Actor, now: datetime) -> Ticket:
    """The time to say "not fixed" is over."""
    with changing(ticket, by=by, now=now) as change:
        lifecycle.check(change.ticket.status, Status.CLOSED)
        change.set(Type.CLOSED, status=Status.CLOSED)
    return change.ticket


def describe(
    ticket: Ticket,
    *,
    context: Mapping[str, object],
    by: Actor,
    now: datetime,
    **columns: int | None,
) -> Ticket:
    """Add facts, each with its source; `columns` may be org_id, place_id, asset_id."""
    with changing(ticket, by=by, now=now) as change:
        tell(change, context=context, **columns)
    return change.ticket


def tell(change: Change, *, context: Mapping[str, object], **columns: int | None) -> None:
    """Within a change: new facts beside the old; the log names the fields, never the words."""
    if context:
        change.quietly(context={**change.ticket.context, **context})
        change.say(Type.DESCRIBED, fields=sorted(context))
    change.quietly(**columns)


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


def acknowledge(ticket: Ticket, *, by: Actor, now: datetime) -> Ticket:
    """A person has seen the danger in this request."""
    with changing(ticket, by=by, now=now) as change:
        change.say(Type.ACKNOWLEDGED)
    return change.ticket


def merge(ticket: Ticket, *, into: Ticket, by: Actor, now: datetime) -> Ticket:
    """Put this request into another: its messages move, its number leads there for ever.

    Everyone who took part in it takes part in the other. `unmerge` takes it back.

    :raises NotThese: when they are the same, or one is merged already, or one is sensitive.
    """
    with transaction.atomic():
        # Always in the order of their numbers, so that two merges cannot wait for each other.
        rows = Ticket.objects.select_for_update().filter(pk__in=[ticket.pk, into.pk]).order_by("pk")
        found = {row.pk: row for row in rows}
        source, target = found.get(ticket.pk), found.get(into.pk)
        if source is None or target is None or source.pk == target.pk:
            raise NotThese("Choose another request to merge this one into.")
        if source.merged_into_id or target.merged_into_id:
            raise NotThese("One of these is merged into another request already.")
        if source.safety or target.safety or source.sensitivity != target.sensitivity:
            raise NotThese("A sensitive request stays on its own. Link them instead.")
        moved = list(source.messages.order_by("id").values_list("id", flat=True))
        Message.objects.filter(pk__in=moved).update(ticket=target, is_moved_from=source)
        admitted = _copy_parties(source, target)
        with changing(target, by=by, now=now) as change:
            change.say(Type.MOVED, messages=moved, came_from=source.pk, admitted=admitted)
        with changing(source, by=by, now=now) as change:
            change.set(Type.MERGED, merged_into_id=target.pk)
            change.quietly(needs_triage=False)
            change.say(Type.MOVED, messages=moved, went_to=target.pk)
    return change.ticket


def _copy_parties(source: Ticket, target: Ticket) -> list[int]:
    """Those who take part in `source` take part in `target` too; the rows this added."""
    before = set(target.participants.values_list("id", flat=True))
    Participant.objects.bulk_create(
        (
            Participant(
                ticket=target,
                role=party.role,
                person_id=party.person_id,
                kind=party.kind,
                value=party.value,
                name=party.name,
                is_verified=party.is_verified,
                token=ids.token(),
            )
            for party in source.participants.order_by("id")
        ),
        ignore_conflicts=True,
    )
    return sorted(set(target.participants.values_list("id", flat=True)) - before)


def unmerge(ticket: Ticket, *, by: Actor, now: datetime) -> Ticket:
    """Take a merge back: the messages that moved return, and the request stands alone again.

    Those whom the merge brought into the other request leave it, unless they have written since.

    :raises NothingToUndo: when the request is not merged.
    """
    with transaction.atomic():
        source = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if source.merged_into_id is None:
            raise NothingToUndo("This request is not merged into another.")
        target = Ticket.objects.select_for_update().get(pk=source.merged_into_id)
        back = Message.objects.filter(ticket=target, is_moved_from=source)
        moved = list(back.values_list("id", flat=True))
        back.update(ticket=source, is_moved_from=None)
        merge_event = Event.objects.filter(
            ticket=target, type=Type.MOVED, data__came_from=source.pk
        ).latest("id")
        # Whoever wrote here since the merge stays.
        target.participants.filter(pk__in=merge_event.data.get("admitted", [])).exclude(
            value__in=target.messages.values("sender_address")
        ).delete()
        with changing(target, by=by, now=now) as change:
            change.say(Type.MOVED, messages=moved, went_to=source.pk)
        with changing(source, by=by, now=now) as change:
            change.set(Type.UNMERGED, merged_into_id=None)
            change.say(Type.MOVED, messages=moved, came_from=target.pk)
    return change.ticket


def split(message: Message, *, by: Actor, now: datetime) -> Ticket:
    """Make one message a request of its own, linked to the one it came from.

    :raises NotThese: when it is the only message of its request.
    """
    with transaction.atomic():
        origin = Ticket.objects.select_for_update().get(pk=message.ticket_id)
        if origin.messages.filter(direction=Message.Direction.IN).count() < 2:
            raise NotThese("This is the only message here; there is nothing to split.")
        part = _part_of(origin, message)
        Message.objects.filter(pk=message.pk).update(ticket=part, is_moved_from=origin)
        _copy_parties(origin, part)
        with changing(part, by=by, now=now) as change:
            opened = {"status": part.status, "priority": part.priority}
            change.say(Type.OPENED, set=opened, channel=part.channel, certainty=part.certainty)
            change.say(Type.SPLIT, came_from=origin.pk, said=message.pk)
        with changing(origin, by=by, now=now) as change:
            change.say(Type.MOVED, messages=[message.pk], went_to=part.pk)
    return part


def _part_of(origin: Ticket, message: Message) -> Ticket:
    part = Ticket.objects.create(
        subject=(message.subject or message.text)[:300],
        channel=message.channel,
        language=message.language or origin.language,
        requester_id=origin.requester_id,
        certainty=origin.certainty,
        requester_name=origin.requester_name,
        sensitivity=origin.sensitivity,
        org_id=origin.org_id,
        linked_to=origin,
        opened_at=message.at,
        changed_at=message.at,
        last_text=message.text[:300],
        last_at=message.at,
    )
    part.reference = ids.reference(part.pk)
    part.save(update_fields=["reference"])
    return part


def unsplit(ticket: Ticket, *, by: Actor, now: datetime) -> Ticket:
    """Take a split back: the message returns and the part is merged into where it came from.

    :raises NothingToUndo: when the request was not split off another.
    """
    with transaction.atomic():
        event = Event.objects.filter(ticket=ticket, type=Type.SPLIT).first()
        if event is None:
            raise NothingToUndo("This request was not split off another.")
        origin = Ticket.objects.get(pk=event.data["came_from"])
        merge(ticket, into=origin, by=by, now=now)
        Message.objects.filter(pk=event.data["said"]).update(is_moved_from=None)
    return origin


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
