"""The pages that staff live in: list, search, one request; at two sizes, round by round."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench import ground
from bench.house import House
from bench.meter import Meter, quantile
from bench.peers.helpdesk import Helpdesk
from bench.peers.rt import RequestTracker

PAGES = ("list", "word", "serial", "view")
SAMPLES: Mapping[str, Mapping[str, int]] = {
    "Homeroom": {"list": 60, "word": 40, "serial": 40, "view": 40},
    "django-helpdesk": {"list": 5, "word": 3, "serial": 4, "view": 16},
    "Request Tracker": {"list": 4, "word": 3, "serial": 5, "view": 5},
}
"""Requests per page and round, so that each takes a second or two."""


@dataclass(slots=True)
class Page:
    """What one page of one contender took, over all rounds."""

    seconds: list[float] = field(default_factory=list)
    app: list[float] = field(default_factory=list)
    """CPU milliseconds a page in the application, one a round; `database` likewise."""
    database: list[float] = field(default_factory=list)
    statements: float = math.inf
    """A page, in the round with fewest: a worker's own look at its queues may fall in between."""
    n_bytes: int = 0

    def ms(self, share: float) -> float:
        """Wall milliseconds that this share of all requests did not exceed."""
        return 1000 * quantile(self.seconds, share)

    @property
    def cpu(self) -> tuple[float, float]:
        """The middle round's CPU milliseconds: application, database."""
        return statistics.median(self.app), statistics.median(self.database)


@dataclass(slots=True)
class Pages:
    """Every page of every contender at one size."""

    n: int
    found: dict[tuple[str, str], Page] = field(default_factory=dict)
    hello: list[float] = field(default_factory=list)

    def page(self, name: str, page: str) -> Page:
        """One page of one contender."""
        return self.found.setdefault((name, page), Page())


type Contender = House | Helpdesk | RequestTracker


def measure(contenders: list[Contender], *, n: int, rounds: int) -> Pages:
    """Ask each for each page, one at a time, in alternating rounds."""
    found = Pages(n=n)
    for contender in contenders:
        contender.sign_in()
        for page in PAGES:
            contender.ask(page, 2)
    for _ in range(rounds):
        for contender in contenders:
            if isinstance(contender, Helpdesk):
                found.hello.append(contender.ask("hello", 100).ms(0.5))
            for page in PAGES:
                _ask(contender, page, found.page(contender.name, page))
    return found


def _ask(contender: Contender, page: str, into: Page) -> None:
    samples = SAMPLES[contender.name][page]
    with contender.connect() as connection:
        before = ground.statements(connection)
        with Meter(contender.groups) as meter:
            load = contender.ask(page, samples)
        asked = ground.statements(connection) - before
    into.seconds += load.seconds
    into.app.append(1000 * meter.spent["app"] / samples)
    into.database.append(1000 * meter.spent["database"] / samples)
    into.statements = min(into.statements, asked / samples)
    into.n_bytes = load.n_bytes
