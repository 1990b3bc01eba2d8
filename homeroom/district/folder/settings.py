"""district.toml: who we are, when we are open, and the doors that people knock on."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from homeroom.district.folder.items import plain
from homeroom.district.folder.loading import address
from homeroom.district.folder.tables import read_text
from homeroom.district.models import Channel, District, Org
from homeroom.district.report import FileRefused, Tally
from homeroom.kit.errors import Expected
from homeroom.kit.hours import Hours
from homeroom.kit.phones import e164

_ALWAYS = {"form": "Website form", "walkup": "Written down by staff"}
_KINDS = ("email", "sms", "voice", "chat", "form", "walkup", "slack", "teams", "gchat")
_ABSENT = "absent"
"""The `source` of a door that district.toml named once, and may name again."""
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9\-]+)+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
_FIRST_DAY = ("first_day", "starts_on", "starts", "start")
_LAST_DAY = ("last_day", "ends_on", "ends", "end")


class _Bad(Expected):
    """A value of district.toml that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One configured entry of district.toml."""

    kind: str
    address: str
    name: str
    org: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What district.toml says that can be used: columns of District, and doors."""

    values: dict[str, Any] = field(default_factory=dict)
    doors: tuple[Door, ...] = ()


def read_settings(path: Path, tally: Tally) -> Settings:
    """The usable settings of district.toml; every other value is refused with its line.

    Raises FileRefused when the file is no TOML.
    """
    text = read_text(path, tally)
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise FileRefused(
            f"The file cannot be read as TOML: {error}.", line=int(found.group(1)) if found else 1
        ) from error
    values: dict[str, Any] = {}
    for key, check in _CHECKS.items():
        if key in given:
            try:
                values[key] = check(given.pop(key))
            except _Bad as error:
                tally.refuse(_line_of(text, key), str(error))
    values |= _year(given, text, tally)
    country = str(values.get("country", "US"))
    doors = [_door(row, country, text, tally) for row in _doors(given)]
    tally.unknown_keys(given)
    values["facts"] = plain(given)
    return Settings(values=values, doors=tuple(door for door in doors if door))


def _line_of(text: str, word: str, *, nth: int = 1) -> int:
    pattern = re.compile(rf"^\s*\[*\s*[\"']?{re.escape(word)}\b", re.MULTILINE)
    places = [text.count("\n", 0, found.end()) + 1 for found in pattern.finditer(text)]
    return places[min(nth, len(places)) - 1] if places else 1


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 200:
        raise _Bad("name must be the district's name.")
    return value.strip()


def _zone(value: Any) -> str:
    try:
        ZoneInfo(str(value))
    except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise _Bad(f"“{value}” is no time zone such as America/Chicago.") from error
    return str(value)


def _languages(value: Any) -> list[str]:
    given = value if isinstance(value, list) else [value]
    bad = [one for one in given if not (isinstance(one, str) and _LANGUAGE.fullmatch(one))]
    if bad or not given:
        raise _Bad(f"languages must be codes such as en and es, not “{bad[0] if bad else ''}”.")
    return list(dict.fromkeys(given))


def _domains(value: Any) -> list[str]:
    given = (
        [str(one).strip().lower().lstrip("@") for one in value] if isinstance(value, list) else []
    )
    bad = [one for one in given if not _DOMAIN.fullmatch(one)]
    if bad or not given:
        raise _Bad(f"mail_domains must be names such as district.org, not “{bad or value}”.")
    return list(dict.fromkeys(given))


def _hours(value: Any) -> str:
    try:
        Hours.parse(str(value))
    except Expected as error:
        raise _Bad(str(error)) from error
    return str(value).strip()


def _phone(value: Any) -> str:
    if len(str(value)) > 40:
        raise _Bad("phone is longer than 40 letters.")
    return str(value).strip()


def _country(value: Any) -> str:
    code = str(value).strip().upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise _Bad(f"“{value}” is no two-letter country code such as US.")
    return code


_CHECKS = {
    "name": _name,
    "timezone": _zone,
    "languages": _languages,
    "mail_domains": _domains,
    "country": _country,
    "office_hours": _hours,
    "phone": _phone,
}


