"""The sample district's folder: the same each time, and at one with itself."""

import csv
import hashlib
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import icalendar
import pytest
import yaml

from homeroom.demo import district
from homeroom.demo.schools import routes, schools
from homeroom.demo.sheets import HEADERS

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("district")
    district.write(where, seed=1, pupils=400, schools=5, today=TODAY)
    return where


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_same_seed_same_bytes_other_seed_other_people(folder: Path, tmp_path: Path) -> None:
    district.write(tmp_path / "again", seed=1, pupils=400, schools=5, today=TODAY)
    district.write(tmp_path / "other", seed=2, pupils=400, schools=5, today=TODAY)
    assert digest(folder) == digest(tmp_path / "again")
    assert (
        digest(folder)["oneroster/users.csv"] != digest(tmp_path / "other")["oneroster/users.csv"]
    )


def test_writing_again_leaves_nothing_of_the_older_sample(tmp_path: Path) -> None:
    district.write(tmp_path, pupils=400, schools=5, today=TODAY)
    district.write(tmp_path, pupils=300, schools=3, today=TODAY)
    district.write(tmp_path / "fresh", pupils=300, schools=3, today=TODAY)
    fresh = digest(tmp_path / "fresh")
    here = {k: v for k, v in digest(tmp_path).items() if not k.startswith("fresh")}
    assert here == fresh


def test_oneroster_headers_are_those_of_1_2(folder: Path) -> None:
    header = (folder / "oneroster/users.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.startswith(
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
        "userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,"
        "primaryOrgSourcedId,pronouns"
    )
    manifest = {r["propertyName"]: r["value"] for r in rows(folder / "oneroster/manifest.csv")}
    assert manifest["oneroster.version"] == "1.2"
    present = {path.stem for path in (folder / "oneroster").glob("*.csv")} - {"manifest"}
    said = {k.removeprefix("file.") for k, v in manifest.items() if v == "bulk"}
    assert present == said


def test_every_table_has_as_many_cells_as_its_header(folder: Path) -> None:
    tables = [*(folder / "oneroster").glob("*.csv"), folder / "places.csv", folder / "assets.csv"]
    assert {path.stem for path in tables} == set(HEADERS)
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            widths = {len(row) for row in csv.reader(file)}
        assert len(widths) == 1, path.name


def test_everyone_and_everything_referred_to_exists(folder: Path) -> None:
    users = {r["sourcedId"]: r for r in rows(folder / "oneroster/users.csv")}
    orgs = {r["sourcedId"] for r in rows(folder / "oneroster/orgs.csv")}
    classes = {r["sourcedId"] for r in rows(folder / "oneroster/classes.csv")}
    courses = {r["sourcedId"] for r in rows(folder / "oneroster/courses.csv")}
    places = {r["id"]: r for r in rows(folder / "places.csv")}
    assert len({r["email"] for r in users.values()}) == len(users)
    for user in users.values():
        assert user["primaryOrgSourcedId"] in orgs
        for agent in filter(None, user["agentSourcedIds"].split(",")):
            assert user["sourcedId"] in users[agent]["agentSourcedIds"].split(",")
    for role in rows(folder / "oneroster/roles.csv"):
        assert role["userSourcedId"] in users
        assert role["orgSourcedId"] in orgs
    assert {r["userSourcedId"] for r in rows(folder / "oneroster/roles.csv")} == set(users)
    for enrolled in rows(folder / "oneroster/enrollments.csv"):
        assert enrolled["userSourcedId"] in users
        assert enrolled["classSourcedId"] in classes
    assert {r["courseSourcedId"] for r in rows(folder / "oneroster/classes.csv")} == courses
    for place in places.values():
        assert place["org"] in orgs
        assert not place["parent"] or place["parent"] in places
    assets = rows(folder / "assets.csv")
    assert len({a["tag"] for a in assets}) == len(assets)
    for asset in assets:
        assert asset["org"] in orgs
        assert not asset["place"] or asset["place"] in places
        assert not asset["person"] or asset["person"] in users


def test_departments_teams_services_and_workflows_agree(folder: Path) -> None:
    users = {r["sourcedId"]: r for r in rows(folder / "oneroster/users.csv")}
    departments = yaml.safe_load((folder / "departments.yaml").read_text(encoding="utf-8"))
    services = yaml.safe_load((folder / "services.yaml").read_text(encoding="utf-8"))
    teams = {t["id"]: (d["id"], t) for d in departments for t in d["teams"]}
    assert (len(departments), len(teams), len(services)) == (16, 50, 86)
    orgs = {r["sourcedId"]: r["type"] for r in rows(folder / "oneroster/orgs.csv")}
    assert {orgs[d["id"]] for d in departments} == {"department"}
    for _, team in teams.values():
        assert team["members"], team["id"]
        assert all(users[member]["sourcedId"].startswith("staff-") for member in team["members"])
    for service in services:
        assert teams[service["team"]][0] == service["department"]
        assert service["examples"]
        assert set(service["required_context"]) <= set(service["context_fields"]) | {"message"}
    known = {service["id"] for service in services}
    for flow in yaml.safe_load((folder / "workflows.yaml").read_text(encoding="utf-8")):
        assert {step["service"] for step in flow["steps"]} <= known


