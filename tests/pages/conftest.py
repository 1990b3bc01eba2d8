"""The whole house in its own processes on a database of its own, and a real browser before it."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY_S = 120
CAST = """
import django; django.setup()
from tests.cast import assemble
assemble()
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Debian's chromium these tests are left out, loudly; never where CI runs."""
    if CHROMIUM.exists() or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(
                pytest.mark.skip(reason="needs Debian's chromium: apt install chromium")
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A running house: where it is, and the environment its commands run in."""

    url: str
    env: dict[str, str]

    def run(self, *command: str, given: bytes = b"") -> bytes:
        """One command of the house, to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self.env, input=given, stdout=subprocess.PIPE, check=True, timeout=180,
        )  # fmt: skip
        return done.stdout


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house with the cast in it: `homeroom serve` and `homeroom work`."""
    name = f"pages_{secrets.token_hex(4)}"
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    port = _free_port()
    env = {
        **os.environ,
        "DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl(),
        "HOMEROOM_HOME": str(tmp_path_factory.mktemp("house")),
        "HOMEROOM_ORIGIN": f"http://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "homeroom.config",
        "PYTHONPATH": str(ROOT),
    }
    house = House(url=f"http://127.0.0.1:{port}", env=env)
    house.run("-m", "homeroom", "migrate")
    house.run("-c", CAST)
    commands = (["serve", "--port", str(port)], ["work"])
    processes = [
        subprocess.Popen([sys.executable, "-m", "homeroom", *each], cwd=ROOT, env=env)
        for each in commands
    ]
    try:
        _wait_until_ready(house.url)
        yield house
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(30)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _free_port() -> int:
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait_until_ready(url: str) -> None:
    ends = time.monotonic() + READY_S
    while time.monotonic() < ends:
        try:
            with urlopen(f"{url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("The house did not become ready.")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; its event loop ends with the module, or nobody after it may run one."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass(slots=True)
class Visitor:
    """One browser window before the house: what it asked for, and what it complained of."""

    house: House
    context: BrowserContext
    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the house."""
        self.page.goto(self.house.url + path)

    def path(self) -> str:
        """Where the window is."""
        return self.page.url.removeprefix(self.house.url)

    def elsewhere(self) -> list[str]:
        """Everything that was asked of anybody else."""
        return [url for url in self.asked if not url.startswith((self.house.url, "data:"))]

    def check(self, picture: Path) -> None:
        """Nothing that axe finds, nothing too wide, nothing in the console; and a picture of it."""
        self.page.screenshot(path=picture, full_page=True)
        broken = Axe().run(self.page, options={"iframes": False}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in broken] == []
        too_wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert too_wide <= 0
        assert self.complaints == []


@pytest.fixture
def visit(running: House, chromium: Browser) -> Iterator[object]:
    """Opens windows: `visit(width=360, script=False)`; all are closed at the end."""
    opened: list[BrowserContext] = []

    def window(
        *,
        width: int = 360,
        script: bool = True,
        like: Visitor | None = None,
        locale: str = "en-US",
    ) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=script,
            locale=locale,
            storage_state=like.context.storage_state() if like else None,
        )
        context.set_default_timeout(20_000)
        opened.append(context)
        page = context.new_page()
        visitor = Visitor(house=running, context=context, page=page)
        page.on("request", lambda request: visitor.asked.append(request.url))
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on(
            "console",
            lambda line: visitor.complaints.append(line.text) if line.type == "error" else None,
        )
        return visitor

    yield window
    for context in opened:
        context.close()
