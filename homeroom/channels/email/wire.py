"""Reading a mail connection: whole lines and whole messages from a buffer that stays small."""

import asyncio
import contextlib
import socket as sockets
from asyncio.trsock import TransportSocket
from socket import AF_UNIX, IPPROTO_TCP
from typing import Final

CHUNK: Final = 1 << 16
"""Bytes asked of the socket at once."""
LINE: Final = 4096
"""Longest command line taken, bytes; RFC 5321 §4.5.3.1.4 asks for 512 and more for extensions."""
END: Final = b"\r\n.\r\n"
"""The one end of a message. ``\\n.\\n`` and its cousins are text, so that two mail servers never
disagree on where a message ends (SMTP smuggling)."""

_QUICK: Final[int | None] = getattr(sockets, "TCP_QUICKACK", None)
"""Linux only."""


class Gone(Exception):  # noqa: N818
    """The other side hung up, or said nothing for too long."""


class TooLong(Exception):  # noqa: N818
    """A command line without an end."""


class Wire:
    """One side of a connection. Every read raises `Gone` when `patience` seconds bring no byte."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        *,
        patience: float,
        socket: TransportSocket | None = None,
    ) -> None:
        self._reader = reader
        self._patience = patience
        self._socket = socket if socket is None or socket.family != AF_UNIX else None
        self._buffer = bytearray()

    async def _more(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                chunk = await self._reader.read(CHUNK)
        except (TimeoutError, OSError) as error:
            raise Gone from error
        if not chunk:
            raise Gone
        self._buffer += chunk

    @property
    def is_ahead(self) -> bool:
        """Whether something came before it was asked for."""
        return bool(self._buffer)

    async def line(self) -> bytes:
        """The next line without its CRLF.

        :raises TooLong: when `LINE` bytes hold no end.
        """
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > LINE:
                raise TooLong
            await self._more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    async def message(self, spool: bytearray, *, limit: int, pause_at: int | None = None) -> bool:
        """Read text up to its end into `spool`, behind a CRLF of our own; whether the end has come.

        False: more than `pause_at` bytes are there and the end is not; call again to go on. Of a
        text beyond `limit` bytes the rest is read and thrown away; `spool` ends up longer.
        """
        if not spool:
            spool += b"\r\n"  # so that a first line of a single dot is an end like any other
        while not self._take(spool, limit + 2):
            self._acknowledge()
            if pause_at is not None and len(spool) > pause_at:
                return False
            await self._more()
        return True

    def _acknowledge(self) -> None:
        """Have the kernel say at once that it has what came.

        A sender that holds its last bytes back until then (Nagle) would wait 40 ms for it. The
        kernel forgets the wish, hence each time.
        """
        if self._socket is not None and _QUICK is not None:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(IPPROTO_TCP, _QUICK, 1)

    def _take(self, spool: bytearray, limit: int) -> bool:
        """Move the buffer to the spool; whether the end was in it. What follows the end stays."""
        start = max(0, len(spool) - len(END) + 1)
        spool += self._buffer
        self._buffer.clear()
        if (end := spool.find(END, start)) >= 0:
            self._buffer += spool[end + len(END) :]
            del spool[end + 2 :]
            return True
        if len(spool) > limit + 2 * len(END):
            del spool[limit + 1 : -len(END) + 1]
        return False


def unstuffed(spool: bytearray) -> bytes:
    """The message in a finished spool: the first CRLF is ours, dots doubled for transport go."""
    if b"\r\n." in spool:
        return bytes(spool.replace(b"\r\n.", b"\r\n")[2:])
    return bytes(memoryview(spool)[2:])
