"""The desk's question whether two requests are one, and how what was put together comes apart."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from homeroom.tickets import merging, saying
from homeroom.tickets.log import MODEL, Type, person
from homeroom.tickets.models import Message, Participant, Ticket
from homeroom.tickets.saying import Party, Said
from homeroom.tickets.writing import changing
from homeroom.web.portal import seats
from tests.cast import NOW, Cast
from tests.visitors import house, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


@pytest.fixture
def theo(cast: Cast) -> Client:
    return signed_in(cast.theo.account)


def asked(cast: Cast, text: str, *, hours: float = 0) -> Ticket:
    at = NOW + timedelta(hours=hours)
    said = Said(channel="email", direction=Message.Direction.IN, text=text, at=at)
    party = Party(role=Participant.Role.REQUESTER, kind="email", value=f"{text[:3]}@example.com")
    message = saying.open_request(
        said, parties=(party,), by=person(cast.lee.pk), now=at, requester=cast.lee
    )
    Ticket.objects.filter(pk=message.ticket_id).update(team_id=cast.classroom.pk)
    return Ticket.objects.get(pk=message.ticket_id)


def likened(one: Ticket, other: Ticket) -> None:
    for here, there in ((one, other), (other, one)):
        with changing(here, by=MODEL, now=NOW) as change:
            change.say(Type.LIKENED, to=there.pk, same=False, why={"tie": "household"})


def page(client: Client, ticket: Ticket) -> str:
    return client.get(f"/desk/team/{ticket.reference}/").content.decode()


def act(client: Client, ticket: Ticket, what: str, **fields: str) -> str:
    response = client.post(f"/desk/team/{ticket.reference}/", {"do": what, **fields})
    assert response.status_code == 303
    return client.get(response["Location"]).content.decode()


def test_what_may_be_the_same_is_asked_with_one_key(cast: Cast, theo: Client) -> None:
    one, other = asked(cast, "No picture in 214"), asked(cast, "Screen is black, 214", hours=1)
    likened(other, one)
    shown = page(theo, other)
    assert "Is this the same request?" in shown
    assert "No picture in 214" in shown
    assert "The same household." in shown
    assert shown.count('data-key="m"') == 1
    act(theo, other, "merge", into=str(one.reference))
    other.refresh_from_db()
    assert other.merged_into == one


def test_who_says_no_is_not_asked_again_on_either_page(cast: Cast, theo: Client) -> None:
    one, other = asked(cast, "No picture in 214"), asked(cast, "Screen is black, 214", hours=1)
    likened(other, one)
    act(theo, other, "part", into=str(one.reference))
    for ticket in (one, other):
        shown = page(theo, ticket)
        assert "Is this the same request?" not in shown
        assert "it is not the same request" in shown
    other.refresh_from_db()
    assert other.merged_into is None


def test_of_what_the_viewer_may_not_see_nothing_is_asked(cast: Cast, theo: Client) -> None:
    one, other = asked(cast, "Something private"), asked(cast, "No picture in 214", hours=1)
    Ticket.objects.filter(pk=one.pk).update(sensitivity="confidential", team_id=cast.safety.pk)
    likened(other, one)
    shown = page(theo, other)
    assert "Is this the same request?" not in shown
    assert "Something private" not in shown


def test_what_homeroom_put_in_is_shown_with_why_and_comes_out_again(
    cast: Cast, theo: Client
) -> None:
    one, other = asked(cast, "No picture in 214"), asked(cast, "Still no picture in 214", hours=1)
    merging.join(
        other, into=one, message=other.messages.get(), kind="follow_up", admits=True,
        is_public=True, by=MODEL, now=NOW, because={"tie": "person", "sure": 0.9},
    )  # fmt: skip
    shown = page(theo, one)
    assert "Homeroom put what follows with this request. The same person." in shown
    assert "Put in by Homeroom" in shown
    act(theo, other, "unmerge")
    other.refresh_from_db()
    assert (other.merged_into, other.messages.count()) == (None, 1)
    assert "Put in by Homeroom" not in page(theo, one)


def test_an_address_that_nobody_proved_sees_nothing_of_the_request_it_was_put_with(
    cast: Cast,
) -> None:
    one, other = asked(cast, "No picture in 214"), asked(cast, "Still no picture in 214", hours=1)
    merging.join(
        other, into=one, message=other.messages.get(), kind="follow_up", admits=False,
        is_public=False, by=MODEL, now=NOW, because={"tie": "name", "sure": 0.9},
    )  # fmt: skip
    seat = seats.find(other.participants.get().token)
    assert seat is not None
    assert seat.ticket == other
    assert seat.part is not None
    assert seat.part.value == "Sti@example.com"
