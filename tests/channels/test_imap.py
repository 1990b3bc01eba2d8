"""Watching a real mailbox: every message once, whatever happens to flags, dates, numbers and us."""

import imaplib
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import imap_tools
import pytest

from homeroom.channels.email import imap
from homeroom.channels.email.imap import Watcher, entry_for
from homeroom.channels.email.mailbox import (
    BadMailboxError,
    Link,
    Mailbox,
    MailboxError,
    RefusedMessageError,
    read_url,
)
from homeroom.channels.envelopes import keep
from homeroom.channels.models import Envelope
from homeroom.district.models import Channel
from tests.channels.door_process import running, until
from tests.channels.servers import Dovecot, dovecot, needs

NOW = datetime(2026, 11, 24, 15, 38, tzinfo=UTC)
needs_dovecot = [needs("dovecot"), pytest.mark.django_db(transaction=True)]


def marked(test: object) -> object:
    for mark in needs_dovecot:
        test = mark(test)  # type: ignore[operator]
    return test


def mail(number: int | str, body: str = "The projector is dead again.") -> bytes:
    return (
        f"From: Dana Lee <dana.lee@cedarvalley.example>\r\nSubject: Room {number}\r\n"
        f"Message-ID: <{number}@cedarvalley.example>\r\nDate: Mon, 2 Jan 2006 15:04:05 -0700\r\n"
        f"\r\n{body}\r\n"
    ).encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running_server:
        yield running_server


@pytest.fixture
def box(server: Dovecot) -> Iterator[imap_tools.MailBoxUnencrypted]:
    """Another client on the same mailbox, which starts out empty and with new numbers."""
    shutil.rmtree(server.folder / "mail" / "help", ignore_errors=True)
    with imap_tools.MailBoxUnencrypted("127.0.0.1", server.port).login("help", "secret") as client:
        yield client


def put(box: imap_tools.MailBoxUnencrypted, *raws: bytes, **given: object) -> None:
    for raw in raws:
        box.append(raw, "INBOX", **given)  # type: ignore[arg-type]


def put_afresh(server: Dovecot, raw: bytes) -> None:
    """From a client that has not seen the mailbox as it was."""
    with imap_tools.MailBoxUnencrypted("127.0.0.1", server.port).login("help", "secret") as client:
        client.append(raw, "INBOX")


class Store:
    """Keeps for real; may be told to break at the n-th message."""

    def __init__(self) -> None:
        self.calls = 0
        self.breaks_at = 0

    def __call__(self, raw: bytes, recipients: object, *, key: str, entry_id: int | None) -> None:
        self.calls += 1
        if self.calls == self.breaks_at:
            raise OSError("No space left on device")
        keep(
            raw, channel="email", form="rfc822", recipients=list(recipients),  # type: ignore[call-overload]
            now=NOW, key=key, entry_id=entry_id,
        )  # fmt: skip


def watcher(server: Dovecot, store: Store | None = None, **given: object) -> Watcher:
    mailbox = replace(read_url(server.url), **given)  # type: ignore[arg-type]
    return Watcher(
        mailbox, entry_for(mailbox), store or Store(), now=lambda: NOW, max_bytes=100_000
    )


