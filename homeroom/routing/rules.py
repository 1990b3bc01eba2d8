"""An administrator's exceptions: plain tests on what is known, in order, first one wins; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeroom.kit.errors import Expected
from homeroom.kit.text import fold

TESTS = frozenset({"words", "to", "sender", "channel", "org", "service", "role", "language"})
"""What a rule may look at. A closed list: anything else is refused when the rule is saved."""


class BadRule(Expected):
    """A rule that cannot work; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a request when the rules are asked."""

    text: str
    to: tuple[str, ...] = ()
    sender: str = ""
    channel: str = ""
    org: str = ""
    service: str = ""
    roles: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptional:
    """One rule as it was read from its row."""

    id: int
    name: str
    when: Mapping[str, object]
    service_id: int | None
    team_id: int | None
    priority: int | None


def check(when: Mapping[str, object]) -> None:
    """Pass when these tests can be asked.

    :raises BadRule: when a test is not known, has no value, or the rule has none at all.
    """
    unknown = sorted(set(when) - TESTS)
    if unknown:
        raise BadRule(f"A rule cannot look at {', '.join(unknown)}.")
    if not any(_values(value) for value in when.values()):
        raise BadRule("A rule needs at least one test, or it would catch everything.")


def first(rules: Iterable[Exceptional], facts: Facts) -> Exceptional | None:
    """The first rule all of whose tests hold, or none."""
    return next((rule for rule in rules if rule.when and holds(rule.when, facts)), None)


def holds(when: Mapping[str, object], facts: Facts) -> bool:
    """Whether every test holds; within a test any of its values is enough."""
    return all(_one_holds(name, _values(value), facts) for name, value in when.items())


def _one_holds(name: str, values: list[str], facts: Facts) -> bool:
    if name == "words":
        text = fold(facts.text)
        return any(re.search(rf"\b{re.escape(fold(value))}\b", text) for value in values)
    if name == "to":
        return any(value.lower() in {to.lower() for to in facts.to} for value in values)
    if name == "sender":
        sender = facts.sender.lower()
        return any(
            sender == value.lower() or sender.endswith("@" + value.lower().lstrip("@"))
            for value in values
        )
    if name == "role":
        return bool(set(values) & set(facts.roles))
    return getattr(facts, name, "") in values if name in TESTS else False


def _values(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split("|") if part.strip()]
    if isinstance(value, list):
        return [str(part) for part in value if str(part).strip()]
    return []
