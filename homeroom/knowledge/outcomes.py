"""What became of the answers that were given: in numbers that count no silence as success.

An answer ended a request when it was cited, the asker said that it helped, nobody of the staff had
to write, and the same person did not come back about the same by any channel for five school days.
Whoever says nothing is counted as having said nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from homeroom.district import queries as district
from homeroom.district import schooldays
from homeroom.knowledge.models import Article, Citation
from homeroom.tickets.figures import OPEN, OPEN_LANES, READERS
from homeroom.tickets.models import Message, Ticket

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

COME_BACK: Final = 5
"""School days within which whoever is back about the same was not helped."""
UNSPOKEN: Final = ("thanks", "auto_reply", "bounce", "spam", "empty")
"""Kinds of messages with which nobody asks on."""


class Outcome(StrEnum):
    """What became of one answer."""

    ENDED = "ended"
    """They said that it helped, and stayed away for five school days."""
    REJECTED = "rejected"
    RETURNED = "returned"
    """The same person was back about the same, or wrote on after saying that it helped."""
    HELPED = "helped"
    """A person wrote as well: the answer alone did not do."""
    QUIET = "quiet"
    """Nobody said anything, and nobody knows."""
    OPEN = "open"
    """Five school days have not passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How the answers of one article, one service or all turned out."""

    counts: Mapping[Outcome, int]

    @property
    def given(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def known(self) -> int:
        """Those whose five school days have passed, or that turned out badly before."""
        return self.given - self.counts.get(Outcome.OPEN, 0)

    def of(self, outcome: Outcome) -> int:
        """How many turned out so."""
        return self.counts.get(outcome, 0)

    @property
    def share(self) -> float | None:
        """The share of `known` that ended a request; None when nothing is known."""
        return self.of(Outcome.ENDED) / self.known if self.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All answers of a span, and the same by article and by service (by row id; None: none)."""

    all: Tally
    articles: Mapping[int | None, Tally] = field(default_factory=dict)
    services: Mapping[int | None, Tally] = field(default_factory=dict)
    titles: Mapping[int | None, str] = field(default_factory=dict)
    asked: int = 0
    """Requests of the same span, answered or not: the denominator of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer, as far as its outcome depends on it."""

    at: datetime
    state: str
    has_reply: bool
    """Somebody of the staff wrote to the asker after it."""
    has_more: bool
    """The asker wrote on in the same request."""


def outcome(given: Given, *, passed: datetime) -> Outcome:
    """What became of an answer; given before `passed`, its five school days are over (pure)."""
    if given.state == Citation.State.REJECTED:
        return Outcome.REJECTED
    if given.state == Citation.State.RETURNED or given.has_more:
        return Outcome.RETURNED
    if given.has_reply:
        return Outcome.HELPED
    if given.at >= passed:
        return Outcome.OPEN
    return Outcome.ENDED if given.state == Citation.State.ACCEPTED else Outcome.QUIET


def since_back(now: datetime, *, viewer: "Viewer") -> datetime:
    """The moment from which on it is at most five school days ago, by the district's calendar."""
    zone = ZoneInfo(district.district(viewer=viewer).timezone)
    today = now.astimezone(zone).date()
    closures = frozenset(district.closures(viewer=viewer, last=today))
    day: date = schooldays.back(today, days=COME_BACK, closures=closures)
    return datetime.combine(day, time.min, tzinfo=zone)


def told(*, since: datetime, now: datetime, viewer: "Viewer") -> Told:
    """The outcomes of all answers since then, for leaders; of guarded lanes nothing is told."""
    if viewer.kind not in READERS:
        return Told(all=Tally(counts={}))
    given = Citation.objects.filter(at__gte=since, at__lte=now, ticket__sensitivity__in=OPEN)
    rows = _rows(given)
    opened = Ticket.objects.filter(OPEN_LANES, opened_at__gte=since, opened_at__lte=now)
    return _told(rows, now=now, viewer=viewer, asked=opened.filter(merged_into=None).count())


def of_article(article: Article, *, since: datetime, now: datetime, viewer: "Viewer") -> Tally:
    """The same of one article, for whoever may edit it (`editors`)."""
    if not viewer.is_staff:
        return Tally(counts={})
    rows = _rows(Citation.objects.filter(article=article, at__gte=since, at__lte=now))
    return _told(rows, now=now, viewer=viewer).all


def _rows(citations: QuerySet[Citation]) -> Iterable[Mapping[str, Any]]:
    """The answers given to what came in, each with what happened in its request after it."""
    said = Message.objects.filter(ticket=OuterRef("ticket_id"), is_public=True)
    after = said.filter(recorded_at__gt=OuterRef("at")).exclude(pk=OuterRef("message_id"))
    spoken = after.filter(direction=Message.Direction.IN).exclude(kind__in=UNSPOKEN)
    # A "yes" comes in before it is noted: what was written later than that asks on.
    more = spoken.filter(recorded_at__gt=Coalesce(OuterRef("state_at"), OuterRef("at")))
    return citations.filter(message__direction=Message.Direction.IN).values(
        "at",
        "state",
        "article_id",
        title=F("article__title"),
        service_id=F("ticket__service_id"),
        has_reply=Exists(after.filter(direction=Message.Direction.OUT)),
        has_more=Exists(more),
    )


def _told(
    rows: Iterable[Mapping[str, Any]], *, now: datetime, viewer: "Viewer", asked: int = 0
) -> Told:
    passed = since_back(now, viewer=viewer)
    whole: Counter[Outcome] = Counter()
    articles: dict[int | None, Counter[Outcome]] = {}
    services: dict[int | None, Counter[Outcome]] = {}
    titles: dict[int | None, str] = {}
    for row in rows:
        given = Given(**{name: row[name] for name in ("at", "state", "has_reply", "has_more")})
        found = outcome(given, passed=passed)
        whole[found] += 1
        articles.setdefault(row["article_id"], Counter())[found] += 1
        services.setdefault(row["service_id"], Counter())[found] += 1
        titles[row["article_id"]] = row["title"]
    return Told(
        all=Tally(counts=whole),
        articles={key: Tally(counts=one) for key, one in articles.items()},
        services={key: Tally(counts=one) for key, one in services.items()},
        titles=titles,
        asked=asked,
    )
