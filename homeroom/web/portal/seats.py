"""Whose page a secret in an address opens, and how much of the request it may show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

from homeroom.district import permissions
from homeroom.kit import ids
from homeroom.pipeline import at_once
from homeroom.tickets import lists, queries
from homeroom.web import policy

if TYPE_CHECKING:
    from homeroom.district.models import Person
    from homeroom.tickets.models import Message, Participant, Ticket

ASKER = permissions.Viewer(kind="asker")
"""The eyes of somebody who asks: the public part of what their secret opens."""
STAFF_SIDE = frozenset({"watcher", "staff"})
REACH = "reach"
"""Session key of the address that a magic link proved: [kind, value]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One asker's place at one request.

    A secret that went to their mailbox proves who reads it. The secret of a form was shown to
    whoever filled it in, and anybody can type anybody's address: if that address belongs to
    somebody we know, what we write back is shown only in their mail, until they prove it is theirs.
    """

    secret: str
    ticket: "Ticket | None"
    part: "Participant | None"
    first: "Message | None" = None
    is_proven: bool = False

    @property
    def shows_replies(self) -> bool:
        """Whether the page may show what the district wrote."""
        part = self.part
        return self.is_proven or (part is not None and (part.is_verified or part.person_id is None))


def secret_of(key: str) -> str:
    """The secret of the page that answers a form of that key; 32 hex digits, the same each time."""
    import hashlib
    import hmac

    made = hmac.new(settings.SECRET_KEY.encode(), f"form:{key}".encode(), hashlib.sha256)
    return made.hexdigest()[:32]


def find(secret: str) -> Seat | None:
    """The seat that this secret opens; nothing when it opens none."""
    part = queries.participant_by_token(secret, viewer=permissions.ANONYMOUS)
    if part is not None:
        if part.role in STAFF_SIDE:
            return None  # the address that staff answer to by mail is no page
        return _moved(Seat(secret=secret, ticket=part.ticket, part=part, is_proven=True))
    arrived = at_once.arrival(channel="form", key=ids.fingerprint(secret))
    if arrived is None:
        return None
    message = arrived.message
    if message is None:
        return Seat(secret=secret, ticket=None, part=None)
    ticket = message.ticket
    mine = lists.part_of(ticket, value=message.sender_address, viewer=ASKER)
    if mine is None and message.is_moved_from is not None:
        ticket = message.is_moved_from
        mine = lists.part_of(ticket, value=message.sender_address, viewer=ASKER)
    return _moved(Seat(secret=secret, ticket=ticket, part=mine, first=message))


def _moved(seat: Seat) -> Seat:
    """The same seat at the request that this one was merged into, if it takes part there.

    What came from an address that nobody has proven is put with a request for staff alone.
    """
    ticket, n_steps = seat.ticket, 0
    while ticket is not None and ticket.merged_into is not None and n_steps < 10:
        ticket, n_steps = ticket.merged_into, n_steps + 1
    if ticket is None or n_steps == 0 or seat.part is None:
        return seat
    part = lists.part_of(ticket, value=seat.part.value, viewer=ASKER)
    if part is None:
        return seat
    return Seat(
        secret=seat.secret, ticket=ticket, part=part, first=seat.first, is_proven=seat.is_proven
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is signed in while they fill in a public form, as the session knows it."""

    email: str = ""
    name: str = ""
    source_id: str = ""
    proved: tuple[str, str] | None = None


def signed_in(request: HttpRequest) -> SignedIn:
    """Whoever sends this form, if our own page sent it and they signed in; empty otherwise."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not policy.is_surely_ours(request):
        return SignedIn()
    viewer = policy.viewer_of(request)
    if viewer is not None and request.user.is_authenticated:
        person: Person | None = request.user.person
        return SignedIn(
            email=request.user.email,
            name=person.name if person else "",
            source_id=(person.source_id or "") if person else "",
        )
    proved = proved_address(request)
    return SignedIn(email=proved[1], proved=proved) if proved else SignedIn()


def proved_address(request: HttpRequest) -> tuple[str, str] | None:
    """The kind and value of the address that a magic link proved in this browser."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    kept = request.session.get(REACH)
    return (str(kept[0]), str(kept[1])) if isinstance(kept, list) and len(kept) == 2 else None
