"""A file of some kind becomes texts, each kind by its reader; strangers' programs in `apart`."""

import io
import zipfile
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from homeroom.knowledge.origins import Source
from homeroom.knowledge.sources import apart, tables
from homeroom.knowledge.sources.taken import Taken, Text, Unreadable, decoded, parted

MOST_BYTES: Final = 10_000_000
"""Of one file; a scanned handbook has as much."""
MOST_FILES: Final = 500
"""Of one folder."""
_ZIP: Final = b"PK\x03\x04"
_ENDINGS: Final = {
    ".csv": Source.Kind.TABLE,
    ".tsv": Source.Kind.TABLE,
    ".txt": Source.Kind.MARKDOWN,
    ".md": Source.Kind.MARKDOWN,
    ".ics": Source.Kind.CALENDAR,
    ".html": Source.Kind.WEBPAGE,
    ".htm": Source.Kind.WEBPAGE,
    ".pdf": Source.Kind.DOCUMENT,
}


def kind_of(content: bytes, name: str) -> Source.Kind:
    """What kind of file it is: by its first bytes where those tell, else by the end of its name.

    :raises Unreadable: when it is none that can be read.
    """
    if content.startswith(_ZIP):
        return Source.Kind.MARKDOWN
    start = content[:1_024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"%pdf-" in start:
        return Source.Kind.DOCUMENT
    if start.startswith(b"begin:vcalendar"):
        return Source.Kind.CALENDAR
    if start.startswith((b"<!doctype html", b"<html")):
        return Source.Kind.WEBPAGE
    found = _ENDINGS.get(PurePosixPath(name.lower()).suffix)
    if found is None or found in {Source.Kind.DOCUMENT, Source.Kind.CALENDAR}:
        raise Unreadable(
            "It is no file that can be read here. Give a table (CSV), a calendar (ICS), a page"
            " (HTML), a PDF, or Markdown."
        )
    return found


def called(source: Source) -> str:
    """What its file is called, or what its address ends in."""
    return source.file or urlsplit(source.address).path


def read(content: bytes, *, source: Source, zone: ZoneInfo, now: datetime) -> Taken:
    """What the content says, as the source's kind is read.

    :raises Unreadable: when nothing can be taken out of it.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(f"It is larger than {MOST_BYTES // 1_000_000} MB.")
    if source.kind == Source.Kind.TABLE:
        return tables.take(content, zone=zone, now=now, language=source.language)
    if source.kind == Source.Kind.CALENDAR:
        options = {"zone": zone.key, "now": now.isoformat(), "language": source.language}
        return apart.read("calendar", content, **options)
    if source.kind == Source.Kind.WEBPAGE:
        return apart.read("webpage", content, title=source.name)
    if source.kind == Source.Kind.DOCUMENT:
        return apart.read("document", content, title=source.name)
    return _folder(content) if content.startswith(_ZIP) else _markdown(content, source.name)


def _markdown(content: bytes, title: str, key: str = "") -> Taken:
    text = decoded(content)
    if "\0" in content[:1_024].decode("latin-1"):
        raise Unreadable("It is no text.")
    body = text.strip()
    if body.startswith("---\n") and "\n---" in body[3:]:
        body = body[3:].partition("\n---")[2].partition("\n")[2].strip()
    first, _, rest = body.partition("\n")
    if first.startswith("# ") and rest.strip():
        title, body = first[2:].strip()[:300], rest
    return parted(body, key=key, title=title)


def _folder(content: bytes) -> Taken:
    """The Markdown files of a zip, each as an article of its own."""
    texts: list[Text] = []
    remarks: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            entries = [one for one in folder.infolist() if one.filename.lower().endswith(".md")]
            if sum(one.file_size for one in entries) > MOST_BYTES or len(entries) > MOST_FILES:
                raise Unreadable(f"It holds more than {MOST_FILES} files, or too large ones.")
            for entry in sorted(entries, key=lambda one: one.filename):
                path = PurePosixPath(entry.filename)
                with folder.open(entry) as file:
                    said = file.read(entry.file_size + 1)
                try:
                    taken = _markdown(said, path.stem, "-".join(path.with_suffix("").parts)[:60])
                except Unreadable as error:
                    remarks.append(f"{path.name}: {error}")
                    continue
                texts += taken.texts
                remarks += taken.remarks
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise Unreadable("It cannot be read as a zip file.") from error
    if not texts:
        raise Unreadable("There is no Markdown file (.md) with text in it.")
    return Taken(texts=tuple(texts), remarks=tuple(remarks))
