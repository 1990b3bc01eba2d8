"""CPU per page request: our RSGI application against granian WSGI, same middleware, one process.

.venv/bin/python -m bench.serving [seconds]
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time

import psutil
from django.http import HttpRequest, HttpResponse
from django.urls import path

PORT = 8931
CONNECTIONS = 16
REQUEST = f"GET /hello HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\n\r\n".encode()


def hello(_: HttpRequest) -> HttpResponse:
    return HttpResponse(b"<!doctype html><title>Hello</title>")


urlpatterns = [path("hello", hello)]


def _prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeroom.config")
    from django.conf import settings

    settings.ROOT_URLCONF = "bench.serving"


def rsgi():
    _prepare()
    from homeroom.web.server import application

    return application()


def wsgi():
    _prepare()
    import django
    from django.core.handlers.wsgi import WSGIHandler

    django.setup()
    return WSGIHandler()


def serve(kind: str) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        f"bench.serving:{kind}",
        port=PORT,
        interface=Interfaces(kind),
        factory=True,
        workers=1,
        blocking_threads=8 if kind == "wsgi" else None,
        log_enabled=False,
    ).serve()


async def _client(ends: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    done = 0
    while time.monotonic() < ends:
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        done += 1
    writer.close()
    return done


async def _load(seconds: float) -> int:
    ends = time.monotonic() + seconds
    return sum(await asyncio.gather(*[_client(ends) for _ in range(CONNECTIONS)]))


def cpu(pid: int) -> float:
    mother = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in [mother, *mother.children(recursive=True)])


def measure(kind: str, seconds: float) -> float:
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(kind,))
    process.start()
    try:
        time.sleep(6)
        asyncio.run(_load(1))
        before = cpu(process.pid)
        done = asyncio.run(_load(seconds))
        each = (cpu(process.pid) - before) / done * 1000
        print(f"{kind}: {done / seconds:6.0f} requests/s, {each:.3f} CPU-ms each")
        return each
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.join(20)


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8
    ours, theirs = [], []
    for _ in range(2):
        theirs.append(measure("wsgi", seconds))
        ours.append(measure("rsgi", seconds))
    print(f"ratio {min(ours) / min(theirs):.2f} (to keep: at most 2)")
