"""Handing one message to an LMTP door, so that it can be broken off at any moment."""

import asyncio
import re
from typing import Final

from homeroom.demo.settings import host_port

_PATIENCE: Final = 30.0
_LINE_STARTS: Final = re.compile(rb"(?m)^\.")


class RefusedError(Exception):
    """The door did not take the message."""


async def deliver(address: str, *, sender: str, recipient: str, raw: bytes) -> None:
    """Hand `raw` over at host:port; when this returns, the other side has it.

    Raises RefusedError when it answers with anything but success, OSError when it cannot be
    reached or does not answer in time.
    """
    async with asyncio.timeout(_PATIENCE):
        reader, writer = await asyncio.open_connection(*host_port(address))
        try:
            await _expect(reader, b"220")
            for line, wanted in (
                ("LHLO simulator.example", b"250"),
                (f"MAIL FROM:<{sender}>", b"250"),
                (f"RCPT TO:<{recipient}>", b"250"),
                ("DATA", b"354"),
            ):
                writer.write(f"{line}\r\n".encode())
                await _expect(reader, wanted)
            writer.write(_LINE_STARTS.sub(b"..", raw).rstrip(b"\r\n") + b"\r\n.\r\n")
            await writer.drain()
            await _expect(reader, b"250")
            writer.write(b"QUIT\r\n")
            await writer.drain()
        finally:
            writer.close()


async def _expect(reader: asyncio.StreamReader, wanted: bytes) -> None:
    while True:
        line = await reader.readline()
        if not line:
            raise RefusedError("The mail door closed the conversation.")
        if line[3:4] == b"-":
            continue
        if not line.startswith(wanted):
            raise RefusedError(f"The mail door said: {line.decode(errors='replace').strip()}")
        return
