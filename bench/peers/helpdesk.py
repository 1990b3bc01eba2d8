"""django-helpdesk with gunicorn, as its documentation says, on a PostgreSQL of its own."""

import base64
import json
import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import psycopg

from bench import ground, httpload
from bench.ground import HERE, HOME, Cluster, Processes
from bench.httpload import Address, Load
from bench.meter import Meter

REQUIREMENTS = ["django-helpdesk==2.6.1", "Django==5.2.*", "psycopg[binary]", "gunicorn"]
SITE = HERE / "peers" / "helpdesk_site"
EMPTY = "helpdesk_empty"
DATABASE = "helpdesk"
WORKERS, THREADS = 2, 4


class Helpdesk:
    """django-helpdesk: its web server, its mail poller and its database."""

    name = "django-helpdesk"

    def __init__(self) -> None:
        self.cluster = Cluster("helpdesk")
        self.processes = Processes("helpdesk")
        self.programs = HOME / "helpdesk-venv" / "bin"
        self.inbox = HOME / "helpdesk-inbox"
        self.port = 0
        self._cookies: dict[str, str] = {}

    def install(self) -> None:
        """A virtual environment with the package in it, made once."""
        if not (self.programs / "gunicorn").exists():
            ground.run([sys.executable, "-m", "venv", str(self.programs.parent)])
            ground.run([str(self.programs / "pip"), "install", "-q", *REQUIREMENTS])

    def version(self) -> str:
        """What was installed, with what it stands on."""
        shown = ground.run([str(self.programs / "pip"), "list", "--format=freeze"])
        known = dict(line.split("==") for line in shown.split() if "==" in line)
        return (
            f"django-helpdesk {known['django-helpdesk']} (Django {known['Django']},"
            f" gunicorn {known['gunicorn']}, {WORKERS} workers x {THREADS} threads)"
        )

    def start(self) -> None:
        """An empty installation with six queues and one agent, serving pages."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.cluster.start()
        if not self.cluster.has(EMPTY):
            self._found()
        self.cluster.copy(EMPTY, DATABASE)
        self.port = ground.free_port()
        words = ["-w", str(WORKERS), "-k", "gthread", "--threads", str(THREADS)]
        words += ["--keep-alive", "30", "-b", f"127.0.0.1:{self.port}", "wsgi"]
        self.processes.start(
            "gunicorn", [str(self.programs / "gunicorn"), *words], env=self._environment(), cwd=SITE
        )
        url = f"http://127.0.0.1:{self.port}/hello/"
        ground.wait_for("django-helpdesk", lambda: ground.answers(url))

    def _found(self) -> None:
        making = f"{EMPTY}_making"
        self.cluster.ask(f"DROP DATABASE IF EXISTS {making} WITH (FORCE)")
        self.cluster.ask(f"CREATE DATABASE {making}")
        self.cluster.ask("CREATE EXTENSION pg_stat_statements", database=making)
        environment = self._environment(making)
        ground.run([str(self.programs / "django-admin"), "migrate", "-v0"], env=environment)
        ground.run([str(self.programs / "python"), str(SITE / "found.py")], env=environment)
        self.cluster.ask(f"ALTER DATABASE {making} RENAME TO {EMPTY}")

    def stop(self) -> None:
        """End everything."""
        self.processes.stop()
        self.cluster.stop()

    def _environment(self, database: str = DATABASE) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(SITE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HELPDESK_DATABASE": database,
            "HELPDESK_DATABASE_PORT": str(self.cluster.port),
            "HELPDESK_INBOX": f"{self.inbox}/",
            "HELPDESK_MEDIA": str(HOME / "helpdesk-media"),
        }

    @property
    def groups(self) -> dict[str, list[int]]:
        """Its processes."""
        return {"app": self.processes.pids, "database": [self.cluster.pid]}

    def take_mail(self, files: Sequence[Path]) -> Meter:
        """Let `get_email` file these messages; the CPU of the command and of the database.

        Raises ValueError when a message is left over.
        """
        for old in self.inbox.iterdir():
            old.unlink()
        for file in files:
            shutil.copy(file, self.inbox)
        reset = "UPDATE helpdesk_queue SET email_box_last_check = NULL"
        self.cluster.ask(reset, database=DATABASE)
        before = _tickets(self.cluster)
        at_first = getrusage(RUSAGE_CHILDREN)
        with Meter({"database": [self.cluster.pid]}) as meter:
            ground.run(
                [str(self.programs / "django-admin"), "get_email", "--quiet"],
                env=self._environment(),
            )
        at_last = getrusage(RUSAGE_CHILDREN)
        used = at_last.ru_utime + at_last.ru_stime - at_first.ru_utime - at_first.ru_stime
        meter.spent["app"] = used
        left, filed = len(list(self.inbox.iterdir())), _tickets(self.cluster) - before
        if left or filed < len(files):
            raise ValueError(f"django-helpdesk filed {filed} of {len(files)}, {left} are left.")
        return meter

    def load(self, n: int, *, there: int) -> None:
        """Add `n` tickets straight into its tables, in which so many are already."""
        file = HERE / "peers" / "helpdesk_bulk.sql"
        self.cluster.script(file, database=DATABASE, n=n, n0=there)
        self.cluster.ask("VACUUM ANALYZE", database=DATABASE)

    def connect(self) -> psycopg.Connection:
        """A connection to its database."""
        return self.cluster.connect(DATABASE)

    def sign_in(self) -> None:
        """A session of the agent's."""
        made = ground.run(
            [str(self.programs / "python"), str(SITE / "session.py")], env=self._environment()
        )
        self._cookies = {"Cookie": f"sessionid={made.strip()}"}

    def ask(self, page: str, n: int) -> Load:
        """Ask for a page `n` times: hello, list, word, serial or view."""
        return httpload.get(self.port, self._pages()[page], n)

    def _pages(self) -> dict[str, httpload.Make]:
        draw = random.Random(3)
        with self.connect() as connection:
            row = connection.execute("SELECT min(id), max(id) FROM helpdesk_ticket").fetchone()
        low, high = row or (1, 1)

        def rows(words: str) -> httpload.Make:
            query = _query(words)

            def make(number: int) -> Address:
                start = 50 * (number % 10) if not words else 0
                path = f"/datatables_ticket_list/{query}?draw=1&start={start}&length=50"
                return f"{path}&order[0][column]=5&order[0][dir]=desc", self._cookies

            return make

        return {
            "hello": lambda _: ("/hello/", {}),
            "list": rows(""),
            "word": rows("projector"),
            "serial": rows("SN00000777"),
            "view": lambda _: (f"/tickets/{draw.randint(low, high)}/", self._cookies),
        }


def _tickets(cluster: Cluster) -> int:
    return int(cluster.ask("SELECT count(*) FROM helpdesk_followup", database=DATABASE)[0][0])


def _query(words: str) -> str:
    """The list of open tickets with a search in it, as its own page names it."""
    asked = {
        "filtering": {"status__in": [1, 2]},
        "sorting": "created",
        "sortreverse": False,
        "search_string": words,
    }
    return base64.b64encode(json.dumps(asked).encode()).decode()
