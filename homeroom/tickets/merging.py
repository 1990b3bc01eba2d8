"""Two requests that are one, and one that is two: merge, split, and both taken back."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from homeroom.kit import ids
from homeroom.kit.errors import Expected
from homeroom.tickets.automation import NeedsPerson, may_automate
from homeroom.tickets.log import Actor, Type
from homeroom.tickets.models import Event, Message, Participant, Ticket
from homeroom.tickets.writing import changing


class NotThese(Expected):
    """These two requests cannot be put together."""


class NothingToUndo(Expected):
    """There is nothing to take back."""


def merge(ticket: Ticket, *, into: Ticket, by: Actor, now: datetime) -> Ticket:
    """Put this request into another: its messages move, its number leads there for ever.

    Everyone who took part in it takes part in the other. `unmerge` takes it back.

    :raises NotThese: when they are the same, or one is merged already, or one is sensitive.
    :raises NeedsPerson: when a machine asks for it and somebody may be in danger.
    """
    with transaction.atomic():
        # Always in the order of their numbers, so that two merges cannot wait for each other.
        rows = Ticket.objects.select_for_update().filter(pk__in=[ticket.pk, into.pk]).order_by("pk")
        found = {row.pk: row for row in rows}
        source, target = found.get(ticket.pk), found.get(into.pk)
        if source is None or target is None or source.pk == target.pk:
            raise NotThese(_("Choose another request to merge this one into."))
        if source.merged_into_id or target.merged_into_id:
            raise NotThese(_("One of these is merged into another request already."))
        if by.kind != "person" and not (may_automate(source) and may_automate(target)):
            raise NeedsPerson
        if source.safety or target.safety or source.sensitivity != target.sensitivity:
            raise NotThese(_("A sensitive request stays on its own. Link them instead."))
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


def join(
    ticket: Ticket,
    *,
    into: Ticket,
    message: Message,
    kind: str,
    admits: bool,
    is_public: bool,
    by: Actor,
    now: datetime,
    because: Mapping[str, object],
) -> Message:
    """Put a request of one message, just come in, into the one it continues; the message after it.

    Unlike `merge` it asks nothing of the sensitivities: the newcomer was not put under any service
    yet, and is kept as the other one is. `kind` is the message's (CONTRACT §5); `admits` lets its
    sender take part; `because` goes into the log: facts, never words. `unmerge` takes it back.

    :raises NotThese: when one is merged already.
    :raises NeedsPerson: when somebody may be in danger in one of them.
    """
    with transaction.atomic():
        source, target = _pair(ticket, into)
        Message.objects.filter(pk=message.pk).update(
            ticket=target, is_moved_from=source, kind=kind, is_public=is_public
        )
        admitted = _copy_parties(source, target) if admits else []
        _leave(source, into=target, message=message, by=by, now=now)
        was = {"kind": message.kind, "is_public": message.is_public}
        with changing(target, by=by, at=message.at, now=now) as change:
            change.say(
                Type.MOVED, messages=[message.pk], came_from=source.pk, admitted=admitted, was=was
            )
            change.say(Type.CONTINUED, message=message, why=dict(because))
            if is_public:
                change.quietly(last_text=message.text[:300], last_at=message.at, last_by_asker=True)
    message.ticket, message.kind, message.is_public = change.ticket, kind, is_public
    message.is_moved_from = source
    return message


def _pair(ticket: Ticket, into: Ticket) -> tuple[Ticket, Ticket]:
    """Both requests, locked in the order of their numbers."""
    rows = Ticket.objects.select_for_update().filter(pk__in=[ticket.pk, into.pk]).order_by("pk")
    found = {row.pk: row for row in rows}
    source, target = found[ticket.pk], found[into.pk]
    if source.merged_into_id or target.merged_into_id or source.pk == target.pk:
        raise NotThese(_("One of these is merged into another request already."))
    # Of a request that a person must see nothing is hidden by what comes to it.
    if not may_automate(source) or target.safety:
        raise NeedsPerson
    return source, target


def _leave(source: Ticket, *, into: Ticket, message: Message, by: Actor, now: datetime) -> None:
    with changing(source, by=by, now=now) as change:
        change.set(Type.MERGED, merged_into_id=into.pk)
        change.quietly(needs_triage=False, linked_to=None)
        change.say(Type.MOVED, messages=[message.pk], went_to=into.pk)


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
            raise NothingToUndo(_("This request is not merged into another."))
        target = Ticket.objects.select_for_update().get(pk=source.merged_into_id)
        back = Message.objects.filter(ticket=target, is_moved_from=source)
        moved = list(back.values_list("id", flat=True))
        merge_event = Event.objects.filter(
            ticket=target, type=Type.MOVED, data__came_from=source.pk
        ).latest("id")
        back.update(ticket=source, is_moved_from=None, **merge_event.data.get("was", {}))
        # Whoever wrote here since the merge stays.
        target.participants.filter(pk__in=merge_event.data.get("admitted", [])).exclude(
            value__in=target.messages.values("sender_address")
        ).delete()
        with changing(target, by=by, now=now) as change:
            change.say(Type.MOVED, messages=moved, went_to=source.pk)
        with changing(source, by=by, now=now) as change:
            change.set(Type.UNMERGED, merged_into_id=None)
            change.quietly(needs_triage=change.ticket.team_id is None)
            change.say(Type.MOVED, messages=moved, came_from=target.pk)
    return change.ticket


def part(ticket: Ticket, *, other: Ticket, by: Actor, now: datetime) -> Ticket:
    """Say that these two are two requests, so that nobody is asked again."""
    with transaction.atomic():
        # In the order of their numbers, as in `merge`.
        for one, two in sorted([(ticket, other), (other, ticket)], key=lambda pair: pair[0].pk):
            with changing(one, by=by, now=now) as change:
                change.say(Type.PARTED, to=two.pk)
    return ticket


def split(message: Message, *, by: Actor, now: datetime) -> Ticket:
    """Make one message a request of its own, linked to the one it came from.

    :raises NotThese: when it is the only message of its request.
    """
    with transaction.atomic():
        origin = Ticket.objects.select_for_update().get(pk=message.ticket_id)
        if origin.messages.filter(direction=Message.Direction.IN).count() < 2:
            raise NotThese(_("This is the only message here; there is nothing to split."))
        part = _part_of(origin, message)
        Message.objects.filter(pk=message.pk).update(ticket=part, is_moved_from=origin)
        _copy_parties(origin, part)
        with changing(part, by=by, now=now) as change:
            opened = {"status": part.status, "priority": part.priority, "team_id": part.team_id}
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
        safety=origin.safety,
        needs_person=origin.needs_person,
        team_id=origin.team_id if origin.safety else None,
        priority=origin.priority if origin.safety else 3,
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
            raise NothingToUndo(_("This request was not split off another."))
        origin = Ticket.objects.get(pk=event.data["came_from"])
        merge(ticket, into=origin, by=by, now=now)
        Message.objects.filter(pk=event.data["said"]).update(is_moved_from=None)
    return origin
