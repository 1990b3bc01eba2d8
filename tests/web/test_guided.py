"""Short forms at the front door: what they ask, what they refuse, and what becomes of them."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client

from homeroom.channels.form import filled
from homeroom.channels.form.filled import Filled, Reach
from homeroom.channels.inbound import Form
from homeroom.channels.models import Envelope
from homeroom.district.models import Service
from homeroom.district.permissions import SYSTEM
from homeroom.district.queries import catalogue
from homeroom.knowledge.models import Article
from homeroom.pipeline import at_once, minds, surroundings, triage
from homeroom.routing import guided
from homeroom.routing.guided import NOTHING, Ask
from homeroom.tickets.models import Event, Message, Ticket
from homeroom.web.portal import doorkeeper, sending
from tests.cast import NOW, Cast
from tests.visitors import OURS, house, signed_in

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
FIELDS = {
    "route": {"label": "Bus route or number", "type": "route"},
    "student": {"label": "Student", "type": "person"},
    "stop": {"label": "Bus stop", "type": "stop"},
    "school": {"label": "School or site", "type": "site"},
    "date": {"label": "Date", "type": "date"},
    "reason": {"label": "Reason", "type": "text"},
    "colour": {"label": "Colour of the slip", "type": "enum", "options": ["red", "blue"]},
}


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    monkeypatch.setattr(sending, "WAIT_S", 0.0)
    with house() as everyone:
        yield everyone


@pytest.fixture
def bus(cast: Cast) -> Service:
    cast.late_bus.required_context = ["route", "stop", "student"]
    cast.late_bus.helpful_context = ["school"]
    cast.late_bus.context_fields = FIELDS
    cast.late_bus.like = "tra.bus_late"
    cast.late_bus.save()
    return cast.late_bus


def asked(service: Service, known: guided.Known = NOTHING) -> dict[str, Ask]:
    found = catalogue(viewer=SYSTEM).services[service.pk]
    inputs = guided.asks(found, known=known, schools=["Lincoln High"], today=TODAY, language="en")
    return {one.name: one for one in inputs}


def fill(client: Client, address: str = "/needs/tra.late/", **fields: object) -> object:
    sent = {
        "about-route": "42", "about-student": "Sam Flores", "reach": "charlie@example.org",
        "stamp": doorkeeper.stamp(now=NOW.replace(hour=15, minute=30)), **fields,
    }  # fmt: skip
    return client.post(address, sent)


def understood() -> Ticket:
    message = Message.objects.get(direction="in")
    around = surroundings.look(encoders=minds.encoders(), now=NOW)
    triage.triage(message, house=around, now=NOW)
    return Ticket.objects.get()


def text_of(response: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())  # type: ignore[attr-defined]


def test_at_most_two_things_must_be_answered_and_the_known_are_not_asked(bus: Service) -> None:
    inputs = asked(bus)
    assert [one.name for one in inputs.values() if one.is_required] == ["route", "student"]
    assert "stop" not in inputs  # it stands with the rider
    known = guided.Known(facts={"student": "Sam Flores", "school": "Lincoln High"}, choices={})
    assert set(asked(bus, known)) == {"route", "words"}


def test_what_the_service_wants_told_is_the_box_for_words(bus: Service) -> None:
    Service.objects.filter(pk=bus.pk).update(required_context=["student", "date", "reason"])
    inputs = asked(bus)
    assert inputs["words"].text == "What is the reason?"
    assert [one.name for one in inputs.values() if one.is_required] == ["student", "words"]
    assert inputs["date"].value == TODAY.isoformat()


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [
        ("route", "", "Please fill this in."),
        ("route", "the one that always comes late", "Write only the number"),
        ("student", "?!", "Write it in letters or numbers."),
        ("student", "x" * 201, "Please write this shorter."),
        ("date", "tomorrow", "Write the day like"),
        ("date", "1926-11-24", "too far away"),
        ("school", "Hogwarts", "Choose one from the list."),
        ("colour", "green", "Choose one from the list."),
    ],
)
def test_a_bad_value_has_its_sentence(bus: Service, field: str, given: str, says: str) -> None:
    Service.objects.filter(pk=bus.pk).update(
        required_context=["route", "student"],
        helpful_context=sorted({field} - {"route", "student"}),
    )
    values = {"route": "42", "student": "Sam", field: given}
    facts, errors = guided.read(tuple(asked(bus).values()), given=values, today=TODAY)
    assert set(errors) == {field}
    assert says in errors[field]
    assert field not in facts


def test_a_form_becomes_a_request_that_says_what_was_filled_in(bus: Service) -> None:
    response = fill(Client(headers=OURS), **{"about-words": "We wait since seven"})
    assert response.status_code == 303  # type: ignore[attr-defined]
    ticket = understood()
    assert (ticket.service, ticket.team, ticket.needs_triage) == (bus, bus.team, False)
    assert ticket.subject == "The bus is late or did not come"
    said = ticket.messages.get().text
    assert said == "We wait since seven\n\nBus route: 42\nStudent: Sam Flores"
    facts = {name: (one["value"], one["source"]) for name, one in ticket.context.items()}
    assert facts["route"] == ("42", "form")
    assert facts["student"] == ("Sam Flores", "form")
    assert facts["chosen"] == ("Bus late or missed", "form")
    described = Event.objects.filter(type="ticket.described", ticket=ticket).first()
    assert described.data["fields"] == ["chosen", "route", "student"]


def test_nothing_typed_is_lost_and_nothing_is_kept(bus: Service) -> None:
    response = fill(Client(headers=OURS), **{"about-route": "", "about-words": "since seven"})
    assert response.status_code == 422  # type: ignore[attr-defined]
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert 'href="#about-route"' in shown
    for kept in ("Sam Flores", "since seven", "charlie@example.org"):
        assert kept in shown
    assert not Envelope.objects.exists()


@pytest.mark.parametrize(
    ("need", "words"),
    [
        ("The bus is late or did not come", "We wait since seven"),
        ("I cannot sign in", ""),
        ("A school computer is broken", "The screen is cracked"),
        ("A room is too hot or too cold", "It is 58 degrees in here"),
        ("I lost something on the bus", "A blue coat"),
        ("I need a school record", ""),
    ],
)
def test_what_is_filled_in_does_not_sound_like_danger(bus: Service, need: str, words: str) -> None:
    fields = {"route": "42", "student": "Sam Flores", "school": "Lincoln High"}
    lines = "\n".join(f"{name.title()}: {value}" for name, value in fields.items())
    form = Filled(
        text=f"{words}\n\n{lines}".strip(), at=NOW, subject=need, reach=Reach(email="c@x.example"),
        form=Form(service="tra.late", given=fields),
    )  # fmt: skip
    at_once.take_in(filled.written(form, id="f"), channel="form", key="f", now=NOW)
    ticket = understood()
    assert (ticket.team, ticket.needs_triage) == (bus.team, False)


def test_what_is_told_in_a_field_is_heard_like_any_words(bus: Service, cast: Cast) -> None:
    told = "Sam, he gave away his things and told his sister he will not be here on Monday"
    form = Filled(
        text=f"Student: {told}\nBus route: 42", at=NOW, subject="The bus is late",
        reach=Reach(email="c@x.example"),
        form=Form(service="tra.late", given={"student": told, "route": "42"}),
    )  # fmt: skip
    at_once.take_in(filled.written(form, id="f"), channel="form", key="f", now=NOW)
    ticket = understood()
    assert ticket.safety
    assert ticket.team == cast.safety


def test_danger_in_a_form_goes_to_those_who_watch(bus: Service, cast: Cast) -> None:
    fill(Client(headers=OURS), reach="", **{"about-words": "i want to kill myself"})
    ticket = understood()
    assert (ticket.safety, ticket.team) == ("self_harm", cast.safety)


def test_a_form_without_its_trap_time_or_right_service(bus: Service, cast: Cast) -> None:
    client = Client(headers=OURS)
    fill(client, website="http://spam.example")
    assert Envelope.objects.get().state == "quarantined"
    assert client.get("/needs/no.such/").status_code == 404
    assert client.get("/needs/stu.tip/").status_code == 404  # danger has no questionnaire
    foreign = fill(Client(headers={"Sec-Fetch-Site": "cross-site"}))
    assert foreign.status_code == 403  # type: ignore[attr-defined]


def test_whoever_is_signed_in_is_not_asked_what_the_roster_says(bus: Service, cast: Cast) -> None:
    client = signed_in(cast.theo.account)
    shown = client.get("/needs/tra.late/")
    assert 'name="reach"' not in shown.content.decode()
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert "Sam" not in shown.content.decode()
    fill(client, reach="")
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.certainty) == (cast.theo, "verified")


def test_needs_stand_in_plain_words_and_lead_to_forms(bus: Service, cast: Cast) -> None:
    client = Client(headers=OURS)
    home = client.get("/").content.decode()
    assert 'href="/needs/tra.late/"' in home
    assert "The bus is late or did not come" in home
    every = text_of(client.get("/es/needs/"))
    assert "El autobús está atrasado o no llegó" in every
    assert "Safety concern" not in every
    assert "Transportation" not in every
    found = client.post("/needs/", {"need": "42 has not come to our stop"}).content.decode()
    assert 'href="/needs/tra.late/"' in found[found.index('id="found"') :]
    words = client.post("/needs/tra.late/", {"do": "open", "need": "we wait at Pine"})
    assert "we wait at Pine</textarea>" in words.content.decode()


def test_an_answer_that_did_not_help_goes_along_and_is_not_given_again(cast: Cast) -> None:
    Article.objects.create(source_id="meals", title="Meal prices", body="Lunch costs $2.75.")
    sent = {"need": "How much is lunch?", "reach": "c@example.org", "article": "meals",
            "stamp": doorkeeper.stamp(now=NOW.replace(hour=15, minute=30))}  # fmt: skip
    Client(headers=OURS).post("/", sent | {"do": "not_helped"})
    ticket = understood()
    assert ticket.context["declined"]["value"] == "Meal prices"
    assert [one.data["article"] for one in Event.objects.filter(type="answer.rejected")]
    assert not ticket.citations.exists()


def test_being_helped_before_sending_is_counted_and_keeps_nothing(cast: Cast) -> None:
    article = Article.objects.create(source_id="meals", title="Meal prices", body="Lunch.")
    client = Client(headers=OURS)
    said = {"do": "helped", "article": "meals", "need": "a secret of mine"}
    shown = client.post("/", said)
    assert "Good to hear." in text_of(shown)
    event = Event.objects.get(type="answer.accepted")
    assert (event.ticket, event.data) == (None, {"article": article.pk, "door": "form"})
    client.post("/", said | {"article": "none"})
    assert (Event.objects.count(), Ticket.objects.count(), Envelope.objects.count()) == (1, 0, 0)


def test_without_a_script_one_can_look_first(cast: Cast) -> None:
    shown = Client(headers=OURS).post("/", {"do": "look", "need": "Where is my bus?"})
    assert shown.status_code == 200
    assert "Where is my bus?</textarea>" in shown.content.decode()
    assert not Envelope.objects.exists()
