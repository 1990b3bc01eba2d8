"""When the first reply and the end are due; pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from homeroom.routing.calendar import Hours, add_working_time
from homeroom.routing.values import Offered

SHARE_PER_STEP = 0.5
"""Each step of priority above (below) the service's usual one halves (doubles) the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Two moments, in UTC."""

    reply_due_at: datetime
    resolve_due_at: datetime


def promise(
    service: Offered,
    *,
    priority: int,
    since: datetime,
    zone: ZoneInfo,
    closures: Collection[date],
) -> Promise:
    """What the district promises for a request of this service and priority made at `since`.

    Counted in the owner team's working hours, so that a Friday evening's request is due on Monday.
    """
    hours = Hours.parse(service.hours)
    share = SHARE_PER_STEP ** (service.default_priority - priority)

    def after(working_hours: float) -> datetime:
        return add_working_time(
            since, round(working_hours * 60 * share), hours=hours, zone=zone, closures=closures
        )

    return Promise(
        reply_due_at=after(service.first_response_hours),
        resolve_due_at=after(service.resolve_hours),
    )
