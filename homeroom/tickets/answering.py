"""What staff do with words: answer, note, hand on with a reason, end with a sentence."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from homeroom.district.models import Person, Team
from homeroom.kit import blobs
from homeroom.kit.errors import Expected
from homeroom.tickets import actions, saying
from homeroom.tickets.log import Actor, Type, person
from homeroom.tickets.models import Event, Message, Participant, Ticket
from homeroom.tickets.saying import File, Party, Said

CHANNEL = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Whoever works at the desk: their person, if the roster knows them, and their name."""

    person_id: int | None
    name: str

    @property
    def by(self) -> Actor:
        """The same as the log names it."""
        return person(self.person_id)


class Crossed(Expected):
    """Somebody else wrote to the asker while this was being typed."""


class NoWords(Expected):
    """Something that needs a sentence has none."""


def answer(
    ticket: Ticket,
    *,
    text: str,
    author: Author,
    now: datetime,
    seen: int | None = None,
    files: Sequence[tuple[str, str, bytes]] = (),
) -> Message:
    """The district's public answer, as typed at the desk; `files` are (name, type, bytes).

    `seen` is the number of the last event on the writer's page: an answer that crosses another
    one is not sent, and the same page sent again, by a browser that heard nothing, is one answer.

    :raises Crossed: when a colleague answered meanwhile.
    :raises NoWords: when there is nothing to send.
    """
    if not text.strip() and not files:
        raise NoWords(_("Write a few words first."))
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        sent = _sent_since(ticket, text=text, seen=seen, by=author.by)
        if sent is not None:
            return sent
        _check_crossing(ticket, seen=seen, by=author.by)
        stored = tuple(
            File(blob=blobs.keep(content, now=now), name=each, declared_type=kind)
            for each, kind, content in files
        )
        said = _said(text, author=author, now=now)
        said = replace(saying.outward(said), files=stored)
        return saying.reply(ticket, said=said, by=author.by, now=now)


def _sent_since(ticket: Ticket, *, text: str, seen: int | None, by: Actor) -> Message | None:
    """The answer in the same words that the same writer's page has brought already."""
    if seen is None or by.id is None:
        return None
    events = Event.objects.filter(
        ticket=ticket, type=Type.SENT, pk__gt=seen, actor_kind=by.kind, actor_id=by.id
    )
    event = events.filter(message__text=text.strip()).select_related("message").first()
    return event.message if event is not None else None


def _check_crossing(ticket: Ticket, *, seen: int | None, by: Actor) -> None:
    if seen is None:
        return
    crossing = (
        Event.objects.filter(ticket=ticket, type=Type.SENT, pk__gt=seen)
        .exclude(actor_kind=by.kind, actor_id=by.id)
        .select_related("message__person")
        .first()
    )
    if crossing is not None:
        author = crossing.message.person if crossing.message else None
        who = author.name if author is not None else _("A colleague")
        raise Crossed(
            _("%(who)s wrote to them while you were typing. Read it first, then send again.")
            % {"who": who}
        )


@contextmanager
def unmoved(ticket: Ticket, *, seen: int | None, by: Actor) -> Iterator[None]:
    """Hold the request while it is handed on, unless a colleague did so first.

    :raises Crossed: when somebody else gave it to a team or a person since `seen`.
    """
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        if seen is not None:
            crossing = (
                Event.objects.filter(ticket=ticket, type=Type.ASSIGNED, pk__gt=seen)
                .exclude(actor_kind=by.kind, actor_id=by.id)
                .exists()
            )
            if crossing:
                raise Crossed(
                    _(
                        "Somebody handed this on while you were looking. "
                        "See who has it now, then choose again."
                    )
                )
        yield


def note(ticket: Ticket, *, text: str, author: Author, now: datetime) -> Message:
    """A note for staff alone.

    :raises NoWords: when it is empty.
    """
    if not text.strip():
        raise NoWords(_("Write a few words first."))
    said = _said(text, author=author, now=now)
    return saying.note(ticket, said=said, by=author.by, now=now)


