"""How much lies with each team."""

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

MOST = 9_999
"""Each team is counted so far: beyond that the number says nothing new."""


def open_by_team(*, viewer: "Viewer") -> dict[int, int]:
    """Open requests of each team, from the index of what is live; staff only."""
    if not viewer.is_staff:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT team.id, (SELECT count(*) FROM (SELECT 1 FROM tickets_ticket t
                   WHERE t.team_id = team.id AND t.status IN ('new', 'open', 'waiting')
                     AND t.merged_into_id IS NULL LIMIT %s) AS found)
               FROM district_team team WHERE team.is_active""",
            [MOST],
        )
        return dict(cursor.fetchall())
