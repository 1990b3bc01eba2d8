"""Whether several requests report one disruption: of one thing, from one place, improbably many.

A report counts when it tells of something that others meet too: from the same route, school or
district, of the same thing that many depend on (`affected`), else about the same service or in the
same sense. How many there usually are at that hour is for `rhythm` to say; only a count that chance
would hardly bring is a burst.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from homeroom.understanding import affected
from homeroom.understanding.nearness import meanings
from homeroom.understanding.signs import BUS, Report, Scope, Verdict

_TAIL: Final = 1e-4
"""A count that chance brings more often than this is no burst (simulated: no false alarm in 30
days at this value)."""
_WINDOWS: Final = ((3_600.0, 0), (10_800.0, 1))
"""Seconds looked back, and how many more reports a longer look needs: heat fails slowly."""
_COUNT: Final = 0.6
"""Share of a service's usual requests that could be taken for reports of a disruption."""
_COUNT_NAMED: Final = 0.2
"""The same where all of them name one thing."""
_SURPLUS: Final = 2
"""Reports needed beyond the usual when the words show no disruption (a language not listed)."""
_ELSEWHERE: Final = 2
"""Reporters of other schools, or routes, by which a disruption of one is the district's."""
LEAST: Final[Mapping[Scope, int]] = {
    Scope.ROUTE: 3, Scope.APP: 3, Scope.SITE: 3, Scope.DISTRICT: 4,
}  # fmt: skip
"""Reports, of different people, from which a burst is seen (site 3, district 4: simulated)."""


class Usual(Protocol):
    """How many requests about any of these services usually come an hour, now."""

    def __call__(
        self, services: Sequence[str], *, affected: frozenset[str], scope: Scope, org: str
    ) -> float:
        """Requests an hour within that reach; `org` is the school of scope SITE.

        Where `affected` names what they are about, of the services that it is asked for under.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Reports that are more than chance: their numbers, how many tell, how fast, and the usual."""

    scope: Scope
    reports: tuple[int, ...]
    n_reporters: int
    seconds: float
    usual: float
    """Requests an hour that would be ordinary."""
    service: str
    incidents: tuple[int, ...]
    """Those that some of the reports were put with before."""
    org: str = ""
    """The school of scope SITE."""
    mark: str = ""
    """The route or application of those scopes, where one was named."""


def burst(newcomer: Report, recent: Sequence[Report], *, usual: Usual) -> Burst | None:
    """The narrowest burst that the newcomer makes with what came before it, if any.

    `recent` are reports of the last three hours, in any order.
    """
    if newcomer.verdict is Verdict.OWN:
        return None
    others = [one for one in recent if one.verdict is not Verdict.OWN and one.id != newcomer.id]
    near = meanings(newcomer, others)
    for scope in Scope:
        linked = [
            one
            for one, meaning in zip(others, near, strict=True)
            if _may_share(newcomer, one, scope) and _is_alike(newcomer, one, meaning, scope)
        ]
        for window, more in _WINDOWS:
            members = [newcomer, *(one for one in linked if newcomer.at - one.at <= window)]
            found = _improbable(members, scope, window=window, more=more, usual=usual)
            if found is not None:
                return found
    return None


def belongs(newcomer: Report, members: Sequence[Report], *, scope: Scope) -> float:
    """How surely the newcomer reports the disruption that these members of that reach report.

    0: it does not; else the share of them that it is alike, up to 1.
    """
    if newcomer.verdict is Verdict.OWN or not members:
        return 0.0
    near = meanings(newcomer, members)
    n_alike = sum(
        _joins(newcomer, one, meaning, scope) for one, meaning in zip(members, near, strict=True)
    )
    least = math.ceil(len(members) / (6 if newcomer.verdict is Verdict.SHARED else 3))
    return n_alike / len(members) if n_alike >= least else 0.0


def _joins(newcomer: Report, one: Report, meaning: float, scope: Scope) -> bool:
    if _shares(newcomer, one, scope):
        return _is_alike(newcomer, one, meaning, scope, known=True)
    # Who does not say which route, application or school may mean this one, if the thing is the
    # same or the words are much the same.
    if not _may_share(newcomer, one, scope) or scope is Scope.DISTRICT:
        return False
    if affected.apart(newcomer.affected, one.affected) or newcomer.verdict is not Verdict.SHARED:
        return False
    named = bool(newcomer.affected & one.affected)
    same = newcomer.service == one.service != ""
    return meaning >= _SURE or (same and meaning >= 0.35) or (named and (same or meaning >= 0.3))


_SURE: Final = 0.50


def _shares(one: Report, other: Report, scope: Scope) -> bool:
    """Whether both speak from the same place, or of the same system, as that scope asks."""
    if scope is Scope.ROUTE:
        return bool(one.route) and one.route == other.route
    if scope is Scope.APP:
        if _clash(one.app, other.app):
            return False
        systems = affected.reaching(one.affected & other.affected, "district")
        return bool(systems) or (bool(one.app) and one.app == other.app)
    if _clash(one.app, other.app):
        return False
    if scope is Scope.SITE:
        return bool(one.org) and one.org == other.org and not _clash(one.route, other.route)
    return True


