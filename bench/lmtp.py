"""How long the LMTP door takes from the last byte of a message to 250, and what it costs.

``DATABASE_URL=… python -m bench.lmtp [seconds] [messages a second]`` stores for real.
"""

import queue
import resource
import subprocess
import sys
import threading
import time

LETTER = b"From: Dana Lee <dana.lee@cedarvalley.example>\r\nSubject: Projector %d\r\n\r\n" + (
    b"The projector in room 214 is dead again, third period starts soon.\r\n" * 265
)
"""About 18 KB, the size of an ordinary HTML mail."""


def client(port: int, seconds: float, rate: float, *, connects_each_time: bool) -> None:
    """Print the delays in milliseconds: median, 99th of 100, longest."""
    import smtplib

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


def main() -> None:
    """Serve in this process, send from another."""
    import django

    django.setup()
    from homeroom.channels.email import lmtp
    from homeroom.channels.envelopes import keep
    from homeroom.kit import clock

    seconds, rate = (
        [*map(float, sys.argv[1:3]), 30.0, 10.0][:2] if len(sys.argv) > 2 else (30.0, 10.0)
    )

    def to_database(raw: bytes, recipients: object) -> None:
        keep(raw, channel="email", form="rfc822", recipients=list(recipients), now=clock.now())  # type: ignore[call-overload]

    def nowhere(raw: bytes, recipients: object) -> None:
        """Store nothing: what is left is the door."""

    trials = [
        ("nothing stored, one connection", nowhere, 200.0, False),
        ("nothing stored, a connection each", nowhere, 200.0, True),
        ("stored, a connection each", to_database, rate, True),
    ]
    for name, store, pace, connects in trials:
        stop, bound = threading.Event(), queue.Queue[str]()
        thread = threading.Thread(
            target=lmtp.serve,
            args=("127.0.0.1:0", store),
            kwargs={"stop": stop, "on_ready": bound.put},
        )
        thread.start()
        port = bound.get(timeout=10).rpartition(":")[2]
        before = resource.getrusage(resource.RUSAGE_SELF)
        print(f"{name}: ", end="", flush=True)
        subprocess.run(
            [sys.executable, "-m", "bench.lmtp", "--client", port,
             str(seconds), str(pace), str(int(connects))],
            check=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"    {cpu / (seconds * pace) * 1000:.2f} ms CPU a message in the door's process")
        stop.set()
        thread.join()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        client(
            int(sys.argv[2]),
            float(sys.argv[3]),
            float(sys.argv[4]),
            connects_each_time=sys.argv[5] == "1",
        )
    else:
        main()
