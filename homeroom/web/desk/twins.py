"""What may be, or was found to be, the same request: one key to merge, one to take it apart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from homeroom.tickets import alike
from homeroom.web import naming
from homeroom.web.desk.lists import asker
from homeroom.web.templatetags.homeroom import moment

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer
    from homeroom.tickets.models import Event

type Drawn = dict[str, object]


def drawn(
    events: Sequence["Event"], *, viewer: "Viewer", queue: str, now: datetime
) -> tuple[Drawn | None, list[Drawn]]:
    """The likest other request that nobody has judged, and the ones that were put in by themselves.

    No query for most requests, one for those that have either.
    """
    asked = {
        int(event.data["to"]): str(event.data.get("why", {}).get("tie", ""))
        for event in events
        if event.type == "ticket.likened"
    }
    for event in events:
        if event.type == "ticket.parted":
            asked.pop(int(event.data["to"]), None)
    put_in = _put_in(events)
    rows = alike.rows([*asked, *put_in], viewer=viewer) if asked or put_in else {}
    other = next((rows[pk] for pk in asked if pk in rows and not rows[pk]["merged_into"]), None)
    return (
        _question(other, asked[_number(other)], now=now) if other else None,
        [_joined(rows[pk], queue, now=now) for pk in put_in if pk in rows],
    )


def _put_in(events: Sequence["Event"]) -> list[int]:
    """The requests whose messages are here because Homeroom put them here."""
    found: list[int] = []
    for event in events:
        if event.type == "message.moved" and event.actor_kind == "model":
            found += [int(event.data["came_from"])] if "came_from" in event.data else []
        elif event.type == "message.moved" and event.data.get("went_to") in found:
            found.remove(event.data["went_to"])
    return found


def _number(row: Mapping[str, object]) -> int:
    return int(str(row["id"]))


def _question(row: Mapping[str, object], tie: str, *, now: datetime) -> Drawn:
    return {
        "value": row["reference"],
        "subject": row["subject"] or row["reference"],
        "text": _about(row, now=now),
        "why": str(naming.TIES.get(tie, "")),
    }


def _joined(row: Mapping[str, object], queue: str, *, now: datetime) -> Drawn:
    return {
        "url": reverse("desk:talk", args=[queue, row["reference"]]),
        "subject": row["subject"] or row["reference"],
        "text": _about(row, now=now),
    }


def _about(row: Mapping[str, object], *, now: datetime) -> str:
    opened = row["opened_at"]
    when = moment(opened, now) if isinstance(opened, datetime) else ""
    who = asker(row)
    return _("%(who)s, %(when)s") % {"who": who, "when": when} if who else when
