"""What the log says of a request of the past, told from its story; and the names stories use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from homeroom.district.models import Asset, Org, Person, Place, Service, Team
from homeroom.tickets.log import Type

type Happened = tuple[str, str, int | None, int | None, dict[str, Any]]
"""When (ISO 8601), what, in which message, by whom, and the facts."""


@dataclass(slots=True, kw_only=True)
class Known:
    """Rows of the standing facts by the names the history uses."""

    people: dict[str, int]
    teams: dict[str, int]
    services: dict[str, tuple[int, str, str]]
    orgs: dict[str, int]
    places: dict[str, int]
    assets: dict[str, int]
    tickets: dict[str, int] = field(default_factory=dict)


def known() -> Known:
    """Every source id there is, in six queries."""

    def pairs(model: Any, name: str = "source_id") -> dict[str, int]:
        return dict(model.objects.values_list(name, "pk"))

    return Known(
        people=pairs(Person),
        teams=pairs(Team),
        services={
            source: (pk, sensitivity, name)
            for source, pk, sensitivity, name in Service.objects.values_list(
                "source_id", "pk", "sensitivity", "name"
            )
        },
        orgs=pairs(Org),
        places=pairs(Place),
        assets=pairs(Asset, "tag"),
    )


def told(story: Mapping[str, Any], said: list[int], known: Known) -> Iterator[Happened]:
    """What the log says of one request: when, what, which message, who, and the facts."""
    truth, opened = story["truth"], story["opened_at"]
    asker = known.people.get(story["from"].get("person") or "")
    service = known.services.get(truth["service"])
    first = {"status": "new", "priority": truth["priority"]}
    yield opened, Type.OPENED, None, asker, {"set": first, "channel": story["channel"]}
    names = {"in": Type.RECEIVED, "out": Type.SENT, "note": Type.NOTED}
    for each, pk in zip(story["messages"], said, strict=True):
        by = known.people.get(each["by"] or "")
        yield each["at"], names[each["kind"]], pk, by, {"channel": each["channel"]}
    if service:
        yield opened, Type.CLASSIFIED, None, None, {"set": {"service_id": service[0]}}
    yield from _turns(story, known)
    yield from _ends(story, known)


def _turns(story: Mapping[str, Any], known: Known) -> Iterator[Happened]:
    before: dict[str, int | None] = {"team_id": None, "assignee_id": None}
    turns = story["turns"]
    opener = None
    for number, turn in enumerate(turns):
        assignee = known.people.get(turn["member"] or "")
        if number == len(turns) - 1:
            assignee = known.people.get(story["assignee"] or "")
        after = {"team_id": known.teams.get(turn["team"]), "assignee_id": assignee}
        yield turn["at"], Type.ASSIGNED, None, assignee, {"set": after, "was": before}
        opener = opener or assignee
        before = after
    status = story["status"] if story["status"] in {"open", "waiting"} else "open"
    if turns and story["status"] != "new":
        at = turns[0]["at"]
        yield at, Type.RESUMED, None, opener, {"set": {"status": "open"}}
        if status == "waiting":
            yield turns[-1]["at"], Type.WAITED, None, None, {"set": {"status": "waiting"}}


def _ends(story: Mapping[str, Any], known: Known) -> Iterator[Happened]:
    by = known.people.get(story["assignee"] or "")
    if story["resolved_at"] and story["status"] in {"resolved", "closed"}:
        yield story["resolved_at"], Type.RESOLVED, None, by, {"set": {"status": "resolved"}}
    if story["status"] == "closed":
        at = story["closed_at"] or story["resolved_at"]
        yield at, Type.CLOSED, None, None, {"set": {"status": "closed"}}
    into = known.tickets.get(story.get("duplicate_of") or "")
    if story["outcome"] == "merged" and into:
        at = story["closed_at"] or story["resolved_at"] or story["opened_at"]
        yield at, Type.MERGED, None, by, {"set": {"merged_into_id": into}}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
