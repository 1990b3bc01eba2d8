"""orgs.csv and academicSessions.csv: the tree of schools, and when the school year is."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from homeroom.district.folder.loading import ROSTER, Loading, Mode, roster_table, unseen
from homeroom.district.folder.staging import Cursor, Merge, merge_tree, retire, stage, strangers
from homeroom.district.models import District, Org
from homeroom.district.naming import keys, school_keys
from homeroom.district.report import Tally

_KINDS = {"district": Org.Kind.DISTRICT, "school": Org.Kind.SCHOOL}
_DEPARTMENT = Org.Kind.DEPARTMENT


def load_orgs(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Write the tree of orgs.csv."""
    table = roster_table(path, tally, "sourcedId name type", "identifier parentSourcedId")
    mode, seen = Mode(loading, "orgs"), set[str]()

    def rows() -> Iterator[tuple[object, ...]]:
        for line, row in table.rows():
            if not unseen(seen, row, line, tally, column="sourcedId"):
                continue
            loading.progress(tally)
            kind = row["type"].lower()
            known = _KINDS.get(kind, _DEPARTMENT if kind == "department" else Org.Kind.OTHER)
            named = school_keys if known == Org.Kind.SCHOOL else lambda name, _: keys([name])
            stands = mode.sees(row, line, tally)
            yield (
                *(line, row["sourcedId"], row["name"], known.value),
                *(row["parentSourcedId"], named(row["name"], ()), stands),
            )

    columns = "line int, source_id text, name text, kind text, parent text, keys varchar[]"
    stage(cur, "new_orgs", f"{columns}, is_active bool", rows())
    plan = Merge(
        model=Org,
        staged="new_orgs",
        key={"source_id": "s.source_id"},
        values={
            **{name: f"s.{name}" for name in ("name", "kind", "keys", "is_active")},
            "source": f"'{ROSTER}'",
        },
    )
    merge_tree(cur, plan, tally)
    for line, parent in strangers(cur, "new_orgs", "parent", Org):
        tally.remark(line, f"The parent {parent} is not in the file.")
    if mode.is_bulk(tally):
        retire(
            *(cur, plan, tally),
            source=ROSTER,
            allow_shrink=loading.allow_shrink,
            noun="schools and offices",
        )


def load_sessions(_cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Set the school year by the session that holds today, unless district.toml says it."""
    table = roster_table(path, tally, "sourcedId type startDate endDate", "title")
    years = []
    for line, row in table.rows():
        loading.progress(tally)
        try:
            span = (date.fromisoformat(row["startDate"]), date.fromisoformat(row["endDate"]))
        except ValueError:
            tally.remark(line, "startDate or endDate is not a date such as 2026-08-17.")
            continue
        if row["type"].lower() == "schoolyear":
            years.append(span)
    if loading.says_year or not years:
        return
    holding = [span for span in years if span[0] <= loading.today <= span[1]]
    starts, ends = max(holding or years)
    tally.changed += District.objects.exclude(year_starts_on=starts, year_ends_on=ends).update(
        year_starts_on=starts, year_ends_on=ends
    )
