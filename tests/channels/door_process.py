"""A door in a process of its own, so that a test can kill it: ``python -m tests.channels.door_process``.

``lmtp HOST:PORT`` · ``imap URL`` · ``deliver SMTP_URL``. FAIL_AT says where it dies.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]


@contextmanager
def running(kind: str, target: str, *, fail_at: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """The process, working on the test's own database; ended with the block."""
    from django.db import connection

    url = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {
        "DATABASE_URL": url._replace(path="/" + connection.settings_dict["NAME"]).geturl(),
        "FAIL_AT": fail_at,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "homeroom.config",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.channels.door_process", kind, target],
        cwd=ROOT,
        env=environment,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)


def until(condition: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come about")
        time.sleep(0.05)


def _main(kind: str, target: str) -> None:
    import signal

    import django

    django.setup()
    from homeroom.channels import deliver
    from homeroom.channels.email import imap, lmtp
    from homeroom.channels.email.smtp import Sender
    from homeroom.channels.envelopes import keep
    from homeroom.kit import clock

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def store(
        raw: bytes, recipients: object, *, key: str | None = None, entry_id: int | None = None
    ) -> None:
        keep(
            raw, channel="email", form="rfc822", recipients=list(recipients),  # type: ignore[call-overload]
            now=clock.now(), key=key, entry_id=entry_id,
        )  # fmt: skip

    if kind == "lmtp":
        lmtp.serve(target, store, stop=stop, max_bytes=2_000_000)
    elif kind == "imap":
        imap.run([target], store, stop, max_bytes=2_000_000)
    else:
        deliver.drain(now=clock.now, sender=Sender(target))


if __name__ == "__main__":
    _main(*sys.argv[1:])
