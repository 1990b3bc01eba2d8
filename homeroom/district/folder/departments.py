"""departments.yaml: departments, their teams and who works in them."""

from dataclasses import dataclass, field
from pathlib import Path

from homeroom.district.folder.items import Item, items_of
from homeroom.district.folder.loading import Loading, address
from homeroom.district.folder.staging import Cursor, Merge, merge, retire, stage
from homeroom.district.models import Membership, Org, Team
from homeroom.district.naming import keys
from homeroom.district.report import Tally
from homeroom.kit.hours import BadHours, Hours

_SOURCE = "departments"


@dataclass(slots=True, kw_only=True)
class _Read:
    """The rows of the file, apart by table."""

    departments: list[tuple[object, ...]] = field(default_factory=list)
    teams: list[tuple[object, ...]] = field(default_factory=list)
    members: list[tuple[object, ...]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def load_departments(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Write departments, teams and memberships; teams absent from the file are deactivated."""
    read = _Read()
    for item in items_of(path, tally, under="departments"):
        _department(item, read, tally, loading)
    _write_departments(cur, read, tally, loading)
    _write_teams(cur, read, tally, loading)
    _write_members(cur, read, tally)


def hours_of(item: Item, tally: Tally) -> str:
    """The item's hours as they are written, or empty with a remark when nobody can read them."""
    text = item.text("hours")
    try:
        if text:
            Hours.parse(text)
    except BadHours as error:
        tally.remark(item.line_of("hours"), f"{error} The hours above it are used instead.")
        return ""
    return text


def _department(item: Item, read: _Read, tally: Tally, loading: Loading) -> None:
    id_, name = item.named(read.seen, tally)
    if not id_:
        return
    loading.progress(tally)
    aliases = item.texts("aliases")
    hours = hours_of(item, tally)
    parent = item.text("parent")
    read.departments.append((item.line, id_, name, hours, aliases, keys([name, *aliases]), parent))
    for team in item.items("teams", tally):
        _team(team, id_, read, tally, loading)
    _rest(item, "department", tally)


def _team(item: Item, department: str, read: _Read, tally: Tally, loading: Loading) -> None:
    id_, name = item.named(read.seen, tally)
    if not id_:
        return
    loading.progress(tally)
    given = item.text("email")
    email = address(given)
    if given and not email:
        tally.remark(item.line, f"“{given}” is no e-mail address; the team was kept without.")
    read.teams.append((item.line, id_, name, department, email, hours_of(item, tally)))
    leads = {lead.lower() for lead in item.texts("leads") + item.texts("lead")}
    members = {m.lower(): m for m in (*item.texts("members"), *leads)}
    for key, member in members.items():
        read.members.append((item.line, id_, member, address(member), key in leads))
    _rest(item, "team", tally)


def _rest(item: Item, noun: str, tally: Tally) -> None:
    tally.unknown_keys(f"{noun}.{key}" for key in item.rest)


def _write_departments(cur: Cursor, read: _Read, tally: Tally, loading: Loading) -> None:
    columns = "line int, source_id text, name text, hours text, aliases varchar[], keys varchar[]"
    stage(cur, "new_departments", f"{columns}, parent text", read.departments)
    # Where orgs.csv has the department already, its name and keys are the roster's to say.
    ours = "was.id IS NULL OR was.source <> 'roster'"
    plan = Merge(
        model=Org,
        staged="new_departments",
        key={"source_id": "s.source_id"},
        values={
            "name": f"CASE WHEN {ours} THEN s.name ELSE was.name END",
            "kind": f"'{Org.Kind.DEPARTMENT.value}'",
            "source": f"CASE WHEN {ours} THEN '{_SOURCE}' ELSE was.source END",
            "parent_id": "coalesce(up.id, was.parent_id, top.id)",
            "keys": f"CASE WHEN {ours} THEN s.keys ELSE was.keys END",
            **{name: f"s.{name}" for name in ("hours", "aliases")},
            "is_active": "true",
        },
        joins=(
            "LEFT JOIN district_org was ON was.source_id = s.source_id"
            " LEFT JOIN district_org up ON up.source_id = s.parent"
            " LEFT JOIN (SELECT min(id) AS id FROM district_org WHERE kind = 'district'"
            " AND is_active) top ON true"
        ),
    )
    merge(cur, plan, tally)
    retire(
        *(cur, plan, tally),
        source=_SOURCE,
        allow_shrink=loading.allow_shrink,
        noun="departments",
    )


def _write_teams(cur: Cursor, read: _Read, tally: Tally, loading: Loading) -> None:
    columns = "line int, source_id text, name text, department text, email text, hours text"
    stage(cur, "new_teams", columns, read.teams)
    plan = Merge(
        model=Team,
        staged="new_teams",
        key={"source_id": "s.source_id"},
        values={
            **{name: f"s.{name}" for name in ("name", "email", "hours")},
            "department_id": "d.id",
            "is_active": "true",
            "source": f"'{_SOURCE}'",
        },
        joins="JOIN district_org d ON d.source_id = s.department",
    )
    merge(cur, plan, tally)
    retire(cur, plan, tally, source=_SOURCE, allow_shrink=loading.allow_shrink, noun="teams")


_MATCHED = """
CREATE TEMP TABLE matched ON COMMIT DROP AS
SELECT DISTINCT ON (s.line, s.team, s.member) s.line, s.team, s.member, t.id AS team_id,
  s.is_lead, coalesce(p.id, i.person_id) AS person_id
FROM new_members s JOIN district_team t ON t.source_id = s.team
LEFT JOIN district_person p ON p.source_id = s.member
LEFT JOIN district_identity i ON p.id IS NULL AND s.email <> '' AND i.kind = 'email'
  AND i.value = s.email
ORDER BY s.line, s.team, s.member, i.verified_at IS NULL, i.id
"""


def _write_members(cur: Cursor, read: _Read, tally: Tally) -> None:
    columns = "line int, team text, member text, email text, is_lead bool"
    stage(cur, "new_members", columns, read.members)
    cur.execute("DROP TABLE IF EXISTS matched, staffed")
    cur.execute(_MATCHED)
    lost = "SELECT line, member, team FROM matched WHERE person_id IS NULL ORDER BY 1, 2"
    for line, member, team in cur.execute(lost):
        tally.refuse(line, f"The member {member} of the team {team} is not known.")
    cur.execute(
        "CREATE TEMP TABLE staffed ON COMMIT DROP AS SELECT team_id, person_id,"
        " bool_or(is_lead) AS is_lead FROM matched WHERE person_id IS NOT NULL GROUP BY 1, 2"
    )
    plan = Merge(
        model=Membership,
        staged="staffed",
        key={"team_id": "s.team_id", "person_id": "s.person_id"},
        values={"is_lead": "s.is_lead", "source": f"'{_SOURCE}'"},
    )
    people = Tally(file=tally.file)
    merge(cur, plan, people)
    gone = cur.execute(
        f"DELETE FROM district_membership m WHERE m.source = '{_SOURCE}' AND NOT EXISTS (SELECT 1"  # noqa: S608
        " FROM staffed s WHERE s.team_id = m.team_id AND s.person_id = m.person_id)"
    ).rowcount
    _count_members(cur, people, gone, tally)


def _count_members(cur: Cursor, people: Tally, gone: int, tally: Tally) -> None:
    row = cur.execute("SELECT count(*) FROM staffed").fetchone()
    tally.rows += row[0] if row else 0
    tally.added += people.added
    tally.changed += people.changed
    tally.retired += gone
