"""Which status may follow which, and what falls due next; pure."""

from datetime import datetime

from django.utils.translation import gettext as _

from homeroom.kit.errors import Expected
from homeroom.tickets.models import Status

FOLLOWS: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.OPEN, Status.WAITING, Status.RESOLVED}),
    Status.OPEN: frozenset({Status.WAITING, Status.RESOLVED}),
    Status.WAITING: frozenset({Status.OPEN, Status.RESOLVED}),
    Status.RESOLVED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.OPEN}),
}


class NotFromHere(Expected):
    """This cannot be done to the request as it stands now."""


def check(present: str, wanted: Status) -> None:
    """Pass when `wanted` may follow `present`.

    :raises NotFromHere: when it may not.
    """
    if wanted not in FOLLOWS[Status(present)]:
        raise NotFromHere(
            _("This does not fit how the request stands now. Load the page again to see it.")
        )


def next_due(
    *,
    status: str,
    replied_at: datetime | None,
    reply_due_at: datetime | None,
    resolve_due_at: datetime | None,
) -> datetime | None:
    """The promise that falls due next, or nothing while the asker has the next move."""
    if status not in {Status.NEW, Status.OPEN}:
        return None
    if replied_at is None and reply_due_at is not None:
        return reply_due_at
    return resolve_due_at
