"""Bytes to text, whatever charset the sender claims."""

import codecs
import re
from functools import lru_cache
from typing import Final

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:()+-]{0,39}\Z")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n?|\x85|\u2028|\u2029|\x0c")
_JIS_ESCAPE = (b"\x1b$B", b"\x1b$@", b"\x1b(J")

# WHATWG Encoding Standard labels, plus names that mail programs are known to invent.
_ALIASES: Final = {
    "ascii": "", "us-ascii": "", "ansi_x3.4-1968": "", "iso646-us": "", "646": "",
    "unknown": "", "unknown-8bit": "", "x-unknown": "", "8bit": "", "7bit": "", "binary": "",
    "default": "", "default_charset": "", "x-user-defined": "", "none": "", "auto": "",
    "utf8": "utf-8", "utf-8-mac": "utf-8", "unicode": "utf-16", "ucs-2": "utf-16",
    "utf8mb4": "utf-8", "cp65001": "utf-8", "unicode-1-1-utf-7": "utf-7", "utf7": "utf-7",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "iso-8859-1-windows-3.1-latin-1": "cp1252", "ansi": "cp1252",
    "cp-1252": "cp1252", "x-ansi": "cp1252", "ansi_x3.110-1983": "cp1252", "iso8859_1": "cp1252",
    "windows1252": "cp1252", "win-1252": "cp1252", "iso-8859-9": "cp1254", "latin5": "cp1254",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "logical": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6", "iso-8859-6-e": "iso-8859-6", "windows-874": "cp874",
    "iso-8859-11": "cp874", "tis-620": "cp874", "x-sjis": "cp932", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932",
    "x-ms-cp932": "cp932", "cp-932": "cp932", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949",
    "ksc5601": "cp949", "euc-kr": "cp949", "windows-949": "cp949", "x-windows-949": "cp949",
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "cn-gb": "gb18030", "euc-cn": "gb18030", "cp936": "gb18030", "big5": "big5hkscs",
    "x-x-big5": "big5hkscs", "cn-big5": "big5hkscs", "big5-eten": "big5hkscs",
    "x-euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp_ext", "csiso2022jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext", "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman", "mac": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ce": "mac-latin2", "x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-cp1252": "cp1252",
    "cp-850": "cp850", "dos-866": "cp866", "hz-gb-2312": "hz",
}  # fmt: skip
_REFUSED: Final = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape",
                             "undefined", "mbcs", "oem"})  # fmt: skip
_STATEFUL: Final = ("iso2022", "utf-7", "utf-16", "utf-32", "hz", "cp037", "cp500", "cp1140")
_MULTIBYTE: Final = ("gb", "big5", "cp932", "cp949", "cp950", "euc", "shift", "johab", "iso2022")


@lru_cache(maxsize=512)
def codec_for(declared: str) -> str:
    """The Python codec for a declared charset; empty when none is declared, known or safe."""
    name = declared.strip(" \t\"'<>;,").lower()
    if not _NAME.match(name):
        return ""
    name = _ALIASES.get(name, name)
    if not name:
        return ""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, ImportError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name.replace("_", "-") not in _REFUSED else ""


def header_hint(declared: str) -> str:
    """The codec for raw 8-bit headers; empty when ASCII letters mean something else in it."""
    codec = codec_for(declared)
    return "" if codec.startswith(_STATEFUL) else codec


def decode(data: bytes, declared: str = "") -> tuple[str, bool]:
    """The text, and whether nothing of it had to be guessed away.

    Valid UTF-8 wins over a declared single-byte charset: accented text in such a charset is
    almost never valid UTF-8, while wrong labels are common.
    """
    codec = codec_for(declared)
    if codec.startswith(_STATEFUL):
        return _stateful(data, codec)
    if data.isascii():
        return (_jis(data) or data.decode("ascii")), True
    if codec.startswith(_MULTIBYTE):
        return _with(data, codec)
    return _utf8_first(data, codec)


def _utf8_first(data: bytes, codec: str) -> tuple[str, bool]:
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        pass
    if codec and codec != "utf-8":
        return _with(data, codec)
    lenient = data.decode("utf-8-sig", "replace")
    good = sum(1 for c in set(lenient) if c > "\x7f" and c != "\ufffd")
    if good and lenient.count("\ufffd") * 10 <= len(lenient):
        return lenient, False
    return windows(data), not codec


def windows(data: bytes) -> str:
    """Windows-1252 with its five holes filled from Latin-1; cannot fail."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _with(data: bytes, codec: str) -> tuple[str, bool]:
    try:
        return data.decode(codec), True
    except (UnicodeError, ValueError):
        pass
    if codec == "cp1252":
        return windows(data), True
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return data.decode(codec, "replace"), False


def _stateful(data: bytes, codec: str) -> tuple[str, bool]:
    if codec == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        # RFC 2781: big-endian without a mark; Windows programs write the other order.
        sample = data[:512]
        codec = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    try:
        return data.decode(codec).removeprefix("\ufeff"), True
    except (UnicodeError, ValueError):
        pass
    if b"\x1b" not in data and b"\x00" not in data and codec.startswith(("iso2022", "utf-16")):
        return _utf8_first(data, "")
    return data.decode(codec, "replace"), False


def _jis(data: bytes) -> str:
    """Unlabelled ISO-2022-JP betrays itself by its escapes; empty when it is not that."""
    if b"\x1b" not in data or not any(mark in data for mark in _JIS_ESCAPE):
        return ""
    try:
        return data.decode("iso2022_jp_ext")
    except (UnicodeError, ValueError):
        return ""


def clean(text: str) -> str:
    """The text with LF as its only line break and without NUL, controls and lone surrogates."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """The text on one line: line breaks and tabs become spaces, controls go, ends are trimmed."""
    return clean(text).replace("\n", " ").replace("\t", " ").strip()
