"""The messages of the examination are what they say they are: labels fit district and line."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import homeroom
from evals import districts
from evals.exam import answers
from evals.exam.town import DATA, DISTRICTS, build
from homeroom.channels import line as lines

KINDS = {
    *("self_harm", "threat", "weapon", "abuse", "bullying", "missing_child", "medical"),
    *("hazard", "custody", "supervision", "privacy"),
}


def every(key: str) -> list[tuple[str, dict[str, Any]]]:
    return answers.messages(DATA / key)


@pytest.mark.parametrize("key", DISTRICTS)
def test_each_is_a_line_with_a_name_of_its_own(key: str) -> None:
    given = every(key)

    for text in answers.unlabelled(given):
        assert "truth" not in lines.parse(text)
    assert len({line["id"] for _, line in given}) == len(given)
    assert given == sorted(given, key=lambda one: (one[1]["at"], one[1]["id"]))


@pytest.mark.parametrize("key", DISTRICTS)
def test_labels_name_what_the_district_has(key: str) -> None:
    town = build(key)
    offers = {one.id: one for one in districts.offers(town.facts)}
    departments = {row["id"] for row in town.facts["departments"].values()}
    people = {one.id for one in town.people}

    for _, line in every(key):
        truth = line["truth"]
        assert set(truth["services"]) | set(truth.get("parts", ())) <= set(offers)
        assert set(truth["departments"]) <= departments
        if truth["services"]:
            assert truth["departments"][0] == offers[truth["services"][0]].department
        assert truth.get("person") is None or truth["person"] in people
        assert truth.get("safety") is None or truth["safety"] in KINDS
        assert truth["level"] in {"page", "look", "none", "either"}
        assert not re.search(r"\{\w+(\.\w+)?\}", line.get("text", ""))


@pytest.mark.parametrize("key", DISTRICTS)
def test_what_belongs_to_a_request_comes_after_it(key: str) -> None:
    seen: set[str] = set()
    for _, line in every(key):
        truth = line["truth"]
        if truth.get("tie"):
            assert truth["group"] in seen, line["id"]
        if "in_reply_to" in line:
            assert line["in_reply_to"] in seen
        seen |= {truth["group"], line["id"]}


def test_there_are_enough_of_each_kind() -> None:
    given = every("larkspur")
    families = Counter(family for family, _ in given)
    ties = Counter(line["truth"].get("tie") for _, line in given)
    danger = Counter(line["truth"].get("safety") for _, line in given)
    reports = Counter(line["truth"].get("incident") for _, line in given)

    assert families["requests"] >= 520
    assert families["danger"] >= 90
    assert families["alike"] >= 120
    assert families["webpages"] >= 60
    assert families["double"] >= 50
    assert families["urgent"] >= 60
    assert len([name for name, n in reports.items() if name and 8 <= n <= 15]) == 8
    assert ties["follow-up"] >= 60
    assert ties["same person, another channel"] >= 60
    assert ties["another person"] >= 40
    assert set(danger) - {None} == KINDS
    assert Counter(family for family, _ in every("tallgrass"))["requests"] >= 240


@pytest.mark.parametrize("key", DISTRICTS)
def test_every_service_is_asked_for(key: str) -> None:
    asked = Counter(
        line["truth"]["services"][0] for _, line in every(key) if line["truth"]["services"]
    )

    for offer in districts.offers(build(key).facts):
        assert asked[offer.id] >= 4, offer.name


def test_nothing_is_learned_from_them() -> None:
    bank = Path(homeroom.__file__).parent / "understanding" / "data" / "bank"
    learned = (
        "\n".join(p.read_text("utf-8") for p in bank.rglob("*.jsonl")) if bank.exists() else ""
    )
    for key in DISTRICTS:
        for family, line in every(key):
            words = line.get("text", "").split("\n")[0]
            if family != "webpages" and len(words) > 60:
                assert words not in learned
