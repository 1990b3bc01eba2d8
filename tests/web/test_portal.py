"""The front door, from the box to the status page, through the real doors and a real database."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from homeroom.channels import deliver
from homeroom.channels.email import letters
from homeroom.channels.models import Delivery, Envelope
from homeroom.kit import clock
from homeroom.pipeline import at_once, reactions, receive
from homeroom.tickets import answering, merging
from homeroom.tickets.answering import Author
from homeroom.tickets.log import SYSTEM, Type
from homeroom.tickets.models import Event, Message, Participant, Ticket
from homeroom.tickets.writing import changing
from homeroom.web.portal import doorkeeper, sending, status
from tests.cast import NOW, Cast
from tests.visitors import BACKEND, OURS, house, signed_in

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    # Nothing understands here: nobody should wait for it.
    monkeypatch.setattr(sending, "WAIT_S", 0.0)
    monkeypatch.setattr(status, "HOLD_S", 0.0)
    with house() as everyone:
        yield everyone


@pytest.fixture
def visitor(cast: Cast) -> Client:
    return signed_in(None)


def stamp(before: timedelta = timedelta(seconds=30)) -> str:
    return doorkeeper.stamp(now=NOW - before)


def fill(visitor: Client, **fields: object) -> str:
    given = {"need": "The bus has not come", "reach": "charlie@example.org", "stamp": stamp()}
    response = visitor.post("/", {**given, **fields})
    assert response.status_code == 303, response.content.decode()
    assert not response.cookies
    return response["Location"]


def page_of(address: str) -> str:
    return address.split("?", maxsplit=1)[0]


def text_of(content: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


def test_the_front_page_is_the_same_for_everyone(visitor: Client) -> None:
    first, second = visitor.get("/"), Client().get("/")
    for response in (first, second):
        assert response.status_code == 200
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in response.content.decode()
        assert "Cookie" not in response.headers.get("Vary", "")
        assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_what_is_written_becomes_a_request_with_a_receipt(visitor: Client) -> None:
    address = fill(visitor, need="Bus 42 has not come to Pine and 6th", name="Ana")
    ticket = Ticket.objects.get()
    message = Message.objects.get()
    assert (message.text, message.channel, message.is_public) == (
        "Bus 42 has not come to Pine and 6th",
        "form",
        True,
    )
    assert Envelope.objects.get().state == "filed"
    receipt = visitor.get(f"{address}&held=1")
    assert ticket.reference in text_of(receipt.content)
    assert "c…@example.org" in receipt.content.decode()
    assert receipt.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in receipt.headers["X-Robots-Tag"]
    assert receipt.headers["Cache-Control"] == "private, no-store"
    stands = visitor.get(page_of(address))
    assert "Bus 42 has not come" in text_of(stands.content)
    assert not stands.cookies


def test_a_request_not_understood_yet_says_we_have_it_first(visitor: Client) -> None:
    response = visitor.get(fill(visitor))
    assert "We have it. Thank you." in text_of(response.content)
    assert "held=1" in response.content.decode()


def test_sending_twice_is_one_request_with_one_receipt(visitor: Client) -> None:
    one = stamp()
    assert fill(visitor, stamp=one) == fill(visitor, stamp=one)
    assert Ticket.objects.count() == 1
    assert fill(visitor, stamp=one, need="Something else") != fill(visitor, stamp=one)
    assert Ticket.objects.count() == 2


def test_two_people_with_one_cached_page_have_two_requests(visitor: Client) -> None:
    one = stamp()
    first = fill(visitor, stamp=one, reach="charlie@example.org")
    second = fill(visitor, stamp=one, reach="other@example.org")
    assert first != second
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("reach", ["555-01", "not an address@", "a@b@c.example", "@example.org"])
def test_a_way_to_reach_that_is_none_keeps_what_was_typed(visitor: Client, reach: str) -> None:
    response = visitor.post("/", {"need": "Help <b>me</b>", "reach": reach, "stamp": stamp()})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Help &lt;b&gt;me&lt;/b&gt;" in page
    assert "Error:" in page
    assert Envelope.objects.count() == 0


def test_a_phone_number_is_kept_in_one_form(visitor: Client) -> None:
    fill(visitor, reach="(555) 555-0147")
    party = Participant.objects.get()
    assert (party.kind, party.value) == ("phone", "+15555550147")


def test_photos_come_along_and_are_handed_out_harmlessly(visitor: Client) -> None:
    evil = SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'>", content_type="image/svg+xml")
    photo = SimpleUploadedFile("stop.png", PNG, content_type="text/html")
    address = fill(visitor, photo=[evil, photo])
    links = re.findall(
        r'href="(/r/[^"]+/files/\d+)"', visitor.get(page_of(address)).content.decode()
    )
    assert len(links) == 2
    for link, kind, way in zip(
        links, ("text/plain", "image/png"), ("attachment", "inline"), strict=True
    ):
        response = visitor.get(link)
        assert response.headers["Content-Type"] == kind
        assert response.headers["Content-Disposition"].startswith(way)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("sandbox")
    stranger = visitor.get(links[0].replace(links[0].split("/")[2], "0" * 32))
    assert stranger.status_code == 404


def test_too_many_files_are_refused_with_a_sentence(visitor: Client) -> None:
    photos = [SimpleUploadedFile(f"{n}.png", PNG) for n in range(11)]
    response = visitor.post(
        "/", {"need": "x", "reach": "charlie@example.org", "photo": photos, "stamp": stamp()}
    )
    assert response.status_code == 422
    assert "at most 10 files" in text_of(response.content)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
)
def test_another_site_cannot_send_our_form(cast: Cast, headers: dict[str, str]) -> None:
    response = Client(headers=headers).post("/", {"need": "x", "reach": "a@b.example"})
    assert response.status_code == 403
    assert Envelope.objects.count() == 0


def test_a_trap_that_was_filled_in_is_kept_and_looks_the_same(visitor: Client) -> None:
    address = fill(visitor, website="http://spam.example")
    assert re.fullmatch(r"/r/[0-9a-f]{32}/\?got=1", address)
    envelope = Envelope.objects.get()
    assert (envelope.state, Ticket.objects.count()) == ("quarantined", 0)
    receipt = visitor.get(address)
    assert receipt.status_code == 200
    assert "We got it. Thank you." in text_of(receipt.content)


def test_words_of_danger_are_filed_whatever_the_form_looks_like(visitor: Client) -> None:
    fill(visitor, need="I want to kill myself", reach="", website="filled")
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("need", "number", "silent"),
    [
        ("I want to kill myself", "tel:988", "1-800-422-4453"),
        ("my stepdad hits me every night", "tel:+18004224453", "988"),
        ("there is a gas leak in the gym", "tel:911", "988"),
    ],
)
def test_help_for_what_was_written_is_shown_before_anything_has_read_it(
    visitor: Client, need: str, number: str, silent: str
) -> None:
    html = visitor.get(fill(visitor, need=need, reach="")).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    assert f'href="{number}"' in main
    assert silent not in main


@pytest.mark.parametrize(
    ("kind", "named", "silent"),
    [
        ("self_harm", "988", "1-800-422-4453"),
        ("abuse", "1-800-422-4453", "988"),
        ("hazard", "Get out and stay away first", "988"),
        ("custody", "911", "988"),
        ("privacy", "A person is being told now", "911"),
    ],
)
def test_the_card_and_the_receipt_fit_the_kind_of_danger(
    visitor: Client, kind: str, named: str, silent: str
) -> None:
    address = fill(visitor, reach="charlie@example.org")
    ticket = Ticket.objects.get()
    Ticket.objects.update(safety=kind, sensitivity="safety", read_at=NOW)
    html = visitor.get(address).content.decode()
    main = text_of(html[html.index("<main") : html.index("</main>")].encode())
    assert named in main
    assert silent not in main.replace("We did not call 911 for you.", "")
    ticket.refresh_from_db()
    deliver.enqueue(
        ticket=ticket, message=None, purpose="receipt", recipient="charlie@example.org",
        participant=None, language="en", once="kind", facts={}, now=NOW,
    )  # fmt: skip
    letter = message_from_bytes(letters.compose(Delivery.objects.get(once="kind")), policy=default)
    part = letter.get_body(("plain",))
    assert part is not None
    # References and links may hold any digits.
    bare = part.get_content().replace(str(ticket.reference), "")
    body = " ".join(re.sub(r"https?://\S+", "", bare).split())
    assert "People at the district who watch for this are being called." in body
    assert silent not in body.replace("We did not call 911 for you.", "")


def test_a_machine_that_floods_is_set_aside_and_a_school_is_not(visitor: Client) -> None:
    for n in range(40):
        fill(visitor, stamp="", need=f"spam {n}", reach=f"bot{n}@example.org")
    filed = Envelope.objects.filter(state="filed").count()
    assert filed == 600 // 20
    assert Envelope.objects.filter(state="quarantined").count() == 40 - filed


def test_forty_families_behind_one_address_get_through(visitor: Client) -> None:
    for n in range(40):
        fill(visitor, need=f"Bus {n} is late", reach=f"family{n}@example.org")
    assert Envelope.objects.filter(state="filed").count() == 40


def test_one_address_that_writes_too_often_is_set_aside(visitor: Client) -> None:
    for n in range(12):
        fill(visitor, need=f"again {n}")
    assert Envelope.objects.filter(state="filed").count() == 10


def test_writing_again_continues_the_same_request(visitor: Client) -> None:
    page = page_of(fill(visitor))
    response = visitor.post(page, {"do": "message", "text": "Still waiting"})
    assert (response.status_code, response["Location"]) == (303, f"{page}?saved=message")
    assert [each.kind for each in Message.objects.order_by("id")] == ["request", "follow_up"]
    assert Ticket.objects.count() == 1
    assert "Still waiting" in text_of(visitor.get(page).content)
    assert Envelope.objects.filter(state="filed").count() == 2


def test_an_empty_message_is_asked_for_again(visitor: Client) -> None:
    page = page_of(fill(visitor))
    response = visitor.post(page, {"do": "message", "text": " "})
    assert response.status_code == 422
    assert "Write a few words" in text_of(response.content)


def test_fixed_closes_it_and_not_fixed_opens_it_again(visitor: Client) -> None:
    page = page_of(fill(visitor))
    ticket = Ticket.objects.get()
    visitor.post(page, {"do": "fixed"})
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    visitor.post(page, {"do": "not_fixed", "text": "It came back"})
    ticket.refresh_from_db()
    assert ticket.status == "open"
    assert "It came back" in text_of(visitor.get(page).content)


def _answered(ticket: Ticket, text: str) -> None:
    answering.answer(ticket, text=text, author=Author(person_id=None, name="Theo"), now=NOW)


def test_a_note_never_reaches_the_asker_and_an_answer_does(visitor: Client) -> None:
    page = page_of(fill(visitor))
    ticket = Ticket.objects.get()
    author = Author(person_id=None, name="Theo Ramos")
    answering.note(ticket, text="canary-for-staff", author=author, now=NOW)
    _answered(ticket, "The bus is on its way.")
    shown = visitor.get(page).content.decode()
    assert "The bus is on its way." in shown
    assert "canary-for-staff" not in shown


def test_whoever_types_someone_elses_address_does_not_read_the_answers(visitor: Client) -> None:
    """Anybody can type Ana's address: what we write to her is read in her mail only."""
    page = page_of(fill(visitor, reach="ana.flores@example.com", name="Ana Flores"))
    ticket = Ticket.objects.get()
    _answered(ticket, "Sam's new schedule is attached.")
    shown = visitor.get(page).content.decode()
    assert "new schedule" not in shown
    assert "a…@example.com" in shown
    mailed = ticket.participants.get()
    assert mailed.token not in shown
    assert "new schedule" in visitor.get(f"/r/{mailed.token}/").content.decode()


