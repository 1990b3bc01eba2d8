"""classes.csv and enrollments.csv: which room a teacher is usually in."""

from collections.abc import Iterator
from pathlib import Path

from homeroom.district.folder.loading import Loading, Mode, roster_table
from homeroom.district.folder.staging import Cursor, stage
from homeroom.district.naming import place_keys
from homeroom.district.report import FileReport, Tally

# The room where most of a teacher's classes meet, among the rooms of that school.
_PLACED = """
WITH rooms AS (
  SELECT e.person, p.id AS place_id, count(*) AS n_classes
  FROM new_teachers e JOIN new_classes c ON c.source_id = e.class
  JOIN district_org o ON o.source_id = c.org
  JOIN district_place p ON p.org_id = o.id AND p.is_active AND p.kind = 'room'
    AND p.keys && c.keys
  GROUP BY 1, 2),
usual AS (SELECT DISTINCT ON (person) person, place_id FROM rooms
  ORDER BY person, n_classes DESC, place_id),
done AS (
  UPDATE district_person p SET place_id = u.place_id FROM usual u
  WHERE p.source_id = u.person AND p.place_id IS DISTINCT FROM u.place_id RETURNING p.id)
SELECT (SELECT count(*) FROM usual), (SELECT count(*) FROM done)
"""


def load_rooms(cur: Cursor, classes: Path, enrollments: Path, loading: Loading) -> FileReport:
    """Give teachers their usual room; the report counts teachers, under enrollments.csv."""
    tally = Tally(file="oneroster/enrollments.csv")
    table = roster_table(classes, tally, "sourcedId location schoolSourcedId")
    mode = Mode(loading, "classes")

    def meetings() -> Iterator[tuple[object, ...]]:
        for line, row in table.rows():
            if row["location"] and mode.sees(row, line, tally):
                found = place_keys(row["location"], ())
                yield row["sourcedId"], row["schoolSourcedId"], found

    stage(cur, "new_classes", "source_id text, org text, keys varchar[]", meetings())
    roles = roster_table(
        enrollments, tally, "sourcedId classSourcedId userSourcedId role", "schoolSourcedId"
    )

    def teachers() -> Iterator[tuple[object, ...]]:
        for line, row in roles.rows():
            if row["role"].lower() == "teacher" and mode.sees(row, line, tally):
                yield row["userSourcedId"], row["classSourcedId"]

    stage(cur, "new_teachers", "person text, class text", teachers())
    placed = cur.execute(_PLACED).fetchone()
    if placed:
        tally.rows, tally.changed = placed
    tally.unknown.clear()  # classes carry much that is nobody's request
    return tally.report()