@contextmanager
def link(server: Dovecot) -> Iterator[Link]:
    opened = Link.open(read_url(server.url))
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def watching(one: Watcher) -> Iterator[None]:
    """The watcher at work in a thread, for as long as the block."""
    stop = threading.Event()
    thread = threading.Thread(target=one.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


def sweep(server: Dovecot, one: Watcher) -> int:
    with link(server) as opened:
        return one.sweep(opened)


def raws() -> list[bytes]:
    return [bytes(row.raw.content) for row in Envelope.objects.select_related("raw").order_by("id")]


@marked
def test_two_hundred_messages_each_once_byte_for_byte(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    sent = [mail(number) + b"\xf1\x80 \r\n" * (number % 3) for number in range(200)]
    put(box, *sent)
    one = watcher(server)
    assert sweep(server, one) == 200
    assert raws() == sent
    assert sweep(server, one) == 0
    assert one.cursor().last_uid == 200
    row = Envelope.objects.first()
    assert row is not None
    assert re.fullmatch(r"imap:help@127\.0\.0\.1/INBOX/\d+/1", row.key)
    assert row.entry == one.entry


@marked
def test_flags_and_dates_mean_nothing_and_are_left_alone(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    old = datetime(1999, 1, 1, tzinfo=UTC)
    put(box, mail("seen"), dt=old, flag_set=[r"\Seen", r"\Answered"])
    put(box, mail("deleted"), flag_set=[r"\Deleted", r"\Flagged"])
    put(box, mail("unseen"), dt=datetime(2040, 1, 1, tzinfo=UTC))
    assert sweep(server, watcher(server)) == 3
    flags = {m.subject: set(m.flags) - {r"\Recent"} for m in box.fetch(mark_seen=False)}
    assert flags == {
        "Room seen": {r"\Seen", r"\Answered"},
        "Room deleted": {r"\Deleted", r"\Flagged"},
        "Room unseen": set(),
    }


@marked
def test_seen_is_marked_when_it_is_wanted_and_after_the_commit(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    put(box, mail(1), mail(2))
    store = Store()
    store.breaks_at = 2
    one = watcher(server, store, marks_seen=True)
    opened = Link.open(one.mailbox)
    with pytest.raises(OSError, match="No space"):
        one.sweep(opened)
    opened.close()
    assert [r"\Seen" in m.flags for m in box.fetch(mark_seen=False)] == [True, False]


@marked
def test_a_store_that_breaks_loses_nothing_and_doubles_nothing(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    put(box, *map(mail, range(60)))
    store = Store()
    store.breaks_at = 40
    one = watcher(server, store)
    with pytest.raises(OSError, match="No space"):
        sweep(server, one)
    assert one.cursor().last_uid < 40
    sweep(server, one)
    assert len(raws()) == 60


@marked
@pytest.mark.parametrize("point", ["imap.after_fetch:kill@3", "imap.after_store:kill@3"])
def test_killed_between_fetch_and_commit(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted, point: str
) -> None:
    put(box, *map(mail, range(5)))
    with running("imap", server.url, fail_at=point) as process:
        assert process.wait(30) == -9
    assert Envelope.objects.count() == (2 if "fetch" in point else 3)
    with running("imap", server.url):
        until(lambda: Envelope.objects.count() == 5)
        put(box, mail("later"))
        until(lambda: Envelope.objects.count() == 6, seconds=60)
    assert raws() == [*map(mail, range(5)), mail("later")]


@marked
def test_new_numbers_for_old_messages(server: Dovecot, box: imap_tools.MailBoxUnencrypted) -> None:
    """A restored mailbox has a new UIDVALIDITY: what is known is known, what is new is taken."""
    put(box, *map(mail, range(5)))
    one = watcher(server)
    sweep(server, one)
    before = one.cursor().uidvalidity
    _renumber(server)
    put_afresh(server, mail("new"))
    sweep(server, one)
    assert one.cursor().uidvalidity != before
    assert raws() == [*map(mail, range(5)), mail("new")]
    assert sweep(server, watcher(server)) == 0
    assert all(f"/{one.cursor().uidvalidity}/" in row.key for row in Envelope.objects.all())


@marked
def test_new_numbers_and_killed_halfway(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    put(box, *map(mail, range(6)))
    one = watcher(server)
    sweep(server, one)
    _renumber(server)
    put_afresh(server, mail("new"))
    with running("imap", server.url, fail_at="imap.after_fetch:kill@4") as process:
        assert process.wait(30) == -9
    sweep(server, one)
    assert sorted(raws()) == sorted([*map(mail, range(6)), mail("new")])


def _renumber(server: Dovecot) -> None:
    maildir = server.folder / "mail" / "help"
    listed = maildir / "dovecot-uidlist"
    text = re.sub(r"V(\d+)", lambda found: f"V{int(found[1]) + 77}", listed.read_text(), count=1)
    for path in maildir.glob("dovecot*"):
        path.unlink()
    listed.write_text(text)
    shutil.chown(listed, "mail", "mail")


@marked
def test_deleted_while_we_were_reading(server: Dovecot, box: imap_tools.MailBoxUnencrypted) -> None:
    put(box, *map(mail, range(3)))
    one = watcher(server)

    class Racing(Link):
        def sizes(self, low: int, high: int) -> Iterator[tuple[int, int]]:
            found = list(super().sizes(low, high))
            box.delete(["2"])
            yield from found

    opened = Racing.open(one.mailbox)
    one.sweep(opened)
    opened.close()
    assert raws() == [mail(0), mail(2)]
    assert one.cursor().last_uid == 3


@marked
def test_what_was_missed_is_found_the_next_day(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    put(box, *map(mail, range(3)))
    one = watcher(server)
    sweep(server, one)
    Envelope.objects.filter(key__endswith="/2").delete()
    assert sweep(server, one) == 0
    one.now = lambda: NOW + timedelta(days=1)
    assert sweep(server, one) == 1
    assert sorted(raws()) == [*map(mail, range(3))]


@marked
def test_too_large_is_held_with_its_headers(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    put(box, mail("photos", "x" * 150_000), mail("small"))
    sweep(server, watcher(server))
    large, small = Envelope.objects.select_related("raw").order_by("id")
    assert (large.state, small.state) == (Envelope.State.HELD, Envelope.State.RECEIVED)
    assert "too large" in large.reason
    assert "still in the mailbox" in large.reason
    assert b"Subject: Room photos" in bytes(large.raw.content)
    assert len(bytes(large.raw.content)) < 1000


@marked
def test_a_message_the_server_does_not_give_out_stops_no_other(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    put(box, *map(mail, range(3)))
    one = watcher(server)

    class Grudging(Link):
        def raw(self, uid: int, *, part: str = "") -> bytes | None:
            if uid == 2:
                raise RefusedMessageError("The mail server would not give out message 2.")
            return super().raw(uid, part=part)

    opened = Grudging.open(one.mailbox)
    one.sweep(opened)
    opened.close()
    states = list(Envelope.objects.order_by("id").values_list("state", flat=True))
    assert states == ["received", "held", "received"]


@marked
def test_starting_with_what_is_new(server: Dovecot, box: imap_tools.MailBoxUnencrypted) -> None:
    put(box, *map(mail, range(3)))
    one = watcher(server, starts_new=True)
    assert sweep(server, one) == 0
    put(box, mail("new"))
    assert sweep(server, one) == 1
    one.now = lambda: NOW + timedelta(days=1)
    assert sweep(server, one) == 0
    assert raws() == [mail("new")]


@marked
def test_the_intake_address_owns_its_mailbox(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    put(box, mail(1))
    entry = Channel.objects.create(kind="email", address="help@127.0.0.1", name="Help")
    one = watcher(server)
    assert one.entry == entry
    sweep(server, one)
    assert Envelope.objects.get().recipients == ["help@127.0.0.1"]


class Proxy:
    """Stands between us and the server and hangs up after so many bytes, once."""

    def __init__(self, port: int, *, after: int) -> None:
        self.target, self.left = port, after
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for pair in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        while True:
            try:
                chunk = source.recv(4096)
                if counts and not self.cuts and len(chunk) > self.left:
                    self.cuts += 1
                    sink.sendall(chunk[: self.left])
                    chunk = b""
                elif counts:
                    self.left -= len(chunk)
                if chunk:
                    sink.sendall(chunk)
                    continue
            except OSError:
                pass
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            return


@marked
@pytest.mark.parametrize("after", [30, 1_500, 40_000, 60_000])
def test_cut_off_in_the_middle_it_goes_on(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted, after: int
) -> None:
    sent = [mail(number, "y" * 20_000) for number in range(4)]
    put(box, *sent)
    proxy = Proxy(server.port, after=after)
    one = watcher(server, port=proxy.port)
    with watching(one):
        until(lambda: Envelope.objects.count() == 4)
        until(lambda: not one.cursor().trouble)
        put(box, mail("afterwards"))
        until(lambda: Envelope.objects.count() == 5, seconds=60)
    assert proxy.cuts == 1
    assert raws() == [*sent, mail("afterwards")]
    proxy.listener.close()


@marked
def test_trouble_is_written_down_in_a_sentence(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    one = watcher(server, password="wrong")
    with watching(one):
        until(lambda: one.cursor().trouble)
    assert one.cursor().trouble == "The mail server did not take our name and password."
    sweep(server, watcher(server))
    assert one.cursor().trouble == ""
    assert one.cursor().seen_at == NOW.isoformat()


@marked
def test_a_folder_that_is_not_there(server: Dovecot, box: imap_tools.MailBoxUnencrypted) -> None:
    one = watcher(server, folder="Helpdesk")
    opened = Link.open(one.mailbox)
    with pytest.raises(MailboxError, match="cannot be read"):
        one.sweep(opened)
    opened.close()


@marked
def test_two_folders_two_cursors_and_stopping(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    box.folder.create("Buses")
    put(box, mail("inbox"))
    box.append(mail("bus"), "Buses")
    stop = threading.Event()
    urls = [server.url, server.url.replace("INBOX", "Buses")]

    def store(raw: bytes, recipients: object, *, key: str, entry_id: int | None) -> None:
        Store()(raw, recipients, key=key, entry_id=entry_id)

    thread = threading.Thread(target=imap.run, args=(urls, store, stop), daemon=True)
    thread.start()
    until(lambda: Envelope.objects.count() == 2)
    until(lambda: len(Channel.objects.get(kind="mailbox").cursor) == 2)
    stop.set()
    thread.join(15)
    assert not thread.is_alive()
    assert sorted(raws()) == sorted([mail("inbox"), mail("bus")])


@marked
def test_a_token_in_place_of_the_password(
    server: Dovecot, box: imap_tools.MailBoxUnencrypted
) -> None:
    """Dovecot here knows no OAuth: what matters is that the token was asked for and offered."""
    asked: list[str] = []
    mailbox = replace(read_url(server.url), has_token=True)

    def token(of: Mailbox) -> str:
        asked.append(of.user)
        return "ya29.token"

    with pytest.raises(MailboxError):
        Link.open(mailbox, token)
    assert asked == ["help"]


def test_addresses_of_mailboxes() -> None:
    read = read_url(
        "imaps://help%40cedarvalley.example:p%2Fw@imap.example/Help%20desk?seen=yes&start=new"
    )
    assert read == Mailbox(
        host="imap.example", port=993, user="help@cedarvalley.example", password="p/w",
        folder="Help desk", is_tls=True, marks_seen=True, starts_new=True,
    )  # fmt: skip
    assert read.name == "help@cedarvalley.example/Help desk"
    assert read_url("imap://help:x@127.0.0.1").port == 143


@pytest.mark.parametrize("url", ["", "imaps://", "http://a:b@c", "imaps://host/INBOX", "help"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadMailboxError, match="must look like"):
        read_url(url)


def test_a_plain_password_never_leaves_the_machine() -> None:
    """Off loopback, imap:// asks for STARTTLS and a proven certificate before it signs in."""
    asked: list[str] = []

    class Refusing(imaplib.IMAP4):
        pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            imap_tools, "MailBoxStartTls", lambda host, *_, **given: asked.append(host) or _refuse()
        )
        patch.setattr(
            imap_tools, "MailBoxUnencrypted", lambda *_: asked.append("plain") or _refuse()
        )
        with pytest.raises(MailboxError):
            Link.open(read_url("imap://help:secret@mail.example/INBOX"))
    assert asked == ["mail.example"]


def _refuse() -> None:
    raise ConnectionRefusedError
