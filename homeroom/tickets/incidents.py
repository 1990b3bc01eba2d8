"""What can be done to an incident; each atomic, each in the log, each can be taken back.

A machine suggests and attaches; a person confirms, dismisses, and says that it is over. A request
in which somebody may be in danger is only named beside an incident until a person attaches it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from homeroom.kit.errors import Expected
from homeroom.kit.live import announce
from homeroom.tickets.automation import may_automate
from homeroom.tickets.disruptions import Incident, Report
from homeroom.tickets.log import Actor, Entry, Type, record
from homeroom.tickets.models import LIVE, Status, Ticket
from homeroom.tickets.writing import changing

TOPIC: Final = "problems"
"""What open desks follow to see incidents."""
PRESSING: Final = 2
"""Priority of a request that several people's work hangs on."""
_TURN: Final = 0x496E6369
"""The advisory lock under which incidents begin and grow, one at a time."""
OWN: Final = "own"
"""The verdict of a report that is none (`understanding.signs.Verdict.OWN`)."""
OPEN: Final = (Incident.Status.SUGGESTED, Incident.Status.CONFIRMED)


class NotAnymore(Expected):
    """The incident does not stand as the page showed it."""


class NotInIt(Expected):
    """The request is in another incident already, or in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What speaks for an incident: how far it reaches, about what, and the reports so far."""

    title: str
    scope: str
    tickets: Collection[int]
    service_id: int | None = None
    org_id: int | None = None
    mark: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


