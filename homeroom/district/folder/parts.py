"""users.csv and roles.csv together: who someone is, what their part is, what follows from both."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import transaction
from psycopg import sql

from homeroom.district.folder.loading import ROSTER, Loading, Mode, roster_table
from homeroom.district.folder.people import COLUMNS, load_users, role_name
from homeroom.district.folder.settle import settle
from homeroom.district.folder.staging import (
    Cursor,
    Merge,
    merge,
    number,
    refuse_shrink,
    stage,
    strangers,
)
from homeroom.district.models import Org, Person, Role
from homeroom.district.report import FileRefused, FileReport, Tally

_COLUMNS = (
    "line int, person text, org text, role text, is_primary bool, from_on date, to_on date,"
    " is_active bool"
)


def load_people(users: Path, roles: Path, cur: Cursor, loading: Loading) -> list[FileReport]:
    """What became of users.csv and roles.csv, written in the caller's transaction.

    Each is kept or refused as a whole; what follows from both is settled after them.
    """
    of_users, of_roles = (Tally(file=f"oneroster/{path.name}") for path in (users, roles))
    whole: dict[str, FileReport] = {}
    mode = None
    stage(cur, "new_people", COLUMNS, [])
    stage(cur, "new_roles", _COLUMNS, [])
    stage(cur, "touched", "id bigint", [])
    if users.exists():
        try:
            with transaction.atomic():
                mode = load_users(cur, users, of_users, loading)
                if not roles.exists():
                    _load_old_roles(cur, of_users, loading, mode)
        except FileRefused as error:
            mode = None
            whole[of_users.file] = of_users.refused_whole(error)
    if roles.exists():
        try:
            with transaction.atomic():
                _load_roles(cur, roles, of_roles, loading)
        except FileRefused as error:
            whole[of_roles.file] = of_roles.refused_whole(error)
    is_bulk = mode is not None and mode.is_bulk(Tally(file=""))
    settle(cur, of_users, loading, is_bulk=is_bulk)
    pairs = ((users, of_users), (roles, of_roles))
    return [whole.get(t.file) or t.report() for path, t in pairs if path.exists()]


def _load_roles(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Write the parts of a OneRoster 1.2 roles.csv."""
    table = roster_table(
        path,
        tally,
        "sourcedId userSourcedId role orgSourcedId",
        "roleType beginDate endDate userProfileSourcedId",
    )
    mode = Mode(loading, "roles")

    def rows() -> Iterator[tuple[object, ...]]:
        seen: set[tuple[object, ...]] = set()
        for line, row in table.rows():
            span = (_day(row["beginDate"], line, tally), _day(row["endDate"], line, tally))
            part = (row["userSourcedId"], row["orgSourcedId"], role_name(row["role"]))
            stands = mode.sees(row, line, tally)
            if not all(part):
                tally.refuse(line, "userSourcedId, role or orgSourcedId is empty.")
            elif (*part, span[0]) in seen:
                tally.refuse(line, "This person has this part at this org already, further up.")
            else:
                seen.add((*part, span[0]))
                loading.progress(tally)
                yield (line, *part, row["roleType"].lower() != "secondary", *span, stands)

    stage(cur, "new_roles", _COLUMNS, rows())
    models: dict[str, type[Person | Org]] = {"person": Person, "org": Org}
    lost: set[int] = set()
    for column, model in models.items():
        for line, value in strangers(cur, "new_roles", column, model):
            tally.refuse(line, f"The {column} {value} is not known.")
            lost.add(line)
    tally.dropped += len(lost)
    _write_roles(cur, tally, loading, is_bulk=mode.is_bulk(tally))


def _load_old_roles(cur: Cursor, tally: Tally, loading: Loading, mode: Mode) -> None:
    """Write the parts that a OneRoster 1.1 users.csv holds: one role at each of its orgs."""
    query = (
        "INSERT INTO new_roles SELECT s.line, s.source_id, o.org, s.role, o.place = 1, NULL, NULL,"
        " s.is_active FROM new_people s CROSS JOIN unnest(s.orgs) WITH ORDINALITY o(org, place)"
        " WHERE s.role <> ''"
    )
    cur.execute(query)
    cur.execute("ANALYZE new_roles")
    for line, org in strangers(cur, "new_roles", "org", Org):
        tally.remark(line, f"The org {org} is not known; the person has no part there.")
    _write_roles(cur, Tally(file=tally.file), loading, is_bulk=mode.is_bulk(Tally(file="")))


def _day(text: str, line: int, tally: Tally) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        tally.remark(line, f"“{text}” is not a date such as 2026-08-17; it was left out.")
        return None


def _write_roles(cur: Cursor, tally: Tally, loading: Loading, *, is_bulk: bool) -> None:
    plan = Merge(
        model=Role,
        staged="new_roles",
        key={"person_id": "p.id", "org_id": "o.id", "role": "s.role", "from_on": "s.from_on"},
        values={"is_primary": "s.is_primary", "to_on": "s.to_on", "source": f"'{ROSTER}'"},
        joins=(
            "JOIN district_person p ON p.source_id = s.person"
            " JOIN district_org o ON o.source_id = s.org"
        ),
        where="s.is_active",
    )
    if is_bulk:
        _refuse_loss(cur, loading)
    merge(cur, plan, tally)
    tally.removed += _end(cur, loading, absent=False)
    if is_bulk:
        tally.retired += _end(cur, loading, absent=True)


_SAME = (
    "SELECT 1 FROM new_roles s JOIN district_person p ON p.source_id = s.person"
    " JOIN district_org o ON o.source_id = s.org WHERE p.id = r.person_id AND o.id = r.org_id"
    " AND s.role = r.role AND s.from_on IS NOT DISTINCT FROM r.from_on"
)


def _end(cur: Cursor, loading: Loading, *, absent: bool) -> int:
    """How many current parts now ended yesterday: those absent from the file, or to be deleted."""
    found = cur.execute(
        sql.SQL(
            "UPDATE district_role r SET to_on = greatest(r.from_on, %(ended)s)"
            " WHERE r.source = 'roster' AND (r.to_on IS NULL OR r.to_on >= %(today)s)"
            " AND r.to_on IS DISTINCT FROM greatest(r.from_on, %(ended)s)"
            " AND {} ({} AND {})"
        ).format(
            sql.SQL("NOT EXISTS" if absent else "EXISTS"),
            sql.SQL(_SAME),
            sql.SQL("s.is_active" if absent else "NOT s.is_active"),
        ),
        {"today": loading.today, "ended": loading.yesterday},
    )
    return found.rowcount


def _refuse_loss(cur: Cursor, loading: Loading) -> None:
    """Raise FileRefused when too many people would be left without any part."""
    holding = (
        "FROM district_person p WHERE p.is_active AND p.source = 'roster' AND EXISTS (SELECT 1"
        " FROM district_role r WHERE r.person_id = p.id AND r.source = 'roster'"
        " AND (r.to_on IS NULL OR r.to_on >= {}))"
    )
    base = sql.SQL("SELECT count(*) " + holding).format(sql.Literal(loading.today))
    without = " AND NOT EXISTS (SELECT 1 FROM new_roles s WHERE s.person = p.source_id)"
    gone = number(cur, base + sql.SQL(without))
    refuse_shrink(gone, number(cur, base), allow_shrink=loading.allow_shrink, noun="people’s roles")
