"""users.csv: everyone known, with their addresses; and what follows from their parts."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from homeroom.district.folder.loading import (
    ROSTER,
    Loading,
    Mode,
    address,
    listed,
    roster_table,
    unseen,
)
from homeroom.district.folder.staging import Cursor, Merge, merge, retire, stage, strangers
from homeroom.district.folder.tables import Row, Table
from homeroom.district.models import Org, Person
from homeroom.district.naming import grade, person_keys
from homeroom.district.report import Tally
from homeroom.kit.phones import e164

_OPTIONAL = (
    "username identifier email sms phone agentSourcedIds grades role orgSourcedIds enabledUser"
    " preferredGivenName primaryOrgSourcedId middleName preferredMiddleName preferredFamilyName"
    " userIds password userMasterIdentifier resourceSourcedIds pronouns"
    " metadata.jobTitle metadata.title metadata.homeLanguage metadata.isPrivate"
)
_EXTRAS = {
    "metadata.jobTitle": "job",
    "metadata.title": "title",
    "metadata.homeLanguage": "language",
    "metadata.isPrivate": "is_private",
}
COLUMNS = (
    "line int, source_id text, number text, given_name text, family_name text, grade text,"
    " job text, title text, language text, is_private bool, keys varchar[], org text,"
    " is_active bool,"
    " emails text[], phones text[], agents text[], orgs text[], role text"
)
"""Of the staged people; emails, phones, agents are null when the file lacks them."""
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9-]+)?")
_YES = ("true", "1", "yes", "y")


@cache
def _languages() -> dict[str, str]:
    path = Path(__file__).parent.parent / "data" / "languages.toml"
    named: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return named


def language_code(text: str) -> str:
    """The language code that a roster's word for a language means; empty when not known."""
    value = text.strip().lower()
    named = _languages().get(value)
    if named is not None:
        return named
    code = _TAG.fullmatch(value)
    return code.group(1) if code else ""


_ROLES = {
    name.lower(): name
    for name in (
        *("student", "teacher", "aide", "guardian", "parent", "relative", "principal"),
        *("counselor", "proctor", "administrator", "siteAdministrator"),
        *("districtAdministrator", "systemAdministrator"),
    )
}


def role_name(text: str) -> str:
    """A OneRoster role in its own spelling; a role of the district's own is kept as it is."""
    return _ROLES.get(text.lower(), text[:40])


def load_users(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> Mode:
    """Write the people of users.csv; addresses and parts are left staged for `settle`.

    Gives back the file's mode: in OneRoster 1.1 it also holds everyone's parts.
    """
    table = roster_table(path, tally, "sourcedId givenName familyName", _OPTIONAL)
    mode = Mode(loading, "users")
    stage(cur, "touched", "id bigint", [])
    stage(cur, "new_people", COLUMNS, _rows(table, mode, tally, loading))
    plan = Merge(
        model=Person,
        staged="new_people",
        key={"source_id": "s.source_id"},
        values={
            **{
                name: f"s.{name}"
                for name in ("number", "given_name", "family_name", "grade", "keys", "is_active")
            },
            **{name: f"s.{name}" for column, name in _EXTRAS.items() if table.has(column)},
            "org_id": "CASE WHEN s.org <> '' THEN o.id ELSE was.org_id END",
            "source": f"'{ROSTER}'",
        },
        joins=(
            "LEFT JOIN district_org o ON o.source_id = s.org"
            " LEFT JOIN district_person was ON s.org = '' AND was.source_id = s.source_id"
        ),
        records="touched",
    )
    merge(cur, plan, tally)
    for line, org in strangers(cur, "new_people", "org", Org):
        tally.remark(line, f"The org {org} is not known; the person was kept without it.")
    if mode.is_bulk(tally):
        retire(cur, plan, tally, source=ROSTER, allow_shrink=loading.allow_shrink, noun="people")
    return mode


def _rows(table: Table, mode: Mode, tally: Tally, loading: Loading) -> Iterator[tuple[object, ...]]:
    seen: set[str] = set()
    has_mail = table.has("email") or table.has("username")
    has_phone = table.has("phone") or table.has("sms")
    for line, row in table.rows():
        if not unseen(seen, row, line, tally, column="sourcedId"):
            continue
        if not (row["givenName"] or row["familyName"]):
            tally.refuse(line, "The person has no name.")
            continue
        loading.progress(tally)
        given = row["preferredGivenName"] or row["givenName"]
        number = row["identifier"][:60]
        orgs = listed(row["orgSourcedIds"])
        grades = listed(row["grades"])
        yield (
            *(line, row["sourcedId"], number, given, row["familyName"]),
            *(grade(grades[0]) if grades else "", row["metadata.jobTitle"]),
            *(row["metadata.title"][:40], _language(row, line, tally)),
            row["metadata.isPrivate"].lower() in _YES,
            person_keys((given, row["givenName"]), row["familyName"], number),
            row["primaryOrgSourcedId"] or (orgs[0] if orgs else ""),
            mode.sees(row, line, tally),
            _emails(row, line, tally) if has_mail else None,
            _phones(row, line, tally, loading.country) if has_phone else None,
            listed(row["agentSourcedIds"]) if table.has("agentSourcedIds") else None,
            *(orgs, role_name(row["role"])),
        )


def _language(row: Row, line: int, tally: Tally) -> str:
    said = row["metadata.homeLanguage"]
    code = language_code(said) if said else ""
    if said and not code:
        tally.remark(line, f"The home language “{said}” is not known.")
    return code


def _emails(row: Row, line: int, tally: Tally) -> list[str]:
    email = address(row["email"])
    if row["email"] and not email:
        tally.remark(line, f"“{row['email']}” is no e-mail address; the person was kept without.")
    return [value for value in dict.fromkeys((email, address(row["username"]))) if value]


def _phones(row: Row, line: int, tally: Tally, country: str) -> list[str]:
    made: dict[str, None] = {}
    for column in ("sms", "phone"):
        number = e164(row[column], country) if row[column] else ""
        if row[column] and not number:
            tally.remark(
                line, f"“{row[column]}” is no telephone number; the person was kept without."
            )
        made[number] = None
    return [number for number in made if number]
