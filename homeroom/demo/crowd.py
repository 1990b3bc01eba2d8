"""How people react to the district's mail: askers follow up, staff answer their notifications."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import exp
from typing import Final

from homeroom.demo import texts
from homeroom.demo.deeds import Deed
from homeroom.demo.folder import Folder, Resident
from homeroom.demo.letters import Letter, Quoted
from homeroom.demo.sink import Received
from homeroom.demo.texts import Scene

_CHASES, _AWAY, _THANKS, _COMES_BACK, _TELLS = 0.12, 0.02, 0.28, 0.04, 0.8
_WORKS, _ASKS, _BEGINS = 0.85, 0.2, 0.35
_STAFF_REPLIES: Final = 3
_REMEMBERED: Final = 2_000
_FRAGMENT: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One request as its asker remembers it."""

    service: str
    scene: Scene
    subject: str

    @property
    def person(self) -> Resident:
        """Who asked."""
        return self.scene.requester


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A letter that is written so many minutes of the simulated day later."""

    minutes: float
    letter: Letter
    thread: Thread | None
    recipient: str


class Crowd:
    """Remembers who asked what, and lets them react; every draw follows from the seed."""

    def __init__(self, folder: Folder, *, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._by_id: dict[str, Thread] = {}
        self._by_words: dict[str, Thread] = {}
        self._by_form: dict[str, Thread] = {}
        self._staff = {person.email: person for person in folder.by_role["staff"]}
        self._heard: Counter[tuple[str, str]] = Counter()
        self._has: dict[str, str] = {}

    def did(self, deed: Deed, message_id: str = "") -> Thread:
        """Remember what was sent, under its Message-ID or, for a form, the asker's address."""
        thread = Thread(service=deed.service, scene=deed.scene, subject=deed.subject)
        self._forget()
        if message_id:
            self._by_id[message_id] = thread
        else:
            self._by_form[deed.person.email] = thread
        self._by_words[_fragment(deed.text)] = thread
        return thread

    def wrote(self, thread: Thread | None, message_id: str) -> None:
        """Remember a later message of the same thread."""
        if thread is not None:
            self._by_id[message_id] = thread

    def react(self, mail: Received, now: datetime) -> Iterator[Reaction]:
        """What the person who got that mail does about it, if anything."""
        thread = self._thread_of(mail)
        key = (mail.to, thread.subject if thread else _bare(mail.subject))
        self._heard[key] += 1
        draw = random.Random(f"{self._seed}/{key}/{self._heard[key]}")
        if thread is not None and thread.person.email == mail.to:
            self.wrote(thread, mail.message_id.strip("<>"))
            yield from self._asker(thread, mail, self._heard[key], now, draw)
        elif mail.to in self._staff and not mail.is_automatic:
            yield from self._worker(self._staff[mail.to], mail, key, now, draw)

    def _thread_of(self, mail: Received) -> Thread | None:
        for id_ in reversed(mail.references.split()):
            if id_.strip("<>") in self._by_id:
                return self._by_id[id_.strip("<>")]
        return self._by_form.pop(mail.to, None)

    def _forget(self) -> None:
        for known in (self._by_id, self._by_words, self._by_form):
            while len(known) > _REMEMBERED:
                del known[next(iter(known))]

    def _asker(
        self, thread: Thread, mail: Received, nth: int, now: datetime, draw: random.Random
    ) -> Iterator[Reaction]:
        scene, person = thread.scene, thread.person
        chance = draw.random()
        if nth == 1 and chance < _AWAY:
            away = texts.around("away", scene, draw)
            yield _reply(person, mail, away, now, minutes=1, thread=thread, automatic=True)
        elif mail.asks and chance < _TELLS:
            told = texts.exchange(thread.service, "told", scene, draw)
            yield _reply(person, mail, told, now, minutes=draw.uniform(3, 45), thread=thread)
        elif nth == 1 and chance < _AWAY + _CHASES:
            chase = texts.around("chase", scene, draw)
            yield _reply(person, mail, chase, now, minutes=draw.uniform(45, 240), thread=thread)
        elif nth > 1 and chance < _THANKS:
            thanks = texts.around("thanks", scene, draw)
            yield _reply(person, mail, thanks, now, minutes=draw.uniform(2, 60), thread=thread)
        elif nth > 1 and chance < _THANKS + _COMES_BACK:
            again = texts.around("again", scene, draw)
            yield _reply(person, mail, again, now, minutes=draw.uniform(30, 200), thread=thread)

    def _worker(
        self,
        person: Resident,
        mail: Received,
        key: tuple[str, str],
        now: datetime,
        draw: random.Random,
    ) -> Iterator[Reaction]:
        # Of a team that is told, the first to be drawn takes it; the others leave it to them.
        first = self._has.setdefault(key[1], person.id) == person.id
        if not first or self._heard[key] > _STAFF_REPLIES or draw.random() > _WORKS:
            return
        known = self._known(mail.text)
        begins = draw.random() if self._heard[key] == 1 else 1.0
        minutes = 20 * exp(draw.gauss(0, 0.8))
        if begins < _ASKS and known:
            asked = texts.exchange(known.service, "ask", known.scene, draw)
            yield _reply(person, mail, asked, now, minutes=minutes)
            return
        if begins < _ASKS + _BEGINS:
            line = texts.around("first", known.scene, draw) if known else _BEGUN
            yield _reply(person, mail, line, now, minutes=minutes)
            minutes += 60 * exp(draw.gauss(0, 0.8))
        done = texts.exchange(known.service, "done", known.scene, draw) if known else _DONE
        yield _reply(person, mail, done, now, minutes=minutes)

    def _known(self, text: str) -> Thread | None:
        shown = " ".join(text.lower().split())
        for words, thread in reversed(self._by_words.items()):
            if words in shown:
                return thread
        return None


_BEGUN: Final = "I have this and am looking at it now."
_DONE: Final = "This is done. Please write back if anything is still wrong."


def _fragment(text: str) -> str:
    longest = max(text.splitlines() or [text], key=len)
    return " ".join(longest.lower().split())[:_FRAGMENT]


def _bare(subject: str) -> str:
    return subject.lower().removeprefix("re:").strip()


def _reply(
    person: Resident,
    mail: Received,
    text: str,
    now: datetime,
    *,
    minutes: float,
    thread: Thread | None = None,
    automatic: bool = False,
) -> Reaction:
    quoted = Quoted(
        message_id=mail.message_id,
        references=mail.references,
        sender=mail.sender,
        subject=mail.subject,
        text=mail.text.strip(),
        at=now,
    )
    letter = Letter(
        sender_name=person.name,
        sender=person.email,
        to=mail.reply_to,
        subject=mail.subject,
        text=text,
        at=now,
        answers=quoted,
        signature=person.name if person.role == "staff" else "",
        automatic=automatic,
    )
    return Reaction(minutes=minutes, letter=letter, thread=thread, recipient=mail.reply_to)
