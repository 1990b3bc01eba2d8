"""Writes an administrator makes to what waits for a decision, each leaving its line."""

from datetime import datetime

from django.db import transaction

from homeroom.channels import envelopes
from homeroom.channels.models import Envelope
from homeroom.district import changes
from homeroom.district.models import Account


@transaction.atomic
def try_again(*, envelope: Envelope, by: Account, now: datetime) -> bool:
    """Read it again as it is; whether it still waited."""
    return _note(envelope, "read again", envelopes.put_back(envelope, now=now), by=by, now=now)


@transaction.atomic
def release(*, envelope: Envelope, by: Account, now: datetime) -> bool:
    """File it as a request, whatever it looks like; whether it still waited."""
    moved = envelopes.put_back(envelope, now=now, releases=True)
    return _note(envelope, "filed", moved, by=by, now=now)


@transaction.atomic
def discard(*, envelope: Envelope, because: str, by: Account, now: datetime) -> bool:
    """Leave it unfiled for good, with the reason; whether it still waited."""
    moved = envelopes.discard(envelope, because=f"Discarded by {by.email}: {because}", now=now)
    return _note(envelope, f"discarded: {because}", moved, by=by, now=now)


def _note(envelope: Envelope, became: str, moved: bool, *, by: Account, now: datetime) -> bool:  # noqa: FBT001
    if moved:
        changes.note(
            by=by,
            what="mail",
            about=f"{envelope.channel} {envelope.pk}",
            before={"it": f"{envelope.state}: {envelope.reason}"},
            after={"it": became},
            now=now,
        )
    return moved
