"""What became of this install's own requests: whose they turned out to be, as labels."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from homeroom.district.models import Team
from homeroom.routing.labels import MOST, Book, Known

WEAK = 0.5
"""Weight of a request that its team resolved and nobody moved, against a person's word (1)."""
HISTORY = "history"
"""Key prefix of requests of this install."""

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
        is_decided=row["score"] is not None or not row["was_suggested"],
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
