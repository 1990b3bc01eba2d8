"""Set-based writing: rows go to a temporary table, then only what differs is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, LiteralString, cast

import psycopg
from django.db import connection, models
from psycopg import sql

from homeroom.district.report import FileRefused, Tally

type Cursor = psycopg.Cursor[Any]

_SHRINK_SHARE = 0.1
_HANDFUL = 5
_MANY = 500


def cursor() -> Cursor:
    """The driver's own cursor on Django's connection, inside Django's transaction."""
    return cast("Cursor", connection.cursor().cursor)


def stage(cur: Cursor, name: str, columns: str, rows: Iterable[Sequence[object]]) -> int:
    """How many `rows` went into the new temporary table `name`; `columns` as SQL defines them."""
    table = sql.Identifier(name)
    cur.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    cur.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(table, _sql(columns)))
    count = 0
    with cur.copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    cur.execute(sql.SQL("ANALYZE {}").format(table))
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """How a staged table, called `s` in expressions, flows into a model's table.

    `key` and `values` map columns of the target to SQL expressions; a row is written only when it
    is new or one of `values` differs. `fresh` are written on new rows only. `where` limits both.
    """

    model: type[models.Model]
    staged: str
    key: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, str] = field(default_factory=dict)
    joins: str = ""
    where: str = "true"
    records: str = ""
    """A temporary table (id bigint) that gets the id of every row written."""
    skips_gone: bool = True
    """Rows whose `is_active` is false are written only where the target has them already."""


def table_of(model: type[models.Model]) -> str:
    """The name of a model's table."""
    return model._meta.db_table  # noqa: SLF001 - public in all but name


def _fields(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    return list(model._meta.concrete_fields)  # noqa: SLF001 - as above


def _sql(text: str) -> sql.SQL:
    # Every fragment is written in this package; nothing read from a file ever becomes SQL.
    return sql.SQL(cast("LiteralString", text))  # type: ignore[redundant-cast]


def _defaults(merge: Merge) -> dict[str, sql.Composable]:
    """The model's own defaults for the columns that the merge does not set, as SQL values."""
    named = {*merge.key, *merge.values, *merge.fresh}
    made: dict[str, sql.Composable] = {}
    for one in _fields(merge.model):
        if not one.column or one.column in named or one.primary_key or one.null:
            continue
        value = one.get_db_prep_save(one.get_default(), connection)
        kind = one.db_type(connection) or "text"
        made[one.column] = sql.SQL("{}::").format(sql.Literal(value)) + _sql(kind)
    return made


_MERGE = """
WITH wanted AS (SELECT {wanted} FROM {staged} s {joins} WHERE {where}),
written AS (
  INSERT INTO {target} AS t ({columns})
  SELECT {picked} FROM wanted w LEFT JOIN {target} old ON {matched} WHERE {new} OR {differs}
  ON CONFLICT ({key}) {action} RETURNING t.id, (xmax = 0) AS added, {active} AS active){recorded}
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added AND active),
  count(*) FILTER (WHERE NOT added AND NOT active) FROM written
"""


def merge(cur: Cursor, plan: Merge, tally: Tally) -> None:
    """Write what is new and what differs, and count both in `tally`."""
    given = plan.key | plan.values | plan.fresh
    wanted: dict[str, sql.Composable] = {name: _sql(expr) for name, expr in given.items()}
    wanted |= _defaults(plan)
    named = (expr + sql.SQL(" AS ") + sql.Identifier(name) for name, expr in wanted.items())
    query = _sql(_MERGE).format(
        wanted=sql.SQL(", ").join(named),
        staged=sql.Identifier(plan.staged),
        joins=_sql(plan.joins),
        where=_sql(plan.where),
        target=sql.Identifier(table_of(plan.model)),
        columns=_listed("", list(wanted)),
        picked=_listed("w", list(wanted)),
        matched=_paired(plan.key),
        new=_new(plan),
        differs=_differs(plan),
        key=_listed("", list(plan.key)),
        action=_action(plan),
        recorded=_recorded(plan),
        active=sql.SQL("t.is_active" if _has_active(plan.model) else "true"),
    )
    added, changed, removed = cur.execute(query).fetchone() or (0, 0, 0)
    tally.added += added
    tally.changed += changed
    tally.removed += removed
    refresh(cur, plan.model, added + changed + removed)


_TIDY = """
SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
WHERE i.indrelid = %s::regclass AND a.amname = 'gin'
"""


def refresh(cur: Cursor, model: type[models.Model], written: int) -> None:
    """Make a table that just grew quick to read: statistics, and no waiting list in its indexes."""
    if written > _MANY:
        cur.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table_of(model))))
        cur.execute(_TIDY, [table_of(model)])


