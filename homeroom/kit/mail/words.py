"""RFC 2047 encoded words, decoded in one pass over bounded input."""

import binascii
import re

from homeroom.kit.mail import charsets, transfer
from homeroom.kit.mail.bounds import MAX_HEADER

# The text may hold stray blanks and question marks, as real mail programs write them, but never
# the start of another word: that keeps every failed match short and the whole linear.
_WORD = re.compile(
    rb"=\?([^?\s*=]{1,60})(?:\*[^?\s]{0,30})?\?([bBqQ])\?((?:[^?=]++|=(?!\?)|\?(?!=))*+=?)\?="
)
_FOLD = re.compile(rb"[ \t]*(?:\r\n?|\n)[ \t]*")


def decode(value: bytes, hint: str = "") -> str:
    """One header value as text on one line, encoded words decoded.

    `hint` is the charset the body declares, for raw 8-bit headers. Words of one charset that follow
    each other are joined as bytes first, since many programs split inside a character.
    """
    return charsets.one_line(decode_raw(value, hint))


def decode_raw(value: bytes, hint: str = "") -> str:
    """Like `decode`, but controls that the encoded words hid are left for the caller to judge."""
    flat = _FOLD.sub(b" ", value[:MAX_HEADER])
    if b"=?" not in flat:
        return charsets.decode(flat, hint)[0]
    out: list[str] = []
    run = _Run()
    at = 0
    for match in _WORD.finditer(flat):
        between = flat[at : match.start()]
        if not run.is_open or between.strip(b" \t"):
            out.append(run.close())
            out.append(charsets.decode(between, hint)[0])
        run.add(match[1].decode("latin-1"), match[2].lower(), match[3], out)
        at = match.end()
    out.append(run.close())
    out.append(charsets.decode(flat[at:], hint)[0])
    return "".join(out)


class _Run:
    """Encoded words that follow each other in one charset and encoding."""

    def __init__(self) -> None:
        self.is_open = False
        self._charset = ""
        self._coding = b""
        self._pieces: list[bytes] = []

    def add(self, charset: str, coding: bytes, text: bytes, out: list[str]) -> None:
        if self.is_open and (charset.lower(), coding) != (self._charset.lower(), self._coding):
            out.append(self.close())
        self.is_open = True
        self._charset, self._coding = charset, coding
        self._pieces.append(text)

    def close(self) -> str:
        if not self.is_open:
            return ""
        data = b"".join(_quads(self._pieces) if self._coding == b"b" else map(_q, self._pieces))
        self.is_open = False
        self._pieces = []
        return charsets.decode(data, self._charset)[0]


def _q(text: bytes) -> bytes:
    return binascii.a2b_qp(text.replace(b" ", b"_"), header=True)


def _quads(pieces: list[bytes]) -> list[bytes]:
    """Decode base64 pieces; a piece not ending on a quad is continued by the next."""
    out: list[bytes] = []
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size % 4 == 0 or piece.endswith(b"="):
            out.append(transfer.base64(b"".join(held)))
            held, size = [], 0
    out.append(transfer.base64(b"".join(held)))
    return out
