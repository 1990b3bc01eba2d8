"""The LMTP door: 250 means stored, every recipient gets its answer, nothing ends a message but its end."""

import contextlib
import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.channels.email import lmtp
from homeroom.channels.envelopes import keep
from homeroom.channels.models import Envelope
from homeroom.kit import clock
from tests.channels.door_process import running, until
from tests.channels.servers import free_port, needs, postfix, wait_for

LEE = "dana.lee@cedarvalley.example"
HELP = "help@cedarvalley.example"
PROJECTOR = b"From: Dana Lee <dana.lee@cedarvalley.example>\r\nSubject: Projector\r\n\r\nDead again in 214.\r\n"


class Shelf:
    """Keeps what it is given, in memory; may be told to fail or to take its time."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, tuple[str, ...]]] = []
        self.failing = False
        self.gate = threading.Event()
        self.gate.set()
        self.at_once = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, raw: bytes, recipients: object) -> None:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.gate.wait(10)
        with self._lock:
            self.at_once -= 1
            if self.failing:
                raise OSError("No space left on device")
            self.kept.append((raw, tuple(recipients)))  # type: ignore[arg-type]


@contextmanager
def door(
    store: Callable[..., object], listen: str = "127.0.0.1:0", **given: object
) -> Iterator[str]:
    """A door in a thread, at the address it yields."""
    stop, ready, bound = threading.Event(), threading.Event(), list[str]()

    def is_ready(address: str) -> None:
        bound.append(address)
        ready.set()

    thread = threading.Thread(
        target=lmtp.serve,
        args=(listen, store),
        kwargs={"stop": stop, "on_ready": is_ready, **given},
    )
    thread.start()
    assert ready.wait(10)
    try:
        yield bound[0]
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


class Talk:
    """A client that says exactly what it is told to."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.file = self.socket.makefile("rb")
        self.greeting = self.hear()

    def hear(self) -> str:
        while True:
            line = self.file.readline().decode().rstrip("\r\n")
            if line[3:4] != "-":
                return line

    def say(self, *lines: str) -> str:
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())
        return [self.hear() for _ in lines][-1]

    def begin(self, *recipients: str, sender: str = LEE, hello: str = "LHLO") -> str:
        self.say(f"{hello} mx.example")
        assert self.say(f"MAIL FROM:<{sender}>").startswith("250")
        for recipient in recipients or (HELP,):
            assert self.say(f"RCPT TO:<{recipient}>").startswith("250")
        return self.say("DATA")

    def data(self, content: bytes) -> str:
        self.socket.sendall(content)
        return self.hear()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def address(shelf: Shelf) -> Iterator[str]:
    with door(shelf, max_bytes=300_000) as bound:
        yield bound


def test_every_recipient_gets_the_answer_of_the_one_stored_message(
    address: str, shelf: Shelf
) -> None:
    talk = Talk(address)
    assert talk.begin(HELP, "bus@cedarvalley.example", "it@cedarvalley.example").startswith("354")
    answers = [talk.data(PROJECTOR + b".\r\n"), talk.hear(), talk.hear()]
    assert all(answer.startswith("250 2.0.0") for answer in answers)
    assert shelf.kept == [(PROJECTOR, (HELP, "bus@cedarvalley.example", "it@cedarvalley.example"))]
    assert talk.say("QUIT").startswith("221")


def test_plain_smtp_gets_one_answer(address: str, shelf: Shelf) -> None:
    host, port = address.split(":")
    with smtplib.SMTP(host, int(port), "tool.example") as client:
        assert client.sendmail(LEE, [HELP, "it@cedarvalley.example"], PROJECTOR) == {}
        assert client.sendmail(LEE, [HELP], PROJECTOR) == {}
    assert [len(to) for _, to in shelf.kept] == [2, 1]


