"""What was made of one message, as the JSON that CONTRACT §5 promises."""

import json
from typing import Any

from homeroom.channels.inbound import Inbound
from homeroom.pipeline.receive import Filed
from homeroom.pipeline.triage import Thought
from homeroom.routing.values import Option
from homeroom.tickets.models import Message, Ticket


def told(filed: Filed, thought: Thought | None) -> dict[str, object]:
    """One line of §5 for one message that came in, with its request as the message holds it."""
    message = filed.message
    ticket = message.ticket if message is not None else None
    return {
        "id": _id_of(filed.inbound),
        "heard": heard(filed.inbound),
        "ticket": ticket.reference if ticket else None,
        "relation": filed.relation,
        "kind": _kind(filed),
        "group": group(ticket) if ticket else None,
        "incident": str(ticket.incident_id) if ticket and ticket.incident_id else None,
        **_route(ticket, thought),
        "priority": ticket.priority if ticket else None,
        "why": list(thought.decision.why) if thought else _reason(filed),
        "language": ticket.language if ticket else None,
        "safety": (ticket.safety or None) if ticket else None,
        "person": _person(message),
        "certainty": ticket.certainty if ticket else "unknown",
        "context": _context(ticket),
        "missing": list(thought.context.missing) if thought else [],
        "question": None,
        "answer": None,
    }


def refused(content: bytes, *, why: str) -> dict[str, object]:
    """A line of §5 for something that is no message: nothing was made of it, and why."""
    try:
        given: Any = json.loads(content)
    except (ValueError, UnicodeDecodeError, RecursionError):
        given = {}
    name = given.get("id") if isinstance(given, dict) else None
    return {
        "id": name if isinstance(name, str) else None,
        "heard": None,
        "ticket": None,
        "relation": "held",
        "kind": "empty",
        "group": None,
        "incident": None,
        **_route(None, None),
        "priority": None,
        "why": [why],
        "language": None,
        "safety": None,
        "person": None,
        "certainty": "unknown",
        "context": {},
        "missing": [],
        "question": None,
        "answer": None,
    }


def heard(inbound: Inbound) -> dict[str, object]:
    """The message as it was read."""
    sender = inbound.sender
    return {
        "from": sender.email or sender.phone or sender.handle or sender.name or None,
        "subject": inbound.subject or None,
        "text": inbound.text,
        "cut": inbound.cut,
        "attachments": [
            {"name": file.name, "media_type": file.media_type, "bytes": len(file.content)}
            for file in inbound.attachments
        ],
    }


def group(ticket: Ticket) -> str | None:
    """Shared by all that is treated as one: the incident's, or the request's it was merged into."""
    if ticket.incident_id:
        return f"incident-{ticket.incident_id}"
    return ticket.merged_into.reference if ticket.merged_into else ticket.reference


def _id_of(inbound: Inbound) -> str:
    return inbound.external_id


def _kind(filed: Filed) -> str:
    if filed.message is not None and filed.state == "filed":
        return filed.message.kind
    nature = {"auto_reply": "auto_reply", "bounce": "bounce", "empty": "empty", "spam": "spam"}
    return nature.get(filed.inbound.nature, "request" if filed.message else "spam")


def _reason(filed: Filed) -> list[str]:
    return [filed.inbound.nature_why] if filed.inbound.nature_why else []


def _route(ticket: Ticket | None, thought: Thought | None) -> dict[str, object]:
    """Where it goes: the best guess also when a person must still say so."""
    if thought is not None and thought.decision.options:
        best, *others = thought.decision.options
        return {
            **_option(best),
            "confidence": round(thought.decision.confidence, 4),
            "automatic": thought.decision.is_automatic,
            "alternatives": [_option(each) for each in others],
            "parts": [],
        }
    service = ticket.service if ticket else None
    team = ticket.team if ticket else None
    return {
        "department": team.department.source_id if team else None,
        "team": team.source_id if team else None,
        "service": service.source_id if service else None,
        "confidence": 0.0,
        "automatic": False,
        "alternatives": [],
        "parts": [],
    }


def _option(option: Option) -> dict[str, object]:
    service = option.service
    return {
        "department": service.department_source_id,
        "team": service.team_source_id,
        "service": service.source_id,
        "confidence": round(option.confidence, 4),
    }


def _person(message: Message | None) -> str | None:
    person = message.person if message is not None else None
    return person.source_id if person is not None else None


def _context(ticket: Ticket | None) -> dict[str, object]:
    if ticket is None:
        return {}
    return {name: fact["value"] for name, fact in sorted(ticket.context.items())}
