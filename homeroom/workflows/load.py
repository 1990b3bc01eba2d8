"""workflows.yaml becomes templates of work that crosses departments."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from homeroom.district.folder.items import Item, items_of, plain
from homeroom.district.folder.loading import Loading
from homeroom.district.folder.staging import Cursor, Merge, merge, retire, stage
from homeroom.district.load import load_file, loading_of
from homeroom.district.models import Service, Team
from homeroom.district.report import Report, Tally
from homeroom.workflows.models import Workflow

_SOURCE = "workflows"


def load(folder: Path, *, now: datetime, allow_shrink: bool = False) -> Report:
    """What became of the folder's workflows.yaml, written in one transaction."""
    loading = loading_of(folder, now=now, allow_shrink=allow_shrink)
    return Report(files=(load_file("workflows.yaml", _load, loading),))


def _load(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    services = set(Service.objects.values_list("source_id", flat=True))
    teams = set(Team.objects.values_list("source_id", flat=True))
    seen: set[str] = set()

    def rows() -> Iterator[tuple[object, ...]]:
        for item in items_of(path, tally, under="workflows"):
            id_, name = item.named(seen, tally)
            steps = _steps(item, services | {""}, teams | {""}, tally) if id_ else None
            if steps is None:
                continue
            loading.progress(tally)
            yield id_, name, json.dumps(steps), json.dumps(plain(item.rest))

    stage(cur, "new_workflows", "source_id text, name text, steps jsonb, facts jsonb", rows())
    plan = Merge(
        model=Workflow,
        staged="new_workflows",
        key={"source_id": "s.source_id"},
        values={
            "name": "s.name",
            "steps": "s.steps",
            "facts": "s.facts",
            "is_active": "true",
            "source": f"'{_SOURCE}'",
        },
    )
    merge(cur, plan, tally)
    retire(cur, plan, tally, source=_SOURCE, allow_shrink=loading.allow_shrink, noun="workflows")


def _steps(
    item: Item, services: set[str], teams: set[str], tally: Tally
) -> list[dict[str, Any]] | None:
    """The steps as {id, name, service, team, after, approval, ...}; None when it was refused.

    A workflow with a step that cannot be done is refused whole: half of one would lose people.
    """
    seen: dict[str, list[str]] = {}
    made = []
    n_refused = len(tally.refused)
    for step in item.items("steps", tally):
        id_, name = step.named(set(seen), tally)
        service, team = step.text("service"), step.text("team")
        if not id_:
            continue
        if service not in services:
            tally.refuse(step.line, f"The step {id_} asks for the unknown service {service}.")
        if team not in teams:
            tally.refuse(step.line, f"The step {id_} is for the unknown team {team}.")
        if not (service or team):
            tally.refuse(step.line, f"The step {id_} names neither a service nor a team.")
        seen[id_] = step.texts("after")
        approval = step.text("approval", "no") in ("yes", "true", "True")
        known = {"id": id_, "name": name, "service": service, "team": team}
        made.append({**plain(step.rest), **known, "after": seen[id_], "approval": approval})
    if not made and len(tally.refused) == n_refused:
        tally.refuse(item.line, "The workflow has no steps.")
    _refuse_tangle(item, seen, tally)
    return made if len(tally.refused) == n_refused else None


def _refuse_tangle(item: Item, after: dict[str, list[str]], tally: Tally) -> None:
    """Refuse steps that wait for an unknown step or, in the end, for themselves."""
    for step, before in after.items():
        for other in before:
            if other not in after:
                tally.refuse(item.line, f"The step {step} comes after {other}, which is not there.")
    waiting = {
        step: {other for other in before if other in after} for step, before in after.items()
    }
    while ready := [step for step, left in waiting.items() if not left]:
        for step in ready:
            del waiting[step]
        for left in waiting.values():
            left.difference_update(ready)
    if waiting:
        tally.refuse(item.line, f"The steps {', '.join(sorted(waiting))} wait for each other.")
