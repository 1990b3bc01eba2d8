"""A school day of a sample district, lived against a running Homeroom by LMTP and HTTP alone.

    python -m homeroom.demo.simulator FOLDER --lmtp 127.0.0.1:8024 --http http://127.0.0.1:8765

People write mail and fill in the front door's form; offices write down calls when a sign-in is
given; askers answer, chase and thank by replying to what arrives in the sink; staff answer the
notifications they get there, or work at the desk. What is said and when follows from the seed and
the day; the rest of the house is not known to this program.
"""

import argparse
import asyncio
import heapq
import json
import random
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import count, islice
from typing import Final
from zoneinfo import ZoneInfo

import httpx

from homeroom.demo import deeds, folder, letters
from homeroom.demo.crowd import Crowd, Reaction
from homeroom.demo.deeds import Deed
from homeroom.demo.desk import TRIAGE, PageError, Visitor
from homeroom.demo.letters import Letter
from homeroom.demo.pace import Pace
from homeroom.demo.schoolyear import working_days
from homeroom.demo.settings import Settings, arguments, host_port, settings_of
from homeroom.demo.sink import Received, Sink
from homeroom.demo.wire import RefusedError, deliver

_AT_ONCE: Final = 6
_WAITING_AT_MOST: Final = 5_000
_TRIES: Final = 3
_DESK_EVERY: Final = timedelta(minutes=2)
"""Simulated; what comes in at the usual rate can be seen being worked on."""
_DESK_DEEDS: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    ("take", "taken", {}),
    ("reply", "replied", {"reply": "I have this now and will write again today."}),
    ("resolve", "resolved", {"words": "This is done. Please tell us if it is not."}),
)
"""What can be done with a request at the desk, how it is counted, and what is said."""
Act = Callable[[], Awaitable[None]]


