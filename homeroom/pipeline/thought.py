"""The value that triage hands on: everything thought about one message."""

from dataclasses import dataclass

from homeroom.district.models import Service
from homeroom.knowledge.answering import Answer as Told
from homeroom.pipeline.linking import Link
from homeroom.pipeline.questions import Question
from homeroom.pipeline.replies import Reply
from homeroom.routing.context import Context
from homeroom.routing.promises import Promise
from homeroom.routing.values import Decision
from homeroom.tickets.models import Ticket
from homeroom.understanding.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """Everything thought about one message before anything is written."""

    reading: Reading
    decision: Decision
    service: Service | None
    context: Context
    due: Promise | None
    link: Link | None = None
    """The request it continues or tells again, when there is one."""
    said: str = ""
    """The words it is about."""
    further: tuple["Thought", ...] = ()
    """What else the message asks for: requests of their own."""
    ticket: Ticket | None = None
    """Where it was written down."""
    answer: Told | None = None
    """What the district's articles surely say to it."""
    question: Question | None = None
    replies: Reply | None = None
    """What it answers of what we had asked back."""
