"""What the watch for outages reads: reports of the last hours, open incidents, usual numbers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.db.models import Q

from homeroom.tickets.disruptions import Incident, Report
from homeroom.tickets.models import Ticket

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

BACK: Final = timedelta(hours=3)
"""How far back reports can belong to one disruption that nobody has seen yet."""
PAST: Final = timedelta(days=28)
"""What counts as history for the usual numbers."""
LIVE_FOR: Final = timedelta(hours=4)
"""How long after its last report an incident still takes in reports by itself."""
LIVE_CONFIRMED: Final = timedelta(hours=12)
AFTER_END: Final = timedelta(hours=2)
"""How long after its end reports of it still come in."""
MOST: Final = 120
"""Reports looked at for one newcomer, the newest: a wave is seen long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A report as the database keeps it, with the vector of its request."""

    ticket_id: int
    at: datetime
    reporter: str
    verdict: str
    services: tuple[str, ...]
    chances: tuple[float, ...]
    affected: tuple[str, ...]
    route: str
    app: str
    incident_id: int | None
    org_id: int | None
    language: str
    encoder: str
    vector: bytes | None


def keep(report: Report) -> None:
    """Store what a request reports, to be weighed; once, whoever comes first."""
    Report.objects.bulk_create([report], ignore_conflicts=True)


def unweighed(*, limit: int, viewer: "Viewer") -> list[int]:
    """The requests whose reports wait to be compared with others, oldest first."""
    if viewer.kind != "system":
        return []
    waiting = Report.objects.filter(is_weighed=False).order_by("ticket")
    return list(waiting.values_list("ticket_id", flat=True)[:limit])


def claim(ticket_id: int) -> Seen | None:
    """The report of a request, from now on weighed; nothing when it was, or there is none."""
    waiting = Report.objects.filter(ticket=ticket_id, is_weighed=False)
    if not waiting.update(is_weighed=True):
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"{_SEEN} WHERE r.ticket_id = %s", [ticket_id])
        row = cursor.fetchone()
    return _seen(row) if row else None


_SEEN: Final = """SELECT r.ticket_id, r.at, r.reporter, r.verdict, r.services, r.chances,
         r.affected, r.route, r.app, r.incident_id, r.org_id,
         t.language, coalesce(v.encoder, ''), v.values
  FROM tickets_report r
  JOIN tickets_ticket t ON t.id = r.ticket_id
  LEFT JOIN tickets_vector v ON v.ticket_id = r.ticket_id"""


def recent(report: Seen, *, live: Collection[int], viewer: "Viewer") -> list[Seen]:
    """Reports before this one that may be of the same disruption, the newest first.

    Those of the last three hours from the same place, of the same thing or about a service it may
    be about, and those of the incidents in `live`. One query, by index and bounded.
    """
    if viewer.kind != "system":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_SEEN}
               WHERE r.ticket_id <> %(ticket)s AND r.at <= %(at)s AND r.at > %(since)s
                 AND t.merged_into_id IS NULL AND r.verdict <> 'own'
                 AND (r.org_id = %(org)s OR r.services && %(services)s::varchar[]
                   OR r.affected && %(affected)s::varchar[]
                   OR r.route = nullif(%(route)s, '') OR r.app = nullif(%(app)s, '')
                   OR r.incident_id = ANY(%(live)s::bigint[]))
               ORDER BY r.at DESC, r.ticket_id DESC LIMIT %(most)s""",
            {
                "ticket": report.ticket_id,
                "at": report.at,
                "since": report.at - (LIVE_CONFIRMED if live else BACK),
                "org": report.org_id,
                "services": list(report.services[:2]),
                "affected": list(report.affected),
                "route": report.route,
                "app": report.app,
                "live": list(live),
                "most": MOST,
            },
        )
        return [_seen(row) for row in cursor.fetchall()]


def _seen(row: tuple[object, ...]) -> Seen:
    names = Seen.__dataclass_fields__
    values = dict(zip(names, row, strict=True))
    vector = values["vector"]
    values["vector"] = bytes(vector) if isinstance(vector, bytes | memoryview) else None
    return Seen(**values)  # type: ignore[arg-type]


def live(*, at: datetime, viewer: "Viewer") -> list[Incident]:
    """Incidents that take in reports now, and those dismissed lately, the newest first."""
    if viewer.kind != "system":
        return []
    kinds = Incident.Status
    lately = (
        Q(status__in=(kinds.SUGGESTED, kinds.DISMISSED), last_at__gt=at - LIVE_FOR)
        | Q(status=kinds.CONFIRMED, last_at__gt=at - LIVE_CONFIRMED)
        | Q(status=kinds.RESOLVED, resolved_at__gt=at - AFTER_END)
    )
    rows = Incident.objects.filter(lately, last_at__gt=at - LIVE_CONFIRMED, opened_at__lte=at)
    return list(rows.order_by("-last_at", "-pk")[:50])


def told_of(ticket: Ticket) -> int | None:
    """The incident of a request, or the one it is named beside because a person must decide."""
    if ticket.incident_id is not None or not (ticket.safety or ticket.needs_person):
        return ticket.incident_id
    rows = Report.objects.filter(ticket_id=ticket.pk).exclude(
        incident__status=Incident.Status.DISMISSED
    )
    return rows.values_list("incident_id", flat=True).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many requests came, outside of incidents: by service (its source id) and hour of the
    week (0 = Monday at midnight, local), and by service and org id; over how many weeks.
    """

    weeks: float
    by_hour: dict[tuple[str, int], int]
    by_school: dict[tuple[str, str], int]


def counts(*, until: datetime, zone: str, viewer: "Viewer") -> Counts:
    """What came in the four weeks before `until`."""
    if viewer.kind != "system":
        return Counts(weeks=0.0, by_hour={}, by_school={})
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.source_id, t.org_id,
                      ((extract(isodow FROM t.opened_at AT TIME ZONE %(zone)s) - 1) * 24
                       + extract(hour FROM t.opened_at AT TIME ZONE %(zone)s))::int,
                      count(*), min(t.opened_at)
               FROM tickets_ticket t JOIN district_service s ON s.id = t.service_id
               WHERE t.opened_at >= %(since)s AND t.opened_at < %(until)s
                 AND t.incident_id IS NULL AND t.merged_into_id IS NULL
               GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
            {"zone": zone, "since": until - PAST, "until": until},
        )
        rows = cursor.fetchall()
    by_hour: dict[tuple[str, int], int] = {}
    by_school: dict[tuple[str, str], int] = {}
    for service, org, hour, n, _first in rows:
        by_hour[service, hour] = by_hour.get((service, hour), 0) + n
        by_school[service, str(org or "")] = by_school.get((service, str(org or "")), 0) + n
    first = min((row[4] for row in rows), default=until)
    return Counts(weeks=(until - first) / timedelta(weeks=1), by_hour=by_hour, by_school=by_school)
