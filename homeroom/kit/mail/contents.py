"""What of a MIME tree is to be read, and what came along."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from homeroom.kit.mail import charsets, flowed, transfer
from homeroom.kit.mail.bounds import MAX_TEXT
from homeroom.kit.mail.tree import Part

_READABLE = frozenset(
    {
        "text/plain",
        "text/html",
        "text/enriched",
        "text/richtext",
        "text/markdown",
        "text/x-markdown",
    }
)
_SHADOWS = frozenset({"text/x-amp-html", "text/watch-html", "application/x-watch-html"})
_ENDINGS = {
    "text/plain": "txt", "text/html": "html", "text/calendar": "ics", "text/csv": "csv",
    "text/vcard": "vcf", "text/x-vcard": "vcf", "text/directory": "vcf", "text/xml": "xml",
    "image/jpeg": "jpg", "image/jpg": "jpg", "image/pjpeg": "jpg", "image/png": "png",
    "image/gif": "gif", "image/svg+xml": "svg", "image/tiff": "tif", "image/bmp": "bmp",
    "image/heic": "heic", "image/webp": "webp", "application/pdf": "pdf",
    "application/zip": "zip", "application/ms-tnef": "dat", "application/vnd.ms-tnef": "dat",
    "application/pgp-signature": "asc", "application/pgp-keys": "asc",
    "application/pgp-encrypted": "asc", "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s", "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m", "application/ics": "ics", "application/json": "json",
    "application/xml": "xml", "application/msword": "doc", "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls", "audio/wav": "wav", "audio/x-wav": "wav",
    "audio/mpeg": "mp3", "audio/amr": "amr", "audio/mp4": "m4a", "video/mp4": "mp4",
    "video/quicktime": "mov", "message/rfc822": "eml", "message/global": "eml",
    "message/delivery-status": "txt", "message/disposition-notification": "txt",
    "text/rfc822-headers": "txt", "message/feedback-report": "txt", "message/partial": "eml",
}  # fmt: skip
_STEMS = {
    "text/calendar": "invite", "application/ms-tnef": "winmail", "application/pkcs7-mime": "smime",
    "application/vnd.ms-tnef": "winmail", "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime", "application/x-pkcs7-mime": "smime",
    "application/pgp-signature": "signature", "message/delivery-status": "delivery-status",
    "text/rfc822-headers": "original-headers", "message/rfc822": "message",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One attachment, decoded."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of readable body: in plain text, in HTML, or in both forms."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Contents:
    """The pieces in reading order, the files, and remarks about repairs."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    reports: list[tuple[str, bytes]] = field(default_factory=list)
    """Machine-readable parts: media type and decoded bytes (delivery reports, attached headers)."""
    remarks: list[str] = field(default_factory=list)


def read_contents(raw: bytes, root: Part) -> Contents:
    """Walk the tree into pieces and files; nothing that was sent is left in neither."""
    into = Contents()
    into.pieces.extend(_walk(raw, root, into, is_first=True))
    return into


def _walk(raw: bytes, part: Part, into: Contents, *, is_first: bool = False) -> list[Piece]:
    if not part.children:
        return _leaf(raw, part, into, is_first=is_first)
    if part.media_type == "multipart/alternative":
        return _alternatives(raw, part, into)
    pieces: list[Piece] = []
    for child in part.children:
        may_be_body = is_first and not any(piece.plain or piece.html for piece in pieces)
        pieces.extend(_walk(raw, child, into, is_first=may_be_body))
    return pieces


def _alternatives(raw: bytes, part: Part, into: Contents) -> list[Piece]:
    """One piece in two forms. Of equal forms the last that says anything wins (RFC 2046)."""
    plains: list[str] = []
    htmls: list[str] = []
    for child in part.children:
        if child.media_type in _SHADOWS:
            continue
        found = _walk(raw, child, into, is_first=True)
        if texts := [piece.plain for piece in found if piece.plain is not None]:
            plains.append("\n".join(texts))
        if pages := [piece.html for piece in found if piece.html is not None]:
            htmls.append("\n".join(pages))
    if not plains and not htmls:
        return []
    return [Piece(_last_that_says(plains), _last_that_says(htmls))]


def _last_that_says(forms: list[str]) -> str | None:
    said = [form for form in forms if form.strip()]
    return said[-1] if said else (forms[-1] if forms else None)


