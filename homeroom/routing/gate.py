"""When Homeroom may route by itself: what confidence was proved to mean, and the bound; pure.

Every labelled decision was scored by a model that had learned from the others alone. From them one
threshold is proved for all departments together (Clopper-Pearson upper bound, fixed-sequence
testing over a fixed grid, strict to loose), and one of its own for each department with enough of
them.
"""

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from homeroom.understanding.calibration import error_bound

ALPHA: Final = 0.03
"""Largest share of automatic decisions that may be wrong, unless an administrator says another."""
DOUBT: Final = 0.05
"""How likely a proved threshold may be to break its promise all the same."""
OWN: Final = 120
"""Accepted decisions from which a department's bound is its own."""
FOLDS: Final = 5
"""Each fifth of a past is decided by a model that learned from the other four."""
LATEST: Final = 4_000
"""Decisions looked at, the newest: what was true long ago proves little of today."""
GROWTH: Final = 0.2
LEAST: Final = 20
"""New labels below which learning again is not worth its seconds."""
SURE: Final = 0.9999
"""A confidence is never told as certainty, nor as impossible."""
CERTAIN: Final = 0.99
"""Scores above it are alike: a past that repeats itself is told surer than any new message."""
GRID: Final = tuple(1 / (1 + math.exp(-step / 32)) for step in range(288, -33, -1))
"""Thresholds tried, strict to loose: odds of 8,100 to 1 down to 1 to 2.7."""
STARTS: Final = ((600, (0.15, 0.4)), (0, (0.35,)))
"""With so many decisions, the shares of them from which the tests start, each with its part of the
doubt. Chosen by simulation: started at the fewest decisions that can pass, one early error ends the
sequence, and a district with thousands of labels and 1 % errors would fail one time in four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A decision made without knowing its label: whom it named, how sure, how right."""

    department: str
    score: float
    """As the model says it, 0 to 1."""
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """At `score` or above, `errors` of `decisions` were wrong: at most `bound` of all to come."""

    score: float
    decisions: int
    errors: int
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What is proved: confidence as it turned out to be, and who may be routed to automatically."""

    scale: float = 1.0
    shift: float = 0.0
    """Honest log-odds are `scale` times the model's plus `shift`."""
    pooled: Proof | None = None
    own: Mapping[str, Proof | None] = field(default_factory=dict)
    """Departments judged by themselves; nothing: their own decisions prove no threshold."""
    left: frozenset[str] = frozenset()
    """Departments that are wrong too often for the common threshold."""
    manual: frozenset[str] = frozenset()
    """Departments whom an administrator leaves to people."""
    alpha: float = ALPHA
    decisions: int = 0
    """How many labelled decisions it rests on."""
    name: str = ""
    """Of the calibration set: a hash over its decisions."""

    def confidence(self, score: float) -> float:
        """How often a decision of this score turned out right, 0 to 1."""
        return _chance(self.scale * _odds(score) + self.shift)

    def threshold(self, department: str) -> float | None:
        """The confidence from which this department's requests are routed; nothing: never."""
        proof = self.proof(department)
        return None if proof is None else self.confidence(proof.score)

    def opens(self, department: str, score: float) -> bool:
        """Whether a decision for this department with this score needs nobody's look."""
        proof = self.proof(department)
        return proof is not None and score >= proof.score

    def proof(self, department: str) -> Proof | None:
        """What allows automatic routing to this department."""
        if department in self.manual or department in self.left:
            return None
        return self.own.get(department, self.pooled)

    def leaving(self, departments: Collection[str]) -> "Gate":
        """The same with these departments left to people."""
        return replace(self, manual=frozenset(departments))

    def fallen(self) -> "Gate":
        """The same, open to nobody: confidence still means what it meant."""
        return replace(self, pooled=None, own={})

    def to_json(self) -> dict[str, Any]:
        """As it is stored; who is left to people is a setting and stays outside."""
        return {
            "scale": self.scale,
            "shift": self.shift,
            "pooled": _kept(self.pooled),
            "own": {name: _kept(proof) for name, proof in sorted(self.own.items())},
            "left": sorted(self.left),
            "alpha": self.alpha,
            "decisions": self.decisions,
            "name": self.name,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Gate":
        """The gate that `to_json` wrote."""
        own = {name: _proof(each) for name, each in kept["own"].items()}
        rest = {name: kept[name] for name in ("scale", "shift", "alpha", "decisions", "name")}
        return cls(pooled=_proof(kept["pooled"]), own=own, left=frozenset(kept["left"]), **rest)


CLOSED: Final = Gate()
"""Before anything is proved: every request is suggested, none is routed by itself."""


def always(score: float) -> Gate:
    """A gate that a person set by hand: open to all from this score, whatever was proved."""
    return Gate(pooled=Proof(score=score, decisions=0, errors=0, bound=1.0))


def prove(decided: Sequence[Scored], *, alpha: float = ALPHA, doubt: float = DOUBT) -> Gate:
    """The gate that these decisions, in order of time, prove; the newest `LATEST` count."""
    latest = decided[-LATEST:]
    scale, shift = _honest(latest)
    pooled = _threshold(latest, alpha=alpha, doubt=doubt)
    return Gate(
        scale=scale,
        shift=shift,
        pooled=pooled,
        own=_own(latest, pooled, alpha=alpha, doubt=doubt),
        left=frozenset(_leaving(latest, pooled, alpha=alpha, doubt=doubt)),
        alpha=alpha,
        decisions=len(latest),
        name=_name(latest),
    )


def drifted(errors: int, decisions: int, *, alpha: float, doubt: float = DOUBT) -> bool:
    """Whether so many wrong automatic decisions are too many to be chance (binomial test)."""
    return errors > 0 and chance_of(errors, decisions, alpha) <= doubt


def folds(count: int) -> Iterator[tuple[int, int]]:
    """The first and the end of each fifth of so many decisions in order of time."""
    return pairwise(round(count * fold / FOLDS) for fold in range(FOLDS + 1))


def is_time(n_known: int, n_taught: int) -> bool:
    """Whether to learn again while a past is gone through: when a fifth more is known."""
    return n_known - n_taught >= max(LEAST, GROWTH * n_taught)


def chance_of(errors: int, decisions: int, rate: float) -> float:
    """Probability of at least so many errors when each decision is wrong with this rate."""
    ways = (
        math.comb(decisions, wrong) * rate**wrong * (1 - rate) ** (decisions - wrong)
        for wrong in range(errors)
    )
    return max(0.0, 1.0 - math.fsum(ways))


def _threshold(decided: Sequence[Scored], *, alpha: float, doubt: float) -> Proof | None:
    """The loosest threshold proved from any of the starts."""
    shares = next(shares for least, shares in STARTS if len(decided) >= least)
    found = [_from(decided, share, alpha=alpha, doubt=doubt / len(shares)) for share in shares]
    return min((one for one in found if one), key=lambda one: one.score, default=None)


def _from(decided: Sequence[Scored], share: float, *, alpha: float, doubt: float) -> Proof | None:
    """The last of the descending thresholds that passes, from where `share` is accepted on.

    Thresholds with too few decisions to pass without any error are passed over untested: how many
    there are depends on the scores, never on who was right.
    """
    score = np.array([one.score for one in decided], np.float64)
    wrong = np.array([not one.is_right for one in decided], bool)
    needed = max(math.ceil(math.log(doubt) / math.log1p(-alpha)), share * len(decided))
    proved = None
    for threshold in GRID:
        accepted = score >= threshold
        decisions, errors = int(accepted.sum()), int((accepted & wrong).sum())
        is_new = proved is None or decisions > proved.decisions or threshold >= CERTAIN
        if decisions < needed or not is_new:
            continue  # too few to pass; or nothing new: no looser than decisions were seen
        bound = error_bound(errors, decisions, doubt=doubt)
        if bound > alpha:
            break
        proved = Proof(score=threshold, decisions=decisions, errors=errors, bound=bound)
    return proved


def _own(
    decided: Sequence[Scored], pooled: Proof | None, *, alpha: float, doubt: float
) -> dict[str, Proof | None]:
    """The proofs of departments with `OWN` accepted decisions.

    Accepted: at the common threshold; while there is none, at even odds.
    """
    line = pooled.score if pooled else 0.5
    return {
        name: _threshold(mine, alpha=alpha, doubt=doubt)
        for name, mine in _by_department(decided).items()
        if sum(one.score >= line for one in mine) >= OWN
    }


def _leaving(
    decided: Sequence[Scored], pooled: Proof | None, *, alpha: float, doubt: float
) -> Iterable[str]:
    """Departments whose own errors above the common threshold are too many to be chance."""
    if pooled is None:
        return
    for name, mine in _by_department(decided).items():
        accepted = [one for one in mine if one.score >= pooled.score]
        errors = sum(not one.is_right for one in accepted)
        if len(accepted) < OWN and drifted(errors, len(accepted), alpha=alpha, doubt=doubt):
            yield name


def _by_department(decided: Iterable[Scored]) -> dict[str, list[Scored]]:
    sorted_out: dict[str, list[Scored]] = {}
    for one in decided:
        sorted_out.setdefault(one.department, []).append(one)
    return sorted_out


def _honest(decided: Sequence[Scored]) -> tuple[float, float]:
    """Scale and shift of the log-odds under which the outcomes are least surprising.

    Two numbers by Newton's method, drawn to "believe the model" (1, 0) as strongly as
    ten decisions would: few labels change little. Platt 1999, with a prior.
    """
    odds = np.array([_odds(one.score) for one in decided], np.float64)
    right = np.array([one.is_right for one in decided], np.float64)
    seen = np.stack([odds, np.ones_like(odds)], axis=1)
    prior = np.array([1.0, 0.0])
    at = prior.copy()
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(seen @ at, -30, 30)))
        slope = seen.T @ (chance - right) + _PRIOR * (at - prior)
        bend = (seen * (chance * (1 - chance))[:, None]).T @ seen + _PRIOR * np.eye(2)
        at = at - np.linalg.solve(bend, slope)
    return max(float(at[0]), 0.05), float(at[1])


_PRIOR: Final = 10.0


def _name(decided: Iterable[Scored]) -> str:
    said = [[one.department, round(one.score, 6), one.is_right] for one in decided]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _kept(proof: Proof | None) -> dict[str, float] | None:
    if proof is None:
        return None
    return {
        "score": proof.score,
        "decisions": proof.decisions,
        "errors": proof.errors,
        "bound": proof.bound,
    }


def _proof(kept: Mapping[str, Any] | None) -> Proof | None:
    return None if kept is None else Proof(**kept)


def _odds(chance: float) -> float:
    kept = min(max(chance, 1 - SURE), SURE)
    return math.log(kept / (1 - kept))


def _chance(odds: float) -> float:
    return min(max(1 / (1 + math.exp(-max(min(odds, 30.0), -30.0))), 1 - SURE), SURE)
