"""places.csv and assets.csv: where help is needed, and the things that break there."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from homeroom.district.folder.loading import Loading, listed, unseen
from homeroom.district.folder.staging import (
    Cursor,
    Merge,
    merge,
    merge_tree,
    retire,
    stage,
    strangers,
)
from homeroom.district.folder.tables import Table
from homeroom.district.models import Asset, Org, Person, Place, Sourced
from homeroom.district.naming import asset_keys, keys, place_keys
from homeroom.district.report import Tally

_KINDS = ("building", "room", "stop", "field")


def load_places(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Write places.csv; what is absent from it is deactivated."""
    table = Table(
        path,
        tally,
        required=("id", "name", "kind"),
        optional=("parent", "org", "aliases"),
        limits={"aliases": 0, "kind": 20},
    )

    columns = "line int, source_id text, name text, kind text, parent text, org text"
    stage(
        cur,
        "new_places",
        f"{columns}, aliases varchar[], keys varchar[]",
        _places(table, tally, loading),
    )
    plan = Merge(
        model=Place,
        staged="new_places",
        key={"source_id": "s.source_id"},
        values={
            **{name: f"s.{name}" for name in ("name", "kind", "aliases", "keys")},
            "org_id": "o.id",
            "is_active": "true",
            "source": "'places'",
        },
        joins="LEFT JOIN district_org o ON o.source_id = s.org",
    )
    merge_tree(cur, plan, tally)
    _remark_strangers(cur, tally, "new_places", {"org": Org, "parent": Place})
    retire(cur, plan, tally, source="places", allow_shrink=loading.allow_shrink, noun="places")


def _places(table: Table, tally: Tally, loading: Loading) -> Iterator[tuple[object, ...]]:
    seen: set[str] = set()
    for line, row in table.rows():
        kind = row["kind"].lower()
        if kind not in _KINDS:
            tally.refuse(line, f"The kind “{row['kind']}” is none of {', '.join(_KINDS)}.")
        elif unseen(seen, row, line, tally, column="id"):
            loading.progress(tally)
            aliases = [alias for alias in listed(row["aliases"], "|") if len(alias) <= 200]
            made = place_keys if kind == "room" else _plain_keys
            found = made(row["name"], aliases)
            yield (line, row["id"], row["name"], kind, row["parent"], row["org"], aliases, found)


def _plain_keys(name: str, aliases: Iterable[str]) -> list[str]:
    return keys([name, *aliases])


def load_assets(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Write assets.csv; what is absent from it is deactivated."""
    table = Table(
        path,
        tally,
        required=("tag", "kind"),
        optional=("serial", "model", "org", "place", "person"),
        limits={"tag": 100, "serial": 100, "kind": 60},
    )

    columns = "line int, tag text, serial text, kind text, model text, org text, place text"
    stage(
        cur, "new_assets", f"{columns}, person text, keys varchar[]", _assets(table, tally, loading)
    )
    plan = Merge(
        model=Asset,
        staged="new_assets",
        key={"tag": "s.tag"},
        values={
            **{name: f"s.{name}" for name in ("serial", "kind", "model", "keys")},
            "org_id": "o.id",
            "place_id": "p.id",
            "person_id": "h.id",
            "is_active": "true",
            "source": "'assets'",
        },
        joins=(
            "LEFT JOIN district_org o ON o.source_id = s.org"
            " LEFT JOIN district_place p ON p.source_id = s.place"
            " LEFT JOIN district_person h ON h.source_id = s.person"
        ),
    )
    merge(cur, plan, tally)
    known: dict[str, type[Sourced]] = {"org": Org, "place": Place, "person": Person}
    _remark_strangers(cur, tally, "new_assets", known)
    retire(cur, plan, tally, source="assets", allow_shrink=loading.allow_shrink, noun="assets")


def _remark_strangers(
    cur: Cursor, tally: Tally, staged: str, columns: Mapping[str, type[Sourced]]
) -> None:
    for column, model in columns.items():
        for line, value in strangers(cur, staged, column, model):
            tally.remark(line, f"The {column} {value} is not known; the row was kept without it.")


def _assets(table: Table, tally: Tally, loading: Loading) -> Iterator[tuple[object, ...]]:
    seen: set[str] = set()
    for line, row in table.rows():
        if unseen(seen, row, line, tally, column="tag"):
            loading.progress(tally)
            named = (row[name] for name in ("serial", "kind", "model", "org", "place", "person"))
            yield (line, row["tag"], *named, asset_keys(row["tag"], row["serial"]))
