"""Hostile mail is filed or visibly set aside within bounds, and the next mail does not feel it."""

import json
import subprocess
import sys

import pytest

from tests.trials.postgres import ROOT, Breakable, environment

CPU_S = 2.0
MEGABYTES = 300
NEIGHBOUR_CPU_S = 0.5
"""What an ordinary mail may cost right after a hostile one."""


def run(server: Breakable, name: str, *, number: int, seed: int) -> None:
    with server.copy(name) as url:
        done = subprocess.run(
            [sys.executable, "-m", "tests.trials.hostile", str(number), str(seed)],
            cwd=ROOT, env=environment(server.home, url), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    for kind, cost in sorted(found["worst"].items()):
        print(f"{kind:24} {cost['cpu']:6.2f} CPU-s {cost['megabytes']:7.0f} MB")
    print(found["ends"])
    assert found["wrong"] == []
    assert {kind for kind, cost in found["worst"].items() if cost["cpu"] > CPU_S} == set()
    assert {kind for kind, cost in found["worst"].items() if cost["megabytes"] > MEGABYTES} == set()
    assert found["worst"]["neighbour"]["cpu"] <= NEIGHBOUR_CPU_S


def test_two_hundred(server: Breakable) -> None:
    run(server, "hostile", number=200, seed=1)


@pytest.mark.soak
def test_two_thousand(server: Breakable) -> None:
    run(server, "hostile_soak", number=2_000, seed=2)
