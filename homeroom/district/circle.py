"""Whom and what a request is about, as the records have it: people, their rooms and devices.

Two queries at most: one for people, one for things.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

FAMILY = frozenset({"guardian", "parent", "relative"})
"""OneRoster roles of the adults at home."""

_PEOPLE = """
WITH wards AS (
  SELECT student_id AS id FROM district_guardianship WHERE guardian_id = %(asker)s
), meant AS (SELECT id FROM wards UNION SELECT unnest(%(ids)s::bigint[]))
SELECT p.id, p.given_name, p.family_name, p.grade, p.org_id,
  coalesce(CASE WHEN o.kind = 'school' THEN o.name END, '') AS school,
  p.place_id, coalesce(l.name, '') AS room, p.job,
  ARRAY(SELECT DISTINCT r.role FROM district_role r
        WHERE r.person_id = p.id AND r.to_on IS NULL) AS roles,
  coalesce((SELECT json_agg(json_build_array(a.id, a.tag, a.kind, a.model, a.place_id)
                            ORDER BY a.id)
   FROM district_asset a WHERE a.person_id = p.id AND a.is_active), '[]') AS devices,
  p.id IN (SELECT id FROM wards) AS is_ward
FROM district_person p JOIN meant USING (id)
LEFT JOIN district_org o ON o.id = p.org_id LEFT JOIN district_place l ON l.id = p.place_id
WHERE p.is_active ORDER BY p.given_name, p.id LIMIT 60
"""
_THINGS = """
SELECT a.id, a.tag, a.kind, a.model, a.place_id, l.name, a.org_id, a.person_id
FROM district_asset a LEFT JOIN district_place l ON l.id = a.place_id
WHERE a.is_active AND (a.id = ANY(%(assets)s::bigint[]) OR a.place_id = ANY(%(places)s::bigint[]))
ORDER BY a.id LIMIT 60
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One thing with a tag; `place` is the name of where it stands."""

    id: int
    tag: str
    kind: str
    model: str
    place_id: int | None = None
    place: str = ""
    org_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person as far as a request needs to know them."""

    id: int
    given: str
    name: str
    grade: str = ""
    org_id: int | None = None
    school: str = ""
    place_id: int | None = None
    room: str = ""
    roles: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    is_ward: bool = False

    @property
    def is_student(self) -> bool:
        """Whether they go to school here."""
        return "student" in self.roles or (not self.roles and self.is_ward)

    @property
    def is_staff(self) -> bool:
        """Whether they work here."""
        return bool(set(self.roles) - FAMILY - {"student"})


def people(
    ids: Iterable[int], *, wards_of: int | None = None, viewer: "Viewer"
) -> Mapping[int, Member]:
    """The active people of these row ids, and those for whom `wards_of` answers, by given name."""
    wanted = sorted(set(ids))
    if not viewer.is_staff or not (wanted or wards_of):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"ids": wanted, "asker": wards_of})
        return {row[0]: _member(row) for row in cursor.fetchall()}


def _member(row: Sequence[Any]) -> Member:
    number, given, family, grade, org_id, school, place_id, room, job, roles, devices, ward = row
    return Member(
        id=number,
        given=given,
        name=f"{given} {family}".strip(),
        grade=grade,
        org_id=org_id,
        school=school,
        place_id=place_id,
        room=room,
        roles=tuple(sorted(roles)) or (("staff",) if job else ()),
        devices=tuple(
            Device(id=id_, tag=tag, kind=kind, model=model, place_id=place, person_id=number)
            for id_, tag, kind, model, place in devices
        ),
        is_ward=ward,
    )


def things(assets: Iterable[int], *, places: Iterable[int] = (), viewer: "Viewer") -> list[Device]:
    """These things, and all that stand in these places."""
    wanted, where = sorted(set(assets)), sorted(set(places))
    if not viewer.is_staff or not (wanted or where):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_THINGS, {"assets": wanted, "places": where})
        return [
            Device(
                id=id_, tag=tag, kind=kind, model=model, place_id=place_id, place=place or "",
                org_id=org, person_id=person,
            )
            for id_, tag, kind, model, place_id, place, org, person in cursor.fetchall()
        ]  # fmt: skip
