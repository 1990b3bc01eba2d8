"""The next mail server: it takes everything, remembers it, and misbehaves when told to."""

import asyncio
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.channels.servers import free_port

HANGS_UP = "hangs up"
LATER = "later"
UNEXPLAINED = "nothing that broke"
EARLY_S, LATE_S = 0.5, 3.0
"""How far a break may be seen from the letter that it brings twice, on a busy machine."""
MOODS = (HANGS_UP, LATER)
"""After the message and before the answer it hangs up, having taken it; or it says 451."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One copy of one letter as it reached the next mail server."""

    to: str
    message_id: str
    reply_to: str
    subject: str
    trial: int
    """The trial that ran when it came."""
    content: str
    """SHA-256 of its bytes."""
    at: float
    """When it came, on the monotonic clock."""


@dataclass
class Sink:
    """What came, and how the next ones are treated."""

    trial: int = 0
    moods: list[str] = field(default_factory=list)
    """What is done to the next letters, one each."""
    letters: list[Letter] = field(default_factory=list)
    breaks: list[tuple[float, str]] = field(default_factory=list)
    """When something broke that may bring a letter twice, and its name."""
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        with self.lock:
            mood = self.moods.pop() if self.moods else ""
            if mood:
                self.breaks.append((time.monotonic(), f"next hop: {mood}"))
            if mood != LATER:
                self.letters += [self._letter(raw, to) for to in envelope.rcpt_tos]
        if mood == LATER:
            return "451 4.3.0 Come back later"
        if mood == HANGS_UP and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 2.0.0 Taken"

    def _letter(self, raw: bytes, to: str) -> Letter:
        message = message_from_bytes(raw, policy=default)
        return Letter(
            to=to.lower(),
            message_id=str(message["Message-ID"]).strip("<> "),
            reply_to=_address(message),
            subject=str(message["Subject"]),
            trial=self.trial,
            content=hashlib.sha256(raw).hexdigest(),
            at=time.monotonic(),
        )

    def to(self, address: str) -> list[Letter]:
        """Letters to one address, oldest first."""
        with self.lock:
            return [letter for letter in self.letters if letter.to == address]

    def second_copies(self) -> Counter[str]:
        """How many further copies each break brought; `UNEXPLAINED` where none was at fault.

        A letter may come twice when something broke between its arrival here and the sender's
        commit, which is a matter of milliseconds on an idle machine.
        """
        first: dict[str, Letter] = {}
        found: Counter[str] = Counter()
        with self.lock:
            for letter in self.letters:
                before = first.get(letter.message_id)
                if before is not None:
                    found[self._at_fault(before.at)] += 1
                first[letter.message_id] = letter
        return found

    def _at_fault(self, at: float) -> str:
        near = [(time, name) for time, name in self.breaks if at - EARLY_S <= time <= at + LATE_S]
        return min(near)[1] if near else UNEXPLAINED


def _address(message: EmailMessage) -> str:
    found = getattr(message["Reply-To"], "addresses", ())
    return str(found[0].addr_spec) if found else ""


@contextmanager
def listening() -> Iterator[Sink]:
    """A sink at a loopback port of its own."""
    sink = Sink(port=free_port())
    door = Controller(sink, hostname="127.0.0.1", port=sink.port)
    door.start()
    try:
        yield sink
    finally:
        door.stop()
