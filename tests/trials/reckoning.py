"""The reckoning after the trials: ``python -m tests.trials.reckoning < JOURNAL``, on their database.

Reads what was said and which letters the next mail server got; prints every wrong as a JSON line.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import django

STAFF_SIDE = ("watcher", "staff")
STRANGERS = ("charlie@elsewhere.example",)
"""They only ever answer letters that were not theirs: nobody writes to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One promise that was not kept."""

    what: str
    """loss, double, letter or state."""
    trial: int
    """The trial whose message it is about; 0 when no single one."""
    sentence: str


type Entry = dict[str, Any]


def judge(said: list[Entry], letters: list[Entry]) -> Iterator[Wrong]:
    """Every wrong there is."""
    yield from _messages(said)
    yield from _envelopes()
    yield from _requests()
    yield from _owed(said)
    yield from _letters(letters)


def _messages(said: list[Entry]) -> Iterator[Wrong]:
    """What was acknowledged is there once, byte for byte; what was not is there at most once."""
    from homeroom.tickets.models import Message

    for one in said:
        rows = list(_rows(one))
        who = f"{one['kind']} {one['text'][:40]!r}"
        if one["is_acknowledged"] and not rows:
            yield Wrong(what="loss", trial=one["trial"], sentence=f"{who} is gone")
        if len(rows) > 1:
            yield Wrong(
                what="double", trial=one["trial"], sentence=f"{who} is there {len(rows)} times"
            )
        if rows and one["sha256"] and rows[0].raw_id not in {one["sha256"], *one["came_also_as"]}:
            yield Wrong(what="loss", trial=one["trial"], sentence=f"{who} has other bytes")
        pages = {page.split("?")[0] for page in one["told"]}
        if one["kind"] == "form" and len(pages) > 1:
            yield Wrong(what="double", trial=one["trial"], sentence=f"{who} has pages {pages}")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM kit_blob WHERE encode(sha256(content), 'hex') <> sha256"
        )
        (changed,) = cursor.fetchone() or (0,)
    if changed:
        yield Wrong(
            what="loss", trial=0, sentence=f"{changed} blobs have other bytes than their name"
        )
    told = Counter(Message.objects.filter(direction="in").values_list("text", flat=True))
    known = {one["text"] for one in said}
    for text in told.keys() - known:
        yield Wrong(what="state", trial=0, sentence=f"nobody said {text[:60]!r}")


def _rows(one: Entry) -> Any:
    from homeroom.tickets.models import Message

    return Message.objects.filter(text=one["text"])


def _envelopes() -> Iterator[Wrong]:
    from homeroom.channels.models import Envelope
    from homeroom.kit import clock
    from homeroom.pipeline import ledger

    ended = Counter(Envelope.objects.values_list("state", flat=True))
    for state in ("received", "held", "quarantined"):
        if ended[state]:
            why = list(Envelope.objects.filter(state=state).values_list("reason", flat=True)[:3])
            yield Wrong(what="state", trial=0, sentence=f"{ended[state]} envelopes {state}: {why}")
    for hour in ledger.balance(now=clock.now()):
        yield Wrong(what="state", trial=0, sentence=f"ledger of {hour.channel}: {hour.finding}")


def _requests() -> Iterator[Wrong]:
    """Everything was read, and the log of each request leads to its present."""
    from homeroom.tickets import log
    from homeroom.tickets.models import Message, Ticket

    unread = Message.objects.filter(direction="in", read_at=None).count()
    if unread:
        yield Wrong(what="state", trial=0, sentence=f"{unread} messages unread")
    for ticket in Ticket.objects.all():
        present = {name: log.as_written(getattr(ticket, name)) for name in log.PRESENT}
        replayed = log.replay(ticket.events.order_by("id"))
        if replayed != present:
            yield Wrong(
                what="state", trial=0, sentence=f"{ticket.reference}: {replayed} ≠ {present}"
            )
        kinds = Counter(ticket.events.values_list("type", "message_id"))
        for kind in ("ticket.opened", "message.received", "message.sent", "ticket.read"):
            twice = [key for key, n in kinds.items() if key[0] == kind and n > 1]
            if twice:
                yield Wrong(what="double", trial=0, sentence=f"{ticket.reference}: {twice} twice")


def _owed(said: list[Entry]) -> Iterator[Wrong]:
    """Whoever asks has one receipt of the request, and of every answer one letter."""
    from homeroom.channels.models import Delivery

    for one in said:
        for message in _rows(one):
            if one["kind"] in {"desk", "answer"}:
                sent = Delivery.objects.filter(message=message, purpose="reply")
                to = Counter(sent.values_list("recipient", flat=True))
                early, all_of_them = _askers(message)
                if not (early <= to.keys() <= all_of_them and set(to.values()) <= {1}):
                    yield Wrong(
                        what="letter", trial=one["trial"], sentence=f"an answer went to {dict(to)}"
                    )
                continue
            if not one["is_request"] or "@" not in one["sender"]:
                continue
            own = Delivery.objects.filter(
                ticket=message.ticket, purpose="receipt", recipient=one["sender"]
            )
            daily = Delivery.objects.filter(recipient=one["sender"], purpose="neutral")
            if own.count() > 1 or not (own.exists() or daily.exists()):
                sentence = f"{own.count()} receipts for {message.ticket.reference}"
                yield Wrong(what="letter", trial=one["trial"], sentence=sentence)


def _askers(message: Any) -> tuple[set[str], set[str]]:
    """Whom an answer must reach: everyone who had asked and can be mailed; and with those, whoever
    was brought into the request after it was written, whom it may reach."""
    ticket = message.ticket
    parties = ticket.participants.filter(kind="email").exclude(role__in=STAFF_SIDE)
    answered = ticket.events.get(type="message.sent", message=message)
    later = ticket.events.filter(type="message.moved", id__gt=answered.id)
    late = [number for event in later for number in event.data.get("admitted", ())]
    early = set(parties.exclude(id__in=late).values_list("value", flat=True))
    return early, set(parties.values_list("value", flat=True))


def _letters(letters: list[Entry]) -> Iterator[Wrong]:
    """What we wrote is at the next mail server and says the same each time; nothing else is there."""
    from homeroom.channels.models import Delivery

    queued = dict(Delivery.objects.values_list("external_id", "recipient"))
    bytes_of: dict[str, set[str]] = {}
    for letter in letters:
        bytes_of.setdefault(letter["message_id"], set()).add(letter["content"])
        if queued.get(letter["message_id"]) != letter["to"]:
            yield Wrong(what="letter", trial=letter["trial"], sentence=f"nobody wrote {letter}")
    # A person may answer what a stranger wrote; the house by itself tells strangers nothing.
    for row in Delivery.objects.filter(recipient__in=STRANGERS):
        if row.purpose != "reply" or row.ticket is None or row.ticket.linked_to_id is None:
            yield Wrong(what="letter", trial=0, sentence=f"{row.recipient} got a {row.purpose}")
    for name, recipient in queued.items():
        if name not in bytes_of:
            row = Delivery.objects.get(external_id=name)
            sentence = f"{row.purpose} to {recipient} never left: {row.state} {row.error}"
            yield Wrong(what="letter", trial=0, sentence=sentence)
    for name, contents in bytes_of.items():
        if len(contents) > 1:
            yield Wrong(what="letter", trial=0, sentence=f"copies of {name} differ")


def _main() -> None:
    django.setup()
    given = json.load(sys.stdin)
    for wrong in judge(given["said"], given["letters"]):
        print(json.dumps(asdict(wrong)))


if __name__ == "__main__":
    _main()
