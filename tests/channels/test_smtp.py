"""Handing mail over: what the other server does is understood, and no verb waits for ever."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.channels.email import smtp
from homeroom.channels.email.smtp import (
    BadURLError,
    RefusedError,
    Sender,
    UncertainError,
    UnreachableError,
)
from homeroom.kit.errors import TryAgain

RAW = b"Subject: Bus 42\r\nMessage-ID: <a1@homeroom.example>\r\n\r\n.It is late.\r\n..\r\n"
ADDRESSED = {"sender": "help@example.org", "recipient": "ana@example.com", "message_id": "a1@x"}


class Peer:
    """A mail server that answers by a script: verb → reply, ``HANG``, or ``DROP``."""

    def __init__(self, **script: str) -> None:
        self.script = script
        self.got: list[bytes] = []
        self.verbs: list[str] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.release = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket, verb: str, usual: str) -> bool:
        reply = self.script.get(verb, usual)
        if reply == "HANG":
            self.release.wait(20)
        if reply in {"HANG", "DROP"}:
            client.close()
            return False
        client.sendall(reply.encode() + b"\r\n")
        return not reply.startswith("421")

    def _talk(self, client: socket.socket) -> None:
        file = client.makefile("rb")
        alive = self._answer(client, "CONNECT", "220 peer")
        while alive and (line := file.readline()):
            verb = line[:4].decode().strip().upper()
            self.verbs.append(verb)
            if verb == "DATA":
                alive = self._answer(client, verb, "354 go on")
                if alive and self.script.get(verb, "354").startswith("354"):
                    alive = self._take(client, file)
                continue
            usual = {"EHLO": "250-peer\r\n250 SIZE 1000000", "QUIT": "221 bye"}.get(verb, "250 OK")
            alive = self._answer(client, verb, usual)
        client.close()

    def _take(self, client: socket.socket, file: "socket.SocketIO") -> bool:
        lines = []
        while (line := file.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        self.got.append(b"".join(lines))
        return self._answer(client, "DOT", "250 2.0.0 queued as 123")


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "PATIENCE", 0.6)
    monkeypatch.setattr(smtp, "LAST_PATIENCE", 0.6)


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.listener.close()


def test_a_batch_goes_over_one_connection_as_it_is(peer: Peer) -> None:
    sender = Sender(peer.url)
    for _ in range(3):
        sender.send(RAW, **ADDRESSED)
    sender.close()
    assert peer.got == [RAW] * 3
    assert peer.connections == 1
    assert peer.verbs[-1] == "QUIT"


def test_a_connection_that_went_stale_is_made_anew(peer: Peer) -> None:
    sender = Sender(peer.url)
    sender.send(RAW, **ADDRESSED)
    peer.script["RSET"] = peer.script["MAIL"] = "DROP"
    threading.Timer(0.1, peer.script.clear).start()
    with pytest.raises(UnreachableError):
        sender.send(RAW, **ADDRESSED)
    peer.script.clear()
    sender.send(RAW, **ADDRESSED)
    assert len(peer.got) == 2
    assert peer.connections >= 2


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ({"CONNECT": "421 4.3.2 busy"}, UnreachableError, "cannot be reached"),
        ({"CONNECT": "554 no service"}, UnreachableError, "cannot be reached"),
        ({"CONNECT": "HANG"}, UnreachableError, "does not answer"),
        ({"CONNECT": "DROP"}, UnreachableError, "cannot be reached"),
        ({"EHLO": "HANG", "HELO": "HANG"}, UnreachableError, "cannot be reached"),
        ({"MAIL": "451 4.3.0 later"}, TryAgain, "451 4.3.0 later"),
        ({"MAIL": "550 5.7.1 sender not allowed"}, TryAgain, "sender not allowed"),
        ({"MAIL": "552 5.3.4 too big"}, RefusedError, "too big"),
        ({"MAIL": "HANG"}, UnreachableError, "does not answer"),
        ({"RCPT": "450 4.2.1 greylisted"}, TryAgain, "450 4.2.1 greylisted"),
        ({"RCPT": "421 4.7.0 slow down"}, UnreachableError, "slow down"),
        ({"RCPT": "550 5.1.1 no such user"}, RefusedError, "Mail to ana@example.com was refused"),
        ({"RCPT": "550 5.7.1 blocked as spam"}, RefusedError, "blocked"),
        ({"RCPT": "HANG"}, UnreachableError, "does not answer"),
        ({"DATA": "451 4.3.0 later"}, TryAgain, "451"),
        ({"DATA": "554 5.7.1 no"}, RefusedError, "554"),
        ({"DATA": "HANG"}, UnreachableError, "does not answer"),
        ({"DOT": "452 4.3.1 disk full"}, TryAgain, "disk full"),
        ({"DOT": "554 5.6.0 content refused"}, RefusedError, "content refused"),
        ({"DOT": "HANG"}, UncertainError, "hung up before it said"),
        ({"DOT": "DROP"}, UncertainError, "hung up before it said"),
    ],
)
def test_what_the_server_says(script: dict[str, str], error: type[Exception], words: str) -> None:
    peer = Peer(**script)
    sender = Sender(peer.url)
    with pytest.raises(error, match=words) as caught:
        sender.send(RAW, **ADDRESSED)
    assert type(caught.value) is error
    peer.script.clear()
    peer.release.set()
    sender.send(RAW, **ADDRESSED)  # the next message is not harmed by the trouble of the last
    assert peer.got[-1] == RAW
    sender.close()
    peer.listener.close()


@pytest.mark.parametrize(
    ("reply", "is_address"),
    [
        ("550 5.1.1 unknown user", True), ("550 no such mailbox", True), ("553 5.1.3 bad", True),
        ("550 5.7.1 spam", False), ("554 go away", False), ("552 5.2.2 mailbox full", False),
    ],
)  # fmt: skip
def test_which_refusals_are_about_the_address(reply: str, is_address: bool) -> None:
    peer = Peer(RCPT=reply)
    with pytest.raises(RefusedError) as caught:
        Sender(peer.url).send(RAW, **ADDRESSED)
    assert caught.value.is_address is is_address
    peer.listener.close()


def test_nobody_listens() -> None:
    with pytest.raises(UnreachableError, match="nobody listens there"):
        Sender("smtp://127.0.0.1:1").send(RAW, **ADDRESSED)


def test_a_password_needs_encryption_off_loopback(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_LOOPBACK", ())
    with pytest.raises(UnreachableError, match="the password was not sent"):
        Sender(peer.url.replace("//", "//help:secret@")).send(RAW, **ADDRESSED)
    assert "AUTH" not in peer.verbs


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([b".", b"..", b"\r\n", b"\n", b"\r", b"x", b".\n."])).map(b"".join))
def test_no_text_ends_itself(content: bytes) -> None:
    """Whatever is in a message, the only end is at its end, and taking the dots off gives it back."""
    wire = smtp._stuffed(content)
    body, dot, rest = wire.rpartition(b".\r\n")
    assert dot
    assert not rest
    assert b"\r\n.\r\n" not in wire[:-5]
    assert not wire.startswith(b".\r\n") or body == b""
    back = b"".join(line.removeprefix(b".") for line in body.splitlines(keepends=True))
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert back in {lines, lines + b"\r\n"}


def test_the_outbox_holds_each_message_once(tmp_path: Path) -> None:
    sender = Sender("console:", outbox=tmp_path / "outbox")
    sender.send(RAW, **ADDRESSED)
    sender.send(RAW, **ADDRESSED)
    sender.send(RAW, **(ADDRESSED | {"message_id": "../b/2@x"}))
    files = sorted(path.name for path in (tmp_path / "outbox").iterdir())
    assert files == [".._b_2@x.eml", "a1@x.eml"]
    assert (tmp_path / "outbox" / "a1@x.eml").read_bytes() == RAW
    sender.close()


def test_an_outbox_that_cannot_be_written_waits(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands in the way")
    with pytest.raises(UnreachableError, match="outbox cannot be written"):
        Sender("console:", outbox=tmp_path / "outbox").send(RAW, **ADDRESSED)


@pytest.mark.parametrize("url", ["", "mail.example.org", "http://x", "smtp://"])
def test_ways_that_are_none(url: str) -> None:
    with pytest.raises(BadURLError, match="HOMEROOM_SMTP must start"):
        Sender(url)
