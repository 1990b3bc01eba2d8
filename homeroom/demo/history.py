"""A year of requests of a sample district, as JSON lines.

Each line is one request, oldest first: a message in (`id`, `at`, `channel`, `from`, `to`,
`subject`, `text`, `recorded_by`), its labels (`truth`), both as `homeroom learn` reads them, and
its story:

    audience          student | family | staff | community
    language          of the opening text
    school, place     sourcedId of the school; id of the room or stop in places.csv, or null
    asset             tag in assets.csv, or null
    status            new | open | waiting | resolved | closed, at the end of the history
    outcome           solved | joined (part of an incident) | merged (said twice) | null while open
    opened_at, assigned_at, first_reply_at, resolved_at, closed_at      ISO 8601 or null
    assignee          sourcedId of who has it, or null
    reopened          how often it came back
    incident          the incident it reports, or null
    recurring         the problem of data/truths.toml it belongs to, or null
    duplicate_of      id of the line it repeats, or null
    workflow, step, parent     id in workflows.yaml, number of its step, id of the line before
    turns             [{"team", "member", "at"}]: who had it; more than one is a hand-off
    messages          [{"at", "kind", "by", "channel", "text"}], the opening first; kind is in, out
                      or note; by is a sourcedId, or null for a stranger

`truth.path` is `turns` as [team, at]. Everything here was handled by people: the history shows a
district before any answer was given by a machine. Texts come from `data/texts`.
"""

import json
import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from homeroom.demo import arrivals
from homeroom.demo import folder as folders
from homeroom.demo.arrivals import Opening
from homeroom.demo.casting import Cast
from homeroom.demo.handling import handle
from homeroom.demo.story import Story
from homeroom.demo.texts import Scene

_DAYS = 365
_FULL_YEAR = 30_000
_TWICE = 0.06  # half of the catalogue's 12 %: the other half was never written down
_CHAIN = 0.3  # of requests that begin a workflow, how many go through its steps


def write(path: Path, *, folder: Path, seed: int = 1, today: date, n: int = _FULL_YEAR) -> int:
    """Write the year before `today` (exclusive) as JSON lines; how many lines were written.

    Raises FileNotFoundError when the folder is not a district folder.
    """
    known = folders.read(folder)
    draw = random.Random(f"{seed}/history")
    end = datetime.combine(today, time(), tzinfo=ZoneInfo(known.timezone))
    openings = year(known, today=today, n=n, draw=draw)
    cast = Cast(known)
    linked = {opening.repeats or opening.after for opening in openings}
    seen: dict[str, tuple[str, Scene]] = {}
    with path.open("w", encoding="utf-8") as file:
        for number, opening in enumerate(openings, 1):
            id_ = f"h-{number:06d}"
            before, earlier = seen.get(opening.repeats or opening.after, (None, None))
            scene = _scene(cast, opening, earlier, draw)
            if opening.key in linked:
                seen[opening.key] = (id_, scene)
            handling = handle(opening, known, draw)
            line = Story(id_, before, opening, scene, handling, end).tell(draw)
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(openings)


def _scene(cast: Cast, opening: Opening, earlier: Scene | None, draw: random.Random) -> Scene:
    """Who asks: the same person as before when the audience fits, else someone at that school."""
    if earlier is None:
        return cast.scene(opening, draw)
    if opening.repeats or opening.audience == earlier.requester.role:
        return replace(earlier, day=opening.at.date())
    return cast.scene(replace(opening, school=earlier.school), draw)


def year(known: folders.Folder, *, today: date, n: int, draw: random.Random) -> list[Opening]:
    """The `n` openings of the year before `today`, oldest first."""
    days = [today - timedelta(days=back) for back in range(_DAYS, 0, -1)]
    special = [
        *arrivals.recurring(known, days, draw),
        *arrivals.incidents(known, days, scale=n / _FULL_YEAR, draw=draw),
    ][: n // 2]
    base = arrivals.ordinary(known, days, count=n - len(special), draw=draw)
    made = [replace(opening, key=f"s{number}") for number, opening in enumerate(special)]
    for number, opening in enumerate(base):
        if len(made) >= n:
            break
        named = replace(opening, key=f"b{number}")
        followed = [one for one in _followed(named, known, draw) if one.at.date() < today]
        made += followed[: n - len(made)]
    return sorted(made, key=lambda opening: (opening.at, opening.key))


def _followed(opening: Opening, known: folders.Folder, draw: random.Random) -> list[Opening]:
    """The opening with what comes of it: said twice, or the steps of a workflow."""
    flow = arrivals.starts_chain(opening.service)
    if flow and draw.random() < _CHAIN:
        first = replace(opening, workflow=flow, step=1)
        return [first, *arrivals.chain(first, known, draw)]
    if draw.random() < _TWICE:
        return [opening, arrivals.again(opening, draw)]
    return [opening]
