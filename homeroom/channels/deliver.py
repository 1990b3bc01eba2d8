"""Letters on their way out: queued once, sent by whoever is free, and what became of them.

What is promised about a worker that dies is written in docs/decisions/0005-outgoing-mail.md.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from homeroom.channels.email import addresses, letters
from homeroom.channels.email.smtp import RefusedError, Sender, UnreachableError
from homeroom.channels.inbound import Bounce
from homeroom.channels.models import Delivery
from homeroom.district.models import Identity
from homeroom.kit.errors import GiveUp, TryAgain
from homeroom.kit.failpoint import reach
from homeroom.kit.live import announce
from homeroom.kit.mail.compose import UnsafeHeader
from homeroom.tickets.log import SYSTEM, Entry, Type, record
from homeroom.tickets.models import Message, Participant, Ticket
from homeroom.tickets.writing import topics

log = logging.getLogger(__name__)

FIRST_RETRY: Final = timedelta(minutes=1)
"""Doubled at each failure."""
LONGEST_RETRY: Final = timedelta(hours=4)
PATIENCE: Final = timedelta(days=5)
"""After so long a letter has failed; RFC 5321 §4.5.4.1 asks for at least 4 to 5 days."""
AHEAD: Final = timedelta(days=1)
"""An alarm is queued as if it had waited for a day: it goes before everything else."""
_LOCK: Final = 0x4D41494C
"""The first half of the advisory locks that deliveries take while they are being sent."""


def enqueue(
    *,
    ticket: Ticket | None,
    message: Message | None,
    purpose: str,
    recipient: str,
    participant: Participant | None,
    language: str,
    once: str,
    facts: Mapping[str, object],
    now: datetime,
    wait: timedelta = timedelta(),
) -> bool:
    """Queue a letter in the caller's transaction; whether there is now a new one to send.

    `once` makes it one: the same again changes nothing. A letter to an address that failed is
    stopped, with the reason. An asker whose address nobody has proven gets the neutral letter in
    place of a receipt, and of each automatic letter one a day. `wait` leaves time to take it back.
    """
    purpose = letters.allowed(purpose, participant)
    if purpose in letters.RATIONED and letters.is_unproven(participant):
        once = f"{purpose}:{recipient.lower()}:{now.astimezone(letters.zone()).date().isoformat()}"
    failure, told = _failure(recipient), {**letters.snapshot(ticket, purpose), **facts}
    values = (
        ticket.pk if ticket else None,
        message.pk if message else None,
        purpose,
        once if len(once) <= 200 else hashlib.sha256(once.encode()).hexdigest(),
        recipient,
        participant.pk if participant else None,
        language,
        external_id(once),
        json.dumps({} if failure and purpose in letters.SECRET else told),
        Delivery.State.STOPPED if failure else Delivery.State.QUEUED,
        now - AHEAD if purpose in letters.URGENT else now + wait,
        failure,
        now,
    )
    return _insert(values) and not failure


def _insert(values: tuple[Any, ...]) -> bool:
    """Queue one letter and wake the drainer; false when it was queued before."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        is_new = cursor.fetchone() is not None
    if is_new:
        announce([], queues=["deliveries", *(["urgent"] if values[2] in letters.URGENT else [])])
    return is_new


_INSERT = """
    INSERT INTO channels_delivery (ticket_id, message_id, purpose, once, channel, recipient,
        participant_id, language, external_id, facts, state, next_at, error, made_at, attempts)
    VALUES (%s, %s, %s, %s, 'email', %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, 0)
    ON CONFLICT (once) DO NOTHING RETURNING id"""


def external_id(once: str) -> str:
    """The Message-ID, without brackets, of the letter `once` names; nobody else can make it."""
    proof = hmac.new(settings.SECRET_KEY.encode(), f"letter:{once}".encode(), "sha256").hexdigest()
    return f"{proof[:40]}@{addresses.message_domain()}"


def _failure(recipient: str) -> str:
    """Why this address is not written to; empty when it may be."""
    failed = (
        Identity.objects.filter(kind="email", value=recipient.lower(), failed_at__isnull=False)
        .values_list("failure", flat=True)
        .first()
    )
    return "" if failed is None else f"Mail to this address came back: {failed}"[:300]


def drain(
    *, now: Callable[[], datetime], sender: Sender, limit: int = 50, is_urgent: bool = False
) -> int:
    """Send up to `limit` letters that are due, each settled in its own commit; how many were tried.

    0 when none is due, when others hold them all, or when the mail server cannot be reached.
    `is_urgent`: letters of alarm alone.
    """
    due = Delivery.objects.filter(state=Delivery.State.QUEUED, channel="email", next_at__lte=now())
    if is_urgent:
        due = due.filter(purpose__in=letters.URGENT)
    tried = 0
    try:
        for pk in list(due.order_by("next_at", "id").values_list("id", flat=True)[:limit]):
            tried += _send_one(pk, now=now, sender=sender)
    except UnreachableError as error:
        log.warning("mail waits: %s", error)
        return 0
    finally:
        sender.close()
    return tried