def _leaf(raw: bytes, part: Part, into: Contents, *, is_first: bool) -> list[Piece]:
    if part.is_multipart:
        return _unopened(raw, part)
    content, is_whole = _content(raw, part)
    if part.media_type.startswith(("message/", "text/rfc822-headers")):
        into.reports.append((part.media_type, content))
    if not _is_body(part, content, is_first=is_first):
        if content or part.file_name or part.disposition:
            into.files.append(_file(part, content, len(into.files) + 1))
        return []
    text, is_sure = charsets.decode(content, part.parameters.get("charset", ""))
    if not (is_sure and is_whole):
        into.remarks.append("Some letters could not be read as the message declared them.")
    return [_piece(part, charsets.clean(text), content, into)]


def _unopened(raw: bytes, part: Part) -> list[Piece]:
    """A container without parts: its text is all there is."""
    text = charsets.clean(charsets.decode(raw[part.start : part.end])[0])
    return [Piece(plain=text)] if text.strip() else []


def _content(raw: bytes, part: Part) -> tuple[bytes, bool]:
    data = raw[part.start : max(part.start, part.end)]
    coding = part.headers.get("content-transfer-encoding")
    if part.media_type.startswith("message/") and transfer.coding_of(coding) == "base64":
        return transfer.decode(data, coding, is_text=b":" in data[:200])
    is_text = part.media_type.startswith("text/") and part.disposition != "attachment"
    return transfer.decode(data, coding, is_text=is_text)


def _is_body(part: Part, content: bytes, *, is_first: bool) -> bool:
    if part.media_type not in _READABLE:
        return False
    if part.disposition == "attachment":
        return is_first and not part.file_name and part.depth == 0
    if part.file_name and not (is_first and part.disposition != "inline"):
        return False
    return b"\x00\x00\x00" not in content[:4096] or part.media_type != "text/plain"


def _piece(part: Part, text: str, content: bytes, into: Contents) -> Piece:
    if len(text) > MAX_TEXT:
        into.remarks.append("The text is very long: its beginning is shown, the whole is attached.")
        into.files.append(_file(part, content, len(into.files) + 1))
        text = text[:MAX_TEXT]
    if part.media_type == "text/html":
        return Piece(html=text)
    if part.media_type in {"text/enriched", "text/richtext"}:
        return Piece(html=text.replace("<<", "&lt;").replace("\n\n", "<br>"))
    if part.parameters.get("format", "").lower() == "flowed":
        is_delsp = part.parameters.get("delsp", "").lower() == "yes"
        text = flowed.unflow(text, delete_space=is_delsp)
    return Piece(plain=_without_uuencoded(text, into))


def _without_uuencoded(text: str, into: Contents) -> str:
    if "begin " not in text:
        return text
    kept: list[str] = []
    at = 0
    for name, content, start, end in transfer.uudecode(text):
        into.files.append(File(name=name, media_type="application/octet-stream", content=content))
        kept.append(text[at:start])
        at = end
    return "".join(kept) + text[at:]


def _file(part: Part, content: bytes, number: int) -> File:
    content_id = part.headers.get("content-id").strip("<> ")
    return File(
        name=part.file_name or _made_name(part, content, number),
        media_type=part.media_type,
        content=content,
        content_id=content_id,
        is_inline=part.disposition == "inline" or (bool(content_id) and not part.disposition),
    )


def _made_name(part: Part, content: bytes, number: int) -> str:
    ending = _ENDINGS.get(part.media_type, "bin")
    if part.media_type in {"message/rfc822", "message/global"}:
        return f"{_subject_stem(content) or f'message-{number}'}.eml"
    if stem := _STEMS.get(part.media_type):
        return f"{stem}.{ending}"
    main = part.media_type.partition("/")[0]
    known = {"image": "image", "audio": "audio", "video": "video", "text": "text"}
    return f"{known.get(main, 'attachment')}-{number}.{ending}"


def _subject_stem(content: bytes) -> str:
    from homeroom.kit.mail.headers import Headers, read_head

    subject = Headers(read_head(content[:262_144], 0).fields).get("subject")
    return "".join(c if c.isalnum() or c in " -_.,()'" else "_" for c in subject)[:80].strip(" .")


def files_of_rest(raw: bytes, start: int) -> Iterable[File]:
    """What was not taken apart, as one file; nothing when all was."""
    if start < len(raw) and raw[start:].strip():
        yield File(name="rest-of-message.txt", media_type="text/plain", content=raw[start:])
