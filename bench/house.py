"""Homeroom as it is installed: pages, worker and LMTP door, on a PostgreSQL of its own."""

import itertools
import os
import random
import re
import shutil
import socket
import struct
import sys
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from bench import furnish, ground, httpload, postman
from bench.ground import HOME, Cluster, Processes
from bench.httpload import Address, Load
from bench.meter import Meter

EMPTY = "homeroom_empty"
PUPILS = 10_000
CONNECTIONS = 8
"""Connections at once that mail arrives over when as much comes as can be taken."""
SETTLED = """
SELECT (SELECT count(*) FROM channels_envelope WHERE state = 'received')
     + (SELECT count(*) FROM tickets_message WHERE direction = 'in' AND read_at IS NULL AND {reads})
     + (SELECT count(*) FROM channels_delivery WHERE state = 'queued' AND next_at <= now())
     + (SELECT count(*) FROM tickets_cursor c JOIN tickets_event e
            ON (e.xact, e.id) > (c.xact, c.event_id) WHERE c.name = 'reactions')
"""
"""How much is still to be done before everything that came in has had all its consequences."""


class House:
    """One installation of Homeroom: its processes and its database."""

    name = "Homeroom"

    def __init__(self, cluster: Cluster, database: str) -> None:
        self.cluster = cluster
        self.database = database
        self.processes = Processes(database)
        self.folder = HOME / "homeroom" / "sample"
        self.port = self.lmtp_port = 0
        self.understands = True
        self._cookies: dict[str, str] = {}

    def found(self) -> None:
        """Make the sample district anew, as a database to copy from."""
        shutil.rmtree(HOME / "homeroom", ignore_errors=True)
        self.cluster.ask(f"DROP DATABASE IF EXISTS {EMPTY} WITH (FORCE)")
        self.cluster.ask(f"CREATE DATABASE {EMPTY}")
        self.cluster.ask("CREATE EXTENSION pg_stat_statements", database=EMPTY)
        self._furnish("town", str(self.folder), str(PUPILS), database=EMPTY)
        self.cluster.ask("VACUUM ANALYZE", database=EMPTY)

    def empty(self) -> None:
        """Start from the sample district without a request in it."""
        self.cluster.copy(EMPTY, self.database)

    def start(self, *, without: Sequence[str] = ()) -> None:
        """Serve pages, take mail, and work, but not on these queues."""
        self.understands = "triage" not in without
        self.port, self.lmtp_port = ground.free_port(), ground.free_port()
        environment = self._environment()
        words = [sys.executable, "-m", "homeroom"]
        self.processes.start("serve", [*words, "serve", "--port", str(self.port)], env=environment)
        self.processes.start(
            "lmtp", [*words, "lmtp", "--listen", f"127.0.0.1:{self.lmtp_port}"], env=environment
        )
        left = [word for queue in without for word in ("--without", queue)]
        self.processes.start("work", [*words, "work", *left], env=environment)
        url = f"http://127.0.0.1:{self.port}/readyz"
        ground.wait_for("Homeroom's pages", lambda: ground.answers(url))
        ground.wait_for("Homeroom's LMTP door", self._is_open)

    def _is_open(self) -> bool:
        self.processes.check()
        with socket.socket() as door:
            return door.connect_ex(("127.0.0.1", self.lmtp_port)) == 0

    def stop(self) -> None:
        """End its processes; the encoders' keeper ends when nobody needs it."""
        keeper = self._keeper()
        self.processes.stop()
        if keeper:
            ground.wait_for("the encoders", lambda: not Path(f"/proc/{keeper[0]}/stat").exists())

    def _environment(self) -> dict[str, str]:
        place = HOME / "homeroom-run"
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o700)
        return {
            "DATABASE_URL": self.cluster.url(self.database),
            "HOMEROOM_HOME": str(HOME / "homeroom"),
            "HOMEROOM_ORIGIN": f"http://127.0.0.1:{self.port or 1}",
            "HOMEROOM_SMTP": "console:",
            "XDG_RUNTIME_DIR": str(place),
        }

    def _furnish(self, *words: str, database: str = "") -> str:
        environment = self._environment()
        environment["DATABASE_URL"] = self.cluster.url(database or self.database)
        return ground.run([sys.executable, "-m", "bench.furnish", *words], env=environment)

    def _keeper(self) -> list[int]:
        """The process that keeps the encoders, whoever started it."""
        place = HOME / "homeroom-run" / f"homeroom-{os.getuid()}"
        path = next(place.glob("*.sock"), None)
        with socket.socket(socket.AF_UNIX) as door:
            if path is None or door.connect_ex(str(path)):
                return []
            peer = door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return [struct.unpack("3i", peer)[0]]

    @property
    def groups(self) -> dict[str, list[int]]:
        """Its processes; the keeper of the encoders is named, as any process may be its parent."""
        return {"app": [*self.processes.pids, *self._keeper()], "database": [self.cluster.pid]}

    def connect(self) -> psycopg.Connection:
        """A connection to its database."""
        return self.cluster.connect(self.database)

    def settle(self, connection: psycopg.Connection, *, seconds: float = 240) -> None:
        """Return when everything that came in has had all its consequences."""
        asked = SETTLED.format(reads="true" if self.understands else "false")

        def is_done() -> bool:
            row = connection.execute(asked).fetchone()
            return bool(row) and row[0] == 0

        ground.wait_for("Homeroom to be done", is_done, seconds=seconds)

    def take_mail(self, files: Sequence[Path]) -> Meter:
        """Deliver these messages by LMTP as fast as they are taken, until all is done with them.

        Raises ValueError when one has not become a message in a request.
        """
        letters = [file.read_bytes() for file in files]
        with self.connect() as connection:
            before = _filed(connection)
            with Meter(self.groups) as meter, ThreadPoolExecutor(CONNECTIONS) as pool:
                list(
                    pool.map(
                        lambda part: postman.deliver(self.lmtp_port, part),
                        [letters[start::CONNECTIONS] for start in range(CONNECTIONS)],
                    )
                )
                self.settle(connection)
            filed = _filed(connection) - before
        if filed != len(files):
            raise ValueError(f"Homeroom filed {filed} of {len(files)}.")
        return meter

    def load(self, n: int, *, there: int) -> None:
        """Add `n` requests by the house's own way for a district's past."""
        self._furnish("tickets", str(n), str(there))
        self.cluster.ask("VACUUM ANALYZE", database=self.database)

    def sign_in(self) -> None:
        """A session of the superintendent's, who sees every department."""
        key = self._furnish("session", furnish.LEADER).strip()
        self._cookies = {"Cookie": f"sessionid={key}"}

    @property
    def cookies(self) -> dict[str, str]:
        """The headers of the session."""
        return self._cookies

    def ask(self, page: str, n: int) -> Load:
        """Ask for a page `n` times: list, word, serial or view."""
        path, holds = self._pages()[page]
        return httpload.get(self.port, path, n, must_hold=holds)

    def _pages(self) -> dict[str, tuple[httpload.Make, bytes]]:
        draw = random.Random(3)
        with self.connect() as connection:
            rows = connection.execute(
                "SELECT reference FROM tickets_ticket WHERE sensitivity = 'internal'"
                " ORDER BY id DESC LIMIT 5000"
            )
            references = [row[0] for row in rows]
        lists = itertools.cycle(self._lists())

        def fixed(path: str) -> httpload.Make:
            return lambda _: (path, self._cookies)

        def view(_: int) -> Address:
            return f"/desk/all/{draw.choice(references)}/", self._cookies

        return {
            "list": (lambda _: (next(lists), self._cookies), b"/desk/all/"),
            "word": (fixed("/desk/search/?q=projector"), b"/desk/all/"),
            "serial": (fixed("/desk/search/?q=SN00000777"), b"serial SN00000777"),
            "view": (view, b"/desk/all/"),
        }

    def _lists(self) -> list[str]:
        """The addresses of the first ten pages of all open requests."""
        paths = ["/desk/all/"]
        while len(paths) < 10:
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.port}{paths[-1]}", headers=self._cookies
            )
            with urllib.request.urlopen(request) as answer:
                older = re.search(r'"(/desk/all/\?after=[^"]+)"', answer.read().decode())
            if older is None:
                break
            paths.append(older[1])
        return paths


def _filed(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM tickets_message WHERE direction = 'in'")
    return int((row.fetchone() or (0,))[0])
