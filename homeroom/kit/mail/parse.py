"""Any bytes to a `Mail`. Nothing here raises, and nothing that was sent is dropped unsaid."""

import html as entities
from dataclasses import dataclass

from homeroom.kit.mail import htmltext
from homeroom.kit.mail.bounds import MAX_MESSAGE, MAX_TEXT
from homeroom.kit.mail.contents import Contents, File, Piece, files_of_rest, read_contents
from homeroom.kit.mail.headers import Headers, read_head
from homeroom.kit.mail.tree import Part, part_from, read_tree

_STUBS = (
    "does not support html", "doesn't support html", "not support html", "html-enabled",
    "html enabled", "html-capable", "html compatible", "view this email in html",
    "view this message in html", "this is an html", "requires html", "enable html", "html message",
    "view the message, please use", "html email client", "no admite html", "no soporta html",
    "compatible con html", "kein html", "compatible html", "view it in your browser",
    "view this email in your browser", "não suporta html", "formato html", "format html",
)  # fmt: skip
_ONLY_MESSAGE = frozenset({"message/rfc822", "message/global"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message taken apart.

    `text` is the readable body, with HTML turned into text where that is all there is;
    `quote_starts` are the line numbers of `text` at which HTML said that a quote begins.
    """

    headers: Headers
    media_type: str = "text/plain"
    report_type: str = ""
    text: str = ""
    html: str = ""
    quote_starts: tuple[int, ...] = ()
    files: tuple[File, ...] = ()
    reports: tuple[tuple[str, bytes], ...] = ()
    remarks: tuple[str, ...] = ()
    is_encrypted: bool = False


def parse(raw: bytes) -> Mail:
    """The message taken apart, by the first rung that bears: in full, else headers only."""
    if len(raw) > MAX_MESSAGE:
        return _headers_only(raw[:MAX_MESSAGE], raw, "The message is too large to be opened.")
    try:
        return _full(_with_line_feeds(raw), depth=0)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        reason = f"The message could not be taken apart ({type(error).__name__})."
        return _headers_only(raw, raw, reason)


def _with_line_feeds(raw: bytes) -> bytes:
    """The bytes with usable line breaks: lone CR and CR CR LF are repaired, all else is left."""
    sample = raw[:65536]
    if b"\r" not in sample:
        return raw
    if b"\n" not in sample:
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    doubled = sample.count(b"\r\r\n")
    return raw.replace(b"\r\r\n", b"\r\n") if doubled * 2 > sample.count(b"\n") else raw


def _full(raw: bytes, depth: int) -> Mail:
    head = read_head(raw, 0)
    root = part_from(head.fields)
    root.start, root.end = head.body, len(raw)
    tree = read_tree(raw, root)
    contents = read_contents(raw, root)
    contents.files.extend(files_of_rest(raw, tree.rest))
    _fall_back(raw, root, contents, depth)
    text, starts = _joined_text(contents.pieces)
    return Mail(
        headers=root.headers,
        media_type=root.media_type,
        report_type=root.parameters.get("report-type", "").lower(),
        text=text,
        html=_joined_html(contents.pieces),
        quote_starts=starts,
        files=tuple(contents.files),
        reports=tuple(contents.reports),
        remarks=tuple(dict.fromkeys((*head.remarks, *tree.remarks, *contents.remarks))),
        is_encrypted=_is_encrypted(root),
    )


def _headers_only(raw: bytes, whole: bytes, reason: str) -> Mail:
    try:
        headers = Headers(read_head(raw, 0).fields)
    except (ValueError, LookupError):
        headers = Headers()
    file = File(name="message.eml", media_type="message/rfc822", content=whole)
    return Mail(
        headers=headers, text="", files=(file,), remarks=(f"{reason} It is attached whole.",)
    )


def _fall_back(raw: bytes, root: Part, contents: Contents, depth: int) -> None:
    """Without readable text: that of a bare forwarded message, or the text before the parts."""
    if any((piece.plain or piece.html or "").strip() for piece in contents.pieces):
        return
    nested = [body for kind, body in contents.reports if kind in _ONLY_MESSAGE]
    if nested and depth < 3:
        inner = _full(nested[0], depth + 1)
        title = [
            f"{name.title()}: {inner.headers.get(name)}" for name in ("from", "date", "subject")
        ]
        contents.pieces.append(Piece(plain="\n".join([*title, "", inner.text])))
    elif root.is_multipart and root.children:
        _preamble(raw, root, contents)
    elif root.media_type.startswith("text/") and contents.files and root.disposition == "":
        content = contents.files[0].content[:MAX_TEXT]
        contents.pieces.append(Piece(plain=content.decode("utf-8", "replace").replace("\x00", "")))


def _preamble(raw: bytes, root: Part, contents: Contents) -> None:
    first = raw.find(b"\n--", max(0, root.start - 1), root.end)
    before = raw[root.start : max(first, root.start)].decode("utf-8", "replace")
    if before.strip() and "mime" not in before.lower():
        contents.pieces.append(Piece(plain=before.replace("\r\n", "\n")))


def _joined_text(pieces: list[Piece]) -> tuple[str, tuple[int, ...]]:
    lines: list[str] = []
    starts: list[int] = []
    for piece in pieces:
        shown: tuple[str, ...] | list[str]
        if piece.plain is not None and (piece.html is None or _says_enough(piece.plain)):
            shown = piece.plain.rstrip("\n").split("\n")
        elif piece.html is not None:
            rendered = htmltext.render(piece.html)
            shown = rendered.lines
            starts.extend(len(lines) + start for start in rendered.quote_starts)
            if not any(line.strip() for line in shown) and piece.plain:
                shown = piece.plain.split("\n")
        else:
            continue
        if any(line.strip() for line in shown):
            lines.extend(shown)
    return "\n".join(lines), tuple(starts)


def _says_enough(plain: str) -> bool:
    """Whether a plain form is more than a hint that the reader should look at the HTML."""
    said = plain.strip()
    if not said:
        return False
    if len(said) > 400:
        return "<html" not in said[:200].lower()
    small = said.lower()
    return not any(stub in small for stub in _STUBS)


def _joined_html(pieces: list[Piece]) -> str:
    if not any(piece.html for piece in pieces):
        return ""
    return "\n".join(
        piece.html if piece.html is not None else f"<pre>{entities.escape(piece.plain or '')}</pre>"
        for piece in pieces
    )[:MAX_TEXT]


def _is_encrypted(root: Part) -> bool:
    if root.media_type == "multipart/encrypted":
        return True
    kind = root.parameters.get("smime-type", "").lower()
    return root.media_type.endswith("pkcs7-mime") and kind in {"", "enveloped-data"}
