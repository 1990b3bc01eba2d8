"""Reads of requests; each takes the viewer, and shows what that viewer may see and nothing else."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from homeroom.district.models import Team
from homeroom.kit.text import fold
from homeroom.tickets.bells import Alarm
from homeroom.tickets.models import LIVE, Event, Message, Participant, Status, Ticket

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

OPEN_TO_STAFF = ("public", "internal")
"""Sensitivities that all staff may see; student records stay with the teams of the department that
owns them and with leaders, confidential and safety lanes with their team alone."""
PAGE = 50
"""Rows of a list page."""
MANY = 99
"""Counts stop here: "99+" costs the same however large the district is."""


type Rows = Callable[["Viewer"], QuerySet[Any]]
"""What may be counted beside the queues, for a viewer."""


def visible(*, viewer: "Viewer") -> Q:
    """The condition under which this viewer may see a request."""
    if viewer.kind == "system":
        return Q()
    if viewer.kind not in {"staff", "leader", "administrator"}:
        # The asker's own pages go by participant token, never by this list.
        return Q(requester_id=viewer.person_id) if viewer.person_id else Q(pk__in=())
    mine = Q(team_id__in=viewer.team_ids) | Q(assignee_id=viewer.person_id or -1)
    if viewer.kind == "staff" and not (viewer.team_ids or viewer.is_on_call):
        # Whoever works in no team has no need to know what others ask.
        return mine | Q(requester_id=viewer.person_id or -1)
    seen = mine | Q(sensitivity__in=OPEN_TO_STAFF)
    if viewer.kind in {"leader", "administrator"}:
        seen |= Q(sensitivity="student_record")
    elif viewer.department_ids:
        # Not a join: planning one in each of many counts costs more than running them all.
        teams = Team.objects.filter(department_id__in=viewer.department_ids)
        seen |= Q(sensitivity="student_record", team_id__in=teams.values("id"))
    if viewer.is_on_call:
        seen |= ~Q(safety="")
    elif viewer.kind == "administrator":
        # Nobody answered before they were called as well: they must be able to read it.
        rung = Alarm.objects.filter(is_for_all=True, ticket__isnull=False)
        seen |= Q(pk__in=rung.values("ticket"))
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One list of the desk: its condition and what it is sorted by."""

    name: str
    condition: Q
    order: tuple[str, ...] = ("-changed_at", "-id")


def queue(name: str, *, viewer: "Viewer", team_id: int | None = None) -> Queue:
    """The queue of that name: mine, team, unowned, triage, due, waiting, all, done."""
    live = Q(status__in=LIVE, merged_into=None)
    teams = Q(team_id=team_id) if team_id else Q(team_id__in=viewer.team_ids)
    conditions = {
        "mine": live & Q(assignee_id=viewer.person_id or -1),
        "team": live & teams,
        "unowned": live & teams & Q(assignee=None),
        "triage": Q(needs_triage=True, merged_into=None),
        "due": Q(status__in=(Status.NEW, Status.OPEN), merged_into=None)
        & (teams | Q(assignee_id=viewer.person_id or -1))
        & Q(due_at__isnull=False),
        "waiting": Q(status=Status.WAITING, merged_into=None) & teams,
        "all": live,
        "done": Q(status__in=(Status.RESOLVED, Status.CLOSED), merged_into=None) & teams,
    }
    orders = {"due": ("due_at", "id"), "triage": ("priority", "-changed_at", "-id")}
    return Queue(
        name=name,
        condition=conditions.get(name, live),
        order=orders.get(name, ("-changed_at", "-id")),
    )


LIST_COLUMNS = (
    "id", "reference", "subject", "status", "priority", "channel", "language", "safety",
    "requester_name", "opened_at", "changed_at", "due_at", "last_text", "last_at", "last_by_asker",
    "needs_triage", "requester__given_name", "requester__family_name", "requester__title",
    "requester__job", "requester__grade", "org__name", "team__name", "team__id",
    "assignee__given_name", "assignee__family_name", "service__name", "place__name",
)  # fmt: skip
"""What a row of a list shows; nothing else is read for it."""


