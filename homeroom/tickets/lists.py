"""Reads for pages: an asker's own requests and steps, files, and who is around a request."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import (
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Subquery,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce

from homeroom.district.models import Membership, Person
from homeroom.tickets.log import Type
from homeroom.tickets.models import LIVE, STAFF_SIDE, Attachment, Message, Participant, Ticket
from homeroom.tickets.queries import visible

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

PAGE = 20
"""Requests on one page of a person's own list."""


def of_address(
    kind: str,
    value: str,
    *,
    viewer: "Viewer",  # noqa: ARG001
    before: int | None = None,
    limit: int = PAGE,
) -> list[Participant]:
    """The parts that a proven address takes in requests, newest first, one more than asked for.

    Whoever calls must have proven the address: that is what permits.
    """
    parts = (
        Participant.objects.filter(kind=kind, value=value, ticket__merged_into=None)
        .exclude(role__in=STAFF_SIDE)
        .select_related("ticket__team")
        .order_by("-ticket_id")
    )
    if before is not None:
        parts = parts.filter(ticket_id__lt=before)
    return list(parts[: limit + 1])


def is_known(kind: str, value: str, *, viewer: "Viewer") -> bool:  # noqa: ARG001
    """Whether the address takes part in any request; never shown to whoever asks."""
    return Participant.objects.filter(kind=kind, value=value).exclude(role__in=STAFF_SIDE).exists()


def part_of(ticket: Ticket, *, value: str, viewer: "Viewer") -> Participant | None:  # noqa: ARG001
    """The asker's part in a request under that address."""
    return (
        ticket.participants.filter(value=value)
        .exclude(role__in=STAFF_SIDE)
        .select_related("person")
        .order_by("id")
        .first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """When a request came a step further; nothing while it has not."""

    team_at: datetime | None = None
    working_at: datetime | None = None


def milestones(ticket: Ticket, *, viewer: "Viewer") -> Milestones:  # noqa: ARG001
    """The times of the steps that an asker sees, and no other fact of the log."""
    rows = ticket.events.filter(type__in=[Type.ASSIGNED, Type.RESUMED, Type.SENT]).order_by("id")
    team_at: datetime | None = None
    working_at: datetime | None = None
    for kind, at, data in rows.values_list("type", "at", "data")[:50]:
        given = data.get("set", {})
        if team_at is None and given.get("team_id"):
            team_at = at
        if working_at is None and (kind != Type.ASSIGNED or given.get("assignee_id")):
            working_at = at
    return Milestones(team_at=team_at, working_at=working_at)


def public_file(ticket: Ticket, file_id: int, *, viewer: "Viewer") -> Attachment | None:  # noqa: ARG001
    """A file that came or went with a public message of this request, with its bytes."""
    return (
        Attachment.objects.filter(pk=file_id, message__ticket=ticket, message__is_public=True)
        .select_related("blob", "message")
        .first()
    )


def file(file_id: int, *, viewer: "Viewer") -> Attachment | None:
    """A file of a request that the viewer may see, with its bytes."""
    found = Attachment.objects.filter(pk=file_id).select_related("blob", "message__ticket").first()
    if found is None:
        return None
    seen = Ticket.objects.filter(visible(viewer=viewer), pk=found.message.ticket_id).exists()
    return found if seen else None


def message(message_id: int, *, viewer: "Viewer") -> Message | None:
    """Something said in a request that the viewer may see, with its files' names."""
    found = (
        Message.objects.filter(pk=message_id)
        .select_related("html", "ticket")
        .prefetch_related("attachments")
        .first()
    )
    if found is None:
        return None
    seen = Ticket.objects.filter(visible(viewer=viewer), pk=found.ticket_id).exists()
    return found if seen else None


def latest_event(ticket: Ticket, *, viewer: "Viewer", types: Sequence[str] = ()) -> int:  # noqa: ARG001
    """The number of the last event of the request, of these kinds; 0 when there is none."""
    events = ticket.events.filter(type__in=types) if types else ticket.events
    return events.order_by("-id").values_list("id", flat=True).first() or 0


def thread(ticket: Ticket, *, viewer: "Viewer", newest: int | None = None) -> list[Message]:
    """What was said, oldest first, or only that many of the newest; an asker sees the public part.

    Of people, their names. One query, two where something has files.
    """
    files = Attachment.objects.select_related("blob").defer("blob__content").order_by("id")
    said = ticket.messages.order_by("-at", "-id").select_related("person", "recorded_by")
    said = said.only(*_SAID)
    if viewer.kind not in {"staff", "leader", "administrator", "system"}:
        said = said.filter(is_public=True)
    own = Exists(Attachment.objects.filter(message=OuterRef("pk")))
    found = list(said.annotate(has_files=own)[:newest])[::-1]
    for has_files, rows in ((True, files), (False, files.none())):
        some = [one for one in found if one.has_files is has_files]
        prefetch_related_objects(some, Prefetch("attachments", queryset=rows))
    return [*found]


_SAID = (
    *(field.name for field in Message._meta.concrete_fields),  # noqa: SLF001  (Django's own word)
    *(
        f"{who}__{part}"
        for who in ("person", "recorded_by")
        for part in ("title", "given_name", "family_name")
    ),
)
"""The columns that a thread is drawn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who may be named on the page of a request."""

    id: int
    name: str
    is_member: bool
    """Works in the team that has the request."""
    n_open: int


def colleagues(
    ticket: Ticket, *, viewer: "Viewer", also: Collection[int] = ()
) -> dict[int, Colleague]:
    """The members of the request's team with their open requests, and the people named in its log.

    One query; nothing for those who are no staff.
    """
    if not viewer.is_staff:
        return {}
    team = Membership.objects.filter(team_id=ticket.team_id or -1)
    # A union, as "a member or one of these" would read every person there is.
    wanted = team.values("person_id").union(Person.objects.filter(pk__in=list(also)).values("id"))
    held = Ticket.objects.filter(assignee=OuterRef("pk"), status__in=LIVE, merged_into=None)
    n_open = held.order_by().values("assignee").annotate(n=Count("*")).values("n")
    rows = (
        Person.objects.filter(pk__in=wanted)
        .annotate(
            is_member=Exists(team.filter(person_id=OuterRef("pk"))),
            n_open=Coalesce(Subquery(n_open), 0),
        )
        .order_by("family_name", "given_name", "id")
        .only("title", "given_name", "family_name", "is_active")
    )
    return {
        row.pk: Colleague(
            id=row.pk,
            name=f"{row.title} {row.name}".strip(),
            is_member=row.is_member and row.is_active,
            n_open=row.n_open,
        )
        for row in rows
    }


def askers(ticket: Ticket, *, viewer: "Viewer") -> list[Participant]:
    """Those who ask, with how they are reached; staff only."""
    if not viewer.is_staff:
        return []
    parts = ticket.participants.exclude(role__in=STAFF_SIDE)
    return list(parts.order_by("-role", "id"))
