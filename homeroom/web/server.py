"""One port for pages and for notices: the RSGI application that granian runs in each worker.

`/live/` is answered here, on the event loop, where an open page costs a few kilobytes. `/healthz`
and `/readyz` are answered here too, because a probe calls us by address and not by host name.
Everything else goes to Django's WSGI handler in a thread: its views are synchronous, and running
them under ASGI costs several times the CPU (bench/serving.py measures both).
"""

import asyncio
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import IO, Any, Protocol

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from homeroom.web.environ import environ, header
from homeroom.web.live import Doorkeeper, Hub

IN_MEMORY = 1_000_000
"""A body up to this many bytes stays in memory; what is longer goes to a temporary file."""
JOINED = 262_144
"""A streamed response that declares at most this length is sent in one piece."""
WAITING = 64
"""Requests that may wait for each thread; beyond, callers are asked to come back."""
STALLED_SECONDS = 60
"""A client that takes no bytes for this long has gone."""

type Headers = list[tuple[str, str]]


class Transport(Protocol):
    """A response under way."""

    async def send_bytes(self, data: bytes) -> None: ...


class Exchange(Protocol):
    """Granian's side of one request: its body, and the ways to answer."""

    async def __call__(self) -> bytes: ...
    def __aiter__(self) -> "Exchange": ...
    async def __anext__(self) -> bytes: ...
    def response_empty(self, status: int, headers: Headers) -> None: ...
    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...
    def response_str(self, status: int, headers: Headers, body: str) -> None: ...
    def response_stream(self, status: int, headers: Headers) -> Transport: ...


class Scope(Protocol):
    """Granian's description of one request."""

    proto: str
    scheme: str
    method: str
    path: str
    query_string: str
    server: str
    client: str
    authority: str | None
    headers: "Received"


class Received(Protocol):
    """The headers of a request, names in lower case."""

    def items(self) -> Headers: ...
    def get(self, key: str, default: str = "") -> str: ...


class BodyTooLargeError(Exception):
    """The caller sends more than this install takes in."""


type Handler = Callable[[dict[str, Any], Any], HttpResponseBase]


class Application:
    """Answers every request of one worker process."""

    def __init__(
        self,
        handler: Handler,
        *,
        probes: dict[str, Callable[[], tuple[int, str]]],
        door: Doorkeeper,
        hub: Hub,
        threads: int,
        max_bytes: int,
        proxies: int,
    ) -> None:
        self.handler = handler
        self.probes = probes
        self.door = door
        self.hub = hub
        self.max_bytes = max_bytes
        self.proxies = proxies
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self.room = WAITING * threads

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        if scope.path == "/live/":
            await self.hub.follow(scope, exchange, self.door, self.pool)
        elif scope.path in self.probes:
            loop = asyncio.get_running_loop()
            # Not in the pool: a probe must not wait behind slow pages.
            status, said = await loop.run_in_executor(None, self.probes[scope.path])
            exchange.response_str(status, [("content-type", "text/plain; charset=utf-8")], said)
        elif self.pool._work_queue.qsize() > self.room:  # noqa: SLF001  (the pool keeps no count)
            _refuse(exchange, 503, "Too many people at once. Try again in a few seconds.\n")
        else:
            await self._page(scope, exchange)

    async def _page(self, scope: Scope, exchange: Exchange) -> None:
        try:
            body, size = await self._body(scope, exchange)
        except BodyTooLargeError:
            _refuse(exchange, 413, f"This is more than {self.max_bytes} bytes.\n")
            return
        request = environ(scope, body, size, proxies=self.proxies)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.pool, self._answer, request, exchange, loop)

    async def _body(self, scope: Scope, exchange: Exchange) -> tuple[IO[bytes], int]:
        """The whole body, read here so that a slow sender occupies no thread; and its length."""
        declared = header(scope, "content-length")
        if scope.method in {"GET", "HEAD"} and not (
            declared or header(scope, "transfer-encoding") or scope.proto != "http"
        ):
            return BytesIO(), 0
        if declared.isdigit() and int(declared) > self.max_bytes:
            raise BodyTooLargeError
        body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        size = 0
        async for chunk in exchange:
            size += len(chunk)
            if size > self.max_bytes:
                body.close()
                raise BodyTooLargeError
            body.write(chunk)
        body.seek(0)
        return body, size

    def _answer(
        self,
        request: dict[str, Any],
        exchange: Exchange,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Let Django answer, in this thread from first to last: its connections belong to it."""
        response = self.handler(request, lambda *_: None)
        try:
            headers = [(name.lower(), value) for name, value in response.items()]
            headers += [("set-cookie", one.OutputString()) for one in response.cookies.values()]
            if request["REQUEST_METHOD"] == "HEAD":
                exchange.response_empty(response.status_code, headers)
            elif isinstance(response, StreamingHttpResponse):
                _stream(response, headers, exchange, loop)
            elif isinstance(response, HttpResponse):
                exchange.response_bytes(response.status_code, headers, response.content)
        finally:
            response.close()


def _stream(
    response: StreamingHttpResponse,
    headers: Headers,
    exchange: Exchange,
    loop: asyncio.AbstractEventLoop,
) -> None:
    declared = response.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) <= JOINED:
        whole = b"".join(response)
        exchange.response_bytes(response.status_code, headers, whole)
        return
    transport = exchange.response_stream(response.status_code, headers)
    for chunk in response:
        sent = asyncio.run_coroutine_threadsafe(_send(transport, bytes(chunk)), loop)
        try:
            sent.result(STALLED_SECONDS)
        except Exception:  # noqa: BLE001  (granian's own errors: the client has gone)
            sent.cancel()
            return


async def _send(transport: Transport, data: bytes) -> None:
    await transport.send_bytes(data)


def _refuse(exchange: Exchange, status: int, sentence: str) -> None:
    headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
    if status == 503:
        headers.append(("retry-after", "5"))
    exchange.response_str(status, headers, sentence)


def application() -> Application:
    """The application of one worker process, with Django made ready for it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeroom.config")
    import django
    from django.core.handlers.wsgi import WSGIHandler

    django.setup()
    from homeroom import config
    from homeroom.kit.tether import tie
    from homeroom.web import following, health
    from homeroom.web.serve import MAIN, PROXIES

    if MAIN in os.environ:  # or a main process that is killed leaves us at its port, untended
        tie(int(os.environ[MAIN]))

    return Application(
        WSGIHandler(),
        probes={"/healthz": health.alive, "/readyz": health.ready},
        door=following.topics,
        hub=Hub(following.connect),
        threads=int(os.environ.get("HOMEROOM_THREADS", "8")),
        max_bytes=config.MAX_MESSAGE_BYTES,
        proxies=PROXIES,
    )
