"""Things as they arrived: kept before anybody says "got it", claimed, and settled once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from homeroom.channels.models import Envelope
from homeroom.kit import blobs
from homeroom.kit.failpoint import reach
from homeroom.kit.live import announce
from homeroom.kit.models import Blob
from homeroom.tickets.models import Message

TRIES = 5
"""After so many failures a person must look: the envelope is held."""
FIRST_RETRY = timedelta(seconds=2)
"""Doubled at each failure: 2, 4, 8, 16 seconds."""
LEASE = timedelta(seconds=30)
"""A worker that has not settled an envelope by then is taken for dead."""


def key_of(raw: bytes) -> str:
    """The key of bytes that came without a name of their own."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def keep(
    raw: bytes,
    *,
    channel: str,
    form: str,
    recipients: Sequence[str],
    now: datetime,
    entry_id: int | None = None,
    key: str | None = None,
    wakes: bool = True,
) -> Envelope:
    """The envelope of these bytes, durably stored when this returns; the same key is stored once.

    `key` names the thing within its channel (default: the hash of its bytes). Wakes the drainer,
    unless the caller files it at once itself; dying before that costs a few seconds, nothing else.
    """
    kept = Envelope(
        channel=channel,
        entry_id=entry_id,
        key=key or key_of(raw),
        form=form,
        recipients=list(recipients),
        received_at=now,
    )
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        kept.raw = Blob(sha256=blobs.keep(raw, now=now), size=len(raw), content=raw)
        cursor.execute(
            """INSERT INTO channels_envelope (channel, entry_id, key, form, raw_id, recipients,
                   received_at, state, reason, attempts, relation)
               VALUES (%s, %s, %s, %s, %s, to_jsonb(%s::text[]), %s, 'received', '', 0, '')
               ON CONFLICT (channel, key) DO NOTHING RETURNING id""",
            [channel, entry_id, kept.key, form, kept.raw_id, kept.recipients, now],
        )
        made = cursor.fetchone()
        reach("envelopes.before_commit")
        if made is None:
            return _joined(kept)
        kept.pk = made[0]
        announce([], queues=["envelopes"] if wakes else [])
    return kept


def _joined(again: Envelope) -> Envelope:
    """The envelope that has this key already, with the recipients that it did not name.

    A mail server may hand over one mail in two transactions, each with a part of its recipients.
    """
    first = Envelope.objects.select_for_update().get(channel=again.channel, key=again.key)
    new = [each for each in dict.fromkeys(again.recipients) if each not in first.recipients]
    if new:
        first.recipients += new
        first.save(update_fields=["recipients"])
    return first


def claim(*, now: datetime, limit: int = 20) -> list[Envelope]:
    """The oldest waiting envelopes that nobody else works on, leased for `LEASE`, each try counted.

    The try is counted before the work starts, so that bytes which kill their worker are held for a
    person after `TRIES` and never loop. What was tried before comes alone: if it kills its worker
    again, no other envelope is charged for that or waits for the lease to end. The bytes are not
    read yet: twenty large mails at once would be a gigabyte.
    """
    with transaction.atomic(durable=True):
        claimed = _lease("attempts > 0", now=now, limit=1) or _lease(
            "attempts = 0", now=now, limit=limit
        )
    return list(Envelope.objects.filter(pk__in=claimed).order_by("id"))


def _lease(which: str, *, now: datetime, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        # Losing the lease in a power cut does no harm: waiting for the disk here would.
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(
            f"""UPDATE channels_envelope SET attempts = attempts + 1, next_at = %s
                WHERE id IN (SELECT id FROM channels_envelope
                             WHERE state = 'received' AND (next_at IS NULL OR next_at <= %s)
                               AND {which}
                             ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING id""",  # noqa: S608  (our own words)
            [now + LEASE, now, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def settle(
    envelope: Envelope,
    *,
    state: Envelope.State,
    now: datetime,
    reason: str = "",
    relation: str = "",
    message_id: int | None = None,
    ticket_id: int | None = None,
    sent_to: Sequence[str] = (),
) -> None:
    """Write the end state of an envelope and why, in the caller's transaction.

    `sent_to` is what the message itself says, for doors that were told of no recipient.
    """
    Envelope.objects.filter(pk=envelope.pk).update(
        recipients=envelope.recipients or list(sent_to),
        state=state,
        reason=reason[:300],
        relation=relation,
        message_id=message_id,
        ticket_id=ticket_id,
        settled_at=now,
        next_at=None,
    )
    if state in {Envelope.State.HELD, Envelope.State.QUARANTINED}:
        announce(["held"])


def relate(message: Message, *, relation: str) -> None:
    """Say anew how a message relates to the requests, once it was understood where it belongs."""
    Envelope.objects.filter(message=message).update(relation=relation, ticket=message.ticket_id)


def postpone(envelope: Envelope, *, why: str, now: datetime) -> None:
    """Note a failed try: later again, or held for a person after `TRIES`."""
    if envelope.attempts >= TRIES:
        with transaction.atomic():
            settle(envelope, state=Envelope.State.HELD, reason=why, relation="held", now=now)
        return
    waits = Envelope.objects.filter(pk=envelope.pk, state=Envelope.State.RECEIVED)
    waits.update(reason=why[:300], next_at=now + FIRST_RETRY * 2 ** (envelope.attempts - 1))


ASIDE = (Envelope.State.HELD, Envelope.State.QUARANTINED)
"""The states in which a person must decide."""


def put_back(envelope: Envelope, *, now: datetime, releases: bool = False) -> bool:
    """A person says: try this one again; whether it still waited for somebody to decide.

    When it `releases`, what looked like spam, a list or nothing at all is filed as a request.
    """
    with transaction.atomic():
        moved = Envelope.objects.filter(pk=envelope.pk, state__in=ASIDE).update(
            state=Envelope.State.RECEIVED,
            attempts=0,
            next_at=now,
            settled_at=None,
            is_released=releases,
        )
        announce(["held"], queues=["envelopes"])
    return bool(moved)


def discard(envelope: Envelope, *, because: str, now: datetime) -> bool:
    """A person says: nobody asks for anything here; whether it still waited for that.

    The bytes stay, with the reason: an ignored envelope is counted as one.
    """
    with transaction.atomic():
        moved = Envelope.objects.filter(pk=envelope.pk, state__in=ASIDE).update(
            state=Envelope.State.IGNORED,
            relation="ignored",
            reason=because[:300],
            settled_at=now,
            next_at=None,
        )
        announce(["held"])
    return bool(moved)
