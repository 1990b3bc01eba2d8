"""From what a text names to what the district has: three indexed queries, whatever is named."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from homeroom.district.models import Person
from homeroom.district.values import Candidate
from homeroom.kit.text import fold, squeeze

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

_MOST = 200
"""Rows of one query; beyond that a name says too little to choose by."""

# Where the asker is at home: their own org and those of the pupils they answer for.
_NEAR = """
  SELECT org_id FROM district_person WHERE id = %(person)s
  UNION SELECT s.org_id FROM district_guardianship g JOIN district_person s ON s.id = g.student_id
  WHERE g.guardian_id = %(person)s
"""
_PLACES = f"""
WITH near AS ({_NEAR})
SELECT * FROM (
  SELECT 'org' AS kind, id, source_id, name, NULL::bigint AS org_id, keys
  FROM district_org WHERE is_active AND kind = 'school' AND keys && %(schools)s::varchar[]
  UNION ALL
  SELECT kind, id, source_id, name, org_id, keys
  FROM district_place WHERE is_active AND keys && %(places)s::varchar[]) found
ORDER BY kind <> 'org', org_id IN (SELECT org_id FROM near) DESC NULLS LAST, id LIMIT {_MOST}
"""  # noqa: S608 - only constants
_ASSETS = f"""
WITH near AS ({_NEAR})
SELECT a.id, a.tag, a.kind, a.model, a.org_id, a.person_id, a.keys FROM district_asset a
WHERE a.is_active AND a.keys && %(assets)s::varchar[]
ORDER BY a.org_id IN (SELECT org_id FROM near) DESC NULLS LAST, a.id LIMIT {_MOST}
"""  # noqa: S608 - only constants
_PEOPLE = f"""
WITH near AS ({_NEAR}), kin AS (
  SELECT student_id AS id FROM district_guardianship WHERE guardian_id = %(person)s
  UNION SELECT guardian_id FROM district_guardianship WHERE student_id = %(person)s
  UNION SELECT %(person)s)
-- Two ways in, so that each goes by its index; joined by OR they would read everyone.
, meant AS (
  SELECT id FROM kin
  UNION SELECT p.id FROM district_person p
  WHERE NOT p.is_private AND p.keys && %(people)s::varchar[]
    AND (p.org_id = ANY(%(orgs)s::bigint[]) OR p.org_id IN (SELECT org_id FROM near)
      OR (p.number <> '' AND p.number = ANY(%(numbers)s::varchar[]))))
SELECT p.id, p.source_id, p.given_name, p.family_name, p.org_id, p.number, p.keys,
  p.id IN (SELECT id FROM kin) AS is_kin
