"""Who belongs together: under one roof, by one name, at one place; each in one indexed query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from homeroom.district.models import Guardianship, Person, Place, Role
from homeroom.district.permissions import STAFF_ROLES
from homeroom.kit.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeroom.district.permissions import Viewer

_FAMILY = """
WITH mine AS (
  SELECT student_id FROM district_guardianship WHERE guardian_id = %(me)s
  UNION SELECT %(me)s WHERE EXISTS (
    SELECT 1 FROM district_guardianship WHERE student_id = %(me)s)
), ties AS (
  SELECT g.guardian_id, g.student_id FROM district_guardianship g
  WHERE g.guardian_id IN (
    SELECT guardian_id FROM district_guardianship WHERE student_id IN (SELECT * FROM mine))
), adults AS (
  SELECT guardian_id AS id, array_agg(student_id ORDER BY student_id) AS wards FROM ties GROUP BY 1
)
SELECT a.id, a.wards, (SELECT wards FROM adults WHERE id = %(me)s) AS mine,
  EXISTS (SELECT 1 FROM district_identity i JOIN district_identity j USING (kind, value)
          WHERE i.person_id = %(me)s AND j.person_id = a.id) AS shares_an_address
FROM adults a JOIN district_person p ON p.id = a.id WHERE p.is_active ORDER BY a.id LIMIT 40
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Row ids of a person's family, the person left out.

    `together`: adults who answer for exactly the same pupils, or share an address; a pupil's own
    adults, if there is only one such household. `apart`: adults who answer for some of them only:
    the roster does not show that they live under one roof.
    """

    together: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()
    students: Mapping[int, str] = field(default_factory=dict)
    """The pupils themselves, with their given names, folded."""


NOBODY = Family()


def family(person_id: int, *, viewer: "Viewer") -> Family:
    """The family of a guardian or a pupil; empty for everyone else, and for who may not look."""
    if not viewer.is_staff:
        return NOBODY
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY, {"me": person_id})
        rows = cursor.fetchall()
    if not rows:
        return NOBODY
    own = rows[0][2]
    students = frozenset(own if own is not None else (person_id,))
    called = Person.objects.filter(pk__in=students).values_list("pk", "given_name")
    names = {number: fold(given) for number, given in called if given}
    if own is None:  # a pupil: of adults who live apart, none is told of the other through them
        adults = {row[0] for row in rows if person_id in row[1]}
        is_one = len({tuple(row[1]) for row in rows if row[0] in adults}) == 1
        named = frozenset(adults)
        return Family(
            together=named if is_one else frozenset(),
            apart=frozenset() if is_one else named,
            students=names,
        )
    others = [row for row in rows if row[0] != person_id and set(row[1]) & students]
    together = frozenset(row[0] for row in others if row[1] == own or row[3])
    apart = frozenset(row[0] for row in others) - together
    # Pupils write too: those for whom nobody outside this household answers.
    shared = {student for row in others if row[0] in apart for student in row[1]}
    return Family(together=together | (students - shared), apart=apart, students=names)


def called(name: str, *, near: int | None, viewer: "Viewer") -> frozenset[int]:
    """The active people of that full name, at most twelve; those of the org `near`, if any are.

    Nobody when the name is of more people than that, or a given name alone.
    """
    key = fold(name)
    if not viewer.is_staff or " " not in key:
        return frozenset()
    found = Person.objects.filter(keys__contains=[key], is_active=True).order_by("pk")
    rows = list(found.values_list("pk", "org_id")[:20])
    here = [number for number, org in rows if near is not None and org == near]
    some = here or [number for number, _ in rows]
    return frozenset(some) if len(some) <= 12 else frozenset()


def answering_for(
    people: "Iterable[int]", given_names: "Iterable[str]", *, viewer: "Viewer"
) -> frozenset[int]:
    """Who of these answers for a pupil of one of these given names, folded."""
    if not viewer.is_staff:
        return frozenset()
    pairs = Guardianship.objects.filter(guardian_id__in=list(people), student__is_active=True)
    wanted = frozenset(given_names)
    rows = pairs.values_list("guardian_id", "student__given_name")
    return frozenset(guardian for guardian, given in rows if given and fold(given) in wanted)


def workers(org_id: int, people: "Iterable[int]", *, viewer: "Viewer") -> frozenset[int]:
    """Who of these people works at that school."""
    if not viewer.is_staff:
        return frozenset()
    roles = Role.objects.filter(
        person_id__in=list(people), org_id=org_id, role__in=STAFF_ROLES, to_on=None
    )
    return frozenset(roles.values_list("person_id", flat=True))


def rooms(org_id: int, named: "Iterable[str]", *, viewer: "Viewer") -> frozenset[str]:
    """Which of these folded names are rooms or places of that school."""
    wanted = sorted(named)
    if not viewer.is_staff or not wanted:
        return frozenset()
    found = Place.objects.filter(org_id=org_id, keys__overlap=wanted, is_active=True)
    return frozenset(wanted) & {
        key for keys in found.values_list("keys", flat=True) for key in keys
    }
