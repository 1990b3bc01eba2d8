"""Hostile mail through the envelope and the filing: ``python -m tests.trials.hostile N SEED``.

Prints what each kind cost at most and every message that came to no good end, as JSON.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

HELP = "help@cedarvalley.example"


def measured(work: Callable[[], None]) -> dict[str, float]:
    """CPU seconds, seconds and the growth in megabytes that `work` cost at its peak."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew, proc(5)
    before, cpu, wall = _kilobytes("VmRSS"), time.process_time(), time.monotonic()
    work()
    return {
        "cpu": time.process_time() - cpu,
        "seconds": time.monotonic() - wall,
        "megabytes": (_kilobytes("VmHWM") - before) / 1024,
    }


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _main(number: int, seed: int) -> None:
    django.setup()
    from tests.channels import hostile_mail

    worst: dict[str, dict[str, float]] = {}
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    take(b"From: dana.lee@cedarvalley.example\r\nSubject: warm\r\n\r\nwarming up\r\n")
    for index, (name, raw) in enumerate(hostile_mail.generate(number, seed)):
        neighbour = (
            f"From: dana.lee@cedarvalley.example\r\nMessage-ID: <n{index}@lee.example>\r\n"
            f"Subject: projector\r\n\r\nThe projector in 214 is dead, {index}.\r\n"
        ).encode()
        for kind, content in ((name, raw), ("neighbour", neighbour)):
            cost = measured(lambda content=content: take(content))  # type: ignore[misc]
            best = worst.setdefault(kind, dict.fromkeys(cost, 0.0))
            worst[kind] = {key: max(value, best[key]) for key, value in cost.items()}
            state, complaint = end(content)
            ends[state] += 1
            if complaint or (kind == "neighbour" and state != "filed"):
                wrong.append(f"{index} {kind}: {state} {complaint}")
    print(json.dumps({"worst": worst, "ends": ends, "wrong": wrong}))


def take(raw: bytes) -> None:
    """As the LMTP door keeps it and the drainer files it."""
    from homeroom.channels import envelopes
    from homeroom.kit import clock
    from homeroom.pipeline import receive

    envelopes.keep(raw, channel="email", form="rfc822", recipients=[HELP], now=clock.now())
    while receive.drain(now=clock.now()):
        pass


def end(raw: bytes) -> tuple[str, str]:
    """The end state of these bytes, and what is wrong with it."""
    from homeroom.channels import envelopes
    from homeroom.channels.models import Envelope

    kept: Any = Envelope.objects.select_related("raw").get(key=envelopes.key_of(raw))
    if bytes(kept.raw.content) != raw:
        return kept.state, "other bytes"
    if kept.state == "filed":
        return kept.state, "" if kept.message_id else "no message"
    if kept.state == "received":
        return kept.state, f"not settled: {kept.reason}"
    return kept.state, "" if kept.reason else "no reason that a person could read"


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
