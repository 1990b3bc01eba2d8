"""Background work: every queue of rows with its drainer; run as many as you like."""

import argparse
import logging
import signal
import threading

from django.db import InterfaceError, OperationalError

from homeroom import config
from homeroom.channels import deliver
from homeroom.channels.email.smtp import Sender
from homeroom.kit import clock
from homeroom.kit.drainers import Drainer
from homeroom.kit.drainers import run as run_drainers
from homeroom.pipeline import (
    alarms,
    freshness,
    minds,
    outages,
    publishing,
    reactions,
    receive,
    schedule,
    sentry,
    surroundings,
    triage,
    vectors,
)
from homeroom.pipeline.nightly import every_night, every_week  # noqa: F401  the clock calls them
from homeroom.pipeline.surroundings import Surroundings

log = logging.getLogger(__name__)


class Thinker:
    """Triage with the surroundings it keeps between messages; loads the encoders on first use."""

    def __init__(self) -> None:
        self._house: Surroundings | None = None

    def drain(self) -> int:
        """Triage some of what waits; without understanding, what is dangerous by its words."""
        try:
            self._house = surroundings.look(
                encoders=minds.encoders(), now=clock.now(), before=self._house
            )
        except (OperationalError, InterfaceError):
            raise  # the database is away: nothing can be done at all
        except Exception:  # a model or its keeper is away, or this version's do not fit together
            log.exception("understanding is away; words of danger are looked for all the same")
            return sentry.drain(now=clock.now)
        n_read = triage.drain(house=self._house, now=clock.now)
        return n_read or outages.drain(house=self._house, now=clock.now())


def drainers() -> list[Drainer]:
    """The queues and what empties each; mail out has its own: a slow server delays nobody.

    Letters of alarm have another one and their own connection: they wait for no other letter.
    """
    sender, urgent = Sender(config.SMTP_URL), Sender(config.SMTP_URL)
    return [
        Drainer(queue="envelopes", drain=lambda: receive.drain(now=clock.now())),
        Drainer(queue="triage", drain=Thinker().drain),
        Drainer(queue="events", drain=lambda: reactions.drain(now=clock.now())),
        Drainer(queue="vectors", drain=vectors.fill_gently),
        Drainer(queue=publishing.QUEUE, drain=publishing.drain),
        Drainer(queue=freshness.QUEUE, drain=lambda: freshness.drain(now=clock.now())),
        Drainer(queue="deliveries", drain=lambda: deliver.drain(now=clock.now, sender=sender)),
        Drainer(queue="alarms", drain=lambda: alarms.drain(now=clock.now())),
        Drainer(
            queue="urgent",
            drain=lambda: deliver.drain(now=clock.now, sender=urgent, is_urgent=True),
        ),
    ]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which queues this worker leaves to others; none unless told."""
    parser.set_defaults(needs_database=True)
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=[drainer.queue for drainer in drainers()],
        help="leave this queue to other workers; may be given several times",
    )


def run(options: argparse.Namespace) -> int:
    """Work until told to stop (SIGTERM or Ctrl-C); what is under way is finished."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    timed = threading.Thread(target=schedule.run, args=(stop,), name="schedule", daemon=True)
    timed.start()
    run_drainers(
        [drainer for drainer in drainers() if drainer.queue not in options.without], stop=stop
    )
    return 0
