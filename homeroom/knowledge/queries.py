"""Reads of what the district knows, each under the eyes of who asks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from homeroom.knowledge.models import Article, Citation
from homeroom.tickets.models import Message

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer


def may_see(*, viewer: "Viewer") -> Q:
    """The articles this viewer may see at all, whether or not they hold today."""
    allowed = Q(visibility="public")
    if viewer.kind == "system":
        return Q()
    if viewer.account_id is not None or viewer.person_id is not None:
        allowed |= Q(visibility="signed_in")
    if viewer.is_staff:
        allowed |= Q(visibility="staff")
        allowed |= Q(visibility="team", department_id__in=viewer.department_ids)
        allowed |= Q(visibility="team", service__team_id__in=viewer.team_ids)
    if viewer.kind == "administrator":
        return Q()
    return allowed


def answerable(*, viewer: "Viewer", today: date) -> Q:
    """The articles that may answer this viewer today: neither draft, retired nor expired."""
    holds = Q(expires_on=None) | Q(expires_on__gt=today)
    return may_see(viewer=viewer) & Q(is_active=True, is_draft=False) & holds


def article(source_id: str, *, viewer: "Viewer", today: date) -> Article | None:
    """One article that holds today, as this viewer may read it."""
    found = Article.objects.filter(answerable(viewer=viewer, today=today), source_id=source_id)
    return found.select_related("service", "department").first()


def standing(*, viewer: "Viewer", today: date) -> Sequence[Article]:
    """Every article that may answer this viewer today."""
    rows = Article.objects.filter(answerable(viewer=viewer, today=today))
    return list(rows.select_related("service", "department").order_by("source_id"))


def articles(*, viewer: "Viewer") -> Sequence[Article]:
    """Every article this viewer may see, with those that no longer hold."""
    rows = Article.objects.filter(may_see(viewer=viewer)).select_related("service", "department")
    return list(rows.order_by("-is_active", "title", "id"))


BACK: timedelta = timedelta(days=7)
"""Five school days, as the calendar has them in an ordinary week: whoever is back about the same
thing by then was not helped."""


def citation(message: Message, *, viewer: "Viewer") -> Citation | None:
    """The answer this message was given, for whoever may see the message; else nothing."""
    if viewer.kind == "anonymous":
        return None
    found = Citation.objects.filter(message=message).select_related("article__department")
    return found.first()


def open_citation(ticket_id: int, *, viewer: "Viewer") -> Citation | None:
    """The answer of a request of which nobody has said yet whether it helped."""
    if not viewer.is_staff:
        return None
    found = Citation.objects.filter(ticket_id=ticket_id, state=Citation.State.GIVEN)
    return found.select_related("message", "article").order_by("-id").first()


def latest_citation(ticket_id: int, *, viewer: "Viewer") -> Citation | None:
    """The last answer of a request, whatever became of it."""
    if viewer.kind == "anonymous":
        return None
    found = Citation.objects.filter(ticket_id=ticket_id).select_related(
        "message", "article__department"
    )
    return found.order_by("-id").first()


def answered_before(message: Message, *, viewer: "Viewer", now: datetime) -> Sequence[Citation]:
    """Answers this sender accepted or left be within `BACK`, in requests of the same service."""
    service_id = message.ticket.service_id
    if not viewer.is_staff or not message.sender_address or service_id is None:
        return []
    rows = Citation.objects.filter(
        message__sender_address=message.sender_address,
        ticket__service_id=service_id,
        state__in=[Citation.State.GIVEN, Citation.State.ACCEPTED],
        at__gt=now - BACK,
    )
    return list(rows.exclude(ticket_id=message.ticket_id).select_related("message"))
