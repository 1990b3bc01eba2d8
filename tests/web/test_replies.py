"""What helps staff to answer: saved replies, passages beside a request, and what a reply quotes."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from homeroom.district.models import Account
from homeroom.knowledge import indexing, placeholders
from homeroom.knowledge.models import Article
from homeroom.knowledge.replies import Quotation, SavedReply
from homeroom.pipeline import minds
from homeroom.tickets import saying
from homeroom.tickets.log import person
from homeroom.tickets.models import Message, Participant, Ticket
from homeroom.tickets.saying import Party, Said
from tests.cast import NOW, Cast
from tests.visitors import house, signed_in

pytestmark = pytest.mark.django_db
LAMP = "Two blinks mean that the lamp of the projector is old and must be replaced."
STOCK = "Six lamps for the projector lie in the cupboard of room 12, behind the paper."


@pytest.fixture
def cast() -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


@pytest.fixture
def theo(cast: Cast) -> Client:
    return signed_in(cast.theo.account)


@pytest.fixture
def admin(cast: Cast) -> Client:
    account = Account.objects.create_user("a@x.example", None)
    account.is_administrator = True
    account.save()
    return signed_in(account)


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    said = Said(
        channel="email", direction=Message.Direction.IN, at=NOW, sender_address="ana@example.com",
        text="The projector in 214 blinks twice and goes off. What does that mean?",
    )  # fmt: skip
    party = Party(role=Participant.Role.REQUESTER, kind="email", value="ana@example.com")
    opened = saying.open_request(
        said, parties=(party,), by=person(None), now=NOW, requester=cast.ana, certainty="claimed"
    ).ticket
    Ticket.objects.filter(pk=opened.pk).update(team=cast.classroom, language="es")
    return Ticket.objects.get(pk=opened.pk)


def url(ticket: Ticket) -> str:
    return f"/desk/team/{ticket.reference}/"


def save(admin: Client, **fields: object) -> object:
    sent = {"do": "save", "form": "reply-new", "title": "On my way", "text-en": "I come now."}
    return admin.post("/setup/replies/", sent | fields)


def test_a_saved_reply_goes_out_filled_in_and_in_the_askers_language(
    admin: Client, theo: Client, ticket: Ticket
) -> None:
    said = {"text-en": "Hello [name]", "text-es": "Hola [name], soy [agent]. Ref. [reference]."}
    assert save(admin, **said).status_code == 303  # type: ignore[attr-defined]
    reply = SavedReply.objects.get()
    drawn = theo.post(url(ticket), {"do": f"insert:saved:{reply.pk}", "reply": "Buenos días."})
    assert drawn.status_code == 200
    box = re.search(
        r'<textarea id="reply"[^>]*>(.*?)</textarea>', drawn.content.decode(), re.DOTALL
    )
    assert box is not None
    assert box[1] == (f"Buenos días.\n\nHola Ana Flores, soy Theo Ramos. Ref. {ticket.reference}.")
    assert not ticket.messages.filter(direction="out").exists()


@pytest.mark.parametrize("word", ["[nombre]", "{name}", "{{ name }}", "[name", "]", "{% now %}"])
def test_what_could_not_be_filled_in_is_refused_when_saved(admin: Client, word: str) -> None:
    response = save(admin, **{"text-en": f"Hello {word}!", "text-es": "Hola"})
    assert response.status_code == 422  # type: ignore[attr-defined]
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert "cannot be filled in" in shown
    assert 'href="#reply-new-text-en"' in shown
    assert "Hola</textarea>" in shown
    assert not SavedReply.objects.exists()


def test_values_are_put_in_once_and_what_is_missing_leaves_no_hole() -> None:
    values = {"name": "[agent]", "reference": "7KQ-4M9X", "school": "", "agent": "Theo"}
    assert placeholders.fill("Hi [name], [agent] here.", values) == "Hi [agent], Theo here."
    assert placeholders.fill("At [school]: [reference]", values) == "At: 7KQ-4M9X"


def test_a_team_sees_its_own_replies_and_everybodys(
    admin: Client, theo: Client, ticket: Ticket, cast: Cast
) -> None:
    save(admin, title="For all")
    save(admin, title="Of Classroom IT", team=cast.classroom.pk)
    save(admin, title="Of the bus desk", team=cast.buses.pk)
    shown = theo.get(f"{url(ticket)}helps/").content.decode()
    assert "Of Classroom IT" in shown
    assert "For all" in shown
    assert "Of the bus desk" not in shown
    assert save(admin, title="For all").status_code == 422  # type: ignore[attr-defined]
    kept = SavedReply.objects.get(title="For all")
    admin.post("/setup/replies/", {"do": "remove", "form": f"reply-{kept.pk}"})
    assert SavedReply.objects.count() == 2


def test_passages_stand_beside_a_request_and_what_is_for_staff_is_not_sent(
    theo: Client, ticket: Ticket
) -> None:
    lamp = Article.objects.create(source_id="lamp", title="Projectors that blink", body=LAMP)
    stock = Article.objects.create(
        source_id="stock", title="Lamps for projectors", body=STOCK, visibility="staff"
    )
    indexing.index(encoders=minds.encoders())
    shown = theo.get(f"{url(ticket)}helps/").content.decode()
    assert LAMP in shown
    assert f'value="insert:passage:{lamp.pk}"' in shown
    assert f'value="insert:passage:{stock.pk}"' not in shown
    refused = theo.post(url(ticket), {"do": f"insert:passage:{stock.pk}", "reply": "kept"})
    assert refused.status_code == 422
    assert ">kept</textarea>" in refused.content.decode()
    inline = theo.get(f"{url(ticket)}?helps=1").content.decode()
    assert f'value="insert:passage:{lamp.pk}"' in inline


def test_a_reply_is_recorded_with_the_articles_it_leans_on(theo: Client, ticket: Ticket) -> None:
    lamp = Article.objects.create(source_id="lamp", title="Projectors", body=f"{LAMP}\n\nShort.")
    secret = Article.objects.create(
        source_id="hr", title="For others", body=STOCK, visibility="team"
    )
    indexing.index(encoders=minds.encoders())
    words = f"Good morning.\n\n{LAMP.replace(' of ', chr(10) + 'of ')} {STOCK} Short."
    theo.post(url(ticket), {"do": "reply", "reply": words})
    sent = ticket.messages.get(direction="out")
    assert [(one.article, one.quotes) for one in sent.quotations.all()] == [(lamp, [LAMP])]
    assert not Quotation.objects.filter(article=secret).exists()
    theo.post(url(ticket), {"do": "reply", "reply": "I took it out again."})
    assert Quotation.objects.count() == 1
