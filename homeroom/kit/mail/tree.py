"""The MIME tree of a message, cut out in one pass over the delimiter lines.

One pass, a stack and limits make depth, number of parts and time bounded by construction, which a
parser that tries every open boundary on every line cannot promise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from homeroom.kit.mail import charsets, parameters
from homeroom.kit.mail.bounds import MAX_DEPTH, MAX_PARTS
from homeroom.kit.mail.headers import Headers, read_head

_GUESS = re.compile(
    rb"(?m)^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?\n(?:Content-|[^\S\r\n]*\r?\n)", re.IGNORECASE
)
_LONGEST_DELIMITER: Final = 300


@dataclass(slots=True, kw_only=True)
class Part:
    """One part while the tree is cut; `start`–`end` is its body within the raw bytes."""

    headers: Headers
    media_type: str
    parameters: Mapping[str, str]
    disposition: str = ""
    disposition_parameters: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    depth: int = 0
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether it declares itself a container."""
        return self.media_type.startswith("multipart/")

    @property
    def file_name(self) -> str:
        """The declared name, safe to show; empty when none is declared."""
        declared = self.disposition_parameters.get("filename") or self.parameters.get("name", "")
        return parameters.file_name(declared)


def part_from(fields: tuple[tuple[str, bytes], ...], default_type: str = "text/plain") -> Part:
    """A part without a place yet, its type and disposition read from its fields."""
    headers = Headers(fields)
    media_type, params = parameters.parse(headers.raw("content-type"))
    if media_type in {"text", "html", "plain"}:
        media_type = {"html": "text/html"}.get(media_type, "text/plain")
    elif "/" not in media_type or media_type.startswith("/") or media_type.endswith("/"):
        media_type = default_type
    hint = charsets.header_hint(params.get("charset", ""))
    disposition, disposed = parameters.parse(headers.raw("content-disposition"), hint)
    return Part(
        headers=Headers(fields, hint),
        media_type=media_type,
        parameters=params,
        disposition=disposition,
        disposition_parameters=disposed,
    )


@dataclass(slots=True, kw_only=True)
class Tree:
    """The root part, what was left whole at the end, and remarks about repairs."""

    root: Part
    rest: int
    """Offset from which the raw bytes were no longer taken apart; their length when all were."""
    remarks: list[str] = field(default_factory=list)


def read_tree(raw: bytes, root: Part) -> Tree:
    """Cut the body of `root` into its parts. Linear in the bytes, never raises."""
    tree = _Cutter(raw, root).cut()
    if root.is_multipart and not root.children:
        guessed = _GUESS.search(raw, root.start, min(root.end, root.start + 1_000_000))
        if guessed:
            root.parameters = {**root.parameters, "boundary": guessed[1].decode("latin-1")}
            tree = _Cutter(raw, root).cut()
            tree.remarks.append("The message did not say where its parts begin; we guessed.")
    return tree


class _Cutter:
    def __init__(self, raw: bytes, root: Part) -> None:
        self._raw = raw
        self._root = root
        self._stack: list[tuple[Part, bytes]] = []
        self._open: dict[bytes, int] = {}
        self._leaf: Part | None = None
        self._count = 0
        self._tree = Tree(root=root, rest=root.end)

    def cut(self) -> Tree:
        raw, end = self._raw, self._root.end
        self._push(self._root)
        at = max(0, self._root.start - 1)
        if self._root.start == 0 and raw.startswith(b"--"):
            at = -1
        while self._stack:
            at = 0 if at < 0 else raw.find(b"\n--", at, end) + 1
            if at <= 0 and not (raw.startswith(b"--") and self._root.start == 0):
                break
            stop = raw.find(b"\n", at, end)
            stop = end if stop < 0 else stop
            after = self._delimiter(at, stop)
            if after is None:
                break
            at = max(after - 1, at + 1)
        self._close(0, end)
        if self._leaf and self._tree.rest == end:
            self._leaf.end = end
        return self._tree

    def _delimiter(self, at: int, stop: int) -> int | None:
        """Handle the line at `at`; the offset to look on from, None when the limit is reached."""
        if stop - at > _LONGEST_DELIMITER:
            return stop
        line = self._raw[at + 2 : stop].rstrip()
        index = self._open.get(line)
        if index is not None:
            self._close(index + 1, at)
            self._end_leaf(at)
            if self._count >= MAX_PARTS:
                self._tree.rest = at
                self._tree.remarks.append(
                    f"The message has more than {MAX_PARTS} parts; the rest is kept unopened."
                )
                return None
            return self._begin(min(stop + 1, self._root.end))
        if line.endswith(b"--") and (index := self._open.get(line[:-2].rstrip())) is not None:
            self._close(index, at)
            self._end_leaf(at)
        return stop

    def _begin(self, start: int) -> int:
        parent = self._stack[-1][0]
        default = "message/rfc822" if parent.media_type == "multipart/digest" else "text/plain"
        head = read_head(self._raw, start, is_part=True)
        part = part_from(head.fields, default)
        part.start, part.end, part.depth = min(head.body, self._root.end), -1, parent.depth + 1
        parent.children.append(part)
        self._count += 1
        self._tree.remarks.extend(head.remarks)
        self._leaf = part
        if part.is_multipart:
            self._push(part)
        return part.start

    def _push(self, part: Part) -> None:
        boundary = part.parameters.get("boundary", "").encode("latin-1", "replace").rstrip()
        if not boundary or boundary in self._open:
            return
        if part.depth >= MAX_DEPTH:
            self._tree.remarks.append("The message is nested far too deep; its core is kept whole.")
            return
        self._open[boundary] = len(self._stack)
        self._stack.append((part, boundary))

    def _close(self, index: int, at: int) -> None:
        """Close every container at or above `index`; they end before the delimiter at `at`."""
        while len(self._stack) > index:
            part, boundary = self._stack.pop()
            del self._open[boundary]
            if part is not self._root:
                part.end = _before(self._raw, part.start, at)

    def _end_leaf(self, at: int) -> None:
        if self._leaf is not None:
            if self._leaf.end < 0:
                self._leaf.end = _before(self._raw, self._leaf.start, at)
            self._leaf = None


def _before(raw: bytes, start: int, at: int) -> int:
    """`at` less the line break that belongs to the delimiter; not before `start`."""
    if at > start and raw[at - 1 : at] == b"\n":
        at -= 1
        if at > start and raw[at - 1 : at] == b"\r":
            at -= 1
    return max(start, at)
