"""Content-Type and Content-Disposition with their parameters (RFC 2045, RFC 2231)."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from homeroom.kit.mail import charsets, words
from homeroom.kit.mail.bounds import MAX_PARAMETERS

_MAIN = re.compile(r"\s*([^\s;/()]{0,80}(?:/[^\s;()]{0,120})?)")
_PARAMETER = re.compile(
    r"""[;\s]\s*+([^\s=;:"]{1,80})\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)"?|([^;"]*+[^;]*+))""", re.DOTALL
)
_ESCAPED = re.compile(r"\\([\"\\])")
_SECTION = re.compile(r"(.+?)\*(\d{1,4})(\*?)\Z")


def parse(value: bytes, hint: str = "") -> tuple[str, Mapping[str, str]]:
    """The main value in lower case, and its parameters decoded, names in lower case.

    The first of two equal names wins; continued (``name*0*=``) parameters are joined in order.
    """
    text = value.replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")
    main = _MAIN.match(text)
    end = main.end() if main else 0
    found: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(" " + text[end:])):
        if count >= MAX_PARAMETERS:
            break
        raw = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3].strip()
        _file(match[1].lower(), raw, found, sections, hint)
    for name, pieces in sections.items():
        found[name] = _joined(pieces) or found.get(name, "")
    return (main[1].lower() if main else ""), found


def _file(
    name: str,
    raw: str,
    found: dict[str, str],
    sections: dict[str, dict[int, tuple[bool, str]]],
    hint: str,
) -> None:
    if section := _SECTION.match(name):
        sections.setdefault(section[1], {}).setdefault(int(section[2]), (bool(section[3]), raw))
    elif name.endswith("*") and len(name) > 1:
        sections.setdefault(name[:-1], {}).setdefault(0, (True, raw))
    elif name not in found:
        found[name] = words.decode(raw.encode("latin-1"), hint)


def _joined(pieces: Mapping[int, tuple[bool, str]]) -> str:
    charset = ""
    data: list[bytes] = []
    for number, (is_encoded, raw) in sorted(pieces.items()):
        if number == 0 and is_encoded and raw.count("'") >= 2:
            charset = raw.partition("'")[0]
            octets = raw.split("'", 2)[2].encode("latin-1", "replace")
        else:
            octets = raw.encode("latin-1", "replace")
        data.append(unquote_to_bytes(octets) if is_encoded else octets)
    joined = b"".join(data)
    if not charset and b"=?" in joined:
        return words.decode(joined)
    return charsets.one_line(charsets.decode(joined, charset)[0])


_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


def file_name(value: str) -> str:
    """A declared file name without folders and controls, at most 200 characters; may be empty."""
    base = _UNSAFE.sub("", value).replace("\\", "/").rstrip("/").rpartition("/")[2].strip(" \"'")
    if base in {"", ".", ".."}:
        return ""
    if len(base) <= 200:
        return base
    stem, dot, ending = base.rpartition(".")
    return f"{stem[: 199 - len(ending)]}.{ending}" if dot and len(ending) <= 12 else base[:200]
