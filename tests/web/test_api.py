"""The API as its callers meet it: real keys, real requests, a real database."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from homeroom.channels.models import Envelope
from homeroom.district.actions import make_token
from homeroom.district.models import Account, Membership, Token
from homeroom.kit import clock
from homeroom.kit.models import Answered, Throttle
from homeroom.pipeline import outcome, surroundings, triage
from homeroom.pipeline.receive import Filed
from homeroom.routing.models import Label
from homeroom.tickets import actions, saying
from homeroom.tickets.log import SYSTEM, person
from homeroom.tickets.models import Event, Message, Participant, Ticket
from homeroom.tickets.saying import Party, Said
from homeroom.web.api import door, given, messages, urls
from homeroom.web.policy import Policy
from tests.cast import NOW, Cast
from tests.visitors import house

pytestmark = pytest.mark.django_db

V1 = "/api/v1"
ALL = ("read", "write", "messages", "events", "trusted")
CANARY = "canary-7f3a"
"""A word of a request that nobody but its team may ever meet."""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing understands in the background here.
    monkeypatch.setattr(messages, "WAIT_S", 0.0)


@pytest.fixture
def cast() -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


class Machine:
    """A program that calls with a key."""

    def __init__(self, key: str | None) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.client.get(V1 + path, headers={**self.headers, **_as_sent(headers)})

    def post(self, path: str, body: object, **headers: str) -> HttpResponse:
        content = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(
            V1 + path,
            content,
            content_type="application/json",
            headers={**self.headers, **_as_sent(headers)},
        )


def _as_sent(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def machine(account: Account | None, *scopes: str, **more: Any) -> Machine:
    if account is None:
        return Machine(None)
    return Machine(make_token(account=account, name="test", scopes=scopes or ALL, now=NOW, **more))


def account(person: Any) -> Account:
    found = Account.objects.filter(person=person).first()
    return found or Account.objects.create_user(f"{person.pk}@x.example", None, person=person)


def administrator() -> Account:
    made = Account.objects.create_user("admin@x.example", None)
    made.is_administrator = True
    made.save()
    return made


def line(**fields: object) -> dict[str, Any]:
    return {
        "id": "m-1",
        "at": "2026-11-24T09:30:00-06:00",
        "channel": "chat",
        "from": {"name": "Dana Lee", "email": "dana.lee@cedarvalley.example"},
        "text": "The projector in 214 has no picture",
        **fields,
    }


def opened(cast: Cast, text: str = "The projector in 214 has no picture", **columns: Any) -> Ticket:
    message = saying.open_request(
        Said(
            channel="email",
            direction=Message.Direction.IN,
            text=text,
            at=NOW,
            person_id=cast.lee.pk,
            sender_name="Dana Lee",
            sender_address="dana.lee@cedarvalley.example",
        ),
        parties=(
            Party(
                role=Participant.Role.REQUESTER,
                kind="email",
                value="dana.lee@cedarvalley.example",
                person_id=cast.lee.pk,
            ),
        ),
        requester=cast.lee,
        by=person(cast.lee.pk),
        now=NOW,
    )
    Ticket.objects.filter(pk=message.ticket_id).update(**columns)
    return Ticket.objects.get(pk=message.ticket_id)


def problem(response: HttpResponse, status: int) -> str:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told = json.loads(response.content)
    assert told["status"] == status
    assert told["detail"].endswith(".") or "?channel=" in told["detail"]
    return str(told["detail"])


def body(response: HttpResponse, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    assert not response.cookies
    assert response["Cache-Control"] == "private, no-store"
    told: dict[str, Any] = json.loads(response.content)
    return told


# --- Keys -------------------------------------------------------------------------------------


def test_without_a_key_nothing_answers(cast: Cast) -> None:
    nobody = Machine(None)
    response = nobody.get("/tickets")
    problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"
    signed_in = Client()
    signed_in.force_login(
        account(cast.theo), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert signed_in.get(f"{V1}/tickets").status_code == 401


def test_a_key_in_the_address_is_no_key(cast: Cast) -> None:
    key = make_token(account=account(cast.theo), name="x", scopes=ALL, now=NOW)
    for name in ("token", "access_token", "key", "api_key"):
        assert Client().get(f"{V1}/tickets?{name}={key}").status_code == 401


def test_only_the_fingerprint_is_stored(cast: Cast) -> None:
    key = make_token(account=account(cast.theo), name="x", scopes=ALL, now=NOW)
    assert key not in json.dumps(list(Token.objects.values()), default=str)
    body(Machine(key).get("/services"))
    assert Token.objects.get().used_at == NOW


@pytest.mark.parametrize(
    "sent", ["", "x", "Basic eDp5", "Bearer", "Bearer é", "Bearer " + "a" * 999]
)
def test_what_is_no_key_is_refused(cast: Cast, sent: str) -> None:
    response = Client().get(f"{V1}/tickets", HTTP_AUTHORIZATION=sent)
    problem(response, 401)


def test_a_key_ends_with_its_time_its_account_and_its_person(cast: Cast) -> None:
    late = machine(account(cast.theo), expires_at=NOW + timedelta(minutes=5))
    body(late.get("/services"))
    with clock.at(NOW + timedelta(minutes=6)):
        problem(late.get("/services"), 401)
    theirs = machine(account(cast.theo))
    cast.theo.is_active = False
    cast.theo.save()
    problem(theirs.get("/services"), 401)
    cast.theo.is_active = True
    cast.theo.save()
    body(theirs.get("/services"))
    Account.objects.filter(person=cast.theo).update(is_active=False)
    problem(theirs.get("/services"), 401)


def test_a_key_does_only_what_it_was_made_for(cast: Cast) -> None:
    ticket = opened(cast)
    calls = {
        "read": [
            ("GET", "/tickets"),
            ("GET", f"/tickets/{ticket.reference}"),
            ("GET", "/services"),
        ],
        "write": [
            ("POST", f"/tickets/{ticket.reference}/{deed}")
            for deed in ("reply", "note", "assign", "resolve", "merge")
        ],
        "messages": [("POST", "/messages"), ("GET", "/messages/x")],
        "events": [("GET", "/events")],
    }
    bodies = {"text": "x", "into": "222-2222", **line()}
    admin = administrator()
    for scope, each in calls.items():
        without = machine(admin, *(name for name in ALL if name != scope))
        for method, path in each:
            response = without.get(path) if method == "GET" else without.post(path, bodies)
            assert f'"{scope}"' in problem(response, 403), path
    assert Message.objects.count() == 1


def test_a_key_that_calls_too_often_waits(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "RATE", door.Rate(burst=2, every=timedelta(seconds=1)))
    mine, other = machine(account(cast.theo)), machine(account(cast.theo))
    body(mine.get("/services"))
    body(mine.get("/services"))
    response = mine.get("/services")
    problem(response, 429)
    assert int(response["Retry-After"]) >= 1
    body(other.get("/services"))
    with clock.at(NOW + timedelta(seconds=2)):
        body(mine.get("/services"))
    assert Throttle.objects.filter(name__startswith="api:").count() == 2


# --- Messages ---------------------------------------------------------------------------------


def test_a_message_becomes_a_request(cast: Cast) -> None:
    told = body(machine(account(cast.theo)).post("/messages", line()), 202)
    ticket = Ticket.objects.get()
    assert (told["id"], told["ticket"], told["relation"]) == ("m-1", ticket.reference, "opened")
    assert (told["state"], told["understood"], told["remarks"]) == ("filed", False, [])
    assert told["heard"]["text"] == "The projector in 214 has no picture"
    assert told["heard"]["from"] == "dana.lee@cedarvalley.example"
    assert (told["person"], told["certainty"]) == ("t-lee", "claimed")


def test_what_is_told_later_is_what_was_thought(cast: Cast) -> None:
    from homeroom.understanding.encoders import packaged

    caller = machine(account(cast.theo))
    body(caller.post("/messages", line()), 202)
    message = Message.objects.select_related("ticket__requester", "ticket__org").get()
    around = surroundings.look(encoders=packaged(), now=NOW)
    thought = triage.triage(message, house=around, now=NOW)
    assert thought is not None
    told = body(caller.get("/messages/m-1"))
    envelope = Envelope.objects.get()
    found = outcome.told(
        Filed(
            envelope_id=envelope.pk,
            state="filed",
            relation="opened",
            inbound=_read(envelope),
            message=Message.objects.get(),
        ),
        thought,
    )
    assert told["understood"] is True
    assert told["service"]
    assert {name: told[name] for name in found} == json.loads(json.dumps(found))


@pytest.mark.django_db(transaction=True)
def test_what_is_understood_in_time_is_told_at_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from homeroom.understanding.encoders import packaged

    monkeypatch.setattr(messages, "WAIT_S", 20.0)
    around = surroundings.look(encoders=packaged(), now=NOW)
    over = threading.Event()

    def work() -> None:
        with clock.at(NOW):
            while not over.is_set():
                triage.drain(house=around, now=clock.now)
                over.wait(0.05)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        told = body(machine(account(cast.theo)).post("/messages", line()), 200)
    finally:
        over.set()
        worker.join()
    assert told["understood"] is True
    assert told["why"]


def _read(envelope: Envelope) -> Any:
    from homeroom.channels import doors

    return doors.read(envelope)


def test_the_same_message_again_changes_nothing(cast: Cast) -> None:
    caller = machine(account(cast.theo))
    first = body(caller.post("/messages", line()), 202)
    assert body(caller.post("/messages", line()), 202) == first
    assert Ticket.objects.count() == Message.objects.count() == Envelope.objects.count() == 1


def test_another_message_under_the_same_id_is_refused_and_harms_nothing(cast: Cast) -> None:
    caller = machine(account(cast.theo))
    body(caller.post("/messages", line()), 202)
    problem(caller.post("/messages", line(text=f"Something else {CANARY}")), 409)
    assert Message.objects.get().text == line()["text"]
    # In another channel it is another message.
    body(caller.post("/messages", line(channel="sms")), 202)
    assert "?channel=" in problem(caller.get("/messages/m-1"), 409)
    assert body(caller.get("/messages/m-1?channel=sms"))["state"] == "filed"
    problem(caller.get("/messages/m-1?channel=pigeon"), 404)


def test_an_id_may_be_anything(cast: Cast) -> None:
    caller = machine(account(cast.theo))
    for name in ("a/b/../c?d#e", "<x@y>", "ünïcode ☂", "x" * 900, "' OR 1=1 --", "a\0b"):
        body(caller.post("/messages", line(id=name, text=name)), 202)
    assert body(caller.get("/messages/a/b/../c%3Fd%23e"))["id"] == "a/b/../c?d#e"
    problem(caller.post("/messages", line(id="x" * 901)), 422)
    problem(caller.post("/messages", line(id="")), 422)


def test_who_is_signed_in_is_said_by_trusted_keys_alone(cast: Cast) -> None:
    said = line(
        **{"from": {"name": "Ana Flores", "person": "g-ana"}, "recorded_by": "t-lee", "id": "t"}
    )
    told = body(machine(account(cast.theo), "messages", "read").post("/messages", said), 202)
    assert (told["person"], told["certainty"]) == (None, "unknown")
    assert len(told["remarks"]) == 2
    assert Message.objects.get().recorded_by is None
    trusted = machine(account(cast.ortiz), "messages", "read", "trusted")
    told = body(trusted.post("/messages", {**said, "text": "And another"}), 202)
    assert (told["person"], told["certainty"], told["remarks"]) == ("g-ana", "verified", [])
    assert Message.objects.get(text="And another").recorded_by == cast.lee


def test_a_token_of_a_participant_is_not_taken_from_a_line(cast: Cast) -> None:
    ticket = opened(cast)
    secret = ticket.participants.get().token
    told = body(machine(account(cast.theo)).post("/messages", line(token=secret)), 202)
    assert told["relation"] == "opened"
    assert told["ticket"] != ticket.reference
    assert any('"token"' in each for each in told["remarks"])


def test_a_key_that_may_not_read_hears_nothing_of_the_roster(cast: Cast) -> None:
    caller = machine(account(cast.theo), "messages")
    told = body(caller.post("/messages", line()), 202)
    ticket = Ticket.objects.get()
    assert ticket.requester == cast.lee
    roster = {"value": "Lincoln High", "source": "roster"}
    Ticket.objects.update(context={"school": roster, "room": {"value": "214", "source": "message"}})
    told = body(caller.get("/messages/m-1"))
    assert (told["person"], told["context"]) == (None, {"room": "214"})
    reader = machine(account(cast.theo), "messages", "read")
    told = body(reader.get("/messages/m-1"))
    assert told["context"] == {"school": "Lincoln High", "room": "214"}


def test_of_a_request_that_was_there_before_only_its_reference_is_told(cast: Cast) -> None:
    ticket = opened(
        cast,
        sensitivity="confidential",
        team=cast.safety,
        safety="abuse",
        context={"about": {"value": CANARY, "source": "message"}},
    )
    Message.objects.update(channel="chat", external_id="first")
    caller = machine(account(cast.theo))
    response = caller.post("/messages", line(in_reply_to="first", text="And once more"))
    told = body(response, 202)
    assert (told["relation"], told["ticket"]) == ("continued", ticket.reference)
    assert (told["team"], told["safety"], told["context"]) == (None, None, {})
    assert CANARY not in response.content.decode()


def test_another_account_never_reads_what_was_handed_in(cast: Cast) -> None:
    body(machine(account(cast.theo)).post("/messages", line()), 202)
    foreign = problem(machine(account(cast.ortiz)).get("/messages/m-1"), 404)
    assert foreign == problem(machine(account(cast.ortiz)).get("/messages/m-2"), 404)


def test_raw_mail_is_the_truth(cast: Cast) -> None:
    raw = (
        b"From: Ana Flores <ana.flores@example.com>\r\nTo: help@cedarvalley.example\r\n"
        b"Message-ID: <bus@example.com>\r\nSubject: Bus\r\n\r\nThe bus has not come.\r\n"
    )
    sent = line(channel="email", raw=base64.b64encode(raw).decode(), text="not this")
    told = body(machine(account(cast.theo)).post("/messages", sent), 202)
    assert told["heard"]["text"].strip() == "The bus has not come."
    assert told["heard"]["from"] == "ana.flores@example.com"


def test_an_empty_message_is_held_and_its_answer_is_final(cast: Cast) -> None:
    told = body(machine(account(cast.theo)).post("/messages", line(text="  ")), 200)
    assert (told["state"], told["relation"], told["ticket"]) == ("held", "held", None)


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (line(at="yesterday"), "at"),
        (line(at="2026-11-24T09:30:00"), "zone"),
        (line(channel=f"pigeon-{CANARY}"), "channel"),
        (line(text=None), "text"),
        (line(**{"from": CANARY}), "from"),
        (line(**{"from": {"email": [CANARY]}}), "from.email"),
        (line(attachments=[{"name": CANARY}]), "attachments.0.content"),
        ({"channel": CANARY}, "id"),
        ([CANARY], "body"),
        (CANARY, "body"),
        (f'{{"id": "{CANARY}'.encode(), "JSON"),
        (b"\xff\xfe" + CANARY.encode(), "JSON"),
        (b"[" * 200_000, "JSON"),
        (b"", "body"),
    ],
)
def test_what_is_wrong_is_said_by_name_and_never_repeated(
    cast: Cast, sent: object, names: str
) -> None:
    response = machine(account(cast.theo)).post("/messages", sent)
    assert response.status_code in {400, 422}
    assert names in problem(response, response.status_code)
    assert CANARY not in response.content.decode()
    assert not Envelope.objects.exists()


def test_what_no_database_can_hold_is_replaced(cast: Cast) -> None:
    sent = (
        b'{"id": "odd\\ud800", "at": "2026-11-24T09:30:00-06:00", "channel": "chat",'
        b' "from": {"name": "A\\u0000na"}, "text": "Help\\u0000 \\ud83d me", "to": "\\udfff",'
        b' "\\ud800": 1}'
    )
    told = body(machine(account(cast.theo)).post("/messages", sent, Idempotency_Key="odd"), 202)
    assert told["heard"]["text"].startswith("Help")
    marks = "a" + "\u0301" * 100_000
    body(machine(account(cast.theo)).post("/messages", line(text=marks)), 202)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*line(), "raw", "attachments", "x"]), inner, max_size=6)
    ),
    max_leaves=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@drawn_from(sent=JSON, good=st.booleans())
def test_no_json_breaks_it(cast: Cast, sent: Any, good: bool) -> None:
    key = make_token(account=account(cast.theo), name="x", scopes=ALL, now=NOW)
    if good and isinstance(sent, dict):
        sent = {**line(), **sent}
    response = Machine(key).post("/messages", json.dumps(sent).encode())
    assert response.status_code in {200, 202, 400, 409, 422}, response.content


# --- Once -------------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer(cast: Cast) -> None:
    ticket = opened(cast)
    caller = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/reply"
    first = caller.post(at, {"text": "On my way"}, Idempotency_Key="k1")
    told = body(first)
    with clock.at(NOW + timedelta(hours=23)):
        again = caller.post(at, {"text": "On my way"}, Idempotency_Key="k1")
        assert again.content == first.content
        problem(caller.post(at, {"text": "Another"}, Idempotency_Key="k1"), 422)
        problem(
            caller.post(at.replace("reply", "note"), {"text": "On my way"}, Idempotency_Key="k1"),
            422,
        )
        # Another key of the same account is another caller.
        body(machine(account(cast.theo)).post(at, {"text": "Other"}, Idempotency_Key="k1"))
    assert Message.objects.filter(direction="out").count() == 2
    assert Message.objects.filter(pk=told["message"]).exists()


def test_after_a_day_a_key_is_free_and_its_answer_gone(cast: Cast) -> None:
    ticket = opened(cast)
    caller = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/note"
    body(caller.post(at, {"text": CANARY}, Idempotency_Key="k1"))
    with clock.at(NOW + timedelta(hours=25)):
        body(caller.post(at, {"text": "new"}, Idempotency_Key="k2"))
        assert list(Answered.objects.values_list("key", flat=True)) == ["k2"]
        body(caller.post(at, {"text": "another"}, Idempotency_Key="k1"))


def test_what_failed_may_be_tried_again_under_its_key(cast: Cast) -> None:
    ticket = opened(cast)
    caller = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/assign"
    sent = {"person": "t-theo", "team": "tra.desk"}
    problem(caller.post(at, sent, Idempotency_Key="k"), 422)
    assert not Answered.objects.exists()
    Membership.objects.create(team=cast.buses, person=cast.theo)
    assert body(caller.post(at, sent, Idempotency_Key="k"))["team"] == "tra.desk"


def test_a_repeat_is_answered_though_the_request_went_out_of_sight(cast: Cast) -> None:
    ticket = opened(cast, sensitivity="confidential", team=cast.classroom)
    caller = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/assign"
    first = body(caller.post(at, {"team": "stu.safety"}, Idempotency_Key="k"))
    problem(caller.get(f"/tickets/{ticket.reference}"), 404)
    assert body(caller.post(at, {"team": "stu.safety"}, Idempotency_Key="k")) == first
    problem(caller.post(at, {"team": "stu.safety"}, Idempotency_Key="k2"), 404)


def test_a_key_for_messages_answers_as_first(cast: Cast) -> None:
    caller = machine(account(cast.theo))
    first = caller.post("/messages", line(), Idempotency_Key="k")
    Message.objects.update(read_at=NOW)
    again = caller.post("/messages", line(), Idempotency_Key="k")
    assert (again.status_code, again.content) == (202, first.content)
    problem(caller.post("/messages", line(id="m-2"), Idempotency_Key="k"), 422)
    assert Message.objects.count() == 1
    problem(caller.post("/messages", line(id="m-3"), Idempotency_Key="k" * 201), 422)


def together(*calls: Any) -> list[HttpResponse]:
    """The answers of calls that start at the same moment, each in a thread of its own."""
    start = threading.Barrier(len(calls))
    answers: list[HttpResponse] = []

    def run(call: Any) -> None:
        try:
            start.wait(10)
            answers.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(answers) == len(calls)
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_two_at_once_under_one_key_do_it_once(cast: Cast, turn: int) -> None:
    ticket = opened(cast)
    caller = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/reply"

    def call() -> HttpResponse:
        return caller.post(at, {"text": "On my way"}, Idempotency_Key=f"race {turn}")

    first, second = together(call, call)
    assert body(first) == body(second)
    assert Message.objects.filter(direction="out").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_different_bodies_do_one(cast: Cast) -> None:
    ticket = opened(cast)
    caller = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/reply"
    answers = together(
        lambda: caller.post(at, {"text": "One"}, Idempotency_Key="k"),
        lambda: caller.post(at, {"text": "Two"}, Idempotency_Key="k"),
    )
    assert sorted(each.status_code for each in answers) == [200, 422]
    assert Message.objects.filter(direction="out").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_the_same_message_twice_at_once_is_one(cast: Cast, turn: int) -> None:
    caller = machine(account(cast.theo))

    def call() -> HttpResponse:
        return caller.post("/messages", line(), Idempotency_Key="k" if turn % 2 else "")

    first, second = together(call, call)
    assert {first.status_code, second.status_code} <= {200, 202}
    assert Message.objects.count() == Ticket.objects.count() == Envelope.objects.count() == 1
    if turn % 2:
        assert first.content == second.content


# --- Requests ---------------------------------------------------------------------------------


def test_a_queue_is_read_page_by_page(cast: Cast) -> None:
    references = [opened(cast, f"Request {number}").reference for number in range(5)]
    caller = machine(account(cast.theo))
    seen: list[str] = []
    after = ""
    while True:
        page = body(caller.get(f"/tickets?queue=all&limit=2&after={after}"))
        seen += [row["reference"] for row in page["tickets"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(references)
    assert len(seen) == 5


@pytest.mark.parametrize(
    "queue", ["mine", "team", "unowned", "triage", "due", "waiting", "all", "done"]
)
def test_every_queue_pages(cast: Cast, queue: str) -> None:
    states = {"waiting": "waiting", "done": "resolved"}
    for number in range(3):
        opened(
            cast,
            f"Request {number}",
            team=cast.classroom,
            assignee=cast.theo if queue == "mine" else None,
            status=states.get(queue, "open"),
            resolved_at=NOW if queue == "done" else None,
            due_at=NOW + timedelta(hours=number),
        )
    caller = machine(account(cast.theo))
    first = body(caller.get(f"/tickets?queue={queue}&limit=2"))
    second = body(caller.get(f"/tickets?queue={queue}&limit=2&after={first['next']}"))
    assert len({row["reference"] for row in first["tickets"] + second["tickets"]}) == 3
    assert second["next"] is None
    other = "all" if queue != "all" else "due"
    problem(caller.get(f"/tickets?queue={other}&after={first['next']}"), 422)


@pytest.mark.parametrize(
    "query", ["queue=secret", "limit=0", "limit=101", "limit=x", "after=x", "after=WzFd:x:y"]
)
def test_a_page_that_is_none_is_refused(cast: Cast, query: str) -> None:
    problem(machine(account(cast.theo)).get(f"/tickets?{query}"), 422)


def test_one_request_with_its_thread_and_events(cast: Cast) -> None:
    ticket = opened(cast)
    actions.assign(ticket, team=cast.classroom, assignee=cast.theo, by=SYSTEM, now=NOW)
    told = body(machine(account(cast.theo)).get(f"/tickets/{ticket.reference.lower()}"))
    assert (told["reference"], told["team"], told["department"]) == (
        ticket.reference, "it.classroom", "it",
    )  # fmt: skip
    assert (told["person"], told["requester"], told["assignee"]) == (
        "t-lee", "Dana Lee", "Theo Ramos",
    )  # fmt: skip
    assert [each["text"] for each in told["thread"]] == ["The projector in 214 has no picture"]
    assert [each["type"] for each in told["events"]][:2] == ["ticket.opened", "message.received"]
    assert told["seen"] == Event.objects.latest("id").pk


def test_a_request_known_already_is_not_sent_again(cast: Cast) -> None:
    ticket = opened(cast)
    caller = machine(account(cast.theo))
    for path in (f"/tickets/{ticket.reference}", "/tickets?queue=all"):
        first = caller.get(path)
        tag = first["ETag"]
        for known in (tag, f'"other", W/{tag}', "*"):
            again = caller.get(path, If_None_Match=known)
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert caller.get(path, If_None_Match='"other"').status_code == 200
        body(caller.post(f"/tickets/{ticket.reference}/reply", {"text": f"News for {path}"}))
        assert body(caller.get(path, If_None_Match=tag))


def test_an_asker_reads_their_own_and_nothing_internal(cast: Cast) -> None:
    ticket = opened(cast, safety="abuse", team=cast.safety, assignee=cast.ortiz)
    other = opened(cast, requester=cast.sam)
    actions.assign(ticket, team=cast.safety, assignee=cast.ortiz, by=SYSTEM, now=NOW)
    Account.objects.filter(person=cast.lee).delete()
    cast.lee.roles.update(role="guardian")
    lee = machine(account(cast.lee))
    saying.note(
        ticket,
        said=Said(channel="desk", direction=Message.Direction.NOTE, text=CANARY, at=NOW),
        by=SYSTEM,
        now=NOW,
    )
    response = lee.get(f"/tickets/{ticket.reference}")
    told = body(response)
    assert CANARY not in response.content.decode()
    assert "abuse" not in response.content.decode()
    assert "Ortiz" not in response.content.decode()
    assert (told["events"], told["context"], told["priority"]) == ([], {}, None)
    assert [row["reference"] for row in body(lee.get("/tickets"))["tickets"]] == [ticket.reference]
    problem(lee.get(f"/tickets/{other.reference}"), 404)
    problem(lee.post(f"/tickets/{ticket.reference}/reply", {"text": "x"}), 403)


def keys(cast: Cast) -> dict[str, Machine]:
    return {
        "nobody": Machine(None),
        "ana": machine(account(cast.ana)),
        "sam": machine(account(cast.sam)),
        "lee": machine(account(cast.lee)),
        "theo": machine(account(cast.theo)),
        "ortiz": machine(account(cast.ortiz)),
        "admin": machine(administrator()),
    }


PATHS = [
    str(pattern.pattern)
    for pattern in urls.urlpatterns
    if isinstance(pattern, URLPattern) and pattern.name != "no-such-call"
]
NEED = {"text": "x", "into": "222-2222", "team": "it.classroom"}


def test_every_address_of_the_api_declares_whom_it_is_for() -> None:
    for pattern in urls.urlpatterns:
        wanted = (
            Policy.PUBLIC
            if str(pattern.pattern) in {"", "docs", "openapi.json", "^.+$"}
            else Policy.ASKER
        )
        assert pattern.callback.policy == wanted, pattern


@pytest.mark.parametrize("path", [path for path in PATHS if "<reference>" in path])
def test_what_one_may_not_see_is_as_if_it_were_not_there(cast: Cast, path: str) -> None:
    """Every address × everybody × a restricted request: the same bytes as for none at all."""
    mine = opened(cast, CANARY, sensitivity="confidential", team=cast.safety, requester=None)
    before = Event.objects.count()
    for name, caller in keys(cast).items():
        if name == "ortiz":
            continue  # works in the team that has it
        there, nowhere = (
            "/" + path.replace("<reference>", reference)
            for reference in (mine.reference, "222-2222")
        )
        is_read = path == "tickets/<reference>"
        answers = [
            caller.get(each) if is_read else caller.post(each, NEED) for each in (there, nowhere)
        ]
        assert answers[0].status_code == answers[1].status_code, name
        assert answers[0].status_code in {401, 403, 404}, name
        assert answers[0].content == answers[1].content, name
        assert CANARY not in answers[0].content.decode()
        assert sorted(answers[0].headers) == sorted(answers[1].headers)
    assert Event.objects.count() == before


def test_lists_never_hint_at_what_is_restricted(cast: Cast) -> None:
    opened(cast, CANARY, sensitivity="confidential", team=cast.safety, requester=None)
    for name, caller in keys(cast).items():
        for queue in ("all", "team", "triage", "unowned"):
            found = CANARY in caller.get(f"/tickets?queue={queue}").content.decode()
            assert found == (name == "ortiz"), (name, queue)


@pytest.mark.parametrize(
    "reference", ["", " ", "%00", "..", "222-2222%00", "é", "x" * 500, "1", "%ED%A0%80"]
)
def test_no_reference_breaks_it(cast: Cast, reference: str) -> None:
    response = machine(account(cast.theo)).get(f"/tickets/{reference}")
    problem(response, 404)


# --- Deeds ------------------------------------------------------------------------------------


def test_an_answer_goes_to_the_asker_as_the_keys_account(cast: Cast) -> None:
    ticket = opened(cast)
    told = body(
        machine(account(cast.theo)).post(
            f"/tickets/{ticket.reference}/reply",
            {"text": "On my way", "priority": 1, "is_public": False, "created_at": "2020-01-01"},
        )
    )
    message = Message.objects.get(pk=told["message"])
    assert (message.text, message.is_public, message.person) == ("On my way", True, cast.theo)
    assert (told["status"], message.at) == ("open", NOW)
    ticket.refresh_from_db()
    assert ticket.priority == 3
    assert len(told["remarks"]) == 3
    assert told["seen"] == Event.objects.latest("id").pk


def test_a_note_stays_inside(cast: Cast) -> None:
    ticket = opened(cast)
    told = body(
        machine(account(cast.theo)).post(f"/tickets/{ticket.reference}/note", {"text": "n"})
    )
    assert not Message.objects.get(pk=told["message"]).is_public


def test_an_answer_that_crosses_a_colleagues_is_not_sent(cast: Cast) -> None:
    ticket = opened(cast)
    theo, ortiz = machine(account(cast.theo)), machine(account(cast.ortiz))
    seen = body(theo.get(f"/tickets/{ticket.reference}"))["seen"]
    body(ortiz.post(f"/tickets/{ticket.reference}/reply", {"text": "We look"}))
    response = theo.post(f"/tickets/{ticket.reference}/reply", {"text": "x", "seen": seen})
    assert "Ortiz" not in problem(response, 409)
    response = theo.post(f"/tickets/{ticket.reference}/resolve", {"text": "x", "seen": seen})
    problem(response, 409)
    assert Message.objects.filter(direction="out").count() == 1


def test_a_request_is_handed_on(cast: Cast) -> None:
    ticket = opened(cast)
    theo = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/assign"
    assert body(theo.post(at, {"team": "tra.desk", "because": "A bus"}))["team"] == "tra.desk"
    assert Message.objects.filter(direction="note", text="A bus").exists()
    assert body(theo.post(at, {"person": "t-theo"}))["team"] == "it.classroom"
    ticket.refresh_from_db()
    assert ticket.assignee == cast.theo
    theo_mail = "theo.ramos@cedarvalley.example"
    body(theo.post(at, {"person": theo_mail, "service": "it.projector"}))
    ticket.refresh_from_db()
    assert (ticket.service, ticket.assignee) == (cast.projectors, cast.theo)
    label = Label.objects.get()
    assert (label.service, label.by) == (cast.projectors, account(cast.theo))


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"team": "no.such"},
        {"service": "no.such"},
        {"person": "t-lee"},
        {"person": "nobody@x.example"},
        {"person": "a\0b"},
        {"person": "t-theo", "team": "tra.desk"},
        {"team": 5},
        {"team": "it.classroom", "seen": -1},
        {"team": "it.classroom", "seen": 10**30},
    ],
)
def test_a_request_is_not_handed_to_what_is_not_there(cast: Cast, sent: dict[str, Any]) -> None:
    ticket = opened(cast)
    before = Event.objects.count()
    problem(machine(account(cast.theo)).post(f"/tickets/{ticket.reference}/assign", sent), 422)
    assert Event.objects.count() == before


def test_a_request_ends_with_a_sentence(cast: Cast) -> None:
    ticket = opened(cast)
    theo = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/resolve"
    problem(theo.post(at, {}), 422)
    problem(theo.post(at, {"text": "  "}), 422)
    assert body(theo.post(at, {"text": "New lamp"}))["status"] == "resolved"
    assert Message.objects.filter(direction="out", text="New lamp").exists()
    problem(theo.post(at, {"text": "Again"}), 409)
    assert Message.objects.filter(direction="out").count() == 1


def test_requests_are_merged_when_both_may_be_seen(cast: Cast) -> None:
    one, two = opened(cast), opened(cast)
    hidden = opened(cast, sensitivity="confidential", team=cast.safety)
    theo = machine(account(cast.theo))
    at = f"/tickets/{one.reference}"
    unseen = problem(theo.post(f"{at}/merge", {"into": hidden.reference}), 404)
    assert unseen == problem(theo.post(f"{at}/merge", {"into": "222-2222"}), 404)
    problem(theo.post(f"{at}/merge", {"into": one.reference}), 409)
    body(theo.post(f"{at}/merge", {"into": two.reference}))
    assert body(theo.get(at))["merged_into"] == two.reference
    problem(theo.post(f"{at}/reply", {"text": "x"}), 409)
    assert len(body(theo.get(f"/tickets/{two.reference}"))["thread"]) == 2


def test_a_teacher_without_a_team_changes_nothing(cast: Cast) -> None:
    ticket = opened(cast)
    lee = machine(account(cast.lee))
    body(lee.get(f"/tickets/{ticket.reference}"))
    problem(lee.post(f"/tickets/{ticket.reference}/note", {"text": "x"}), 403)


# --- Facts ------------------------------------------------------------------------------------


def test_what_is_offered(cast: Cast) -> None:
    offered = body(machine(account(cast.theo)).get("/services"))["services"]
    assert [each["id"] for each in offered] == ["it.projector", "stu.tip", "tra.late"]
    assert offered[0]["team"] == "it.classroom"
    cast.projectors.audiences = ["staff"]
    cast.projectors.save()
    mine = body(machine(account(cast.sam)).get("/services"))["services"]
    assert [each["id"] for each in mine] == ["stu.tip", "tra.late"]
    assert {each["sensitivity"] for each in mine} == {None}


@pytest.mark.django_db(transaction=True)
def test_events_are_followed_each_once(cast: Cast) -> None:
    admin = machine(administrator())
    ticket = opened(cast, CANARY)
    seen: list[int] = []
    after = 0
    for _ in range(10):
        response = admin.get(f"/events?after={after}&limit=1")
        page = body(response)
        seen += [each["id"] for each in page["events"]]
        after = page["next"]
        assert CANARY not in response.content.decode()
    assert seen == list(Event.objects.order_by("id").values_list("id", flat=True))
    actions.assign(ticket, team=cast.classroom, assignee=None, by=SYSTEM, now=NOW)
    page = body(admin.get(f"/events?after={after}"))
    assert [(each["type"], each["ticket"]) for each in page["events"]] == [
        ("ticket.assigned", ticket.reference)
    ]
    for name in ("theo", "ortiz"):
        problem(machine(account(getattr(cast, name))).get("/events"), 403)
    for query in ("after=-1", "after=x", "limit=0", "limit=1001", f"after={10**30}"):
        problem(admin.get(f"/events?{query}"), 422)


# --- The frame --------------------------------------------------------------------------------


def test_what_is_no_call_is_a_problem_too(cast: Cast) -> None:
    theo = machine(account(cast.theo))
    problem(theo.get("/no-such-call"), 404)
    problem(theo.get("/tickets/222-2222/no-such-deed"), 404)
    response = theo.client.delete(f"{V1}/tickets", headers=theo.headers)
    problem(response, 405)
    assert response["Allow"] == "GET"


def test_bodies_have_their_limits(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = opened(cast)
    theo = machine(account(cast.theo))
    at = f"/tickets/{ticket.reference}/note"
    problem(theo.post(at, {"text": "x" * urls.SMALL}), 413)
    problem(theo.post(at, {"text": "x" * (given.WORDS + 1)}), 422)
    body(theo.post("/messages", line(text="x" * (urls.SMALL + 1))), 202)


def test_what_breaks_on_our_side_says_nothing_of_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("homeroom.pipeline.handed_in.take_in", broken)
    problem(machine(account(cast.theo)).post("/messages", line(text=CANARY, id=CANARY)), 500)
    assert "the API failed at" in caplog.text
    assert CANARY not in caplog.text


def test_no_refusal_writes_an_address_into_the_log(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caller = machine(account(cast.theo))
    problem(caller.get(f"/messages/{CANARY}"), 404)
    problem(caller.get(f"/no-such-call/{CANARY}"), 404)
    problem(Machine(None).get(f"/messages/{CANARY}"), 401)
    assert CANARY not in caplog.text


def test_a_busy_database_asks_to_come_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    ticket = opened(cast)
    monkeypatch.setattr("homeroom.tickets.answering.note", locked)
    caller = machine(account(cast.theo))
    response = caller.post(
        f"/tickets/{ticket.reference}/note", {"text": CANARY}, Idempotency_Key="k"
    )
    problem(response, 503)
    assert response["Retry-After"] == "1"
    assert not Answered.objects.exists()


def test_the_page_loads_nothing_from_elsewhere(cast: Cast) -> None:
    root = Client().get(f"{V1}/")
    assert (root.status_code, root["Location"]) == (302, f"{V1}/docs")
    response = Client().get(f"{V1}/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert not response.cookies
    assert "<script" not in page
    assert "style=" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "unsafe" not in response["Content-Security-Policy"]
    for words in ("POST /api/v1/messages", "Idempotency-Key", "/api/v1/openapi.json", "trusted"):
        assert words in page


def schema() -> dict[str, Any]:
    response = Client().get(f"{V1}/openapi.json")
    assert response.status_code == 200
    told: dict[str, Any] = json.loads(response.content)
    return told


def test_the_schema_is_whole(cast: Cast) -> None:
    told = schema()
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) == {
        f"{V1}/{path}".replace("<path:id>", "{id}").replace("<reference>", "{reference}")
        for path in PATHS
        if path not in {"", "docs", "openapi.json"}
    }
    models = told["components"]["schemas"]
    for ref in references(told):
        assert ref.removeprefix("#/components/schemas/") in models
    names = []
    for path, calls in told["paths"].items():
        for method, call in calls.items():
            names.append(call["operationId"])
            assert call["security"] == [{"Bearer": []}]
            assert any(status.startswith("2") for status in call["responses"])
            assert all(each["description"] for each in call["responses"].values())
            inside = {each["name"] for each in call["parameters"] if each["in"] == "path"}
            assert inside == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            headers = {each["name"] for each in call["parameters"] if each["in"] == "header"}
            writes = method == "post" and not path.endswith("/ask")
            assert headers == ({"Idempotency-Key"} if writes else set())
            assert ("requestBody" in call) == (method == "post")
    assert len(names) == len(set(names))
    json.dumps(told, allow_nan=False)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
