"""The invented districts are folders as the contract describes them, the same every time."""

import csv
import tomllib
from pathlib import Path

import pytest
import yaml

from evals import districts
from evals.exam.town import DISTRICTS, build
from homeroom.demo import shelf


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("districts")
    for key in DISTRICTS:
        districts.write(key, place / key)
    return place


@pytest.mark.parametrize("key", DISTRICTS)
def test_the_same_bytes_every_time(key: str, folders: Path, tmp_path: Path) -> None:
    build.cache_clear()
    districts.write(key, tmp_path)

    again = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    place = folders / key
    assert again == {p.relative_to(place): p.read_bytes() for p in place.rglob("*") if p.is_file()}
    assert Path("oneroster/users.csv") in again


@pytest.mark.parametrize(
    ("key", "schools", "pupils", "departments", "services"),
    [("larkspur", 5, 2500, 16, 86), ("tallgrass", 3, 902, 7, 68)],
)
def test_its_size(
    key: str, schools: int, pupils: int, departments: int, services: int, folders: Path
) -> None:
    place = folders / key
    orgs = rows(place / "oneroster" / "orgs.csv")
    people = rows(place / "oneroster" / "users.csv")

    assert sum(row["type"] == "school" for row in orgs) == schools
    assert sum(bool(row["grades"]) for row in people) == pupils
    assert len({row["email"] for row in people}) == len(people)
    assert len({row["phone"] for row in people if row["phone"]}) == sum(
        bool(row["phone"]) for row in people
    )
    assert len(yaml.safe_load((place / "departments.yaml").read_text("utf-8"))) == departments
    assert len(yaml.safe_load((place / "services.yaml").read_text("utf-8"))) == services
    assert tomllib.loads((place / "district.toml").read_text("utf-8"))["channels"]


@pytest.mark.parametrize("key", DISTRICTS)
def test_what_a_folder_names_is_there(key: str, folders: Path) -> None:
    place = folders / key
    people = {row["sourcedId"] for row in rows(place / "oneroster" / "users.csv")}
    places = {row["id"] for row in rows(place / "places.csv")}
    departments = yaml.safe_load((place / "departments.yaml").read_text("utf-8"))
    teams = {team["id"] for one in departments for team in one["teams"]}

    for asset in rows(place / "assets.csv"):
        assert not asset["person"] or asset["person"] in people
        assert not asset["place"] or asset["place"] in places
    for department in departments:
        assert all(set(team["members"]) <= people for team in department["teams"])
    for service in yaml.safe_load((place / "services.yaml").read_text("utf-8")):
        assert service["team"] in teams
        assert service.get("like") is None or service["like"] in shelf.services()


def test_larkspur_offers_the_catalogue_and_tall_grass_does_not() -> None:
    larkspur = districts.offers(build("larkspur").facts)
    tall_grass = districts.offers(build("tallgrass").facts)

    assert {one.key for one in larkspur} == set(shelf.services())
    assert all(one.is_told for one in larkspur)
    kept = [one for one in tall_grass if not one.key.startswith("own.")]
    own = [one for one in tall_grass if one.key.startswith("own.")]
    assert len(own) == 10
    assert all(len(one.examples) == 3 and one.description for one in own)
    assert sum(one.is_told for one in kept) * 2 == len(kept)
    assert not {one.id for one in tall_grass} & set(shelf.services())
