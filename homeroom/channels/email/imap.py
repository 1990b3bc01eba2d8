"""Watching mailboxes: every message once, by its UID, whatever flags and dates it has."""

import hashlib
import json
import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from django.db import close_old_connections, connection, connections, transaction

from homeroom.channels.email.mailbox import (
    Folder,
    Link,
    Mailbox,
    MailboxError,
    RefusedMessageError,
    Tokens,
    read_url,
)
from homeroom.channels.models import Envelope
from homeroom.district.models import Channel
from homeroom.kit import blobs, clock
from homeroom.kit.failpoint import reach
from homeroom.kit.live import announce

log = logging.getLogger(__name__)

LONGEST_PAUSE: Final = 300.0
"""Seconds between attempts to reach a mailbox that stays away; the first pause is one second."""
SAVE_EVERY: Final = 25
"""Messages between two writings of the cursor; after a crash so many are fetched again at most."""


class Keep(Protocol):
    """Keeps raw bytes durably under a key that makes them one, or raises."""

    def __call__(
        self, raw: bytes, recipients: Sequence[str], *, key: str, entry_id: int | None
    ) -> object:
        """Return when they are committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far one folder has been read; kept in the entry's row, moved only after the commit."""

    uidvalidity: int = 0
    last_uid: int = 0
    from_uid: int = 1
    """Older messages are none of ours: they lay there before the first visit."""
    match_below: int = 0
    """The folder got new numbers: messages below this UID may be known under their old ones."""
    checked_on: str = ""
    """The day all UIDs were last compared with what is stored."""
    seen_at: str = ""
    """When the folder was last read to its end; a time long past is an alarm."""
    trouble: str = ""
    """Why it cannot be read, in a sentence; empty when it can."""


