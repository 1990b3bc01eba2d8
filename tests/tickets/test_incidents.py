"""Incidents: suggested, confirmed, dismissed, over; what joins and leaves; what danger keeps."""

from datetime import timedelta

import pytest

from homeroom.district.permissions import ANONYMOUS, SYSTEM, Viewer
from homeroom.tickets import incidents, log, outbreaks, problems, saying
from homeroom.tickets.disruptions import Incident, Report
from homeroom.tickets.incidents import NotAnymore, NotInIt, Suspicion
from homeroom.tickets.log import MODEL, person
from homeroom.tickets.models import Event, Message, Status, Ticket
from homeroom.tickets.saying import Said
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def ask(cast: Cast, number: int, **columns: object) -> Ticket:
    """A request of somebody's, with what the watch noted of it."""
    at = NOW + timedelta(minutes=number)
    said = Said(
        channel="email",
        direction=Message.Direction.IN,
        text=f"No internet, {number}",
        at=at,
        external_id=f"{number}@school",
        sender_address=f"teacher{number}@cedarvalley.example",
    )
    ticket = saying.open_request(said, parties=(), by=person(None), now=at).ticket
    Ticket.objects.filter(pk=ticket.pk).update(service=cast.projectors, org=cast.lincoln, **columns)
    Report.objects.create(
        ticket=ticket, at=at, reporter=f"person:{number}", verdict="shared",
        services=["it.projector"], chances=[0.8],
    )  # fmt: skip
    return Ticket.objects.get(pk=ticket.pk)


def suggest(cast: Cast, tickets: list[Ticket]) -> Incident:
    suspicion = Suspicion(
        title="Projectors",
        scope="site",
        tickets=[one.pk for one in tickets],
        service_id=cast.projectors.pk,
        org_id=cast.lincoln.pk,
        evidence={"reports": 3, "minutes": 12, "usual": 0.2},
    )
    return incidents.suggest(suspicion, by=MODEL, now=NOW)


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_a_suggestion_takes_its_reports_in_and_makes_them_pressing(cast: Cast) -> None:
    rows = [ask(cast, number) for number in range(3)]
    incident = suggest(cast, rows)
    assert incident.status == "suggested"
    for row in rows:
        now = fresh(row)
        assert (now.incident, now.priority) == (incident, 2)
        present = log.replay(now.events.order_by("id"))
        assert (present["incident_id"], present["priority"]) == (incident.pk, 2)
    assert Event.objects.get(type="incident.suspected").incident == incident


def test_danger_is_named_beside_it_and_only_a_person_puts_it_in(cast: Cast) -> None:
    rows = [ask(cast, 0), ask(cast, 1), ask(cast, 2, safety="hazard", needs_person=True)]
    incident = suggest(cast, rows)
    danger = fresh(rows[2])
    assert danger.incident is None
    assert outbreaks.told_of(danger) == incident.pk
    assert Event.objects.filter(ticket=danger, type="incident.neared").exists()
    assert problems.beside(danger, viewer=SYSTEM) == incident
    incidents.attach(incident, ticket=danger, by=person(cast.theo.pk), now=NOW)
    assert fresh(danger).incident == incident
    with pytest.raises(NotInIt):
        incidents.attach(incident, ticket=danger, by=person(cast.theo.pk), now=NOW)


def test_dismissed_each_stands_alone_and_the_reports_remember(cast: Cast) -> None:
    rows = [ask(cast, number) for number in range(3)]
    incident = suggest(cast, rows)
    incidents.dismiss(incident, by=person(cast.theo.pk), now=NOW)
    assert {fresh(row).incident for row in rows} == {None}
    assert log.replay(rows[0].events.order_by("id"))["incident_id"] is None
    assert [one.pk for one in outbreaks.live(at=NOW, viewer=SYSTEM)] == [incident.pk]
    with pytest.raises(NotAnymore):
        incidents.confirm(incident, by=person(cast.theo.pk), now=NOW)


def test_over_its_requests_are_resolved_and_stay_in_it(cast: Cast) -> None:
    rows = [ask(cast, number) for number in range(3)]
    incident = suggest(cast, rows)
    danger = ask(cast, 4, safety="hazard", needs_person=True)
    incidents.attach(incident, ticket=danger, by=person(cast.theo.pk), now=NOW)
    incidents.confirm(incident, by=person(cast.theo.pk), now=NOW)
    incidents.resolve(incident, by=person(cast.theo.pk), now=NOW)
    for row in rows:
        now = fresh(row)
        assert (now.status, now.incident) == (Status.RESOLVED, incident)
    assert fresh(danger).status != Status.RESOLVED
    assert Event.objects.filter(type="incident.ended", incident=incident).exists()


def test_one_that_does_not_belong_is_taken_out(cast: Cast) -> None:
    rows = [ask(cast, number) for number in range(3)]
    incident = suggest(cast, rows)
    incidents.detach(incident, ticket_id=rows[0].pk, by=person(cast.theo.pk), now=NOW)
    assert fresh(rows[0]).incident is None
    with pytest.raises(NotInIt):
        incidents.detach(incident, ticket_id=rows[0].pk, by=person(cast.theo.pk), now=NOW)


def test_the_front_door_tells_only_what_a_person_confirmed(cast: Cast) -> None:
    incident = suggest(cast, [ask(cast, number) for number in range(3)])
    assert problems.notices(viewer=ANONYMOUS) == []
    incidents.confirm(incident, by=person(cast.theo.pk), now=NOW)
    assert problems.notices(viewer=ANONYMOUS) == [incident]
    Incident.objects.filter(pk=incident.pk).update(service=cast.tips)
    assert problems.notices(viewer=ANONYMOUS) == []


def test_what_is_sensitive_is_no_business_of_everyone_on_the_staff(cast: Cast) -> None:
    incident = suggest(cast, [ask(cast, number) for number in range(3)])
    staff = Viewer(kind="staff", person_id=cast.lee.pk)
    assert problems.problem(incident.pk, viewer=staff) == incident
    Incident.objects.filter(pk=incident.pk).update(service=cast.tips)
    Ticket.objects.update(sensitivity="safety", service=cast.tips)
    assert problems.problem(incident.pk, viewer=staff) is None
    assert problems.problems(viewer=ANONYMOUS) == []


def test_an_incident_takes_in_reports_for_some_hours_only(cast: Cast) -> None:
    incident = suggest(cast, [ask(cast, number) for number in range(3)])
    later = NOW + outbreaks.LIVE_FOR + timedelta(minutes=5)
    assert outbreaks.live(at=NOW + timedelta(hours=1), viewer=SYSTEM) == [incident]
    assert outbreaks.live(at=later, viewer=SYSTEM) == []
    incidents.confirm(incident, by=person(cast.theo.pk), now=NOW)
    assert outbreaks.live(at=later, viewer=SYSTEM) == [incident]
    assert outbreaks.live(at=later, viewer=ANONYMOUS) == []


def test_what_is_usual_is_counted_outside_of_incidents(cast: Cast) -> None:
    rows = [ask(cast, number) for number in range(4)]
    until = NOW + timedelta(hours=1)
    before = outbreaks.counts(until=until, zone="America/Chicago", viewer=SYSTEM)
    # A Tuesday, 9:38 in Chicago.
    assert before.by_hour == {("it.projector", 24 + 9): 4}
    assert before.by_school == {("it.projector", str(cast.lincoln.pk)): 4}
    suggest(cast, rows[:3])
    after = outbreaks.counts(until=until, zone="America/Chicago", viewer=SYSTEM)
    assert sum(after.by_hour.values()) == 1