class Simulation:
    """One run: a heap of acts in simulated time, done one by one, never faster than allowed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.done: Counter[str] = Counter()
        self.port = 0
        self._folder = folder.read(settings.folder)
        self._crowd = Crowd(self._folder, seed=settings.seed)
        self._heap: list[tuple[datetime, int, Act]] = []
        self._numbers = count()
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._draw = random.Random(f"{settings.seed}/wire")
        self._pace: Pace | None = None
        self._visitors: dict[str, Visitor] = {}
        self._signed_in: dict[str, Visitor] = {}

    async def run(self) -> Counter[str]:
        """Live the days; what was done, by kind. Cancelling it ends everything at once."""
        sink = Sink(self._heard)
        host, port = host_port(self.settings.sink)
        self.port = await sink.open(host, port)
        print(f"Outgoing mail is taken at {host}:{self.port}", flush=True)
        try:
            await self._sign_everybody_in()
            days = working_days(self.settings.day)
            for day in islice(days, self.settings.days or None):
                await self._live(day)
        finally:
            for task in self._under_way:
                task.cancel()
            sink.close()
            for visitor in self._visitors.values():
                await visitor.close()
        return self.done

    async def _live(self, day: date) -> None:
        zone = ZoneInfo(self._folder.timezone)
        begins, ends = (
            datetime.combine(day, at, tzinfo=zone)
            for at in (self.settings.starts, self.settings.ends)
        )
        plan = deeds.plan(
            self._folder,
            day,
            seed=self.settings.seed,
            rate=self.settings.rate,
            incident=self.settings.incident,
        )
        self._pace = Pace(begins=begins, speed=self.settings.speed)
        self._heap.clear()
        for deed in plan:
            if begins <= deed.at < ends:
                self._later(deed.at, self._doing(deed))
        at = begins + _DESK_EVERY
        while self._signed_in and at < ends:
            self._later(at, self._desk_round)
            at += _DESK_EVERY
        await self._until(ends)

    async def _until(self, ends: datetime) -> None:
        """Do the acts in order until the simulated day ends."""
        pace = self._pace
        gap = 60.0 / self.settings.per_minute
        while pace is not None and pace.now() < ends:
            due = min(self._heap[0][0], ends) if self._heap else ends
            wait = pace.real_seconds(due)
            if wait > 0:
                self._wake.clear()
                await _first_of(self._wake.wait(), wait)
                continue
            if not self._heap:
                break
            _, _, act = heapq.heappop(self._heap)
            await self._slots.acquire()
            task = asyncio.create_task(self._safely(act))
            self._under_way.add(task)
            task.add_done_callback(self._over)
            await asyncio.sleep(gap)
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._slots.release()

    async def _safely(self, act: Act) -> None:
        try:
            await act()
        except (OSError, RefusedError, httpx.HTTPError, PageError) as error:
            self.done["failed"] += 1
            print(f"Not done: {error}", file=sys.stderr, flush=True)

    def _later(self, at: datetime, act: Act) -> None:
        if len(self._heap) < _WAITING_AT_MOST:
            heapq.heappush(self._heap, (at, next(self._numbers), act))
            self._wake.set()
        else:
            self.done["dropped"] += 1

    def _doing(self, deed: Deed) -> Act:
        async def act() -> None:
            if deed.door == "form":
                await self._fill_in(deed)
            elif deed.door == "walkup" and self._signed_in:
                await self._write_down(deed)
            else:
                await self._write(deed)

        return act

    async def _write(self, deed: Deed) -> None:
        by = deed.recorder or deed.person
        letter = Letter(
            sender_name=by.name,
            sender=by.email,
            to=deed.to,
            subject=deed.subject,
            text=deed.text,
            at=self._real_now(),
            photo=deed.photo,
        )
        message_id, raw = letters.compose(letter, draw=self._draw)
        if not deed.is_spam and deed.recorder is None:
            self._crowd.did(deed, message_id)
        await self._mail(by.email, deed.to, raw)
        self.done["spam" if deed.is_spam else "mail"] += 1

    async def _fill_in(self, deed: Deed) -> None:
        language, person = deed.scene.language, deed.person
        if language not in self._visitors:
            self._visitors[language] = Visitor(
                self.settings.http, language=language, typing=self.settings.typing
            )
        visitor = self._visitors[language]
        self._crowd.did(deed)
        await visitor.ask(need=deed.text, reach=person.email, name=person.name)
        self.done["form"] += 1

    async def _write_down(self, deed: Deed) -> None:
        visitor = self._draw.choice(list(self._signed_in.values()))
        await visitor.write_down(deed.text)
        self.done["hallway"] += 1

    async def _desk_round(self) -> None:
        """One signed-in person sends on, takes, answers or finishes one request at the desk."""
        visitor = self._draw.choice(list(self._signed_in.values()))
        unsure = await visitor.requests(TRIAGE) if self._draw.random() < 0.5 else []
        if unsure and await visitor.accept(self._draw.choice(unsure[:6])):
            self.done["sent on"] += 1
            return
        paths = await visitor.requests()
        if not paths:
            return
        path = self._draw.choice(paths[:12])
        for do, counted, said in self._draw.sample(_DESK_DEEDS, len(_DESK_DEEDS)):
            if await visitor.act(path, do, **said):
                self.done[counted] += 1
                return

    async def _sign_everybody_in(self) -> None:
        for email, password in self.settings.sign_ins:
            visitor = Visitor(self.settings.http)
            self._visitors[email] = visitor
            try:
                await visitor.sign_in(email, password)
            except (httpx.HTTPError, PageError) as error:
                print(f"Not signed in: {error}", file=sys.stderr, flush=True)
            else:
                self._signed_in[email] = visitor

    def _heard(self, mail: Received) -> None:
        self.done["received"] += 1
        if self._pace is None:
            return
        now = self._pace.now()
        for reaction in self._crowd.react(mail, self._real_now()):
            at = now + timedelta(minutes=reaction.minutes)
            self._later(at, self._reacting(reaction))

    def _reacting(self, reaction: Reaction) -> Act:
        async def act() -> None:
            message_id, raw = letters.compose(reaction.letter, draw=self._draw)
            self._crowd.wrote(reaction.thread, message_id)
            await self._mail(reaction.letter.sender, reaction.recipient, raw)
            self.done["staff reply" if reaction.thread is None else "follow-up"] += 1

        return act

    async def _mail(self, sender: str, recipient: str, raw: bytes) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                await deliver(self.settings.lmtp, sender=sender, recipient=recipient, raw=raw)
            except (OSError, RefusedError):
                if attempt == _TRIES:
                    raise
                await asyncio.sleep(attempt)
            else:
                return

    def _real_now(self) -> datetime:
        return datetime.now(tz=ZoneInfo(self._folder.timezone))


async def _first_of(event: Awaitable[bool], seconds: float) -> None:
    try:
        await asyncio.wait_for(event, seconds)
    except TimeoutError:
        return


async def simulate(settings: Settings) -> Counter[str]:
    """Run until the days are over, or until SIGTERM or SIGINT; what was done, by kind."""
    simulation = Simulation(settings)
    running = asyncio.ensure_future(simulation.run())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, running.cancel)
    try:
        return await running
    except asyncio.CancelledError:
        return simulation.done


def main(argv: list[str] | None = None) -> int:
    """Exit code of one run; the last line says as JSON what was done."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    arguments(parser)
    settings = settings_of(parser.parse_args(argv))
    if not settings.folder.is_dir():
        print(f"There is no district folder at {settings.folder}.", file=sys.stderr)
        return 2
    print(json.dumps(asyncio.run(simulate(settings))), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
