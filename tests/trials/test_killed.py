"""Killed at every stage: nothing is lost, nothing is doubled, everybody hears; and the ledger agrees."""

import os
import shutil

import pytest

from tests.trials.breaks import ALARMS, ESSENTIAL, MAILBOX, OTHERS, declared, plan
from tests.trials.house import standing
from tests.trials.postgres import Breakable
from tests.trials.sink import UNEXPLAINED
from tests.trials.trial import Outcome, run

HAS_DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin") is not None and os.geteuid() == 0
IN_A_HOUSE = 20
"""Trials that one house goes through before its reckoning."""


def judged(outcome: Outcome) -> None:
    print(f"\n{outcome.table()}")
    assert outcome.wrongs == []
    assert outcome.reached == outcome.trials
    # What dies before the last dot, or after our commit, brings no letter twice.
    sure = {"work: deliver.before_send", "work: smtp.before_dot", "work: deliver.after_commit"}
    assert not (sure | {UNEXPLAINED}) & set(outcome.second_copies)


def test_twenty_breaks(server: Breakable) -> None:
    outcome = Outcome()
    breaks = plan(range(1, 1 + len(ESSENTIAL)), kinds=ESSENTIAL)
    with standing(server, "twenty") as house:
        run(house, breaks, outcome)
    judged(outcome)


@pytest.mark.soak
def test_two_hundred_breaks(server: Breakable) -> None:
    outcome = Outcome()
    kinds = [*ESSENTIAL, *OTHERS, *(MAILBOX if HAS_DOVECOT else ())]
    for first in range(1, 201, IN_A_HOUSE):
        breaks = plan(range(first, first + IN_A_HOUSE), kinds=kinds)
        needs = any(one.process == "mail" for one in breaks)
        with standing(server, f"house_{first}", has_mailbox=needs) as house:
            run(house, breaks, outcome)
    judged(outcome)
    unreached = declared() - {name.partition(": ")[2] for name in outcome.reached}
    others = {one.point for one in ALARMS if one.point.startswith("alarms.")}
    assert unreached - others == (set() if HAS_DOVECOT else {one.point for one in MAILBOX})
