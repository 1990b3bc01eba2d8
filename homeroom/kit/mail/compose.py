"""A message to send, as bytes: deterministic, folded, and closed to header injection."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Final

_NAME = re.compile(r"[A-Za-z0-9-]{1,76}\Z")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")
_ADDRESS = re.compile(
    r"[^\s<>,;:\"()\[\]\\@]+@[^\s<>,;:\"()\[\]\\@]+\Z|\"[^\"\\\r\n]+\"@[^\s<>@]+\Z"
)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*\Z", re.IGNORECASE)
_WIDTH: Final = 76
_WORD_BYTES: Final = 45
"""UTF-8 bytes in one encoded word: 72 characters with its frame; RFC 2047 allows 75."""


class UnsafeHeader(ValueError):  # noqa: N818  Read as a sentence where it is caught.
    """A header value holds a line break or control, or an address is none."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The {name} line of this message holds something that cannot be sent.")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address with the name shown beside it."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file to send along."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that goes into a message. Identifiers are given without angle brackets."""

    sender: Mailbox
    to: Sequence[Mailbox]
    subject: str
    text: str
    message_id: str
    at: datetime
    html: str = ""
    cc: Sequence[Mailbox] = ()
    reply_to: Mailbox | None = None
    in_reply_to: str = ""
    references: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    enclosures: Sequence[Enclosure] = ()


def compose(draft: Draft) -> bytes:
    """The message with CRLF line ends. Equal drafts give equal bytes. Raises `UnsafeHeader`."""
    seed = hashlib.sha256(draft.message_id.encode()).hexdigest()
    lines = [*_head(draft), "MIME-Version: 1.0"]
    body = _text_part("plain", draft.text)
    if draft.html:
        body = _container("alternative", seed[:24], [body, _text_part("html", draft.html)])
    if draft.enclosures:
        parts = [body, *(_enclosed(enclosure) for enclosure in draft.enclosures)]
        body = _container("mixed", seed[24:48], parts)
    return ("\r\n".join(lines) + "\r\n" + body).encode("ascii")


def _head(draft: Draft) -> list[str]:
    lines = [
        _mailboxes("From", [draft.sender]),
        _mailboxes("To", draft.to) if draft.to else "To: undisclosed-recipients:;",
        _text_header("Subject", draft.subject),
        f"Date: {format_datetime(draft.at)}",
        f"Message-ID: {_identifier('Message-ID', draft.message_id)}",
    ]
    if draft.cc:
        lines.append(_mailboxes("Cc", draft.cc))
    if draft.reply_to:
        lines.append(_mailboxes("Reply-To", [draft.reply_to]))
    if draft.in_reply_to:
        lines.append(f"In-Reply-To: {_identifier('In-Reply-To', draft.in_reply_to)}")
    if draft.references:
        # Keep the first and the newest, as RFC 5322 readers thread by both ends.
        kept = [*draft.references[:1], *draft.references[1:][-20:]]
        lines.append("References: " + "\r\n ".join(_identifier("References", one) for one in kept))
    lines.extend(_text_header(name, value) for name, value in draft.headers.items())
    return lines


def _identifier(name: str, value: str) -> str:
    bare = value.strip("<>")
    if not bare or not bare.isascii() or re.search(r"[\s\x00-\x20\x7f<>]", bare):
        raise UnsafeHeader(name)
    return f"<{bare}>"


def _text_header(name: str, value: str) -> str:
    if not _NAME.match(name) or _UNSAFE.search(value):
        raise UnsafeHeader(name)
    if value.isascii() and "=?" not in value:
        return _folded(f"{name}: {value}")
    return f"{name}: " + "\r\n ".join(_encoded_words(value, len(name) + 2))


def _folded(line: str) -> str:
    """Broken before a space so that lines stay within 78 where the words allow."""
    out: list[str] = []
    while len(line) > _WIDTH:
        at = line.rfind(" ", 1, _WIDTH)
        if at <= 0 or (not line[:at].rpartition(":")[0 if out else 2].strip() and not out):
            at = line.find(" ", _WIDTH)
        if at <= 0 or not line[at:].strip():
            break
        out.append(line[:at])
        line = line[at:]
    return "\r\n".join([*out, line])


def _encoded_words(value: str, used: int) -> list[str]:
    """UTF-8 encoded words, none splitting a character, the first leaving room for the name."""
    out: list[str] = []
    chunk = b""
    room = max(12, _WORD_BYTES - used * 3 // 4)
    for character in value:
        octets = character.encode("utf-8", "replace")
        if len(chunk) + len(octets) > room:
            out.append(chunk.decode())
            chunk, room = b"", _WORD_BYTES
        chunk += octets
    out.append(chunk.decode())
    return [f"=?utf-8?B?{base64.b64encode(one.encode()).decode()}?=" for one in out]


def _mailboxes(name: str, boxes: Sequence[Mailbox]) -> str:
    return f"{name}: " + ",\r\n ".join(_mailbox(name, box) for box in boxes)


def _mailbox(header: str, box: Mailbox) -> str:
    local, _, domain = box.email.rpartition("@")
    from homeroom.kit.mail.addresses import ascii_domain

    email = f"{local}@{ascii_domain(domain)}"
    if not email.isascii() or len(email) > 320 or not _ADDRESS.match(email):
        raise UnsafeHeader(header)
    if _UNSAFE.search(box.name):
        raise UnsafeHeader(header)
    if not box.name:
        return email
    if not box.name.isascii() or "=?" in box.name:
        return "\r\n ".join([*_encoded_words(box.name, len(header) + 2), f"<{email}>"])
    if _ATOMS.match(box.name):
        return f"{box.name} <{email}>"
    escaped = box.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{email}>'


def _container(kind: str, boundary: str, parts: Sequence[str]) -> str:
    mark = f"=_{boundary}"
    inner = "".join(f"--{mark}\r\n{part}\r\n" for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'
    return f"{head}{inner}--{mark}--\r\n"


def _text_part(kind: str, text: str) -> str:
    head = (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
    )
    return f"{head}\r\n\r\n{_quoted_printable(text)}"


def _quoted_printable(text: str) -> str:
    """Quoted-printable by our own hand: binary-safe, lines of at most 76, a leading ``.`` and
    ``From `` encoded so that no relay touches them.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\r\n".join(_quoted_line(line) for line in lines)


