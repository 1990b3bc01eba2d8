"""Handing mail to the next server, or to a folder on a machine that has none."""

import contextlib
import os
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from homeroom import config
from homeroom.kit import tls
from homeroom.kit.errors import GiveUp, TryAgain
from homeroom.kit.failpoint import reach

PATIENCE: Final = 30.0
"""Seconds the other server may take to connect and to answer each command."""
LAST_PATIENCE: Final = 120.0
"""Seconds it may take to answer the end of a message, when it has most to do."""
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class UnreachableError(TryAgain):
    """The mail server cannot be used at all just now: no other message need be tried."""


class UncertainError(TryAgain):
    """The connection broke after the message and before the answer: it may have arrived."""


class RefusedError(GiveUp):
    """The server will never take this message for this recipient."""

    def __init__(self, sentence: str, *, is_address: bool = False) -> None:
        super().__init__(sentence)
        self.is_address = is_address
        """The address itself does not work, whatever is sent to it."""


class Way(Protocol):
    """Hands over one message at a time, and keeps what it can between them."""

    def send(self, raw: bytes, *, sender: str, recipient: str, message_id: str) -> None:
        """Hand `raw` over; when this returns, the other side has it.

        :raises TryAgain: when later may be better.
        :raises RefusedError: when it never will.
        """

    def close(self) -> None:
        """Leave politely. Sending again connects again."""


class BadURLError(ValueError):
    """HOMEROOM_SMTP names no way that mail can leave by."""


class Sender:
    """The way that a URL asks for: ``smtp://``, ``smtps://``, or ``console:``, which writes each
    message into the folder `outbox`.

    :raises BadURLError: when the URL is none of these.
    """

    def __init__(self, url: str, *, outbox: Path | None = None) -> None:
        self._way = _way(url, outbox or config.HOME / "outbox")

    def send(self, raw: bytes, *, sender: str, recipient: str, message_id: str) -> None:
        """Hand `raw` over, as `Way.send` does."""
        self._way.send(raw, sender=sender, recipient=recipient, message_id=message_id)

    def close(self) -> None:
        """Leave politely; sending again connects again."""
        self._way.close()


