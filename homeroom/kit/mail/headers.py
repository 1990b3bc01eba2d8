"""A header block, read line by line with hard limits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from homeroom.kit.mail import words
from homeroom.kit.mail.bounds import MAX_HEADER, MAX_HEADER_LINES, MAX_HEADER_SCAN, MAX_HEADERS

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_KNOWN = frozenset(
    b"from to cc bcc subject date sender received return-path message-id mime-version reply-to "
    b"content-type content-transfer-encoding content-disposition content-id content-description "
    b"delivered-to in-reply-to references dkim-signature x-mailer user-agent precedence importance "
    b"resent-from resent-to resent-date status x-status list-id errors-to organization newsgroups "
    b"auto-submitted thread-topic thread-index x-priority envelope-to x-original-to".split()
)
_ALWAYS = frozenset({
    "from", "to", "cc", "subject", "date", "sender", "return-path", "message-id", "mime-version",
    "reply-to", "content-type", "content-transfer-encoding", "in-reply-to", "references",
    "auto-submitted", "precedence", "list-id",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block in their order, names in lower case, values as bytes."""

    fields: tuple[tuple[str, bytes], ...] = ()
    hint: str = ""
    """Charset for raw 8-bit values."""

    def raw(self, name: str) -> bytes:
        """The first value of that name, folded as it came; empty when there is none."""
        return next((value for key, value in self.fields if key == name), b"")

    def get(self, name: str) -> str:
        """The first value of that name as text on one line; empty when there is none."""
        value = self.raw(name)
        return words.decode(value, self.hint) if value else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of that name as text on one line."""
        return tuple(words.decode(value, self.hint) for key, value in self.fields if key == name)

    def has(self, name: str) -> bool:
        """Whether the field is there, even if empty."""
        return any(key == name for key, _ in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A header block, where the body behind it starts, and what had to be left out."""

    fields: tuple[tuple[str, bytes], ...]
    body: int
    remarks: tuple[str, ...] = ()


def read_head(raw: bytes, start: int, *, is_part: bool = False) -> Head:
    """The header block at `start`: its fields and the offset at which the body starts.

    A block without any known field is text, not headers (only for whole messages). A line that is
    no field ends the block, unless known fields still follow before the blank line.
    """
    start = _skip_leading(raw, start, is_part=is_part)
    collector = _Collector()
    body = start
    previous = start
    for line, begin, after in _lines(raw, start):
        body = after
        if not line.strip():
            if line and not is_part and _names_known(raw, after):
                continue
            break
        if not _take(collector, raw, line, after, is_part=is_part):
            body = begin
            break
        previous = after
    else:
        body = _far_body(raw, previous)
    if not is_part and not collector.is_known():
        return Head(fields=(), body=start)
    return Head(fields=collector.fields(), body=body, remarks=collector.remarks())


def _take(to: "_Collector", raw: bytes, line: bytes, after: int, *, is_part: bool) -> bool:
    """File one line of the block; False when the body starts here."""
    if is_part and line.startswith(b"--"):
        return False
    if line[:1] in (b" ", b"\t"):
        return to.extend(line) or (not is_part and _names_known(raw, after))
    if match := _FIELD.match(line):
        to.open(match[1], line[match.end() :])
        return True
    if line.startswith((b"From ", b">From ")):
        return True
    if is_part:
        return False
    return _names_known(raw, after) and to.append_stray(line)


def _lines(raw: bytes, start: int) -> Iterator[tuple[bytes, int, int]]:
    """Each line without its end, its offset and the offset after it; bounded, none at the end."""
    at = start
    limit = start + MAX_HEADER_SCAN
    for _ in range(MAX_HEADER_LINES):
        if at >= len(raw) or at > limit:
            return
        stop = raw.find(b"\n", at)
        stop = len(raw) if stop < 0 else stop
        yield raw[at : min(stop, at + MAX_HEADER)].rstrip(b"\r"), at, min(stop + 1, len(raw))
        at = stop + 1


def _names_known(raw: bytes, at: int) -> bool:
    """Whether a known field comes within the next lines, before a blank one."""
    for count, (line, _, _) in enumerate(_lines(raw, at)):
        if not line.strip() or count >= 8:
            return False
        match = _FIELD.match(line)
        if match and match[1].lower() in _KNOWN:
            return True
    return False


def _skip_leading(raw: bytes, start: int, *, is_part: bool) -> int:
    """Past a byte order mark, blank lines and an mbox separator, when a header follows them."""
    if is_part:
        return start
    at = start + 3 if raw.startswith(b"\xef\xbb\xbf", start) else start
    while at < min(len(raw), start + 4096) and raw[at : at + 1] in (b"\r", b"\n", b" ", b"\t"):
        at += 1
    for _ in range(2):
        if raw.startswith((b"From ", b">From "), at):
            stop = raw.find(b"\n", at, at + 2048)
            at = stop + 1 if stop >= 0 else at
    return at if at == start or _names_known(raw, at) else start


def _far_body(raw: bytes, previous: int) -> int:
    """Where the body starts when the block is longer than we look; never loses what is not read."""
    if previous >= len(raw):
        return len(raw)
    ends = [at for mark in (b"\n\n", b"\n\r\n") if (at := raw.find(mark, previous)) >= 0]
    if not ends:
        return previous
    at = min(ends)
    return at + (3 if raw.startswith(b"\n\r\n", at) else 2)


class _Collector:
    """Fields kept within the limits, and how many were not."""

    def __init__(self) -> None:
        self._fields: list[tuple[str, list[bytes], list[int]]] = []
        self._room = MAX_HEADERS
        self._skipping = False
        self._dropped = 0
        self._cut = 0
        self._stray = 0
        self._names: set[str] = set()

    def open(self, name: bytes, value: bytes) -> None:
        key = name.decode("ascii").lower()
        wanted = key in _ALWAYS and key not in self._names
        self._skipping = self._room <= 0 and not wanted
        if self._skipping:
            self._dropped += 1
            return
        self._names.add(key)
        self._fields.append((key, [], [0]))
        self._add(value)

    def extend(self, line: bytes) -> bool:
        """Add a continuation line; False when there is nothing to continue."""
        if self._skipping:
            return True
        if not self._fields:
            return False
        self._add(b"\r\n" + line)
        return True

    def append_stray(self, line: bytes) -> bool:
        """Take a line that is no field: a subject's broken fold, else left out. Always True."""
        if self._fields and self._fields[-1][0] == "subject":
            return self.extend(b" " + line)
        self._stray += 1
        return True

    def _add(self, value: bytes) -> None:
        _, pieces, size = self._fields[-1]
        kept = value[: max(0, MAX_HEADER - size[0])]
        if len(kept) < len(value):
            self._cut += 1
        if kept:
            pieces.append(kept)
            size[0] += len(kept)
            self._room -= len(kept)

    def is_known(self) -> bool:
        return any(
            key.encode() in _KNOWN or key.startswith(("x-", "list-", "arc-")) for key in self._names
        )

    def fields(self) -> tuple[tuple[str, bytes], ...]:
        return tuple((key, b"".join(pieces).strip()) for key, pieces, _ in self._fields)

    def remarks(self) -> tuple[str, ...]:
        said = []
        if self._dropped:
            said.append(
                f"The message has far too many header lines; {self._dropped} were left out."
            )
        if self._cut:
            said.append("A header line was far too long and was shortened.")
        if self._stray:
            said.append("A line between the headers was none, and was left out.")
        return tuple(said)
