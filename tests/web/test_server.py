"""The server as a client sees it: granian, our application, a handler of Django's, real sockets."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from homeroom.district.models import Account, Membership, Org, Person, Team

ROOT = Path(__file__).parents[2]
LIMIT = 200_000


@pytest.fixture(scope="module")
def port(django_db_setup: None) -> Iterator[int]:
    """A served `tests/web/served.py` in a process of its own, on the test database."""
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        number = door.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.web.served", str(number)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "HOMEROOM_MAX_MESSAGE": str(LIMIT),
            "HOMEROOM_THREADS": "2",
        },
    )
    try:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", number), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield number
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def database_url() -> str:
    """The address of the database that pytest-django made."""
    return os.environ["DATABASE_URL"].replace(
        "/homeroom?", f"/{settings.DATABASES['default']['NAME']}?"
    )


def ask(port: int, method: str, path: str, body: object = None, **headers: str):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request(
            method, path, body, {name.replace("__", "-"): v for name, v in headers.items()}
        )
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()


def raw(port: int, request: bytes) -> bytes:
    with closing(socket.create_connection(("127.0.0.1", port), 20)) as line:
        line.sendall(request)
        line.settimeout(20)
        said = b""
        while chunk := line.recv(65536):
            said += chunk
        return said


def echo(port: int, path: str = "/echo", method: str = "GET", body: object = None, **headers: str):
    status, _, said = ask(port, method, path, body, **headers)
    assert status == 200
    return json.loads(said)


def test_a_page_with_its_path_query_and_address(port: int) -> None:
    seen = echo(port, "/echo/caf%C3%A9?q=a%20b&q=c")
    assert seen["path"] == "/echo/café"
    assert seen["q"] == ["a b", "c"]
    assert seen["remote"] == "127.0.0.1"
    assert seen["scheme"] == "http"


def test_a_path_is_unquoted_once(port: int) -> None:
    assert echo(port, "/echo/a%2541")["path"] == "/echo/a%41"


def test_a_path_that_is_no_text_harms_nothing(port: int) -> None:
    assert ask(port, "GET", "/echo/%FF%00")[0] in {200, 400, 404}
    assert echo(port)["path"] == "/echo"


def test_a_body_arrives_whole(port: int) -> None:
    body = os.urandom(LIMIT)
    seen = echo(port, method="POST", body=body)
    assert seen["length"] == LIMIT
    assert seen["content_length"] == str(LIMIT)


def test_a_body_in_chunks_arrives_whole(port: int) -> None:
    chunks = (b"x" * 1000 for _ in range(50))
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request(
            "POST", "/echo", chunks, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
        )
        assert json.loads(line.getresponse().read())["length"] == 50_000


def test_too_large_a_body_is_refused_whether_declared_or_not(port: int) -> None:
    declared = raw(
        port, b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n"
    )
    assert declared.startswith(b"HTTP/1.1 413")
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        chunks = (b"x" * 60_000 for _ in range(4))
        line.request(
            "POST", "/echo", chunks, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
        )
        assert line.getresponse().status == 413
    assert echo(port)["path"] == "/echo"


def test_headers_with_underscores_and_words_of_strangers_are_not_heard(port: int) -> None:
    request = (
        b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX_Real_Name: a\r\n"
        b"X-Kept: b\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
        b"Forwarded: for=10.0.0.1\r\n\r\n"
    )
    seen = json.loads(raw(port, request).split(b"\r\n\r\n", 1)[1])
    assert seen["remote"] == "127.0.0.1"
    assert seen["scheme"] == "http"
    assert "HTTP_X_KEPT" in seen["headers"]
    assert not [name for name in seen["headers"] if "REAL" in name or "FORWARDED" in name]


def test_cookies_of_several_headers_are_joined_and_several_can_be_set(port: int) -> None:
    request = b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n"
    head, _, body = raw(port, request).partition(b"\r\n\r\n")
    assert json.loads(body)["cookies"] == {"a": "1", "b": "2"}
    assert head.lower().count(b"set-cookie:") == 2


def test_head_has_the_headers_and_no_body(port: int) -> None:
    status, headers, body = ask(port, "HEAD", "/echo")
    assert (status, body) == (200, b"")
    assert headers["X-Frame-Options"]


def test_a_short_stream_and_a_long_one_arrive_whole(port: int) -> None:
    assert ask(port, "GET", "/stream/3")[2] == b"0123456789" * 300
    status, headers, body = ask(port, "GET", "/stream/2000")
    assert (status, len(body)) == (200, 2_000_000)
    assert "Content-Length" not in headers


def test_a_listener_who_leaves_midway_blocks_no_thread(port: int) -> None:
    for _ in range(4):  # twice as many as there are threads
        with closing(socket.create_connection(("127.0.0.1", port), 20)) as line:
            line.sendall(b"GET /stream/200000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            line.recv(1000)
    assert echo(port)["path"] == "/echo"


def test_a_slow_sender_occupies_no_thread(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(6)]
    for line in slow:
        line.sendall(b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n12345")
    began = time.monotonic()
    assert echo(port)["path"] == "/echo"
    assert time.monotonic() - began < 5
    for line in slow:
        line.close()


def test_an_error_in_a_view_is_a_500_and_the_next_request_is_served(port: int) -> None:
    assert ask(port, "GET", "/broken")[0] == 500
    assert echo(port)["path"] == "/echo"


def test_probes_answer_whatever_name_they_call_us_by(port: int) -> None:
    assert ask(port, "GET", "/healthz", Host="10.1.2.3")[::2] == (200, b"ok\n")
    assert ask(port, "GET", "/readyz", Host="10.1.2.3")[::2] == (200, b"ready\n")


def test_strangers_follow_nothing_and_are_told_to_stop_asking(port: int) -> None:
    assert ask(port, "GET", "/live/")[0] == 204
    assert ask(port, "GET", "/live/", Cookie="sessionid=" + "a" * 32)[0] == 204
    assert ask(port, "GET", "/live/", Cookie="\x01;;=")[0] in {204, 400}


class Line:
    """One open page that follows."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        self.connection.request("GET", "/live/", headers={"Cookie": f"sessionid={session}"})
        self.answer = self.connection.getresponse()

    def next_topic(self) -> str:
        while True:
            line = self.answer.readline()
            if line.startswith(b"data: "):
                return json.loads(line[6:])["topic"]

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def theo(transactional_db: None) -> tuple[str, int]:
    """Theo Ramos signed in: his session's key and his team."""
    org = Org.objects.create(source_id="it", name="Technology", kind="department")
    team = Team.objects.create(source_id="it.classroom", name="Classroom IT", department=org)
    person = Person.objects.create(given_name="Theo", family_name="Ramos")
    Membership.objects.create(team=team, person=person)
    return signed_in(person), team.pk


