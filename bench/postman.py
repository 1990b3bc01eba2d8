"""A mail server's side of LMTP (RFC 2033), as small as it can be."""

import socket
import time
from collections.abc import Iterable

from bench.corpus import TO


class Link:
    """One connection to the door."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = self._socket.makefile("rb")
        self._expect(220)
        self._say("LHLO bench", 250)

    def deliver(self, message: bytes) -> float:
        """Hand a message over; seconds from its last byte to the answer that it is kept."""
        self._say("MAIL FROM:<bench@example.org>", 250)
        self._say(f"RCPT TO:<{TO}>", 250)
        self._say("DATA", 354)
        self._socket.sendall(message.replace(b"\r\n.", b"\r\n.."))
        began = time.perf_counter()
        self._socket.sendall(b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")
        self._expect(250)
        return time.perf_counter() - began

    def close(self) -> None:
        """Leave."""
        self._say("QUIT", 221)
        self._socket.close()

    def _say(self, line: str, code: int) -> None:
        self._socket.sendall(line.encode() + b"\r\n")
        self._expect(code)

    def _expect(self, code: int) -> None:
        while True:
            line = self._read.readline()
            if not line.startswith(str(code).encode()):
                raise ValueError(f"The LMTP door answered {line!r}, not {code}.")
            if line[3:4] != b"-":
                return


def deliver(port: int, messages: Iterable[bytes]) -> list[float]:
    """Hand messages over one after another on one connection; how long each took to be kept."""
    link = Link(port)
    taken = [link.deliver(message) for message in messages]
    link.close()
    return taken
