"""What keeps watch while understanding is away: words of danger never wait for a model."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from homeroom.kit.locks import held
from homeroom.pipeline import alarms, triage
from homeroom.tickets.log import SYSTEM, Type
from homeroom.tickets.models import Message
from homeroom.tickets.writing import changing
from homeroom.understanding.safety import Level

log = logging.getLogger(__name__)

LOOKED_THROUGH = 500
"""Unread messages that are looked at in one go: some 0.3 ms each."""


def drain(*, now: Callable[[], datetime], limit: int = LOOKED_THROUGH) -> int:
    """Hand over to people what waits and is dangerous by its words, or has waited too long.

    How many were handed over; everything else waits until understanding is back.
    """
    waiting = Message.objects.filter(direction=Message.Direction.IN, read_at=None)
    n_done = 0
    for message in waiting.select_related("ticket").order_by("id")[:limit]:
        is_late = message.recorded_at + triage.HOPELESS <= now()
        if not is_late and alarms.by_words(message).level is not Level.PAGE:
            continue
        with held(triage.LOCK, message.pk) as mine:
            if mine:
                n_done += _hand_over(message, now=now())
    return n_done


def _hand_over(message: Message, *, now: datetime) -> bool:
    """Leave a message to people without a thought; whether it was unread until now."""
    with transaction.atomic(durable=True):
        if not Message.objects.filter(pk=message.pk, read_at=None).update(read_at=now):
            return False
        with changing(message.ticket_id, by=SYSTEM, at=message.at, now=now) as change:
            change.quietly(read_at=change.ticket.read_at or now)
            change.say(Type.READ, message=message, understood=False)
            alarms.heed_unread(change, message)
    return True