def _way(url: str, outbox: Path) -> Way:
    parts = urlsplit(url)
    if parts.scheme == "console":
        return Console(outbox=outbox)
    if parts.scheme in {"smtp", "smtps"} and parts.hostname:
        return Server(
            host=parts.hostname,
            port=parts.port or (465 if parts.scheme == "smtps" else 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_tls=parts.scheme == "smtps",
        )
    raise BadURLError("HOMEROOM_SMTP must start with smtp:// or smtps://, or be console:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Writes each message as a file named by its Message-ID: the same message is there once."""

    outbox: Path

    def send(self, raw: bytes, *, sender: str, recipient: str, message_id: str) -> None:  # noqa: ARG002
        """Write the file, whole or not at all; a second time changes nothing."""
        name = re.sub(r"[^A-Za-z0-9.@_-]", "_", message_id)[:120]
        path = self.outbox / f"{name}.eml"
        if path.exists():
            return
        made = self.outbox / f".{name}.{os.getpid()}.{id(raw)}"
        try:
            self.outbox.mkdir(parents=True, exist_ok=True)
            made.write_bytes(raw)
            made.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                made.unlink(missing_ok=True)
            raise UnreachableError(f"The outbox cannot be written: {error.strerror}.") from error

    def close(self) -> None:
        """Nothing is open."""


class Server:
    """Speaks SMTP to one server over one connection, made when first needed.

    With a password, TLS with a proven certificate is a must (on loopback it may be plain). Without
    one, TLS is used where offered, as between mail servers, and any certificate will do.
    """

    def __init__(self, *, host: str, port: int, user: str, password: str, is_tls: bool) -> None:
        self.host, self.port, self.user, self.password = host, port, user, password
        self.is_tls = is_tls
        self._open: smtplib.SMTP | None = None

    def send(self, raw: bytes, *, sender: str, recipient: str, message_id: str) -> None:  # noqa: ARG002
        """Hand `raw` over; a connection that went stale meanwhile is made anew, once."""
        kept = self._open
        try:
            self._begin(sender, len(raw))
        except UnreachableError:
            if kept is None:
                raise
            self._begin(sender, len(raw))
        self._address(recipient)
        self._text(raw)

    def close(self) -> None:
        """Say QUIT and hang up."""
        if self._open is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._open.quit()
        self._drop()

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None

    def _begin(self, sender: str, size: int) -> None:
        link = self._connected()
        with self._unreachable():
            options = [f"size={size}"] if link.has_extn("size") else []
            code, words = link.mail(sender, options)
        if code != 250:
            self._reset(code)
            sentence = _sentence("The mail server did not take a message", code, words)
            if code == 552:
                raise RefusedError(sentence)
            # A refused sender is a matter of configuration, which a person can mend meanwhile.
            raise UnreachableError(sentence) if code == 421 else TryAgain(sentence)

    def _address(self, recipient: str) -> None:
        with self._unreachable():
            code, words = self._connected().rcpt(recipient)
        if code in {250, 251}:
            return
        self._reset(code)
        raise _refusal(f"Mail to {recipient} was refused", code, words)

    def _text(self, raw: bytes) -> None:
        link = self._connected()
        with self._unreachable():
            code, words = link.docmd("DATA")
        if code != 354:
            self._reset(code)
            raise _refusal("The message was refused", code, words)
        reach("smtp.before_dot")
        try:
            if link.sock is not None:
                link.sock.settimeout(LAST_PATIENCE)
            link.send(_stuffed(raw))
            code, words = link.getreply()
            if link.sock is not None:
                link.sock.settimeout(PATIENCE)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise UncertainError(
                "The mail server hung up before it said whether it has the message."
            ) from error
        reach("smtp.after_dot")
        if code != 250:
            self._reset(code)
            raise _refusal("The message was refused", code, words)

    def _connected(self) -> smtplib.SMTP:
        if self._open is None:
            with self._unreachable():
                self._open = self._connect()
        return self._open

    def _connect(self) -> smtplib.SMTP:
        name = socket.gethostname()  # given, because smtplib would ask the DNS and wait
        if self.is_tls:
            link: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, name, timeout=PATIENCE, context=tls.proven()
            )
        else:
            link = smtplib.SMTP(self.host, self.port, name, timeout=PATIENCE)
        try:
            link.ehlo_or_helo_if_needed()
            if not self.is_tls and link.has_extn("starttls"):
                link.starttls(context=tls.proven() if self.password else tls.any_certificate())
                link.ehlo()
            if self.password:
                self._sign_in(link)
        except BaseException:
            link.close()
            raise
        return link

    def _sign_in(self, link: smtplib.SMTP) -> None:
        if not isinstance(link.sock, ssl.SSLSocket) and self.host not in _LOOPBACK:
            raise UnreachableError(
                "The mail server offers no encryption, so the password was not sent to it."
            )
        link.login(self.user, self.password)

    def _reset(self, code: int) -> None:
        """After a refusal: ready for the next message, or hung up when the server is leaving."""
        if code == 421 or self._open is None:
            self._drop()
            return
        try:
            self._open.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    @contextlib.contextmanager
    def _unreachable(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            raise UnreachableError("The mail server did not take our name and password.") from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise UnreachableError(f"The mail server cannot be reached: {_why(error)}.") from error


def _stuffed(raw: bytes) -> bytes:
    """The message as it goes over the line: every line ends in CRLF, a leading dot is doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    body = re.sub(rb"(?m)^\.", b"..", lines)
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _refusal(what: str, code: int, words: bytes) -> TryAgain | RefusedError:
    sentence = _sentence(what, code, words)
    if code == 421:
        return UnreachableError(sentence)
    if code < 500:
        return TryAgain(sentence)
    enhanced = _ENHANCED.search(words.decode("utf-8", "replace"))
    # RFC 3463: class 1 is about the address. Without such a code, 550, 551 and 553 say so.
    is_address = enhanced[1].startswith("5.1.") if enhanced else code in {550, 551, 553}
    return RefusedError(sentence, is_address=is_address and what.startswith("Mail to"))


def _sentence(what: str, code: int, words: bytes) -> str:
    said = " ".join(words.decode("utf-8", "replace").split())
    return f"{what}: {code} {said}"[:300]


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "it does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ssl.SSLError):
        return tls.reason(error)
    return " ".join(str(error).split())[:120] or type(error).__name__
