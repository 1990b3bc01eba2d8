"""Workers that die: their timed jobs run again, their port is free again, poison is held."""

import subprocess
import sys
import time

import psycopg

from tests.channels.door_process import until
from tests.trials import callers
from tests.trials.burst import HELP
from tests.trials.house import House, standing
from tests.trials.postgres import ROOT, Breakable, environment

DOING = """SELECT id FROM procrastinate_jobs
    WHERE task_name = 'homeroom.pipeline.schedule.every_minute' AND status = 'doing'"""


def defer(house: House, task: str) -> None:
    """Ask for a timed job now, without waiting for its minute; one may wait in the queue already."""
    words = (
        "import contextlib, django; django.setup()\n"
        "from procrastinate.exceptions import AlreadyEnqueued\n"
        "from homeroom.pipeline import schedule\n"
        f"with contextlib.suppress(AlreadyEnqueued): schedule.{task}.defer(timestamp=0)"
    )
    subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environment(house.server.home, house.url), check=True
    )  # fmt: skip


def test_a_job_whose_worker_was_killed_is_run_again_by_the_sweeper(server: Breakable) -> None:
    with standing(server, "stalled") as house:
        work = house.processes["work"]
        with psycopg.connect(house.url) as holder:
            holder.execute("LOCK TABLE tickets_ticket IN ACCESS EXCLUSIVE MODE")
            defer(house, "every_minute")
            until(lambda: house.query(DOING))
            work.break_off()
            work.bury()
        jobs = [job for (job,) in house.query(DOING)]  # nobody gives them up by himself
        assert jobs
        with psycopg.connect(house.url) as elder:  # half a minute goes by
            elder.execute(
                "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '31 s'"
            )
        work.start()
        defer(house, "sweep")
        left = "SELECT FROM procrastinate_jobs WHERE id = ANY(%s) AND status <> 'succeeded'"
        until(lambda: not house.query(left, jobs))


def test_pages_end_with_their_main_process_and_can_be_started_again(server: Breakable) -> None:
    with standing(server, "orphans") as house:
        serve = house.processes["serve"]
        assert serve.running is not None
        assert serve.workers
        serve.running.kill()
        serve.running.wait()
        until(lambda: not any(worker.is_running() for worker in serve.workers), seconds=10)
        serve.start()
        assert house.browser.ask("GET", "/readyz")[0] == 200


def test_a_mail_that_kills_its_worker_is_held_and_delays_no_other(server: Breakable) -> None:
    """Two came before it and two after; each lease that ends with a dead worker is let pass."""
    with standing(server, "poison") as house:
        work = house.processes["work"]
        work.stop()
        for number in range(5):
            raw = callers.letter(
                sender="dana.lee@cedarvalley.example", to=HELP, subject="x", text=f"mail {number}",
                message_id=f"p{number}@caller.example",
            )  # fmt: skip
            callers.by_lmtp(
                raw, sender="dana.lee@cedarvalley.example", to=HELP, port=house.lmtp_port
            )
        work.start("receive.after_read:kill@3")
        until(lambda: work.is_broken)
        work.bury()
        assert _states(house) == ["filed", "filed", "received", "received", "received"]
        for _ in range(4):
            _let_the_lease_end(house)
            work.start("receive.after_read:kill@1")  # the first in the queue is the one that kills
            until(lambda: work.is_broken)
            work.bury()
        _let_the_lease_end(house)
        began = time.monotonic()
        work.start()
        until(lambda: _states(house) == ["filed", "filed", "held", "filed", "filed"])
        assert time.monotonic() - began < 20
        [[reason, attempts]] = house.query(
            "SELECT reason, attempts FROM channels_envelope WHERE state = 'held'"
        )
        assert (reason, attempts) == ("Reading this stopped our worker again and again.", 6)
        others = house.query("SELECT max(attempts) FROM channels_envelope WHERE state = 'filed'")
        assert others == [(2,)]


def _states(house: House) -> list[str]:
    return [state for (state,) in house.query("SELECT state FROM channels_envelope ORDER BY id")]


def _let_the_lease_end(house: House) -> None:
    with psycopg.connect(house.url, autocommit=True) as connection:
        connection.execute("UPDATE channels_envelope SET next_at = now() WHERE state = 'received'")
