"""Known problems on the desk and at the front door: seen, confirmed with one key, dismissed, over."""

from collections.abc import Iterator

import pytest
from django.test import Client

from homeroom.tickets.disruptions import Incident
from tests.cast import Cast
from tests.tickets.test_incidents import ask, fresh, suggest
from tests.visitors import house, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


@pytest.fixture
def incident(cast: Cast) -> Incident:
    return suggest(cast, [ask(cast, number) for number in range(3)])


@pytest.fixture
def theo(cast: Cast) -> Client:
    return signed_in(cast.theo.account)


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_desk_shows_the_suggestion_with_its_evidence_and_one_key(
    theo: Client, incident: Incident
) -> None:
    shown = page(theo, "/desk/team/")
    assert "3 reports of" in shown
    assert "in 12 minutes; usual is 0.2 an hour." in shown
    assert 'value="confirm" data-key="y"' in shown
    url = f"/desk/problems/{incident.pk}/"
    response = theo.post(url, {"do": "confirm", "desk": "1"})
    assert (response.status_code, response["Location"]) == (303, "/desk/")
    incident.refresh_from_db()
    assert incident.status == "confirmed"
    assert "3 reports of" not in page(theo, "/desk/team/")


def test_the_page_of_a_problem_lists_its_requests(theo: Client, incident: Incident) -> None:
    shown = page(theo, f"/desk/problems/{incident.pk}/")
    assert "Lincoln High" in shown
    for ticket in incident.ticket_set.all():
        assert f"/desk/{ticket.reference}/" in shown
    assert "Lincoln High" in page(theo, "/desk/problems/")


def test_a_request_is_taken_out_and_the_rest_is_closed_with_it(
    theo: Client, incident: Incident
) -> None:
    url = f"/desk/problems/{incident.pk}/"
    odd, *rest = incident.ticket_set.order_by("pk")
    theo.post(url, {"do": "remove", "ticket": str(odd.pk)})
    assert fresh(odd).incident is None
    theo.post(url, {"do": "solved"})
    assert {fresh(one).status for one in rest} == {"resolved"}
    assert fresh(odd).status == "new"
    theo.post(url, {"do": "remove", "ticket": "999999999999999999999"})
    assert Incident.objects.get().status == "resolved"


def test_danger_is_shown_beside_it_and_put_in_by_hand(cast: Cast, theo: Client) -> None:
    rows = [ask(cast, 0), ask(cast, 1), ask(cast, 2, needs_person=True)]
    incident = suggest(cast, rows)
    url = f"/desk/problems/{incident.pk}/"
    assert 'value="attach"' in page(theo, url)
    theo.post(url, {"do": "attach", "ticket": str(rows[2].pk)})
    assert fresh(rows[2]).incident == incident


def test_only_who_works_in_a_team_decides(cast: Cast, incident: Incident) -> None:
    url = f"/desk/problems/{incident.pk}/"
    assert Client().get(url).status_code == 302
    cast.theo.memberships.all().delete()
    theo = signed_in(cast.theo.account)
    theo.post(url, {"do": "confirm"})
    incident.refresh_from_db()
    assert incident.status == "suggested"


def test_the_front_door_tells_everyone_once_a_person_confirmed(
    theo: Client, incident: Incident
) -> None:
    title = "Projector, display or sound in a classroom, Lincoln High"
    assert title not in page(Client(), "/")
    theo.post(f"/desk/problems/{incident.pk}/", {"do": "confirm"})
    assert title in page(Client(), "/")
    spanish = page(Client(), "/es/")
    assert title in spanish
    assert "We know about this." not in spanish
    theo.post(f"/desk/problems/{incident.pk}/", {"do": "dismiss"})
    assert title not in page(Client(), "/")
