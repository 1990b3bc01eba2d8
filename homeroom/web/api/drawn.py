"""Requests and events as JSON: what staff may see, and the part of it that askers may."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from homeroom.district import queries as district
from homeroom.district.permissions import Viewer
from homeroom.kit import ids
from homeroom.tickets import asked, lists, queries

if TYPE_CHECKING:
    from homeroom.tickets.models import Event, Message, Ticket

type Json = dict[str, Any]

MOST = 500
"""Messages and events of one request that are told, the latest ones."""
STAFF_ONLY = (
    "priority", "safety", "needs_triage", "requester", "org", "place", "service_name", "assignee",
    "due_at", "certainty", "sensitivity", "person", "asset", "service", "department",
    "reply_due_at", "resolve_due_at", "waiting_until", "incident",
)  # fmt: skip
"""What an asker is not told of their own request."""


def row(found: Mapping[str, Any], *, viewer: Viewer) -> Json:
    """A row of `queries.page`."""
    team = district.catalogue(viewer=viewer).teams.get(found["team__id"])
    drawn = {
        name: found[name]
        for name in (
            "reference", "subject", "status", "priority", "channel", "language", "needs_triage",
            "opened_at", "changed_at", "due_at", "last_text", "last_at", "last_by_asker",
        )
    } | {
        "safety": found["safety"] or None,
        "requester": _full(found, "requester") or found["requester_name"] or None,
        "org": found["org__name"],
        "place": found["place__name"],
        "team": team.source_id if team else None,
        "team_name": found["team__name"],
        "service_name": found["service__name"],
        "assignee": _full(found, "assignee") or None,
    }  # fmt: skip
    return _for(viewer, drawn)


def _full(found: Mapping[str, Any], who: str) -> str:
    parts = (found[f"{who}__given_name"], found[f"{who}__family_name"])
    return " ".join(part for part in parts if part)


def _for(viewer: Viewer, drawn: Json) -> Json:
    if viewer.is_staff:
        return drawn
    hidden = dict.fromkeys(name for name in STAFF_ONLY if name in drawn)
    return drawn | hidden


def ticket(found: "Ticket", *, viewer: Viewer) -> Json:
    """One request, with what was said in it and what happened to it."""
    said = lists.thread(found, viewer=viewer, newest=MOST)
    events = list(queries.timeline(found, viewer=viewer).reverse()[:MOST])[::-1]
    drawn = _columns(found) | {
        "requester": (found.requester.name if found.requester else "")
        or found.requester_name
        or None,
        "person": found.requester.source_id if found.requester else None,
        "org": found.org.name if found.org else None,
        "place": found.place.name if found.place else None,
        "asset": found.asset.tag if found.asset else None,
        "team": found.team.source_id if found.team else None,
        "team_name": found.team.name if found.team else None,
        "department": found.team.department.source_id if found.team else None,
        "service": found.service.source_id if found.service else None,
        "service_name": found.service.name if found.service else None,
        "assignee": found.assignee.name if found.assignee else None,
        "context": _context(found) if viewer.is_staff else {},
        "merged_into": _leads_to(found, viewer=viewer),
        "incident": str(found.incident_id) if found.incident_id else None,
        "thread": [_said(each, viewer=viewer) for each in said],
        "events": [event(each) for each in events],
        "seen": lists.latest_event(found, viewer=viewer),
    }
    return _for(viewer, drawn)


def _columns(found: "Ticket") -> Json:
    names = (
        "reference", "subject", "status", "priority", "channel", "language", "needs_triage",
        "certainty", "sensitivity", "opened_at", "changed_at", "due_at", "reply_due_at",
        "replied_at", "resolve_due_at", "resolved_at", "waiting_until", "last_text", "last_at",
        "last_by_asker",
    )  # fmt: skip
    return {name: getattr(found, name) for name in names} | {"safety": found.safety or None}


def _context(found: "Ticket") -> Json:
    return {name: fact.get("value") for name, fact in sorted(asked.facts(found).items())}


def _leads_to(found: "Ticket", *, viewer: Viewer) -> str | None:
    """The request this one was merged into, if it may be seen."""
    if found.merged_into is None:
        return None
    target = queries.by_reference(found.merged_into.reference or "", viewer=viewer)
    return target.reference if target else None


def _said(message: "Message", *, viewer: Viewer) -> Json:
    person = message.person
    return {
        "number": message.pk,
        "id": message.external_id,
        "direction": str(message.direction),
        "is_public": message.is_public,
        "channel": message.channel,
        "at": message.at,
        "name": message.sender_name or (person.name if person else ""),
        "address": (message.sender_address or None) if viewer.is_staff else None,
        "subject": message.subject,
        "text": message.text,
        "language": message.language,
        "kind": message.kind,
        "attachments": [
            {"name": file.name, "media_type": file.blob.media_type, "bytes": file.blob.size}
            for file in message.attachments.all()
            if not file.is_inline
        ],
    }


def event(found: "Event") -> Json:
    """One thing that happened; requests by their reference, everything else by its number."""
    return {
        "id": found.pk,
        "at": found.at,
        "recorded_at": found.recorded_at,
        "type": found.type,
        "ticket": ids.reference(found.ticket_id) if found.ticket_id else None,
        "incident": found.incident_id,
        "message": found.message_id,
        "actor": {"kind": found.actor_kind, "number": found.actor_id},
        "because": found.because_id,
        "data": found.data,
        "version": found.version,
    }


def services(*, viewer: Viewer) -> Sequence[Json]:
    """What is offered: everything to staff, to others what is not for staff alone."""
    catalogue = district.catalogue(viewer=viewer)
    offered = []
    for one in catalogue.services.values():
        if not viewer.is_staff and set(one.audiences) == {"staff"}:
            continue
        team = catalogue.teams.get(one.team_id)
        department = catalogue.orgs.get(one.department_id)
        names = (
            "name", "description", "default_priority", "first_response_hours", "resolve_hours",
        )  # fmt: skip
        drawn = {name: getattr(one, name) for name in names} | {
            "id": one.source_id,
            "number": one.id,
            "department": department.source_id if department else None,
            "department_name": department.name if department else None,
            "team": team.source_id if team else None,
            "team_name": team.name if team else None,
            "team_number": one.team_id,
            "audiences": list(one.audiences),
            "sensitivity": one.sensitivity if viewer.is_staff else None,
            "required_context": list(one.required_context),
            "helpful_context": list(one.helpful_context),
        }
        offered.append(drawn)
    return offered
