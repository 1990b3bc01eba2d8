"""Reads of what waits for a person to decide: held and quarantined things as they came."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import BinaryField, Q
from django.db.models.functions import Substr

from homeroom.channels import line
from homeroom.channels.envelopes import ASIDE
from homeroom.channels.models import Envelope
from homeroom.kit.errors import Expected
from homeroom.kit.mail.addresses import parse as mailboxes
from homeroom.kit.mail.headers import Headers, read_head

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

PAGE = 20
HEAD = 32_768
"""Bytes read of each thing for its list row: a header block is shorter."""
RAW = 262_144
"""Bytes of a thing that are shown as text."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits, with who says they sent it and its subject, both claims."""

    envelope: Envelope
    sender: str
    subject: str
    size: int
    """Bytes as it came."""


def waiting(
    *, viewer: "Viewer", after: tuple[datetime, int] | None = None, limit: int = PAGE
) -> list[Waiting]:
    """What waits, newest first, one more than `limit`; `after` is (received_at, id) of the last."""
    if viewer.kind not in {"administrator", "system"}:
        return []
    rows = Envelope.objects.filter(state__in=ASIDE)
    if after is not None:
        at, number = after
        rows = rows.filter(received_at__lte=at).filter(Q(received_at__lt=at) | Q(pk__lt=number))
    rows = rows.annotate(
        head=Substr("raw__content", 1, HEAD, output_field=BinaryField())
    ).select_related("raw")
    found = rows.defer("raw__content").order_by("-received_at", "-id")
    return [_row(one, bytes(one.head or b"")) for one in found[: limit + 1]]


def one(number: int | None, *, viewer: "Viewer") -> Envelope | None:
    """The thing of that number, while it waits."""
    if viewer.kind not in {"administrator", "system"}:
        return None
    return Envelope.objects.filter(pk=number or 0, state__in=ASIDE).select_related("raw").first()


def count(*, viewer: "Viewer", most: int = 99) -> int:
    """How many wait, counted to `most` + 1 and no further."""
    if viewer.kind not in {"administrator", "system"}:
        return 0
    return len(Envelope.objects.filter(state__in=ASIDE).values_list("id")[: most + 1])


def as_text(envelope: Envelope) -> str:
    """The first `RAW` bytes as they came, as text in which nothing hides."""
    raw = bytes(envelope.raw.content)
    text = _CONTROLS.sub("\ufffd", raw[:RAW].decode("utf-8", "replace").replace("\r\n", "\n"))
    more = len(raw) - RAW
    return f"{text}\n\n[{more} more bytes]\n" if more > 0 else text


def _row(envelope: Envelope, head: bytes) -> Waiting:
    sender, subject = (_mail if envelope.form == Envelope.Form.RFC822 else _line)(head)
    return Waiting(
        envelope=envelope,
        sender=_CONTROLS.sub("", sender)[:200],
        subject=_CONTROLS.sub("", subject)[:200],
        size=envelope.raw.size,
    )


def _mail(head: bytes) -> tuple[str, str]:
    headers = Headers(fields=read_head(head, 0).fields)
    senders = mailboxes(headers.raw("from"))
    return (senders[0].email or senders[0].text) if senders else "", headers.get("subject")


def _line(head: bytes) -> tuple[str, str]:
    """Sender and subject of a JSON line; a line longer than its head is not read."""
    try:
        inbound = line.read(line.parse(head))
    except Expected:
        return "", ""
    names: Sequence[str] = (inbound.sender.email, inbound.sender.phone, inbound.sender.name)
    return next(filter(None, names), ""), inbound.subject or inbound.text[:100]
