"""How a day of requests goes: numbers by department and school, and the requests behind each.

A number and the list behind it are made of the same condition, so that they cannot differ. Every
read starts from a short span of opening times, which an index serves however long the history is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from homeroom.tickets.models import Ticket
from homeroom.tickets.queries import PAGE, visible

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

FEWEST = 5
"""Fewer requests than this of a guarded lane are never told: people could be picked out."""
MOST_REPLIES = 5_000
"""Replies read for the middle of one day; a day that has more is told by its newest."""
READERS = frozenset({"leader", "administrator", "system"})
OPEN = ("public", "internal", "student_record")
OPEN_LANES = Q(sensitivity__in=OPEN)
"""What leaders may read; confidential and safety lanes are counted apart, as one number."""
MEASURES = ("asked", "answered", "waiting", "late")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Requests opened in [start, end), as they stood at `at`; aware, and a day or so long."""

    start: datetime
    end: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The numbers of one department at one school; no id means that none is known."""

    department_id: int | None
    org_id: int | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """One first reply."""

    department_id: int | None
    org_id: int | None
    team_id: int | None
    opened_at: datetime
    replied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Which requests a number is made of; None means any, 0 stands for "not known"."""

    measure: str = "asked"
    department: int | None = None
    school: int | None = None
    is_guarded: bool = False


def condition(measure: str, *, at: datetime) -> Q:
    """What a measure counts, as things stood at that moment; pure.

    asked: all · answered: we wrote back or solved it · waiting: neither yet · late: a promise of a
    reply or a solution was not kept, whether it has been made good since or not.
    """
    answered = Q(replied_at__lte=at) | Q(resolved_at__lte=at)
    no_word = (Q(replied_at=None) | Q(replied_at__gt=F("reply_due_at"))) & (
        Q(resolved_at=None) | Q(resolved_at__gt=F("reply_due_at"))
    )
    no_end = Q(resolved_at=None) | Q(resolved_at__gt=F("resolve_due_at"))
    return {
        "asked": Q(),
        "answered": answered,
        "waiting": (Q(replied_at=None) | Q(replied_at__gt=at))
        & (Q(resolved_at=None) | Q(resolved_at__gt=at)),
        "late": (Q(reply_due_at__lt=at) & no_word) | (Q(resolve_due_at__lt=at) & no_end),
    }[measure]


def cells(span: Span, *, viewer: "Viewer") -> list[Cell]:
    """The numbers of each department at each school, of the lanes that leaders may read."""
    if viewer.kind not in READERS:
        return []
    counted = {name: Count("pk", filter=condition(name, at=span.at) or None) for name in MEASURES}
    opened = _opened(span).filter(OPEN_LANES).values("team__department_id", "org_id")
    rows: Iterable[Mapping[str, Any]] = opened.annotate(**counted).order_by()
    return [
        Cell(
            department_id=row["team__department_id"],
            org_id=row["org_id"],
            counts={name: number for name, number in row.items() if name in MEASURES},
        )
        for row in rows
    ]


def guarded(span: Span, *, viewer: "Viewer") -> int:
    """How many were asked in confidential and safety lanes; the caller hides fewer than `FEWEST`.

    They are counted for the whole district at once: two finer numbers could be subtracted.
    """
    if viewer.kind not in READERS:
        return 0
    return _opened(span).exclude(OPEN_LANES).count()


def replies(span: Span, *, viewer: "Viewer") -> list[Replied]:
    """The first replies until the span's moment, of the lanes that leaders may read."""
    if viewer.kind not in READERS:
        return []
    rows = _opened(span).filter(OPEN_LANES, replied_at__lte=span.at).order_by("-opened_at")
    names = ("team__department_id", "org_id", "team_id", "opened_at", "replied_at")
    return [
        Replied(
            department_id=department,
            org_id=org,
            team_id=team,
            opened_at=opened_at,
            replied_at=replied_at,
        )
        for department, org, team, opened_at, replied_at in rows.values_list(*names)[:MOST_REPLIES]
        if replied_at is not None
    ]


def count(span: Span, *, behind: Behind, viewer: "Viewer") -> int:
    """How many requests a number is made of."""
    return _behind(span, behind).count() if viewer.kind in READERS else 0


DRILL_COLUMNS = (
    "id", "reference", "subject", "status", "opened_at", "replied_at", "resolved_at", "late",
    "org__name", "place__name", "team__name",
)  # fmt: skip


def behind(
    span: Span,
    *,
    behind: Behind,
    viewer: "Viewer",
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> list[dict[str, object]]:
    """The requests of a number that the viewer may see, newest first, one more than `limit`.

    `after` is (opened_at, id) of the last one seen. `late` tells whether a promise was broken.
    """
    if viewer.kind not in READERS:
        return []
    found = _behind(span, behind).filter(visible(viewer=viewer))
    if after:
        opened_at, number = after
        found = found.filter(opened_at__lte=opened_at).exclude(opened_at=opened_at, pk__gte=number)
    late = Case(When(condition("late", at=span.at), then=Value(True)), default=Value(False))
    rows = found.annotate(late=late).order_by("-opened_at", "-id")
    return list(rows.values(*DRILL_COLUMNS)[: limit + 1])


def _opened(span: Span) -> QuerySet[Ticket]:
    """What was asked in the span; a request that became part of another one counts there."""
    return Ticket.objects.filter(
        opened_at__gte=span.start, opened_at__lt=span.end, merged_into=None
    )


def _behind(span: Span, wanted: Behind) -> QuerySet[Ticket]:
    found = _opened(span).filter(condition(wanted.measure, at=span.at))
    found = found.exclude(OPEN_LANES) if wanted.is_guarded else found.filter(OPEN_LANES)
    if wanted.department is not None:
        known = Q(team__department_id=wanted.department)
        found = found.filter(known if wanted.department else Q(team__department_id=None))
    if wanted.school is not None:
        found = found.filter(Q(org_id=wanted.school) if wanted.school else Q(org_id=None))
    return found
