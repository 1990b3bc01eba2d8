"""Mail into each contender: what a message costs, how long it takes to be kept, to be seen."""

import http.client
import re
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import meter, postman
from bench.corpus import Corpus
from bench.house import House
from bench.meter import Meter, quantile
from bench.peers.helpdesk import Helpdesk
from bench.peers.rt import RequestTracker

WARM_UP = 20
TAKEN = {"Request Tracker": 40, "django-helpdesk": 160, "filing": 160, "understanding": 80}
"""Messages per round; always whole multiples of the corpus's mix of 20."""
SINGLY = 60
RATE = 10.0
"""Messages a second while delays are measured."""
PATIENCE = 15.0
"""Seconds that a message is waited for on the open desk."""


@dataclass(slots=True)
class Costs:
    """CPU milliseconds per message by contender, one figure a round, and its parts."""

    rounds: dict[str, list[float]] = field(default_factory=dict)
    parts: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)
    hello: list[float] = field(default_factory=list)

    def add(self, name: str, spent: Meter, n: int) -> None:
        """One round of one contender."""
        self.rounds.setdefault(name, []).append(1000 * spent.total / n)
        parts = {group: 1000 * seconds / n for group, seconds in spent.spent.items()}
        self.parts.setdefault(name, []).append(parts)
        self.rates.setdefault(name, []).append(n / spent.wall)

    def median(self, name: str) -> float:
        """The middle of the rounds."""
        return statistics.median(self.rounds[name])

    def part(self, name: str) -> dict[str, float]:
        """The middle of each group's share."""
        groups = self.parts[name][0]
        return {
            group: statistics.median(each[group] for each in self.parts[name]) for group in groups
        }


def costs(
    house: House,
    filing: House,
    helpdesk: Helpdesk,
    rt: RequestTracker,
    *,
    corpus: Corpus,
    folder: Path,
    rounds: int,
) -> Costs:
    """Alternating rounds, in each the same messages for all, each contender as it is used.

    What `get_email` costs with nothing to fetch is taken off django-helpdesk's figure: a larger
    mailbox would spread it thinner.
    """
    found = Costs()
    warm = corpus.write(folder, range(WARM_UP))
    for contender in (helpdesk, rt):
        contender.take_mail(warm)
    for number in range(rounds):
        first = WARM_UP + number * max(TAKEN.values())
        files = corpus.write(folder, range(first, first + max(TAKEN.values())))
        found.hello.append(helpdesk.ask("hello", 200).ms(0.5))
        n = TAKEN[rt.name]
        found.add(rt.name, rt.take_mail(files[:n]), n)
        nothing = helpdesk.take_mail([])
        n = TAKEN[helpdesk.name]
        spent = helpdesk.take_mail(files[:n])
        for group, seconds in nothing.spent.items():
            spent.spent[group] -= seconds
        found.add(helpdesk.name, spent, n)
        for name, ours, without in (
            ("filing", filing, ["triage"]),
            ("understanding", house, []),
        ):
            ours.start(without=without)
            try:
                offset = 100_000 * (number + 1)
                ours.take_mail(corpus.write(folder, range(offset, offset + WARM_UP)))
                n = TAKEN[name]
                found.add(name, ours.take_mail(files[:n]), n)
            finally:
                ours.stop()
        for file in folder.iterdir():
            file.unlink()
    return found


def one_by_one(house: House, corpus: Corpus) -> list[float]:
    """CPU milliseconds of each of `SINGLY` messages, delivered when the one before is done.

    All processes to the nanosecond, without the backend that the bench itself asks.
    """
    spent = []
    link = postman.Link(house.lmtp_port)
    with house.connect() as connection:
        mine = connection.info.backend_pid
        for number in range(WARM_UP + SINGLY):
            message = corpus.message(500_000 + number)
            pids = [pid for pid in _pids(house) if pid != mine]
            before = meter.cpu_exactly(pids)
            link.deliver(message)
            house.settle(connection)
            spent.append(1000 * (meter.cpu_exactly(pids) - before))
    link.close()
    return spent[WARM_UP:]


def _pids(house: House) -> list[int]:
    return meter.tree([pid for group in house.groups.values() for pid in group])


@dataclass(slots=True)
class Delays:
    """Seconds from a message's last byte to its 250, and from there to the open desk's list."""

    kept: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    n_hidden: int = 0
    """Messages that this reader may not see (confidential lanes)."""
    n_lost: int = 0
    """Messages that the reader may see and that the list did not show within `PATIENCE`."""


def paced(house: House, corpus: Corpus, *, seconds: float) -> Delays:
    """Ten messages a second while a desk stands open at its list of all open requests."""
    found = Delays()
    desk = OpenDesk(house)
    desk.start()
    link = postman.Link(house.lmtp_port)
    sent: dict[str, float] = {}
    letters = [
        corpus.message(700_000 + number, mark=f"token{number:05d}x")
        for number in range(int(seconds * RATE))
    ]
    began = time.monotonic()
    for number, letter in enumerate(letters):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        found.kept.append(link.deliver(letter))
        sent[f"token{number:05d}x"] = time.monotonic()
    link.close()
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and len(desk.seen) < len(sent):
        time.sleep(0.2)
    desk.stop()
    missing = set(sent) - set(desk.seen)
    found.shown = [max(0.0, desk.seen[token] - sent[token]) for token in sent if token in desk.seen]
    found.n_hidden = len(missing & _hidden(house))
    found.n_lost = len(missing) - found.n_hidden
    return found


def _hidden(house: House) -> set[str]:
    """The tokens of messages that stand where the superintendent may not look."""
    asked = """SELECT m.subject FROM tickets_message m JOIN tickets_ticket t ON t.id = m.ticket_id
               WHERE t.sensitivity NOT IN ('public', 'internal', 'student_record')"""
    with house.connect() as connection:
        subjects = [row[0] for row in connection.execute(asked)]
    return {token for subject in subjects for token in re.findall(r"token\d{5}x", subject)}


class OpenDesk:
    """A browser at the list of all open requests: asks for it again when notices come."""

    def __init__(self, house: House) -> None:
        self.seen: dict[str, float] = {}
        self._house = house
        self._stopped = False
        self._told = threading.Event()
        self._open = threading.Event()
        self._threads = [
            threading.Thread(target=self._follow, daemon=True),
            threading.Thread(target=self._look, daemon=True),
        ]

    def start(self) -> None:
        """Open the page; return when its notices flow."""
        for thread in self._threads:
            thread.start()
        if not self._open.wait(20):
            raise ValueError("/live/ did not open.")

    def stop(self) -> None:
        """Close the page."""
        self._stopped = True
        self._told.set()
        self._threads[1].join(30)

    def _follow(self) -> None:
        live = http.client.HTTPConnection("127.0.0.1", self._house.port, timeout=60)
        live.request("GET", "/live/", headers=dict(self._house.cookies))
        answer = live.getresponse()
        if answer.status == 200:
            self._open.set()
        while not self._stopped and (line := answer.readline()):
            if line.startswith(b"data:"):
                self._told.set()
        live.close()

    def _look(self) -> None:
        pages = http.client.HTTPConnection("127.0.0.1", self._house.port, timeout=60)
        while not self._stopped:
            self._told.wait()
            self._told.clear()
            pages.request("GET", "/desk/all/", headers=dict(self._house.cookies))
            body = pages.getresponse().read().decode()
            now = time.monotonic()
            for token in re.findall(r"token\d{5}x", body):
                self.seen.setdefault(token, now)
        pages.close()


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th of 100."""
    return {name: quantile(values, share) for name, share in SHARES.items()}


SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
