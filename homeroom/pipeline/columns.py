"""Rows of an older system, column by column: which heading means what, and what its values mean.

A map (TOML) says it where the guess would be wrong:

    [columns]              our name = "heading of the file"
    [values.team]          "their name" = "our id or name"; likewise service, department, school,
                           status (new, open, waiting, resolved, closed), priority (1-4), channel
    [format]               dates = "%d.%m.%Y %H:%M", timezone = "America/Chicago", delimiter = ";",
                           encoding = "cp1252"
"""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from homeroom.kit.errors import Expected

_KNOWN: Final = Path(__file__).parent / "data" / "headings.toml"
_FORMATS: Final = (
    "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y",
    "%m/%d/%y %H:%M", "%m/%d/%y %I:%M %p", "%m/%d/%y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d",
    "%a %b %d %H:%M:%S %Y", "%d %b %Y %H:%M", "%b %d, %Y %I:%M %p", "%b %d, %Y",
    "%d/%b/%y %I:%M %p", "%B %d, %Y",
)  # fmt: skip
"""Of exports seen; where a figure may be a month or a day the month comes first, as in the US."""


class BadMap(Expected):
    """A map that cannot be followed; the text says why."""


class BadRow(Expected):
    """A row that cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """How to read a file: our names to its headings, its values to ours, and how it is written."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: str = ""
    zone: ZoneInfo | None = None
    delimiter: str = ""
    encoding: str = ""


def fields() -> tuple[str, ...]:
    """Our names of the columns."""
    return tuple(_table("columns"))


def read_map(path: Path) -> Map:
    """The map a person wrote.

    :raises BadMap: when it is not TOML, or names a column or a time zone that is none.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadMap(f"The map {path.name} cannot be read: {error}.") from None
    columns = {str(ours): str(theirs) for ours, theirs in _section(given, "columns").items()}
    unknown = sorted(set(columns) - set(fields()))
    if unknown:
        raise BadMap(f"The map names {', '.join(unknown)}; the columns are {', '.join(fields())}.")
    form = _section(given, "format")
    return Map(
        columns=columns,
        values={
            str(name): {fold(str(theirs)): str(ours) for theirs, ours in each.items()}
            for name, each in _section(given, "values").items()
            if isinstance(each, dict)
        },
        dates=str(form.get("dates", "")),
        zone=_zone(str(form.get("timezone", ""))),
        delimiter=str(form.get("delimiter", "")),
        encoding=str(form.get("encoding", "")),
    )


def _section(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = given.get(name, {})
    if not isinstance(section, dict):
        raise BadMap(f"In the map, [{name}] must be a table.")
    return section


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        raise BadMap(f"There is no time zone {name}.") from None


def headings(found: Iterable[str], given: Map) -> dict[str, str]:
    """Which heading of the file holds each of our columns: as mapped, else as guessed.

    :raises BadMap: when the map names a heading that the file has not.
    """
    there = [name for name in found if name]
    missing = sorted(set(given.columns.values()) - set(there))
    if missing:
        raise BadMap(f"The file has no column {', '.join(missing)}; it has {', '.join(there)}.")
    by_fold = {fold(name): name for name in reversed(there)}
    chosen = dict(given.columns)
    taken = set(chosen.values())
    for ours, names in _table("columns").items():
        guess = next((by_fold[one] for one in names if one in by_fold), None)
        if ours not in chosen and guess is not None and guess not in taken:
            chosen[ours] = guess
            taken.add(guess)
    return chosen


def meaning(name: str, value: str, given: Map) -> str:
    """What a value of the file is for us: as mapped, else as known, else the value itself."""
    folded = fold(value)
    mapped = given.values.get(name, {}).get(folded)
    return mapped if mapped is not None else _meanings(name).get(folded, value.strip())


def moment(value: str, given: Map, *, zone: ZoneInfo) -> datetime | None:
    """The time a cell says, in the file's zone or the district's; nothing for an empty cell.

    :raises BadRow: when it says none.
    """
    text = value.strip()
    if not text or text.casefold() in {"null", "none", "n/a", "-", "not set"}:
        return None
    found = _parsed(text, given.dates)
    if found is None:
        raise BadRow(f"“{text[:40]}” is no date and time we can read.")
    if found.tzinfo is None:
        found = found.replace(tzinfo=given.zone or zone)
    return found


def _parsed(text: str, format: str) -> datetime | None:  # noqa: A002
    if not format:
        try:
            return datetime.fromisoformat(text.removesuffix(" UTC").replace(" +", "+"))
        except ValueError:
            pass
    for one in (format,) if format else _FORMATS:
        try:
            return datetime.strptime(text, one)  # noqa: DTZ007  The zone is put in by the caller.
        except ValueError:
            continue
    return None


def fold(text: str) -> str:
    """Lower case, letters and figures with single spaces."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


@functools.cache
def _known() -> Mapping[str, Any]:
    return tomllib.loads(_KNOWN.read_text("utf-8"))


def _table(name: str) -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = _known()[name]
    return found


@functools.cache
def _meanings(name: str) -> Mapping[str, str]:
    if name not in {"status", "priority", "channel"}:
        return {}
    return {theirs: ours for ours, names in _table(name).items() for theirs in names}
