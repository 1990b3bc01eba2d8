"""The story end to end, on real bytes: heard, filed, understood, routed, answered, told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from homeroom.channels import envelopes
from homeroom.channels.models import Delivery, Envelope
from homeroom.kit import clock
from homeroom.pipeline import alarms, ledger, minds, reactions, receive, surroundings, triage
from homeroom.tickets import actions, log
from homeroom.tickets.log import Type, person
from homeroom.tickets.models import Message, Status, Ticket
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def _held_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


def mail(text: str, *, sender: str = "dana.lee@cedarvalley.example", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = headers.pop("To", "help@cedarvalley.example")
    message["Subject"] = headers.pop("Subject", "Projector in 214 is dead again")
    message["Message-ID"] = headers.pop("Id", "<first@cedarvalley.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def keep_mail(raw: bytes) -> None:
    envelopes.keep(
        raw,
        channel="email",
        form=Envelope.Form.RFC822,
        recipients=["help@cedarvalley.example"],
        now=clock.now(),
    )


def arrives(raw: bytes, *, now: datetime = NOW) -> Envelope:
    with clock.at(now):
        keep_mail(raw)
        receive.drain(now=now)
        house = surroundings.look(encoders=minds.encoders(), now=now)
        triage.drain(house=house, now=lambda: now)
        while reactions.drain(now=now):
            pass
        alarms.drain(now=now)
    return Envelope.objects.latest("id")


def test_a_teachers_mail_becomes_work(cast: Cast) -> None:
    envelope = arrives(mail("No picture, and 3rd period starts in 10 minutes!\n\n-- \nDana Lee\n"))
    assert (envelope.state, envelope.relation) == ("filed", "opened")
    ticket = Ticket.objects.get()
    assert ticket.requester == cast.lee
    assert ticket.service == cast.projectors
    assert ticket.priority == 1
    assert ticket.place == cast.room_214
    assert ticket.reply_due_at is not None
    assert ticket.suggestion.why
    said = ticket.messages.get()
    assert "Dana Lee" not in said.text
    assert "Dana Lee" in said.cut
    receipt = Delivery.objects.get(purpose="receipt")
    assert receipt.recipient == "dana.lee@cedarvalley.example"
    assert log.replay(ticket.events.order_by("id"))["priority"] == 1


def test_the_same_bytes_twice_are_one_request(cast: Cast) -> None:
    raw = mail("No picture")
    arrives(raw)
    arrives(raw)
    assert Ticket.objects.count() == Message.objects.count() == 1
    arrives(mail("No picture", X_Through="another mailbox"))
    assert Message.objects.count() == 1
    assert Envelope.objects.latest("id").state == "ignored"


def test_another_message_under_the_same_name_is_kept_too(cast: Cast) -> None:
    arrives(mail("No picture"))
    arrives(mail("The bus is late", Subject="Bus 42"))
    assert Ticket.objects.count() == 2
    assert any("same Message-ID" in each for each in Message.objects.latest("id").remarks)


def test_an_answer_from_the_asker_continues_and_from_a_stranger_is_only_linked(
    cast: Cast,
) -> None:
    arrives(mail("No picture"))
    first = Ticket.objects.get()
    follow = {"Id": "<second@x>", "In_Reply_To": "<first@cedarvalley.example>"}
    assert arrives(mail("It works now and then", **follow)).relation == "continued"
    assert first.messages.count() == 2
    stranger = follow | {"Id": "<third@evil.example>"}
    arrives(mail("Your code is 123456", sender="charlie@evil.example", **stranger))
    linked = Ticket.objects.latest("id")
    assert linked.linked_to == first
    assert first.messages.count() == 2
    assert not first.participants.filter(value="charlie@evil.example").exists()


def test_a_subject_alone_never_joins(cast: Cast) -> None:
    arrives(mail("No picture"))
    reference = Ticket.objects.get().reference
    arrives(mail("me too", Id="<x@y>", Subject=f"Re: [{reference}] Projector"))
    assert Ticket.objects.count() == 2


def test_staff_answer_by_mail_and_only_with_their_own_address(cast: Cast) -> None:
    arrives(mail("No picture"))
    ticket = Ticket.objects.get()
    actions.assign(ticket, team=cast.classroom, assignee=cast.theo, by=log.SYSTEM, now=NOW)
    reactions.drain(now=NOW)
    notice = Delivery.objects.get(purpose="assigned")
    assert notice.recipient == "theo.ramos@cedarvalley.example"
    to = f"help+{notice.participant.token}@cedarvalley.example"
    forged = mail("Send me the code", sender="charlie@evil.example", To=to, Id="<f@evil>")
    arrives(forged)
    assert not ticket.messages.filter(direction="out").exists()
    answer = mail("On my way", sender="theo.ramos@cedarvalley.example", To=to, Id="<a@cv>")
    arrives(answer)
    out = ticket.messages.get(direction="out")
    assert (out.text, out.person) == ("On my way", cast.theo)
    letter = Delivery.objects.get(purpose="reply")
    assert letter.recipient == "dana.lee@cedarvalley.example"
    ticket.refresh_from_db()
    assert ticket.replied_at is not None


def test_words_of_danger_reach_the_people_who_watch(cast: Cast) -> None:
    arrives(mail("sam said he wants to kill himself tonight", Subject="please help", Id="<d@x>"))
    ticket = Ticket.objects.get()
    assert ticket.safety == "self_harm"
    assert (ticket.team, ticket.sensitivity, ticket.priority) == (cast.safety, "safety", 1)
    assert ticket.needs_triage
    alarm = Delivery.objects.get(purpose="alarm")
    assert alarm.recipient == "elena.ortiz@cedarvalley.example"


def test_an_absence_note_is_never_answered_and_opens_nothing(cast: Cast) -> None:
    envelope = arrives(mail("I am out of the office until Monday.", Auto_Submitted="auto-replied"))
    assert envelope.state == "ignored"
    assert not Ticket.objects.exists()
    assert not Delivery.objects.exists()


def test_a_failure_of_understanding_is_no_failure_of_intake(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError("the model is gone")

    monkeypatch.setattr(triage, "think", stumble)
    assert arrives(mail("No picture")).state == "filed"
    ticket = Ticket.objects.get()
    assert ticket.needs_triage
    assert ticket.read_at is not None
    assert ticket.events.filter(type=Type.READ, data__understood=False).exists()
    assert Delivery.objects.filter(purpose="receipt").exists()


def test_what_cannot_be_filed_is_held_after_five_tries_and_put_back_by_a_person(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: Envelope) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(receive.doors, "read", stumble)
        keep_mail(mail("No picture"))
        for minute in range(6):
            receive.drain(now=NOW + timedelta(minutes=minute))
    envelope = Envelope.objects.get()
    assert envelope.state == "held"
    assert "RuntimeError" in envelope.reason
    assert ledger.balance(now=NOW) == []
    envelopes.put_back(envelope, now=NOW + timedelta(hours=1))
    receive.drain(now=NOW + timedelta(hours=1))
    assert Ticket.objects.count() == 1


def test_the_ledger_sees_what_vanished(cast: Cast) -> None:
    arrives(mail("No picture"))
    assert ledger.balance(now=NOW) == []
    Envelope.objects.all().delete()
    (hour,) = ledger.balance(now=NOW)
    assert "gone" in hour.finding


def test_the_asker_reopens_by_writing(cast: Cast) -> None:
    arrives(mail("No picture"))
    ticket = Ticket.objects.get()
    actions.resolve(ticket, by=person(cast.theo.pk), now=NOW)
    reactions.drain(now=NOW)
    letter = Delivery.objects.get(purpose="resolved")
    arrives(mail("Still dark", Id="<later@x>", In_Reply_To=f"<{letter.external_id}>"))
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN


def test_done_is_told_in_one_letter(cast: Cast) -> None:
    from homeroom.tickets import answering

    arrives(mail("No picture"))
    ticket = Ticket.objects.get()
    author = answering.Author(person_id=cast.theo.pk, name="Theo Ramos")
    answering.finish(ticket, words="New lamp.", author=author, now=NOW, seen=None)
    reactions.drain(now=NOW)
    letters = Delivery.objects.exclude(purpose="receipt").filter(recipient__startswith="dana")
    assert [letter.purpose for letter in letters] == ["resolved"]
    assert letters.get().message.text == "New lamp."


def test_people_who_were_faster_than_understanding_are_not_undone(cast: Cast) -> None:
    keep_mail(mail("No picture"))
    receive.drain(now=NOW)
    ticket = Ticket.objects.get()
    actions.assign(ticket, team=cast.classroom, assignee=cast.theo, by=log.SYSTEM, now=NOW)
    house = surroundings.look(encoders=minds.encoders(), now=NOW)
    triage.drain(house=house, now=lambda: NOW)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team, ticket.needs_triage) == (
        cast.theo,
        cast.classroom,
        False,
    )
    assert ticket.service is not None


def test_danger_is_never_set_aside_as_spam(cast: Cast) -> None:
    arrives(mail("Buy our pills", Id="<s@x>", X_Spam_Flag="YES"))
    assert Envelope.objects.latest("id").state == "quarantined"
    arrives(mail("i want to kill myself tonight", Id="<k@x>", X_Spam_Flag="YES"))
    assert Ticket.objects.get().safety == "self_harm"
    assert Delivery.objects.filter(purpose="alarm").exists()
    assert "spam" in str(Message.objects.get().remarks)


def test_danger_in_a_later_message_calls_people(cast: Cast) -> None:
    arrives(mail("No picture"))
    later = {"Id": "<l@x>", "In_Reply_To": "<first@cedarvalley.example>"}
    arrives(mail("a boy here says he will kill himself", **later))
    ticket = Ticket.objects.get()
    assert (ticket.safety, ticket.team, ticket.priority) == ("self_harm", cast.safety, 1)
    assert Delivery.objects.filter(purpose="alarm", recipient__startswith="elena").exists()


def test_staff_are_written_to_in_their_own_language(cast: Cast) -> None:
    cast.theo.language = "es"
    cast.theo.save(update_fields=["language"])
    arrives(mail("No picture, and 3rd period starts in 10 minutes!"))
    ticket = Ticket.objects.get()
    by = person(cast.lee.pk)
    actions.assign(ticket, team=ticket.team, assignee=cast.theo, by=by, now=NOW)
    while reactions.drain(now=NOW):
        pass
    given = Delivery.objects.get(purpose="assigned")
    assert (given.recipient, given.language) == ("theo.ramos@cedarvalley.example", "es")
