"""One IMAP mailbox and what is asked of it; nothing in it is changed unless that is wanted."""

import contextlib
import imaplib
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

import imap_tools

from homeroom.kit import tls
from homeroom.kit.errors import TryAgain

PATIENCE: Final = 60.0
"""Seconds the server may take to answer anything."""
IDLE: Final = 240.0
"""Seconds before IDLE is asked for again: under the 29 minutes of RFC 2177, and often enough that
a connection which died without a word is noticed within five."""
POLL: Final = 60.0
"""Seconds between looks where the server has no IDLE."""
WINDOW: Final = 5_000
"""UIDs asked about at once."""
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")

Tokens = Callable[["Mailbox"], str]
"""A fresh OAuth access token for a mailbox that asks for one."""


class BadMailboxError(ValueError):
    """HOMEROOM_IMAP names no mailbox."""


class MailboxError(TryAgain):
    """The mailbox cannot be read just now."""


class RefusedMessageError(TryAgain):
    """The server is well, but does not give out this one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where a mailbox is and how it is to be treated."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    is_tls: bool = True
    marks_seen: bool = False
    """Mark a message as seen once it is stored."""
    starts_new: bool = False
    """Leave alone what lay there before the first visit."""
    has_token: bool = False
    """Sign in with an OAuth token (XOAUTH2) in place of the password."""

    @property
    def account(self) -> str:
        """User and host, as in ``help@mail.example.org``."""
        return self.user if "@" in self.user else f"{self.user}@{self.host}"

    @property
    def name(self) -> str:
        """Account and folder: what the cursor and the keys are filed under."""
        return f"{self.account}/{self.folder}"


def read_url(url: str) -> Mailbox:
    """The mailbox of ``imaps://user:password@host:port/folder?start=new&seen=yes&auth=xoauth2``.

    :raises BadMailboxError: when it is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise BadMailboxError(
            "HOMEROOM_IMAP must look like imaps://user:password@host/INBOX, with %40 for @ in it."
        )
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    is_tls = parts.scheme == "imaps"
    return Mailbox(
        host=parts.hostname,
        port=parts.port or (993 if is_tls else 143),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        is_tls=is_tls,
        marks_seen=options.get("seen") == "yes",
        starts_new=options.get("start") == "new",
        has_token=options.get("auth") == "xoauth2",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as it stands: UIDs mean something only together with its UIDVALIDITY."""

    uidvalidity: int
    uidnext: int


class Link:
    """A signed-in connection to one mailbox. Every method raises `MailboxError` when it breaks."""

    def __init__(self, mailbox: Mailbox, box: imap_tools.BaseMailBox) -> None:
        self.mailbox = mailbox
        self._box = box

    @classmethod
    def open(cls, mailbox: Mailbox, tokens: Tokens | None = None) -> Self:
        """Connect and sign in; off loopback the password goes over proven TLS only."""
        with _broken():
            box = _connected(mailbox)
            try:
                if mailbox.has_token and tokens is not None:
                    box.xoauth2(mailbox.user, tokens(mailbox), initial_folder=None)
                else:
                    box.login(mailbox.user, mailbox.password, initial_folder=None)
            except BaseException:
                box.client.shutdown()
                raise
            return cls(mailbox, box)

    def close(self) -> None:
        """Sign out and hang up, whatever state the connection is in."""
        with contextlib.suppress(Exception):
            self._box.logout()
        with contextlib.suppress(Exception):
            self._box.client.shutdown()

    def look(self) -> Folder:
        """Open the folder, read-only unless messages are to be marked as seen."""
        with _broken():
            self._box.folder.set(self.mailbox.folder, readonly=not self.mailbox.marks_seen)
            return Folder(uidvalidity=self._number("UIDVALIDITY"), uidnext=self._number("UIDNEXT"))

    def _number(self, name: str) -> int:
        values = self._box.client.response(name)[1]
        if not values or not isinstance(values[-1], bytes):
            raise MailboxError(f"The mail server does not say its {name}.")
        return int(values[-1])

    def sizes(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """UID and size in bytes of each message with low ≤ UID ≤ high, in rising order."""
        for start in range(low, high + 1, WINDOW):
            stop = min(start + WINDOW - 1, high)
            found = []
            for line in self._fetch(f"{start}:{stop}", "(UID RFC822.SIZE)"):
                head = line[0] if isinstance(line, tuple) else line
                uid, size = _UID.search(head), _SIZE.search(head)
                if uid and size and start <= int(uid[1]) <= stop:
                    found.append((int(uid[1]), int(size[1])))
            yield from sorted(set(found))

    def raw(self, uid: int, *, part: str = "") -> bytes | None:
        """The bytes of a message (or of its ``HEADER``), no flag changed; None when it is gone."""
        for line in self._fetch(str(uid), f"(UID BODY.PEEK[{part}])"):
            if isinstance(line, tuple) and (found := _UID.search(line[0])) and int(found[1]) == uid:
                return bytes(line[1])
        return None

    def mark_seen(self, uid: int) -> None:
        """Set the seen flag of one message."""
        with _broken():
            self._box.client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def _fetch(self, uids: str, what: str) -> list[bytes | tuple[bytes, bytes]]:
        with _broken():
            kind, lines = self._box.client.uid("FETCH", uids, what)
            if kind != "OK":
                raise RefusedMessageError(f"The mail server would not give out message {uids}.")
            return [line for line in lines if line is not None]

    def wait(self, stop: threading.Event) -> None:
        """Come back when something may have arrived, after `IDLE` or `POLL` s, or at `stop`."""
        with _broken():
            if "IDLE" not in self._box.client.capabilities:
                stop.wait(POLL)
                return
            deadline = time.monotonic() + IDLE
            self._box.idle.start()  # type: ignore[no-untyped-call]
            while not stop.is_set() and time.monotonic() < deadline:
                if self._box.idle.poll(timeout=1.0):
                    break
            self._box.idle.stop()  # type: ignore[no-untyped-call]


def _connected(mailbox: Mailbox) -> imap_tools.BaseMailBox:
    if mailbox.is_tls:
        return imap_tools.MailBox(mailbox.host, mailbox.port, PATIENCE, ssl_context=tls.proven())
    if mailbox.host in _LOOPBACK:
        return imap_tools.MailBoxUnencrypted(mailbox.host, mailbox.port, PATIENCE)
    return imap_tools.MailBoxStartTls(
        mailbox.host, mailbox.port, PATIENCE, ssl_context=tls.proven()
    )


@contextlib.contextmanager
def _broken() -> Iterator[None]:
    """Everything that can go wrong with a mailbox, as one expected error with a sentence."""
    try:
        yield
    except imap_tools.errors.MailboxLoginError as error:
        raise MailboxError("The mail server did not take our name and password.") from error
    except ssl.SSLError as error:
        raise MailboxError(f"The mailbox cannot be read: {tls.reason(error)}.") from error
    except (imaplib.IMAP4.error, imap_tools.errors.ImapToolsError, OSError) as error:
        said = " ".join(str(error).split())[:160] or type(error).__name__
        raise MailboxError(f"The mailbox cannot be read: {said}.") from error
