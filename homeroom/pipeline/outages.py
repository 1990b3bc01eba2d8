"""Many requests, one disruption: what has just come in is put with an incident, or begins one."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction

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
from homeroom.understanding import bursts
from homeroom.understanding.bursts import Burst, Report, Scope, Verdict
from homeroom.understanding.reading import Reading
from homeroom.understanding.rhythm import Rhythm

log = logging.getLogger(__name__)

GUESSES = 5
"""Services of a reading that are kept: the rest is noise."""
MEMBERS = 24
"""Reports of an incident that a newcomer is compared with, the newest."""


def watch(message: Message, reading: Reading, *, house: Surroundings, now: datetime) -> None:
    """Put the request that has just been read with others of the same disruption, if there are.

    What fails here is only a warning that comes later: the request stands already.
    """
    ticket = message.ticket
    is_new = message.is_moved_from_id is None and ticket.merged_into_id is None
    if message.kind != "request" or ticket.read_at != now or not is_new:
        return
    try:
        with transaction.atomic():
            _watch(message, reading, house=house, now=now)
    except Exception:
        log.exception("request %s was not compared with others", ticket.pk)
        return
    ticket.refresh_from_db(fields=["incident", "priority"])


def _watch(message: Message, reading: Reading, *, house: Surroundings, now: datetime) -> None:
    ticket = message.ticket
    row = _row(message, reading)
    outbreaks.keep(row)
    if row.verdict == Verdict.OWN:
        return
    live = outbreaks.live(at=message.at, viewer=SYSTEM)
    seen = outbreaks.recent(row, org_id=ticket.org_id, live=[one.pk for one in live], viewer=SYSTEM)
    if not seen:
        return
    newcomer = _report(_seen(row, ticket, reading), house=house)
    others = [_report(one, house=house) for one in seen]
    incidents.take_turn()
    own = next((one for one in live if _is_of(newcomer, one, others)), None)
    if own is not None:
        if own.status != Incident.Status.DISMISSED:
            incidents.join(own, [ticket.pk], by=MODEL, now=now)
        return
    rhythm = _rhythm(house, now=now)
    found = bursts.burst(newcomer, others, usual=_usual(rhythm, house=house, at=message.at))
    if found is not None:
        _raise(found, newcomer, others, live=live, house=house, now=now)


def _is_of(newcomer: Report, incident: Incident, others: Sequence[Report]) -> bool:
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
            org_id=int(newcomer.org) if found.scope is Scope.SITE else None,
            mark=newcomer.route if found.scope is Scope.ROUTE else newcomer.app,
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


def _row(message: Message, reading: Reading) -> Row:
    best = reading.services[:GUESSES]
    return Row(
        ticket=message.ticket,
        at=message.at,
        reporter=_reporter(message),
        verdict=bursts.tells(f"{message.subject}\n{message.text}"),
        services=[one.service for one in best],
        chances=[round(one.probability, 4) for one in best],
        route=_named(message.ticket, "route"),
        app=_named(message.ticket, "app_name"),
    )


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


def _seen(row: Row, ticket: Ticket, reading: Reading) -> Seen:
    return Seen(
        ticket_id=ticket.pk,
        at=row.at,
        reporter=row.reporter,
        verdict=row.verdict,
        services=tuple(row.services),
        chances=tuple(row.chances),
        route=row.route,
        app=row.app,
        incident_id=None,
        org_id=ticket.org_id,
        language=reading.language.code,
        encoder=reading.trace.encoders,
        vector=reading.vector.astype(np.float16).tobytes(),
    )


def _report(one: Seen, *, house: Surroundings) -> Report:
    is_ours = one.vector is not None and one.encoder == house.encoders.fingerprint
    org = house.orgs.get(one.org_id) if one.org_id else None
    return Report(
        id=one.ticket_id,
        at=one.at.timestamp(),
        reporter=one.reporter,
        verdict=Verdict(one.verdict),
        guesses=dict(zip(one.services, one.chances, strict=True)),
        lang=one.language,
        # Who belongs to the district as a whole has not said where.
        org=str(org.id) if org is not None and org.kind != "district" else "",
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

    def usual(services: Sequence[str], *, scope: Scope, org: str) -> float:
        return rhythm.usual(services, scope=scope, org=org, hour=hour)

    return usual
