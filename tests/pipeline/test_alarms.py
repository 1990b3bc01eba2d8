"""Danger reaches a person: called at once, again after 5 and 15 minutes, until somebody has it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from homeroom.channels.models import Delivery
from homeroom.district import oncall
from homeroom.district.models import Account, Duty, Identity, Membership, Person, Service
from homeroom.district.permissions import SYSTEM, viewer_for
from homeroom.kit import clock
from homeroom.pipeline import alarms as calling
from homeroom.pipeline import reactions, schedule, triage, work
from homeroom.tickets import alarms, merging, queries, saying
from homeroom.tickets.bells import Alarm, Round
from homeroom.tickets.log import MODEL, Type, person
from homeroom.tickets.models import Message, Participant, Status, Ticket
from homeroom.tickets.saying import Party, Said
from homeroom.tickets.writing import changing
from homeroom.understanding.safety import Danger, Level, Safety
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db

ORTIZ, THEO, LEE = (
    f"{name}@cedarvalley.example" for name in ("elena.ortiz", "theo.ramos", "dana.lee")
)
ADMIN = "admin@cedarvalley.example"


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def _held_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def admin(cast: Cast) -> Account:
    account = Account.objects.create_user(ADMIN, None)
    account.is_administrator = True
    account.save()
    return account


def heard(cast: Cast, text: str = "canary words of a child", at: datetime = NOW) -> Message:
    said = Said(
        channel="email",
        direction=Message.Direction.IN,
        text=text,
        at=at,
        sender_address="ana.flores@example.com",
    )
    party = Party(
        role=Participant.Role.REQUESTER, kind="email", value="ana.flores@example.com",
        person_id=cast.ana.pk, is_verified=True,
    )  # fmt: skip
    return saying.open_request(
        said, parties=(party,), requester=cast.ana, by=person(cast.ana.pk), now=at
    )


def signs(level: Level = Level.PAGE, kind: Danger = Danger.SELF_HARM) -> Safety:
    return Safety(kind=kind, level=level, phrases=())


def heed(
    message: Message, *, level: Level = Level.PAGE, kind: Danger = Danger.SELF_HARM, at=NOW
) -> Ticket:
    with changing(message.ticket_id, by=MODEL, now=at) as change:
        calling.heed(change, message, signs(level, kind), decision=None)
    return Ticket.objects.get(pk=message.ticket_id)


def listed(*places: tuple[int, Person] | tuple[int, Person, str]) -> None:
    for level, who, *hours in places:
        Duty.objects.create(level=level, person=who, hours=hours[0] if hours else "")


def letters(number: int | None = None) -> list[str]:
    rows = Delivery.objects.filter(purpose="alarm")
    if number is not None:
        rows = rows.filter(facts__round=number)
    return sorted(rows.values_list("recipient", flat=True))


def minutes(n: float) -> datetime:
    return NOW + timedelta(minutes=n)


def test_the_levels_are_called_one_after_the_other(cast: Cast, admin: Account) -> None:
    listed((1, cast.lee), (2, cast.theo))
    ticket = heed(heard(cast))
    calling.drain(now=NOW)
    assert letters() == [LEE]
    calling.drain(now=minutes(4.9))
    assert letters() == [LEE]
    calling.drain(now=minutes(5))
    assert letters(2) == [THEO]
    assert not Alarm.objects.get().is_for_all
    calling.drain(now=minutes(15))
    assert letters(3) == sorted([LEE, THEO, ORTIZ, ADMIN])
    calling.drain(now=minutes(600))
    assert len(letters()) == 6
    called = ticket.events.filter(type=Type.CALLED).order_by("id")
    assert [event.data["round"] for event in called] == [1, 2, 3]
    assert called[0].data["people"] == [cast.lee.pk]
    assert Alarm.objects.get().is_for_all


@pytest.mark.parametrize("at", [0.5, 6])
def test_nobody_is_called_after_somebody_has_it(cast: Cast, at: float) -> None:
    listed((1, cast.lee), (2, cast.theo))
    ticket = heed(heard(cast))
    calling.drain(now=NOW)
    calling.drain(now=minutes(at))
    before = letters()
    assert alarms.acknowledge(ticket, by=person(cast.lee.pk), now=minutes(at))
    assert not alarms.acknowledge(ticket, by=person(cast.theo.pk), now=minutes(at + 1))
    calling.drain(now=minutes(60))
    assert letters() == before
    told = ticket.events.get(type=Type.ACKNOWLEDGED)
    assert (told.actor_id, told.at) == (cast.lee.pk, minutes(at))
    ticket.refresh_from_db()
    assert ticket.assignee == cast.lee


def test_outside_their_hours_the_next_level_is_called_at_once(cast: Cast) -> None:
    listed((1, cast.lee, "Mon-Fri 18:00-06:00"), (2, cast.theo, "Mon-Fri 07:00-17:00"))
    heed(heard(cast))  # 9:38 in Chicago
    calling.drain(now=NOW)
    assert letters() == [THEO]


def test_when_nobody_is_there_the_whole_list_is_called(cast: Cast) -> None:
    listed((1, cast.lee, "Sat 18:00-20:00"), (2, cast.theo, "Sun 07:00-17:00"))
    heed(heard(cast))
    calling.drain(now=NOW)
    assert letters() == sorted([LEE, THEO])


def test_without_a_list_the_safety_team_is_called_then_administrators(
    cast: Cast, admin: Account
) -> None:
    heed(heard(cast))
    calling.drain(now=NOW)
    assert letters() == [ORTIZ]
    calling.drain(now=minutes(5))
    assert letters(2) == sorted([ADMIN, ORTIZ])


def test_without_anybody_else_administrators_are_called_and_can_read_it(
    cast: Cast, admin: Account
) -> None:
    Service.objects.filter(sensitivity="safety").update(is_active=False)
    ticket = heed(heard(cast))
    assert queries.by_reference(ticket.reference or "", viewer=viewer_for(admin)) is None
    calling.drain(now=NOW)
    assert letters() == [ADMIN]
    assert queries.by_reference(ticket.reference or "", viewer=viewer_for(admin)) == ticket


def test_somebody_whose_mail_fails_is_passed_over(cast: Cast) -> None:
    listed((1, cast.lee), (2, cast.theo))
    Identity.objects.filter(person=cast.lee).update(failed_at=NOW)
    heed(heard(cast))
    calling.drain(now=NOW)
    assert letters() == [THEO]
    assert oncall.unreachable(viewer=SYSTEM) == ["Dana Lee"]


def test_a_round_is_called_once_whoever_tries(cast: Cast) -> None:
    listed((1, cast.lee))
    ticket = heed(heard(cast))
    number = Round.objects.get(number=1).pk
    assert calling.call(number, now=NOW)
    assert not calling.call(number, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.create(alarm=ticket.alarms.get(), number=1, due_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(ticket=ticket, kind="threat", rung_at=NOW)


def test_the_clock_calls_too(cast: Cast) -> None:
    listed((1, cast.lee))
    heed(heard(cast))
    schedule.tick(now=minutes(1))
    assert letters() == [LEE]


def test_the_letter_of_alarm_holds_no_words_and_no_name(cast: Cast) -> None:
    from homeroom.channels.email import letters as written

    message = heard(cast)
    Ticket.objects.filter(pk=message.ticket_id).update(org=cast.lincoln)
    heed(message)
    calling.drain(now=NOW)
    raw = written.compose(Delivery.objects.get(purpose="alarm")).decode()
    assert "canary" not in raw
    assert "Flores" not in raw
    assert "Lincoln High" in raw
    assert "self harm" in raw
    assert "Importance: high" in raw


def test_further_words_ring_again_once_nobody_is_with_it(cast: Cast) -> None:
    listed((1, cast.lee))
    message = heard(cast)
    ticket = heed(message)
    heed(message, at=minutes(1))
    assert ticket.alarms.count() == 1
    alarms.acknowledge(ticket, by=person(cast.lee.pk), now=minutes(2))
    heed(message, at=minutes(30))
    assert ticket.alarms.count() == 1
    heed(message, at=minutes(63))
    assert ticket.alarms.count() == 2
    assert Ticket.objects.get(pk=ticket.pk).assignee == cast.lee


def test_a_graver_danger_rings_in_any_case_and_a_lesser_one_changes_nothing(cast: Cast) -> None:
    message = heard(cast)
    ticket = heed(message, kind=Danger.PRIVACY)
    alarms.acknowledge(ticket, by=person(cast.lee.pk), now=minutes(1))
    assert heed(message, kind=Danger.SELF_HARM, at=minutes(2)).safety == "self_harm"
    assert ticket.alarms.filter(acknowledged_at=None, kind="self_harm").exists()
    assert heed(message, kind=Danger.PRIVACY, at=minutes(3)).safety == "self_harm"


@pytest.mark.parametrize("level", [Level.LOOK, Level.PAGE])
def test_danger_opens_what_was_done_again(cast: Cast, level: Level) -> None:
    message = heard(cast)
    Ticket.objects.filter(pk=message.ticket_id).update(status=Status.CLOSED, resolved_at=NOW)
    ticket = heed(message, level=level)
    assert ticket.status == Status.OPEN
    assert ticket.needs_triage


def test_a_sign_brings_an_owner_and_no_alarm(cast: Cast) -> None:
    ticket = heed(heard(cast), level=Level.LOOK)
    assert (ticket.team, ticket.safety, ticket.needs_person) == (cast.safety, "", True)
    assert ticket.needs_triage
    assert not Alarm.objects.exists()


def test_a_sign_that_nobody_can_own_rings(cast: Cast) -> None:
    Service.objects.filter(sensitivity="safety").update(is_active=False)
    heed(heard(cast), level=Level.LOOK)
    assert Alarm.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_message_that_stops_understanding_is_still_looked_at_for_danger(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(*_args: object, **_named: object) -> None:
        raise RuntimeError("the model is broken")

    monkeypatch.setattr(triage, "think", stumbles)
    danger = heard(cast, "he told us he is going to kill himself tonight")
    plain = heard(cast, "the projector is dead")
    for message in (danger, plain):
        triage.triage(message, house=None, now=NOW)  # type: ignore[arg-type]
    first, second = (Ticket.objects.get(pk=one.ticket_id) for one in (danger, plain))
    assert (first.safety, first.alarms.count()) == ("self_harm", 1)
    assert (second.safety, second.needs_person) == ("", True)


@pytest.mark.django_db(transaction=True)
def test_words_of_danger_ring_while_understanding_is_away(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_named: object) -> None:
        raise ValueError("cannot reshape")

    monkeypatch.setattr(work.surroundings, "look", away)
    monkeypatch.setattr(work.minds, "encoders", lambda: None)
    danger = heard(cast, "he told us he is going to kill himself tonight")
    plain = heard(cast, "the projector is dead")
    thinker = work.Thinker()
    assert thinker.drain() == 1
    assert thinker.drain() == 0
    assert Ticket.objects.get(pk=danger.ticket_id).alarms.count() == 1
    plain.refresh_from_db()
    assert plain.read_at is None
    with clock.at(minutes(6)):
        assert thinker.drain() == 1


def test_only_those_who_watch_see_that_it_rings(cast: Cast, admin: Account) -> None:
    lee = Account.objects.create_user(LEE, None, person=cast.lee)
    listed((2, cast.lee))
    ticket = heed(heard(cast))
    assert [one.reference for one in alarms.ringing(viewer=viewer_for(lee))] == [ticket.reference]
    assert alarms.ringing(viewer=viewer_for(cast.ortiz.account))
    assert alarms.ringing(viewer=viewer_for(cast.theo.account)) == []
    assert alarms.ringing(viewer=viewer_for(admin)) == []
    Duty.objects.all().delete()
    assert alarms.ringing(viewer=viewer_for(lee)) == []


@pytest.mark.django_db(transaction=True)
def test_a_watcher_hears_no_words(cast: Cast) -> None:
    from homeroom.channels.email import letters as written

    message = heard(cast, "the projector is dead")
    Participant.objects.create(
        ticket=message.ticket, role="watcher", kind="email", value=THEO, person=cast.theo,
        token="w" * 32,
    )  # fmt: skip
    heed(message)
    said = Said(
        channel="email", direction=Message.Direction.IN, text="canary again", at=NOW,
        sender_address="ana.flores@example.com", kind="follow_up",
    )  # fmt: skip
    saying.hear(message.ticket, said=said, by=person(cast.ana.pk), now=NOW)
    while reactions.drain(now=NOW):
        pass
    sent = Delivery.objects.filter(recipient=THEO)
    assert sent.exists()
    assert all(b"canary" not in written.compose(each) for each in sent)


def test_a_test_rings_once_and_is_over_when_somebody_hears_it(cast: Cast) -> None:
    listed((1, cast.lee))
    test = alarms.ring_test(now=NOW)
    calling.drain(now=NOW)
    calling.drain(now=minutes(30))
    sent = Delivery.objects.get()
    assert (sent.purpose, sent.recipient, sent.ticket) == ("alarm_test", LEE, None)
    assert alarms.ringing(viewer=viewer_for(cast.ortiz.account))
    assert alarms.acknowledge_test(test.pk, by=person(cast.lee.pk), now=minutes(1))
    assert not alarms.ringing(viewer=viewer_for(cast.ortiz.account))


def test_a_part_of_a_request_in_danger_is_in_danger_too(cast: Cast) -> None:
    message = heard(cast)
    ticket = heed(message)
    said = Said(channel="email", direction=Message.Direction.IN, text="and the bus", at=NOW)
    more = saying.hear(ticket, said=said, by=person(cast.ana.pk), now=NOW)
    part = merging.split(more, by=person(cast.ortiz.pk), now=NOW)
    assert (part.safety, part.team, part.needs_person) == ("self_harm", cast.safety, True)
    assert Membership.objects.filter(team=part.team, person=cast.ortiz).exists()
