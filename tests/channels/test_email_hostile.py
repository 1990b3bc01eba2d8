"""Hostile mail is read within bounds: 2 CPU seconds and 300 MB each, in one child process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MAX_SECONDS = 2.0
MAX_MEGABYTES = 300

CHILD = """
import json, resource, sys, time
from datetime import UTC, datetime
sys.path.insert(0, sys.argv[1])
import hostile_mail
from homeroom.channels.email.own import own
from homeroom.channels.email.reading import read
ours, at = own(["help@district.example"]), datetime(2026, 11, 24, tzinfo=UTC)
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
worst = {}
for name, raw in hostile_mail.generate(int(sys.argv[2]), int(sys.argv[3])):
    began = time.process_time()
    inbound = read(raw, received_at=at, own=ours)
    took = time.process_time() - began
    worst[name] = max(worst.get(name, 0.0), took)
    said = inbound.text + inbound.subject + inbound.html + inbound.sender.name + inbound.sender.email
    said.encode("utf-8")
    assert "\\0" not in said, name
    assert not any("Error)" in remark for remark in inbound.remarks), (name, inbound.remarks)
    assert inbound.text.strip() or inbound.cut or inbound.attachments or len(raw) < 2_000_000, name
# Not ru_maxrss: across exec it remembers what the parent of this process held.
status = open("/proc/self/status").read()
peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps({"worst": worst, "peak": peak}))
"""


def run(number: int, seed: int) -> None:
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(here), str(number), str(seed)],
        cwd=here.parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    measured = json.loads(done.stdout)
    slow = {name: took for name, took in measured["worst"].items() if took > MAX_SECONDS}
    assert not slow
    assert measured["peak"] <= MAX_MEGABYTES


def test_two_hundred_hostile_messages() -> None:
    run(200, seed=1)


@pytest.mark.soak
def test_two_thousand_hostile_messages() -> None:
    run(2_000, seed=2)
