"""Which pieces of a message are requests of their own: those that are other people's work; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from homeroom.understanding.reading import Part
from homeroom.understanding.service import Guess

# Chosen on `evals/data/parts.jsonl`; `python -m evals.parts` prints what they give.
SURE: Final = {True: 0.3, False: 0.5}
"""Least probability of each piece's department; less is asked where words like "also" part them."""
ALIKE: Final = {True: 0.5, False: 0.3}
"""Most that two pieces may have in common: the sum over departments of the lesser probability."""
SURE_OF_SERVICE: Final = 0.4
"""Least probability of both services where the department is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What one piece is about: probabilities by department and by service."""

    departments: Mapping[str, float]
    services: Mapping[str, float]


def apart(parts: Sequence[Part], *, homes: Mapping[str, str]) -> tuple[Part, ...]:
    """The pieces that stand alone, in their order; none when fewer than two do.

    `homes` names the department of each service. A piece about the same as one before it is put
    with the piece in front of it.
    """
    kept: list[Part] = []
    for part in parts:
        mine, marked = _about(part, homes), part.piece.is_marked
        if not kept or all(_differ(_about(one, homes), mine, marked=marked) for one in kept):
            kept.append(part)
        else:
            kept[-1] = _together(kept[-1], part)
    return tuple(kept) if len(kept) > 1 else ()


def _differ(one: _About, other: _About, *, marked: bool) -> bool:
    if not one.services or not other.services:
        return False
    mine, theirs = _best(one.departments), _best(other.departments)
    if mine != theirs:
        surest = min(one.departments[mine], other.departments[theirs])
        common = _common(one.departments, other.departments)
        return surest >= SURE[marked] and common <= ALIKE[marked]
    first, second = _best(one.services), _best(other.services)
    surest = min(one.services[first], other.services[second])
    common = _common(one.services, other.services)
    return first != second and surest >= SURE_OF_SERVICE and common <= ALIKE[marked]


def _together(one: Part, other: Part) -> Part:
    """Both as one part, about what the surer of them is about."""
    surer = max(one, other, key=_confidence)
    said = f"{one.piece.said} {other.piece.said}"
    return replace(surer, piece=replace(one.piece, said=said, matter=surer.piece.matter))


def _confidence(part: Part) -> float:
    return part.services[0].probability if part.services else 0.0


def _about(part: Part, homes: Mapping[str, str]) -> _About:
    known: list[Guess] = [guess for guess in part.services if guess.service in homes]
    departments: dict[str, float] = {}
    for guess in known:
        home = homes[guess.service]
        departments[home] = departments.get(home, 0.0) + guess.probability
    services = {guess.service: guess.probability for guess in known}
    return _About(departments=departments, services=services)


def _best(shares: Mapping[str, float]) -> str:
    return max(shares, key=lambda name: shares[name])


def _common(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(min(share, other.get(name, 0.0)) for name, share in one.items())
