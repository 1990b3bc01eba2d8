"""Requests that something new may belong to: few, found by index, with what was told in them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q

from homeroom.tickets.log import Type
from homeroom.tickets.models import Event, Message, Ticket
from homeroom.tickets.queries import LIST_COLUMNS, visible

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

OPEN_FOR = timedelta(days=60)
"""How long ago a request that still stands may have begun."""
DONE_FOR = timedelta(days=7)
"""How long after its end a request can be meant: as long as it can be reopened."""
LATELY = timedelta(days=4)
"""How far back a colleague's words about the same room are looked for."""
_EACH = 15
"""Most of one kind: the newest of one person, address, room or device."""
_MOST = 40

_FRESH = """t.merged_into_id IS NULL AND t.id <> %(ticket)s AND t.opened_at > %(since)s
  AND t.opened_at <= %(at)s
  AND (t.status IN ('new', 'open', 'waiting') OR t.resolved_at > %(done_since)s)"""


def _newest(where: str) -> str:
    return (
        f"(SELECT t.id FROM tickets_ticket t WHERE {where} AND {_FRESH}"  # noqa: S608
        f" ORDER BY t.opened_at DESC LIMIT {_EACH})"
    )


_FOUND = " UNION ".join(
    (
        _newest("t.requester_id = ANY(%(people)s::bigint[])"),
        _newest("t.place_id = %(place)s"),
        _newest("t.asset_id = %(asset)s"),
        _newest("t.org_id = %(org)s AND t.opened_at > %(lately)s"),
        _newest("t.id = %(points_at)s"),
        _newest(
            """t.id IN (SELECT p.ticket_id FROM tickets_participant p
               WHERE (p.kind, p.value) IN (
                 SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[]))
                 AND p.role IN ('requester', 'copied') ORDER BY p.id DESC LIMIT 60)"""
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One way that a request was told: its own words, or those of one merged into it."""

    person_id: int | None
    address: str
    """Of whoever told it; a folded name where there is no address."""
    recorded_at: int | None
    """The org of whoever wrote it down for them."""
    words: str
    subject: str
    encoder: str
    vector: bytes | None
    """float16, as `Vector` keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A request that may be meant, and everything said for it so far."""

    ticket: Ticket
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where to look: people, addresses, and what was named."""

    ticket_id: int
    at: datetime
    people: Collection[int] = ()
    addresses: Collection[tuple[str, str]] = ()
    place_id: int | None = None
    asset_id: int | None = None
    points_at: int | None = None
    org_id: int | None = None
    """A school whose requests of late are looked at too."""


def near(search: Search, *, viewer: "Viewer") -> tuple[Near, ...]:
    """The requests that stand, or ended within days, of these people, addresses and things.

    Three queries, each by index and bounded; the newest first.
    """
    if viewer.kind != "system":
        return ()
    numbers = _numbers(search)
    if not numbers:
        return ()
    tickets = Ticket.objects.filter(pk__in=numbers).select_related("requester", "service")
    told = _told(numbers)
    rows = sorted(tickets, key=lambda one: (one.opened_at, one.pk), reverse=True)
    return tuple(
        Near(ticket=ticket, told=tuple(told.get(ticket.pk, [_silent(ticket)]))) for ticket in rows
    )


def _numbers(search: Search) -> list[int]:
    values: dict[str, Any] = {
        "ticket": search.ticket_id,
        "at": search.at,
        "since": search.at - OPEN_FOR,
        "done_since": search.at - DONE_FOR,
        "people": sorted(search.people),
        "kinds": [kind for kind, _ in search.addresses],
        "values": [value for _, value in search.addresses],
        "place": search.place_id,
        "asset": search.asset_id,
        "points_at": search.points_at,
        "org": search.org_id,
        "lately": search.at - LATELY,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({_FOUND}) found ORDER BY id DESC LIMIT {_MOST}", values)  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def _silent(ticket: Ticket) -> Told:
    """What is known of a request whose words are not there."""
    return Told(
        person_id=ticket.requester_id, address="", recorded_at=None, words="", subject="",
        encoder="", vector=None,
    )  # fmt: skip


def _told(numbers: list[int]) -> dict[int, list[Told]]:
    """By request: its own words, then those of the ones merged into it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(t.merged_into_id, t.id), coalesce(m.person_id, t.requester_id),
                      m.sender_address, w.org_id, left(m.text, 1200), m.subject, v.encoder, v.values
               FROM tickets_ticket t
               LEFT JOIN tickets_vector v ON v.ticket_id = t.id
               CROSS JOIN LATERAL (
                 SELECT m.text, m.subject, m.recorded_by_id, m.person_id, m.sender_address
                 FROM tickets_message m
                 WHERE m.direction = 'in' AND m.kind = 'request'
                   AND (m.ticket_id = t.id AND m.is_moved_from_id IS NULL
                     OR m.ticket_id = t.merged_into_id AND m.is_moved_from_id = t.id)
                 ORDER BY m.id LIMIT 1) m
               LEFT JOIN district_person w ON w.id = m.recorded_by_id
               WHERE t.id = ANY(%(numbers)s) OR t.merged_into_id = ANY(%(numbers)s)
               ORDER BY t.merged_into_id IS NOT NULL, t.id LIMIT 200""",
            {"numbers": numbers},
        )
        rows = cursor.fetchall()
    found: dict[int, list[Told]] = {}
    for number, person, address, at, text, subject, encoder, vector in rows:
        one = Told(
            person_id=person,
            address=address,
            recorded_at=at,
            words=text,
            subject=subject,
            encoder=encoder or "",
            vector=bytes(vector) if vector is not None else None,
        )
        found.setdefault(number, []).append(one)
    return found


def leads(references: Collection[str]) -> dict[str, Ticket]:
    """The request that each of these references is treated with now.

    Through every merge, and from what is surely of a dangerous one, which nothing is merged with
    and whose people have both.
    """
    rows = {row.pk: row for row in Ticket.objects.filter(reference__in=references)}
    asked = {str(row.reference): row.pk for row in rows.values()}
    steps: dict[int, int] = {}
    fresh = set(rows)
    while fresh:
        likened = Event.objects.filter(ticket__in=fresh, type=Type.LIKENED, data__same=True)
        found = {number: int(data["to"]) for number, data in likened.values_list("ticket", "data")}
        found |= {
            pk: rows[pk].merged_into_id or 0 for pk in fresh if rows[pk].merged_into_id is not None
        }
        steps |= found
        further = set(found.values()) - rows.keys()
        rows |= {row.pk: row for row in Ticket.objects.filter(pk__in=further)}
        fresh = further & rows.keys()
    return {name: rows[_end(pk, steps)] for name, pk in asked.items()}


def _end(number: int, steps: Mapping[int, int]) -> int:
    seen = {number}
    while number in steps and steps[number] not in seen:
        number = steps[number]
        seen.add(number)
    return number


def rows(numbers: Collection[int], *, viewer: "Viewer") -> dict[int, dict[str, object]]:
    """Rows of a list for these requests, as far as the viewer may see them, by number."""
    found = Ticket.objects.filter(visible(viewer=viewer), pk__in=numbers)
    return {row["id"]: row for row in found.values(*LIST_COLUMNS, "merged_into")}


def is_first(message: Message) -> bool:
    """Whether a request began with this message and nobody has touched it since."""
    ticket = message.ticket
    begun = ticket.read_at is None and ticket.merged_into_id is None
    others = Q(ticket=ticket) & ~Q(pk=message.pk)
    return begun and message.direction == "in" and not Message.objects.filter(others).exists()