def test_the_cast_is_there(folder: Path) -> None:
    users = {r["email"]: r for r in rows(folder / "oneroster/users.csv")}
    dana, theo = users["dana.lee@cedarvalley.example"], users["theo.ramos@cedarvalley.example"]
    ana, sam = users["ana.flores@example.com"], users["sam.flores@students.cedarvalley.example"]
    assert (sam["grades"], sam["primaryOrgSourcedId"]) == ("10", "sch-lincoln-high")
    assert ana["metadata.homeLanguage"] == "es"
    assert sam["sourcedId"] in ana["agentSourcedIds"]
    taught = {
        r["classSourcedId"]
        for r in rows(folder / "oneroster/enrollments.csv")
        if r["userSourcedId"] == dana["sourcedId"]
    }
    sits = {
        r["classSourcedId"]
        for r in rows(folder / "oneroster/enrollments.csv")
        if r["userSourcedId"] == sam["sourcedId"]
    }
    assert taught & sits
    meets = {r["sourcedId"]: r["location"] for r in rows(folder / "oneroster/classes.csv")}
    assert {meets[c] for c in taught} == {"Room 214"}
    projector = next(a for a in rows(folder / "assets.csv") if a["tag"] == "PJ-0214")
    assert projector["place"] == "lincoln-high-214"
    text = (folder / "departments.yaml").read_text(encoding="utf-8")
    classroom = next(
        t for d in yaml.safe_load(text) for t in d["teams"] if t["id"] == "it.classroom"
    )
    assert theo["sourcedId"] in classroom["members"]
    roles = {r["userSourcedId"]: r["role"] for r in rows(folder / "oneroster/roles.csv")}
    assert Counter(roles.values())["systemAdministrator"] == 1
    for address in ("elena.ortiz", "priya.kaur", "alma.grant", "luis.diaz"):
        assert f"{address}@cedarvalley.example" in users


def test_articles_are_dated_from_today(folder: Path) -> None:
    services = yaml.safe_load((folder / "services.yaml").read_text(encoding="utf-8"))
    known = {service["id"] for service in services}
    fronts = []
    for path in sorted((folder / "articles").glob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        front = yaml.safe_load(head)
        assert front["id"] == path.stem
        assert front["service"] in known
        assert "{{" not in head + body
        fronts.append(front)
    written = [f for f in fronts if not f["id"].startswith("school-lincoln")]
    assert len(written) >= 45
    assert sum(f["language"] == "es" for f in fronts) >= 5
    assert any(f.get("expires_on", date.max) < TODAY for f in fronts)
    assert any(f["review_on"] < TODAY for f in fronts)
    assert {f["visibility"] for f in fronts} == {"public", "staff", "team"}


def test_route_42_stops_at_pine_and_6th(folder: Path) -> None:
    table = (folder / "sources/bus-stops.csv").read_text(encoding="utf-8")
    assert "42,Pine St & 6th Ave,Lincoln High School,7:12 a.m.,3:41 p.m." in table


def test_calendar_is_rfc_5545_and_settings_are_toml(folder: Path) -> None:
    calendar = icalendar.Calendar.from_ical((folder / "calendar.ics").read_bytes())
    off = {str(e["SUMMARY"]): e.decoded("DTSTART") for e in calendar.walk("VEVENT")}
    assert off["No school: Thanksgiving break"] == date(2026, 11, 25)
    settings = tomllib.loads((folder / "district.toml").read_text(encoding="utf-8"))
    assert settings["name"] == "Cedar Valley Schools"
    assert settings["school_year"]["first_day"] == date(2026, 8, 17)


@pytest.mark.parametrize("schools", [0, 2, 10_000])
def test_impossible_number_of_schools_is_refused(tmp_path: Path, schools: int) -> None:
    with pytest.raises(ValueError, match="The sample district can have"):
        district.write(tmp_path, pupils=50, schools=schools, today=TODAY)


def test_buses_of_a_big_district_share_corners_but_no_bus_stops_twice_at_one() -> None:
    made = routes(schools(18), pupils=100_000, seed=1)
    stops = [stop.place for route in made for stop in route.stops]
    assert len({stop.id for stop in stops}) == len(stops)
    assert len({stop.name for stop in stops}) < len(stops)
    for route in made:
        names = [stop.place.name for stop in route.stops]
        assert len(set(names)) == len(names) or route.number == 42
