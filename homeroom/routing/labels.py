"""What is known of past requests: whose they were, and what was thought of them before that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from homeroom.district.models import Team
from homeroom.routing.gate import Scored
from homeroom.routing.leaning import NOTHING, Beside
from homeroom.routing.models import Precedent
from homeroom.routing.values import Offered
from homeroom.understanding.encoders import Vectors
from homeroom.understanding.experience import Past

MOST = 12_000
"""Past requests learned from, the newest: two years of a district of 3,000 pupils."""


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
    is_decided: bool = True
    """Whether the model has to decide where such a request goes: no rule did, no danger is seen."""
    beside: Beside = NOTHING
    """What was known beside the words."""
    words: str = ""
    """Hash of the line it was read from: the same line again need not be read."""

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
    rows = [_row(one) for one in {one.key: one for one in known}.values()]
    Precedent.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=[
            *("ticket", "at", "known_at", "lang", "encoder", "vector", "services"),
            *(
                "departments",
                "weight",
                "model",
                "department",
                "service",
                "score",
                "beside",
                "words",
            ),
        ],
    )
    return len(rows)


def _row(one: Known) -> Precedent:
    return Precedent(
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
        beside=asdict(one.beside),
        words=one.words,
    )


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
        is_decided=row.score is not None,
        beside=Beside(**{name: tuple(said) for name, said in row.beside.items()}),
        words=row.words,
    )


def by_department() -> dict[str, int]:
    """How many past requests are known of each department."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT departments ->> 0, count(*) FROM routing_precedent GROUP BY 1 ORDER BY 1"
        )
        return {str(name): int(count) for name, count in cursor.fetchall() if name}