def page(
    queue: Queue, *, viewer: "Viewer", after: Sequence[object] = (), limit: int = PAGE
) -> list[dict[str, object]]:
    """One page of a queue as plain rows, after the given sort key; one row more tells of a next."""
    holes = tuple(_hole(place, value) for place, value in enumerate(after))
    statement, values, later = _paging(queue, viewer, holes, limit)
    given: dict[Any, Any] = dict(zip(holes, after, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *(given[hole] for hole in later)])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _hole(place: int, value: object) -> datetime | int:
    """What stands in a statement for a value of this type that comes later."""
    return datetime(1, 1, 1 + place, tzinfo=UTC) if isinstance(value, datetime) else 1 + place


@functools.lru_cache(maxsize=1000)
def _paging(
    queue: Queue, viewer: "Viewer", holes: tuple[datetime | int, ...], limit: int
) -> tuple[str, tuple[Any, ...], tuple[Any, ...]]:
    """The statement of `page`, its values, and the holes after them in the order they stand.

    Kept, as to write it takes as long as to draw the page.
    """
    rows = Ticket.objects.filter(queue.condition).filter(visible(viewer=viewer))
    rows = rows.order_by(*queue.order).values(*LIST_COLUMNS)
    try:
        whole, values = rows[: limit + 1].query.sql_with_params()
        if not holes:
            return whole, values, ()
        part, given = rows.filter(_beyond(queue.order, holes))[: limit + 1].query.sql_with_params()
    except EmptyResultSet:  # nobody's teams
        return "SELECT 1 WHERE false", (), ()
    return part, values, given[len(values) :]


def _beyond(order: tuple[str, ...], after: Sequence[object]) -> Q:
    """Rows that come after a sort key, as (a, b) > (x, y) written out for mixed directions."""
    condition = Q(pk__in=())
    same = Q()
    for name, value in zip(order, after, strict=True):
        column = name.removeprefix("-")
        step = "lt" if name.startswith("-") else "gt"
        condition |= same & Q(**{f"{column}__{step}": value})
        same &= Q(**{column: value})
    # The leading column by itself lets the index range start at the key.
    first = order[0].removeprefix("-")
    bound = "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{bound}": after[0]}) & condition


def counts(names: Sequence[str], *, viewer: "Viewer", also: Rows | None = None) -> dict[str, int]:
    """How many wait in each queue, each counted to `MANY` + 1 and no further; one query.

    What `also` gives for the viewer is counted under "also".
    """
    statement, values = _counting(tuple(names), viewer, also)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return dict(zip([*names, *(["also"] if also else [])], cursor.fetchone(), strict=True))


@functools.lru_cache(maxsize=1000)
def _counting(names: tuple[str, ...], viewer: "Viewer", also: Rows | None) -> tuple[str, list[Any]]:
    """The statement of `counts`: it says the same until the viewer's rights change."""
    parts: list[str] = []
    values: list[Any] = []
    seen = Ticket.objects.filter(visible(viewer=viewer))
    counted = [seen.filter(queue(name, viewer=viewer).condition) for name in names]
    for rows in (*counted, *([also(viewer)] if also else [])):
        try:
            text, given = rows.order_by().values("id")[: MANY + 1].query.sql_with_params()
        except EmptyResultSet:  # nobody's teams: there is nothing to ask the database
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({text}) AS found)")  # noqa: S608
        values += given
    return "SELECT " + ", ".join(parts), values


