"""The figures say what happened: right is 1, wrong is 0, and each mistake lowers its own figure."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.exam import answers, scores, tables, together
from evals.exam.answers import Case

TRUTH: dict[str, Any] = {
    "services": ["wifi"],
    "departments": ["it", "ops"],
    "relation": "opened",
    "kind": "request",
    "level": "none",
    "language": "en",
}
MADE: dict[str, Any] = {
    "department": "it",
    "service": "wifi",
    "confidence": 0.8,
    "automatic": False,
    "safety": None,
    "why": [],
    "answer": None,
    "question": None,
    "priority": 3,
    "group": "T1",
    "incident": None,
    "kind": "request",
    "relation": "opened",
    "parts": [],
    "context": {},
    "person": None,
    "ticket": "T1",
    "language": "en",
}


def case(name: str, *, family: str = "requests", truth: Any = None, **made: Any) -> Case:
    label = {**TRUTH, "group": name, **(truth or {})}
    line = {"id": name, "channel": "email", "truth": label}
    return Case(family=family, line=line, made={**MADE, "group": name, **made})


def test_departments() -> None:
    cases = [case("a"), case("b", department="ops"), case("c", department="hr", confidence=0.2)]

    row = scores.routing(cases)["all new requests"]

    assert (row["n"], row["acceptable"], row["exact"]) == (3, 0.667, 0.333)
    assert row["surest half"] == 1.0


def test_a_danger_is_no_matter_of_departments() -> None:
    cases = [case("a", truth={"level": "page", "safety": "threat"}), case("b")]

    assert scores.routing(cases)["all new requests"]["n"] == 1


def test_confidence_is_held_against_what_was_right() -> None:
    honest = [case(str(n), confidence=0.8, department="it" if n < 8 else "hr") for n in range(10)]
    boastful = [case(str(n), confidence=1.0, department="hr") for n in range(10)]

    assert scores.confidence(honest)["calibration error (ECE)"]["figure"] == pytest.approx(0.0)
    assert scores.confidence(boastful)["calibration error (ECE)"]["figure"] == pytest.approx(1.0)


def test_danger_paged_seen_and_acted_upon() -> None:
    danger = {"level": "page", "safety": "weapon"}
    cases = [
        case("a", truth=danger, safety="weapon"),
        case("b", truth=danger, why=["A person must look: words of danger."]),
        case("c", truth=danger, automatic=True),
        case("d", safety="threat"),
    ]

    found = scores.safety(cases)

    assert found["must page"] == {"n": 3, "paged": 0.333, "seen": 0.667, "acted alone": 1}
    assert found["those paged that were danger"]["paged"] == 0.5
    assert found["kind of danger named right"]["paged"] == 1.0


def test_follow_ups_and_pairs() -> None:
    cases = [
        case("a"),
        case("b", family="episodes", truth={"group": "a", "tie": "follow-up"}, group="a"),
        case("c", family="episodes", truth={"group": "a", "tie": "follow-up"}),
        case("d", truth={"apart": "p"}, group="x"),
        case("e", truth={"apart": "p"}, group="x"),
    ]

    found = together.threads(cases)

    assert found["follow-up"] == {"n": 2, "together": 0.5}
    assert found["look-alike pairs kept apart"] == {"n": 1, "together": 0.0}


def test_b_cubed_of_one_heap_and_of_crumbs() -> None:
    labels = ("a", "a", "b", "b")
    heap = [case(str(n), truth={"group": g}, group="x") for n, g in enumerate(labels)]
    crumbs = [case(str(n), truth={"group": g}, group=str(n)) for n, g in enumerate(labels)]
    right = [case(str(n), truth={"group": g}, group=g) for n, g in enumerate(labels)]

    def figures(cases: list[Case]) -> tuple[Any, Any]:
        row = together.grouping(cases)["all"]
        return row["precision"], row["recall"]

    assert figures(heap) == (0.5, 1.0)
    assert figures(crumbs) == (1.0, 0.5)
    assert figures(right) == (1.0, 1.0)


def test_an_outage_called_late_and_one_called_falsely() -> None:
    label = {"group": "water", "incident": "water"}
    cases = [
        case("a", family="outages", truth=label),
        case("b", family="outages", truth=label, group="i", incident="i"),
        case("c", family="outages", truth=label, group="i", incident="i"),
        case("d", group="j", incident="j"),
    ]

    found = together.outages(cases)

    assert found["water"]["in the largest group"] == 0.667
    assert found["water"]["reports before it was called one"] == 1
    assert found["incidents declared"] == {"n": 2, "false": 1}


def test_two_in_one() -> None:
    label = {"parts": ["wifi", "sink"], "departments": ["it", "ops"]}
    both = [{"service": "wifi", "department": "it"}, {"service": "drain", "department": "ops"}]
    cases = [case("a", truth=label, parts=both), case("b", truth=label), case("c", parts=both)]

    found = scores.parts(cases)

    assert found["two in one"]["both departments"] == 0.5
    assert found["one, split all the same"]["split"] == 1.0


def test_noise_and_what_only_looks_so() -> None:
    cases = [
        case("a", family="noise", truth={"kind": "spam"}, relation="held"),
        case("b", family="noise", truth={"kind": "spam"}),
        case("c", family="noise", truth={"looks_like_spam": True}, relation="ignored"),
        case("d"),
    ]

    found = scores.noise(cases)

    assert found["spam set aside"]["share"] == 0.5
    assert found["real, looks like spam, lost"]["share"] == 1.0
    assert found["all others lost"]["share"] == 0.0


def test_facts_right_wrong_and_missing() -> None:
    label = {"context": {"room": "214"}, "person": "E1"}
    cases = [
        case("a", truth=label, context={"room": "Room 214"}, person="E1"),
        case("b", truth=label, context={"room": "102"}, person="E2"),
        case("c", truth=label),
    ]

    found = scores.facts(cases)

    assert found["room"] == {"n": 3, "right": 0.333, "wrong": 0.333}
    assert found["person"] == {"n": 3, "right": 0.333, "wrong": 0.333}


def test_first_things_first() -> None:
    cases = [
        case("a", truth={"priority": 1}, priority=1),
        case("b", truth={"priority": 1}, priority=2),
        case("c", truth={"priority": 4}, priority=1),
    ]

    found = scores.urgency(cases)

    assert found["must be first (P1)"] == {"n": 2, "P1": 0.5, "P1 or P2": 1.0}
    assert found["shouts, is not"]["P1"] == 1.0


def test_outcomes_must_belong_to_their_messages(tmp_path: Path) -> None:
    made = tmp_path / "out.jsonl"
    made.write_text(json.dumps({**MADE, "id": "b"}) + "\n", "utf-8")

    with pytest.raises(ValueError, match="one for one"):
        answers.paired([("requests", {"id": "a", "truth": TRUTH})], made)


def test_both_pages_show_every_row() -> None:
    report = {"larkspur": {name: score([case("a")]) for name, score in scores.SECTIONS.items()}}

    shown = "\n".join(tables.printed(report))
    page = tables.page(report, day="2026-11-24")

    assert "all new requests" in shown
    assert "| all new requests | 1 | 1.000 |" in page
