"""A test message: one letter out, and for mail one through our own door, each really sent.

What comes in carries the mark of this install, so that it is taken in, read and set aside as our
own, and never becomes somebody's request.
"""

import smtplib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from homeroom.channels import deliver, envelopes
from homeroom.channels.email import addresses
from homeroom.channels.models import Delivery, Envelope
from homeroom.district import changes
from homeroom.district.models import Account, Channel
from homeroom.district.records import Change
from homeroom.kit import ids
from homeroom.kit.errors import Expected
from homeroom.kit.mail.compose import Draft, Mailbox, compose

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

PATIENCE_S = 5.0
"""How long a page waits for our own door: it stands on this machine or nearby."""
TESTED = "test"
"""What a line of the changes is called that remembers a test."""


class DoorShut(Expected):
    """Our own mail door does not take mail."""

    def __init__(self, listen: str) -> None:
        super().__init__(
            f"Our mail door at {listen} takes no mail now. Start it with: homeroom lmtp."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How far the last test of a channel has come."""

    at: datetime
    recipient: str
    is_sent: bool
    came_in: bool
    is_read: bool
    trouble: str
    """Why it did not go on, in a sentence; empty while nothing is wrong."""


def send(*, channel: Channel, by: Account, now: datetime) -> None:
    """Send the letter to whoever asks, and a message through our own door when it is mail's."""
    name = ids.token(8)
    key, trouble = "", ""
    if channel.kind == "email" and channel.address:
        raw = message(channel.address, name=name, now=now)
        key = envelopes.key_of(raw)
        try:
            through_our_door(raw, recipient=channel.address)
        except DoorShut as error:
            key, trouble = "", str(error)
    with transaction.atomic():
        deliver.enqueue(
            ticket=None,
            message=None,
            purpose="test",
            recipient=by.email,
            participant=None,
            language=by.language or "en",
            once=f"test:{name}",
            facts={},
            now=now,
        )
        after: dict[str, object] = {"letter": f"test:{name}", "key": key, "trouble": trouble}
        after |= {"channel": channel.pk, "to": by.email}
        changes.note(by=by, what=TESTED, about=channel.name, before={}, after=after, now=now)


def message(address: str, *, name: str, now: datetime) -> bytes:
    """The message that goes in: to the channel, marked as our own."""
    return compose(
        Draft(
            sender=Mailbox(email=addresses.from_address(), name="Homeroom"),
            to=[Mailbox(email=address)],
            subject="A test from Homeroom",
            text="This is a test of the way in. Nobody needs to answer it.\n",
            message_id=f"test-{name}@{addresses.message_domain()}",
            at=now,
            headers={
                "X-Homeroom-Loop": addresses.install_id(),
                "Auto-Submitted": "auto-generated",
            },
        )
    )


def through_our_door(raw: bytes, *, recipient: str) -> None:
    """Hand a mail to the LMTP door as a mail server would.

    :raises DoorShut: when nobody listens there, or it refuses.
    """
    listen = settings.LMTP_LISTEN
    try:
        with _door(listen) as door:
            door.sendmail(addresses.from_address(), [recipient], raw)
    except (OSError, smtplib.SMTPException, ValueError):
        raise DoorShut(listen) from None


def _door(listen: str) -> smtplib.SMTP:
    if listen.startswith(("/", "./", "unix:")):
        return smtplib.LMTP(listen.removeprefix("unix:"), timeout=PATIENCE_S)
    host, _, port = listen.rpartition(":")
    return smtplib.LMTP(host.strip("[]") or "127.0.0.1", int(port), timeout=PATIENCE_S)


def last(channel: Channel, *, viewer: "Viewer") -> Trial | None:
    """How far the channel's last test has come; None when there was none."""
    if viewer.kind not in {"administrator", "system"}:
        return None
    tested = Change.objects.filter(what=TESTED, after__channel=channel.pk).order_by("-id").first()
    if tested is None:
        return None
    facts = tested.after
    letter = Delivery.objects.filter(once=facts["letter"]).first()
    envelope = Envelope.objects.filter(channel="email", key=facts["key"]).first()
    failed = letter.error if letter and letter.state != Delivery.State.SENT else ""
    return Trial(
        at=tested.at,
        recipient=str(facts["to"]),
        is_sent=letter is not None and letter.state == Delivery.State.SENT,
        came_in=envelope is not None,
        is_read=envelope is not None and envelope.state != Envelope.State.RECEIVED,
        trouble=str(facts["trouble"]) or failed,
    )
