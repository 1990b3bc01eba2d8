"""What was made of one message, as the JSON that CONTRACT §5 promises."""

import json
from typing import Any

from homeroom.channels.inbound import Inbound
from homeroom.knowledge import wording
from homeroom.pipeline import questions, replies
from homeroom.pipeline.receive import Filed
from homeroom.pipeline.thought import Thought
from homeroom.routing.values import Option
from homeroom.tickets import alike, asked, outbreaks
from homeroom.tickets.models import Message, Ticket


def told(filed: Filed, thought: Thought | None) -> dict[str, object]:
    """One line of §5 for one message that came in, with its request as the message holds it."""
    message = filed.message
    ticket = message.ticket if message is not None else None
    link = thought.link if thought is not None and thought.link and thought.link.joins else None
    return {
        "id": _id_of(filed.inbound),
        "heard": heard(filed.inbound),
        "ticket": ticket.reference if ticket else None,
        "relation": replies.relation(thought) or (link.relation if link else filed.relation),
        "kind": _kind(filed),
        "group": group(ticket) if ticket else None,
        "incident": _incident(ticket) if ticket else None,
        **_route(ticket, None if link else thought),
        "parts": _parts(thought) if thought else [],
        "priority": ticket.priority if ticket else None,
        "why": _why(filed, thought),
        "language": ticket.language if ticket else None,
        "safety": (ticket.safety or None) if ticket else None,
        "person": _person(message),
        "certainty": ticket.certainty if ticket else "unknown",
        "context": _context(ticket),
        "missing": list(thought.context.missing) if thought else [],
        "question": questions.shown(thought),
        "answer": _answer(thought),
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
        "parts": [],
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


def _answer(thought: Thought | None) -> dict[str, object] | None:
    """The cited answer, when the articles surely have one and a machine may give it."""
    found = thought.answer if thought else None
    if thought is None or found is None or (thought.link and thought.link.joins):
        return None
    return wording.told(found, language=thought.reading.language.code)


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


def regrouped(answers: list[dict[str, object]]) -> list[dict[str, object]]:
    """The same lines with `group` as it is now: what came later may have joined two of them."""
    wanted = {str(answer["ticket"]) for answer in answers if answer["ticket"]}
    groups = {name: group(lead) for name, lead in alike.leads(wanted).items()}
    return [answer | {"group": groups.get(str(answer["ticket"]))} for answer in answers]


def group(ticket: Ticket) -> str | None:
    """Shared by all that is treated as one: the incident's, or the request's it was merged into."""
    if incident := _incident(ticket):
        return f"incident-{incident}"
    return ticket.merged_into.reference if ticket.merged_into else ticket.reference


def _incident(ticket: Ticket) -> str | None:
    number = outbreaks.told_of(ticket)
    return str(number) if number else None


def _id_of(inbound: Inbound) -> str:
    return inbound.external_id


def _kind(filed: Filed) -> str:
    if filed.message is not None and filed.state == "filed":
        return filed.message.kind
    nature = {"auto_reply": "auto_reply", "bounce": "bounce", "empty": "empty", "spam": "spam"}
    return nature.get(filed.inbound.nature, "request" if filed.message else "spam")


def _why(filed: Filed, thought: Thought | None) -> list[str]:
    if thought is None:
        return [filed.inbound.nature_why] if filed.inbound.nature_why else []
    link = thought.link
    if link is None:
        return list(thought.decision.why)
    return [link.sentence] if link.joins else [*thought.decision.why, link.sentence]


def _route(ticket: Ticket | None, thought: Thought | None) -> dict[str, object]:
    """Where it goes: the best guess also when a person must still say so."""
    if thought is not None and thought.decision.options:
        best, *others = thought.decision.options
        return {
            **_option(best),
            "confidence": round(thought.decision.confidence, 4),
            "automatic": thought.decision.is_automatic,
            "alternatives": [_option(each) for each in others],
        }
    service = ticket.service if ticket else None
    team = ticket.team if ticket and ticket.team else service.team if service else None
    return {
        "department": team.department.source_id if team else None,
        "team": team.source_id if team else None,
        "service": service.source_id if service else None,
        "confidence": 0.0,
        "automatic": False,
        "alternatives": [],
    }


def _parts(thought: Thought) -> list[dict[str, object]]:
    """What the message asks for, when it asks for several things."""
    if not thought.further:
        return []
    told = [(each.decision.service, each.ticket) for each in (thought, *thought.further)]
    return [
        {
            "department": service.department_source_id if service else None,
            "service": service.source_id if service else None,
            "ticket": ticket.reference if ticket else None,
        }
        for service, ticket in told
    ]


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
    return {name: fact["value"] for name, fact in sorted(asked.facts(ticket).items())}