def test_what_cannot_be_stored_stays_with_the_sender(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    shelf.failing = True
    talk.begin(HELP, "it@cedarvalley.example")
    assert talk.data(PROJECTOR + b".\r\n").startswith("451 4.3.0")
    assert talk.hear().startswith("451 4.3.0")
    shelf.failing = False
    talk.begin()
    assert talk.data(PROJECTOR + b".\r\n").startswith("250")
    assert len(shelf.kept) == 1


def test_no_answer_before_it_is_stored(address: str, shelf: Shelf) -> None:
    shelf.gate.clear()
    talk = Talk(address)
    talk.begin()
    talk.socket.sendall(PROJECTOR + b".\r\n")
    talk.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        talk.socket.recv(1)
    shelf.gate.set()
    talk.socket.settimeout(10)
    assert talk.socket.recv(100).startswith(b"250")


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n\x00.\r\n", b"\n.\r\r\n"]
)
def test_smuggled_ends_are_text(address: str, shelf: Shelf, end: bytes) -> None:
    smuggled = b"MAIL FROM:<ortiz@cedarvalley.example>\r\nRCPT TO:<x@y.example>\r\nDATA\r\nSubject: now\r\n"
    talk = Talk(address)
    talk.begin()
    assert talk.data(PROJECTOR + end + smuggled + b"\r\n.\r\n").startswith("250")
    sent = PROJECTOR + end + smuggled + b"\r\n"
    # Only the dot that doubles another at the start of a line goes (RFC 5321 §4.5.2).
    assert [raw for raw, _ in shelf.kept] == [sent.replace(b"\r\n.", b"\r\n")]


def test_text_sent_before_it_was_asked_for_is_refused(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    talk.say("LHLO mx.example", f"MAIL FROM:<{LEE}>", f"RCPT TO:<{HELP}>")
    talk.socket.sendall(b"DATA\r\nSubject: early\r\n\r\n.\r\nMAIL FROM:<a@b.example>\r\n")
    assert talk.hear().startswith("554")
    assert talk.file.readline() == b""
    assert shelf.kept == []


def test_commands_after_the_end_are_obeyed(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    talk.begin()
    talk.socket.sendall(PROJECTOR + b".\r\nNOOP\r\nQUIT\r\n")
    assert [talk.hear()[:3] for _ in range(3)] == ["250", "250", "221"]


def test_large_messages_are_refused_and_the_next_is_taken(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    talk.begin(HELP, "it@cedarvalley.example")
    assert talk.data(b"x" * 300_001 + b"\r\n.\r\n").startswith("552")
    assert talk.hear().startswith("552")
    talk.say("LHLO mx.example")
    assert talk.say(f"MAIL FROM:<{LEE}> SIZE=300001").startswith("552")
    assert talk.say(f"MAIL FROM:<{LEE}> SIZE=1000 BODY=8BITMIME SMTPUTF8").startswith("250")
    talk.say(f"RCPT TO:<{HELP}>")
    talk.say("DATA")
    exact = b"y" * 299_998 + b"\r\n"
    assert talk.data(exact + b".\r\n").startswith("250")
    assert [raw for raw, _ in shelf.kept] == [exact]


def test_messages_above_a_megabyte_come_one_at_a_time(shelf: Shelf) -> None:
    big = b"Subject: photos\r\n\r\n" + (b"z" * 76 + b"\r\n") * 26_000
    with door(shelf, max_bytes=5_000_000) as address:
        talks = [Talk(address) for _ in range(3)]
        threads = [
            threading.Thread(target=lambda t=t: (t.begin(), t.data(big + b".\r\n"))) for t in talks
        ]
        shelf.gate.clear()
        for thread in threads:
            thread.start()
        until(lambda: shelf.at_once == 1)
        small = Talk(address)
        small.begin()
        small.socket.sendall(PROJECTOR + b".\r\n")
        until(lambda: shelf.at_once == 2)
        shelf.gate.set()
        assert small.hear().startswith("250")
        for thread in threads:
            thread.join(10)
    assert sorted(len(raw) for raw, _ in shelf.kept) == [len(PROJECTOR)] + [len(big)] * 3
    assert shelf.most == 2


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b".", b"..", b"\r\n", b"\n", b"\r", b"x", b"\x00\xff", b"\r\n.\r", b".\r\n"]
        ),
        max_size=12,
    ).map(b"".join)
)
def test_any_bytes_arrive_as_they_were_sent(content: bytes) -> None:
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    stuffed = (b"\r\n" + whole).replace(b"\r\n.", b"\r\n..")[2:]
    talk = Talk(_shared.address)
    talk.begin()
    assert talk.data(stuffed + b".\r\n").startswith("250")
    talk.socket.close()
    assert _shared.shelf.kept[-1][0] == whole


