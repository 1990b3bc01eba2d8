"""`make bench`: Homeroom beside Request Tracker and django-helpdesk, in one run on one machine.

`python -m bench` measures and writes docs/bench.md; `python -m bench clean` takes the peers away.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from bench import desk, ground, mail, report
from bench.corpus import Corpus, senders
from bench.ground import HOME, PROGRAMS, CannotRun, Cluster
from bench.house import House
from bench.meter import pss
from bench.peers.helpdesk import Helpdesk
from bench.peers.rt import RequestTracker


def main() -> int:
    """Run what was asked for; 2 when it cannot be run here."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", nargs="?", choices=["run", "clean"], default="run")
    parser.add_argument("--rounds", type=int, default=3, help="alternating rounds (3)")
    parser.add_argument("--sizes", default="10000,100000", help="requests in the lists")
    parser.add_argument("--seconds", type=float, default=40, help="of mail at 10 a second (40)")
    parser.add_argument("--out", type=Path, default=ground.ROOT / "docs" / "bench.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _check()
        if options.what == "clean":
            _clean()
        else:
            _measure(options)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _check() -> None:
    if os.getuid() or not shutil.which("apt-get"):
        raise CannotRun(
            "The bench installs Request Tracker from Debian's packages and starts PostgreSQL "
            "clusters as the user postgres: run it as root on Debian 12."
        )
    if not (PROGRAMS / "initdb").exists():
        raise CannotRun("PostgreSQL 15 is missing: apt-get install postgresql-15.")


def _clean() -> None:
    for name in ("homeroom", "helpdesk", "rt"):
        Cluster(name).stop()
    RequestTracker().remove()
    shutil.rmtree(HOME, ignore_errors=True)


def _measure(options: argparse.Namespace) -> None:
    began = time.monotonic()
    cluster = Cluster("homeroom")
    house, filing = House(cluster, "homeroom"), House(cluster, "homeroom_filing")
    helpdesk, rt = Helpdesk(), RequestTracker()
    found = report.Found(options=options, command=" ".join(["python -m bench", *sys.argv[1:]]))
    try:
        _say("Bringing up django-helpdesk and Request Tracker")
        for peer in (helpdesk, rt):
            peer.install()
            peer.start()
        found.versions = [report.ours(), helpdesk.version(), rt.version(), report.ground_of()]
        _say("Founding a sample district of 10,000 pupils")
        cluster.start()
        house.found()
        for ours in (house, filing):
            ours.empty()
        _mail(found, house, filing, helpdesk, rt, options)
        _pages(found, house, helpdesk, rt, options)
    finally:
        for each in (house, filing, helpdesk, rt):
            each.processes.stop()
        for each in (cluster, helpdesk.cluster, rt.cluster):
            each.stop()
    found.minutes = (time.monotonic() - began) / 60
    print(report.tables(found))
    options.out.write_text(report.page(found), encoding="utf-8")
    print(f"\nWritten to {options.out}.")


def _mail(
    found: "report.Found",
    house: House,
    filing: House,
    helpdesk: Helpdesk,
    rt: RequestTracker,
    options: argparse.Namespace,
) -> None:
    corpus = Corpus(senders(house.folder))
    _say(f"Mail: what a message costs, {options.rounds} rounds")
    found.costs = mail.costs(
        house, filing, helpdesk, rt,
        corpus=corpus, folder=HOME / "mail", rounds=options.rounds,
    )  # fmt: skip
    house.start()
    try:
        house.sign_in()
        _say("Mail: one by one")
        found.singly = mail.one_by_one(house, corpus)
        _say(f"Mail: ten a second for {options.seconds:.0f} s beside an open desk")
        found.delays = mail.paced(house, corpus, seconds=options.seconds)
        found.memory["Homeroom, under mail"] = _memory(house)
    finally:
        house.stop()


def _pages(
    found: "report.Found",
    house: House,
    helpdesk: Helpdesk,
    rt: RequestTracker,
    options: argparse.Namespace,
) -> None:
    # What past requests mean is filled in over hours at a third of a core: not while we measure.
    house.start(without=["vectors"])
    there = 0
    try:
        time.sleep(3)
        for contender in (house, helpdesk, rt):
            found.memory[f"{contender.name}, started"] = _memory(contender)
        for size in map(int, options.sizes.split(",")):
            _say(f"Pages at {size:,} requests: loading")
            for contender in (house, helpdesk, rt):
                contender.load(size - there, there=there)
            there = size
            _say(f"Pages at {size:,} requests: {options.rounds} rounds")
            found.pages.append(desk.measure([house, helpdesk, rt], n=size, rounds=options.rounds))
            for contender in (house, helpdesk, rt):
                found.memory[f"{contender.name}, after pages at {size:,}"] = _memory(contender)
    finally:
        house.stop()


def _memory(contender: "desk.Contender") -> tuple[float, float]:
    """MB of the application and of the database, shared pages counted once."""
    groups = contender.groups
    return pss(groups["app"]), pss(groups["database"])


def _say(what: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}, load {os.getloadavg()[0]:.1f}] {what} ...", flush=True)


if __name__ == "__main__":
    sys.exit(main())
