"""Everything said in a request: its first words, answers from outside, replies and notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from django.contrib.postgres.search import SearchVector
from django.db import connection, transaction
from django.db.models import Value

from homeroom.district.models import Person
from homeroom.kit import ids
from homeroom.kit.live import announce
from homeroom.kit.text import fold
from homeroom.tickets.log import Actor, Entry, Type, record
from homeroom.tickets.models import Attachment, Message, Participant, Status, Ticket
from homeroom.tickets.writing import Change, changing, topics

SEARCHED = 20_000
"""Characters of one message that can be found again; a tsvector holds at most 1 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A stored blob that comes with a message."""

    blob: str
    name: str
    declared_type: str = ""
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something said, about to be written down."""

    channel: str
    direction: Message.Direction
    text: str
    at: datetime
    is_public: bool = True
    external_id: str | None = None
    person_id: int | None = None
    sender_name: str = ""
    sender_address: str = ""
    subject: str = ""
    cut: str = ""
    html: str | None = None
    raw: str | None = None
    language: str = ""
    kind: str = "request"
    remarks: tuple[str, ...] = ()
    recorded_by_id: int | None = None
    files: tuple[File, ...] = field(default=())
    context: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Facts that whoever asks filled into a form; they open a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Someone about to take part in a request under one address."""

    role: Participant.Role
    kind: str
    value: str
    name: str = ""
    person_id: int | None = None
    is_verified: bool = False


def hidden(said: Said) -> Said:
    """The same, for staff alone."""
    return replace(said, is_public=False)


def as_kind(said: Said, kind: str) -> Said:
    """The same, told apart from a first request."""
    return replace(said, kind=kind)


def outward(said: Said) -> Said:
    """The same words as the district's own answer to the asker."""
    return replace(said, direction=Message.Direction.OUT, is_public=True, kind="follow_up")


def _write_message(ticket: Ticket, said: Said, *, now: datetime) -> Message:
    message = Message.objects.create(
        ticket=ticket,
        direction=said.direction,
        is_public=said.is_public,
        channel=said.channel,
        external_id=said.external_id,
        person_id=said.person_id,
        sender_name=said.sender_name[:200],
        sender_address=said.sender_address[:320],
        subject=said.subject[:300],
        text=said.text,
        cut=said.cut,
        html_id=said.html,
        raw_id=said.raw,
        language=said.language,
        kind=said.kind,
        remarks=list(said.remarks),
        at=said.at,
        recorded_at=now,
        recorded_by_id=said.recorded_by_id,
    )
    if said.files:
        Attachment.objects.bulk_create(
            Attachment(
                message=message,
                blob_id=file.blob,
                name=file.name[:255],
                declared_type=file.declared_type[:100],
                content_id=file.content_id[:255],
                is_inline=file.is_inline,
            )
            for file in said.files
        )
    return message


def _words(*parts: str) -> str:
    """What can be found again of these texts: words as they stand, folded, in no one language."""
    return fold(" ".join(parts)[:SEARCHED]).replace("\0", " ")


def _make_findable(ticket: Ticket, *parts: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE tickets_ticket SET search = coalesce(search, '') || to_tsvector('simple', %s)
               WHERE id = %s""",
            [_words(*parts), ticket.pk],
        )


def _admit(ticket: Ticket, parties: tuple[Party, ...]) -> None:
    Participant.objects.bulk_create(
        (
            Participant(
                ticket=ticket,
                role=party.role,
                person_id=party.person_id,
                kind=party.kind,
                value=party.value[:320],
                name=party.name[:200],
                is_verified=party.is_verified,
                token=ids.token(),
            )
            for party in parties
        ),
        ignore_conflicts=True,
    )


def open_request(
    said: Said,
    *,
    parties: tuple[Party, ...],
    by: Actor,
    now: datetime,
    requester: Person | None = None,
    certainty: str = "unknown",
    linked_to: Ticket | None = None,
) -> Message:
    """A new request with its first message; nothing clever has looked at it yet.

    :raises django.db.IntegrityError: when this was said before (channel, external_id).
    """
    with transaction.atomic(savepoint=False):
        ticket = _new_ticket(said, requester=requester, certainty=certainty, linked_to=linked_to)
        message = _write_message(ticket, said, now=now)
        _admit(ticket, parties)
        record(_opening(ticket, message, said=said, by=by), now=now)
        announce(sorted(topics(ticket)), queues=["events", "triage"])
    return message


def _new_ticket(
    said: Said, *, requester: Person | None, certainty: str, linked_to: Ticket | None
) -> Ticket:
    """The row of a new request, stored, with the reference its number gives it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('tickets_ticket', 'id'))")
        number = cast("tuple[int]", cursor.fetchone())[0]
    subject = said.subject or said.text.strip().split("\n", 1)[0]
    words = _words(subject, said.text, said.sender_name, said.sender_address)
    ticket = Ticket(
        id=number,
        reference=ids.reference(number),
        subject=subject[:300],
        channel=said.channel,
        language=said.language or (requester.language if requester else "") or "en",
        requester=requester,
        certainty=certainty,
        requester_name=said.sender_name[:200],
        org_id=requester.org_id if requester else None,
        linked_to=linked_to,
        context=dict(said.context),
        opened_at=said.at,
        changed_at=said.at,
        last_text=said.text[:300],
        last_at=said.at,
        search=SearchVector(Value(words), config="simple"),
    )
    ticket.save(force_insert=True)
    return ticket