def _said(text: str, *, author: Author, now: datetime) -> Said:
    return Said(
        channel=CHANNEL,
        direction=Message.Direction.NOTE,
        text=text.strip(),
        at=now,
        person_id=author.person_id,
        sender_name=author.name,
    )


def hand_on(
    ticket: Ticket,
    *,
    team: Team | None,
    assignee: Person | None,
    because: str,
    author: Author,
    now: datetime,
) -> Ticket:
    """Give the request to a team or a person; why goes along as a note. Promised times stay."""
    with transaction.atomic():
        if because.strip():
            note(ticket, text=because, author=author, now=now)
        return actions.assign(ticket, team=team, assignee=assignee, by=author.by, now=now)


def put_to_rest(
    ticket: Ticket,
    *,
    until: datetime | None,
    because: str,
    author: Author,
    now: datetime,
) -> Ticket:
    """Wait until a time, or until the asker writes; what for goes along as a note."""
    with transaction.atomic():
        if because.strip():
            note(ticket, text=because, author=author, now=now)
        return actions.wait(ticket, until=until, by=author.by, now=now)


def rank(
    ticket: Ticket,
    *,
    priority: int,
    because: str,
    author: Author,
    now: datetime,
) -> Ticket:
    """Set the priority, with the reason as a note.

    :raises NoWords: when no reason is given.
    """
    if not because.strip():
        raise NoWords(_("Say why, so that the next person understands it."))
    with transaction.atomic():
        note(ticket, text=because, author=author, now=now)
        return actions.prioritise(ticket, priority=priority, by=author.by, now=now)


def finish(
    ticket: Ticket,
    *,
    words: str,
    author: Author,
    now: datetime,
    seen: int | None = None,
) -> Ticket:
    """Done: the asker is told in a person's words what was done, and may say "not fixed".

    The answer and the end are one transaction: their events share their `xact`.

    :raises NoWords: when nothing is said.
    """
    if not words.strip():
        raise NoWords(_("Tell them in a sentence what was done."))
    with transaction.atomic():
        answer(ticket, text=words, author=author, now=now, seen=seen)
        return actions.resolve(ticket, by=author.by, now=now)


def open_again(ticket: Ticket, *, words: str, author: Author, now: datetime) -> Ticket:
    """Open it again; why goes along as a note."""
    with transaction.atomic():
        if words.strip():
            note(ticket, text=words, author=author, now=now)
        return actions.reopen(ticket, by=author.by, now=now)


def carve_out(
    ticket: Ticket, *, words: str, team: Team | None, author: Author, now: datetime
) -> Ticket:
    """A second request that stood in this one, in words of its own, for the same askers.

    :raises NoWords: when nothing says what it is about.
    """
    if not words.strip():
        raise NoWords(_("Say in a few words what the other request is."))
    with transaction.atomic():
        parties = _same_askers(ticket)
        said = Said(
            channel=ticket.channel,
            direction=Message.Direction.IN,
            text=words.strip(),
            at=now,
            person_id=ticket.requester_id,
            sender_name=ticket.requester_name,
            sender_address=parties[0].value if parties else "",
            language=ticket.language,
            recorded_by_id=author.person_id,
        )
        opened = saying.open_request(
            said,
            parties=parties,
            by=author.by,
            now=now,
            requester=ticket.requester,
            certainty=ticket.certainty,
            linked_to=ticket,
        )
        if team is not None:
            return actions.assign(opened.ticket, team=team, assignee=None, by=author.by, now=now)
    return opened.ticket


def _same_askers(ticket: Ticket) -> tuple[Party, ...]:
    return tuple(
        Party(
            role=Participant.Role(party.role),
            kind=party.kind,
            value=party.value,
            name=party.name,
            person_id=party.person_id,
            is_verified=party.is_verified,
        )
        for party in ticket.participants.filter(role__in=["requester", "copied"])
    )