def _may_share(one: Report, other: Report, scope: Scope) -> bool:
    """The same, or one of the two does not say where it is."""
    if _shares(one, other, scope):
        return True
    if scope is Scope.ROUTE:
        # Of the bus of one school, by who says which and who does not.
        is_bus = BUS in one.affected & other.affected
        return is_bus and not _clash(one.route, other.route) and not _clash(one.org, other.org)
    if scope is Scope.SITE:
        return not _clash(one.org, other.org) and not _clash(one.route, other.route)
    return False


def _home(one: Report) -> str:
    """Where its disruption is, if not everywhere: the route of a bus, else the school."""
    return one.route if BUS in one.affected else one.org


def _clash(one: str, other: str) -> bool:
    return bool(one) and bool(other) and one != other


def _is_alike(
    one: Report, other: Report, meaning: float, scope: Scope, *, known: bool = False
) -> bool:
    """Whether both speak of the same thing: named by both, else the same service or sense.

    How often that happens by chance is weighed later, by the usual number of all services that a
    burst's reports are guessed to be about; `known`: there is an incident already.
    """
    if affected.apart(one.affected, other.affected):
        return False
    both = one.verdict is other.verdict is Verdict.SHARED
    named = bool(one.affected & other.affected)
    same = one.service == other.service != ""
    overlap = sum(min(share, other.guesses.get(name, 0.0)) for name, share in one.guesses.items())
    if both and named:
        return True
    if scope is Scope.ROUTE:
        return both or same or overlap >= 0.15 or meaning >= 0.35
    if scope is Scope.APP:
        return both or meaning >= 0.45
    if both:
        # What stands still because the other does; else the sense decides, sooner at one school.
        below = known and scope is Scope.SITE and bool(one.affected) and bool(other.affected)
        wide, some = (0.55, 0.30) if scope is Scope.DISTRICT else (0.35, 0.20)
        alike = meaning >= wide or (overlap >= 0.20 and meaning >= some)
        return below or alike or (same and meaning >= 0.1)
    if scope is Scope.SITE:
        near = known and named and meaning >= (0.35 if same else 0.40)
        return near or meaning >= _SURE or (same and meaning >= (0.2 if known else 0.3))
    return meaning >= (0.60 if known else 0.55) or (same and meaning >= 0.45)


def _improbable(
    members: Sequence[Report], scope: Scope, *, window: float, more: int, usual: Usual
) -> Burst | None:
    """The burst that these reports are, if they are enough, of different people, and unusual."""
    tellers = {one.reporter for one in members}
    n_shared = len({one.reporter for one in members if one.verdict is Verdict.SHARED})
    least = LEAST[scope] + more
    if len(tellers) < least or (n_shared < least - 1 and len(tellers) < least + _SURPLUS):
        return None
    place = _placed(members, scope)
    if place is None:
        return None
    services = sorted({one.service for one in members if one.service})
    named = frozenset.intersection(*(one.affected for one in members))
    rate = usual(services, affected=named, scope=scope, org=place if scope is Scope.SITE else "")
    share = _COUNT_NAMED if named else _COUNT
    if poisson_tail(len(tellers), share * rate * window / 3_600) >= _TAIL:
        return None
    counts = [one.service for one in members if one.service]
    return Burst(
        scope=scope,
        reports=tuple(sorted(one.id for one in members)),
        n_reporters=len(tellers),
        seconds=max(one.at for one in members) - min(one.at for one in members),
        usual=rate,
        service=max(sorted(set(counts)), key=counts.count, default=""),
        incidents=tuple(sorted({one.incident for one in members if one.incident is not None})),
        org=place if scope is Scope.SITE else "",
        mark=place if scope in {Scope.ROUTE, Scope.APP} else "",
    )


def _placed(members: Sequence[Report], scope: Scope) -> str | None:
    """The route, application or school of the burst; nothing when too few reports say it.

    What many depend on at each school is the district's when several schools miss it.
    """
    if scope is Scope.DISTRICT:
        where = [(one.reporter, _home(one)) for one in members if _home(one)]
        homes = Counter(home for _, home in set(where))
        most = max(homes.values(), default=0)
        return "" if not homes or homes.total() - most >= _ELSEWHERE else None
    name = {Scope.ROUTE: "route", Scope.APP: "app", Scope.SITE: "org"}[scope]
    said = Counter(str(getattr(one, name)) for one in members if getattr(one, name))
    if scope is Scope.APP:
        return said.most_common(1)[0][0] if said else ""
    if not said or said.total() < LEAST[scope] - 1 or len(said) > 1:
        return None
    return said.most_common(1)[0][0]


def poisson_tail(count: int, mean: float) -> float:
    """How likely chance brings `count` or more where `mean` are usual, 0 to 1."""
    term = math.exp(-mean)
    below = 0.0
    for number in range(count):
        below += term
        term *= mean / (number + 1)
    return max(0.0, 1.0 - below)