def test_the_address_staff_answer_to_is_no_page(visitor: Client, cast: Cast) -> None:
    fill(visitor)
    ticket = Ticket.objects.get()
    part = Participant.objects.create(
        ticket=ticket, role="staff", kind="email", value="theo@x.example", token="f" * 32
    )
    assert visitor.get(f"/r/{part.token}/").status_code == 404
    assert visitor.post(f"/r/{part.token}/", {"do": "message", "text": "hi"}).status_code == 404


def test_a_merged_request_shows_no_other_familys_words(visitor: Client) -> None:
    mine = page_of(fill(visitor, need="my own words", reach="one@example.org"))
    theirs = page_of(fill(visitor, need="their private words", reach="two@example.org"))
    first, second = Ticket.objects.order_by("id")
    merging.merge(second, into=first, by=SYSTEM, now=NOW)
    _answered(first, "One answer for all.")
    for page, own, other in (
        (mine, "my own words", "their private words"),
        (theirs, "their private words", "my own words"),
    ):
        shown = visitor.get(page).content.decode()
        thread = shown[shown.index('aria-labelledby="thread"') :]
        assert own in thread
        assert other not in thread
        assert "One answer for all." in thread


def test_checking_answers_everyone_alike(visitor: Client) -> None:
    fill(visitor, reach="charlie@example.org")
    known = visitor.post("/check/", {"reach": "charlie@example.org"})
    unknown = visitor.post("/check/", {"reach": "nobody@example.org"})
    assert known.content == unknown.content
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert [one.recipient for one in Delivery.objects.filter(purpose="link")] == [
        "charlie@example.org"
    ]


