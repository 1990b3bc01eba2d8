"""Where somebody may be in danger no machine answers, ends, parks, merges or disowns: whatever
it tries, in whatever order, between whatever people do."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.kit.errors import Expected
from homeroom.pipeline import alarms, schedule
from homeroom.tickets import actions, merging, saying
from homeroom.tickets.automation import FREE, may_automate
from homeroom.tickets.log import MODEL, SYSTEM, Actor, Type, person
from homeroom.tickets.models import Incident, Message, Participant, Status, Ticket
from homeroom.tickets.saying import Party, Said
from homeroom.tickets.writing import changing
from homeroom.understanding.safety import Danger, Level, Safety
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db

MACHINES = (MODEL, SYSTEM, Actor(kind="rule", id=1), Actor(kind="connector", id=1))
TRIED = ("resolve", "close", "wait", "merge", "take in", "answer", "attach", "disown", "clock")
DONE = ("take", "resolve", "wait", "reopen", "thanks", "danger", "acknowledge")
DEEDS = st.lists(
    st.tuples(st.sampled_from([*TRIED, *(f"a person: {deed}" for deed in DONE)]), st.integers(0, 3)),
    max_size=10,
)  # fmt: skip


@pytest.fixture
def cast() -> Cast:
    return assemble()


def said(text: str, **more: object) -> Said:
    fields = {"channel": "email", "direction": Message.Direction.IN, "text": text, "at": NOW}
    return Said(**(fields | more))  # type: ignore[arg-type]


def opened(cast: Cast, text: str) -> Message:
    party = Party(role=Participant.Role.REQUESTER, kind="email", value="ana.flores@example.com")
    return saying.open_request(
        said(text), parties=(party,), requester=cast.ana, by=person(cast.ana.pk), now=NOW
    )


def sign(level: Level) -> Safety:
    return Safety(kind=Danger.ABUSE, level=level, phrases=())


def heed(message: Message, level: Level, *, now: datetime) -> Ticket:
    with changing(message.ticket_id, by=MODEL, now=now) as change:
        alarms.heed(change, message, sign(level), decision=None)
    return Ticket.objects.get(pk=message.ticket_id)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(level=st.sampled_from([Level.LOOK, Level.PAGE]), deeds=DEEDS)
def test_a_machine_can_do_nothing_that_hides_a_danger(
    cast: Cast, level: Level, deeds: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        message, other = opened(cast, "first"), opened(cast, "second").ticket
        now = NOW
        ticket = heed(message, level, now=now)
        for deed, number in deeds:
            now += timedelta(days=number, minutes=1)
            before = Ticket.objects.get(pk=ticket.pk)
            try:
                with transaction.atomic():
                    do(deed, MACHINES[number], ticket, other, message, cast, now)
            except Expected:
                continue
            after = Ticket.objects.get(pk=ticket.pk)
            assert not may_automate(after)
            assert after.team_id or after.assignee_id
            assert after.merged_into_id is None
            assert after.incident_id is None
            if not deed.startswith("a person"):
                assert after.status in {before.status, Status.OPEN}
            assert not Ticket.objects.filter(merged_into=ticket).exists()
        assert not ticket.events.filter(type=Type.SENT).exclude(actor_kind="person").exists()
        ends = (Type.RESOLVED, Type.CLOSED, Type.WAITED, Type.MERGED, Type.JOINED)
        assert not ticket.events.filter(type__in=ends).exclude(actor_kind="person").exists()
        transaction.set_rollback(True)


def do(
    deed: str,
    by: Actor,
    ticket: Ticket,
    other: Ticket,
    message: Message,
    cast: Cast,
    now: datetime,
) -> None:
    theo = person(cast.theo.pk)
    match deed:
        case "resolve" | "close":
            getattr(actions, deed)(ticket, by=by, now=now)
        case "wait":
            actions.wait(ticket, until=now, by=by, now=now)
        case "merge":
            merging.merge(ticket, into=other, by=by, now=now)
        case "take in":
            merging.merge(other, into=ticket, by=by, now=now)
        case "answer":
            words = said("The bus comes at 7:41", direction=Message.Direction.OUT)
            saying.reply(ticket, said=words, by=by, now=now)
        case "attach":
            incident = Incident.objects.create(title="Wi-Fi", opened_at=now)
            with changing(ticket, by=by, now=now) as change:
                change.set(Type.JOINED, incident_id=incident.pk)
        case "disown":
            actions.assign(ticket, team=None, assignee=None, by=by, now=now)
        case "clock":
            schedule.tick(now=now + timedelta(days=30))
        case "a person: take":
            actions.assign(ticket, team=cast.safety, assignee=cast.theo, by=theo, now=now)
        case "a person: resolve" | "a person: reopen":
            getattr(actions, deed.removeprefix("a person: "))(ticket, by=theo, now=now)
        case "a person: wait":
            actions.wait(ticket, until=now, by=theo, now=now)
        case "a person: thanks":
            thanks = said("never mind, all good", kind="thanks")
            saying.hear(ticket, said=thanks, by=person(None), now=now, reopens=False)
        case "a person: danger":
            heed(message, Level.PAGE, now=now)
        case "a person: acknowledge":
            from homeroom.tickets import alarms as ringing

            ringing.acknowledge(ticket, by=theo, now=now)


def test_the_condition_in_sql_is_the_same(cast: Cast) -> None:
    for number, (needs, safety) in enumerate(
        [(False, ""), (True, ""), (False, "abuse"), (True, "abuse")]
    ):
        ticket = opened(cast, f"{number}").ticket
        Ticket.objects.filter(pk=ticket.pk).update(needs_person=needs, safety=safety)
    free = set(Ticket.objects.filter(FREE))
    assert free == {one for one in Ticket.objects.all() if may_automate(one)}
    assert len(free) == 1


def test_an_ordinary_request_still_closes_by_the_clock(cast: Cast) -> None:
    ticket = opened(cast, "The projector is dead").ticket
    actions.resolve(ticket, by=person(cast.theo.pk), now=NOW)
    schedule.tick(now=NOW + timedelta(days=8))
    ticket.refresh_from_db()
    assert ticket.status == Status.CLOSED
