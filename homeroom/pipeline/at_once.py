"""Doors whose sender waits for the answer: kept, filed and, with luck, understood in one request.

Everything stays repeatable: whoever dies here leaves an envelope that the drainer files.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from homeroom.channels import envelopes
from homeroom.channels.models import Envelope
from homeroom.kit.errors import Expected
from homeroom.kit.failpoint import reach
from homeroom.pipeline import receive
from homeroom.tickets.models import Message, Ticket

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.05
"""How often a waiting page looks whether its message was understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something that came through a door of ours, and what has become of it until now."""

    state: str
    """received, filed, ignored, held or quarantined."""
    message: Message | None

    @property
    def ticket(self) -> Ticket | None:
        """The request it is part of, when it is filed."""
        return self.message.ticket if self.message else None


def take_in(line: bytes, *, channel: str, key: str, now: datetime, aside: str = "") -> Arrival:
    """Keep a line of CONTRACT §4 under its key and file it now; the same key is taken in once.

    `aside` is the reason to set it aside for a person to look at, unfiled. It is durably kept when
    this returns, whatever went wrong after that.
    """
    reach("at_once.before_keep")
    envelope = envelopes.keep(
        line, channel=channel, form=Envelope.Form.LINE, recipients=[], key=key, now=now, wakes=False
    )
    reach("at_once.after_keep")
    if envelope.state == Envelope.State.RECEIVED:
        if aside:
            set_aside(envelope, reason=aside, now=now)
        else:
            file_now(envelope, now=now)
    reach("at_once.before_answer")
    found = arrival(channel=channel, key=key)
    if found is None:
        raise LookupError("An envelope that was just kept is gone.")
    return found


def file_now(envelope: Envelope, *, now: datetime) -> None:
    """File one envelope in this request; when that fails the drainer tries again.

    A drainer that was faster does no harm: `receive.file` sees that it is settled.
    """
    try:
        receive.file(envelope, now=now)
    except Expected as error:
        with transaction.atomic():
            envelopes.settle(
                envelope, state=Envelope.State.HELD, relation="held", reason=str(error), now=now
            )
    except Exception:  # it is kept: the sender is told so, and the drainer has its tries
        log.exception("envelope %s could not be filed at once", envelope.pk)


def set_aside(envelope: Envelope, *, reason: str, now: datetime) -> None:
    """Leave it for a person to look at: nothing is filed, nobody is told."""
    with transaction.atomic():
        envelopes.settle(
            envelope, state=Envelope.State.QUARANTINED, relation="held", reason=reason, now=now
        )


def arrival(*, channel: str, key: str) -> Arrival | None:
    """What has become of the thing kept under that key; nothing when there is none."""
    envelope = (
        Envelope.objects.filter(channel=channel, key=key)
        .select_related(
            "message__ticket__team__department", "message__ticket__requester",
            "message__ticket__merged_into",
        )
        .first()
    )  # fmt: skip
    return Arrival(state=envelope.state, message=envelope.message) if envelope else None


def wait_until_read(message: Message, *, seconds: float) -> bool:
    """Whether understanding had its turn with the message within so many seconds."""
    until = time.monotonic() + seconds
    while True:
        if Message.objects.filter(pk=message.pk, read_at__isnull=False).exists():
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_EVERY_S)
