"""What a message names, found in this district's records for this asker: people, places, things."""

from collections.abc import Mapping

from homeroom.district import circle
from homeroom.district import queries as district
from homeroom.district.circle import Member
from homeroom.district.models import Service
from homeroom.district.permissions import SYSTEM
from homeroom.pipeline import surroundings
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.context import Asker, Context, Found, gather
from homeroom.routing.fields import Field, field
from homeroom.tickets.models import Message, Ticket
from homeroom.understanding.ranking import Resolved, rank
from homeroom.understanding.reading import Reading


def asker(message: Message, *, house: Surroundings) -> Asker:
    """What the roster says of the one who asks, or as they call themselves; one query."""
    ticket = message.ticket
    person = ticket.requester
    if person is None:
        return Asker(name=ticket.requester_name or message.sender_name)
    people = circle.people([person.pk], wards_of=person.pk, viewer=SYSTEM)
    own = people.get(person.pk, Member(id=person.pk, given=person.given_name, name=person.name))
    home = surroundings.school(ticket, house=house)
    return Asker(
        name=person.name,
        certainty=ticket.certainty,
        roles=own.roles,
        is_student=own.is_student,
        is_staff=own.is_staff,
        school=home.name if home and home.kind == "school" else "",
        person=own,
        children=tuple(one for one in people.values() if one.is_ward and one.id != person.pk),
    )


def found(ticket: Ticket, reading: Reading, *, asker: Asker) -> Found:
    """What the things named most likely are, and what the records have of them."""
    candidates = district.candidates(
        [(mention.kind.value, mention.value) for mention in reading.mentions],
        person=ticket.requester,
        viewer=SYSTEM,
    )
    resolved = rank(
        reading.mentions,
        surroundings.as_candidates(candidates),
        sender_org=str(ticket.org_id) if ticket.org_id else None,
        sender_person=str(ticket.requester_id) if ticket.requester_id else None,
    )
    things = circle.things(
        _ids(resolved, "asset_tag", "serial"),
        places=_ids(resolved, "room", "place")
        if any(one.field == "device_word" for one in resolved)
        else (),
        viewer=SYSTEM,
    )
    known: dict[int, Member] = {
        one.id: one for one in (asker.person, *asker.children) if one is not None
    }
    meant = {*_ids(resolved, "person", "student_id")}
    meant |= {one.person_id for one in things if one.person_id and asker.is_staff}
    fresh = meant - set(known)
    people = known | dict(circle.people(fresh, viewer=SYSTEM)) if fresh else known
    return Found(resolved=resolved, people=people, things=things)


def _ids(resolved: tuple[Resolved, ...], *fields: str) -> set[int]:
    return {
        int(one.id) for one in resolved if one.id and one.field in fields and one.certainty > 0.2
    }


def context(
    message: Message,
    found: Found,
    *,
    asker: Asker,
    service: Service | None,
    house: Surroundings,
) -> Context:
    """The facts of the request and what its service still needs to know."""
    return gather(
        found,
        text=f"{message.subject}\n{message.text}",
        on=message.at.astimezone(house.zone).date(),
        asker=asker,
        required=fields(service, "required_context"),
        helpful=fields(service, "helpful_context"),
    )


def fields(service: Service | None, which: str) -> tuple[Field, ...]:
    """The required or helpful fields of a service."""
    if service is None:
        return ()
    specs: Mapping[str, Mapping[str, object]] = service.context_fields
    return tuple(field(name, specs.get(name) or {}) for name in getattr(service, which))
