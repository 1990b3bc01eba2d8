"""The conversation of one mail connection: LMTP (RFC 2033), or SMTP for simpler tools."""

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from django.db import close_old_connections

from homeroom.channels.email.wire import Gone, TooLong, Wire, unstuffed
from homeroom.kit.failpoint import reach

log = logging.getLogger(__name__)

Store = Callable[[bytes, Sequence[str]], object]
"""Keeps raw bytes for these recipients durably, or raises."""

RECIPIENTS: Final = 1000
"""Recipients of one message; RFC 5321 §4.5.3.1.8 asks for 100."""
MISTAKES: Final = 20
"""After so many bad commands the connection ends."""
LARGE: Final = 1_000_000
"""Messages above this size, bytes, come into memory one at a time."""

_PATH = re.compile(
    r"""(?:FROM|TO):\s*(?:<(?:@[^:<>]*:)?((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>|([^\s<>]+))(.*)""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How one listener behaves; shared by its connections."""

    store: Store
    pool: ThreadPoolExecutor
    name: str = field(default_factory=lambda: socket.gethostname() or "homeroom")
    max_bytes: int = 40_000_000
    patience: float = 300.0
    """Seconds without a byte before a connection ends; RFC 5321 §4.5.3.2 asks for 5 minutes."""
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Held by the one large message that is in memory; the others are not read meanwhile."""


@dataclass(slots=True)
class Session:
    """One connection: what it has told us so far, and the reply to each command."""

    door: Door
    wire: Wire
    writer: asyncio.StreamWriter
    is_lmtp: bool = False
    is_greeted: bool = False
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    mistakes: int = 0
    is_busy: bool = False
    """A message is coming in or being stored: not the moment to hang up."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Talk until the other side leaves, is silent for too long, or we close."""
        try:
            await self._say(f"220 {self.door.name} Homeroom takes requests here")
            while not stopping.is_set() and self.mistakes < MISTAKES:
                if not await self._obey(await self.wire.line()):
                    return
            await self._say("421 4.3.2 Closing; try again soon")
        except TooLong:
            await self._say("500 5.5.6 This line is too long")
        except (Gone, ConnectionError):
            return

    async def _say(self, *replies: str) -> None:
        self.writer.write("".join(f"{reply}\r\n" for reply in replies).encode())
        await self.writer.drain()

    async def _obey(self, line: bytes) -> bool:
        """Answer one command; whether to go on."""
        if b"\n" in line or b"\r" in line or b"\0" in line:
            self.mistakes = MISTAKES  # no mail server sends a bare line end; somebody is trying us
            await self._say("500 5.5.2 Lines end in CR LF here")
            return False
        verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        match verb.upper():
            case "LHLO" | "EHLO" | "HELO" as hello:
                await self._greet(hello)
            case "MAIL":
                await self._say(self._mail(rest))
            case "RCPT":
                await self._say(self._rcpt(rest))
            case "DATA":
                return await self._data()
            case "QUIT":
                await self._say("221 2.0.0 Good-bye")
                return False
            case other:
                await self._say(self._simple(other))
        return True

    def _simple(self, verb: str) -> str:
        match verb:
            case "RSET":
                self._forget()
                return "250 2.0.0 OK"
            case "NOOP":
                return "250 2.0.0 OK"
            case "VRFY":
                return "252 2.5.2 Send it and see"
        self.mistakes += 1
        return "500 5.5.1 This command is not known here"

    async def _greet(self, hello: str) -> None:
        self._forget()
        self.is_greeted, self.is_lmtp = True, hello == "LHLO"
        if hello == "HELO":
            await self._say(f"250 {self.door.name}")
            return
        size = f"SIZE {self.door.max_bytes}"
        offers = [self.door.name, "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", size]
        await self._say(*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}")

    def _forget(self) -> None:
        self.sender = None
        self.recipients = []

    def _mail(self, rest: str) -> str:
        found = _PATH.fullmatch(rest)
        if not self.is_greeted or self.sender is not None:
            return self._mistake("503 5.5.1 Not now")
        if found is None or not rest.upper().startswith("FROM:"):
            return self._mistake("501 5.1.7 The sender's address is not readable")
        for option in found[3].upper().split():
            name, _, value = option.partition("=")
            if name == "SIZE" and value.isdigit() and int(value) > self.door.max_bytes:
                return f"552 5.3.4 This message is larger than {self.door.max_bytes} bytes"
            if name not in {"SIZE", "BODY", "SMTPUTF8"} or value == "BINARYMIME":
                return self._mistake("555 5.5.4 This option is not offered")
        self.sender = found[1] if found[1] is not None else found[2]
        return "250 2.1.0 OK"

    def _rcpt(self, rest: str) -> str:
        found = _PATH.fullmatch(rest)
        if self.sender is None:
            return self._mistake("503 5.5.1 First the sender")
        address = (found[1] or found[2] or "") if found else ""
        if found is None or not rest.upper().startswith("TO:") or not address:
            return self._mistake("501 5.1.3 The recipient's address is not readable")
        if found[3].strip():
            return self._mistake("555 5.5.4 This option is not offered")
        if len(self.recipients) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients; send the rest again"
        self.recipients.append(address)
        return "250 2.1.5 OK"

    def _mistake(self, reply: str) -> str:
        self.mistakes += 1
        return reply

    async def _data(self) -> bool:
        """Take one message and answer for each recipient (LMTP) or once (SMTP)."""
        if self.sender is None or not self.recipients:
            await self._say(self._mistake("503 5.5.1 First the sender and the recipients"))
            return True
        if self.wire.is_ahead:  # text sent before we asked for it is how smuggling is tried
            await self._say("554 5.5.0 Wait for 354 before the message")
            return False
        self.is_busy = True
        try:
            await self._say("354 End with a line of one dot")
            answer = await self._take()
        finally:
            self.is_busy = False
        await self._say(*[answer] * (len(self.recipients) if self.is_lmtp else 1))
        self._forget()
        return True

    async def _take(self) -> str:
        """The answer for one message, once it is whole and stored, or refused."""
        limit, spool = self.door.max_bytes, bytearray()
        if await self.wire.message(spool, limit=limit, pause_at=LARGE):
            return await self._keep(spool)
        async with self.door.turn:
            await self.wire.message(spool, limit=limit)
            return await self._keep(spool)

    async def _keep(self, spool: bytearray) -> str:
        if len(spool) > self.door.max_bytes + 2:
            return f"552 5.3.4 This message is larger than {self.door.max_bytes} bytes"
        raw = _with_return_path(unstuffed(spool), self.sender or "")
        spool.clear()
        recipients = tuple(self.recipients)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self.door.pool, _stored, self.door.store, raw, recipients)
        except Exception as error:  # noqa: BLE001  # the sender keeps it and tries again
            log.warning("a message could not be stored, the sender keeps it: %s", error)
            return "451 4.3.0 It could not be stored now; try again soon"
        return "250 2.0.0 Stored"


def _stored(store: Store, raw: bytes, recipients: Sequence[str]) -> None:
    reach("lmtp.after_data")
    close_old_connections()
    store(raw, recipients)
    reach("lmtp.after_store")


def _with_return_path(raw: bytes, sender: str) -> bytes:
    """The message, saying that its envelope had no sender (RFC 5321 §4.4) when it does not yet.

    Any other message stays as it came, byte for byte.
    """
    if sender or raw[:12].lower() == b"return-path:":
        return raw
    return b"Return-Path: <>\r\n" + raw