def search(
    words: str, *, viewer: "Viewer", before: Sequence[object] = (), limit: int = PAGE
) -> list[dict[str, object]]:
    """The newest requests that hold all the words (the last one may be a beginning).

    Nothing is ranked or counted over all matches: a common word would read the whole table.
    """
    terms = [term for term in fold(words).replace("'", " ").split() if term.strip("&|!:*()<>\\")]
    if not terms:
        return []
    query = " & ".join("'" + term.replace("\\", "\\\\") + "'" for term in terms) + ":*"
    found = Ticket.objects.extra(
        where=["tickets_ticket.search @@ to_tsquery('simple', %s)"], params=[query]
    ).filter(visible(viewer=viewer))
    if before:
        found = found.filter(_beyond(("-id",), before))
    return list(found.order_by("-id").values(*LIST_COLUMNS)[: limit + 1])


def by_reference(reference: str, *, viewer: "Viewer") -> Ticket | None:
    """The request of that reference, if the viewer may see it."""
    # What pages rarely ask for is not joined: a statement of twelve tables takes longer to write
    # than to run. Nor is it sorted, as `first` would: there is one at most.
    found = Ticket.objects.filter(visible(viewer=viewer), reference=reference.strip().upper())
    return next(iter(found.select_related("requester", "assignee", "suggestion")), None)


def timeline(ticket: Ticket, *, viewer: "Viewer") -> QuerySet[Event]:
    """What happened to the request, oldest first; staff only."""
    if viewer.kind not in {"staff", "leader", "administrator", "system"}:
        return Event.objects.none()
    return ticket.events.order_by("id")


def participant_by_token(token: str, *, viewer: "Viewer") -> Participant | None:  # noqa: ARG001
    """Who holds this unguessable token; holding it is what permits."""
    return (
        Participant.objects.filter(token=token)
        .select_related(
            "ticket__team__department", "ticket__service", "ticket__org", "ticket__requester",
            "ticket__merged_into", "person",
        )
        .first()
    )  # fmt: skip


def known_messages(
    external_ids: Sequence[str],
    *,
    channel: str,
    viewer: "Viewer",  # noqa: ARG001
) -> dict[str, Message]:
    """Stored messages by their external id, for threading; the words are not read."""
    found = (
        Message.objects.filter(channel=channel, external_id__in=external_ids)
        .select_related("ticket")
        .defer("text", "cut")
    )
    return {message.external_id: message for message in found if message.external_id}


def takes_part(ticket: Ticket, *, kind: str, value: str, viewer: "Viewer") -> Participant | None:  # noqa: ARG001
    """The participant under that address, if there is one."""
    return ticket.participants.filter(kind=kind, value=value).first()


RELATED_COLUMNS = (
    "reference", "subject", "status", "opened_at", "requester_name", "requester__title",
    "requester__given_name", "requester__family_name",
)  # fmt: skip
"""What is shown of an earlier request."""


def related(ticket: Ticket, *, viewer: "Viewer", limit: int = 5) -> list[dict[str, object]]:
    """Earlier requests about the same device or room, or by the same person, newest first."""
    about = Q(pk__in=())
    if ticket.asset_id:
        about |= Q(asset_id=ticket.asset_id)
    elif ticket.place_id:
        about |= Q(place_id=ticket.place_id)
    if ticket.requester_id:
        about |= Q(requester_id=ticket.requester_id)
    rows = Ticket.objects.filter(about, visible(viewer=viewer)).exclude(pk=ticket.pk)
    return list(rows.order_by("-opened_at").values(*RELATED_COLUMNS)[:limit])


def events_after(event_id: int, *, viewer: "Viewer", limit: int = 200) -> list[Event]:
    """Settled events after that one, in the order readers follow; for the API's cursor."""
    if viewer.kind not in {"administrator", "system"}:
        return []
    return list(
        Event.objects.raw(
            """SELECT * FROM tickets_event
               WHERE (xact, id) > (coalesce(
                        (SELECT xact FROM tickets_event WHERE id = %s), 0), %s)
                 AND xact < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint
               ORDER BY xact, id LIMIT %s""",
            [event_id, event_id, limit],
        )
    )
