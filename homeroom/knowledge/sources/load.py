"""sources.yaml and the files beside it in `sources/` become the district's sources."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from homeroom.district.folder.items import Item, items_of
from homeroom.district.folder.loading import Loading
from homeroom.district.folder.staging import Cursor
from homeroom.district.load import load_file, loading_of
from homeroom.district.models import District, Org, Service
from homeroom.district.report import Report, Tally
from homeroom.kit import outside
from homeroom.kit.errors import Expected
from homeroom.knowledge.load import AUDIENCES, VISIBILITIES
from homeroom.knowledge.origins import Source
from homeroom.knowledge.sources import keeping
from homeroom.knowledge.sources.taken import Unreadable

FILE: Final = "sources.yaml"
FOLDER: Final = "sources"
BROUGHT: Final = "sources"
"""The `source` of what the folder brings; it takes away only that."""


def load(folder: Path, *, now: datetime) -> Report:
    """What became of the folder's sources; nothing is said of a folder that has none.

    Files are taken in at once, addresses by a worker soon. What cannot be taken in keeps its last
    good copy.
    """
    if not (folder / FILE).exists() and not (folder / FOLDER).exists():
        return Report(files=())
    return Report(files=(load_file(FILE, _load, loading_of(folder, now=now)),))


def _load(_cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    schools = set(Org.objects.filter(kind="school").values_list("source_id", flat=True))
    services = {one.source_id: one for one in Service.objects.select_related("department")}
    seen: set[str] = set()
    files: set[str] = set()
    for item in items_of(path, tally, under="sources"):
        id_, name = item.named(seen, tally)
        values = _values(item, services, tally) | {"name": name}
        files.add(str(values["file"]))
        if id_:
            tally.unknown_keys(item.rest)
            try:
                _check(values, schools)
                _bring(id_, values, tally, loading)
            except Expected as error:
                tally.refuse(item.line, f"{name}: {error}")
    for file in sorted(each.name for each in (loading.folder / FOLDER).glob("*")):
        if file not in files:
            # Whom it is for, nobody has said: it might be for staff alone.
            tally.remark(1, f"{FOLDER}/{file} stands in no item of {FILE} and was left out.")
    for gone in Source.objects.filter(source=BROUGHT).exclude(source_id__in=seen):
        keeping.remove(gone, by=None, now=loading.now)
        tally.retired += 1


def _values(item: Item, services: dict[str, Service], tally: Tally) -> dict[str, object]:
    """The settings of a source; what is not known is left out with a remark."""
    service = services.get(item.text("service"))
    audience = [one.lower() for one in item.texts("audience")]
    visibility = item.text("visibility", "staff" if audience == ["staff"] else "public").lower()
    return {
        "file": item.text("file").strip("/"),
        "address": item.text("address"),
        "owner": item.text("owner")[:320],
        "audience": audience,
        "visibility": visibility,
        "language": item.text("language", "en")[:12],
        "service": service,
        "department": Org.objects.filter(source_id=item.text("department")).first()
        or (service.department if service else None),
        "schools": item.texts("schools"),
        "review_on": item.day("review_on", tally),
        "expires_on": item.day("expires_on", tally),
        "every_hours": round(min(item.number("every_hours", 24, tally), keeping.SELDOM)),
        "source": BROUGHT,
    }


def _check(values: dict[str, Any], schools: set[str]) -> None:
    """Raise Expected when these settings cannot be: whom it is for is never guessed."""
    if bool(values["file"]) == bool(values["address"]):
        raise Unreadable("A source has either a file or an address.")
    if values["visibility"] not in VISIBILITIES:
        raise Unreadable(f"Its visibility is none of {', '.join(VISIBILITIES)}.")
    if not set(values["audience"]) <= set(AUDIENCES):
        raise Unreadable(f"Its audience is none of {', '.join(AUDIENCES)}.")
    if not set(values["schools"]) <= schools:
        raise Unreadable("One of its schools is not known.")
    if values["address"]:
        outside.check(values["address"])


def _bring(id_: str, values: dict[str, object], tally: Tally, loading: Loading) -> None:
    """One source and what its file says. Raises Expected, and then it is as it was before."""
    file = str(values["file"])
    known = Source.objects.filter(source_id=id_).first()
    if known is not None and known.source != BROUGHT:
        raise Unreadable(f"There is another source with the id {id_}, made in setup.")
    content = _content(loading.folder / FOLDER, file) if file else b""
    has_changed = False
    with transaction.atomic():
        row = keeping.save(known, values=values, source_id=id_, by=None, now=loading.now)
        if file:
            zone = ZoneInfo(District.objects.get().timezone)
            done = keeping.take_in(row, content, zone=zone, now=loading.now)
            has_changed = bool(done.added or done.changed or done.removed)
            row.refresh_from_db()
    for remark in row.remarks:
        tally.remark(1, f"{row.name}: {remark}")
    loading.progress(tally)
    tally.added += known is None
    tally.changed += known is not None and has_changed


def _content(folder: Path, file: str) -> bytes:
    """The bytes of a file, or of a folder of Markdown as a zip. Raises Unreadable."""
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.exists():
        raise Unreadable(f"There is no {file} in {FOLDER}/.")
    if path.is_file():
        return path.read_bytes()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for each in sorted(path.rglob("*.md")):
            # Without its time: the same files make the same bytes.
            made.writestr(zipfile.ZipInfo(str(each.relative_to(path))), each.read_bytes())
    return held.getvalue()
