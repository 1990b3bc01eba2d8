"""An answer that went out by mail: a reply of "no" brings a person, "thanks" ends it."""

import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage

import pytest
from django.db import connection

from homeroom.channels.email import letters, lmtp
from homeroom.channels.envelopes import keep
from homeroom.channels.models import Delivery
from homeroom.district.models import Identity, Person
from homeroom.kit import clock
from homeroom.knowledge import indexing
from homeroom.knowledge.models import Article
from homeroom.pipeline import minds, reactions, receive, surroundings, triage
from homeroom.tickets import answering
from homeroom.tickets.answering import Author
from homeroom.tickets.models import Event, Ticket
from tests.cast import NOW, assemble

pytestmark = pytest.mark.django_db(transaction=True)
HELP = "help@cedarvalley.example"
MEALS = """Lunch costs $2.75 in elementary and $3.05 in middle and high school.

Pay online in MealTrack, where a fee of $1.95 is added."""
ASKED = "How much is school lunch for an elementary student?"


def kept(raw: bytes, recipients: tuple[str, ...]) -> None:
    """What `homeroom lmtp` does with one message."""
    try:
        keep(raw, channel="email", form="rfc822", recipients=list(recipients), now=clock.now())
    finally:
        connection.close()


@contextmanager
def door() -> Iterator[smtplib.LMTP]:
    stop, ready, bound = threading.Event(), threading.Event(), list[str]()

    def is_ready(address: str) -> None:
        bound.append(address)
        ready.set()

    given = {"stop": stop, "on_ready": is_ready}
    thread = threading.Thread(target=lmtp.serve, args=("127.0.0.1:0", kept), kwargs=given)
    thread.start()
    assert ready.wait(10)
    host, port = bound[0].split(":")
    try:
        with smtplib.LMTP(host, int(port)) as client:
            yield client
    finally:
        stop.set()
        thread.join(15)


class Talk:
    """One sender and the district, by mail alone."""

    def __init__(self, client: smtplib.LMTP, sender: str) -> None:
        self.client, self.sender = client, sender
        self.n_sent, self.now = 0, NOW
        self.letter: EmailMessage | None = None

    def says(self, text: str) -> Ticket:
        """Send it through the door, let the house work, and read what it wrote back."""
        self.n_sent += 1
        self.now += timedelta(minutes=10)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, HELP, "Lunch"
        mail["Message-ID"] = f"<{self.n_sent}.{self.sender}>"
        if self.letter is not None:
            mail["In-Reply-To"] = self.letter["Message-ID"]
            mail.replace_header("To", self.letter["Reply-To"] or self.letter["From"])
        mail.set_content(text)
        with clock.at(self.now):
            self.client.sendmail(self.sender, [mail["To"]], mail.as_bytes())
            receive.drain(now=self.now)
            house = surroundings.look(encoders=minds.encoders(), now=self.now)
            triage.drain(house=house, now=lambda: self.now)
            while reactions.drain(now=self.now):
                pass
        ticket = Ticket.objects.get(participants__value=self.sender, merged_into=None)
        receipt = Delivery.objects.filter(ticket=ticket, purpose="receipt").first()
        self.letter = message_from_bytes(letters.compose(receipt)) if receipt else None  # type: ignore[assignment]
        return ticket


def known(name: str) -> str:
    """The address of somebody of the roster; strangers get no answer by mail, only "we got it"."""
    person = Person.objects.create(source_id=name, given_name=name.title(), family_name=f"Of{name}")
    address = f"{name}@example.org"
    Identity.objects.create(person=person, kind="email", value=address, verified_at=NOW)
    return address


def events(ticket: Ticket) -> list[str]:
    rows = Event.objects.filter(ticket=ticket, type__startswith="answer.").order_by("id")
    return [name.removeprefix("answer.") for name in rows.values_list("type", flat=True)]


def test_what_a_reply_to_an_answer_does() -> None:
    """One story after the other, through one door, as its rooms take long to furnish."""
    cast = assemble()
    Article.objects.create(source_id="meals", title="Meal prices and lunch", body=MEALS)
    indexing.index(encoders=minds.encoders())
    with door() as client:
        for number, word in enumerate(["No", "That did not help.", "No me ayudó"]):
            no = Talk(client, known(f"no{number}"))
            assert events(no.says(ASKED)) == ["given"]
            assert no.letter is not None
            assert "$2.75" in no.letter.as_string()
            ticket = no.says(word)
            assert (events(ticket), ticket.status) == (["given", "rejected"], "new"), word
            assert ticket.needs_triage or ticket.team_id
            assert ticket.messages.filter(direction="in").count() == 2

        for number, word in enumerate(["Thanks!", "Yes, that helped", "Sí, gracias"]):
            yes = Talk(client, known(f"yes{number}"))
            yes.says(ASKED)
            ticket = yes.says(word)
            assert (events(ticket), ticket.status) == (["given", "accepted"], "resolved"), word
        # Who thanked and finds that it does not do is never told to begin anew.
        ticket = yes.says("No, sorry, that is the wrong school and I still need help")
        assert events(ticket) == ["given", "accepted", "rejected"]
        assert (ticket.status, ticket.needs_triage) == ("open", True)

        # Once a person has written, thanks are theirs: nothing is ended over their heads.
        late = Talk(client, known("late"))
        ticket = late.says(ASKED)
        theo = Author(person_id=cast.theo.pk, name="Theo Ramos")
        answering.answer(ticket, text="I look into it tomorrow.", author=theo, now=late.now)
        ticket = late.says("Thank you!")
        assert (events(ticket), ticket.status) == (["given"], "open")
