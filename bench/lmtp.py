"""How long the LMTP door takes from the last byte of a message to 250, what it costs and holds.

``DATABASE_URL=… python -m bench.lmtp [seconds] [messages a second]`` stores for real.
"""

import os
import queue
import resource
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LETTER = b"From: Dana Lee <dana.lee@cedarvalley.example>\r\nSubject: Projector %d\r\n\r\n" + (
    b"The projector in room 214 is dead again, third period starts soon.\r\n" * 265
)
"""About 18 KB, the size of an ordinary HTML mail."""
LARGE = 38_000_000
"""Bytes of a mail with videos, just below the limit of 40 MB."""


def client(port: int, seconds: float, rate: float, *, connects_each_time: bool) -> None:
    """Print the delays in milliseconds: median, 99th of 100, longest."""
    delays: list[float] = []
    start = time.monotonic()
    link = None
    for number in range(int(seconds * rate)):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        link = link or smtplib.LMTP("127.0.0.1", port, "bench")
        link.ehlo_or_helo_if_needed()
        link.mail("dana.lee@cedarvalley.example")
        link.rcpt("help@cedarvalley.example")
        link.docmd("DATA")
        link.send(LETTER % (time.time_ns()))
        before = time.perf_counter()
        link.send(b".\r\n")
        code, _ = link.getreply()
        delays.append((time.perf_counter() - before) * 1000)
        assert code == 250, code
        if connects_each_time:
            link.quit()
            link = None
    delays.sort()
    n = len(delays)
    p50, p99 = delays[n // 2], delays[min(n - 1, int(n * 0.99))]
    print(f"{n} messages: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {delays[-1]:.1f} ms")


def large_client(port: int, at_once: int) -> None:
    """Send `at_once` different mails of `LARGE` bytes, all at the same time."""
    line = b"c" * 76 + b"\r\n"

    def send(number: int) -> None:
        body = b"Subject: videos %d %d\r\n\r\n" % (number, time.time_ns()) + line * (LARGE // 78)
        with smtplib.LMTP("127.0.0.1", port, "bench") as link:
            link.sendmail("ana@example.org", ["help@cedarvalley.example"], body)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def to_database(raw: bytes, recipients: object) -> None:
    """Store for real."""
    from homeroom.channels.envelopes import keep
    from homeroom.kit import clock

    keep(raw, channel="email", form="rfc822", recipients=list(recipients), now=clock.now())  # type: ignore[call-overload]


def nowhere(raw: bytes, recipients: object) -> None:
    """Store nothing: what is left is the door."""


@contextmanager
def door(store: Callable[..., object]) -> Iterator[str]:
    """The port of a door in a thread of this process."""
    import django

    django.setup()
    from homeroom.channels.email import lmtp

    stop, bound = threading.Event(), queue.Queue[str]()
    thread = threading.Thread(
        target=lmtp.serve,
        args=("127.0.0.1:0", store),
        kwargs={"stop": stop, "on_ready": bound.put},
    )
    thread.start()
    try:
        yield bound.get(timeout=10).rpartition(":")[2]
    finally:
        stop.set()
        thread.join()


def run(*words: str) -> None:
    """This module with these arguments, in a process of its own."""
    subprocess.run([sys.executable, "-m", "bench.lmtp", *words], check=True)


def spent() -> float:
    """Seconds of CPU that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak() -> float:
    """Most memory this process ever had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def large(at_once: int) -> None:
    """Print what mails of `LARGE` bytes cost a door in this process."""
    with door(to_database) as port:
        run("--client", port, "1", "10", "0")
        before, began, cpu = peak(), time.monotonic(), spent()
        run("--large-client", port, str(at_once))
        print(
            f"{at_once} of {LARGE // 1_000_000} MB at once: memory from {before:.0f} MB to at most "
            f"{peak():.0f} MB, {time.monotonic() - began:.1f} s, {spent() - cpu:.1f} s CPU"
        )


def main(seconds: float = 30.0, rate: float = 10.0) -> None:
    """Serve in this process, send from another."""
    trials = [
        ("nothing stored, one connection", nowhere, 200.0, False),
        ("nothing stored, a connection each", nowhere, 200.0, True),
        ("stored, a connection each", to_database, rate, True),
    ]
    for name, store, pace, connects in trials:
        with door(store) as port:
            before = spent()
            print(f"{name}: ", end="", flush=True)
            run("--client", port, str(seconds), str(pace), str(int(connects)))
            cost = (spent() - before) / (seconds * pace) * 1000
            print(f"    {cost:.2f} ms CPU a message in the door's process", flush=True)
    if "DATABASE_URL" in os.environ:
        run("--large", "1")
        run("--large", "6")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--client", port, seconds, rate, connects]:
            client(int(port), float(seconds), float(rate), connects_each_time=connects == "1")
        case ["--large-client", port, at_once]:
            large_client(int(port), int(at_once))
        case ["--large", at_once]:
            large(int(at_once))
        case given:
            main(*map(float, given))
