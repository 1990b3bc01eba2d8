"""Content-Transfer-Encoding undone, as far as the bytes allow."""

import binascii
import re

_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PADDING = re.compile(rb"=+")
_BEGIN = re.compile(r"^begin[ \t]+[0-7]{3,4}[ \t]+(\S[^\n]{0,254})$", re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")


def base64(data: bytes) -> bytes:
    """The bytes behind base64 text; foreign characters are skipped, a lost tail is left off."""
    packed = data.translate(None, _NOT_BASE64)
    if b"=" in packed.rstrip(b"="):
        return b"".join(_block(piece) for piece in _PADDING.split(packed))
    return _block(packed.rstrip(b"="))


def _block(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def coding_of(value: str) -> str:
    """The coding's name: ``base64``, ``quoted-printable``, ``uuencode`` or ``identity``."""
    name = value.strip(" \t;\"'").lower().replace("_", "-")
    if name.startswith(("base64", "base-64", "b64")):
        return "base64"
    if name.startswith(("quoted-print", "quoted print", "quotedprint")):
        return "quoted-printable"
    if name.startswith(("x-uue", "uue", "x-uu", "uu")):
        return "uuencode"
    return "identity"


def decode(data: bytes, coding: str, *, is_text: bool = False) -> tuple[bytes, bool]:
    """The decoded bytes, and whether they are whole. Never raises.

    A text that claims base64 and plainly is none comes back as it is; list software that writes a
    plain footer below a base64 text gets its footer kept.
    """
    name = coding_of(coding)
    if name == "base64":
        return _text_base64(data) if is_text else (base64(data), True)
    if name == "quoted-printable":
        return binascii.a2b_qp(data), True
    if name == "uuencode":
        found = uudecode(data.decode("latin-1"))
        return (found[0][1], True) if found else (data, False)
    return data, True


def _text_base64(data: bytes) -> tuple[bytes, bool]:
    head, foot = _split_foot(data)
    if _is_clean(head):
        return base64(head) + foot, True
    packed = data.translate(None, b" \t\r\n")
    strange = len(packed) - len(packed.translate(None, _NOT_BASE64))
    if strange * 10 > len(packed) or data.strip().count(b" ") * 20 > len(packed):
        return data, False
    return base64(data), False


def _split_foot(data: bytes) -> tuple[bytes, bytes]:
    """A base64 text, and the plain words that list software wrote below its blank line."""
    blank = _BLANK.search(data.rstrip())
    if blank and b" " in data[blank.end() :].strip():
        return data[: blank.start()], b"\n" + data[blank.end() :]
    return data, b""


def _is_clean(data: bytes) -> bool:
    packed = data.translate(None, b"\t\r\n")
    return bool(packed.strip()) and packed.strip() == packed.strip().translate(None, _NOT_BASE64)


def uudecode(text: str) -> list[tuple[str, bytes, int, int]]:
    """Each uuencoded file in a text: name, bytes, and the span of the text that held it."""
    found: list[tuple[str, bytes, int, int]] = []
    at = 0
    while begin := _BEGIN.search(text, at):
        content, end = _uu_lines(text, begin.end() + 1)
        at = max(end, begin.end())
        if content:
            found.append((begin[1].strip(), content, begin.start(), end))
    return found


def _uu_lines(text: str, at: int) -> tuple[bytes, int]:
    out: list[bytes] = []
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop].rstrip("\r")
        if line == "end":
            return b"".join(out), stop
        if not (data := _uu_line(line)) and line.strip(" `"):
            break
        out.append(data)
        at = stop + 1
    # Without its end line only a block of several sound lines is believed to be a file.
    return (b"".join(out), min(at, len(text))) if len(out) >= 3 else (b"", at)


def _uu_line(line: str) -> bytes:
    if not line or not line.isascii() or len(line) > 100:
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        pass
    size = ((ord(line[0]) - 32) & 63) * 4 // 3 + 2
    try:
        return binascii.a2b_uu(line[: size + 1])
    except binascii.Error:
        return b""
