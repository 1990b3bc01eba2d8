"""Reads of what the district knows, each under the eyes of who asks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from homeroom.district import schooldays
from homeroom.district.models import Org
from homeroom.knowledge import outcomes
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


def holds(article: Article, *, viewer: "Viewer", today: date) -> bool:  # noqa: ARG001
    """Whether an article that somebody was answered from is still one: not withdrawn or over."""
    is_over = article.expires_on is not None and article.expires_on <= today
    return article.is_active and not article.is_draft and not is_over


def versions(article: Article, *, viewer: "Viewer", today: date) -> Sequence[Article]:
    """The same in other languages, as far as this viewer may read it today."""
    root = article.translation_of_id or article.pk
    rows = Article.objects.filter(answerable(viewer=viewer, today=today))
    rows = rows.filter(Q(pk=root) | Q(translation_of_id=root)).exclude(pk=article.pk)
    return list(rows.only("source_id", "title", "language").order_by("language"))


def school_names(article: Article, *, viewer: "Viewer") -> tuple[str, ...]:  # noqa: ARG001
    """The schools an article speaks of; none when it speaks of all."""
    if not article.schools:
        return ()
    rows = Org.objects.filter(source_id__in=article.schools, is_active=True)
    return tuple(rows.order_by("name").values_list("name", flat=True))


def standing(*, viewer: "Viewer", today: date) -> Sequence[Article]:
    """Every article that may answer this viewer today."""
    rows = Article.objects.filter(answerable(viewer=viewer, today=today))
    return list(rows.select_related("service", "department").order_by("source_id"))


def articles(*, viewer: "Viewer") -> Sequence[Article]:
    """Every article this viewer may see, with those that no longer hold."""
    rows = Article.objects.filter(may_see(viewer=viewer)).select_related("service", "department")
    return list(rows.order_by("-is_active", "title", "id"))


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
    """Answers about the same that who writes this was given at most five school days ago.

    The same person, by whatever way they write now; answers that they accepted or left be.
    """
    ticket = message.ticket
    same = Q(pk__in=())
    if message.sender_address:
        same |= Q(message__sender_address=message.sender_address)
    if ticket.requester_id is not None:
        same |= Q(ticket__requester_id=ticket.requester_id)
    if not viewer.is_staff or not same.children[1:]:
        return []
    rows = Citation.objects.filter(
        same,
        _about_the_same(ticket.service_id),
        message__direction=Message.Direction.IN,
        state__in=[Citation.State.GIVEN, Citation.State.ACCEPTED],
        at__gt=now - LONGEST_BACK,
    )
    found = list(rows.exclude(ticket_id=message.ticket_id).select_related("message"))
    # The calendar is asked only where somebody was answered at all: most messages need it not.
    since = outcomes.since_back(now, viewer=viewer) if found else now
    return [one for one in found if one.at >= since]


LONGEST_BACK = timedelta(days=schooldays.LONGEST)
"""How far back five school days may lie."""


def _about_the_same(service_id: int | None) -> Q:
    """Answers in requests of that service, or from its articles; all where nobody knows."""
    if service_id is None:
        return Q()
    known = Q(ticket__service_id=service_id) | Q(article__service_id=service_id)
    return known | Q(ticket__service_id=None)
