"""Many requests, one disruption: what has just come in is put with an incident, or begins one."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import InterfaceError, OperationalError, transaction

from homeroom.district import size
from homeroom.district.permissions import SYSTEM
from homeroom.kit.text import fold
from homeroom.pipeline.surroundings import Surroundings
from homeroom.tickets import incidents, outbreaks
from homeroom.tickets.disruptions import Incident
from homeroom.tickets.disruptions import Report as Row
from homeroom.tickets.incidents import Suspicion
from homeroom.tickets.log import MODEL
from homeroom.tickets.models import Message, Participant, Ticket
from homeroom.tickets.outbreaks import Seen
from homeroom.understanding import affected, bursts, frames, signs
from homeroom.understanding.bursts import Burst
from homeroom.understanding.reading import Reading
from homeroom.understanding.rhythm import Rhythm
from homeroom.understanding.signs import BUS, Report, Scope, Verdict

log = logging.getLogger(__name__)

GUESSES = 5
"""Services of a reading that are kept: the rest is noise."""
SURE = 0.5
"""From this probability a service says what is meant by who names nothing."""
MEMBERS = 24
"""Reports of an incident that a newcomer is compared with, the newest."""


def note(message: Message, reading: Reading, *, house: Surroundings) -> None:
    """Keep what a new request says of a disruption, in the caller's transaction, to be weighed.

    What fails here is only a warning that does not come: the request stands all the same.
    """
    try:
        with transaction.atomic():
            outbreaks.keep(_row(message, reading, house=house))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("request %s is compared with no others", message.ticket_id)


def weigh(ticket: Ticket, *, house: Surroundings, now: datetime) -> None:
    """Put a request with others of the same disruption, if there are; once, whoever is first."""
    try:
        with transaction.atomic():
            _weigh(ticket.pk, house=house, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("request %s was not compared with others", ticket.pk)
        outbreaks.claim(ticket.pk)
        return
    ticket.refresh_from_db(fields=["incident", "priority"])


def drain(*, house: Surroundings, now: datetime, limit: int = 20) -> int:
    """Weigh what a worker noted and did not come to weigh; how many there were."""
    waiting = outbreaks.unweighed(limit=limit, viewer=SYSTEM)
    for ticket in Ticket.objects.filter(pk__in=waiting).order_by("pk"):
        weigh(ticket, house=house, now=now)
    return len(waiting)


def _weigh(number: int, *, house: Surroundings, now: datetime) -> None:
    row = outbreaks.claim(number)
    if row is None or row.verdict == Verdict.OWN:
        return
    live = outbreaks.live(at=row.at, viewer=SYSTEM)
    seen = outbreaks.recent(row, live=[one.pk for one in live], viewer=SYSTEM)
    if not seen:
        return
    newcomer = _report(row, house=house)
    others = [_report(one, house=house) for one in seen]
    incidents.take_turn()
    own = _own(newcomer, others, live=live)
    if own is not None:
        if own.status != Incident.Status.DISMISSED:
            incidents.join(own, [number], by=MODEL, now=now)
        return
    rhythm = _rhythm(house, now=now)
    found = bursts.burst(newcomer, others, usual=_usual(rhythm, house=house, at=row.at))
    if found is not None:
        _raise(found, newcomer, others, live=live, house=house, now=now)


def _own(
    newcomer: Report, others: Sequence[Report], *, live: Sequence[Incident]
) -> Incident | None:
    """The incident that the newcomer reports, of several the one whose reports it is most like."""
    sure = {one.pk: _likeness(newcomer, one, others) for one in live}
    best = max(live, key=lambda one: (sure[one.pk], one.last_at or one.opened_at), default=None)
    return best if best is not None and sure[best.pk] > 0 else None


def _likeness(newcomer: Report, incident: Incident, others: Sequence[Report]) -> float:
    members = [one for one in others if one.incident == incident.pk][:MEMBERS]
    return bursts.belongs(newcomer, members, scope=Scope(incident.scope))


def _raise(
    found: Burst,
    newcomer: Report,
    others: Sequence[Report],
    *,
    live: Sequence[Incident],
    house: Surroundings,
    now: datetime,
) -> None:
    """Suggest an incident; or, where some of the reports stand in one, let that one grow."""
    grows = next((one for one in reversed(live) if one.pk in found.incidents), None)
    if grows is not None:
        if grows.status in incidents.OPEN:
            if found.scope in {Scope.DISTRICT, Scope.APP} and grows.scope != Scope.DISTRICT:
                incidents.widen(grows, by=MODEL, now=now)
            incidents.join(grows, found.reports, by=MODEL, now=now)
        return
    offered = house.offered.get(found.service)
    incidents.suggest(
        Suspicion(
            title=offered.name if offered else "",
            scope=found.scope,
            tickets=_with_kindred(found, newcomer, others),
            service_id=offered.id if offered else None,
            org_id=int(found.org) if found.org else None,
            mark=found.mark,
            evidence={
                "reports": found.n_reporters,
                "minutes": max(1, round(found.seconds / 60)),
                "usual": round(found.usual, 2),
            },
        ),
        by=MODEL,
        now=now,
    )


def _with_kindred(found: Burst, newcomer: Report, others: Sequence[Report]) -> tuple[int, ...]:
    """The reports of the burst, and those that are alike some of them though not the newcomer."""
    numbers = set(found.reports)
    members = [newcomer, *(one for one in others if one.id in numbers)]
    kindred = {
        one.id
        for one in others
        if one.id not in numbers
        and one.incident is None
        and newcomer.at - one.at <= outbreaks.BACK.total_seconds()
        and bursts.belongs(one, members, scope=found.scope)
    }
    return tuple(sorted(numbers | kindred))


def _row(message: Message, reading: Reading, *, house: Surroundings) -> Row:
    ticket, best = message.ticket, reading.services[:GUESSES]
    text = f"{message.subject}\n{frames.own(message.subject, message.text)}"
    things = affected.affected(text) or _meant(reading, house=house)
    route = _named(ticket, "route")
    return Row(
        ticket=ticket,
        at=message.at,
        reporter=_reporter(message),
        verdict=signs.tells(text),
        services=[one.service for one in best],
        chances=[round(one.probability, 4) for one in best],
        affected=sorted(things),
        org_id=_school(message, house=house),
        route=affected.route(route, text)[:80] if BUS in things else route,
        app=_named(ticket, "app_name"),
    )


def _meant(reading: Reading, *, house: Surroundings) -> frozenset[str]:
    """What is meant by who names nothing, where it is surely asked for under one service."""
    best = reading.services[0] if reading.services else None
    offered = house.offered.get(best.service) if best and best.probability >= SURE else None
    return affected.meant(house.services[offered.id].like) if offered else frozenset()


def _school(message: Message, *, house: Surroundings) -> int | None:
    """The school of the request, else of whoever wrote it down for somebody unknown.

    Who belongs to the district as a whole has not said where.
    """
    recorder = message.recorded_by
    for number in (message.ticket.org_id, recorder.org_id if recorder else None):
        org = house.orgs.get(number) if number else None
        if org is not None and org.kind != "district":
            return org.id
    return None


def _named(ticket: Ticket, name: str) -> str:
    fact = ticket.context.get(name)
    return fold(str(fact.get("value") or ""))[:80] if isinstance(fact, Mapping) else ""


def _reporter(message: Message) -> str:
    """Whoever tells it: the person, else the address, else the name; a nameless one is nobody
    else.
    """
    ticket = message.ticket
    if ticket.requester_id is not None:
        return f"person:{ticket.requester_id}"
    parts = ticket.participants.filter(role=Participant.Role.REQUESTER).exclude(value="")
    pair = parts.order_by("id").values_list("kind", "value").first()
    if pair is not None:
        return f"{pair[0]}:{pair[1]}"
    if message.sender_address:
        return f"address:{message.sender_address}"
    return f"name:{fold(message.sender_name)}" if message.sender_name else f"ticket:{ticket.pk}"


def _report(one: Seen, *, house: Surroundings) -> Report:
    is_ours = one.vector is not None and one.encoder == house.encoders.fingerprint
    return Report(
        id=one.ticket_id,
        at=one.at.timestamp(),
        reporter=one.reporter,
        verdict=Verdict(one.verdict),
        guesses=dict(zip(one.services, one.chances, strict=True)),
        affected=frozenset(one.affected),
        lang=one.language,
        org=str(one.org_id or ""),
        route=one.route,
        app=one.app,
        incident=one.incident_id,
        vector=np.frombuffer(one.vector, np.float16).astype(np.float32)
        if is_ours and one.vector
        else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A rhythm and what it was counted for."""

    key: tuple[object, ...]
    rhythm: Rhythm


