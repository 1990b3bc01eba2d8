"""Several requests in one message: each reaches its team, the asker keeps one thread."""

import json
from collections.abc import Iterator
from email import message_from_bytes

import pytest

from homeroom.channels.email import letters
from homeroom.channels.models import Delivery
from homeroom.kit import clock
from homeroom.pipeline import minds, reactions, replay, surroundings, triage
from homeroom.tickets import actions, log, saying
from homeroom.tickets.log import person
from homeroom.tickets.models import Message, Ticket
from homeroom.tickets.saying import Said
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db(transaction=True)

LEE = {"name": "Dana Lee", "email": "dana.lee@cedarvalley.example"}
BOTH = (
    "The projector in room 214 shows no picture. Also bus 42 did not come for our field trip, "
    "where is it?"
)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def _held_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


def letter(delivery: Delivery) -> str:
    parts = message_from_bytes(letters.compose(delivery)).walk()
    found = next(part for part in parts if part.get_content_type() == "text/plain")
    content = found.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def says(text: str, *, subject: str = "This morning", key: str = "m1") -> dict[str, object]:
    line = {"id": key, "at": NOW.isoformat(), "channel": "email", "from": LEE, "text": text}
    content = json.dumps({**line, "subject": subject}).encode()
    house = surroundings.look(encoders=minds.encoders(), now=NOW)
    made = replay.take(content, "email", key, house=house, at=NOW)
    while reactions.drain(now=NOW):
        pass
    return made


def test_each_part_is_a_request_of_its_own(cast: Cast) -> None:
    made = says(BOTH)
    first, second = Ticket.objects.order_by("id")
    assert made["parts"] == [
        {"department": "it", "service": cast.projectors.source_id, "ticket": first.reference},
        {"department": "tra", "service": cast.late_bus.source_id, "ticket": second.reference},
    ]
    assert made["ticket"] == first.reference
    assert (first.service, second.service) == (cast.projectors, cast.late_bus)
    assert (second.linked_to, second.requester) == (first, cast.lee)
    assert second.reply_due_at is not None
    assert "projector" not in second.messages.get().text
    assert first.messages.get().text == BOTH
    for ticket in (first, second):
        present = log.replay(ticket.events.order_by("id"))
        assert (present["service_id"], present["priority"]) == (ticket.service_id, ticket.priority)
    house = surroundings.look(encoders=minds.encoders(), now=NOW)
    assert triage.drain(house=house, now=lambda: NOW) == 0


def test_one_request_told_at_length_stays_one(cast: Cast) -> None:
    made = says(
        "The projector in room 214 shows no picture. I tried two cables. Can you look at it?"
    )
    assert made["parts"] == []
    assert Ticket.objects.count() == 1


def test_danger_is_never_taken_apart(cast: Cast) -> None:
    made = says(BOTH + " And a boy says he will bring a gun.")
    assert made["parts"] == []
    assert Ticket.objects.get().priority == 1


def test_the_asker_hears_of_all_parts_once_and_each_team_answers_in_the_same_thread(
    cast: Cast,
) -> None:
    says(BOTH)
    receipt = Delivery.objects.get(purpose="receipt")
    told = " ".join(letter(receipt).split())
    assert "each team answers you here: “Also bus 42 did not come for our field trip" in told
    second = Ticket.objects.order_by("id")[1]
    actions.assign(second, team=cast.buses, assignee=None, by=person(cast.ortiz.pk), now=NOW)
    saying.reply(
        second,
        said=Said(
            channel="email",
            direction=Message.Direction.OUT,
            text="It is on its way.",
            at=NOW,
            person_id=cast.ortiz.pk,
        ),
        by=person(cast.ortiz.pk),
        now=NOW,
    )
    while reactions.drain(now=NOW):
        pass
    answer = message_from_bytes(letters.compose(Delivery.objects.get(purpose="reply")))
    assert answer["Subject"] == "Re: This morning"
    assert "".join(answer["References"].split()) == f"<m1><{receipt.external_id}>"
