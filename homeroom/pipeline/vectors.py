"""What past requests mean, filled in behind live work: newest first, and never in its way."""

import time

from homeroom.kit.locks import held
from homeroom.pipeline import minds
from homeroom.tickets.models import Cursor, Message, Ticket, Vector
from homeroom.understanding.matter import matter

READER = "vectors"
LOCK = 0x56656374
"""Namespace of the advisory lock that one filler holds."""
BATCH = 16
"""Requests encoded between two looks at whether there is something better to do."""
REST = 2.0
"""Times its own working time that this rests after a batch: at most a third of one core."""


def begin() -> None:
    """From here on, everything there is now gets its vector; called after a past was loaded."""
    newest = Ticket.objects.order_by("-id").values_list("id", flat=True).first() or 0
    Cursor.objects.update_or_create(name=READER, defaults={"event_id": newest})


def fill(*, limit: int = BATCH) -> int:
    """Encode the newest requests that have no vector yet; how many were looked at.

    The cursor goes down from the newest to nothing; then there is nothing left to look for.
    """
    # A lock without a transaction: an open one would hold back the readers of the log.
    with held(LOCK, 0) as mine:
        cursor = Cursor.objects.filter(name=READER).first() if mine else None
        if cursor is None or cursor.event_id == 0:
            return 0
        below = Ticket.objects.filter(pk__lte=cursor.event_id).order_by("-id")
        seen = list(below.values_list("id", flat=True)[:limit])
        known = set(Vector.objects.filter(pk__in=seen).values_list("pk", flat=True))
        _encode([pk for pk in seen if pk not in known])
        cursor.event_id = seen[-1] - 1 if seen else 0
        cursor.save(update_fields=["event_id"])
    return len(seen)


def _encode(wanted: list[int]) -> None:
    said = (
        Message.objects.filter(ticket_id__in=wanted, direction=Message.Direction.IN)
        .order_by("ticket_id", "id")
        .distinct("ticket_id")
    )
    texts = {one.ticket_id: matter(one.subject, one.text) for one in said}
    encoders = minds.encoders()
    vectors = encoders.encode(list(texts.values())).astype("float16")
    Vector.objects.bulk_create(
        (
            Vector(ticket_id=pk, encoder=encoders.fingerprint, values=vector.tobytes())
            for pk, vector in zip(texts, vectors, strict=True)
        ),
        ignore_conflicts=True,
    )


def fill_gently() -> int:
    """One batch, then a rest in proportion to what it took."""
    began = time.monotonic()
    n_filled = fill()
    time.sleep(REST * (time.monotonic() - began) if n_filled else 0)
    return n_filled