class _Shared:
    shelf = Shelf()
    address = ""


_shared = _Shared()


@pytest.fixture(autouse=True, scope="module")
def _one_door_for_many_examples() -> Iterator[None]:
    with door(_shared.shelf) as bound:
        _shared.address = bound
        yield


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 7, 30])
def test_an_end_that_comes_in_pieces_is_an_end(address: str, shelf: Shelf, cut: int) -> None:
    talk = Talk(address)
    talk.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    talk.begin()
    content = PROJECTOR + b".\r\n"
    for part in (content[:-cut], content[-cut:]):
        talk.socket.sendall(part)
        time.sleep(0.02)
    assert talk.hear().startswith("250")
    assert shelf.kept[0][0] == PROJECTOR


def test_an_empty_message_is_a_message(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    talk.begin()
    assert talk.data(b".\r\n").startswith("250")
    assert shelf.kept[0][0] == b""


def test_very_long_lines_and_eight_bits_are_kept(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    talk.begin("niño@cedarvalley.example")
    content = b"Subject: ma\xf1ana\r\n\r\n" + b"a" * 100_000 + b"\r\n"
    assert talk.data(content + b".\r\n").startswith("250")
    assert shelf.kept == [(content, ("niño@cedarvalley.example",))]


def test_an_address_in_an_unknown_code_can_be_kept(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    talk.say("LHLO mx.example", f"MAIL FROM:<{LEE}>")
    talk.socket.sendall(b"RCPT TO:<ni\xf1o@cedarvalley.example>\r\n")
    assert talk.hear().startswith("250")
    talk.say("DATA")
    assert talk.data(PROJECTOR + b".\r\n").startswith("250")
    assert shelf.kept == [(PROJECTOR, ("ni\N{REPLACEMENT CHARACTER}o@cedarvalley.example",))]


def test_a_message_without_a_sender_says_so(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    talk.begin(sender="")
    talk.data(PROJECTOR + b".\r\n")
    talk.begin(sender="")
    talk.data(b"Return-Path: <>\r\n" + PROJECTOR + b".\r\n")
    assert {raw for raw, _ in shelf.kept} == {b"Return-Path: <>\r\n" + PROJECTOR}


TALK = """
MAIL FROM:<a@b.example> → 503
LHLO x → 250
RCPT TO:<a@b.example> → 503
MAIL FROM:<a@> → 553
MAIL TO:<a@b.example> → 501
DATA → 503
MAIL FROM:<a@b.example> BODY=BINARYMIME → 501
VRFY help → 252
MAIL FROM:<@relay.example:a@b.example> → 250
RCPT TO:<> → 501
RCPT TO:<a\0@b.example> → 501
RCPT TO:<a@b.example> NOTIFY=NEVER → 555
RCPT TO:<postmaster> → 250
RCPT TO:<"odd <name>"@b.example> → 250
MAIL FROM:<a@b.example> → 503
DATA now → 501
BDAT 5 LAST → 500
RSET → 250
RCPT TO:<a@b.example> → 503
→ 500
noop → 250
quit → 221
"""


def test_each_command_in_its_turn(address: str) -> None:
    talk = Talk(address)
    for line in TALK.strip().splitlines():
        command, _, code = line.partition("→")
        assert talk.say(command.strip())[:3] == code.strip(), command


def test_what_was_said_in_lmtp_and_in_smtp(address: str) -> None:
    talk = Talk(address)
    talk.socket.sendall(b"LHLO mx.example\r\n")
    offers = {talk.file.readline().decode().strip()[4:] for _ in range(6)}
    assert {"PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 300000"} <= offers
    talk.say(
        "EHLO tool.example", f"MAIL FROM:<{LEE}>", f"RCPT TO:<{HELP}>", "RCPT TO:<it@b.example>"
    )
    talk.say("DATA")
    talk.socket.sendall(PROJECTOR + b".\r\nNOOP\r\n")
    assert [talk.hear(), talk.hear()] == ["250 2.0.0 Stored", "250 OK"]


def test_too_many_mistakes_end_the_talk(address: str) -> None:
    talk = Talk(address)
    for _ in range(4):
        assert talk.say("HELLO?").startswith("500")
    assert talk.say("HELLO?").startswith("502")
    assert talk.file.readline() == b""


def test_a_web_page_that_posts_to_the_door_is_cut_off(address: str, shelf: Shelf) -> None:
    talk = Talk(address)
    mail = f"LHLO x\r\nMAIL FROM:<{LEE}>\r\nRCPT TO:<{HELP}>\r\nDATA\r\n".encode()
    names = (b"Host", b"Origin", b"User-Agent", b"Accept", b"Content-Type", b"Content-Length")
    head = b"POST / HTTP/1.1\r\n" + b"".join(b"%s: x\r\n" % name for name in names)
    talk.socket.sendall(head + b"\r\n" + mail)
    assert {talk.hear()[:3] for _ in range(5)} == {"500", "502"}
    with contextlib.suppress(ConnectionError):
        talk.socket.sendall(PROJECTOR + b".\r\n")
        assert talk.file.readline() == b""
    assert shelf.kept == []


def test_a_command_too_long_is_no_command(address: str) -> None:
    talk = Talk(address)
    assert talk.say("L" * 70_000).startswith("500")
    talk.socket.sendall(b"L" * 3_000_000 + b"\r\n")
    assert talk.hear().startswith("500")
    assert talk.say("NOOP").startswith("250")


def test_a_line_beyond_a_megabyte_is_refused_whole(shelf: Shelf) -> None:
    with door(shelf, max_bytes=3_000_000) as address:
        talk = Talk(address)
        talk.begin(HELP, "it@cedarvalley.example")
        assert talk.data(b"a" * 1_100_000 + b"\r\n.\r\n").startswith("500")
        assert talk.hear().startswith("500")
        talk.begin()
        content = b"a" * 990_000 + b"\r\n"
        assert talk.data(content + b".\r\n").startswith("250")
    assert shelf.kept == [(content, (HELP,))]


def test_an_error_nobody_foresaw_leaves_the_message_with_the_sender(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise MemoryError

    with door(shelf) as address:
        talk = Talk(address)
        talk.begin(HELP, "it@cedarvalley.example")
        monkeypatch.setattr("homeroom.channels.email.talk._with_return_path", fail)
        assert talk.data(PROJECTOR + b".\r\n").startswith("421")
        assert talk.file.readline() == b""
    assert shelf.kept == []


def test_who_waits_for_us_is_not_silent(shelf: Shelf) -> None:
    big = b"Subject: photos\r\n\r\n" + b"z" * 900_000 + b"\r\n" + b"z" * 900_000 + b"\r\n"
    with door(shelf, max_bytes=5_000_000, patience=0.3) as address:
        shelf.gate.clear()
        talks = [Talk(address), Talk(address)]
        answers: list[str] = []
        threads = [
            threading.Thread(target=lambda t=t: (t.begin(), answers.append(t.data(big + b".\r\n"))))
            for t in talks
        ]
        for thread in threads:
            thread.start()
        until(lambda: shelf.at_once == 1)
        time.sleep(1)
        shelf.gate.set()
        for thread in threads:
            thread.join(10)
    assert [answer[:3] for answer in answers] == ["250", "250"]
    assert shelf.most == 1


def test_a_large_message_whose_sender_leaves_gives_up_its_turn(shelf: Shelf) -> None:
    big = b"Subject: photos\r\n\r\n" + (b"z" * 76 + b"\r\n") * 25_000
    with door(shelf, max_bytes=5_000_000) as address:
        leaving = Talk(address)
        leaving.begin()
        leaving.socket.sendall(big)
        time.sleep(0.3)
        staying = Talk(address)
        staying.begin()
        staying.socket.sendall(big + b".\r\n")
        leaving.file.close()
        leaving.socket.close()
        assert staying.hear().startswith("250")
    assert len(shelf.kept) == 1


def test_the_silent_are_let_go(shelf: Shelf) -> None:
    with door(shelf, patience=0.2) as address:
        talk = Talk(address)
        assert talk.file.readline() == b""


def test_beyond_the_limit_callers_come_back_later(shelf: Shelf) -> None:
    with door(shelf, callers=2) as address:
        first, _second = Talk(address), Talk(address)
        assert Talk(address).greeting.startswith("421 4.3.2")
        first.say("QUIT")
        until(lambda: Talk(address).greeting.startswith("220"))


def test_closing_finishes_what_is_under_way(shelf: Shelf) -> None:
    shelf.gate.clear()
    answers: list[str] = []
    with door(shelf) as address:
        idle, busy = Talk(address), Talk(address)
        busy.begin()
        busy.socket.sendall(PROJECTOR + b".\r\n")
        until(lambda: shelf.at_once == 1)
        waiting = threading.Thread(target=lambda: answers.append(busy.hear()))
        waiting.start()
        threading.Timer(0.5, shelf.gate.set).start()
    waiting.join(5)
    assert answers[0].startswith("250")
    assert len(shelf.kept) == 1
    assert idle.hear().startswith("421")


def test_a_socket_on_disk(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    with door(shelf, str(path)) as address:
        assert address == str(path)
        with smtplib.LMTP(str(path)) as client:
            assert client.sendmail(LEE, [HELP], PROJECTOR) == {}
    assert len(shelf.kept) == 1
    assert not path.exists()


def test_an_address_that_is_none_says_so(shelf: Shelf) -> None:
    with pytest.raises(lmtp.BadAddressError, match="neither host:port nor the path"):
        lmtp.serve("8024", shelf, stop=threading.Event())


def kept(raw: bytes, recipients: object) -> None:
    keep(raw, channel="email", form="rfc822", recipients=list(recipients), now=clock.now())  # type: ignore[call-overload]


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_into_the_database_and_the_same_one_twice() -> None:
    with door(kept) as address:
        host, port = address.split(":")

        def send(number: int) -> None:
            with smtplib.LMTP(host, int(port)) as client:
                for repeat in range(5):
                    client.sendmail(LEE, [HELP], PROJECTOR + b"%d %d\r\n" % (number, repeat))
                client.sendmail(LEE, [HELP], PROJECTOR)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Envelope.objects.count() == 41


@needs("postfix")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["lmtp.after_data", "lmtp.after_store"])
def test_killed_before_250_postfix_sends_again_and_it_is_there_once(point: str) -> None:
    port = free_port()
    with postfix(lmtp_port=port) as server:
        with running("lmtp", f"127.0.0.1:{port}", fail_at=f"{point}:kill") as process:
            wait_for(port)
            with smtplib.SMTP("127.0.0.1", server.port) as client:
                client.sendmail(LEE, [HELP, "it@cedarvalley.example"], PROJECTOR)
            assert process.wait(20) == -9
        assert Envelope.objects.count() == (1 if point == "lmtp.after_store" else 0)
        assert server.queued() == 1
        with running("lmtp", f"127.0.0.1:{port}"):
            wait_for(port)
            until(lambda: server.flush() or not server.queued())
    envelope = Envelope.objects.select_related("raw").get()
    assert PROJECTOR.split(b"\r\n\r\n")[1] in bytes(envelope.raw.content)
    assert sorted(envelope.recipients) == [HELP, "it@cedarvalley.example"]
