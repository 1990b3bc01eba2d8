"""One request, however often it is told: joined when sure, shown when not, never by words alone."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from homeroom.channels.models import Delivery, Envelope
from homeroom.district.models import Guardianship, Identity, Person, Role
from homeroom.kit import clock
from homeroom.pipeline import minds, outcome, reactions, replay, surroundings
from homeroom.tickets import actions, log, merging
from homeroom.tickets.log import Type, person
from homeroom.tickets.models import Message, Status, Ticket
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db(transaction=True)

LEE = {"name": "Dana Lee", "email": "dana.lee@cedarvalley.example"}
ANA = {"name": "Ana Flores", "email": "ana.flores@example.com"}
CHARLIE = {"name": "Charlie", "email": "charlie@evil.example"}
DEAD = "The projector in room 214 shows no picture."
type Outcome = dict[str, object]


@pytest.fixture
def cast() -> Cast:
    made = assemble()
    Identity.objects.create(person=made.lee, kind="phone", value="+15555550123")
    return made


@pytest.fixture(autouse=True)
def _held_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


class Day:
    """Messages one after the other, each told through the real doors."""

    def __init__(self) -> None:
        self.count = 0
        self.now = NOW

    def says(
        self,
        text: str,
        sender: dict[str, str],
        *,
        after: float = 0.5,
        via: str = "email",
        **more: str,
    ) -> Outcome:
        self.count += 1
        self.now += timedelta(hours=after)
        line = {"id": f"m{self.count}", "at": self.now.isoformat(), "channel": via}
        content = json.dumps({**line, "from": sender, "text": text, **more}).encode()
        with clock.at(self.now):
            house = surroundings.look(encoders=minds.encoders(), now=self.now)
            made = replay.take(content, via, f"m{self.count}", house=house, at=self.now)
            while reactions.drain(now=self.now):
                pass
        return made


@pytest.fixture
def day() -> Day:
    return Day()


def test_the_same_person_through_another_door_is_the_same_request(cast: Cast, day: Day) -> None:
    first = day.says(DEAD, LEE)
    again = day.says(
        "projector in 214 still shows no picture", {"phone": "555-555-0123"}, via="sms"
    )
    assert again["ticket"] == first["ticket"]
    assert Ticket.objects.filter(merged_into=None).count() == 1
    assert Envelope.objects.latest("id").relation == again["relation"] != "opened"
    for ticket in Ticket.objects.all():
        assert log.replay(ticket.events.order_by("id"))["merged_into_id"] == ticket.merged_into_id


def test_asking_for_news_goes_to_what_is_asked_about_and_its_owner_hears(
    cast: Cast, day: Day
) -> None:
    first = day.says(DEAD, LEE)
    other = day.says("Bus 42 did not come for the field trip.", LEE)
    assert other["ticket"] != first["ticket"]
    ticket = Ticket.objects.get(reference=first["ticket"])
    actions.assign(
        ticket, team=cast.classroom, assignee=cast.theo, by=person(cast.ortiz.pk), now=NOW
    )
    chaser = day.says("Any news about the projector?", LEE, after=30)
    assert (chaser["ticket"], chaser["relation"]) == (first["ticket"], "continued")
    assert chaser["kind"] == "follow_up"
    assert Delivery.objects.filter(purpose="asker_wrote").count() == 1
    assert Delivery.objects.filter(purpose="receipt").count() == 2


def test_thanks_make_no_request_and_no_letter(cast: Cast, day: Day) -> None:
    first = day.says(DEAD, LEE)
    n_letters = Delivery.objects.count()
    thanks = day.says("Thank you so much!", LEE)
    assert (thanks["ticket"], thanks["kind"]) == (first["ticket"], "thanks")
    assert Delivery.objects.count() == n_letters
    assert Ticket.objects.get(reference=first["ticket"]).status == Status.NEW


def test_the_askers_word_ends_a_request_and_opens_it_again(cast: Cast, day: Day) -> None:
    reference = day.says(DEAD, LEE)["ticket"]
    day.says("never mind, it works now", LEE)
    ticket = Ticket.objects.get(reference=reference)
    assert ticket.status == Status.RESOLVED
    ended = ticket.events.get(type=Type.RESOLVED)
    assert (ended.actor_kind, ended.actor_id) == ("person", cast.lee.pk)
    # Anybody can write under somebody's address: its owner hears, and can say that it is not so.
    assert Delivery.objects.filter(purpose="resolved").count() == 1
    day.says("Thanks!", LEE)
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    again = day.says("It stopped working again", LEE, after=20)
    ticket.refresh_from_db()
    assert again["ticket"] == reference
    assert (ticket.status, ticket.priority) == (Status.OPEN, 2)


def test_with_a_reference_thanks_do_not_open_a_request_again(cast: Cast, day: Day) -> None:
    day.says(DEAD, LEE)
    ticket = Ticket.objects.get()
    actions.resolve(ticket, by=person(cast.theo.pk), now=NOW)
    thanks = day.says("Thank you!", LEE, in_reply_to="m1")
    ticket.refresh_from_db()
    assert (thanks["kind"], ticket.status) == ("thanks", Status.RESOLVED)
    day.says("It works, but only half the picture", LEE, in_reply_to="m1")
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    day.says("fixed now, thanks!", LEE, in_reply_to="m1")
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED


def test_a_stranger_with_the_same_words_is_never_joined(cast: Cast, day: Day) -> None:
    first = day.says(DEAD, LEE)
    same = day.says(DEAD, CHARLIE)
    chaser = day.says("Any news about the projector in 214?", CHARLIE)
    assert len({first["group"], same["group"]}) == 2
    assert chaser["ticket"] != first["ticket"]
    assert not Ticket.objects.get(reference=first["ticket"]).participants.filter(
        value=CHARLIE["email"]
    )


def test_who_only_has_the_name_is_heard_by_staff_alone(cast: Cast, day: Day) -> None:
    reference = day.says(DEAD, LEE)["ticket"]
    other = {"name": "Dana Lee", "email": "dana@home.example"}
    written = day.says("Did anyone look at the projector in 214? Dana", other)
    ticket = Ticket.objects.get(reference=reference)
    assert written["ticket"] == reference
    assert not Message.objects.get(external_id="m2").is_public
    assert not ticket.participants.filter(value="dana@home.example").exists()
    day.says("never mind, it works now", other)
    ticket.refresh_from_db()
    assert ticket.status != Status.RESOLVED


@pytest.mark.parametrize(
    "words", ["Bus 42 never came for Sam today", "Sam's bus 42 has not come again, any news of it?"]
)
def test_a_second_adult_of_the_household_is_joined_for_the_same_pupil(
    words: str, cast: Cast, day: Day
) -> None:
    luis = _guardian("Luis", cast, cast.sam)
    first = day.says("The bus did not pick up Sam this morning, bus 42.", ANA)
    other = day.says(words, {"name": "Luis", "email": luis})
    assert other["ticket"] == first["ticket"]
    receipt = Delivery.objects.filter(purpose="receipt").latest("id")
    assert receipt.recipient == luis
    assert receipt.ticket is not None
    assert receipt.ticket.reference == first["ticket"]


def test_adults_of_two_households_are_only_shown_to_staff(cast: Cast, day: Day) -> None:
    other = Person.objects.create(source_id="s-mia", given_name="Mia", org=cast.lincoln)
    Role.objects.create(person=other, org=cast.lincoln, role="student", is_primary=True)
    luis = _guardian("Luis", cast, cast.sam)
    Guardianship.objects.create(guardian=Person.objects.get(given_name="Luis"), student=other)
    first = day.says("The bus did not pick up Sam this morning, bus 42.", ANA)
    again = day.says("Bus 42 never came for Sam today", {"name": "Luis", "email": luis})
    assert again["ticket"] != first["ticket"]
    likened = Ticket.objects.get(reference=again["ticket"]).events.get(type=Type.LIKENED)
    assert likened.data["why"]["tie"] == "apart"


def test_another_trouble_minutes_later_stays_its_own(cast: Cast, day: Day) -> None:
    first = day.says(DEAD, LEE)
    second = day.says("When does the late bus leave on Friday?", LEE, after=0.1)
    assert first["ticket"] != second["ticket"]


def test_words_of_danger_are_never_joined_but_laid_beside(cast: Cast, day: Day) -> None:
    first = day.says("Sam says he wants to kill himself", ANA)
    again = day.says("Any news? Did you get my email about Sam?", ANA)
    assert first["ticket"] != again["ticket"]
    ticket = Ticket.objects.get(reference=again["ticket"])
    assert ticket.events.filter(type=Type.LIKENED).exists()
    assert ticket.sensitivity == "safety"
    assert ticket.priority <= 2


def test_what_was_joined_comes_apart_again(cast: Cast, day: Day) -> None:
    reference = day.says(DEAD, LEE)["ticket"]
    day.says("projector in room 214: no picture", LEE)
    merged = Ticket.objects.exclude(merged_into=None).get()
    back = merging.unmerge(merged, by=person(cast.theo.pk), now=NOW)
    assert (back.merged_into_id, back.needs_triage) == (None, True)
    assert back.messages.get().external_id == "m2"
    assert Ticket.objects.get(reference=reference).messages.count() == 1


def test_groups_are_told_as_they_are_in_the_end(cast: Cast, day: Day) -> None:
    told = [day.says(DEAD, LEE), day.says("Bus 42 is late", LEE)]
    first, second = (Ticket.objects.get(reference=one["ticket"]) for one in told)
    merging.merge(second, into=first, by=person(cast.theo.pk), now=NOW)
    assert {one["group"] for one in outcome.regrouped(told)} == {first.reference}
    assert told[1]["group"] == second.reference


def _guardian(given: str, cast: Cast, ward: Person) -> str:
    address = f"{given.lower()}.flores@example.com"
    row = Person.objects.create(
        source_id=f"g-{given}", given_name=given, family_name="Flores", org=cast.lincoln,
        keys=[f"{given} flores".lower(), "flores"],
    )  # fmt: skip
    Role.objects.create(person=row, org=cast.lincoln, role="guardian", is_primary=True)
    Identity.objects.create(person=row, kind="email", value=address)
    Guardianship.objects.create(guardian=row, student=ward)
    return address