class Watcher:
    """Reads one mailbox for as long as it is told to."""

    def __init__(
        self,
        mailbox: Mailbox,
        entry: Channel,
        store: Keep,
        *,
        now: Callable[[], datetime] = clock.now,
        max_bytes: int = 40_000_000,
        tokens: Tokens | None = None,
    ) -> None:
        self.mailbox, self.entry, self.store = mailbox, entry, store
        self.now, self.max_bytes, self.tokens = now, max_bytes, tokens
        self.recipients = (entry.address or mailbox.account,)

    def run(self, stop: threading.Event) -> None:
        """Read, wait, read again; after trouble come back with growing pauses."""
        failures = 0
        while not stop.is_set():
            try:
                for _ in self._visits(stop):
                    failures = 0
            except Exception as error:  # the watcher outlives whatever happens to one visit
                if not isinstance(error, MailboxError):
                    log.exception("%s stumbled", self.mailbox.name)
                self._note_trouble(error)
                pause = min(2.0**failures, LONGEST_PAUSE) * random.uniform(0.5, 1.0)
                failures = min(failures + 1, 16)
                stop.wait(pause)
        connections.close_all()

    def _visits(self, stop: threading.Event) -> Iterator[None]:
        """Yields after each complete reading of the folder, over one connection."""
        link = Link.open(self.mailbox, self.tokens)
        try:
            while not stop.is_set():
                close_old_connections()
                # Only when a look finds nothing new is it sure that IDLE will tell of the next one.
                while self.sweep(link, stop) and not stop.is_set():
                    pass
                yield
                link.wait(stop)
        finally:
            link.close()

    def sweep(self, link: Link, stop: threading.Event | None = None) -> int:
        """Take what is new, and once a day what is missing; how many messages were taken."""
        folder = link.look()
        cursor = self._at(folder)
        today = self.now().date().isoformat()
        is_check = cursor.checked_on != today
        low = max(cursor.from_uid, 1 if is_check else cursor.last_uid + 1)
        known = self._known(folder.uidvalidity) if is_check else frozenset()
        taken = 0
        for uid, size in link.sizes(low, folder.uidnext - 1):
            if stop is not None and stop.is_set():
                self._save(cursor)
                return taken
            if uid not in known:
                self._take(link, uid, size, cursor)
                taken += 1
                if taken % SAVE_EVERY == 0:
                    self._save(cursor)
            cursor = replace(cursor, last_uid=max(uid, cursor.last_uid))
        self._save(replace(cursor, checked_on=today, seen_at=self.now().isoformat(), trouble=""))
        return taken

    def _at(self, folder: Folder) -> Cursor:
        """Where to go on in this folder: at the start when it is new to us or was numbered anew."""
        cursor = self.cursor()
        if cursor.uidvalidity == folder.uidvalidity:
            return cursor
        is_first = not cursor.uidvalidity
        cursor = Cursor(
            uidvalidity=folder.uidvalidity,
            from_uid=folder.uidnext if is_first and self.mailbox.starts_new else 1,
            match_below=0 if is_first else folder.uidnext,
            seen_at=cursor.seen_at,
        )
        self._save(cursor)
        return cursor

    def _take(self, link: Link, uid: int, size: int, cursor: Cursor) -> None:
        """Fetch one message and have it stored; what cannot be fetched whole is held, and shown."""
        key = self._key(cursor.uidvalidity, uid)
        if size > self.max_bytes:
            self._hold(link, uid, key, f"This message is too large to take in ({size} bytes).")
            return
        try:
            raw = link.raw(uid)
        except RefusedMessageError as error:
            self._hold(link, uid, key, str(error))
            return
        if raw is None:
            return  # somebody deleted it meanwhile
        reach("imap.after_fetch")
        if uid >= cursor.match_below or not self._is_old(raw, key, cursor.uidvalidity):
            self.store(raw, self.recipients, key=key, entry_id=self.entry.pk)
        reach("imap.after_store")
        if self.mailbox.marks_seen:
            link.mark_seen(uid)

    def _hold(self, link: Link, uid: int, key: str, reason: str) -> None:
        """Keep the headers of a message that stays in the mailbox, for a person to look at."""
        try:
            head = link.raw(uid, part="HEADER") or b""
        except RefusedMessageError:
            head = b""
        with transaction.atomic(durable=True):
            Envelope.objects.bulk_create(
                [
                    Envelope(
                        channel="email",
                        entry=self.entry,
                        key=key,
                        form=Envelope.Form.RFC822,
                        raw_id=blobs.keep(head, now=self.now()),
                        recipients=list(self.recipients),
                        received_at=self.now(),
                        state=Envelope.State.HELD,
                        reason=f"{reason} It is still in the mailbox."[:300],
                        relation="held",
                        settled_at=self.now(),
                    )
                ],
                ignore_conflicts=True,
            )
            announce(["held"])

    def _key(self, uidvalidity: int, uid: int) -> str:
        return f"{self._prefix()}{uidvalidity}/{uid}"

    def _prefix(self) -> str:
        """What the keys of this folder begin with; a very long name is shortened to its hash."""
        name = self.mailbox.name
        if len(name) > 160:
            name = hashlib.sha256(name.encode()).hexdigest()
        return f"imap:{name}/"

    def _known(self, uidvalidity: int) -> frozenset[int]:
        """The UIDs of this folder that are stored."""
        prefix = f"{self._prefix()}{uidvalidity}/"
        keys = Envelope.objects.filter(channel="email", key__startswith=prefix)
        return frozenset(int(key[len(prefix) :]) for key in keys.values_list("key", flat=True))

    def _is_old(self, raw: bytes, key: str, uidvalidity: int) -> bool:
        """Whether these bytes came from this folder under an old number; they get the new one."""
        mine = Envelope.objects.filter(channel="email", key__startswith=self._prefix())
        old = (
            mine.filter(raw_id=hashlib.sha256(raw).hexdigest())
            .exclude(key__startswith=f"{self._prefix()}{uidvalidity}/")
            .order_by("id")
            .first()
        )
        if old is None or mine.filter(key=key).exists():
            return old is not None
        Envelope.objects.filter(pk=old.pk).update(key=key)
        return True

    def cursor(self) -> Cursor:
        """How far this folder has been read, as stored."""
        kept = Channel.objects.values_list("cursor", flat=True).get(pk=self.entry.pk)
        return Cursor(**kept.get(self.mailbox.name, {}))

    def _save(self, cursor: Cursor) -> None:
        """Store the cursor, leaving those of the entry's other folders alone."""
        with connection.cursor() as row:
            row.execute(
                """UPDATE district_channel SET cursor = cursor || jsonb_build_object(%s::text,
                   %s::jsonb) WHERE id = %s""",
                [self.mailbox.name, json.dumps(asdict(cursor)), self.entry.pk],
            )

    def _note_trouble(self, error: Exception) -> None:
        """Say in the cursor why nothing comes; without a database only the log hears of it."""
        sentence = str(error) if isinstance(error, MailboxError) else "It could not be stored."
        log.warning("%s: %s", self.mailbox.name, sentence)
        try:
            close_old_connections()
            self._save(replace(self.cursor(), trouble=sentence))
        except Exception:  # noqa: BLE001  # the database is what is in trouble
            connections.close_all()


def entry_for(mailbox: Mailbox) -> Channel:
    """The entry that a mailbox belongs to: the intake address of that name, or a row of its own."""
    found = Channel.objects.filter(kind="email", address__iexact=mailbox.account).first()
    if found is not None:
        return found
    return Channel.objects.get_or_create(
        kind="mailbox", address=mailbox.account, defaults={"name": mailbox.account}
    )[0]


def run(
    urls: Sequence[str],
    store: Keep,
    stop: threading.Event,
    *,
    max_bytes: int = 40_000_000,
    tokens: Tokens | None = None,
) -> None:
    """Watch each mailbox in a thread of its own until `stop` is set.

    :raises homeroom.channels.email.mailbox.BadMailboxError: when a URL names no mailbox.
    """
    mailboxes = [read_url(url) for url in urls]
    watchers = [
        Watcher(mailbox, entry_for(mailbox), store, max_bytes=max_bytes, tokens=tokens)
        for mailbox in mailboxes
    ]
    threads = [
        threading.Thread(target=watcher.run, args=(stop,), name=watcher.mailbox.name)
        for watcher in watchers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