_kept: _Kept | None = None


def _rhythm(house: Surroundings, *, now: datetime) -> Rhythm:
    """The usual numbers as of the last full hour, counted once in that hour."""
    global _kept  # noqa: PLW0603  one per process is the point
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = (hour, tuple(sorted(house.services)))
    if _kept is None or _kept.key != key:
        past = outbreaks.counts(until=hour, zone=house.zone.key, viewer=SYSTEM)
        schools = [one for one in house.orgs.values() if one.kind == "school"]
        likes = {
            name: house.services[one.id].like
            for name, one in house.offered.items()
            if one.id in house.services
        }
        rhythm = Rhythm(
            weeks=past.weeks,
            likes=likes,
            n_pupils=size.pupils(viewer=SYSTEM),
            n_schools=len(schools),
            by_hour=past.by_hour,
            by_school=past.by_school,
        )
        _kept = _Kept(key=key, rhythm=rhythm)
    return _kept.rhythm


def _usual(rhythm: Rhythm, *, house: Surroundings, at: datetime) -> bursts.Usual:
    local = at.astimezone(house.zone)
    hour = local.weekday() * 24 + local.hour

    def usual(
        services: Sequence[str], *, affected: frozenset[str], scope: Scope, org: str
    ) -> float:
        return rhythm.usual(services, affected=affected, scope=scope, org=org, hour=hour)

    return usual
