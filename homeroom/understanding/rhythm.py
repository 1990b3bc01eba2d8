"""How many requests are usual: by service, school and hour of the week, learned from what came.

A young district has no history: then a week is taken to run as weeks in schools do, and each
service to be asked for as often as its catalogue entry is. Counts of its own soon outweigh that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from homeroom.understanding.affected import entries
from homeroom.understanding.signs import Scope, rates

HOURS: Final = 168
"""Hours of a week; the first begins on Monday at midnight, local time."""
_DAYS: Final = (1.25, 1.08, 1.0, 0.97, 0.7, 0.05, 0.08)
"""Monday to Sunday, as districts' service desks report their weeks."""
_DAY: Final = (
    0.001, 0.001, 0.001, 0.001, 0.001, 0.003, 0.03, 0.12, 0.15, 0.11, 0.09, 0.075,
    0.07, 0.08, 0.08, 0.075, 0.05, 0.03, 0.015, 0.015, 0.01, 0.008, 0.004, 0.002,
)  # fmt: skip
"""Midnight to midnight: the mean of families' and staff's calls and messages."""
_LEAST_A_WEEK: Final = 300.0
"""Requests that even a small district is taken to have, before it shows its own number."""
_WEEKS_A_YEAR: Final = 38.0
_TYPICAL: Final = 35.0
"""Contacts per 1,000 pupils and year of a service that is like no catalogue entry: the mean."""
_TRUST: Final = 1.0
"""Weeks of its own counts that weigh as much as what is taken for granted."""
_SHOWN: Final = 0.1
"""The same for the number of all requests together, which shows itself within a day."""
_SCHOOLS: Final = 4.0
"""Requests of a service by which its spread over schools is taken to be even."""
_ROUTES: Final = 20.0
"""Parts that a service's requests fall into by route, at least, and by application below."""
_RIDERS: Final = 120.0
"""Pupils for each route: half of them ride, some sixty on a bus."""
_APPS: Final = 4.0
_FLOOR: Final = 0.01
"""Requests an hour below which nothing is known to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What came in the last `weeks`: by service and hour of the week, and by service and school.

    `likes`: each service offered → the catalogue entry it is like, or empty.
    """

    weeks: float
    likes: Mapping[str, str]
    n_pupils: int
    n_schools: int
    by_hour: Mapping[tuple[str, int], int] = field(default_factory=dict)
    by_school: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def usual(
        self,
        services: Sequence[str],
        *,
        scope: Scope,
        org: str,
        hour: int,
        affected: frozenset[str] = frozenset(),
    ) -> float:
        """Requests an hour about any of these services, at that hour of the week (0 to 167).

        Where all name what is `affected`, of the services that this is asked for under.
        """
        wanted = entries(affected)
        asked = [name for name, like in self.likes.items() if like in wanted] or services
        total = sum(self._share(one, scope, org) * self._rate(one, hour) for one in asked)
        return max(total, _FLOOR)

    def _rate(self, service: str, hour: int) -> float:
        """A service's requests in that hour: of its own past with the hours beside it, and taken
        for granted.
        """
        beside = sum(
            weight * self.by_hour.get((service, (hour + step) % HOURS), 0)
            for step, weight in ((-1, 0.25), (0, 0.5), (1, 0.25))
        )
        return (_TRUST * self._expected(service) * _profile(hour) + beside) / (_TRUST + self.weeks)

    def _expected(self, service: str) -> float:
        """Requests of a service in a week, before it has shown its own number."""
        known = rates()
        weights = {one: known.get(like, _TYPICAL) for one, like in self.likes.items()}
        whole = sum(weights.values()) or 1.0
        came = sum(self.by_hour.values())
        granted = max(_LEAST_A_WEEK, self.n_pupils / 1_000 * whole / _WEEKS_A_YEAR)
        volume = (_SHOWN * granted + came) / (_SHOWN + self.weeks)
        return max(volume, _LEAST_A_WEEK) * weights.get(service, _TYPICAL) / whole

    def _share(self, service: str, scope: Scope, org: str) -> float:
        """The part of a service's requests that comes from within that reach."""
        if scope is Scope.SITE:
            schools = max(self.n_schools, 1)
            total = sum(n for (name, _), n in self.by_school.items() if name == service)
            own = self.by_school.get((service, org), 0)
            return (own + _SCHOOLS / schools) / (total + _SCHOOLS)
        routes = max(_ROUTES, self.n_pupils / _RIDERS)
        return {Scope.ROUTE: 1 / routes, Scope.APP: 1 / _APPS, Scope.DISTRICT: 1.0}[scope]


def _profile(hour: int) -> float:
    """The share of a usual week that falls into that hour."""
    return _DAYS[hour // 24] / sum(_DAYS) * _DAY[hour % 24] / sum(_DAY)
