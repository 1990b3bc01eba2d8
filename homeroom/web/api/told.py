"""What callers are answered: the shapes that the OpenAPI page shows."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field


class ProblemTold(Schema):
    """Why a call was refused (RFC 9457, application/problem+json)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="a plain sentence")


class Route(Schema):
    """One place a request may go."""

    department: str | None
    team: str | None
    service: str | None
    confidence: float


class HeardFile(Schema):
    """A file as it was received."""

    name: str
    media_type: str
    bytes: int


class Heard(Schema):
    """The message as it was read."""

    from_: str | None = Field(None, alias="from")
    subject: str | None
    text: str
    cut: str
    attachments: list[HeardFile]


class MessageTold(Schema):
    """What was made of one message, as far as it is known."""

    id: str | None
    heard: Heard | None
    ticket: str | None = Field(description="the reference of the request it is part of")
    relation: str = Field(description="opened, continued, joined, answered, ignored or held")
    kind: str
    group: str | None
    incident: str | None
    department: str | None
    team: str | None
    service: str | None
    confidence: float
    automatic: bool
    alternatives: list[Route]
    parts: list[dict[str, Any]]
    priority: int | None
    why: list[str]
    language: str | None
    safety: str | None
    person: str | None
    certainty: str
    context: dict[str, Any]
    missing: list[str]
    question: str | None
    answer: dict[str, Any] | None
    state: str = Field(description="received, filed, ignored, held or quarantined")
    understood: bool
    remarks: list[str] = []


class Row(Schema):
    """A request in a list. What is for staff alone is null for askers."""

    reference: str
    subject: str
    status: str
    priority: int | None
    channel: str
    language: str
    safety: str | None
    needs_triage: bool | None
    requester: str | None
    org: str | None
    place: str | None
    team: str | None = Field(description="the team's id")
    team_name: str | None
    service_name: str | None
    assignee: str | None
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    last_text: str
    last_at: datetime | None
    last_by_asker: bool


class Rows(Schema):
    """One page of a queue."""

    queue: str
    tickets: list[Row]
    next: str | None = Field(description="send as `after` for the next page; null on the last")


class FileTold(Schema):
    """A file of a message."""

    name: str
    media_type: str
    bytes: int


class Said(Schema):
    """Something said in a request."""

    number: int
    id: str | None
    direction: str = Field(description="in, out or note")
    is_public: bool
    channel: str
    at: datetime
    name: str
    address: str | None
    subject: str
    text: str
    language: str
    kind: str
    attachments: list[FileTold]


class Actor(Schema):
    """Who did it."""

    kind: str
    number: int | None


class EventTold(Schema):
    """One thing that happened."""

    id: int
    at: datetime
    recorded_at: datetime
    type: str
    ticket: str | None
    incident: int | None
    message: int | None
    actor: Actor
    because: int | None
    data: dict[str, Any]
    version: int


class Events(Schema):
    """Events in the order of the log."""

    events: list[EventTold]
    next: int = Field(description="send as `after` to go on")


class Ticket(Row):
    """One request with what was said and what happened."""

    certainty: str | None
    sensitivity: str | None
    person: str | None = Field(description="sourcedId of who asks")
    asset: str | None
    service: str | None
    department: str | None
    context: dict[str, Any]
    reply_due_at: datetime | None
    replied_at: datetime | None
    resolve_due_at: datetime | None
    resolved_at: datetime | None
    waiting_until: datetime | None
    merged_into: str | None
    incident: str | None
    thread: list[Said]
    events: list[EventTold]
    seen: int = Field(description="number of the last event; send it with what you do")


class Done(Schema):
    """How a request stands after something was done to it."""

    reference: str
    status: str
    team: str | None
    message: int | None = Field(None, description="number of the message that was written")
    seen: int
    remarks: list[str] = []


class Offer(Schema):
    """Something one can ask for."""

    id: str
    number: int = Field(description="as events name it")
    name: str
    description: str
    department: str | None
    department_name: str | None
    team: str | None
    team_name: str | None
    team_number: int
    audiences: list[str]
    sensitivity: str | None
    default_priority: int
    required_context: list[str]
    helpful_context: list[str]
    first_response_hours: float
    resolve_hours: float


class Offers(Schema):
    """Everything on offer."""

    services: list[Offer]
