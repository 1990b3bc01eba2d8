"""Who may edit which articles, and what they see of them: also drafts, expired and retired ones.

Administrators edit all, the owner of an article theirs, members of a team what the team's address
owns, and whoever leads a team what its services are about. A file of the district folder may be
edited; what a source brings is changed in the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from django.db.models import Q, QuerySet

from homeroom.district.models import Account, Identity, Org, Service, Team
from homeroom.knowledge.editing import BY_HAND, FOLDER
from homeroom.knowledge.models import Article, Edition

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

PAGE: Final = 25
EDITIONS: Final = 100
"""Editions listed, the newest."""
SHOWS: Final = ("live", "draft", "due", "expired", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which articles to list."""

    show: str = ""
    """One of `SHOWS`, or empty for all."""
    service_id: int | None = None
    words: str = ""
    after: tuple[str, int] | None = None
    """(title, row id) of the last one seen."""


def editable(*, viewer: "Viewer") -> Q:
    """The articles this viewer may edit."""
    kept = Q(source__in=(BY_HAND, FOLDER))
    if viewer.kind in {"administrator", "system"}:
        return kept
    if not viewer.is_staff:
        return Q(pk__in=())
    mine = Q(service__team_id__in=viewer.led_team_ids)
    for address in sorted(addresses(viewer=viewer)):
        mine |= Q(owner__iexact=address)
    return kept & mine


def addresses(*, viewer: "Viewer") -> set[str]:
    """The mail addresses a viewer speaks for: their sign-in's, proven ones, and their teams'."""
    accounts = Account.objects.filter(pk=viewer.account_id or 0)
    proven = Identity.objects.filter(
        person_id=viewer.person_id or 0, kind="email", verified_at__isnull=False
    )
    teams = Team.objects.filter(pk__in=viewer.team_ids).exclude(email="")
    found = [
        *accounts.values_list("email", flat=True),
        *proven.values_list("value", flat=True),
        *teams.values_list("email", flat=True),
    ]
    return {one.lower() for one in found}


def may_write(*, viewer: "Viewer") -> bool:
    """Whether this viewer may begin an article: administrators, and whoever leads a team."""
    return viewer.kind in {"administrator", "system"} or bool(
        viewer.is_staff and viewer.led_team_ids
    )


def services(*, viewer: "Viewer") -> list[Service]:
    """What this viewer may write articles about, by name."""
    rows = Service.objects.filter(is_active=True).select_related("department", "team")
    if viewer.kind not in {"administrator", "system"}:
        rows = rows.filter(team_id__in=viewer.led_team_ids if viewer.is_staff else ())
    return list(rows.order_by("name", "id"))


def departments(*, viewer: "Viewer") -> list[Org]:
    """The departments an article may be from, for administrators."""
    if viewer.kind not in {"administrator", "system"}:
        return []
    return list(Org.objects.filter(kind="department", is_active=True).order_by("name"))


def schools(*, viewer: "Viewer") -> list[Org]:
    """The schools an article may be about, for staff."""
    if not viewer.is_staff:
        return []
    return list(Org.objects.filter(kind="school", is_active=True).order_by("name"))


def originals(*, viewer: "Viewer", language: str, limit: int = 500) -> list[Article]:
    """Articles of another language that one in this language may be a version of, by title."""
    rows = Article.objects.filter(editable(viewer=viewer), is_active=True, translation_of=None)
    return list(rows.exclude(language=language).order_by("title", "id")[:limit])


def article(number: int | None, *, viewer: "Viewer") -> Article | None:
    """The article of that number with what belongs to it, if the viewer may edit it."""
    rows = Article.objects.filter(editable(viewer=viewer), pk=number or 0)
    return rows.select_related("service__team", "department", "translation_of").first()


def blank(of: Article | None, *, language: str, viewer: "Viewer") -> Article:
    """An article that is not kept yet: empty, or to be a version of another one."""
    account = Account.objects.filter(pk=viewer.account_id or 0).first()
    row = Article(owner=account.email if account else "")
    if of is not None:
        row.translation_of = of.translation_of or of
        for name in ("service", "department", "audience", "visibility", "schools", "owner"):
            setattr(row, name, getattr(of, name))
        row.review_on, row.expires_on = of.review_on, of.expires_on
    row.language = language[:12] or row.language
    return row


def edition(article: Article, number: int, *, viewer: "Viewer") -> Edition | None:
    """One edition by its number; for whoever may edit the article."""
    found = [one for one in editions(article, viewer=viewer) if one.number == number]
    return found[0] if found else None


def articles(wanted: Wanted, *, viewer: "Viewer", today: date, limit: int = PAGE) -> list[Article]:
    """One page of the articles a viewer may edit, by title; one more tells of a next page."""
    rows = Article.objects.filter(editable(viewer=viewer))
    if wanted.show:
        rows = rows.filter(standing(wanted.show, today=today))
    if wanted.service_id is not None:
        rows = rows.filter(service_id=wanted.service_id)
    for word in wanted.words.split()[:10]:
        rows = rows.filter(Q(title__icontains=word) | Q(body__icontains=word))
    if wanted.after is not None:
        title, number = wanted.after
        rows = rows.filter(Q(title__gt=title) | Q(title=title, pk__gt=number))
    rows = rows.select_related("service", "department", "translation_of")
    return list(rows.order_by("title", "id")[: limit + 1])


def standing(show: str, *, today: date) -> Q:
    """How an article stands today: live, draft, due for review, expired or retired."""
    active, over = Q(is_active=True), Q(expires_on__lte=today)
    live = active & Q(is_draft=False) & ~Q(expires_on__isnull=False, expires_on__lte=today)
    return {
        "live": live,
        "draft": active & Q(is_draft=True),
        "due": live & Q(review_on__lte=today),
        "expired": active & over,
        "retired": Q(is_active=False),
    }[show]


def counts(*, viewer: "Viewer", today: date) -> dict[str, int]:
    """How many articles the viewer may edit stand in each way."""
    mine = Article.objects.filter(editable(viewer=viewer))
    return {show: mine.filter(standing(show, today=today)).count() for show in SHOWS}


def versions(article: Article, *, viewer: "Viewer") -> QuerySet[Article]:
    """The same in other languages: the article it is a version of, and all others of that."""
    root = article.translation_of_id or article.pk
    rows = Article.objects.filter(editable(viewer=viewer), is_active=True)
    return rows.filter(Q(pk=root) | Q(translation_of_id=root)).exclude(pk=article.pk)


def editions(article: Article, *, viewer: "Viewer") -> Sequence[Edition]:
    """How the article stood after each time it was saved, newest first; for whoever may edit it."""
    if not Article.objects.filter(editable(viewer=viewer), pk=article.pk).exists():
        return []
    return list(article.editions.select_related("by__person").order_by("-number")[:EDITIONS])


def latest(article: Article, *, viewer: "Viewer") -> int:  # noqa: ARG001
    """The number of the article's last edition; 0 when it has none."""
    found = article.editions.order_by("-number").values_list("number", flat=True).first()
    return found or 0
