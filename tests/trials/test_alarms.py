"""Danger while things break: nobody stays uncalled, nobody is called twice in one round; how fast."""

import http.client
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.trials.breaks import ALARMS, Break
from tests.trials.callers import by_lmtp, letter
from tests.trials.house import House, standing
from tests.trials.postgres import ROOT, Breakable, environment
from tests.trials.processes import until_broken

WORDS = "my son wrote that he is going to kill himself"
ORTIZ = "elena.ortiz@cedarvalley.example"
WITHIN_S = 60.0
"""From our yes to the letter at the next mail server: the promise."""
ROUNDS = """
    SELECT round.number, round.called_at IS NOT NULL, round.n_called,
           (SELECT count(*) FROM channels_delivery d
             WHERE starts_with(d.once, 'alarm:' || alarm.id || ':' || round.number || ':')),
           (SELECT count(*) FROM tickets_event e WHERE e.ticket_id = alarm.ticket_id
               AND e.type = 'safety.called' AND (e.data->>'alarm')::bigint = alarm.id
               AND (e.data->>'round')::int = round.number)
    FROM tickets_round round JOIN tickets_alarm alarm ON alarm.id = round.alarm_id
    ORDER BY alarm.id, round.number"""
OWN = [one for one in ALARMS if one.point.startswith("alarms.")]
"""The points of the calling itself; at the others the worker dies in the other trials too."""
_numbers = itertools.count(1)


def tell(house: House) -> str:
    """One mail with words of danger, taken; its Message-ID."""
    name = f"danger-{next(_numbers)}@home.example"
    raw = letter(
        sender=name, to="help@cedarvalley.example",
        subject="please read", text=f"{WORDS} ({name})", message_id=name,
    )  # fmt: skip
    by_lmtp(raw, sender="a@home.example", to="help@cedarvalley.example", port=house.lmtp_port)
    return name


def alarms_at(house: House) -> list[Any]:
    return [one for one in house.sink.to(ORTIZ) if one.subject.startswith("Look now")]


def until(seconds: float, is_so: Any) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def break_at(house: House, one: Break) -> None:
    """Arm the worker, speak of danger until it breaks, and start it again."""
    worker = house.processes["work"]
    worker.stop()
    worker.start(one.fail_at)
    for _ in range(3):
        tell(house)
        if until_broken(worker, seconds=15):
            break
    else:
        pytest.fail(f"{one.name} was never reached")
    worker.bury()
    worker.start()


def bring_on(house: House, number: int) -> None:
    """That round of every alarm is due now, as if the minutes had passed."""
    with psycopg.connect(house.url, autocommit=True) as connection:
        connection.execute(
            "UPDATE tickets_round SET due_at = now() WHERE number = %s AND called_at IS NULL",
            [number],
        )


def judged(house: House, number: int) -> None:
    """Every alarm was called for in that round exactly once, and its letters have left."""
    [n_alarms] = house.query("SELECT count(*) FROM tickets_alarm")[0]
    [n_danger] = house.query("SELECT count(*) FROM tickets_ticket WHERE safety <> ''")[0]
    assert n_alarms == n_danger > 0
    rows = [row for row in house.query(ROUNDS) if row[0] == number]
    assert len(rows) == n_alarms
    assert all(called and n == n_letters >= 1 and n_events == 1 for _, called, n, n_letters, n_events in rows)  # fmt: skip


@pytest.mark.parametrize(
    "breaks", [OWN, pytest.param(ALARMS, marks=pytest.mark.soak)], ids=["own", "all"]
)
def test_a_worker_that_dies_leaves_nobody_uncalled(
    breaks: Sequence[Break], server: Breakable
) -> None:
    with standing(server, "alarms") as house:
        for one in breaks:
            break_at(house, one)
        house.until_quiet()
        assert until(20, lambda: all(row[1] for row in house.query(ROUNDS) if row[0] == 1))
        house.until_quiet()
        judged(house, 1)
        for number in (2, 3):
            worker = house.processes["work"]
            worker.stop()
            worker.start("alarms.before_commit:kill@2")
            bring_on(house, number)
            assert until_broken(worker, seconds=30)
            worker.bury()
            worker.start()
            assert until(
                30, lambda n=number: all(row[1] for row in house.query(ROUNDS) if row[0] == n)
            )
            house.until_quiet()
            judged(house, number)
        copies = Counter(one.message_id for one in alarms_at(house))
        [n_letters] = house.query("SELECT count(*) FROM channels_delivery WHERE purpose = 'alarm'")[
            0
        ]
        assert len(copies) == n_letters
        assert max(copies.values()) == 1


@contextmanager
def open_desk(house: House) -> Iterator[list[float]]:
    """Dr. Ortiz's desk, open: when it heard of an alarm."""
    code = (
        "import django; django.setup()\n"
        "from tests.visitors import signed_in\n"
        "from homeroom.district.models import Account\n"
        f"print(signed_in(Account.objects.get(email='{ORTIZ}')).cookies['sessionid'].value)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        env=environment(house.server.home, house.url),
    )  # fmt: skip
    heard: list[float] = []
    link = http.client.HTTPConnection("127.0.0.1", house.browser.port, timeout=120)
    link.request("GET", "/live/", headers={"Cookie": f"sessionid={done.stdout.split()[-1]}"})
    answer = link.getresponse()
    assert answer.status == 200

    def listen() -> None:
        try:
            while line := answer.readline():
                if line.startswith(b"data:") and json.loads(line[5:])["topic"] == "alarms":
                    heard.append(time.monotonic())
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            return

    threading.Thread(target=listen, daemon=True).start()
    time.sleep(1.0)
    yield heard
    if link.sock is not None:
        link.sock.close()


def by_form(house: House, stamp: str, number: int) -> None:
    fields = {
        "need": f"{WORDS}, number {number}", "reach": f"form{number}@home.example", "stamp": stamp,
        "name": "", "website": "",
    }  # fmt: skip
    house.browser.send("/", fields)


@pytest.mark.soak
def test_how_fast_somebody_is_called(server: Breakable, capsys: pytest.CaptureFixture[str]) -> None:
    with standing(server, "fast") as house, open_desk(house) as heard:
        tell(house)  # the first one loads the encoders
        assert until(90, lambda: alarms_at(house))
        stamp = house.browser.stamp()
        time.sleep(2.2)
        times: dict[str, list[float]] = {}
        for number in range(20):
            for door in ("mail", "form"):
                n_letters, n_heard = len(alarms_at(house)), len(heard)
                began = time.monotonic()
                tell(house) if door == "mail" else by_form(house, stamp, number)
                taken = time.monotonic()
                start = taken if door == "mail" else began
                assert until(WITHIN_S, lambda n=n_letters: len(alarms_at(house)) > n)
                assert until(WITHIN_S, lambda n=n_heard: len(heard) > n)
                times.setdefault(f"{door} → letter", []).append(alarms_at(house)[-1].at - start)
                times.setdefault(f"{door} → desk", []).append(heard[n_heard] - start)
                time.sleep(0.5)
        with capsys.disabled():
            for name, taken_s in times.items():
                p95 = statistics.quantiles(taken_s, n=20)[-1]
                print(
                    f"\n{name}: median {statistics.median(taken_s):.2f} s, p95 {p95:.2f} s", end=""
                )
                assert p95 < WITHIN_S / 6
