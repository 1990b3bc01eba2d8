"""Where the district's outgoing mail ends in the demo: an SMTP server on loopback."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One mail that the district sent to somebody."""

    to: str
    sender: str
    reply_to: str
    subject: str
    message_id: str
    references: str
    text: str
    is_automatic: bool

    @property
    def asks(self) -> bool:
        """Whether its first paragraphs end in a question."""
        return any(line.rstrip().endswith("?") for line in self.text.splitlines()[:6])


class Sink:
    """Takes every mail and hands it to `heard`, one call a recipient; keeps nothing itself."""

    def __init__(self, heard: Callable[[Received], None]) -> None:
        self._heard = heard
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; gives back the port, which is chosen by the system when 0 is given."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sink.example", enable_SMTPUTF8=True), host, port
        )
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take one message; a mail that nobody can read is still taken."""
        del server, session
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        for recipient in envelope.rcpt_tos:
            self._heard(read(raw, to=recipient))
        return "250 OK"


def read(raw: bytes, *, to: str) -> Received:
    """What one recipient of that mail sees."""
    message = message_from_bytes(raw, policy=default)
    sender = str(message.get("From", ""))
    automatic = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    return Received(
        to=to.lower(),
        sender=sender,
        reply_to=_address(message, "Reply-To") or _address(message, "From"),
        subject=str(message.get("Subject", "")),
        message_id=str(message.get("Message-ID", "")).strip(),
        references=" ".join(str(message.get("References", "")).split()),
        text=_text(message),
        is_automatic=automatic == "auto-replied",
    )


def _address(message: EmailMessage, header: str) -> str:
    addresses = getattr(message.get(header), "addresses", ())
    return str(addresses[0].addr_spec) if addresses else ""


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    try:
        return str(body.get_content()) if body is not None else ""
    except (LookupError, UnicodeError):
        return ""
