"""Bytes kept once, by their SHA-256, with the type that their content has."""

import hashlib
from datetime import datetime

import psycopg
from django.db import connection

from homeroom.kit.models import Blob

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
"""First bytes of the few types a page may show or name; everything else is octet-stream or text."""

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types a browser may draw inside a page; none of them can hold a script."""


def media_type(content: bytes) -> str:
    """The type of `content`, judged by its first bytes and never by its name."""
    for magic, kind in MAGIC:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] in {b"WEBP", b"WAVE"}:
        return "image/webp" if content[8:12] == b"WEBP" else "audio/wav"
    if content[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1"}:
        return "image/heic"
    if content[4:8] == b"ftyp":
        return "video/mp4"
    start = content[:2048]
    if b"\0" in start:
        return "application/octet-stream"
    try:
        start.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:
            return "application/octet-stream"
    return "text/plain"


def keep(content: bytes, *, now: datetime) -> str:
    """Store `content` unless it is stored already; its SHA-256, which is its name."""
    sha256 = hashlib.sha256(content).hexdigest()
    connection.ensure_connection()
    # Django's own cursor writes values into the statement, bytes as text twice as long.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            """INSERT INTO kit_blob (sha256, size, media_type, content, stored_at)
               VALUES (%s, %s, %s, %b, %s) ON CONFLICT (sha256) DO NOTHING""",
            [sha256, len(content), media_type(content), content, now],
        )
    return sha256


def content(sha256: str) -> bytes:
    """The bytes of that name.

    :raises Blob.DoesNotExist: when nothing of that name is stored.
    """
    return bytes(Blob.objects.values_list("content", flat=True).get(pk=sha256))
