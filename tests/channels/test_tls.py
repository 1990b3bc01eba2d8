"""Encryption, with a real Postfix and a real Dovecot whose certificate an authority of ours signed."""

import threading
from collections.abc import Iterator
from pathlib import Path

import imap_tools
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from homeroom import config
from homeroom.channels.email import mailbox
from homeroom.channels.email.imap import Watcher, entry_for
from homeroom.channels.email.mailbox import Link, MailboxError, read_url
from homeroom.channels.email.smtp import Sender, UnreachableError
from tests.channels.door_process import until
from tests.channels.servers import (
    Certificate,
    Dovecot,
    Postfix,
    certificate,
    dovecot,
    free_port,
    needs,
    postfix,
)

pytestmark = [needs("dovecot"), needs("postfix")]
RAW = b"Subject: Bus 42\r\nMessage-ID: <a1@homeroom.example>\r\n\r\nIt is late.\r\n"
ADDRESSED = {
    "sender": "help@cedarvalley.example",
    "recipient": "ana@cedarvalley.example",
    "message_id": "a1@homeroom.example",
}


class Sink(Controller):
    """Where the mail ends up after Postfix."""

    def __init__(self, port: int) -> None:
        self.got: list[bytes] = []
        super().__init__(self, hostname="127.0.0.1", port=port)

    def factory(self) -> LMTP:
        return LMTP(self)

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802
        self.got.append(envelope.content)  # type: ignore[attr-defined]
        return "250 OK"


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("proof"))


@pytest.fixture(scope="module")
def box(proof: Certificate) -> Iterator[Dovecot]:
    with dovecot(proof) as server:
        yield server


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    made = Sink(free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def relay(proof: Certificate, box: Dovecot, sink: Sink) -> Iterator[Postfix]:
    with postfix(lmtp_port=sink.port, certificate=proof, sign_in=box.sign_in) as server:
        yield server


@pytest.fixture
def _trusted(proof: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CA_FILE", str(proof.authority))


def smtp_url(relay: Postfix, scheme: str, *, user: str = "help:secret@", host: str = "") -> str:
    port = relay.tls_port if scheme == "smtps" else relay.port
    return f"{scheme}://{user}{host or '127.0.0.1'}:{port}"


def imap_url(box: Dovecot, scheme: str, *, host: str = "") -> str:
    port = box.tls_port if scheme == "imaps" else box.port
    return f"{scheme}://help:secret@{host or '127.0.0.1'}:{port}/INBOX"


def post(relay: Postfix, sink: Sink, url: str) -> bytes:
    """Hand the message over; how it came out at the other end."""
    sink.got.clear()
    sender = Sender(url)
    sender.send(RAW, **ADDRESSED)
    sender.close()
    until(lambda: relay.flush() or sink.got)
    return sink.got[0]


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_leaves_signed_in_over_a_proven_line(relay: Postfix, sink: Sink, scheme: str) -> None:
    arrived = post(relay, sink, smtp_url(relay, scheme))
    assert b"with ESMTPSA" in arrived  # RFC 3848: S for TLS, A for signed in
    assert arrived.endswith(RAW.partition(b"\r\n\r\n")[2])


def test_between_mail_servers_any_certificate_will_do(relay: Postfix, sink: Sink) -> None:
    assert b"with ESMTPS " in post(relay, sink, smtp_url(relay, "smtp", user=""))


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(
    relay: Postfix, sink: Sink, scheme: str
) -> None:
    sink.got.clear()
    with pytest.raises(UnreachableError) as caught:
        Sender(smtp_url(relay, scheme)).send(RAW, **ADDRESSED)
    assert str(caught.value) == (
        "The mail server cannot be reached: its certificate is signed by nobody we know. "
        "If the server is your own, name the file of its certificate authority in HOMEROOM_CA."
    )
    assert relay.queued() == 0
    assert sink.got == []


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_of_another_name_is_refused(relay: Postfix, scheme: str) -> None:
    with pytest.raises(UnreachableError, match="was made for another server's name"):
        Sender(smtp_url(relay, scheme, host="localhost")).send(RAW, **ADDRESSED)


def test_a_file_of_authorities_that_is_none(
    relay: Postfix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "nowhere.pem"):
        monkeypatch.setattr(config, "CA_FILE", str(path))
        with pytest.raises(UnreachableError, match=f"HOMEROOM_CA names {path}, which holds no"):
            Sender(smtp_url(relay, "smtps")).send(RAW, **ADDRESSED)


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_mail_is_fetched_over_a_proven_line(
    box: Dovecot, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "_LOOPBACK", ())
    with imap_tools.MailBox("127.0.0.1", box.tls_port, ssl_context=mailbox.tls.proven()).login(
        "help", "secret"
    ) as client:
        client.append(RAW, "INBOX")
    link = Link.open(read_url(imap_url(box, scheme)))
    try:
        assert link.raw(link.look().uidnext - 1) == RAW
    finally:
        link.close()


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_a_mailbox_that_nobody_vouches_for_is_not_signed_in_to(
    box: Dovecot, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "_LOOPBACK", ())
    with pytest.raises(MailboxError, match=r"cannot be read: its certificate is signed by nobody"):
        Link.open(read_url(imap_url(box, scheme)))


@pytest.mark.usefixtures("_trusted")
def test_a_mailbox_of_another_name_is_refused(box: Dovecot) -> None:
    with pytest.raises(MailboxError, match="was made for another server's name"):
        Link.open(read_url(imap_url(box, "imaps", host="localhost")))


def test_a_certificate_that_has_run_out_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = certificate(tmp_path, days=-1)
    monkeypatch.setattr(config, "CA_FILE", str(old.authority))
    with (
        dovecot(old) as server,
        pytest.raises(MailboxError, match=r"is out of date\. Whoever runs the server has to renew"),
    ):
        Link.open(read_url(imap_url(server, "imaps")))


@pytest.mark.usefixtures("_trusted")
def test_a_door_that_speaks_no_tls_is_told_in_words(relay: Postfix) -> None:
    with pytest.raises(UnreachableError, match="the encryption could not be agreed on"):
        Sender(f"smtps://help:secret@127.0.0.1:{relay.port}").send(RAW, **ADDRESSED)


@pytest.mark.django_db(transaction=True)
def test_the_watcher_writes_down_why_nothing_comes(box: Dovecot) -> None:
    one = read_url(imap_url(box, "imaps"))
    watcher = Watcher(one, entry_for(one), lambda *_, **__: None)
    stop = threading.Event()
    thread = threading.Thread(target=watcher.run, args=(stop,), daemon=True)
    thread.start()
    until(lambda: watcher.cursor().trouble)
    stop.set()
    thread.join(15)
    assert "signed by nobody we know" in watcher.cursor().trouble
