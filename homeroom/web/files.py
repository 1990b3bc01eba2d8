"""Handing out files that strangers sent: by the type of their content, harmless in a browser."""

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.http import HttpResponse

from homeroom.kit.blobs import SHOWN_INLINE

if TYPE_CHECKING:
    from homeroom.tickets.models import Attachment

POLICY = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
"""Whatever a file turns out to be, it runs nothing and loads nothing."""
_UNSAFE = re.compile(r"[^\w.()\- ]+", re.ASCII)
_LONGEST = 120


def hand_out(file: "Attachment") -> HttpResponse:
    """The bytes of a file: pictures may be drawn in a page, everything else is downloaded."""
    kind = file.blob.media_type
    is_inline = kind in SHOWN_INLINE
    response = HttpResponse(bytes(file.blob.content), content_type=kind)
    response.headers["Content-Disposition"] = _disposition(file.name, is_inline=is_inline)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _disposition(name: str, *, is_inline: bool) -> str:
    """RFC 6266: a plain name for every browser, the true one for those that read it."""
    clean = "".join(letter for letter in name if letter.isprintable()).strip(". ")[-_LONGEST:]
    plain = _UNSAFE.sub("_", clean).strip(". _") or "file"
    way = "inline" if is_inline else "attachment"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean or 'file', safe='')}"


def size(n_bytes: int) -> str:
    """A file's size in words: ``240 KB``, ``1.2 MB``."""
    if n_bytes < 1_000_000:
        return f"{max(1, round(n_bytes / 1000))} KB"
    return f"{n_bytes / 1_000_000:.1f} MB"
