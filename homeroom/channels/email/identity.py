"""Which message this is, and which messages it answers."""

import hashlib
import re
from typing import Final

from homeroom.kit.mail.headers import Headers

MAX_REFERENCES: Final = 100
_IDENTIFIER = re.compile(r"<([^<>\s]{1,900}(?:[ \t]+[^<>\s]{1,900}){0,2})>")
_BARE = re.compile(r"[^\s<>,;\"()]{3,900}")


def external_id(headers: Headers, raw: bytes) -> str:
    """The Message-ID without brackets; ``gen:`` and the SHA-256 of the bytes when it has none."""
    found = identifiers(headers.get("message-id"))
    return found[0] if found else f"gen:{hashlib.sha256(raw).hexdigest()}"


def identifiers(value: str) -> tuple[str, ...]:
    """The message identifiers in a header value, in order, each once, at most `MAX_REFERENCES`.

    Bare identifiers without brackets count when they hold an ``@``, or stand alone.
    """
    found = [re.sub(r"\s+", "", one) for one in _IDENTIFIER.findall(value)]
    if not found:
        bare = _BARE.findall(value)
        found = [one for one in bare if "@" in one] or (bare if len(bare) == 1 else [])
    return tuple(dict.fromkeys(found))[-MAX_REFERENCES:]


def in_reply_to(headers: Headers) -> str:
    """The identifier of the message answered; the last when several are named, empty when none."""
    found = identifiers(headers.get("in-reply-to"))
    return found[-1] if found else ""


def references(headers: Headers) -> tuple[str, ...]:
    """The identifiers of the thread, oldest first, the newest last."""
    value = " ".join(headers.all("references"))
    return identifiers(value)
