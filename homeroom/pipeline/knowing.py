"""What a message names, found in this district's records for this asker: people, places, things."""

from collections.abc import Mapping
from dataclasses import replace

from homeroom.channels.inbound import Inbound
from homeroom.district import circle
from homeroom.district import queries as district
from homeroom.district.circle import Member
from homeroom.district.models import Person, Service
from homeroom.district.permissions import SYSTEM
from homeroom.district.values import Candidate
from homeroom.pipeline import surroundings
from homeroom.pipeline.hearing import who_wrote
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.asker import Asker, Found
from homeroom.routing.context import FORM, Context, gather
from homeroom.routing.fields import Field, field
from homeroom.routing.leaning import Beside
from homeroom.tickets.models import Message
from homeroom.understanding.listed import same_place
from homeroom.understanding.named import Kind
from homeroom.understanding.ranking import Resolved, rank
from homeroom.understanding.reading import Reading


def asker(message: Message, *, house: Surroundings) -> Asker:
    """What the roster says of the one who asks, or as they call themselves; one query."""
    ticket = message.ticket
    person = ticket.requester
    if person is None:
        return Asker(
            name=ticket.requester_name or message.sender_name,
            is_vouched=message.recorded_by_id is not None,
        )
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


def beside(inbound: Inbound) -> Beside:
    """What is known of it beside its words: who the roster says they are, and where they wrote."""
    person = who_wrote(inbound).person
    if person is None:
        return Beside(sent_to=tuple(inbound.to))
    people = circle.people([person.pk], wards_of=person.pk, viewer=SYSTEM)
    own = people.get(person.pk)
    asker = Asker(
        is_student=own is not None and own.is_student,
        is_staff=own is not None and own.is_staff,
        children=tuple(one for one in people.values() if one.is_ward and one is not own),
    )
    return Beside(audiences=tuple(sorted(asker.audiences)), sent_to=tuple(inbound.to))


def found(message: Message, reading: Reading, *, asker: Asker) -> Found:
    """What the things named most likely are, and what the records have of them.

    What a member of staff wrote down for somebody unknown is looked up from where they work.
    """
    near = message.ticket.requester or message.recorded_by
    resolved = rank(
        reading.mentions,
        surroundings.as_candidates(_candidates(reading, near)),
        sender_org=str(near.org_id) if near and near.org_id else None,
        sender_person=str(near.pk) if near else None,
    )
    people: dict[int, Member] = {
        one.id: one for one in (asker.person, *asker.children) if one is not None
    }
    fresh = _ids(resolved, "person", "student_id") - set(people)
    people |= circle.people(fresh, viewer=SYSTEM) if fresh else {}
    places: set[int] = set()
    if any(one.field == "device_word" for one in resolved):
        own = (one.place_id for one in people.values() if one.is_staff and one.place_id)
        places = _ids(resolved, "room", "place") | set(own)
    tags = _ids(resolved, "asset_tag", "serial")
    things = circle.things(tags, places=places, viewer=SYSTEM)
    owners = {one.person_id for one in things if one.id in tags and one.person_id} - set(people)
    people |= circle.people(owners, viewer=SYSTEM) if owners else {}
    return Found(resolved=resolved, people=people, things=things)


def _candidates(reading: Reading, near: Person | None) -> list[Candidate]:
    """What the district has under the names of a text; places also under their other names."""
    meant: dict[tuple[str, str], str] = {}
    for mention in reading.mentions:
        called = same_place(mention.value) if mention.kind is Kind.PLACE else (mention.value,)
        for name in called:
            meant.setdefault((mention.kind.value, name), mention.value)
    rows = district.candidates(meant, person=near, viewer=SYSTEM)
    return [
        replace(one, value=meant[one.kind, one.value]) if (one.kind, one.value) in meant else one
        for one in rows
    ]


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
        given={
            name: one for name, one in message.ticket.context.items() if one.get("source") == FORM
        },
    )


def fields(service: Service | None, which: str) -> tuple[Field, ...]:
    """The required or helpful fields of a service."""
    if service is None:
        return ()
    specs: Mapping[str, Mapping[str, object]] = service.context_fields
    return tuple(field(name, specs.get(name) or {}) for name in getattr(service, which))