def _opening(ticket: Ticket, message: Message, *, said: Said, by: Actor) -> list[Entry]:
    """What the log says of a request's beginning."""
    opened: dict[str, object] = {
        "set": {"status": ticket.status, "priority": ticket.priority},
        "channel": said.channel,
        "certainty": ticket.certainty,
    }
    received: dict[str, object] = {"channel": said.channel, "kind": said.kind}
    told: list[tuple[Type, Message | None, dict[str, object]]]
    told = [(Type.OPENED, None, opened), (Type.RECEIVED, message, received)]
    if said.context:
        told.append((Type.DESCRIBED, message, {"fields": sorted(said.context)}))
    if ticket.linked_to_id:
        told.append((Type.LINKED, None, {"to": ticket.linked_to_id}))
    return [
        Entry(type=kind, at=said.at, actor=by, ticket=ticket, message=about, data=data)
        for kind, about, data in told
    ]


def hear(
    ticket: Ticket,
    *,
    said: Said,
    by: Actor,
    now: datetime,
    parties: tuple[Party, ...] = (),
    reopens: bool = True,
) -> Message:
    """Another message from outside on a request; a waiting or resolved one opens again.

    `reopens` is false for what needs no answer: thanks, auto-replies, bounces.
    """
    with changing(ticket, by=by, at=said.at, now=now) as change:
        message = _write_message(change.ticket, said, now=now)
        _admit(change.ticket, parties)
        change.say(Type.RECEIVED, message=message, channel=said.channel, kind=said.kind)
        _last_word(change, said)
        status = change.ticket.status
        if reopens and status in {Status.RESOLVED, Status.CLOSED}:
            change.reopen()
        elif reopens and status == Status.WAITING:
            change.set(Type.RESUMED, status=Status.OPEN, waiting_until=None)
        announce([], queues=["triage"])
    return message


def _last_word(change: Change, said: Said) -> None:
    _make_findable(change.ticket, said.text)
    if said.is_public:
        change.quietly(
            last_text=said.text[:300],
            last_at=said.at,
            last_by_asker=said.direction == Message.Direction.IN,
        )


def reply(
    ticket: Ticket, *, said: Said, by: Actor, now: datetime, because_id: int | None = None
) -> Message:
    """The district's answer to the asker; the first one keeps the promise to reply.

    Leaving the building is a reaction to the event; nothing is sent here.
    """
    with changing(ticket, by=by, at=said.at, now=now, because_id=because_id) as change:
        message = _write_message(change.ticket, said, now=now)
        change.say(Type.SENT, message=message, channel=said.channel)
        _last_word(change, said)
        if change.ticket.replied_at is None:
            change.quietly(replied_at=said.at)
        if change.ticket.status == Status.NEW:
            change.set(Type.RESUMED, status=Status.OPEN)
    return message


def note(ticket: Ticket, *, said: Said, by: Actor, now: datetime) -> Message:
    """An internal note: staff see it, the asker never does."""
    kept = replace(said, is_public=False, direction=Message.Direction.NOTE)
    with changing(ticket, by=by, at=said.at, now=now) as change:
        message = _write_message(change.ticket, kept, now=now)
        change.say(Type.NOTED, message=message)
        _make_findable(change.ticket, said.text)
    return message
