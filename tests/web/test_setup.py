"""Setup: what is shown, what is changed and by whom, and who may not look."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.db import DatabaseError, connection, transaction
from django.test import Client

from homeroom.channels import envelopes, trial
from homeroom.channels.email import lmtp
from homeroom.channels.models import Delivery, Envelope, Hour
from homeroom.district import actions, sign_ins
from homeroom.district.models import Account, Channel, Membership, Service, Team, Token
from homeroom.district.permissions import SYSTEM, Viewer
from homeroom.district.records import Change
from homeroom.kit import clock
from homeroom.pipeline import health, ledger, receive, rehearsal
from homeroom.pipeline.doorways import keep_mail
from homeroom.routing.models import Rule
from homeroom.routing.rules import BadRule
from homeroom.tickets.models import Message, Ticket
from homeroom.web import context, policy
from tests.cast import NOW, Cast, assemble

PAGES = ("", "channels/", "held/", "people/", "teams/", "services/", "rules/", "keys/")
SPAM = (
    b"From: Shop <shop@vendor.example>\r\nTo: help@cedarvalley.example\r\n"
    b"Subject: Chairs for less\r\nMessage-ID: <s1@vendor.example>\r\n"
    b"List-Unsubscribe: <https://vendor.example/u>\r\nList-Id: <all.vendor.example>\r\n"
    b"Precedence: bulk\r\n\r\nBuy <script>alert(1)</script> now.\r\n"
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Static files have their folder, and passwords are hashed quickly: none is tried here."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(hashers, "get_hashers", lambda: [hashers.MD5PasswordHasher()])
    monkeypatch.setattr(
        hashers, "get_hashers_by_algorithm", lambda: {"md5": hashers.MD5PasswordHasher()}
    )


def furnish() -> Cast:
    policy.forget()
    context.forget()
    cast = assemble()
    actions.make_account(
        email="admin@cedarvalley.example", password="a long enough one", is_administrator=True
    )
    return cast


@pytest.fixture
def cast(db: None) -> Cast:
    return furnish()


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in()


def signed_in(email: str = "admin@cedarvalley.example") -> Client:
    client = Client()
    client.force_login(Account.objects.get(email=email))
    return client


def page(client: Client, url: str = "") -> str:
    with clock.at(NOW):
        answer = client.get(f"/setup/{url}")
    assert answer.status_code == 200, url
    return answer.content.decode()


def send(client: Client, url: str, status: int = 303, **given: object) -> str:
    with clock.at(NOW):
        answer = client.post(f"/setup/{url}", given)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer.content.decode()


def changed(what: str) -> Change:
    found = Change.objects.filter(what=what).order_by("-id").first()
    assert found is not None
    return found


@pytest.mark.parametrize("url", [*PAGES, "held/1/raw/"])
def test_nobody_else_learns_that_there_is_a_setup(cast: Cast, url: str) -> None:
    assert Client().get(f"/setup/{url}").status_code == 302
    for email in ("theo.ramos@cedarvalley.example", "elena.ortiz@cedarvalley.example"):
        client = signed_in(email)
        assert client.get(f"/setup/{url}").status_code == 404
        assert client.post(f"/setup/{url}", {"do": "save"}).status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_every_page_shows_and_refuses_an_unknown_act(admin: Client, url: str) -> None:
    assert "<h1>" in page(admin, url)
    if url:
        assert "not there any more" in send(admin, url, status=422, do="explode")


def test_forms_carry_a_token(admin: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Account.objects.get(is_administrator=True))
    assert strict.post("/setup/teams/", {"do": "save"}).status_code == 403


# ------------------------------------------------------------------ health


def test_the_start_says_how_the_house_stands(admin: Client) -> None:
    keep("help@cedarvalley.example", at=NOW - timedelta(minutes=3))
    ledger.balance(now=NOW)
    html = page(admin)
    assert "Last message received 3 minutes ago." in html
    assert "1 to file" in html
    assert "Balanced" in html
    keep("help@cedarvalley.example", at=NOW - timedelta(minutes=40))
    ledger.balance(now=NOW)
    html = page(admin)
    assert "Start: homeroom work." in html
    assert "1 wait longer than 15 minutes." in html
    assert "Look at this" in html


def keep(address: str, *, at: object = NOW, raw: bytes = b"") -> Envelope:
    content = raw or f"Subject: x\n\n{Envelope.objects.count()}".encode()
    made = Envelope.objects.filter(key=envelopes.key_of(content)).first()
    if made is None:
        from homeroom.kit import blobs

        made = Envelope.objects.create(
            channel="email",
            key=envelopes.key_of(content),
            form="rfc822",
            raw_id=blobs.keep(content, now=NOW),
            recipients=[address],
            received_at=at,
        )
    return made


def test_each_of_two_mailboxes_has_its_own_last_message(cast: Cast) -> None:
    bus = Channel.objects.create(kind="email", address="bus@cedarvalley.example", name="Bus")
    keep("bus@cedarvalley.example", at=NOW - timedelta(hours=2))
    keep("help@cedarvalley.example", at=NOW - timedelta(hours=1))
    since = NOW - timedelta(hours=6)
    door = health.door(bus, viewer=SYSTEM, since=since, now=NOW)
    assert door.last == NOW - timedelta(hours=2)
    assert door.today == 1
    assert health.door(bus, viewer=Viewer(kind="staff"), since=since, now=NOW).last is None


# ------------------------------------------------------------------ people


def test_a_sign_in_is_made_and_its_password_shown_once(cast: Cast, admin: Client) -> None:
    assert "Ms" not in page(admin, "people/?q=nobody")
    html = page(admin, "people/?q=Dana")
    assert "Dana Lee" in html
    assert "Teacher, Lincoln High" in html
    html = send(
        admin, "people/?q=Dana", status=200, do="open", form=f"person-{cast.lee.pk}",
        email="Dana.Lee@cedarvalley.example", leader="on",
    )  # fmt: skip
    secret = re.search(r'class="secret"[^>]*>([^<]+)', html)
    assert secret is not None
    account = Account.objects.get(person=cast.lee)
    assert account.check_password(secret[1])
    assert account.is_leader
    assert secret[1] not in page(admin, "people/?q=Dana")
    assert not any(secret[1] in f"{one.before}{one.after}" for one in Change.objects.all())
    assert changed("sign-in").after["leader"] is True


@pytest.mark.parametrize("words", ["ana.flores@example.com", "Flores", "Ana"])
def test_people_are_found_by_name_and_address(admin: Client, words: str) -> None:
    assert "Ana Flores" in page(admin, f"people/?q={words}")


def test_rights_change_at_once_and_a_sign_in_switched_off_ends(cast: Cast, admin: Client) -> None:
    theo = Account.objects.get(email__startswith="theo")
    client = signed_in(theo.email)
    assert client.get("/office/").status_code == 404
    send(admin, "people/", do="rights", form=f"account-{theo.pk}", leader="on", active="on")
    assert client.get("/office/").status_code == 200
    send(admin, "people/", do="rights", form=f"account-{theo.pk}")
    assert client.get("/desk/").status_code == 302
    assert changed("sign-in").before == {"leader": True, "works": True}
    assert "leader: yes → no" in page(admin, "people/")


def test_a_new_password_signs_the_old_one_out(cast: Cast, admin: Client) -> None:
    theo = Account.objects.get(email__startswith="theo")
    client = signed_in(theo.email)
    html = send(admin, "people/", status=200, do="reset", form=f"account-{theo.pk}")
    secret = re.search(r'class="secret"[^>]*>([^<]+)', html)
    assert secret is not None
    theo.refresh_from_db()
    assert theo.check_password(secret[1])
    assert client.get("/desk/").status_code == 302


def test_the_last_administrator_stays(cast: Cast, admin: Client) -> None:
    me = Account.objects.get(is_administrator=True)
    html = send(admin, "people/", status=422, do="rights", form=f"account-{me.pk}", active="on")
    assert "last administrator" in html
    me.refresh_from_db()
    assert me.is_administrator
    other = Account.objects.get(email__startswith="theo")
    sign_ins.set_rights(
        account=other, is_leader=False, is_administrator=True, is_active=True, by=me, now=NOW
    )
    send(admin, "people/", do="rights", form=f"account-{me.pk}", active="on")
    assert admin.get("/setup/").status_code == 404


@pytest.mark.parametrize(
    ("email", "said"), [("nobody", "Write an email address"), ("theo.ramos@cedarvalley.example", "signs in already")]
)  # fmt: skip
def test_a_bad_or_taken_address_is_said_and_kept(admin: Client, email: str, said: str) -> None:
    html = send(admin, "people/", status=422, do="open", form="account-new", email=email)
    assert said in html
    assert f'value="{email}"' in html


# ------------------------------------------------------------------ teams and services


def test_a_team_is_changed_with_its_members(cast: Cast, admin: Client) -> None:
    send(
        admin, "teams/", do="save", form=f"team-{cast.classroom.pk}", name="Classroom help",
        email="IT@cedarvalley.example", hours="Mon-Fri 06:00-15:00", members=[cast.theo.pk],
        leads=[cast.theo.pk], add="dana.lee@cedarvalley.example",
    )  # fmt: skip
    team = Team.objects.get(pk=cast.classroom.pk)
    assert (team.name, team.email, team.hours) == (
        "Classroom help", "it@cedarvalley.example", "Mon-Fri 06:00-15:00",
    )  # fmt: skip
    leads = Membership.objects.filter(team=team).values_list("person_id", "is_lead")
    assert dict(leads) == {cast.theo.pk: True, cast.lee.pk: False}
    assert changed("team").before["name"] == "Classroom IT"
    html = page(admin, "teams/")
    assert "Classroom IT → Classroom help" in html
    assert "admin@cedarvalley.example" in html


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("hours", "Mon-Fry 25:00", "cannot be read as hours"),
        ("email", "not an address", "Write an email address"),
        ("add", "charlie@stranger.example", "We know nobody"),
        ("name", " ", "Write a name"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(
    cast: Cast, admin: Client, field: str, value: str, said: str
) -> None:
    given = {
        "name": "Typed name",
        "email": "",
        "hours": "",
        "members": [cast.theo.pk],
        field: value,
    }
    key = f"team-{cast.classroom.pk}"
    html = send(admin, "teams/", status=422, do="save", form=key, **given)
    assert said in html
    assert f'href="#{key}-{field}"' in html
    assert f'id="{key}-{field}-error"' in html
    assert value.strip() in html
    assert "<title>Error:" in html
    assert Team.objects.get(pk=cast.classroom.pk).name == "Classroom IT"
    assert Membership.objects.filter(team=cast.classroom).count() == 1
    assert not Change.objects.exists()


def test_a_team_is_added_and_closed_only_when_nothing_goes_to_it(cast: Cast, admin: Client) -> None:
    send(
        admin, "teams/", do="save", form="team-new", name="Network",
        department=cast.technology.pk, email="", hours="",
    )  # fmt: skip
    made = Team.objects.get(name="Network")
    assert made.source == "hand"
    send(admin, "teams/", do="remove", form=f"team-{made.pk}")
    made.refresh_from_db()
    assert not made.is_active
    key = f"team-{cast.classroom.pk}"
    assert "Services still go" in send(admin, "teams/", status=422, do="remove", form=key)


def test_a_service_is_changed_or_refused(cast: Cast, admin: Client) -> None:
    key = f"service-{cast.projectors.pk}"
    given = {
        "team": cast.buses.pk,
        "priority": 2,
        "first_response_hours": "0.5",
        "resolve_hours": "16",
    }
    html = send(
        admin, "services/", status=422, do="save", form=key, **given | {"resolve_hours": "x"}
    )
    assert "Write a number of hours" in html
    html = send(
        admin, "services/", status=422, do="save", form=key, **given | {"resolve_hours": ".2"}
    )
    assert "Done cannot come before" in html
    send(admin, "services/", do="save", form=key, **given)
    saved = Service.objects.get(pk=cast.projectors.pk)
    assert (saved.team_id, saved.department_id) == (cast.buses.pk, cast.transportation.pk)
    assert (saved.default_priority, saved.first_response_hours, saved.is_active) == (2, 0.5, False)
    assert changed("service").after["offered"] is False
    assert "Switched off" in page(admin, "services/?q=projector")


# ------------------------------------------------------------------ rules


def asked(cast: Cast, text: str, **more: object) -> Ticket:
    ticket = Ticket.objects.create(
        channel="email", subject=text, team=cast.buses, opened_at=NOW - timedelta(days=2),
        changed_at=NOW, **more,
    )  # fmt: skip
    ticket.reference = f"2AB-{ticket.pk:04d}".replace("0", "C").replace("1", "D")
    ticket.save()
    Message.objects.create(
        ticket=ticket, direction="in", channel="email", subject="", text=text, at=NOW,
        recorded_at=NOW, sender_address="dana.lee@cedarvalley.example",
    )  # fmt: skip
    return ticket


def test_a_rule_reads_as_a_sentence_and_leaves_its_line(cast: Cast, admin: Client) -> None:
    send(
        admin, "rules/", do="save", form="rule-new", words="projector|beamer", org="lincoln",
        team=cast.classroom.pk, order="10", on="on", priority="2",
    )  # fmt: skip
    rule = Rule.objects.get()
    assert rule.when == {"words": ["projector", "beamer"], "org": ["lincoln"]}
    assert (rule.order, rule.is_on, rule.priority) == (10, True, 2)
    sentence = "If it says “projector” or “beamer” and it is about Lincoln High: send it to Classroom IT and make it priority 2."
    assert sentence in page(admin, "rules/")
    send(
        admin, "rules/", do="save", form=f"rule-{rule.pk}", words="projector", name="Projectors",
        team=cast.classroom.pk, order="10",
    )  # fmt: skip
    rule.refresh_from_db()
    assert not rule.is_on
    assert changed("rule").before["on"] is True
    assert "Switched off." in page(admin, "rules/")
    send(admin, "rules/", do="remove", form=f"rule-{rule.pk}")
    assert not Rule.objects.exists()
    assert changed("rule").after == {}


@pytest.mark.parametrize(
    "given",
    [
        {"words": "", "team": "1", "order": "1"},
        {"words": "x", "order": "1"},
        {"words": "x", "order": "first"},
        {"words": "x", "order": "1", "priority": "9"},
    ],
)
def test_a_rule_that_cannot_work_is_refused(admin: Client, given: dict[str, str]) -> None:
    html = send(admin, "rules/", status=422, do="save", form="rule-new", **given)
    assert 'class="error-text"' in html
    assert not Rule.objects.exists()


def test_a_rule_is_tried_on_last_month_before_it_counts(cast: Cast, admin: Client) -> None:
    hit = asked(cast, "The projector is dead", org=cast.lincoln)
    asked(cast, "The bus is late", org=cast.lincoln)
    asked(cast, "My projector and a secret", sensitivity="confidential")
    old = asked(cast, "An old projector")
    Ticket.objects.filter(pk=old.pk).update(opened_at=NOW - timedelta(days=31))
    html = send(
        admin, "rules/", status=200, do="try", form="rule-new", words="projector",
        team=cast.classroom.pk, order="100",
    )  # fmt: skip
    assert "It would have caught 1 of 2 requests." in html
    assert str(hit.reference) in html
    assert "a secret" not in html
    assert 'value="projector"' in html
    assert not Rule.objects.exists()


def test_a_rehearsal_asks_every_test_a_rule_can_ask(cast: Cast) -> None:
    ticket = asked(
        cast, "¿Dónde está el autobús?", language="es", org=cast.lincoln, requester=cast.ana,
        service=cast.late_bus,
    )  # fmt: skip
    envelope = keep("bus@cedarvalley.example")
    envelope.message = ticket.messages.get()
    envelope.save()
    for when in (
        {"words": "autobus"}, {"to": "bus@cedarvalley.example"}, {"channel": "email"},
        {"sender": "@cedarvalley.example"}, {"org": "lincoln"}, {"role": "guardian"},
        {"language": "es"}, {"service": "tra.late"},
    ):  # fmt: skip
        assert rehearsal.rehearse(when, viewer=SYSTEM, now=NOW).count == 1, when
        wrong = dict.fromkeys(when, "other")
        assert rehearsal.rehearse(wrong, viewer=SYSTEM, now=NOW).count == 0, when
    with pytest.raises(BadRule):
        rehearsal.rehearse({}, viewer=SYSTEM, now=NOW)


# ------------------------------------------------------------------ held mail


@pytest.mark.django_db(transaction=True)
def test_what_was_set_aside_is_seen_filed_and_still_counted() -> None:
    furnish()
    admin = signed_in()
    with clock.at(NOW):
        keep_mail(SPAM, ["help@cedarvalley.example"])
    receive.drain(now=NOW)
    envelope = Envelope.objects.get()
    assert envelope.state == "quarantined"
    html = page(admin, "held/")
    assert "Chairs for less" in html
    assert "shop@vendor.example" in html
    send(admin, "held/", do="retry", envelope=envelope.pk)
    receive.drain(now=NOW)
    envelope.refresh_from_db()
    assert envelope.state == "quarantined", "it looks the same when it is read again"
    send(admin, "held/", do="release", envelope=envelope.pk)
    receive.drain(now=NOW)
    envelope.refresh_from_db()
    assert (envelope.state, envelope.relation) == ("filed", "opened")
    assert envelope.ticket is not None
    assert envelope.ticket.subject == "Chairs for less"
    assert changed("mail").after == {"it": "filed"}
    assert ledger.balance(now=NOW) == []
    hour = Hour.objects.get()
    assert (hour.came_in, hour.filed, hour.quarantined) == (1, 1, 0)
    html = send(admin, "held/", status=422, do="release", envelope=envelope.pk)
    assert "not there any more" in html


@pytest.mark.django_db(transaction=True)
def test_what_is_discarded_needs_a_reason_and_stays_counted() -> None:
    furnish()
    admin = signed_in()
    with clock.at(NOW):
        keep_mail(SPAM, ["help@cedarvalley.example"])
    receive.drain(now=NOW)
    envelope = Envelope.objects.get()
    html = send(admin, "held/", status=422, do="discard", envelope=envelope.pk, because=" ")
    assert "Write why it can go" in html
    send(admin, "held/", do="discard", envelope=envelope.pk, because="An advertisement")
    envelope.refresh_from_db()
    assert envelope.state == "ignored"
    assert "An advertisement" in envelope.reason
    assert envelope.raw.size == len(SPAM), "the bytes stay"
    assert ledger.balance(now=NOW) == []
    assert "Nothing is held." in page(admin, "held/")


def test_the_raw_mail_is_text_in_which_nothing_runs_or_hides(admin: Client) -> None:
    bad = SPAM + b"\x1b[31m\xe2\x80\xae\x00end"
    envelope = keep("help@cedarvalley.example", raw=bad)
    assert admin.get(f"/setup/held/{envelope.pk}/raw/").status_code == 404
    Envelope.objects.filter(pk=envelope.pk).update(state="held", relation="held")
    answer = admin.get(f"/setup/held/{envelope.pk}/raw/")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    text = answer.content.decode()
    assert "<script>" in text
    assert not {"\x1b", "\x00", "\u202e"} & set(text)


def test_held_mail_is_paged_and_hostile_heads_are_shown_plain(admin: Client) -> None:
    for number in range(25):
        raw = f"From: =?utf-8?q?=3Cb=3E{number}?= <a{number}@x.example>\nSubject: <i>{number}</i>\n\nx".encode()
        keep("help@cedarvalley.example", raw=raw, at=NOW - timedelta(minutes=number))
    broken = keep("x", raw=b"\xff\xfe\x00" * 2000)
    Envelope.objects.update(state="held", relation="held")
    Envelope.objects.filter(pk=broken.pk).update(form="line")
    html = page(admin, "held/")
    assert "&lt;i&gt;0&lt;/i&gt;" in html
    assert "<i>0</i>" not in html
    older = re.search(r'href="(/setup/(held/\?after=[^"]+))"', html)
    assert older is not None
    assert "&lt;i&gt;24&lt;/i&gt;" in page(admin, older[2])
    assert admin.get("/setup/held/?after=forged").status_code == 404


# ------------------------------------------------------------------ channels


@pytest.fixture
def door() -> Iterator[str]:
    """The house's own LMTP door on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=lmtp.serve,
        args=(listen, keep_mail),
        kwargs={"stop": stop, "threads": 2, "on_ready": lambda _: ready.set()},
    )
    thread.start()
    assert ready.wait(10)
    yield listen
    stop.set()
    thread.join(40)


