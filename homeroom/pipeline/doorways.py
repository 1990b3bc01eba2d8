"""The doors that stand open: the pipe, the LMTP listener and the mailbox watcher."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from homeroom import config
from homeroom.channels import envelopes
from homeroom.channels.email import imap, lmtp
from homeroom.channels.models import Envelope
from homeroom.kit import clock
from homeroom.kit.errors import Expected

STDIN_BYTES = 200_000_000
"""More than this is no mail; it is refused to the mail server, which bounces it."""


class TooLarge(Expected):
    """What came through the pipe is too large to be mail."""


class NothingToWatch(Expected):
    """No mailbox is configured."""


def keep_mail(
    raw: bytes, recipients: Sequence[str], *, key: str | None = None, entry_id: int | None = None
) -> None:
    """Commit one raw mail; when this returns the mail server may forget it.

    `key` makes two deliveries of the same mail one (default: its bytes); `entry_id` is the
    configured entry that it came through, when that is known.
    """
    envelopes.keep(
        raw,
        channel="email",
        form=Envelope.Form.RFC822,
        recipients=recipients,
        now=clock.now(),
        entry_id=entry_id,
        key=key,
    )


class Pipe:
    """`homeroom receive`: one raw message from a mail server's pipe."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """--channel and, when the mail server knows it, --to."""
        parser.add_argument("--channel", choices=["email"], default="email")
        parser.add_argument("--to", action="append", default=[], help="who it was addressed to")

    @staticmethod
    def run(options: argparse.Namespace) -> int:
        """0 when the message is durably stored; anything else is told as "try again"."""
        raw = sys.stdin.buffer.read(STDIN_BYTES + 1)
        if len(raw) > STDIN_BYTES:
            raise TooLarge("This is too large to be mail.")
        keep_mail(raw, options.to)
        return 0


class Lmtp:
    """`homeroom lmtp`: the listener that Postfix and its like deliver to."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """--listen host:port or a socket's path."""
        parser.add_argument("--listen", default=config.LMTP_LISTEN)

    @staticmethod
    def run(options: argparse.Namespace) -> int:
        """Listen until told to stop; what is under way is finished."""
        lmtp.serve(
            options.listen, keep_mail, stop=_told_to_stop(), max_bytes=config.MAX_MESSAGE_BYTES
        )
        return 0


class Mailboxes:
    """`homeroom mail`: watches mailboxes by IMAP."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """No options: HOMEROOM_IMAP names the mailboxes."""

    @staticmethod
    def run(options: argparse.Namespace) -> int:  # noqa: ARG004
        """Watch until told to stop."""
        if not config.IMAP_URL:
            raise NothingToWatch("No mailbox is named. Set HOMEROOM_IMAP to imaps://user@host.")
        imap.run(
            config.IMAP_URL.split(),
            keep_mail,
            _told_to_stop(),
            max_bytes=config.MAX_MESSAGE_BYTES,
        )
        return 0


def _told_to_stop() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop
