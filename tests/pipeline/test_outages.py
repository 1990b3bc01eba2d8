"""An outage is seen at the third report: real mails, real encoders, the whole story."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from homeroom.kit import clock
from homeroom.kit.failpoint import Broken
from homeroom.pipeline import minds, outages, surroundings, triage
from homeroom.tickets import incidents
from homeroom.tickets.disruptions import Incident, Report
from homeroom.tickets.log import person
from homeroom.tickets.models import Ticket
from tests.cast import NOW, Cast, assemble
from tests.pipeline.test_story import arrives, mail

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = (
    "Bus 42 hasn't come yet and it is fifteen minutes late",
    "Where is bus 42? Nobody at our stop has seen it",
    "¿Ya pasó el autobús 42? Llevamos media hora esperando",
    "bus 42 never came this morning",
)


@pytest.fixture
def cast() -> Iterator[Cast]:
    with clock.at(NOW):
        yield assemble()


def tell(text: str, who: str, *, minute: float) -> Ticket:
    """This is what they write then; the request that it becomes."""
    now = NOW + timedelta(minutes=minute)
    raw = mail(text, sender=f"{who}@example.com", Subject="bus", Id=f"<{who}-{minute}@example.com>")
    arrives(raw, now=now)
    return Ticket.objects.latest("id")


def test_the_third_family_raises_it_and_the_fourth_joins(cast: Cast) -> None:
    first, second = (tell(TOLD[n], f"family{n}", minute=n * 4) for n in range(2))
    assert first.incident is None
    assert not Incident.objects.exists()
    third = tell(TOLD[2], "family2", minute=9)
    incident = Incident.objects.get()
    assert (incident.status, incident.scope, incident.mark) == ("suggested", "route", "42")
    assert incident.evidence["reports"] == 3
    assert third.incident == incident
    assert set(incident.ticket_set.all()) == {first, second, third}
    fourth = tell(TOLD[3], "family3", minute=45)
    assert fourth.incident == incident
    assert fourth.priority <= incidents.PRESSING


def test_another_route_and_another_matter_stay_alone(cast: Cast) -> None:
    for n in range(3):
        tell(TOLD[n], f"family{n}", minute=n * 4)
    assert tell("Bus 7 hasn't come yet", "other", minute=14).incident is None
    assert tell("Bus 42: my son left his lunch box on it", "box", minute=16).incident is None


def test_one_family_that_asks_thrice_is_no_outage(cast: Cast) -> None:
    for n in range(3):
        tell(TOLD[n], "family", minute=n * 4)
    assert not Incident.objects.exists()


def test_dismissed_it_is_not_raised_again_by_those_who_follow(cast: Cast) -> None:
    for n in range(3):
        tell(TOLD[n], f"family{n}", minute=n * 4)
    incidents.dismiss(Incident.objects.get(), by=person(cast.theo.pk), now=NOW)
    assert tell(TOLD[3], "family3", minute=20).incident is None
    assert Incident.objects.count() == 1


def test_whom_a_person_took_out_no_machine_puts_back(cast: Cast) -> None:
    tickets = [tell(TOLD[n], f"family{n}", minute=n * 4) for n in range(3)]
    incident = Incident.objects.get()
    incidents.detach(incident, ticket_id=tickets[0].pk, by=person(cast.theo.pk), now=NOW)
    tell(TOLD[3], "family3", minute=20)
    assert set(incident.ticket_set.values_list("pk", flat=True)).isdisjoint({tickets[0].pk})
    assert incident.ticket_set.count() == 3


def test_a_worker_that_dies_before_it_compares_leaves_that_to_the_next(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(2):
        tell(TOLD[n], f"family{n}", minute=n * 4)

    def dies(name: str) -> None:
        if name == "triage.after_commit":
            raise Broken(name)

    with monkeypatch.context() as broken:
        broken.setattr(triage, "reach", dies)
        with pytest.raises(Broken):
            tell(TOLD[2], "family2", minute=9)
    assert not Incident.objects.exists()
    house = surroundings.look(encoders=minds.encoders(), now=NOW)
    assert outages.drain(house=house, now=NOW + timedelta(minutes=10)) == 1
    assert Incident.objects.get().ticket_set.count() == 3
    assert outages.drain(house=house, now=NOW + timedelta(minutes=10)) == 0


def test_what_fails_in_the_watch_leaves_the_request_where_it_is(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object, **named: object) -> None:
        raise ValueError("a word nobody foresaw")

    monkeypatch.setattr(outages.signs, "tells", broken)
    ticket = tell(TOLD[0], "family0", minute=0)
    assert ticket.service == cast.late_bus
    assert not Report.objects.exists()
