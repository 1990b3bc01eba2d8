"""The OneRoster tables of an invented district, 1.1 or 1.2 as its description says."""

from collections.abc import Iterator, Sequence
from typing import Any

from evals.exam.town import Town

_EMPTY = ("", "")


def org(town: Town, school: str) -> str:
    """The sourcedId of a school, or of the district itself."""
    return str(town.facts["schools"][school]["id"]) if school else town.facts["key"]


def tables(town: Town) -> dict[str, list[Sequence[object]]]:
    """Rows with their header, by the name of the file."""
    facts = town.facts
    orgs: list[Sequence[object]] = [
        ("sourcedId", "status", "dateLastModified", "name", "type", "identifier",
         "parentSourcedId"),
        (facts["key"], *_EMPTY, facts["name"], "district", "", ""),
    ]  # fmt: skip
    orgs += [
        (one["id"], *_EMPTY, one["name"], "school", "", facts["key"])
        for one in facts["schools"].values()
    ]
    made = {"orgs": orgs, "users": [*_users(town)], "academicSessions": _terms(facts)}
    if facts["roster"] == "1.2":
        made["roles"] = [*_roles(town)]
    return made | _classes(town)


def _terms(facts: dict[str, Any]) -> list[Sequence[object]]:
    first, last = facts["term"]
    return [
        ("sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate",
         "parentSourcedId", "schoolYear"),
        ("y27", *_EMPTY, "2026-27", "schoolYear", first, last, "", 2027),
    ]  # fmt: skip


def _users(town: Town) -> Iterator[Sequence[object]]:
    old = town.facts["roster"] == "1.1"
    yield (
        "sourcedId", "status", "dateLastModified", "enabledUser", "username", "givenName",
        "familyName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades",
        *(("role", "orgSourcedIds") if old else ("primaryOrgSourcedId",)),
        "metadata.jobTitle", "metadata.homeLanguage",
    )  # fmt: skip
    for one in town.people:
        agents = ",".join(each.id for each in (one.adults or one.kids))
        school = org(town, one.school)
        yield (
            one.id, *_EMPTY, "true", one.email, one.given, one.family,
            one.id[1:] if one.role != "guardian" else "", one.email, one.phone, one.phone, agents,
            one.grade, *((one.role, school) if old else (school,)), one.job, one.language,
        )  # fmt: skip


def _roles(town: Town) -> Iterator[Sequence[object]]:
    yield ("sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role",
           "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId")  # fmt: skip
    for one in town.people:
        school = org(town, one.school)
        yield (f"r-{one.id}", *_EMPTY, one.id, "primary", one.role, "", "", school, "")


def _classes(town: Town) -> dict[str, list[Sequence[object]]]:
    classes: list[Sequence[object]] = [
        ("sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId",
         "classCode", "classType", "location", "schoolSourcedId", "termSourcedIds", "subjects"),
    ]  # fmt: skip
    enrolled: list[Sequence[object]] = [
        ("sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId",
         "userSourcedId", "role", "primary", "beginDate", "endDate"),
    ]  # fmt: skip
    for one in town.staff:
        if one.room:
            school = org(town, one.school)
            id_ = f"c-{one.id}"
            classes.append(
                (id_, *_EMPTY, f"{one.family} {one.room}", "", "", id_, "scheduled",
                 f"Room {one.room}", school, "y27", "")
            )  # fmt: skip
            enrolled.append(
                (f"n-{one.id}", *_EMPTY, id_, school, one.id, "teacher", "true", "", "")
            )
    return {"classes": classes, "enrollments": enrolled}
