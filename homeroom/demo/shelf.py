"""The sample's own data files, read from `homeroom/demo/data/`."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_DEPARTMENTS = (
    "it",
    "fac",
    "hr",
    "fin",
    "tra",
    "nut",
    "enr",
    "sped",
    "stu",
    "health",
    "safety",
    "front",
    "com",
    "ath",
    "cur",
    "sup",
)
DATA = Path(__file__).with_name("data")


def load_yaml(text: str) -> Any:
    """What a YAML text holds, by the fast loader where the platform has it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


@cache
def from_yaml(name: str) -> Any:
    """The content of one YAML data file; callers must not change it."""
    return load_yaml((DATA / name).read_text(encoding="utf-8"))


@cache
def from_toml(name: str) -> dict[str, Any]:
    """The content of one TOML data file; callers must not change it."""
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


@cache
def catalogue() -> tuple[dict[str, Any], ...]:
    """The departments with their teams and services, in a stable order."""
    return tuple(from_yaml(f"catalogue/{key}.yaml") for key in _DEPARTMENTS)


@cache
def services() -> dict[str, dict[str, Any]]:
    """Every service of the catalogue by id, each with its `department`."""
    return {
        service["id"]: {**service, "department": department["id"]}
        for department in catalogue()
        for service in department["services"]
    }
