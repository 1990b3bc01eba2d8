"""Notices to open pages: one LISTEN connection per process, fanned out as server-sent events.

A notice says only that something changed; the page asks again under its own permissions. So a lost
notice costs a late page and nothing else, and no notice can tell anybody anything.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Protocol

from homeroom.kit import clock
from homeroom.web.environ import header

if TYPE_CHECKING:
    from homeroom.web.server import Exchange, Scope, Transport

log = logging.getLogger(__name__)

PING_SECONDS = 25
"""A comment this often keeps proxies from closing a quiet connection (most allow 30 s or more)."""
CHECK_SECONDS = 60
"""How often the right to follow is looked at again."""
SLOW_SECONDS = 20
"""A page that takes no bytes for this long is let go; its browser comes back by itself."""
GATHER_SECONDS = 0.2
"""Notices within this time go out together."""
MAX_TOPICS = 200
"""A page behind by this many topics is let go: it has to ask for everything anyway."""
EVERYTHING = "*"
"""The topic that all follow: notices may have been lost."""

type Topics = Callable[[str], bool]
type Doorkeeper = Callable[[str, str], Topics | None]
"""From the cookie header and the query string: which topics this page may follow, or None."""


class Notices(Protocol):
    """An open LISTEN connection."""

    def notifies(self) -> AsyncIterator[object]: ...
    async def close(self) -> None: ...


class Follower:
    """One open page: what it may hear of, and what it has not heard yet."""

    def __init__(self, wants: Topics) -> None:
        self.wants = wants
        self.pending: dict[str, int] = {}
        self.woken = asyncio.Event()
        self.is_lost = False

    def tell(self, topic: str, version: int) -> None:
        """Have the page told, unless it may not know or is hopelessly behind."""
        if topic != EVERYTHING and not self.wants(topic):
            return
        self.pending[topic] = version
        self.is_lost = self.is_lost or len(self.pending) > MAX_TOPICS
        self.woken.set()

    def take(self) -> bytes:
        """What is pending, as events; nothing is pending afterwards."""
        events = [
            f"data: {json.dumps({'topic': topic, 'version': version})}\n\n"
            for topic, version in self.pending.items()
        ]
        self.pending.clear()
        self.woken.clear()
        return "".join(events).encode()


class Hub:
    """All open pages of one process."""

    def __init__(self, connect: Callable[[], Awaitable[Notices]]) -> None:
        self.connect = connect
        self.followers: set[Follower] = set()
        self._listening: asyncio.Task[None] | None = None

    async def follow(
        self, scope: "Scope", exchange: "Exchange", door: Doorkeeper, pool: Executor
    ) -> None:
        """Serve one page until it goes, may no longer follow, or is too slow."""
        loop = asyncio.get_running_loop()
        asked = (header(scope, "cookie"), scope.query_string)
        try:
            wants = await loop.run_in_executor(pool, door, *asked)
        except Exception as error:  # noqa: BLE001  (the database is away; the browser asks again)
            log.warning("nobody can follow now (%s)", type(error).__name__)
            exchange.response_empty(503, [("retry-after", "10")])
            return
        if wants is None:
            # 204 tells a browser's EventSource to stop coming back.
            exchange.response_empty(204, [("cache-control", "no-store")])
            return
        if self._listening is None or self._listening.done():
            self._listening = loop.create_task(self._listen())
        follower = Follower(wants)
        self.followers.add(follower)
        try:
            transport = exchange.response_stream(200, HEADERS)
            await self._serve(follower, transport, lambda: door(*asked), pool)
        except Exception as gone:  # noqa: BLE001  (granian's own errors: the page was closed)
            log.debug("a page stopped following: %s", gone)
        finally:
            self.followers.discard(follower)

    async def _serve(
        self,
        follower: Follower,
        transport: "Transport",
        again: Callable[[], Topics | None],
        pool: Executor,
    ) -> None:
        loop = asyncio.get_running_loop()
        checked = pinged = loop.time()
        await _send(transport, b"retry: 5000\n: here\n\n")
        while not follower.is_lost:
            try:
                await asyncio.wait_for(follower.woken.wait(), PING_SECONDS - (loop.time() - pinged))
            except TimeoutError:
                await _send(transport, b": here\n\n")
                pinged = loop.time()
            if loop.time() - checked > CHECK_SECONDS:
                wants = await loop.run_in_executor(pool, again)
                if wants is None:
                    return
                follower.wants, checked = wants, loop.time()
            if follower.pending:
                await asyncio.sleep(GATHER_SECONDS)
                await _send(transport, follower.take())
                pinged = loop.time()

    async def _listen(self) -> None:
        """Hear the database's notices and pass them on; connect again when it goes away."""
        pause = 0.5
        while True:
            try:
                connection = await self.connect()
                try:
                    self._tell(EVERYTHING)  # whatever changed while nobody listened
                    async for notice in connection.notifies():
                        self._tell(str(getattr(notice, "payload", "")))
                        pause = 0.5
                finally:
                    await connection.close()
            except Exception as error:  # noqa: BLE001  (whatever it is, the pages stay and we retry)
                log.warning("no notices from the database (%s)", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30)

    def _tell(self, topic: str) -> None:
        version = int(clock.now().timestamp() * 1000)
        for follower in list(self.followers):
            follower.tell(topic, version)


HEADERS = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-store"),
    ("x-accel-buffering", "no"),
    ("x-content-type-options", "nosniff"),
]


async def _send(transport: "Transport", data: bytes) -> None:
    await asyncio.wait_for(_sent(transport, data), SLOW_SECONDS)


async def _sent(transport: "Transport", data: bytes) -> None:
    await transport.send_bytes(data)
