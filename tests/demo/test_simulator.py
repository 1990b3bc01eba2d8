"""The simulator against a real LMTP door and a small web server, with a sink of its own."""

import asyncio
import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
import time as clock
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from homeroom.demo import deeds
from homeroom.demo import folder as folders
from homeroom.demo.schoolyear import working_days
from homeroom.demo.settings import Settings
from homeroom.demo.simulator import Simulation, simulate
from homeroom.understanding.safety import Level, watch

DAY = date(2026, 11, 23)
PAGE = (
    b'<form action="/search"><input name="q"></form>'
    b'<form method="post" action="/"><textarea name="need"></textarea><input name="reach">'
    b'<input name="name"><input name="website"><input type="hidden" name="stamp" value="s1">'
    b"<button>Send</button></form>"
)


class Mailbox:
    """Keeps what the LMTP door took."""

    def __init__(self) -> None:
        self.raw: list[tuple[str, str, bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw += [(envelope.mail_from, to, envelope.content) for to in envelope.rcpt_tos]
        return "250 OK"


class Door(Controller):
    def factory(self) -> LMTP:
        return LMTP(self.handler, enable_SMTPUTF8=True)


@contextmanager
def mail_door() -> Iterator[tuple[str, Mailbox]]:
    kept = Mailbox()
    with_port = _free_port()
    door = Door(kept, hostname="127.0.0.1", port=with_port)
    door.start()
    try:
        yield f"127.0.0.1:{with_port}", kept
    finally:
        door.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web_door() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    posted: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(PAGE)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            posted.append({"path": [self.path], **parse_qs(body, keep_blank_values=True)})
            self.answer(b"<p>Thank you</p>")

        def answer(self, page: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", posted
    finally:
        server.shutdown()
        server.server_close()


def settings(folder: Path, lmtp: str, http: str, **more: Any) -> Settings:
    base: dict[str, Any] = {
        "starts": time(7, 0),
        "ends": time(16, 0),
        "speed": 18_000.0,
        "per_minute": 6_000.0,
        "rate": 4.0,
        "typing": 0.0,
    }
    return Settings(folder=folder, lmtp=lmtp, http=http, day=DAY, **{**base, **more})


def test_plan_is_the_same_each_time_and_of_the_expected_size(small: Path) -> None:
    known = folders.read(small)
    first, second = (deeds.plan(known, DAY, seed=3, rate=10) for _ in range(2))
    assert first == second
    assert first != deeds.plan(known, DAY, seed=4, rate=10)
    assert [deed.at for deed in first] == sorted(deed.at for deed in first)
    # 600 pupils make some 7 contacts on a Monday in November.
    assert 40 < len(first) < 130
    assert {deed.door for deed in first} == {"email", "form", "walkup"}


def test_school_start_is_busier_than_a_saturday(small: Path) -> None:
    known = folders.read(small)
    sizes = [
        len(deeds.plan(known, d, seed=1, rate=10)) for d in (date(2026, 8, 17), date(2026, 11, 28))
    ]
    assert sizes[0] > 10 * sizes[1]


def test_a_school_day_brings_one_alarm_and_a_sunday_none(small: Path) -> None:
    known = folders.read(small)
    monday = [d for d in deeds.plan(known, DAY, seed=1) if d.subject == "Please send a counselor"]
    assert [watch(deed.text).level for deed in monday] == [Level.PAGE]
    sunday = deeds.plan(known, date(2026, 11, 22), seed=1)
    assert "Please send a counselor" not in {deed.subject for deed in sunday}


def test_named_incident_happens(small: Path) -> None:
    plan = deeds.plan(folders.read(small), DAY, seed=1, incident="wifi_one_school")
    reports = [deed for deed in plan if deed.incident == "wifi_one_school"]
    assert len(reports) >= 3
    assert len({deed.scene.school for deed in reports}) == 1


def test_day_is_lived_through_both_doors(small: Path) -> None:
    with mail_door() as (lmtp, kept), web_door() as (http, posted):
        done = asyncio.run(simulate(settings(small, lmtp, http)))
    assert done["failed"] == 0
    assert done["mail"] + done["spam"] == len(kept.raw) > 3
    assert done["form"] == len(posted) > 0
    for form in posted:
        assert form["path"] == ["/"]
        assert form["stamp"] == ["s1"]
        assert form["website"] == [""]
        assert form["need"][0]
        assert "@" in form["reach"][0]
    for sender, recipient, raw in kept.raw:
        message = message_from_bytes(raw, policy=default)
        assert not message.defects
        assert sender in message["From"]
        assert recipient in message["To"]
        body = message.get_body(preferencelist=("plain",))
        assert body is not None
        assert body.get_content().strip()


def test_askers_and_staff_answer_what_they_get(small: Path) -> None:
    """The district's side is played here: one receipt to each asker, one notice to one worker."""

    async def live(lmtp: str, http: str, kept: Mailbox) -> Counter[str]:
        simulation = Simulation(settings(small, lmtp, http, speed=6_000.0))
        running = asyncio.create_task(simulation.run())
        seen = 0
        while not running.done() and seen < 8:
            await asyncio.sleep(0.02)
            for sender, _, raw in kept.raw[seen:8]:
                seen += 1
                message = message_from_bytes(raw, policy=default)
                if not message["In-Reply-To"]:
                    await asyncio.to_thread(_play_district, simulation.port, sender, message)
        return await running

    with mail_door() as (lmtp, kept), web_door() as (http, _):
        done = asyncio.run(live(lmtp, http, kept))
    mails = [message_from_bytes(raw, policy=default) for _, _, raw in kept.raw]
    answers = [mail for mail in mails if mail["In-Reply-To"]]
    assert done["received"] > 5
    assert done["staff reply"] + done["follow-up"] == len(answers) > 0
    assert done["staff reply"] > 0
    for answer in answers:
        assert answer["In-Reply-To"] in answer["References"]
        assert answer["To"] == "help+token@cedarvalley.example"


def _play_district(port: int, asker: str, about: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port) as out:
        for to in (asker, "theo.ramos@cedarvalley.example", "priya.kaur@cedarvalley.example"):
            mail = EmailMessage()
            mail["From"] = "Cedar Valley Schools <help@cedarvalley.example>"
            mail["Reply-To"] = "help+token@cedarvalley.example"
            mail["To"] = to
            mail["Subject"] = f"Re: {about['Subject']}"
            mail["Message-ID"] = f"<{to}.{about['Message-ID'].strip('<>')}>"
            mail["References"] = about["Message-ID"] if to == asker else ""
            body = about.get_body(preferencelist=("plain",))
            mail.set_content(f"Which room is it?\n\n{body.get_content() if body else ''}")
            out.send_message(mail, to_addrs=[to])


def test_unreachable_doors_are_told_and_survived(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeroom.demo.simulator._TRIES", 1)
    dead = f"127.0.0.1:{_free_port()}"
    done = asyncio.run(simulate(settings(small, dead, f"http://{dead}")))
    assert done["failed"] > 0
    assert "Not done" in capsys.readouterr().err


def test_never_faster_than_allowed(small: Path) -> None:
    with mail_door() as (lmtp, kept), web_door() as (http, posted):
        begun = clock.monotonic()
        slow = settings(small, lmtp, http, per_minute=300.0, rate=30.0, ends=time(10, 0))
        asyncio.run(simulate(slow))
        took = clock.monotonic() - begun
    assert len(kept.raw) + len(posted) <= took * 300 / 60 + 2


def test_sigterm_ends_it_at_once(small: Path) -> None:
    """At this speed a simulated second takes fifteen minutes: nothing but the signal ends it."""
    command = [sys.executable, "-m", "homeroom.demo.simulator", str(small), "--lmtp"]
    dead = f"127.0.0.1:{_free_port()}"
    command += [dead, "--http", f"http://{dead}", "--day", "2026-11-23", "--speed", "0.001"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith(b"Outgoing mail is taken at ")
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        try:
            said, _ = running.communicate(timeout=60)
        finally:
            running.kill()
    assert json.loads(said) == {}  # what was done: nothing yet
    assert running.returncode == 0


def test_times_are_aware(small: Path) -> None:
    known = folders.read(small)
    deed = deeds.plan(known, DAY, seed=1, rate=10)[0]
    assert deed.at.tzinfo == ZoneInfo("America/Chicago")
    assert isinstance(deed.at, datetime)


def test_days_without_open_offices_are_skipped() -> None:
    days = list(islice(working_days(date(2026, 11, 21)), 4))
    assert days == [date(2026, 11, day) for day in (23, 24, 30)] + [date(2026, 12, 1)]