def test_a_link_lets_in_once_and_only_by_its_button(visitor: Client) -> None:
    fill(visitor, reach="charlie@example.org", need="Where is my chromebook?")
    visitor.post("/check/", {"reach": "charlie@example.org"})
    path = Delivery.objects.get(purpose="link").facts["path"]
    for _ in range(3):  # a mail scanner looks at it
        assert Client().get(path).status_code == 200
    response = visitor.post(path)
    assert (response.status_code, response["Location"]) == (303, "/mine/")
    mine = visitor.get("/mine/")
    assert "Where is my chromebook?" in text_of(mine.content)
    assert Client(headers=OURS).post(path).status_code == 410
    assert Participant.objects.get().is_verified


def test_a_link_is_dead_after_a_quarter_of_an_hour(visitor: Client) -> None:
    fill(visitor)
    visitor.post("/check/", {"reach": "charlie@example.org"})
    path = Delivery.objects.get(purpose="link").facts["path"]
    with clock.at(NOW + timedelta(minutes=16)):
        assert visitor.get(path).status_code == 410
        assert visitor.post(path).status_code == 410


def test_another_site_cannot_press_the_button_of_a_link(visitor: Client) -> None:
    fill(visitor)
    visitor.post("/check/", {"reach": "charlie@example.org"})
    path = Delivery.objects.get(purpose="link").facts["path"]
    foreign = Client(headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.post(path).status_code == 403


def test_nobody_lists_requests_without_a_proof(visitor: Client) -> None:
    fill(visitor)
    response = visitor.get("/mine/")
    assert (response.status_code, response["Location"]) == (302, "/check/")


def test_links_are_asked_for_three_times_at_most(visitor: Client) -> None:
    fill(visitor)
    for _ in range(5):
        assert visitor.post("/check/", {"reach": "charlie@example.org"}).status_code == 200
    assert Delivery.objects.filter(purpose="link").count() == 3


def test_whoever_is_signed_in_is_the_sender(cast: Cast) -> None:
    client = signed_in(cast.theo.account)
    fill(client, reach="", need="My own laptop is broken", person="t-lee")
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.certainty) == (cast.theo, "verified")


