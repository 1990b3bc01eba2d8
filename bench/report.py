"""The figures as tables, and the page docs/bench.md around them."""

import argparse
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.desk import PAGES, Pages
from bench.ground import ROOT, SETTINGS
from bench.mail import Costs, Delays
from bench.meter import quantile

WORDS = {
    "list": "list of 50 open",
    "word": "search, a common word",
    "serial": "search, a serial number",
    "view": "one request",
}
BESIDE = """\
What the peers do more, and less, in what was measured:

- **Request Tracker** checks rights on every row, keeps each transaction as an object with history,
  and writes an autoreply for each new mail. Its words are indexed only when its indexer runs; here
  the index is made right after loading. It refuses mail from strangers unless told otherwise (told
  so here). It understands nothing and routes nothing.
- **django-helpdesk** polls (every five minutes by default; here at once, and what an empty poll
  costs is taken off). It has no understanding, no routing, no threading by Message-ID index, no
  idempotency, and sends no receipt here. It keeps the mail as an attachment in a folder; Homeroom
  keeps every raw mail, durably, in the database before it says 250.
- **Homeroom** fills in what past requests mean behind live work; while pages were measured that
  queue was left alone (`homeroom work --without vectors`).
- **Homeroom, filing** is LMTP, the raw mail kept, reading, sender and thread found, request with
  log, search index and notices to open pages. **Homeroom, understanding** is that and language,
  service, place, urgency and danger read, the request routed with promised times, a receipt to the
  asker and notices to the team composed and handed over (to a folder), each logged.
"""


@dataclass(slots=True)
class Found:
    """Everything one run has measured."""

    options: argparse.Namespace
    command: str
    versions: list[str] = field(default_factory=list)
    costs: Costs = field(default_factory=Costs)
    singly: list[float] = field(default_factory=list)
    delays: Delays = field(default_factory=Delays)
    pages: list[Pages] = field(default_factory=list)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    minutes: float = 0.0
    load: tuple[float, float, float] = field(default_factory=os.getloadavg)


