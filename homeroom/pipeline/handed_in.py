"""Messages that a machine hands in as lines (CONTRACT §4), and what was made of each (§5).

What is told here is read back from what stands written: who understood it, and when, is no matter.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from homeroom.channels import doors, envelopes
from homeroom.channels.line import CHANNELS
from homeroom.channels.models import Envelope
from homeroom.district import queries as district
from homeroom.district.permissions import SYSTEM
from homeroom.district.values import Catalogue
from homeroom.kit.errors import Expected
from homeroom.pipeline import at_once, outcome
from homeroom.pipeline.receive import Filed
from homeroom.routing.fields import field
from homeroom.routing.models import Suggestion
from homeroom.tickets import queries
from homeroom.tickets.log import Type
from homeroom.tickets.models import Event, Message, Ticket

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

type Line = dict[str, Any]


class TakenAlready(Expected):
    """Two different messages under one id."""

    def __init__(self) -> None:
        super().__init__(
            "Another message came with this id, and is kept. Give this one an id of its own."
        )


def take_in(content: bytes, *, channel: str, key: str, now: datetime) -> Filed:
    """Keep a line under its key and file it now; the same line is taken in once.

    It is durably kept when this returns, whatever went wrong after that.

    :raises TakenAlready: when another line is kept under that key.
    """
    envelope = envelopes.keep(
        content,
        channel=channel,
        form=Envelope.Form.LINE,
        recipients=[],
        key=key,
        now=now,
        wakes=False,
    )
    if envelope.raw_id != hashlib.sha256(content).hexdigest():
        raise TakenAlready
    if envelope.state == Envelope.State.RECEIVED:
        at_once.file_now(envelope, now=now)
    return find(key=key, channel=channel)[0]


def find(*, key: str, channel: str = "") -> list[Filed]:
    """What has become of the lines kept under that key, in that channel or in any."""
    # By every channel's name rather than by none: the index begins with it.
    kept = Envelope.objects.filter(channel__in=[channel] if channel else sorted(CHANNELS), key=key)
    rows = kept.select_related(
        "raw", "message__person", "message__ticket__service",
        "message__ticket__team__department", "message__ticket__merged_into",
    )  # fmt: skip
    return [
        Filed(
            envelope_id=row.pk,
            state=row.state,
            relation=row.relation,
            inbound=doors.read(row),
            message=row.message,
        )
        for row in rows.order_by("id")
    ]


def is_settled(filed: Filed) -> bool:
    """Whether nothing more will be made of it without a person."""
    if filed.state == Envelope.State.RECEIVED:
        return False
    return filed.message is None or filed.message.read_at is not None


def told(filed: Filed, *, viewer: "Viewer") -> Line:
    """One line of §5 as far as it is known, with `state` and `understood` beside it.

    Whoever handed it in hears what was made of their words. What the roster knows of the sender is
    for viewers who may look people up; of a request that was there before, only those who may see
    it hear more than its reference.
    """
    line: Line = outcome.told(filed, None)
    line |= {"state": filed.state, "understood": False}
    if filed.state == Envelope.State.RECEIVED:
        return line | {"relation": "held", "why": ["It is kept, and will be filed in a moment."]}
    message = filed.message
    if message is None:
        return line
    line["understood"] = message.read_at is not None
    if filed.state == Envelope.State.FILED:
        line |= _understood(message, opened=filed.relation == "opened")
    if not viewer.is_staff:
        line |= {"person": None, "context": _said_themselves(message.ticket)}
    if filed.relation != "opened" and not _may_see(message.ticket, viewer):
        line |= _NOTHING
    return line


_NOTHING: Mapping[str, object] = {
    "group": None, "incident": None, "department": None, "team": None, "service": None,
    "confidence": 0.0, "automatic": False, "alternatives": [], "priority": None, "why": [],
    "safety": None, "person": None, "certainty": "unknown", "context": {}, "missing": [],
}  # fmt: skip


def _may_see(ticket: Ticket, viewer: "Viewer") -> bool:
    return queries.by_reference(ticket.reference or "", viewer=viewer) is not None


def _said_themselves(ticket: Ticket) -> Line:
    return {
        name: fact["value"]
        for name, fact in sorted(ticket.context.items())
        if fact.get("source") == "message"
    }


def _understood(message: Message, *, opened: bool) -> Line:
    """What understanding wrote down about one message."""
    event = Event.objects.filter(message=message, type=Type.READ).first()
    if event is None:
        return {}
    ticket = message.ticket
    line: Line = {
        "confidence": event.data.get("confidence", 0.0),
        "missing": _missing(ticket),
    }
    # After a merge the suggestion stays with the request that the message opened.
    origin = message.is_moved_from_id or ticket.pk
    thought = Suggestion.objects.filter(ticket_id=origin).first() if opened else None
    if thought is None:
        return line
    line |= {"why": thought.why, "automatic": thought.is_automatic}
    catalogue = district.catalogue(viewer=SYSTEM)
    options = [_option(each, catalogue) for each in thought.options]
    if options:
        line |= options[0] | {"confidence": line["confidence"], "alternatives": options[1:]}
    return line


def _option(option: Mapping[str, Any], catalogue: Catalogue) -> Line:
    service = catalogue.services.get(option["service"])
    team = catalogue.teams.get(option["team"])
    department = catalogue.orgs.get(option["department"])
    return {
        "department": department.source_id if department else None,
        "team": team.source_id if team else None,
        "service": service.source_id if service else None,
        "confidence": option["confidence"],
    }


def _missing(ticket: Ticket) -> list[str]:
    """What the service needs to know and nobody said."""
    service = ticket.service
    if service is None:
        return []
    return [
        name
        for name in service.required_context
        if name not in ticket.context
        and not field(name, service.context_fields.get(name, {})).is_told
    ]