def merge_tree(cur: Cursor, plan: Merge, tally: Tally) -> None:
    """As `merge`, for a model with a `parent`, which the staged column `parent` names by id."""
    target = sql.Identifier(table_of(plan.model))
    last = number(cur, sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(target))
    merge(cur, replace(plan, values={}, fresh={**plan.values, **plan.fresh}), tally)
    cur.execute(
        sql.SQL(
            "UPDATE {target} t SET parent_id = up.id FROM {staged} s"
            " JOIN {target} up ON up.source_id = s.parent"
            " WHERE t.source_id = s.source_id AND t.id > {last}"
        ).format(target=target, staged=sql.Identifier(plan.staged), last=sql.Literal(last))
    )
    table = table_of(plan.model)
    joins = f"{plan.joins} LEFT JOIN {table} up ON up.source_id = s.parent"
    merge(cur, replace(plan, values={**plan.values, "parent_id": "up.id"}, joins=joins), tally)


def _listed(prefix: str, columns: Sequence[str]) -> sql.Composable:
    made = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in columns]
    return sql.SQL(", ").join(made)


def _paired(key: Mapping[str, str]) -> sql.Composable:
    return sql.SQL(" AND ").join(
        sql.SQL("{} IS NOT DISTINCT FROM {}" if name.endswith("_on") else "{} = {}").format(
            sql.Identifier("old", name), sql.Identifier("w", name)
        )
        for name in key
    )


def _new(plan: Merge) -> sql.Composable:
    gone = plan.skips_gone and "is_active" in {**plan.values, **plan.fresh}
    return sql.SQL("(old.id IS NULL AND w.is_active)" if gone else "old.id IS NULL")


def _differs(plan: Merge) -> sql.Composable:
    if not plan.values:
        return sql.SQL("false")
    names = list(plan.values)
    return sql.SQL("(old.id IS NOT NULL AND ({}) IS DISTINCT FROM ({}))").format(
        _listed("old", names), _listed("w", names)
    )


def _action(plan: Merge) -> sql.Composable:
    if not plan.values:
        return sql.SQL("DO NOTHING")
    return sql.SQL("DO UPDATE SET {}").format(
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("excluded", name))
            for name in plan.values
        )
    )


def _recorded(plan: Merge) -> sql.Composable:
    if not plan.records:
        return sql.SQL("")
    table = sql.Identifier(plan.records)
    return sql.SQL(", kept AS (INSERT INTO {} SELECT id FROM written)").format(table)


def _has_active(model: type[models.Model]) -> bool:
    return any(one.column == "is_active" for one in _fields(model))


def retire(
    cur: Cursor, plan: Merge, tally: Tally, *, source: str, allow_shrink: bool, noun: str
) -> None:
    """Deactivate the rows of `source` that the staged table no longer has.

    Raises FileRefused when more than a tenth would go (or, of a handful, more than half): far
    more often a cut-off export than the truth.
    """
    (key,) = plan.key
    gone = sql.SQL(
        " FROM {target} t WHERE t.source = {source} AND t.is_active"
        " AND NOT EXISTS (SELECT 1 FROM {staged} s WHERE {expr} = t.{key})"
    ).format(
        target=sql.Identifier(table_of(plan.model)),
        source=sql.Literal(source),
        staged=sql.Identifier(plan.staged),
        expr=_sql(plan.key[key]),
        key=sql.Identifier(key),
    )
    count = number(cur, sql.SQL("SELECT count(*)") + gone)
    if not count:
        return
    active = number(
        cur,
        sql.SQL("SELECT count(*) FROM {} t WHERE t.source = {} AND t.is_active").format(
            sql.Identifier(table_of(plan.model)), sql.Literal(source)
        ),
    )
    refuse_shrink(count, active, allow_shrink=allow_shrink, noun=noun)
    cur.execute(
        sql.SQL("UPDATE {} SET is_active = false WHERE id IN (SELECT t.id{})").format(
            sql.Identifier(table_of(plan.model)), gone
        )
    )
    tally.retired += count


def refuse_shrink(gone: int, active: int, *, allow_shrink: bool, noun: str) -> None:
    """Raise FileRefused when `gone` of `active` rows is more than one run may take away."""
    much = gone > active * _SHRINK_SHARE and (gone > _HANDFUL or gone > active / 2)
    if much and not allow_shrink:
        raise FileRefused(
            f"The file would take away {gone:,} of {active:,} {noun}, which looks like an export"
            " that was cut off. Nothing of it was used; confirm it if it is meant."
        )


def number(cur: Cursor, query: sql.Composable) -> int:
    """The one number that `query` gives."""
    row = cur.execute(sql.Composed([query])).fetchone()
    return int(row[0]) if row else 0


def strangers(
    cur: Cursor, staged: str, column: str, model: type[models.Model]
) -> list[tuple[int, str]]:
    """(line, value) of staged rows whose `column` names a `source_id` that nobody has."""
    query = sql.SQL(
        "SELECT s.line, s.{column} FROM {staged} s WHERE s.{column} <> ''"
        " AND NOT EXISTS (SELECT 1 FROM {target} t WHERE t.source_id = s.{column}) ORDER BY 1"
    ).format(
        column=sql.Identifier(column),
        staged=sql.Identifier(staged),
        target=sql.Identifier(table_of(model)),
    )
    return [(line, value) for line, value in cur.execute(query)]