def test_a_post_whose_origin_nobody_vouches_for_counts_as_anonymous(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.theo.account, backend=BACKEND)
    fill(client, need="x y z", reach="charlie@example.org")
    assert Ticket.objects.get().requester is None


def test_the_page_speaks_the_language_of_its_address(visitor: Client) -> None:
    outside = Client(headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
    assert outside.get("/")["Location"] == "/es/"
    assert outside.get("/?lang=en").status_code == 200
    assert outside.get("/es/").status_code == 200
    assert 'lang="es"' in outside.get("/es/").content.decode()
    inside = Client(headers={"Accept-Language": "es", **OURS})
    assert inside.get("/").status_code == 200


def test_a_form_sent_in_spanish_stays_in_spanish(visitor: Client) -> None:
    response = visitor.post(
        "/es/", {"need": "El autobús no llega", "reach": "charlie@example.org", "stamp": stamp()}
    )
    assert response["Location"].startswith("/es/r/")


def test_one_neutral_letter_a_day_without_the_typed_words(visitor: Client) -> None:
    """Relay spam: many forms that name a victim make one letter, without the attacker's words."""
    for n in range(5):
        fill(visitor, reach="victim@example.org", need=f"BUY NOW {n}")
    for message in Message.objects.all():
        with changing(message.ticket, by=SYSTEM, now=NOW) as change:
            change.say(Type.READ, message=message, understood=False)
    for event in Event.objects.filter(type="ticket.read"):
        reactions.receipt(event, now=NOW)
    letters = Delivery.objects.filter(recipient="victim@example.org")
    assert [one.purpose for one in letters] == ["neutral"]


@pytest.mark.parametrize(
    "need",
    [
        "\x00\ud800 null and surrogate".encode("utf-8", "replace").decode(),
        "a" + "\u0301" * 20_000,
        "<script>alert(1)</script>\u202e{{ 7*7 }}{% now %}",
        "x\r\nBcc: victim@example.org",
    ],
)
def test_whatever_is_typed_is_stored_and_shown_harmlessly(visitor: Client, need: str) -> None:
    shown = visitor.get(page_of(fill(visitor, need=need))).content.decode()
    assert "<script>alert" not in shown
    assert "49" not in re.findall(r"\{\{.*?\}\}", shown)


def test_what_is_kept_is_filed_later_when_filing_fails(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(at_once.receive, "file", broken)
        address = fill(visitor)
    assert Envelope.objects.get().state == "received"
    assert "We got it" in text_of(visitor.get(address).content)
    receive.drain(now=NOW)
    assert "The bus has not come" in text_of(visitor.get(page_of(address)).content)


def test_privacy_and_shut_doors(visitor: Client) -> None:
    assert visitor.get("/privacy/").status_code == 200
    assert visitor.get("/r/nothing-here/").status_code == 404
    assert visitor.get("/in/nothing-here/").status_code == 410