FROM district_person p JOIN meant USING (id) WHERE p.is_active
ORDER BY 8 DESC, p.id LIMIT {_MOST}
"""  # noqa: S608 - only constants


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sought:
    """One thing named, with the keys it may stand under."""

    kind: str
    value: str
    keys: frozenset[str]


type _Row = Mapping[str, Any]


def candidates(
    named: Iterable[tuple[str, str]], *, person: Person | None, viewer: "Viewer"
) -> tuple[Candidate, ...]:
    """What the (kind, value) pairs of a text may mean, nearest to `person`, who said it, first.

    Rooms, places, schools, bus routes, tags and serials are looked up everywhere; people by name
    only where the asker belongs or at a school that is named too, so that nobody fishes for names,
    and never those who opted out, except in their own household. Three queries at most.
    """
    if not viewer.is_staff:
        return ()
    sought = [one for one in (_sought(kind, value) for kind, value in named) if one.keys]
    asked = person.pk if person else None
    found = list(_places(sought, person))
    schools = [one.id for one in found if one.kind == "school"]
    found += _assets(sought, asked)
    found += _people(sought, asked, schools)
    return tuple(found)


def _sought(kind: str, value: str) -> _Sought:
    folded, tight = fold(value), squeeze(value)
    keys: Iterable[str] = {
        "room": {folded, tight},
        "place": {folded},
        "school": {folded},
        "bus_route": {f"bus{tight}", f"route{tight}", f"bus {folded}", f"route {folded}"},
        "asset_tag": {tight},
        "code": {tight},
        "serial": {tight},
        "person": {folded, *_owners(folded)},
        "student_id": {folded},
        "spot": _phrases(folded, least=1),
        "words": _phrases(folded, least=1),
    }.get(kind, ())
    if kind in ("asset_tag", "code") and tight.isdigit():
        keys = {tight, tight.lstrip("0")}
    return _Sought(kind=kind, value=value, keys=frozenset(keys) - {""})


def _owners(name: str) -> Iterator[str]:
    """Whose it may be: "lee's" and "lees" are Lee's."""
    for ending in ("'s", "s", "'"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            yield name.removesuffix(ending)


def _phrases(run: str, *, least: int) -> set[str]:
    """Every piece of one to four words in a row; a lone figure is no name."""
    said = run.split()
    pieces = {
        tuple(said[start:end])
        for start in range(len(said))
        for end in range(start + least, min(start + 4, len(said)) + 1)
    }
    made = {" ".join(piece) for piece in pieces if not (len(piece) == 1 and piece[0].isdigit())}
    crossings = {key.replace(" y ", " and ") for key in made if " y " in key}
    crossings |= {key.replace(" and ", " & ") for key in (*made, *crossings) if " and " in key}
    return made | crossings | {f"the {key}" for key in made}


def _keys(sought: Iterable[_Sought], *kinds: str, least: int = 1) -> list[str]:
    """What to look up; of mere words only pieces of `least` words or more."""
    return sorted(
        {
            key
            for one in sought
            if one.kind in kinds
            for key in one.keys
            if one.kind not in ("spot", "words") or key.count(" ") >= least - 1
        }
    )


def _rows(query: str, values: _Row) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _places(sought: list[_Sought], person: Person | None) -> Iterator[Candidate]:
    places = _keys(sought, "room", "place", "bus_route", "spot", "words", "person", "code")
    schools = [*_keys(sought, "school", "spot", "person"), *_keys(sought, "words", least=2)]
    if not places and not schools:
        return
    values = {"person": person.pk if person else None, "places": places, "schools": schools}
    rows = _rows(_PLACES, values)
    for one in sought:
        for row, kind in _meant(one, rows):
            mine = person is not None and person.place_id == row["id"] and row["kind"] != "org"
            yield Candidate(
                kind=kind,
                value=one.value,
                id=row["id"],
                source_id=row["source_id"],
                label=row["name"],
                how=_how(one, row["name"]),
                org_id=row["org_id"],
                people=(person.pk,) if person and mine else (),
            )


def _meant(one: _Sought, rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """The places or schools that are meant, and as what; of mere words those of longest name."""
    if one.kind == "code":
        return [
            (row, "room") for row in rows if row["kind"] == "room" and one.keys & set(row["keys"])
        ]
    if one.kind == "person" and not any(" " in key for key in one.keys):
        return []  # "Ms. Lincoln" is no school
    if one.kind not in ("spot", "words", "person"):
        return [
            (row, one.kind)
            for row in rows
            if (row["kind"] == "org") == (one.kind == "school") and one.keys & set(row["keys"])
        ]
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for row in rows:
        said = one.keys & set(row["keys"])
        is_school = row["kind"] == "org"
        if said and (not is_school or one.kind == "spot" or any(" " in key for key in said)):
            kind = "school" if is_school else "stop" if row["kind"] == "stop" else "place"
            found.setdefault(kind, []).append((max(key.count(" ") for key in said), row))
    return [
        (row, kind)
        for kind, each in found.items()
        for length, row in each
        if length == max(length for length, _ in each)
    ]


def _how(one: _Sought, name: str) -> str:
    folded = fold(name)
    whole = folded in one.keys or (one.kind == "room" and folded.rpartition(" ")[2] in one.keys)
    return "exact" if whole else "alias"


def _assets(sought: list[_Sought], asked: int | None) -> Iterator[Candidate]:
    kinds = ("asset_tag", "serial", "bus_route", "code")
    keys = _keys(sought, *kinds)
    if not keys:
        return
    rows = _rows(_ASSETS, {"person": asked, "assets": keys})
    for one in sought:
        for row in rows:
            if one.kind in kinds and one.keys & set(row["keys"]):
                yield Candidate(
                    kind="asset_tag" if one.kind == "code" else one.kind,
                    value=one.value,
                    id=row["id"],
                    source_id=row["tag"],
                    label=f"{row['model'] or row['kind']} {row['tag']}",
                    how="id",
                    org_id=row["org_id"],
                    people=(row["person_id"],) if row["person_id"] else (),
                )


def _people(sought: list[_Sought], asked: int | None, orgs: list[int]) -> Iterator[Candidate]:
    named = _keys(sought, "person", "student_id", "spot", "words", least=2)
    numbers = _keys(sought, "student_id")
    if not named:
        return
    values = {"person": asked, "people": named, "numbers": numbers, "orgs": orgs}
    rows = _rows(_PEOPLE, values)
    for one in sought:
        if one.kind not in ("person", "student_id", "spot", "words"):
            continue
        for row in rows:
            how = _known_by(one, row)
            if how:
                yield Candidate(
                    kind="student_id" if one.kind == "student_id" else "person",
                    value=one.value,
                    id=row["id"],
                    source_id=row["source_id"] or "",
                    label=f"{row['given_name']} {row['family_name']}".strip(),
                    how=how,
                    org_id=row["org_id"],
                    people=(row["id"], asked) if asked and row["is_kin"] else (row["id"],),
                )


def _known_by(one: _Sought, row: _Row) -> str:
    """How a person is meant by what was named, or empty when they are not."""
    if one.kind == "student_id":
        return "id" if fold(row["number"]) in one.keys else ""
    first = fold(row["given_name"])
    said = one.keys & set(row["keys"])
    if fold(f"{row['given_name']} {row['family_name']}") in one.keys:
        return "exact"
    if any(key.startswith(first + " ") for key in said):
        return "alias"
    if one.kind != "person":
        return ""
    if said:
        return "surname"
    return "first_name" if row["is_kin"] and first in one.keys else ""
