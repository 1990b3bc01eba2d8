"""What triage needs to know of the house around a message, gathered once and kept a while."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from homeroom.channels.models import Envelope
from homeroom.district import queries as district
from homeroom.district.models import Service
from homeroom.district.permissions import SYSTEM
from homeroom.district.values import OrgFacts
from homeroom.kit.errors import Expected
from homeroom.knowledge.library import Library
from homeroom.pipeline.hearing import CHOSEN
from homeroom.routing import learning, queries
from homeroom.routing.asker import Asker
from homeroom.routing.gate import CLOSED, Gate
from homeroom.routing.leaning import lean
from homeroom.routing.promises import Promise, promise
from homeroom.routing.rules import Exceptional
from homeroom.routing.values import Decision, Offered
from homeroom.tickets.models import Message, Ticket
from homeroom.understanding.encoders import Encoders
from homeroom.understanding.named import Kind
from homeroom.understanding.ranking import Candidate
from homeroom.understanding.reading import Standing
from homeroom.understanding.service import Model

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=30)
"""How long the standing facts are taken for granted before they are read again."""


class NothingLearned(Expected):
    """No routing model is fitted yet."""

    def __init__(self) -> None:
        super().__init__("This district offers too few services to learn from.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The district as triage sees it."""

    read_at: datetime
    zone: ZoneInfo
    languages: tuple[str, ...]
    closures: frozenset[date]
    orgs: Mapping[int, OrgFacts]
    services: Mapping[int, Service]
    offered: Mapping[str, Offered]
    rules: tuple[Exceptional, ...]
    encoders: Encoders
    model: Model | None
    model_hash: str
    gate: Gate
    library: Library | None


def look(*, encoders: Encoders, now: datetime, before: Surroundings | None = None) -> Surroundings:
    """The surroundings now; what was read within `FRESH` is used again."""
    if before is not None and before.read_at + FRESH > now >= before.read_at:
        return before
    facts = district.district(viewer=SYSTEM)
    learned = learning.champion()
    model, gate = learned or (learning.ensure(encoders=encoders, now=now), CLOSED)
    return Surroundings(
        read_at=now,
        zone=ZoneInfo(facts.timezone),
        languages=tuple(facts.languages) or ("en",),
        closures=frozenset(district.closures(viewer=SYSTEM)),
        orgs=district.catalogue(viewer=SYSTEM).orgs,
        services=Service.objects.in_bulk(),
        offered=queries.offered(viewer=SYSTEM),
        rules=tuple(queries.rules(viewer=SYSTEM)),
        encoders=encoders,
        model=model,
        model_hash=model.hash if model else "",
        gate=gate,
        library=_library(model, encoders=encoders, before=before),
    )


def _library(
    model: Model | None, *, encoders: Encoders, before: "Surroundings | None"
) -> Library | None:
    """What may be answered from; the shelves made before are used as long as the model is."""
    if model is None:
        return None
    if before is not None and before.library is not None and before.model_hash == model.hash:
        return before.library
    return Library(encoder=encoders.fingerprint, accents=model.offsets)


def standing(
    house: Surroundings, ticket: Ticket, *, asker: Asker, sent_to: Sequence[str]
) -> dict[str, Standing]:
    """What the district decided for each service it offers, and how this message leans to it.

    Where whoever asks chose one, of that one alone.
    """
    own = chosen(ticket, house=house)
    return {
        name: Standing(
            priority=one.default_priority,
            raise_if=one.raisers,
            lean=lean(one, audiences=asker.audiences, sent_to=sent_to),
        )
        for name, one in house.offered.items()
        if own is None or own == one
    }


def chosen(ticket: Ticket, *, house: Surroundings) -> Offered | None:
    """The service whose form opened this request, while it is offered."""
    number = str(ticket.context.get(CHOSEN, {}).get("id", ""))
    return next((one for one in house.offered.values() if str(one.id) == number), None)


def service(decision: Decision, *, house: Surroundings) -> Service | None:
    """The row of the decided service."""
    return house.services.get(decision.service.id) if decision.service else None


def school(ticket: Ticket, *, house: Surroundings) -> OrgFacts | None:
    """The org of the request, while there is such an org."""
    return house.orgs.get(ticket.org_id) if ticket.org_id else None


def addressed_to(message: Message) -> list[str]:
    """The addresses it was sent to: a weak hint, as people often write to the wrong one."""
    envelope = Envelope.objects.filter(message=message).only("recipients").first()
    return [str(each) for each in envelope.recipients] if envelope else []


def as_candidates(found: Iterable[district.Candidate]) -> list[Candidate]:
    """What the district looked up, in the words of understanding."""
    return [
        Candidate(
            kind=Kind(one.kind),
            value=one.value,
            id=str(one.id),
            label=one.label,
            how=one.how,
            org=str(one.org_id) if one.org_id else None,
            people=tuple(str(person) for person in one.people),
        )
        for one in found
    ]


def due(decision: Decision, *, since: datetime, house: Surroundings) -> Promise | None:
    """What is promised; nothing when no service was found or its team has no working time."""
    if decision.service is None:
        return None
    try:
        return promise(
            decision.service,
            priority=decision.priority,
            since=since,
            zone=house.zone,
            closures=house.closures,
        )
    except Expected:
        log.exception("no promise can be made for %s", decision.service.source_id)
        return None
