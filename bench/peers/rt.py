"""Request Tracker 5 from Debian, with its own server, mail gateway and PostgreSQL."""

import http.cookiejar
import random
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import psycopg

from bench import ground, httpload
from bench.ground import HERE, CannotRun, Cluster, Processes
from bench.httpload import Address, Load
from bench.meter import Meter

PACKAGES = ["request-tracker5", "rt5-db-postgresql", "rt5-standalone", "rt5-clients"]
CONFIG = Path("/etc/request-tracker5/RT_SiteConfig.d/90-homeroom-bench.pm")
EMPTY = "rt_empty"
DATABASE = "rt5"
WORKERS = 4
_ACTIVE = "Status = '__Active__'"


class RequestTracker:
    """RT 5: its web server, its gateway and its database."""

    name = "Request Tracker"

    def __init__(self) -> None:
        self.cluster = Cluster("rt")
        self.processes = Processes("rt")
        self.port = 0
        self._cookies: dict[str, str] = {}

    def install(self) -> None:
        """Debian's packages, once; it answers the packages' questions with no."""
        if _version():
            return
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        answer = "request-tracker5 request-tracker5/dbconfig-install boolean false"
        ground.run(["apt-get", "update", "-qq"], env=environment)
        ground.run(["debconf-set-selections"], stdin=answer)
        words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
        ground.run(words, env=environment)

    def remove(self) -> None:
        """Take the packages and our piece of their configuration away again."""
        CONFIG.unlink(missing_ok=True)
        if _version():
            names = ["request-tracker5", "rt5-db-postgresql", "rt5-standalone", "rt5-clients"]
            environment = {"DEBIAN_FRONTEND": "noninteractive"}
            ground.run(["apt-get", "purge", "-y", "-qq", *names], env=environment)

    def version(self) -> str:
        """What was installed."""
        return f"Request Tracker {_version()} (Starlet, {WORKERS} workers)"

    def start(self) -> None:
        """An empty installation with six queues that takes mail from anybody."""
        self.cluster.start()
        self.port = ground.free_port()
        self._configure(is_indexed=False)
        if not self.cluster.has(EMPTY):
            self._found()
        self.cluster.copy(EMPTY, DATABASE)
        self._serve()

    def _found(self) -> None:
        self.cluster.ask(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.cluster.ask("DROP ROLE IF EXISTS rtuser")
        self.cluster.ask("CREATE ROLE rtuser SUPERUSER LOGIN")
        self.cluster.ask(f"CREATE DATABASE {DATABASE} OWNER rtuser")
        words = ["--action", "init", "--skip-create", "--dba", "postgres", "--dba-password", "x"]
        ground.run(["rt-setup-database-5", *words])
        ground.run(["perl", str(HERE / "peers" / "rt_setup.pl")])
        self.cluster.ask("CREATE EXTENSION pg_stat_statements", database=DATABASE)
        self.cluster.ask(f"ALTER DATABASE {DATABASE} RENAME TO {EMPTY}")

    def _configure(self, *, is_indexed: bool) -> None:
        given = {
            "DatabaseType": "Pg", "DatabaseHost": "127.0.0.1", "DatabasePort": self.cluster.port,
            "DatabaseName": DATABASE, "DatabaseUser": "rtuser", "DatabasePassword": "x",
            "DatabaseAdmin": "postgres", "rtname": "bench.example", "WebDomain": "127.0.0.1",
            "WebPort": self.port, "WebPath": "", "WebBaseURL": f"http://127.0.0.1:{self.port}",
            "MailCommand": "testfile", "RestrictReferrer": 0, "LogToSTDERR": "error",
        }  # fmt: skip
        lines = [f"Set(${name}, '{value}');" for name, value in given.items()]
        if is_indexed:
            lines.append(
                "Set(%FullTextSearch, Enable => 1, Indexed => 1,"
                " Column => 'ContentIndex', Table => 'AttachmentsIndex');"
            )
        CONFIG.write_text("\n".join([*lines, "1;", ""]))

    def _serve(self) -> None:
        words = ["--server", "Starlet", "--max-workers", str(WORKERS), "--host", "127.0.0.1"]
        server = "/usr/share/request-tracker5/libexec/rt-server"
        self.processes.start("server", [server, *words, "--port", str(self.port)], env={})
        url = f"http://127.0.0.1:{self.port}/"
        ground.wait_for("Request Tracker", lambda: ground.answers(url))

    def stop(self) -> None:
        """End everything."""
        self.processes.stop()
        self.cluster.stop()

    @property
    def groups(self) -> dict[str, list[int]]:
        """Its processes."""
        return {"app": self.processes.pids, "database": [self.cluster.pid]}

    def take_mail(self, files: Sequence[Path]) -> Meter:
        """Pipe these messages into `rt-mailgate`, four at a time, as a mail server does.

        The group "gateway" holds the CPU of those processes. Raises ValueError when RT lost one.
        """
        before = self._counted()
        at_first = getrusage(RUSAGE_CHILDREN)
        with Meter(self.groups) as meter, ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(self._pipe, files))
        at_last = getrusage(RUSAGE_CHILDREN)
        used = at_last.ru_utime + at_last.ru_stime - at_first.ru_utime - at_first.ru_stime
        meter.spent["gateway"] = used
        filed = self._counted() - before
        if any(codes) or filed < len(files):
            raise ValueError(f"RT filed {filed} of {len(files)}; exit codes {sorted(set(codes))}")
        return meter

    def _pipe(self, file: Path) -> int:
        words = ["--queue", "IT", "--action", "correspond", "--timeout", "120"]
        url = f"http://127.0.0.1:{self.port}"
        with file.open("rb") as mail:
            return subprocess.run(
                ["rt-mailgate-5", *words, "--url", url],
                stdin=mail,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode

    def _counted(self) -> int:
        asked = "SELECT count(*) FROM transactions WHERE type IN ('Create', 'Correspond')"
        asked += " AND objecttype = 'RT::Ticket'"
        return int(self.cluster.ask(asked, database=DATABASE)[0][0])

    def load(self, n: int, *, there: int) -> None:
        """Add `n` tickets straight into its tables and index their words, as RT's set-up does."""
        file = HERE / "peers" / "rt_bulk.sql"
        self.cluster.script(file, database=DATABASE, n=n, n0=there)
        self.cluster.ask("VACUUM ANALYZE", database=DATABASE)
        self.processes.stop()
        self._configure(is_indexed=True)
        self._serve()

    def connect(self) -> psycopg.Connection:
        """A connection to its database."""
        return self.cluster.connect(DATABASE)

    def sign_in(self) -> None:
        """A session of root's."""
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        url = f"http://127.0.0.1:{self.port}"
        opener.open(f"{url}/NoAuth/Login.html", data=b"user=root&pass=password&next=").read()
        if not jar:
            raise CannotRun("Request Tracker did not let root sign in.")
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
        self._cookies = {"Cookie": cookies, "Referer": f"{url}/"}

    def ask(self, page: str, n: int) -> Load:
        """Ask for a page `n` times: list, word, serial or view."""
        return httpload.get(self.port, self._pages()[page], n)

    def _pages(self) -> dict[str, httpload.Make]:
        draw = random.Random(3)
        with self.connect() as connection:
            row = connection.execute("SELECT max(id) - count(*) + 1, max(id) FROM tickets")
            low, high = row.fetchone() or (1, 1)

        def rows(asked: str) -> httpload.Make:
            def make(number: int) -> Address:
                query = {"Query": asked, "Rows": 50, "OrderBy": "Created", "Order": "DESC"}
                query["Page"] = 1 + number % 5 if asked == _ACTIVE else 1
                return f"/Search/Results.html?{urllib.parse.urlencode(query)}", self._cookies

            return make

        return {
            "list": rows(_ACTIVE),
            "word": rows("Content LIKE 'projector'"),
            "serial": rows("Content LIKE 'SN00000777'"),
            "view": lambda _: (f"/Ticket/Display.html?id={draw.randint(low, high)}", self._cookies),
        }


def _version() -> str:
    """The version that Debian installed; empty when it is not."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status} ${Version}", "request-tracker5"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.split()[-1] if "ok installed" in done.stdout else ""