def ours() -> str:
    """Homeroom's commit."""
    words = ["git", "-C", str(ROOT), "log", "-1", "--format=%h of %cs"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return f"Homeroom at {done.stdout.strip() or 'an unknown commit'} (granian RSGI, 1 worker)"


def ground_of() -> str:
    """The machine and what all stand on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    server = subprocess.run(
        ["/usr/lib/postgresql/15/bin/postgres", "--version"],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    cores = len(os.sched_getaffinity(0))
    return f"{server}; Python {platform.python_version()}; {cores} cores of {model}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns as wide as what stands in them."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    written = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([written[0], rule, *written[1:]])


def _verdict(value: float, bar: float) -> str:
    return "met" if value <= bar else "MISSED"


def tables(found: Found) -> str:
    """All tables, with a heading each."""
    parts = [("Mail: CPU per message, all processes", _costs(found.costs))]
    parts.append(("Mail: against the bars", _mail_bars(found)))
    parts += [(f"Pages at {pages.n:,} requests", _pages(pages)) for pages in found.pages]
    parts.append(("Pages: against the bars", _page_bars(found.pages)))
    parts.append(("Memory, MB (proportional set size)", _memory(found.memory)))
    return "\n\n".join(f"### {head}\n\n{body}" for head, body in parts)


def _costs(costs: Costs) -> str:
    names = {
        "Request Tracker": "Request Tracker, rt-mailgate",
        "django-helpdesk": "django-helpdesk, get_email",
        "filing": "Homeroom, filing",
        "understanding": "Homeroom, understanding",
    }
    return table(
        ["", "ms, middle of rounds", "rounds", "of it", "messages/s"],
        (
            [
                shown,
                f"{costs.median(name):.1f}",
                ", ".join(f"{each:.1f}" for each in costs.rounds[name]),
                ", ".join(f"{group} {each:.1f}" for group, each in costs.part(name).items()),
                f"{statistics.median(costs.rates[name]):.1f}",
            ]
            for name, shown in names.items()
        ),
    )


def _mail_bars(found: Found) -> str:
    costs, delays = found.costs, found.delays
    filing = costs.median("filing") / costs.median("django-helpdesk")
    understood = costs.median("understanding") / costs.median("Request Tracker")
    each = quantile(found.singly, 0.95)
    kept = 1000 * quantile(delays.kept, 0.99)
    shown = 1000 * quantile(delays.shown, 0.99)
    hidden = f"; {delays.n_hidden} not for this reader" if delays.n_hidden else ""
    lost = f"; {delays.n_lost} NOT SHOWN" if delays.n_lost else ""
    rows = [
        ("filing / django-helpdesk, CPU", f"{filing:.2f}", "1.3", _verdict(filing, 1.3)),
        ("understanding / Request Tracker, CPU", f"{understood:.2f}", "0.2",
         _verdict(understood, 0.2)),
        ("CPU of one message, one at a time, p50 / p95",
         f"{quantile(found.singly, 0.5):.1f} / {each:.1f} ms", "p95 40 ms", _verdict(each, 40)),
        (f"last byte to 250 at 10/s, p50 / p99 of {len(delays.kept)}",
         f"{1000 * quantile(delays.kept, 0.5):.1f} / {kept:.1f} ms", "p99 40 ms",
         _verdict(kept, 40)),
        (f"250 to the open desk's list, p50 / p99 of {len(delays.shown)}",
         f"{1000 * quantile(delays.shown, 0.5):.0f} / {shown:.0f} ms{hidden}{lost}", "p99 1000 ms",
         _verdict(shown if not delays.n_lost else float("inf"), 1000)),
    ]  # fmt: skip
    return table(["", "measured", "at most", ""], rows)


def _pages(pages: Pages) -> str:
    rows = []
    for page in PAGES:
        for name in ("Homeroom", "django-helpdesk", "Request Tracker"):
            one = pages.page(name, page)
            app, database = one.cpu
            rows.append(
                [
                    WORDS[page],
                    name,
                    f"{one.ms(0.5):.1f} / {one.ms(0.95):.1f}",
                    f"{app:.1f} + {database:.1f}",
                    f"{one.statements:.0f}",
                    f"{one.n_bytes / 1000:.0f} k",
                ]
            )
    head = ["", "", "p50 / p95 ms", "CPU ms, app + database", "statements", "bytes"]
    return table(head, rows)


def _page_bars(sizes: Sequence[Pages]) -> str:
    rows = []
    for pages in sizes:
        for page in PAGES:
            us, them = pages.page("Homeroom", page), pages.page("django-helpdesk", page)
            ratios = [us.ms(share) / them.ms(share) for share in (0.5, 0.95)]
            bar = 1.0 if page == "view" else 1 / 20
            rt = us.ms(0.5) / pages.page("Request Tracker", page).ms(0.5)
            rows.append(
                [
                    f"{WORDS[page]}, {pages.n:,}",
                    f"1/{1 / ratios[0]:.0f} / 1/{1 / ratios[1]:.0f}"
                    if ratios[1] < 0.5
                    else f"{ratios[0]:.2f} / {ratios[1]:.2f}",
                    "1" if page == "view" else "1/20",
                    _verdict(ratios[1], bar),
                    f"1/{1 / rt:.0f}",
                ]
            )
        one = pages.page("Homeroom", "list")
        rows.append(
            [f"statements of the list, {pages.n:,}", f"{one.statements:.0f}", "8",
             _verdict(one.statements, 8), ""],
        )  # fmt: skip
        rows.append(
            [f"CPU of the list in the application, {pages.n:,}", f"{one.cpu[0]:.1f} ms", "10 ms",
             _verdict(one.cpu[0], 10), ""],
        )  # fmt: skip
    head = ["", "Homeroom / django-helpdesk, p50 / p95", "at most", "", "/ Request Tracker, p50"]
    return table(head, rows)


def _memory(memory: dict[str, tuple[float, float]]) -> str:
    return table(
        ["", "application", "database"],
        ([name, f"{app:.0f}", f"{database:.0f}"] for name, (app, database) in memory.items()),
    )


def page(found: Found) -> str:
    """docs/bench.md."""
    hello = found.costs.hello + [each for pages in found.pages for each in pages.hello]
    noise = f"{min(hello):.1f} to {max(hello):.1f} ms" if hello else "not taken"
    settings = "; ".join(line for line in SETTINGS.strip().splitlines())
    now = datetime.now(UTC)
    return f"""# Homeroom beside its peers

Measured {now:%d %B %Y} by `{found.command}` in {found.minutes:.1f} minutes; `make bench`
writes this page anew. Figures of one run on one machine: compare within the page only.

{chr(10).join(f"- {each}" for each in found.versions)}
- Each contender has a PostgreSQL cluster of its own with the same settings ({settings}), its
  durability as shipped; three contenders never work at the same time.
- Load of the machine when the run began: {found.load[0]:.1f} (1 minute). A one-word page of Django,
  asked for in every round, took {noise} (median of each round): the wider that is, the noisier the
  wall-clock figures. CPU figures hold better, but rise on busy cores too, for all contenders.

CPU is that of all processes of a contender: application, gateway and database, never the client's.
Rounds alternate between the contenders; the middle of {found.options.rounds} is shown. The mail is
the same for all: of 20 messages 14 plain, 4 with HTML, one with a picture of 200 KB, one reply
under a long quotation; four of five senders are on Homeroom's roster of 10,000 pupils with their
families and staff. Lists hold the same number of requests with the same words for all.

{tables(found)}

## What is compared

{BESIDE}
## Again

    make bench                                     # root on Debian 12; about ten minutes
    .venv/bin/python -m bench --rounds 5           # more rounds
    .venv/bin/python -m bench clean                # take the peers away again

State lies in `BENCH_HOME` (a folder `homeroom-bench` under the temporary folder unless set).
"""