@pytest.mark.django_db(transaction=True)
def test_a_test_message_really_goes_in_and_out(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    admin = signed_in()
    monkeypatch.setattr(settings, "LMTP_LISTEN", door)
    channel = Channel.objects.get()
    send(admin, "channels/", do="test", channel=channel.pk)
    letter = Delivery.objects.get()
    assert (letter.purpose, letter.recipient) == ("test", "admin@cedarvalley.example")
    progress = trial.last(channel, viewer=SYSTEM)
    assert progress is not None
    assert (progress.came_in, progress.is_read, progress.is_sent) == (True, False, False)
    receive.drain(now=clock.now())
    envelope = Envelope.objects.get()
    assert envelope.state == "ignored"
    assert not Ticket.objects.exists(), "a test never becomes somebody's request"
    progress = trial.last(channel, viewer=SYSTEM)
    assert progress is not None
    assert progress.is_read
    html = page(admin, "channels/")
    assert "Came in by our mail door" in html
    assert "In trouble" not in html


def test_a_shut_door_is_said_and_the_letter_still_goes(
    cast: Cast, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LMTP_LISTEN", "127.0.0.1:1")
    send(admin, "channels/", do="test", channel=Channel.objects.get().pk)
    assert Delivery.objects.count() == 1
    html = page(admin, "channels/")
    assert "takes no mail now" in html
    assert "In trouble" in html


def test_a_mailbox_that_cannot_be_read_says_why(cast: Cast, admin: Client) -> None:
    why = "The mailbox cannot be read: its certificate is signed by nobody we know."
    channel = Channel.objects.get()
    channel.cursor = {"help@mail/Done": {"trouble": ""}, "help@mail/INBOX": {"trouble": why}}
    channel.save()
    for address in ("channels/", ""):
        html = page(admin, address)
        assert why in html
        assert "In trouble" in html


def test_a_mailbox_is_added_changed_and_switched_off(cast: Cast, admin: Client) -> None:
    send(
        admin,
        "channels/",
        do="save",
        form="channel-new",
        name="Bus",
        address="Bus@CedarValley.example",
    )
    bus = Channel.objects.get(name="Bus")
    assert (bus.address, bus.is_on, bus.kind) == ("bus@cedarvalley.example", True, "email")
    taken = send(
        admin, "channels/", status=422, do="save", form=f"channel-{bus.pk}", name="Bus",
        address="help@cedarvalley.example",
    )  # fmt: skip
    assert "with this address already" in taken
    send(admin, "channels/", do="save", form=f"channel-{bus.pk}", name="Bus", address=bus.address)
    bus.refresh_from_db()
    assert not bus.is_on
    assert changed("channel").after == {"on": False}


# ------------------------------------------------------------------ keys, and the changes


def test_a_key_is_shown_once_and_taken_away(admin: Client) -> None:
    html = send(
        admin, "keys/", status=200, do="make", form="key-new", name="Bus system",
        may=["read", "messages"], lasts="90",
    )  # fmt: skip
    secret = re.search(r'class="secret"[^>]*>([^<]+)', html)
    assert secret is not None
    assert actions.use_token(token=secret[1], now=NOW).scopes == ["read", "messages"]
    assert secret[1] not in page(admin, "keys/")
    assert not any(secret[1] in f"{one.before}{one.after}" for one in Change.objects.all())
    send(admin, "keys/", do="revoke", token=Token.objects.get().pk)
    with pytest.raises(actions.KeyRefused):
        actions.use_token(token=secret[1], now=NOW + timedelta(seconds=1))
    assert "taken away" in page(admin, "keys/")


@pytest.mark.parametrize(
    "given", [{"name": ""}, {"may": []}, {"may": ["everything"]}, {"lasts": "9999"}]
)
def test_a_key_for_nothing_or_for_ever_is_not_made(admin: Client, given: dict[str, object]) -> None:
    whole = {"name": "Bus", "may": ["read"], "lasts": "90"} | given
    send(admin, "keys/", status=422, do="make", form="key-new", **whole)
    assert not Token.objects.exists()


def test_changes_cannot_be_rewritten(cast: Cast, admin: Client) -> None:
    send(admin, "channels/", do="save", form="channel-new", name="Bus", address="b@x.example")
    for statement in ("UPDATE district_change SET about = 'x'", "DELETE FROM district_change"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert changed("channel").about == "Bus"
