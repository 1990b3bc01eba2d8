"""A law of the house: whatever ends, parks, answers, merges or attaches by itself asks first."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "homeroom"
ROOMS = ("pipeline", "knowledge", "workflows", "connectors", "insights", "assist", "routing")
DEEDS = {
    "actions": {"resolve", "close", "wait"},
    "merging": {"merge", "join"},
    "saying": {"reply"},
    "answering": {"answer", "finish", "put_to_rest"},
}
"""What hides a request from people or speaks in the district's name, by module of `tickets`."""
ASK_THEMSELVES = ("merging", "incidents")
"""Modules of `tickets` that ask on behalf of whoever calls them."""
ENDS = {"RESOLVED", "CLOSED", "WAITED", "MERGED", "JOINED"}
"""The same, written as an event of one's own: `change.set(Type.RESOLVED, ...)`."""
A_PERSON_DID = {
    "pipeline/receive.py": "a member of staff answers by mail: the words are a person's",
}
"""Modules in which a person does it, through a door that is not a page."""
MODULES = sorted(
    path for room in ROOMS for path in (HOUSE / room).rglob("*.py") if "migrations" not in path.parts
)  # fmt: skip


def deeds(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if (
                name in DEEDS.get(module, ())
            ):
                yield f"{module}.{name}"
            case ast.Call(
                func=ast.Attribute(attr="set"),
                args=[ast.Attribute(value=ast.Name(id="Type"), attr=name), *_],
            ) if name in ENDS:
                yield f"Type.{name}"


def asks(tree: ast.Module) -> bool:
    """Whether it asks `may_automate` or looks only among those that are free."""
    return any(
        isinstance(node, ast.Name) and node.id in {"may_automate", "FREE"}
        for node in ast.walk(tree)
    )


def silent(source: str) -> list[str]:
    tree = ast.parse(source)
    return [] if asks(tree) else sorted(set(deeds(tree)))


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(HOUSE)) for path in MODULES])
def test_every_automatic_path_asks_whether_it_may(path: Path) -> None:
    if str(path.relative_to(HOUSE)) not in A_PERSON_DID:
        assert silent(path.read_text("utf-8")) == []


@pytest.mark.parametrize("module", ASK_THEMSELVES)
def test_what_is_called_by_machines_asks_for_them(module: str) -> None:
    assert asks(ast.parse((HOUSE / "tickets" / f"{module}.py").read_text("utf-8")))


def test_the_law_sees_who_does_not_ask() -> None:
    assert silent("def f(t):\n    actions.close(t, by=SYSTEM)") == ["actions.close"]
    assert silent("with changing(t) as change:\n    change.set(Type.RESOLVED, status='x')") == [
        "Type.RESOLVED"
    ]
    assert silent("if may_automate(t):\n    actions.close(t, by=SYSTEM)") == []
    assert [path for path in A_PERSON_DID if not (HOUSE / path).exists()] == []