def take_turn() -> None:
    """Wait until nobody else begins or grows an incident; the caller's transaction holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])


def suggest(suspicion: Suspicion, *, by: Actor, now: datetime) -> Incident:
    """A new suggested incident with these reports in it; `join` says which are attached."""
    with transaction.atomic():
        reports = Report.objects.filter(ticket__in=suspicion.tickets).order_by("at")
        times = list(reports.values_list("at", flat=True))
        incident = Incident.objects.create(
            title=suspicion.title[:200],
            service_id=suspicion.service_id,
            scope=suspicion.scope,
            org_id=suspicion.org_id,
            mark=suspicion.mark,
            evidence=dict(suspicion.evidence),
            opened_at=now,
            first_at=times[0] if times else now,
            last_at=times[-1] if times else now,
        )
        _say(incident, Type.SUSPECTED, by=by, now=now, scope=suspicion.scope)
        join(incident, suspicion.tickets, by=by, now=now)
    return incident


def join(incident: Incident, tickets: Iterable[int], *, by: Actor, now: datetime) -> None:
    """Attach requests that stand in no incident, and make them as pressing as it is.

    Those in which somebody may be in danger a machine only names beside it.
    """
    with transaction.atomic():
        for number in sorted(tickets):
            with changing(number, by=by, now=now) as change:
                ticket = change.ticket
                if ticket.merged_into_id is not None or ticket.incident_id is not None:
                    continue
                Report.objects.filter(ticket=ticket).update(incident=incident)
                if by.kind != "person" and not may_automate(ticket):
                    change.say(Type.NEARED, incident=incident.pk)
                    continue
                change.set(Type.JOINED, incident_id=incident.pk)
                if ticket.status in LIVE:
                    change.set(Type.PRIORITISED, priority=min(ticket.priority, PRESSING))
        last = Report.objects.filter(incident=incident).order_by("-at").first()
        if last is not None and (incident.last_at is None or last.at > incident.last_at):
            incident.last_at = last.at
            incident.save(update_fields=["last_at"])
        announce([TOPIC])


def widen(incident: Incident, *, by: Actor, now: datetime) -> None:
    """It reaches the whole district, as reports from elsewhere show."""
    with transaction.atomic():
        incident.scope, incident.org = "district", None
        incident.save(update_fields=["scope", "org"])
        _say(incident, Type.SUSPECTED, by=by, now=now, scope="district")


def confirm(incident: Incident, *, by: Actor, now: datetime) -> Incident:
    """A person says that it is one; from now on people are told of it."""
    with transaction.atomic():
        found = _locked(incident, Incident.Status.SUGGESTED)
        found.status = Incident.Status.CONFIRMED
        found.save(update_fields=["status"])
        _say(found, Type.CONFIRMED, by=by, now=now)
    return found


def dismiss(incident: Incident, *, by: Actor, now: datetime) -> Incident:
    """A person says that it is none: each request stands alone again."""
    with transaction.atomic():
        found = _locked(incident, *OPEN)
        # Its reports remember it, so that those that follow do not raise the same again.
        for number in _attached(found):
            _leave(number, found, by=by, now=now)
        found.status, found.resolved_at = Incident.Status.DISMISSED, now
        found.save(update_fields=["status", "resolved_at"])
        _say(found, Type.DISMISSED, by=by, now=now)
    return found


def resolve(incident: Incident, *, by: Actor, now: datetime) -> Incident:
    """It is over: its requests are resolved with it and stay in it.

    Those in which somebody may be in danger stay open until a person ends each.
    """
    with transaction.atomic():
        found = _locked(incident, *OPEN)
        for number in _attached(found):
            with changing(number, by=by, now=now) as change:
                if change.ticket.status in LIVE and may_automate(change.ticket):
                    change.set(
                        Type.RESOLVED,
                        status=Status.RESOLVED,
                        resolved_at=now,
                        waiting_until=None,
                    )
                    change.quietly(needs_triage=False)
        found.status, found.resolved_at = Incident.Status.RESOLVED, now
        found.save(update_fields=["status", "resolved_at"])
        _say(found, Type.ENDED, by=by, now=now)
    return found


def attach(incident: Incident, *, ticket: Ticket, by: Actor, now: datetime) -> None:
    """A person puts a request into the incident. :raises NotInIt: when it stands in one."""
    with transaction.atomic():
        found = _locked(incident, *OPEN)
        with changing(ticket, by=by, now=now) as change:
            if change.ticket.incident_id is not None or change.ticket.merged_into_id is not None:
                raise NotInIt(_("This request is part of something else already."))
            change.set(Type.JOINED, incident_id=found.pk)
            Report.objects.filter(ticket=change.ticket).update(incident=found)
        announce([TOPIC])


def detach(incident: Incident, *, ticket_id: int, by: Actor, now: datetime) -> None:
    """A person takes a request out again. :raises NotInIt: when it is not in it."""
    with transaction.atomic():
        if not _leave(ticket_id, incident, by=by, now=now):
            raise NotInIt(_("This request is not part of this problem."))
        # It is somebody's own matter, a person says: no machine puts it back.
        Report.objects.filter(ticket=ticket_id, incident=incident).update(
            incident=None, verdict=OWN
        )
        announce([TOPIC])


def _leave(number: int, incident: Incident, *, by: Actor, now: datetime) -> bool:
    with changing(number, by=by, now=now) as change:
        if change.ticket.incident_id != incident.pk:
            return False
        return change.set(Type.LEFT, incident_id=None)


def _attached(incident: Incident) -> list[int]:
    return list(
        Ticket.objects.filter(incident=incident).order_by("pk").values_list("pk", flat=True)
    )


def _locked(incident: Incident, *statuses: str) -> Incident:
    """The incident, locked, while it stands so. :raises NotAnymore: when it does not."""
    take_turn()
    found = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if found.status not in statuses:
        raise NotAnymore(_("Somebody decided this already. Load the page again to see it."))
    return found


def _say(incident: Incident, kind: Type, *, by: Actor, now: datetime, **data: object) -> None:
    """An event of the incident itself, and a sign to open pages."""
    entry = Entry(type=kind, at=now, actor=by, ticket=None, incident_id=incident.pk, data=data)
    record([entry], now=now)
    announce([TOPIC], queues=["events"])
