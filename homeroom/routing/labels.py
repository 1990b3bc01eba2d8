"""What is known of past requests: whose they were, and what was thought of them before that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from homeroom.district.models import Team
from homeroom.routing.gate import Scored
from homeroom.routing.models import Precedent
from homeroom.routing.values import Offered
from homeroom.understanding.encoders import Vectors
from homeroom.understanding.experience import Past

MOST = 12_000
"""Past requests learned from, the newest: two years of a district of 3,000 pupils."""
WEAK = 0.5
"""Weight of a request that its team resolved and nobody moved, against a person's word (1)."""
HISTORY = "history"
"""Key prefix of requests of this install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a request was: the services it may have been about, the departments it belonged to."""

    services: tuple[str, ...]
    departments: tuple[str, ...]
    """The right one first; more when somebody said that others would do."""

    @property
    def is_exact(self) -> bool:
        """Whether the very service is known."""
        return len(self.services) == 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """A past request whose owner is known, and what a model that did not know it thought of it."""

    key: str
    at: datetime
    known_at: datetime
    lang: str
    encoder: str
    vector: Vectors
    owner: Owner
    weight: float = 1.0
    model: str = ""
    department: str = ""
    """The department that the model named; empty when none had to."""
    service: str = ""
    score: float | None = None
    ticket_id: int | None = None
    was_suggested: bool = False
    """Whether a request of this install was read when it came in: then nothing is decided anew."""

    @property
    def is_right(self) -> bool:
        """Whether the department named is an acceptable owner."""
        return self.department in self.owner.departments

    def past(self) -> Past:
        """As the model learns from it."""
        return Past(
            vector=self.vector, lang=self.lang, services=self.owner.services, weight=self.weight
        )

    def scored(self) -> Scored:
        """As the gate is proved with it."""
        return Scored(department=self.department, score=self.score or 0.0, is_right=self.is_right)


class Book:
    """Who owns what, to read labels by: ids first, names where no id fits."""

    def __init__(self, offered: Mapping[str, Offered]) -> None:
        """Read the teams; `offered` are the services by source id."""
        self._services = dict(offered)
        self._by_name = {one.name.casefold(): one for one in offered.values()}
        self._departments: dict[str, str] = {}
        for one in offered.values():
            self._departments[one.department_source_id] = one.department_source_id
            self._departments.setdefault(one.department_name.casefold(), one.department_source_id)
        self._teams: dict[str, tuple[str, str]] = {}
        rows = Team.objects.values_list("source_id", "name", "department__source_id")
        for team, name, department in rows:
            self._teams[team] = (team, department)
            self._teams.setdefault(name.casefold(), (team, department))

    def owner(self, truth: Mapping[str, Any]) -> Owner | None:
        """Whose a request was by its label (CONTRACT §6); nothing when the label does not say.

        The finest that is known counts: a service, else a team's services, else a department's.
        """
        said = _names(truth, "department")
        departments = tuple(dict.fromkeys(filter(None, map(self._department, said))))
        services = tuple(filter(None, map(self._service, _names(truth, "service"))))[:1]
        teams = tuple(filter(None, map(self._team, _names(truth, "team"))))[:1]
        if services:
            homes = departments or (self._services[services[0]].department_source_id,)
            return Owner(services=services, departments=homes)
        if teams:
            team, home = teams[0]
            owned = self._owned("team_source_id", (team,)) or self._owned(
                "department_source_id", (home,)
            )
            return Owner(services=owned, departments=departments or (home,))
        if departments:
            owned = self._owned("department_source_id", departments[:1])
            return Owner(services=owned, departments=departments)
        return None

    def _owned(self, column: str, owners: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name, one in self._services.items() if getattr(one, column) in owners)

    def _service(self, name: str) -> str | None:
        if name in self._services:
            return name
        found = self._by_name.get(name.casefold())
        return found.source_id if found else None

    def _department(self, name: str) -> str | None:
        return self._departments.get(name) or self._departments.get(name.casefold())

    def _team(self, name: str) -> tuple[str, str] | None:
        return self._teams.get(name) or self._teams.get(name.casefold())


def _names(truth: Mapping[str, Any], what: str) -> list[str]:
    """The names under `what`, and under its plural where several would do; the best first."""
    given = [truth.get(what), *(truth.get(f"{what}s") or [])]
    return [name for name in given if isinstance(name, str) and name.strip()]


def keep(known: Iterable[Known]) -> int:
    """Store what is known of past requests; what was known of the same ones before is replaced."""
    rows = [
        Precedent(
            key=one.key[:220],
            ticket_id=one.ticket_id,
            at=one.at,
            known_at=one.known_at,
            lang=one.lang,
            encoder=one.encoder,
            vector=one.vector.astype(np.float16).tobytes(),
            services=list(one.owner.services),
            departments=list(one.owner.departments),
            weight=one.weight,
            model=one.model,
            department=one.department,
            service=one.service,
            score=one.score,
        )
        for one in {one.key: one for one in known}.values()
    ]
    Precedent.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=[
            *("ticket", "at", "known_at", "lang", "encoder", "vector", "services"),
            *("departments", "weight", "model", "department", "service", "score"),
        ],
    )
    return len(rows)