def signed_in(person: Person) -> str:
    account = Account.objects.create_user(f"{person.given_name}@x.example", "pw", person=person)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def notify(*topics: str) -> None:
    with psycopg.connect(database_url(), autocommit=True) as connection:
        for topic in topics:
            connection.execute("SELECT pg_notify('homeroom_live', %s)", [topic])


def test_staff_hear_of_their_own_team_and_of_no_other(port: int, theo: tuple[str, int]) -> None:
    session, team = theo
    with closing(Line(port, session)) as page:
        assert page.answer.status == 200
        assert page.answer.headers["Content-Type"].startswith("text/event-stream")
        time.sleep(1)  # until the process listens
        notify(f"team:{team + 1}", "ticket:1", f"team:{team}", "held")
        heard = [page.next_topic() for _ in range(2)]
        if heard[0] == "*":
            heard = [heard[1], page.next_topic()]
        assert heard == [f"team:{team}", "held"]


def test_someone_who_does_not_work_here_follows_nothing(port: int, theo: tuple[str, int]) -> None:
    ana = signed_in(Person.objects.create(given_name="Ana", family_name="Flores"))
    with closing(Line(port, ana)) as page:
        assert page.answer.status == 204


def test_many_notices_of_one_thing_are_heard_a_few_times(port: int, theo: tuple[str, int]) -> None:
    session, team = theo
    with closing(Line(port, session)) as page:
        time.sleep(0.5)
        notify(*[f"team:{team}"] * 200, "triage")
        heard = []
        while not heard or heard[-1] != "triage":
            heard.append(page.next_topic())
        assert len(heard) < 20
