"""Address lists (RFC 5322), read strictly: nothing is attributed to an address that is in doubt."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from homeroom.kit.mail import charsets, words
from homeroom.kit.mail.bounds import MAX_HEADER

MAX_ADDRESSES: Final = 1_000

_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]++|\\.)*+")|(?P<angle><(?:[^<>"]++|"(?:[^"\\<>]++|\\.)*+")*+>)"""
    r"""|(?P<escaped>\\.)|(?P<special>[()<>,;:"\[\]\\])|(?P<text>[^"()<>,;:\[\]\\]++)""",
    re.DOTALL,
)
_ATOM = r"[^\s\x00-\x20()<>\[\]:;@\\,\"]+"
_SPEC = re.compile(
    rf"""({_ATOM}|"(?:[^"\\\r\n]|\\[^\r\n])*")@"""
    r"""((?:[^\s\x00-\x2c/:-@\[-^`{-\x7f]+)|\[[0-9A-Za-z.:]+\])\Z"""
)
_AROUND = re.compile(r"\s*([@.])\s*")
_ROUTE = re.compile(r"(?:@[^,:@]+,?)+:")
_COMMENT = re.compile(r"\s*\([^()]*\)\s*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_FOLD = re.compile(r"\s*[\r\n]+\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One mailbox. `email` is empty when the text names no address beyond doubt.

    `email` keeps the local part as written and the domain in lower case; `key` is the form to
    compare by. `text` always shows what stood there.
    """

    name: str = ""
    email: str = ""
    text: str = ""
    doubt: str = ""
    """Why the address cannot be used, or only with care, in plain words."""

    @property
    def key(self) -> str:
        """The address for comparison: lower case, domain in ASCII; empty when there is none."""
        local, at, domain = self.email.rpartition("@")
        return f"{local.lower()}{at}{ascii_domain(domain)}" if at else ""


@lru_cache(maxsize=1024)
def ascii_domain(domain: str) -> str:
    """A domain in lower-case ASCII (punycode); as it is, in lower case, when it cannot be one."""
    lowered = domain.lower().rstrip(".")
    if lowered.isascii() or len(lowered) > 253:
        return lowered
    import idna

    try:
        return idna.encode(lowered, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return lowered


def parse(value: bytes, hint: str = "") -> tuple[Address, ...]:
    """The mailboxes of one address header, groups opened, at most `MAX_ADDRESSES`. Never raises."""
    text = _FOLD.sub(" ", charsets.decode(value[:MAX_HEADER], hint)[0]).replace("\x00", "\ufffd")
    found: list[Address] = []
    for chunk in _merged(_chunks(text)):
        if address := _mailbox(chunk):
            found.append(address)
        if len(found) >= MAX_ADDRESSES:
            break
    if not any(address.email for address in found) and "=?" in text:
        return _encoded_whole(value, hint) or tuple(found)
    return tuple(found)


def parse_text(value: str) -> tuple[Address, ...]:
    """Like `parse`, for an address list that is already text."""
    return parse(value.encode("utf-8", "replace"))


@dataclass(slots=True)
class _Chunk:
    """One comma-separated stretch: words before the angle, angle addresses, comments, oddities."""

    words: list[tuple[str, str]]
    angles: list[str]
    comments: list[str]
    after: list[str]
    is_broken: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.angles or self.comments or self.is_broken)

    @property
    def plain(self) -> str:
        return "".join(text for _, text in self.words).strip()


def _new() -> _Chunk:
    return _Chunk([], [], [], [])


def _chunks(text: str) -> list[_Chunk]:
    """Split at top-level commas and semicolons, comments lifted out; a group's name is dropped."""
    chunks = [_new()]
    depth = 0
    comment: list[str] = []
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup or "", match[0]
        if depth or piece == "(":
            depth += {"(": 1, ")": -1}.get(piece, 0)
            comment.append(piece)
            if not depth:
                chunks[-1].comments.append("".join(comment)[1:-1])
                if not chunks[-1].angles:
                    chunks[-1].words.append(("text", " "))
                comment.clear()
            continue
        _take(chunks, kind, piece)
    if depth:
        chunks[-1].is_broken = True
        chunks[-1].comments.append("".join(comment)[1:])
    return [chunk for chunk in chunks if not chunk.is_empty]


def _take(chunks: list[_Chunk], kind: str, piece: str) -> None:
    chunk = chunks[-1]
    if kind == "angle":
        chunk.angles.append(piece[1:-1])
    elif piece in {",", ";"}:
        chunks.append(_new())
    elif piece == ":" and not chunk.angles and "@" not in chunk.plain:
        if chunk.plain.lower() != "mailto":
            chunks[-1] = _new()
        else:
            chunk.words.clear()
    elif kind == "special" and piece in "[]:":
        chunk.words.append(("text", piece))
    elif kind in {"special", "escaped"}:
        chunk.is_broken = True
        chunk.words.append(("text", piece))
    elif chunk.angles:
        chunk.after.append(piece)
    elif kind == "quoted" or piece.strip() or chunk.words:
        chunk.words.append((kind, piece))


def _merged(chunks: list[_Chunk]) -> list[_Chunk]:
    """Rejoin ``Flores, Ana <ana@…>``: an unquoted comma within a name is common and harmless."""
    out: list[_Chunk] = []
    waiting: list[_Chunk] = []
    for chunk in chunks:
        is_bare = not chunk.angles and "@" not in chunk.plain and not chunk.is_broken
        if is_bare and chunk.words and not any(kind == "quoted" for kind, _ in chunk.words):
            waiting.append(chunk)
            continue
        if chunk.angles and chunk.plain and 0 < len(waiting) <= 2:
            for before in reversed(waiting):
                chunk.words[:0] = [*before.words, ("text", ", ")]
        else:
            out.extend(waiting)
        waiting = []
        out.append(chunk)
    return out + waiting


def _mailbox(chunk: _Chunk) -> Address | None:
    name = _name(chunk)
    shown = charsets.one_line(
        " ".join(filter(None, [name if chunk.angles else "", *(chunk.angles or [chunk.plain])]))
    )
    after = "".join(chunk.after).strip()
    if len(set(chunk.angles)) > 1 or "@" in after:
        return Address(name=name, text=shown, doubt="The sender line names more than one address.")
    if chunk.angles:
        if chunk.angles[0].strip() == "":
            return Address(name=name, text=shown or "<>", doubt="The address is empty.")
        email = _spec(chunk.angles[0])
    else:
        email = "" if chunk.is_broken else _spec(chunk.plain)
    if email:
        doubt = "The address was badly written." if after or chunk.is_broken else ""
        return Address(name=name if name != email else "", email=email, text=shown, doubt=doubt)
    return _rescued(chunk, name, shown)


def _rescued(chunk: _Chunk, name: str, shown: str) -> Address | None:
    """A broken mailbox that still can mean one address only; else marked as unusable."""
    whole = " ".join([chunk.plain, *chunk.angles])
    candidates = [word.strip("<>'\",;.") for word in re.split(r"[\s<>]+", whole) if "@" in word]
    if len(candidates) == 1 and whole.count("@") == 1 and (email := _spec(candidates[0])):
        name = _text(whole.replace(candidates[0], "").replace("<", "").replace(">", ""))
        return Address(name=name, email=email, text=shown, doubt="The address was badly written.")
    if not shown and not name:
        return None
    return Address(name=name or _text(shown), text=_text(shown), doubt="This is no e-mail address.")


def _encoded_whole(value: bytes, hint: str) -> tuple[Address, ...]:
    """An address hidden inside encoded text: usable, but marked, since filters may not see it."""
    found = parse_text(words.decode(value, hint).replace("=?", ""))
    if len(found) != 1 or not found[0].email:
        return ()
    one = found[0]
    doubt = "The address was hidden inside encoded text."
    return (Address(name=one.name, email=one.email, text=one.text, doubt=doubt),)


def _name(chunk: _Chunk) -> str:
    if not chunk.angles:
        return _text(" ".join(chunk.comments)) if "@" in chunk.plain else ""
    pieces = [_unquoted(text) if kind == "quoted" else text for kind, text in chunk.words]
    return _text("".join(pieces)) or _text(" ".join(chunk.comments))


def _unquoted(quoted: str) -> str:
    return _ESCAPE.sub(r"\1", quoted[1:-1])


def _text(value: str) -> str:
    """Display text: encoded words decoded, on one line, without quotes around it."""
    shown = words.decode(value.encode("utf-8", "replace")) if "=?" in value else value
    return " ".join(charsets.one_line(shown).split()).strip("'\" <>")


def _spec(text: str) -> str:
    """The addr-spec, tidied; empty when the text is not exactly one."""
    spec = _AROUND.sub(r"\1", text.strip()) if " " in text or "\t" in text else text
    for _ in range(spec.count("(") if spec.count("(") <= 4 else 0):
        spec = _COMMENT.sub("", spec)
    if route := _ROUTE.match(spec):
        spec = spec[route.end() :]
    if spec[:7].lower() == "mailto:":
        spec = spec[7:]
    if len(spec) > 2 and spec[0] == spec[-1] == "'":
        spec = spec[1:-1]
    match = _SPEC.match(spec)
    if not match or len(spec) > 320:
        return ""
    local, domain = match[1], match[2].rstrip(".").lower()
    is_sound = ".." not in domain and not domain.startswith(".")
    return f"{local}@{domain}" if is_sound and domain and _printable(spec) else ""


def _printable(text: str) -> bool:
    return charsets.clean(text) == text and "\ufffd" not in text
