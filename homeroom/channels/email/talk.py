"""The conversation of one mail connection: aiosmtpd, speaking LMTP (RFC 2033) or SMTP as asked."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, cast

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from django.db import close_old_connections

from homeroom.kit.failpoint import reach

log = logging.getLogger(__name__)

Store = Callable[[bytes, Sequence[str]], object]
"""Keeps raw bytes for these recipients durably, or raises."""

RECIPIENTS: Final = 1000
"""Recipients of one message; RFC 5321 §4.5.3.1.8 asks for 100."""
LINE: Final = 1_000_000
"""Longest line of a message, bytes; RFC 5321 §4.5.3.1.6 asks for 1000, some programs send more."""
LARGE: Final = 1_000_000
"""Messages above this size, bytes, come into memory one at a time."""
NOBODY: Final = "<>"
"""How aiosmtpd writes an empty address."""
_QUICK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
"""Linux only."""


@dataclass(slots=True, kw_only=True, eq=False)
class Door:
    """How one listener behaves, and who talks to it now; aiosmtpd calls its ``handle_`` methods."""

    store: Store
    pool: ThreadPoolExecutor
    name: str = field(default_factory=lambda: socket.gethostname() or "homeroom")
    max_bytes: int = 40_000_000
    patience: float = 300.0
    """Seconds without a byte before a connection ends; RFC 5321 §4.5.3.2 asks for 5 minutes."""
    callers: int = 64
    """Connections at once."""
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Held by the one large message that is in memory; the others are not read meanwhile."""
    talks: "set[Talk]" = field(default_factory=set)

    async def handle_EHLO(  # noqa: N802  # the names are aiosmtpd's
        self, _talk: "Talk", session: Session, _envelope: Envelope, name: str, offers: list[str]
    ) -> list[str]:
        """The greeting; aiosmtpd reads commands sent ahead, so that may be said (RFC 2920)."""
        session.host_name = name
        return [offers[0], "250-PIPELINING", *offers[1:]]

    async def handle_RCPT(  # noqa: N802
        self,
        _talk: "Talk",
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Whether mail for `address` is taken: for anybody, up to `RECIPIENTS`."""
        if address == NOBODY or "\0" in address:
            return "501 5.1.3 The recipient's address is not readable"
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients; send the rest again"
        # Bytes that are no UTF-8 come as surrogates, which no database keeps.
        envelope.rcpt_tos.append(address.encode(errors="surrogateescape").decode(errors="replace"))
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, talk: "Talk", _session: Session, envelope: Envelope
    ) -> str:
        """The answer for one whole message: 250 once it is stored, 451 when that is in doubt."""
        raw, recipients = _with_return_path(envelope), tuple(envelope.rcpt_tos)
        envelope.content = envelope.original_content = None
        loop = asyncio.get_running_loop()
        talk.is_storing = True
        try:
            await loop.run_in_executor(self.pool, _stored, self.store, raw, recipients)
        except Exception as error:  # noqa: BLE001  # the sender keeps it and tries again
            log.warning("a message could not be stored, the sender keeps it: %s", error)
            return "451 4.3.0 It could not be stored now; try again soon"
        finally:
            talk.is_storing = False
        return "250 2.0.0 Stored"


class Talk(SMTP):
    """One connection. Who greets with LHLO hears what became of a message once per recipient."""

    line_length_limit = LINE

    def __init__(self, door: Door) -> None:
        super().__init__(
            door,
            data_size_limit=door.max_bytes,
            enable_SMTPUTF8=True,
            hostname=door.name,
            ident="Homeroom takes requests here",
            timeout=door.patience,
            loop=asyncio.get_running_loop(),
        )
        self.door = door
        self.is_lmtp = False
        self.is_busy = False
        """A message is coming in or being stored: not the moment to hang up."""
        self.is_storing = False
        self._answers = 1
        self._size = 0
        self._turn: asyncio.Task[None] | None = None

    async def _handle_client(self) -> None:
        if len(self.door.talks) >= self.door.callers:
            self.hang_up("421 4.3.2 Too many connections; try again soon")
            return
        self.door.talks.add(self)
        try:
            await super()._handle_client()
        finally:
            self.door.talks.discard(self)

    def hang_up(self, last_words: str) -> None:
        """Say `last_words`, close the connection and obey nothing more that came over it."""
        if isinstance(self.transport, asyncio.Transport) and self._handler_coroutine:
            self.transport.write(f"{last_words}\r\n".encode())
            self.transport.close()
            self._handler_coroutine.cancel()

    async def handle_exception(self, error: Exception) -> str:
        """Hang up after something that nobody foresaw: the sender keeps the message."""
        log.warning("a mail connection ended by an error: %r", error)
        self.hang_up("421 4.3.0 Something went wrong here; try again soon")
        return ""

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802
        """Greet, and speak LMTP from here on."""
        self.is_lmtp = True
        await super().smtp_EHLO(hostname)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        """Greet, and speak SMTP from here on."""
        self.is_lmtp = False
        await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802
        """Greet, and speak plain SMTP from here on."""
        self.is_lmtp = False
        await super().smtp_HELO(hostname)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Take one message, and answer for each recipient (LMTP) or once (SMTP)."""
        if self._reader._buffer:  # type: ignore[attr-defined]  # noqa: SLF001
            # aiosmtpd looks there too, after STARTTLS. This is how smuggling is tried.
            self.hang_up("554 5.5.0 Wait for 354 before the message")
            return
        self._size, self.is_busy = 0, True
        try:
            await super().smtp_DATA(arg or "")
        finally:
            self._answers, self.is_busy = 1, False
            if self._turn is not None:
                self._turn.cancel()
                self._turn = None

    async def push(self, status: str | bytes) -> None:
        """Say `status`, once for each answer that is owed: in LMTP one a recipient, after 354."""
        text = status.decode() if isinstance(status, bytes) else status
        await super().push("\r\n".join([text] * self._answers))
        if self.is_lmtp and text.startswith("354") and self.envelope:
            self._answers = len(self.envelope.rcpt_tos)

    def data_received(self, data: bytes) -> None:
        """Take what came; a message that turns out to be large waits for its turn."""
        self._reset_timeout()
        super().data_received(data)
        if self.is_busy:
            self._acknowledge()
            self._size += len(data)
            if self._size > LARGE and self._turn is None:
                self._turn = self.loop.create_task(self._be_the_large_one())

    def _acknowledge(self) -> None:
        """Have the kernel say at once that it has what came.

        A sender that holds its last bytes back until then (Nagle) would wait 40 ms for it. The
        kernel forgets the wish, hence each time.
        """
        plug = self._writer.get_extra_info("socket")
        if _QUICK is not None and plug is not None and plug.family != socket.AF_UNIX:
            with contextlib.suppress(OSError):
                plug.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)

    async def _be_the_large_one(self) -> None:
        """Read no further while another large message is in memory; then have the turn."""
        transport = cast("asyncio.Transport", self.transport)
        transport.pause_reading()
        try:
            async with self.door.turn:
                transport.resume_reading()
                self._reset_timeout()
                await self.loop.create_future()  # until the message is answered: then cancelled
        finally:
            transport.resume_reading()

    def _timeout_cb(self) -> None:
        """Let go of the silent, though not of those who wait for us."""
        is_reading = isinstance(self.transport, asyncio.Transport) and self.transport.is_reading()
        if self.is_storing or not is_reading:
            self._reset_timeout()
        else:
            super()._timeout_cb()  # type: ignore[no-untyped-call]


def _stored(store: Store, raw: bytes, recipients: Sequence[str]) -> None:
    reach("lmtp.after_data")
    close_old_connections()
    store(raw, recipients)
    reach("lmtp.after_store")


def _with_return_path(envelope: Envelope) -> bytes:
    """The message, saying that its envelope had no sender (RFC 5321 §4.4) when it does not yet.

    Any other message stays as it came, byte for byte.
    """
    raw = cast("bytes", envelope.content)
    if envelope.mail_from != NOBODY or raw[:12].lower() == b"return-path:":
        return raw
    return b"Return-Path: <>\r\n" + raw