def _quoted_line(line: str) -> str:
    octets = line.encode("utf-8", "replace")
    if octets.startswith((b".", b"From ", b"--")):
        quoted = f"={octets[0]:02X}" + octets[1:].decode("latin-1").translate(_QUOTED)
    else:
        quoted = octets.decode("latin-1").translate(_QUOTED)
    if quoted.endswith((" ", "\t")):
        quoted = f"{quoted[:-1]}={ord(quoted[-1]):02X}"
    return "=\r\n".join(_pieces(quoted))


_QUOTED: Final = {
    octet: f"={octet:02X}"
    for octet in range(256)
    if octet not in b" \t" and (not 33 <= octet <= 126 or octet == 61)
}
"""Octets that quoted-printable writes as their number."""


def _pieces(quoted: str) -> Iterator[str]:
    """Pieces that leave room for the ``=`` of a soft break and never cut an ``=XX`` in two."""
    while len(quoted) >= _WIDTH:
        at = quoted.rfind("=", _WIDTH - 3, _WIDTH - 1)
        cut = at if at > 0 else _WIDTH - 1
        yield quoted[:cut]
        quoted = quoted[cut:]
    yield quoted


def _enclosed(enclosure: Enclosure) -> str:
    if not _MEDIA_TYPE.match(enclosure.media_type):
        raise UnsafeHeader("Content-Type")
    name = _file_name(enclosure.name)
    packed = base64.b64encode(enclosure.content).decode()
    body = "\r\n".join(packed[at : at + 76] for at in range(0, len(packed), 76))
    return (
        f"Content-Type: {enclosure.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;{name}\r\n\r\n{body}"
    )


def _file_name(name: str) -> str:
    """The filename parameter: plain when it can be, in RFC 2231 sections otherwise."""
    if _UNSAFE.search(name) or not name:
        raise UnsafeHeader("Content-Disposition")
    if name.isascii() and len(name) <= 50 and not set(name) & set('"\\%'):
        return f' filename="{name}"'
    encoded = "".join(
        chr(octet) if (chr(octet).isalnum() and octet < 128) or octet in b"._-" else f"%{octet:02X}"
        for octet in name.encode("utf-8", "replace")
    )
    pieces = re.findall(r"(?:%[0-9A-F]{2}|[^%]){1,18}", encoded)
    lines = [
        f"\r\n filename*{number}*={'' if number else "utf-8''"}{one}"
        for number, one in enumerate(pieces)
    ]
    return ";".join(lines)
