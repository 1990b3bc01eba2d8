"""The front door answers: cited, permitted, honest; through the whole story."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.test import Client

from homeroom.district import actions
from homeroom.district.models import Account, Org
from homeroom.district.permissions import ANONYMOUS, Viewer
from homeroom.kit import clock
from homeroom.knowledge import barred, indexing, queries, words
from homeroom.knowledge.models import Alias, Article, Citation, Passage
from homeroom.knowledge.passages import passages
from homeroom.pipeline import answering, asking, minds, replay, surroundings
from homeroom.tickets.models import Event, Message, Ticket
from tests.cast import NOW, assemble

MEALS = """Lunch costs $2.75 in elementary and $3.05 in middle and high school.

Pay online in MealTrack, where a fee of $1.95 is added."""
STUBS = "Pay stubs are in the MyWork portal under Pay. The payroll phrase is blue heron."


def write(source_id: str, title: str, body: str, **changes: object) -> Article:
    return Article.objects.create(source_id=source_id, title=title, body=body, **changes)


@pytest.fixture
def cast(db):
    found = assemble()
    write("meals", "Meal prices and paying for lunch", MEALS)
    write("stubs", "Paydays and pay stubs", STUBS, visibility="staff")
    write("old", "Meal prices of last year: lunch", "Lunch costs $9.99.", expires_on=NOW.date())
    indexing.index(encoders=minds.encoders())
    return found


@pytest.fixture
def house(cast):
    return surroundings.look(encoders=minds.encoders(), now=NOW)


def line(text: str, number: int = 1, **more: object) -> bytes:
    given = {"id": f"q{number}", "at": NOW.isoformat(), "channel": "email", "text": text}
    return json.dumps(given | {"from": {"email": "someone@example.org"}} | more).encode()


def told(text: str, house, number: int = 1, **more: object) -> dict:
    return replay.take(line(text, number, **more), "email", f"q{number}", house=house, at=NOW)


def test_pieces_stand_in_the_article_letter_by_letter():
    body = "# Head\n\nOne **bold**\nsentence. Two.\n\n- a\n- b\n\n| R | T |\n|---|---|\n| 42 | 7:12 |\n"
    made = passages(body)
    assert [one.text for one in made] == ["One bold sentence.", "Two.", "a", "b", "R: 42; T: 7:12"]
    assert all(one.quote in body for one in made)
    assert {one.heading for one in made} == {"Head"}


def test_a_question_is_answered_with_the_passage_and_its_source(house):
    out = told("How much is school lunch for an elementary student?", house)
    answer = out["answer"]
    assert "$2.75" in answer["text"]
    assert answer["citations"][0]["article"] == "meals"
    assert all(one["quote"] in MEALS for one in answer["citations"])
    assert out["team"] is not None  # it stays with people until the asker says that it helped
    ticket = Ticket.objects.get()
    assert ticket.status == "new"
    assert Event.objects.filter(ticket=ticket, type="answer.given").count() == 1


def test_what_no_article_says_is_not_answered(house):
    assert told("How do I get a second key for the gymnasium?", house)["answer"] is None


def test_the_same_question_by_voice_goes_to_people(house):
    said = line("How much is school lunch for an elementary student?", channel="voice")
    out = replay.take(said, "voice", "q1", house=house, at=NOW)
    assert out["answer"] is None


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("child", "What grade did my daughter get on the test?"),
        ("child", "how many absences does my son have"),
        ("child", "What score does she have now?"),
        ("child", "Can I see a student's password?"),
        ("child", "¿Cuál es el saldo de mi hijo?"),
        ("child", "¿Cuántas faltas tiene mi hija?"),
        ("child", "¿Por qué sacó F mi hijo?"),
        ("child", "¿Qué maestra le tocó a mi hijo?"),
        ("medical", "How much ibuprofen can I give him?"),
        ("medical", "does he need stitches"),
        ("medical", "Does my child have ADHD?"),
        ("medical", "¿Puedo darle ibuprofeno a mi hijo con fiebre?"),
        ("medical", "¿Mi hijo tiene autismo?"),
        ("legal", "Is it legal to keep my son after school?"),
        ("legal", "¿Es legal grabar al maestro?"),
        ("legal", "¿Puedo demandar a la escuela?"),
        ("discipline", "Why was he suspended and when can he return?"),
        ("discipline", "¿Por qué lo suspendieron?"),
        ("custody", "I have full custody. When can my ex pick her up?"),
        ("custody", "Hay una orden de restricción contra su padre"),
        ("personnel", "Why was Mr. Hall fired?"),
        ("personnel", "How much does the superintendent earn?"),
        ("personnel", "¿Por qué despidieron al maestro?"),
        ("personnel", "¿Cuánto gana el director?"),
        ("own", "How many sick days do I have left?"),
        ("own", "¿Cuántos días de vacaciones me quedan?"),
    ],
)
def test_some_subjects_are_never_answered(why, text):
    assert barred.reason(text) == why


@pytest.mark.parametrize(
    "text",
    [
        "How much is lunch?",
        "How do I see my child's grades?",
        "When does school start?",
        "How many sick days do I get a year?",
        "¿Cuántas faltas puedo justificar con una nota?",
        "¿Qué medicina pide la enfermera con receta?",
    ],
)
def test_plain_questions_are_not_barred(text):
    assert barred.reason(text) == ""


def test_a_verified_guardian_may_ask_where_to_look():
    text = "What is my son's lunch balance?"
    assert barred.reason(text) == "child"
    assert barred.reason(text, is_verified=True) == ""


def test_staff_texts_are_on_no_public_shelf_and_change_no_score(house):
    before = asking.ask("How much is school lunch in elementary?", viewer=ANONYMOUS, now=NOW)
    for text in ("Where are my pay stubs?", "What is the payroll phrase?", "blue heron?"):
        found = asking.ask(text, viewer=ANONYMOUS, now=NOW)
        assert found.answer is None
        assert not [one for one in found.suggestions if one.article in {"stubs", "old"}]
    Article.objects.filter(source_id="stubs").delete()
    after = asking.ask(
        "How much is school lunch in elementary?", viewer=ANONYMOUS, now=NOW + timedelta(minutes=2)
    )
    assert before.answer is not None
    assert after.answer is not None
    assert before.suggestions == after.suggestions
    assert before.answer.confidence == after.answer.confidence


def test_staff_find_what_is_theirs(house):
    staff = Viewer(kind="staff", person_id=1, account_id=1)
    found = asking.ask("Where are the pay stubs?", viewer=staff, now=NOW)
    assert found.suggestions[0].article == "stubs"


def test_a_team_text_is_for_that_team_alone(cast):
    it = Org.objects.get(source_id="it")
    one = write("plan", "Plan", "For us.", visibility="team", department=it)
    today = NOW.date()
    theirs = Viewer(kind="staff", person_id=1, department_ids=frozenset({it.pk}))
    others = Viewer(kind="staff", person_id=2, department_ids=frozenset({it.pk + 999}))
    assert queries.article("plan", viewer=theirs, today=today) == one
    assert queries.article("plan", viewer=others, today=today) is None
    assert queries.article("plan", viewer=ANONYMOUS, today=today) is None


def test_a_yes_teaches_the_question_and_a_no_takes_it_back(house):
    out = told("How much is school lunch for an elementary student?", house)
    ticket = Ticket.objects.get(reference=out["ticket"])
    answering.accept(ticket, by=None, now=NOW)
    ticket.refresh_from_db()
    assert ticket.status == "resolved"
    assert Alias.objects.get(is_active=True).article.source_id == "meals"
    answering.reject(ticket, by=None, now=NOW)
    assert not Alias.objects.filter(is_active=True).exists()
    assert Citation.objects.get().state == "rejected"
    types = set(Event.objects.filter(ticket=ticket).values_list("type", flat=True))
    assert {"answer.given", "answer.accepted", "answer.rejected"} <= types


def test_what_was_indexed_is_indexed_once(cast):
    assert indexing.index(encoders=minds.encoders()) == 0
    Article.objects.filter(source_id="meals").update(body="Lunch is free.")
    assert indexing.index(encoders=minds.encoders()) == 1
    found = Passage.objects.filter(article__source_id="meals", kind="text")
    assert [one.text for one in found] == ["Lunch is free."]
    assert np.frombuffer(found[0].vector, np.float16).any()


@pytest.mark.parametrize(
    "text", ["yes", "Thanks!", "Sí, gracias", "That helped, thank you so much"]
)
def test_a_yes_is_heard(text):
    assert words.says_yes(text)


@pytest.mark.parametrize("text", ["no", "yes but it is still broken", "thanks, and when?"])
def test_what_is_no_plain_yes_is_none(text):
    assert not words.says_yes(text)


def test_nothing_is_answered_where_somebody_may_be_in_danger(house):
    out = told("How much is lunch? I want to die, nobody would miss me.", house)
    assert out["answer"] is None
    assert Message.objects.get().ticket.safety or Message.objects.get().ticket.needs_person


def test_machines_ask_and_read_what_their_key_may_see(house):
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    account = Account.objects.create(email="key@cedarvalley.example")
    token = actions.make_token(account=account, name="t", scopes=["read"], now=NOW)
    client = Client(headers={"authorization": f"Bearer {token}"})
    with clock.at(NOW):
        asked = client.post(
            "/api/v1/ask",
            {"question": "How much is school lunch in elementary?"},
            content_type="application/json",
        ).json()
        rows = client.get("/api/v1/articles").json()["articles"]
        shut = client.get("/api/v1/articles/stubs")
    assert "$2.75" in asked["answer"]["text"]
    assert [one["id"] for one in rows] == ["meals"]
    assert shut.status_code == 404


def test_the_front_door_answers_while_one_writes(house):
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    with clock.at(NOW):
        piece = Client().post("/answers/", {"need": "How much is school lunch in elementary?"})
        page = Client().get("/articles/meals/")
        hidden = Client().get("/articles/stubs/")
        danger = Client().post("/answers/", {"need": "lunch? i want to die tonight"})
    assert "$2.75" in piece.content.decode()
    assert "/articles/meals/" in piece.content.decode()
    assert page.status_code == 200
    assert hidden.status_code == 404
    assert not danger.content.strip()
