"""What one request says of a disruption it may be about: whom it touches, where, and of what."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from homeroom.understanding import affected
from homeroom.understanding.encoders import DATA, Vectors
from homeroom.understanding.phrases import Lexicon, split

_READ: Final = 1_200
"""Characters that decide: what is wrong is said early."""
BUS: Final = "bus"
"""What is affected where a route is."""


class Verdict(StrEnum):
    """What the words say of whom it touches."""

    SHARED = "shared"
    PLAIN = "plain"
    OWN = "own"


class Scope(StrEnum):
    """How far a disruption reaches, the narrowest first."""

    ROUTE = "route"
    APP = "app"
    SITE = "site"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one request says of a disruption it may be about.

    `at`: seconds of any one epoch; `reporter`: whoever tells it, equal for one person; `guesses`:
    the likeliest services with their probability; `affected`: what it names of what many depend
    on; `org`, `route`, `app`: empty when unknown.
    """

    id: int
    at: float
    reporter: str
    verdict: Verdict
    guesses: Mapping[str, float]
    affected: frozenset[str] = frozenset()
    lang: str = "en"
    org: str = ""
    route: str = ""
    app: str = ""
    incident: int | None = None
    vector: Vectors | None = field(default=None, repr=False, compare=False)

    @property
    def service(self) -> str:
        """The likeliest service; empty when there is none."""
        return max(self.guesses, key=lambda name: self.guesses[name], default="")


@functools.lru_cache(maxsize=64)
def tells(text: str) -> Verdict:
    """Whether the words tell of a disruption that others meet too, or of one's own matter."""
    words = split(text[:_READ])
    has = {name: bool(_listed(name).find(words)) for name in _LISTS}
    breaks = has["breaks"] or has["rumour"] or affected.fails(text)
    weight = 2 * breaks + has["weak"] + has["shared"] - 2 * has["own"]
    if weight >= 2:
        return Verdict.SHARED
    return Verdict.OWN if weight < 0 else Verdict.PLAIN


_LISTS: Final = ("breaks", "rumour", "weak", "shared", "own")


@functools.cache
def rates() -> Mapping[str, float]:
    """Contacts per 1,000 pupils and year of each catalogue entry."""
    listed: dict[str, float] = _table()["rates"]
    return listed


@functools.cache
def _listed(name: str) -> Lexicon:
    return Lexicon(phrase for phrases in _table()[name].values() for phrase in phrases)


@functools.cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((DATA / "bursts.toml").read_text("utf-8"))
    return table
