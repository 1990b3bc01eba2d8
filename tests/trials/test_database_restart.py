"""The database goes away in the middle of things: pages say so, and everything goes on within seconds."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psycopg
import pytest

from tests.channels.door_process import until
from tests.trials import callers
from tests.trials.burst import ASKERS, HELP, NEEDS, deeds
from tests.trials.callers import TROUBLE, NotYet
from tests.trials.house import House, standing
from tests.trials.postgres import Breakable

HEALED_S = 5.0
"""The longest that anything may stay broken once the database is back."""
HEARTBEAT_S = 10.0
"""How often the worker of timed jobs says that it lives."""
IN_THE_MIDDLE = """SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND state = 'idle in transaction' AND backend_xid IS NOT NULL"""


def seconds_until(attempt: Callable[[], object], *, since: float) -> float:
    """How long after `since` it first succeeded."""
    while True:
        try:
            attempt()
        except (*TROUBLE, NotYet, psycopg.Error):
            if time.monotonic() > since + 30:
                raise
            time.sleep(0.05)
        else:
            return time.monotonic() - since


def mailed(house: House, number: int) -> None:
    """A mail from Ms. Lee that no other test counts."""
    said = house.journal.add(
        callers.Said(
            kind="mail", trial=number, text=f"{NEEDS[0]}, number {number}.", sender=ASKERS[2],
            external_id=f"r{number}@caller.example",
        )
    )  # fmt: skip
    raw = callers.letter(
        sender=said.sender, to=HELP, subject="Help", text=said.text, message_id=said.external_id
    )
    said.sha256 = callers.sha256(raw)
    callers.by_lmtp(raw, sender=said.sender, to=HELP, port=house.lmtp_port)
    said.is_acknowledged = True


def is_read(house: House, number: int) -> None:
    text = f"{NEEDS[0]}, number {number}."
    if not house.query("SELECT FROM tickets_message WHERE text = %s AND read_at IS NOT NULL", text):
        raise NotYet(text)


def test_pages_say_so_and_pools_heal(server: Breakable) -> None:
    with standing(server, "restarted") as house:
        stamp = house.browser.stamp()
        work = house.processes["work"]
        work.stop()
        work.start("receive.before_settle:sleep:2@1")
        mailed(house, 1)
        until(lambda: house.query(IN_THE_MIDDLE))
        server.crash()

        fields = {"need": NEEDS[1], "reach": "someone@example.net", "stamp": stamp}
        form = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        }
        status, _, said = house.browser.ask("POST", "/", body=urlencode(fields), headers=form)
        assert status == 503
        assert "Please send them again" in said
        assert house.browser.ask("GET", "/desk/team/", headers=callers.cookies())[0] == 503
        assert house.browser.ask("GET", "/readyz")[0] == 503
        assert house.browser.ask("GET", "/healthz")[0] == 200
        with pytest.raises(NotYet):
            mailed(house, 2)

        server.start()
        back = time.monotonic()
        healed = {"readyz": seconds_until(lambda: house.browser.page("/readyz"), since=back)}
        healed["desk"] = seconds_until(
            lambda: house.browser.page("/desk/team/", signed_in=True), since=back
        )
        healed["mail"] = seconds_until(lambda: mailed(house, 3), since=back)
        healed["form"] = seconds_until(lambda: house.browser.send("/", fields), since=back)
        healed["read"] = seconds_until(lambda: is_read(house, 3), since=back)
        print({name: round(seconds, 2) for name, seconds in healed.items()})
        assert max(healed.values()) <= HEALED_S
        [[now]] = house.query("SELECT now()")
        beats = "SELECT FROM procrastinate_workers WHERE last_heartbeat > %s"
        until(lambda: house.query(beats, now), seconds=HEARTBEAT_S + HEALED_S)
        house.until_quiet()
        house.journal.add(said_in_form(fields))
        assert house.reckon() == []


def said_in_form(fields: dict[str, str]) -> callers.Said:
    return callers.Said(
        kind="form", trial=0, text=fields["need"], sender=fields["reach"], is_acknowledged=True
    )


def test_sessions_that_are_ended_again_and_again_lose_nothing(server: Breakable) -> None:
    """As by an administrator, a pooler or a failover: every session ends, about once a second."""
    ended = threading.Event()

    def end_sessions(url: str) -> None:
        rng = random.Random(5)
        while not ended.wait(rng.uniform(0.2, 1.5)):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with standing(server, "ended") as house, ThreadPoolExecutor(6) as hands:
        stamp = house.browser.stamp()
        enemy = hands.submit(end_sessions, house.url)
        rng = random.Random(6)
        try:
            for trial in (1, 2, 3):
                said = deeds(house, rng, trial=trial, stamp=stamp)
                for each in [hands.submit(deed) for deed in said]:
                    each.result()
        finally:
            ended.set()
        enemy.result()
        house.until_quiet()
        assert house.reckon() == []
