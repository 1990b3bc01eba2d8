"""The fields of services: which facts fill them, and which question asks for what is missing."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeroom.understanding import choices

_DATA = Path(__file__).parent / "data" / "fields.toml"
_IN_THE_WORDS = frozenset({"text", "longtext", "reason", "textarea", "string"})
"""Types that the message itself answers: nobody is asked again to say what they just said."""
_OPTIONS = ("options", "choices", "values", "enum")
"""How a district may call the list of what a field can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a service asks to know.

    `fills` names facts, the best first; `asks` is the question's kind; `is_told` when any message
    says it in its own words; `options` are the district's own choices.
    """

    name: str
    label: str
    fills: tuple[str, ...]
    asks: str
    is_told: bool = False
    options: tuple[str, ...] = ()


@functools.cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_DATA.read_text("utf-8"))


def field(name: str, spec: Mapping[str, object]) -> Field:
    """The field of that name, as services.yaml describes it (label, type, source, options)."""
    kind = str(spec.get("type") or "text").casefold()
    by_name, table = _table()["name"].get(name), _table()
    fills = tuple(by_name if by_name is not None else table["type"].get(kind, ()))
    default = table["ask_type"].get(kind, "label")
    options = next((each for key in _OPTIONS if isinstance(each := spec.get(key), list)), [])
    listed = (name,) if choices.is_listed(name) else ()
    is_known = bool(fills or listed or options) or name in table["ask"]
    return Field(
        name=name,
        label=str(spec.get("label") or name.replace("_", " ").capitalize()),
        fills=(name, *(each for each in fills if each != name)),
        asks=str(table["ask"].get(name, default)),
        is_told=kind in _IN_THE_WORDS and not is_known,
        options=tuple(map(str, options))[:40],
    )


def worth(kind: str) -> float:
    """How much the answer to a question of this kind changes what is done first, 0 to 1."""
    return float(_table()["worth"].get(kind, 0.0))
