"""Who has just told something, and what binds them to those who ask in another request."""

from dataclasses import dataclass

from homeroom.district import kin
from homeroom.district.kin import Family
from homeroom.district.models import Person
from homeroom.district.permissions import SYSTEM
from homeroom.kit.text import fold
from homeroom.pipeline import tellings
from homeroom.pipeline.surroundings import Surroundings
from homeroom.pipeline.tellings import Known
from homeroom.tickets.alike import Near, Told
from homeroom.tickets.models import Message, Participant
from homeroom.understanding.sameness import Tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Whoever has just told something, as far as address, roster and note-taker say who it is."""

    person: Person | None
    """By the address, or by name when a member of staff wrote it down and there is one such."""
    namesakes: frozenset[int]
    """Those of that name on the roster, when the address says nothing."""
    name: str
    addresses: tuple[tuple[str, str], ...]
    is_vouched: bool
    """A member of staff wrote it down and gave the name."""
    family: Family
    works_at: int | None
    """The school where they work."""

    @property
    def people(self) -> frozenset[int]:
        """Whose requests may be meant."""
        own = frozenset({self.person.pk} if self.person else ()) | self.namesakes
        return own | self.family.together | self.family.apart


def teller(message: Message, *, is_staff: bool) -> Teller:
    """Who tells this; `is_staff` when the address is of one who works for the district."""
    ticket, recorder = message.ticket, message.recorded_by
    person = ticket.requester
    name = message.sender_name or (person.name if person else "")
    namesakes: frozenset[int] = frozenset()
    if person is None and name:
        near = recorder.org_id if recorder else None
        namesakes = kin.called(name, near=near, viewer=SYSTEM)
        if len(namesakes) > 1:  # of several, whoever names their own child
            said = tellings.names(message.text)
            named = kin.answering_for(namesakes, said, viewer=SYSTEM)
            namesakes = named or namesakes
        if recorder is not None and len(namesakes) == 1:
            person = Person.objects.get(pk=min(namesakes))
    parties = ticket.participants.filter(role=Participant.Role.REQUESTER)
    own = [(kind, value) for kind, value in parties.values_list("kind", "value") if value]
    one = person.pk if person else min(namesakes) if len(namesakes) == 1 else None
    return Teller(
        person=person,
        namesakes=namesakes,
        name=fold(name),
        addresses=tuple(dict.fromkeys([*own, ("name", fold(name))] if name else own)),
        is_vouched=recorder is not None,
        family=kin.family(one, viewer=SYSTEM) if one else kin.NOBODY,
        works_at=person.org_id if person and (is_staff or ticket.requester is None) else None,
    )


def known(who: Teller, message: Message, *, house: Surroundings) -> Known:
    """What the district knows around them that their words may name."""
    said = tellings.numbers(f"{message.subject} {message.text}")
    here = who.works_at
    rooms = kin.rooms(here, said, viewer=SYSTEM) if here and said else frozenset()
    schools = frozenset(fold(one.name) for one in house.orgs.values())
    return Known(family=who.family, rooms=rooms, schools=schools)


def colleagues(who: Teller, found: tuple[Near, ...]) -> frozenset[int]:
    """Who of those that told these requests works where the teller works."""
    people = {told.person_id for one in found for told in one.told if told.person_id}
    if who.works_at is None or not people:
        return frozenset()
    return kin.workers(who.works_at, people, viewer=SYSTEM)


def tie(who: Teller, told: Told, *, colleagues: frozenset[int]) -> Tie:
    """What binds the teller to whoever told that: each telling is somebody's own."""
    person, other = who.person, told.person_id
    reach = {value for kind, value in who.addresses if kind != "name"}
    if told.address in reach or (person is not None and other == person.pk):
        return Tie.PERSON
    if who.name and told.address == who.name:
        return _by_note(who, told)
    if other is None:
        return Tie.NONE
    if other in who.namesakes:
        return Tie.NAME if len(who.namesakes) == 1 else Tie.NAMESAKE
    if person is None:
        return Tie.NONE
    if other in who.family.together:
        return Tie.HOUSEHOLD
    if other in who.family.apart:
        return Tie.APART
    return Tie.PLACE if other in colleagues else Tie.NONE


def _by_note(who: Teller, told: Told) -> Tie:
    """What a name in a note says: it is the one of the school where the note was written."""
    if told.recorded_at is None or (who.person is None and not who.is_vouched):
        return Tie.NONE
    if who.person is None:
        return Tie.NAMESAKE
    is_here = who.person.org_id == told.recorded_at
    is_one = is_here or kin.called(who.name, near=None, viewer=SYSTEM) == {who.person.pk}
    return Tie.PERSON if is_one else Tie.NAMESAKE
