"""One house: its processes on loopback, its database, the next mail server, and those who knock."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg

from tests.channels.servers import Dovecot, dovecot, free_port
from tests.trials.callers import Browser, Journal
from tests.trials.postgres import ROOT, Breakable, environment
from tests.trials.processes import Process, all_ended
from tests.trials.sink import Sink, listening

QUIET_S = 75.0
"""Longest wait for quiet: a lease of 30 s, and what waits for it."""
UNDONE = """
    SELECT (SELECT count(*) FROM channels_envelope WHERE state = 'received'),
           (SELECT count(*) FROM tickets_message WHERE direction = 'in' AND read_at IS NULL),
           (SELECT count(*) FROM tickets_event e WHERE NOT EXISTS (
               SELECT FROM tickets_cursor c WHERE c.name = 'reactions'
                  AND (e.xact, e.id) <= (c.xact, c.event_id))),
           (SELECT count(*) FROM channels_delivery WHERE state = 'queued')"""


@dataclass
class House:
    """Everything a trial needs to hand."""

    server: Breakable
    url: str
    sink: Sink
    lmtp_port: int
    browser: Browser
    processes: dict[str, Process]
    mailbox: Dovecot | None
    journal: Journal = field(default_factory=Journal)

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the trial's database; asked again when this session is ended with the others."""
        while True:
            with (
                suppress(psycopg.errors.AdminShutdown),
                psycopg.connect(self.url, autocommit=True) as connection,
            ):
                return connection.execute(statement, values).fetchall()

    def let_time_pass(self) -> None:
        """Letters that were put off are due now, as if the minute had passed."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "UPDATE channels_delivery SET next_at = now() WHERE state = 'queued' AND attempts > 0"
            )

    def until_quiet(self, *, seconds: float = QUIET_S) -> float:
        """Wait until nothing is under way; the seconds that took."""
        began = time.monotonic()
        while True:
            self.let_time_pass()
            [undone] = self.query(UNDONE)
            if not any(undone):
                return time.monotonic() - began
            if time.monotonic() > began + seconds:
                names = ("envelopes", "messages", "events", "letters")
                raise TimeoutError(
                    f"still undone: {dict(zip(names, undone, strict=True))}\n"
                    f"{self.processes['work'].last_words()}"
                )
            time.sleep(0.25)

    def reckon(self) -> list[dict[str, Any]]:
        """Every promise that was not kept."""
        given = {
            "said": self.journal.written(),
            "letters": [asdict(letter) for letter in self.sink.letters],
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.trials.reckoning"],
            cwd=ROOT, env=environment(self.server.home, self.url),
            input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def standing(server: Breakable, name: str, *, has_mailbox: bool = False) -> Iterator[House]:
    """A house on a fresh copy of the prepared database; it is torn down with the block."""
    with ExitStack() as stack:
        url = stack.enter_context(server.copy(name))
        sink = stack.enter_context(listening())
        mailbox = stack.enter_context(dovecot()) if has_mailbox else None
        lmtp, http = free_port(), free_port()
        given = environment(server.home, url) | {
            "HOMEROOM_SMTP": f"smtp://127.0.0.1:{sink.port}",
            "HOMEROOM_ORIGIN": f"http://127.0.0.1:{http}",
            "HOMEROOM_IMAP": mailbox.url if mailbox else "",
        }
        described = [
            ("work", (), None),
            ("lmtp", ("--listen", f"127.0.0.1:{lmtp}"), lmtp),
            ("serve", ("--port", str(http), "--threads", "4"), http),
            *([("mail", (), None)] if mailbox else []),
        ]
        processes = {
            command: Process(
                name=command, words=words, port=port, environment=given,
                log=server.home / f"{name}-{command}.log",
            )
            for command, words, port in described
        }  # fmt: skip
        stack.enter_context(all_ended(list(processes.values())))
        for process in processes.values():
            process.start()
        yield House(
            server=server,
            url=url,
            sink=sink,
            lmtp_port=lmtp,
            browser=Browser(http),
            processes=processes,
            mailbox=mailbox,
        )