def _year(given: dict[str, Any], text: str, tally: Tally) -> dict[str, date]:
    table = given.pop("school_year", None)
    if table is None:
        return {}
    line = _line_of(text, "school_year")
    table = dict(table) if isinstance(table, dict) else {}
    days = [
        next((table.pop(n) for n in names if n in table), None) for names in (_FIRST_DAY, _LAST_DAY)
    ]
    tally.unknown_keys(f"school_year.{key}" for key in table)
    try:
        first, last = (date.fromisoformat(str(day)) for day in days)
    except ValueError:
        tally.refuse(line, "school_year needs first_day and last_day, such as 2026-08-17.")
        return {}
    if first >= last:
        tally.refuse(line, "The first day of the school year must be before the last.")
        return {}
    return {"year_starts_on": first, "year_ends_on": last}


def _doors(given: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    rows = given.pop("channels", [])
    listed = rows if isinstance(rows, list) else []
    intake = given.pop("intake", [])
    mail = [intake] if isinstance(intake, str) else list(intake)
    made = [(n, dict(row)) for n, row in enumerate(listed, 1) if isinstance(row, dict)]
    return made + [(0, {"kind": "email", "address": one}) for one in mail]


def _door(
    numbered: tuple[int, dict[str, Any]], country: str, text: str, tally: Tally
) -> Door | None:
    nth, row = numbered
    line = _line_of(text, "channels" if nth else "intake", nth=nth or 1)
    kind = str(row.pop("kind", "")).strip().lower()
    given = str(row.pop("address", "")).strip()
    name = str(row.pop("name", "")).strip()
    org = str(row.pop("department", "") or row.pop("org", "")).strip()
    tally.unknown_keys(f"channels.{key}" for key in row)
    if kind not in _KINDS:
        tally.refuse(line, f"The kind “{kind}” is none of {', '.join(_KINDS)}.")
        return None
    checks = {"email": address(given), "sms": e164(given, country), "voice": e164(given, country)}
    value = checks.get(kind, given[:320])
    if kind in checks and not value:
        tally.refuse(line, f"“{given}” is no address for the channel {kind}.")
        return None
    return Door(kind=kind, address=value, name=(name or value or kind)[:200], org=org)


def write_settings(settings: Settings, tally: Tally) -> District:
    """The district's row, made or brought in line with the settings."""
    known = District.objects.order_by("id").first()
    tally.rows += 1
    if known is None:
        tally.added += 1
        named = {"name": "Our schools", **settings.values}
        return District.objects.create(**named)
    differing = {k: v for k, v in settings.values.items() if getattr(known, k) != v}
    if differing:
        tally.changed += 1
        District.objects.filter(pk=known.pk).update(**differing)
        known.refresh_from_db()
    return known


def write_doors(settings: Settings, tally: Tally) -> None:
    """Bring the channels in line; the form and the walk-up desk are always there.

    A door that district.toml no longer names is switched off, never deleted: mail may still come.
    """
    doors = list(settings.doors)
    kinds = {door.kind for door in doors}
    doors += [Door(kind=k, address="", name=n) for k, n in _ALWAYS.items() if k not in kinds]
    orgs = dict(
        Org.objects.filter(source_id__in={d.org for d in doors}).values_list("source_id", "id")
    )
    known = {(c.kind, c.address): c for c in Channel.objects.all()}
    wanted = dict.fromkeys((door.kind, door.address) for door in doors)
    for door in {(d.kind, d.address): d for d in doors}.values():
        tally.rows += 1
        if door.org and door.org not in orgs:
            tally.remark(1, f"The department {door.org} of the channel {door.name} is not known.")
        values = {"name": door.name, "org_id": orgs.get(door.org), "source": "district"}
        row = known.get((door.kind, door.address))
        if row is None:
            Channel.objects.create(kind=door.kind, address=door.address, **values)
            tally.added += 1
        elif any(getattr(row, key) != value for key, value in values.items()):
            is_on = row.is_on or row.source == _ABSENT
            Channel.objects.filter(pk=row.pk).update(is_on=is_on, **values)
            tally.changed += 1
    gone = [
        c.pk for key, c in known.items() if c.source == "district" and c.is_on and key not in wanted
    ]
    tally.retired += Channel.objects.filter(pk__in=gone).update(is_on=False, source=_ABSENT)