def _send_one(pk: int, *, now: Callable[[], datetime], sender: Sender) -> bool:
    """Send one letter while its lock is held; whether it was ours to try.

    The lock is an advisory one of this transaction and not a row lock: it ends with the worker all
    the same, but the transaction has no number while it waits for the mail server, so that whoever
    follows the log up to the oldest open transaction does not wait with it.
    """
    with transaction.atomic(durable=True):
        if not _is_free(pk):
            return False
        delivery = (
            Delivery.objects.filter(pk=pk, state=Delivery.State.QUEUED, next_at__lte=now())
            .select_related("ticket", "message__person", "participant")
            .first()
        )
        if delivery is None:
            return False
        trouble = _hand_over(delivery, sender)
        _settle(delivery, trouble, now=now())
    reach("deliver.after_commit")
    if isinstance(trouble, UnreachableError):
        raise trouble
    return True


def _is_free(pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, pk % (1 << 31)])
        row = cursor.fetchone()
    return bool(row and row[0])


def _hand_over(delivery: Delivery, sender: Sender) -> Exception | None:
    """Compose and send; what went wrong, if anything did."""
    try:
        with addresses.kept():
            raw, leaves_from = letters.compose(delivery), addresses.from_address()
        reach("deliver.before_send")
        sender.send(
            raw,
            sender=leaves_from,
            recipient=delivery.recipient,
            message_id=delivery.external_id,
        )
    except UnsafeHeader as error:
        return GiveUp(str(error))
    except (TryAgain, GiveUp) as error:
        return error
    except letters.UnknownLetterError as error:
        return TryAgain(str(error))  # a newer worker may know it
    reach("deliver.after_send")
    return None


def _settle(delivery: Delivery, trouble: Exception | None, *, now: datetime) -> None:
    """Write down how it went."""
    attempts = delivery.attempts + 1
    row = Delivery.objects.filter(pk=delivery.pk)
    if trouble is None:
        row.update(
            state=Delivery.State.SENT, sent_at=now, attempts=attempts, error="", **_kept(delivery)
        )
        _tell(delivery, Type.DELIVERED, now=now)
        return
    wait = min(FIRST_RETRY * 2 ** min(attempts - 1, 20), LONGEST_RETRY)
    if isinstance(trouble, TryAgain) and now + wait < delivery.made_at + PATIENCE:
        row.update(attempts=attempts, error=str(trouble)[:300], next_at=now + wait)
        return
    row.update(
        state=Delivery.State.FAILED,
        attempts=attempts,
        error=str(trouble)[:300],
        **_kept(delivery),
    )
    _tell(delivery, Type.UNDELIVERED, now=now)
    if isinstance(trouble, RefusedError) and trouble.is_address:
        _mark_failed(delivery.recipient, str(trouble), now=now)


def _kept(delivery: Delivery) -> dict[str, object]:
    """What is left of a letter's facts when nobody tries it again: no way in."""
    return {"facts": {}} if delivery.purpose in letters.SECRET else {}


def _tell(delivery: Delivery, kind: Type, *, now: datetime) -> None:
    """Note in the request's log what became of its letter, and refresh the pages that show it."""
    if delivery.ticket is None:
        return
    data = {"delivery": delivery.pk, "purpose": delivery.purpose}
    entry = Entry(
        type=kind, at=now, actor=SYSTEM, ticket=delivery.ticket, message=delivery.message, data=data
    )
    record([entry], now=now)
    announce(sorted(topics(delivery.ticket)), queues=["events"])


def _mark_failed(address: str, why: str, *, now: datetime) -> None:
    """The address does not work: nobody writes to it until it is proven again."""
    Identity.objects.filter(kind="email", value=address.lower()).update(
        failed_at=now, failure=why[:200]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """What a bounce says about one of our letters, for the staff who wait for it to be read."""

    delivery_id: int
    ticket: Ticket | None
    message: Message | None
    recipient: str
    is_permanent: bool
    sentence: str


def bounced(bounce: Bounce, *, now: datetime) -> Undelivered | None:
    """Write down that a letter of ours came back; None when it is about no letter of ours.

    Only a report that names the Message-ID counts: it cannot be guessed, so that nobody can have an
    address stopped by inventing a bounce. A permanent failure fails the letter and its address.
    """
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("ticket", "message")
            .filter(external_id=bounce.message_id or None)
            .first()
        )
        if delivery is None:
            return None
        what = "came back" if bounce.is_permanent else "is late"
        sentence = f"Mail to {delivery.recipient} {what} ({bounce.status or 'no reason given'})."
        if bounce.is_permanent and delivery.state != Delivery.State.FAILED:
            Delivery.objects.filter(pk=delivery.pk).update(
                state=Delivery.State.FAILED, error=sentence[:300]
            )
            _mark_failed(delivery.recipient, sentence, now=now)
            _tell(delivery, Type.UNDELIVERED, now=now)
    return Undelivered(
        delivery_id=delivery.pk,
        ticket=delivery.ticket,
        message=delivery.message,
        recipient=delivery.recipient,
        is_permanent=bounce.is_permanent,
        sentence=sentence,
    )


def next_due() -> datetime | None:
    """When the next queued letter is due; None when none waits."""
    return (
        Delivery.objects.filter(state=Delivery.State.QUEUED)
        .order_by("next_at")
        .values_list("next_at", flat=True)
        .first()
    )
