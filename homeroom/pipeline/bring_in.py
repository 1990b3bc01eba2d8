"""`homeroom import`: an older system's requests as this install's history; nobody is written to."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from homeroom.district import queries as district
from homeroom.district.permissions import SYSTEM
from homeroom.kit import clock
from homeroom.kit.errors import Expected
from homeroom.kit.progress import shown
from homeroom.pipeline import columns, history, known_names, old_mail, stories
from homeroom.pipeline.columns import BadRow, Map
from homeroom.pipeline.known_names import Names

SHOWN = 20
"""Refused rows and unknown names told on a page; --json tells all."""
csv.field_size_limit(1 << 20)


class NothingToBring(Expected):
    """The file is not there or holds no row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What became of a file."""

    file: str
    added: int
    left: int
    """Were there already."""
    refused: tuple[str, ...]
    columns: dict[str, str]
    """Our names of the columns, and the file's headings for them."""
    guessed: tuple[str, ...]
    """Those of them that nobody mapped."""
    unread: tuple[str, ...]
    """Headings that are not read."""
    unknown: tuple[str, ...]
    """Names of teams, services, departments and schools that are not known here."""
    is_dry: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, and how to read it."""
    parser.add_argument("file", type=Path, help="a .csv, .jsonl or .mbox file of old requests")
    parser.add_argument("--map", type=Path, help="TOML that says which column is what")
    parser.add_argument("--dry-run", action="store_true", help="read and tell, write nothing")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(needs_database=True)


def run(options: argparse.Namespace) -> int:
    """Bring a file in and say what became of it."""
    given = columns.read_map(options.map) if options.map else Map()
    brought = bring_in(options.file, given=given, now=clock.now(), is_dry=options.dry_run)
    if options.json:
        print(json.dumps(asdict(brought), ensure_ascii=False, indent=2))  # noqa: T201
    else:
        print("\n".join(plain(brought)))  # noqa: T201
    return 0


def bring_in(path: Path, *, given: Map, now: datetime, is_dry: bool = False) -> Brought:
    """Load what a file holds as history; what was brought in before is left alone.

    :raises NothingToBring: when there is no file or no row.
    :raises homeroom.pipeline.columns.BadMap: when the map does not fit the file.
    """
    if not path.is_file():
        raise NothingToBring(f"There is no file {path}.")
    names = known_names.names()
    zone = ZoneInfo(district.district(viewer=SYSTEM).timezone)
    refused: list[str] = []
    chosen: dict[str, str] = {}
    unread: tuple[str, ...] = ()
    if path.suffix.lower() in {".mbox", ".mbx"}:
        found = list(old_mail.stories_of(path, names=names, refused=refused))
    else:
        heads, rows = _rows(path, given, refused)
        chosen = columns.headings(heads, given)
        unread = tuple(name for name in heads if name and name not in chosen.values())
        told = shown(rows, "rows", of=_lines(path), where=sys.stderr)
        found = list(_stories(path, told, chosen, given, names, zone, refused))
    if not found and not refused:
        raise NothingToBring(f"{path.name} holds no request.")
    fresh, left = _fresh(found)
    if fresh and not is_dry:
        with transaction.atomic():
            history.bring(fresh, now=now)
    return Brought(
        file=path.name,
        added=len(fresh),
        left=left,
        refused=tuple(refused),
        columns=chosen,
        guessed=tuple(sorted(set(chosen) - set(given.columns))),
        unread=unread,
        unknown=tuple(
            f"{n:,} × {what[:-1]} “{value}”" for (what, value), n in names.unknown.most_common()
        ),
        is_dry=is_dry,
    )


def _lines(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)


def _rows(
    path: Path, given: Map, refused: list[str]
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The headings, and each row with the number of its line."""
    if path.suffix.lower() in {".jsonl", ".ndjson", ".json"}:
        rows = list(_objects(path, refused))
        heads = dict.fromkeys(name for _, row in rows for name in row)
        return list(heads), iter(rows)
    file = path.open(encoding=given.encoding or "utf-8-sig", errors="replace", newline="")
    sample = file.read(8_192)
    file.seek(0)
    reader = csv.DictReader(file, delimiter=given.delimiter or _delimiter(sample))
    return list(reader.fieldnames or ()), _records(reader)


def _delimiter(sample: str) -> str:
    """What the heading line is cut by."""
    first = sample.partition("\n")[0]
    return max(",;\t|", key=first.count)


def _records(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    for row in reader:
        yield reader.line_num, {str(k): v for k, v in row.items() if isinstance(v, str)}


def _objects(path: Path, refused: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            try:
                given = json.loads(text)
            except (ValueError, RecursionError):
                given = None
            if isinstance(given, dict):
                yield number, _flat(given)
            else:
                refused.append(f"{path.name}:{number}: this is not a line of JSON.")


def _flat(given: dict[str, Any]) -> dict[str, str]:
    """One level of names: what stands in `truth` and `from` (CONTRACT §4, §6) beside the rest."""
    flat = {name: value for name, value in given.items() if not isinstance(value, dict | list)}
    for inner in ("from", "truth"):
        if isinstance(given.get(inner), dict):
            flat |= {k: v for k, v in given[inner].items() if not isinstance(v, dict | list)}
    return {str(name): str(value) for name, value in flat.items() if value is not None}


def _stories(
    path: Path,
    rows: Iterable[tuple[int, dict[str, str]]],
    chosen: dict[str, str],
    given: Map,
    names: Names,
    zone: ZoneInfo,
    refused: list[str],
) -> Iterator[dict[str, Any]]:
    for number, row in rows:
        ours = {name: row.get(heading, "") for name, heading in chosen.items()}
        try:
            yield stories.story(ours, given=given, names=names, zone=zone, source=path.stem)
        except BadRow as error:
            refused.append(f"{path.name}:{number}: {error}")


def _fresh(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Those not brought in before, oldest first, and how many were."""
    known = _known()
    fresh: dict[str, dict[str, Any]] = {}
    for one in found:
        if one["id"] not in known:
            fresh.setdefault(one["id"], one)
    ordered = sorted(fresh.values(), key=lambda one: datetime.fromisoformat(one["at"]))
    return ordered, len(found) - len(fresh)


def _known() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT substring(external_id FROM '^(import:.*)/[0-9]+$') "
            "FROM tickets_message WHERE external_id LIKE 'import:%'"
        )
        return {row[0] for row in cursor.fetchall()}


def plain(brought: Brought) -> Iterator[str]:
    """The report as lines a person reads."""
    verb = "would be added" if brought.is_dry else "added"
    yield (
        f"{brought.file}: {brought.added:,} {verb}, {brought.left:,} were there already, "
        f"{len(brought.refused):,} refused."
    )
    for name, heading in brought.columns.items():
        note = " (guessed)" if name in brought.guessed else ""
        yield f"  {name} is read from “{heading}”{note}"
    if brought.unread:
        yield f"  not read: {', '.join(brought.unread)}"
    for title, rows in (("Not known here", brought.unknown), ("Refused", brought.refused)):
        if rows:
            yield f"{title}:"
            yield from (f"  {row}" for row in rows[:SHOWN])
            if len(rows) > SHOWN:
                yield f"  … and {len(rows) - SHOWN:,} more (--json tells all)."