def known(*, encoder: str) -> list[Known]:
    """The newest `MOST` past requests whose vectors these encoders made, oldest first."""
    rows = Precedent.objects.filter(encoder=encoder).order_by("-at", "-id")[:MOST]
    return [_known(row) for row in reversed(rows)]


def _known(row: Precedent) -> Known:
    return Known(
        key=row.key,
        at=row.at,
        known_at=row.known_at,
        lang=row.lang,
        encoder=row.encoder,
        vector=np.frombuffer(bytes(row.vector), np.float16).astype(np.float32),
        owner=Owner(services=tuple(row.services), departments=tuple(row.departments)),
        weight=row.weight,
        model=row.model,
        department=row.department,
        service=row.service,
        score=row.score,
        ticket_id=row.ticket_id,
    )


_SETTLED = """
SELECT t.id, t.opened_at, t.language, v.encoder, v.values, t.changed_at,
       s.source_id AS service, m.source_id AS team, b.service AS labelled, b.at AS labelled_at,
       moved.at AS moved_at, t.resolved_at, target.service AS joined_service,
       target.team AS joined_team, g.model, g.score, g.options -> 0 ->> 'department' AS department,
       g.options -> 0 ->> 'service' AS guessed, g.ticket_id IS NOT NULL AS was_suggested
FROM tickets_ticket t
JOIN tickets_vector v ON v.ticket_id = t.id AND v.encoder = %(encoder)s
LEFT JOIN district_service s ON s.id = t.service_id
LEFT JOIN district_team m ON m.id = t.team_id
LEFT JOIN routing_suggestion g ON g.ticket_id = t.id
LEFT JOIN LATERAL (
    SELECT ls.source_id AS service, l.at FROM routing_label l
    LEFT JOIN district_service ls ON ls.id = l.service_id
    WHERE l.ticket_id = t.id ORDER BY l.id DESC LIMIT 1) b ON true
LEFT JOIN LATERAL (
    SELECT e.at FROM tickets_event e
    WHERE e.ticket_id = t.id AND e.type = 'ticket.assigned' AND e.actor_kind = 'person'
      AND e.data -> 'was' ->> 'team_id' IS NOT NULL
      AND e.data -> 'was' ->> 'team_id' <> coalesce(e.data -> 'set' ->> 'team_id', '')
    ORDER BY e.id DESC LIMIT 1) moved ON true
LEFT JOIN LATERAL (
    SELECT js.source_id AS service, jm.source_id AS team FROM tickets_ticket j
    LEFT JOIN district_service js ON js.id = j.service_id
    LEFT JOIN district_team jm ON jm.id = j.team_id
    WHERE j.id = t.merged_into_id) target ON true
WHERE t.safety = '' AND t.opened_at > %(since)s
  AND (b.at IS NOT NULL OR moved.at IS NOT NULL OR t.resolved_at IS NOT NULL
       OR t.merged_into_id IS NOT NULL)
ORDER BY t.id DESC LIMIT %(most)s
"""


def settled(book: Book, *, encoder: str, since: datetime) -> list[Known]:
    """Requests of this install whose owner is known by now, with what was thought of them.

    By a person's choice; else by the last transfer between teams; else by the request it was
    merged into; else, more weakly, because the team that had it resolved it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, {"encoder": encoder, "since": since, "most": MOST})
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    homes = _department_names()
    found = [_settled(row, book, homes) for row in reversed(rows)]
    return [one for one in found if one is not None]


def _department_names() -> dict[str, str]:
    """The source id of each department by its row, as suggestions name it."""
    rows = Team.objects.values_list("department_id", "department__source_id").distinct()
    return {str(pk): source for pk, source in rows}


def _settled(row: Mapping[str, Any], book: Book, homes: Mapping[str, str]) -> Known | None:
    truth, at, weight = _said(row)
    owner = book.owner(truth)
    if owner is None:
        return None
    return Known(
        key=f"{HISTORY}:{row['id']}",
        ticket_id=row["id"],
        at=row["opened_at"],
        known_at=at,
        lang=row["language"] or "en",
        encoder=row["encoder"],
        vector=np.frombuffer(bytes(row["values"]), np.float16).astype(np.float32),
        owner=owner,
        weight=weight,
        model=row["model"] or "",
        department=homes.get(row["department"] or "", ""),
        score=row["score"],
        was_suggested=row["was_suggested"],
    )


def _said(row: Mapping[str, Any]) -> tuple[dict[str, str], datetime, float]:
    """What the request's own story says of its owner, since when, and how far to believe it."""
    if row["labelled"]:
        return {"service": row["labelled"]}, row["labelled_at"], 1.0
    if row["moved_at"]:
        return {"team": row["team"]}, row["moved_at"], 1.0
    if row["joined_service"] or row["joined_team"]:
        truth = {"service": row["joined_service"], "team": row["joined_team"]}
        return truth, row["changed_at"], WEAK
    if row["was_suggested"]:  # what nobody said anything against proves the team, not the service
        return {"team": row["team"]}, row["resolved_at"] or row["changed_at"], WEAK
    truth = {"service": row["service"], "team": row["team"]}
    return truth, row["resolved_at"] or row["changed_at"], 1.0


def by_department() -> dict[str, int]:
    """How many past requests are known of each department."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT departments ->> 0, count(*) FROM routing_precedent GROUP BY 1 ORDER BY 1"
        )
        return {str(name): int(count) for name, count in cursor.fetchall() if name}
