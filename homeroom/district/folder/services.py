"""services.yaml: everything one can ask for."""

import json
import re
from pathlib import Path

from homeroom.district.folder.items import Item, items_of, plain
from homeroom.district.folder.loading import Loading
from homeroom.district.folder.staging import Cursor, Merge, merge, retire, stage
from homeroom.district.models import Service
from homeroom.district.report import Tally

AUDIENCES = ("student", "family", "staff", "community")
_SENSITIVITY = ("public", "internal", "student_record", "confidential", "safety")
_AUTO_ANSWER = ("yes", "partly", "no", "never")
_SOURCE = "services"
_COLUMNS = (
    "line int, source_id text, name text, department text, team text, description text,"
    " audiences varchar[], sensitivity text, default_priority int, required_context varchar[],"
    " helpful_context varchar[], context_fields jsonb, raisers varchar[], auto_answer text,"
    ' first_response_hours float8, resolve_hours float8, "like" text, examples jsonb, facts jsonb'
)
_VALUES = (
    *("name", "description", "audiences", "sensitivity", "default_priority"),
    *("required_context", "helpful_context", "context_fields", "raisers", "auto_answer"),
    *("first_response_hours", "resolve_hours", "like", "examples", "facts"),
)


def load_services(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    """Write services.yaml; what is absent from it is deactivated."""
    seen: set[str] = set()
    read = []
    for item in items_of(path, tally, under="services"):
        id_, name = item.named(seen, tally)
        if id_:
            loading.progress(tally)
            read.append((item.line, id_, name, *_row(item, tally)))
    stage(cur, "new_services", _COLUMNS, read)
    plan = Merge(
        model=Service,
        staged="new_services",
        key={"source_id": "s.source_id"},
        values={
            **{name: f's."{name}"' for name in _VALUES},
            "department_id": "d.id",
            "team_id": "t.id",
            "is_active": "true",
            "source": f"'{_SOURCE}'",
        },
        joins=(
            "JOIN district_team t ON t.source_id = s.team AND t.is_active"
            " JOIN district_org d ON d.source_id = s.department OR"
            " (s.department = '' AND d.id = t.department_id)"
        ),
    )
    _refuse_homeless(cur, tally)
    merge(cur, plan, tally)
    retire(cur, plan, tally, source=_SOURCE, allow_shrink=loading.allow_shrink, noun="services")


def _row(item: Item, tally: Tally) -> tuple[object, ...]:
    made = (
        *(item.text("department"), item.text("team"), item.text("description")),
        _known(item, "audiences", AUDIENCES, tally),
        _one(item, "sensitivity", _SENSITIVITY, "internal", tally),
        _priority(item, tally),
        *(_short(item, "required_context", 60, tally), _short(item, "helpful_context", 60, tally)),
        json.dumps(plain(item.take("context_fields") or {})),
        _short(item, "raise_priority_if", 200, tally),
        _one(item, "auto_answer", _AUTO_ANSWER, "no", tally),
        item.number("first_response_hours", 8, tally),
        item.number("resolve_hours", 40, tally),
        item.text("like")[:200],
        json.dumps(_examples(item, tally)),
    )
    optional = item.take("optional")
    tally.unknown_keys(item.rest)
    facts = item.rest if optional is None else {**item.rest, "optional": optional}
    return (*made, json.dumps(plain(facts)))


def _known(item: Item, key: str, closed: tuple[str, ...], tally: Tally) -> list[str]:
    given = [value.lower() for value in item.texts(key)]
    for value in given:
        if value not in closed:
            tally.remark(item.line_of(key), f"{key}: “{value}” is none of {', '.join(closed)}.")
    return [value for value in dict.fromkeys(given) if value in closed]


def _one(item: Item, key: str, closed: tuple[str, ...], default: str, tally: Tally) -> str:
    value = item.text(key, default).lower()
    if value in closed:
        return value
    tally.remark(
        item.line_of(key), f"{key}: “{value}” is none of {', '.join(closed)}; {default} is used."
    )
    return default


def _priority(item: Item, tally: Tally) -> int:
    text = item.text("default_priority", "3")
    found = re.fullmatch(r"[Pp]?([1-4])", text)
    if found:
        return int(found.group(1))
    tally.remark(
        item.line_of("default_priority"), f"The priority “{text}” is none of 1 to 4; 3 is used."
    )
    return 3


def _short(item: Item, key: str, limit: int, tally: Tally) -> list[str]:
    given = item.texts(key)
    for value in given:
        if len(value) > limit:
            tally.remark(item.line_of(key), f"{key}: “{value[:40]}…” is too long and was left out.")
    return [value for value in dict.fromkeys(given) if len(value) <= limit]


def _examples(item: Item, tally: Tally) -> list[dict[str, object]]:
    """The examples as mappings with `text` and `lang`; a bare sentence is an English one."""
    given = item.take("examples") or []
    made: list[dict[str, object]] = []
    for one in given if isinstance(given, list) else [given]:
        row = plain(one) if isinstance(one, dict) else {"text": str(one)}
        if not str(row.get("text") or "").strip():
            tally.remark(item.line_of("examples"), "An example without text was left out.")
            continue
        lang = row.get("lang", "en")
        # YAML reads Norwegian's code as the word no.
        made.append({**row, "text": str(row["text"]), "lang": "no" if lang is False else str(lang)})
    return made


def _refuse_homeless(cur: Cursor, tally: Tally) -> None:
    query = (
        "SELECT s.line, s.source_id, s.team, s.department, t.id IS NULL FROM new_services s"
        " LEFT JOIN district_team t ON t.source_id = s.team AND t.is_active"
        " LEFT JOIN district_org d ON d.source_id = s.department"
        " WHERE t.id IS NULL OR (s.department <> '' AND d.id IS NULL) ORDER BY 1"
    )
    for line, service, team, department, no_team in cur.execute(query):
        what = f"the team {team or '(none)'}" if no_team else f"the department {department}"
        tally.refuse(line, f"The service {service} needs {what}, which is not known.")
        tally.dropped += 1
