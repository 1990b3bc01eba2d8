"""Alarms: rung by words of danger, called for in rounds, until a person says that they have it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction

from homeroom.kit.live import announce
from homeroom.tickets.bells import Alarm, Round
from homeroom.tickets.log import SYSTEM, Actor, Entry, Type, record
from homeroom.tickets.models import Ticket
from homeroom.tickets.queries import visible
from homeroom.tickets.writing import Change, changing

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer
    from homeroom.tickets.models import Message

TOPIC: Final = "alarms"
"""What open desks of those who may see alarms follow."""
QUEUE: Final = "alarms"
AFTER: Final = (timedelta(0), timedelta(minutes=5), timedelta(minutes=15))
"""When the rounds of an alarm come, counted from its first second."""
IN_HAND: Final = timedelta(hours=1)
"""Whoever said that they have it is taken to be with it for so long: further words of the same
danger do not ring meanwhile, the one who has it hears of them as of any answer."""
TEST: Final = "test"
SHOWN: Final = 2
"""Alarms that a page shows at once, the oldest first."""


def ring(change: Change, *, message: "Message | None", kind: str, is_graver: bool) -> bool:
    """Ring for the request that is being changed; whether it rings anew.

    `is_graver`: this kind of danger was not known before, so that it rings in any case.
    """
    ticket, now = change.ticket, change.now
    known = Alarm.objects.filter(ticket=ticket)
    if known.filter(acknowledged_at=None).exists():
        return False
    if not is_graver and known.filter(acknowledged_at__gt=now - IN_HAND).exists():
        return False
    alarm = Alarm.objects.create(ticket=ticket, message=message, kind=kind, rung_at=now)
    _plan(alarm, rounds=len(AFTER))
    change.say(Type.ALARMED, message=message, kind=kind, alarm=alarm.pk)
    announce([TOPIC], queues=[QUEUE])
    return True


def _plan(alarm: Alarm, *, rounds: int) -> None:
    Round.objects.bulk_create(
        Round(alarm=alarm, number=number, due_at=alarm.rung_at + after)
        for number, after in enumerate(AFTER[:rounds], 1)
    )


def ring_test(*, now: datetime) -> Alarm:
    """Ring without a request, for the first round alone: people see that it reaches them."""
    with transaction.atomic():
        Alarm.objects.filter(ticket=None, acknowledged_at=None).update(acknowledged_at=now)
        alarm = Alarm.objects.create(kind=TEST, rung_at=now)
        _plan(alarm, rounds=1)
        announce([TOPIC], queues=[QUEUE])
    return alarm


def due(*, now: datetime, limit: int = 50) -> list[int]:
    """The rounds to call now, the longest due first.

    By hand: this is asked at every minute of a replay, and nearly always there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT round.id FROM tickets_round round
               JOIN tickets_alarm alarm ON alarm.id = round.alarm_id
               WHERE round.called_at IS NULL AND round.due_at <= %s
                 AND alarm.acknowledged_at IS NULL ORDER BY round.due_at, round.id LIMIT %s""",
            [now, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def take(round_id: int) -> Round | None:
    """The round with its alarm, held until the caller's transaction ends; nothing when it is done,
    somebody has said that they have it, or another worker holds it.
    """
    return (
        Round.objects.select_for_update(of=("self", "alarm"), skip_locked=True)
        .select_related("alarm")
        .filter(pk=round_id, called_at=None, alarm__acknowledged_at=None)
        .first()
    )


def called(
    one: Round, *, people: list[int], n_called: int, is_for_all: bool, now: datetime
) -> None:
    """Write down that the round was called, in the caller's transaction.

    `people` are the numbers of the persons, for the log; `n_called` counts addresses.
    """
    Round.objects.filter(pk=one.pk).update(called_at=now, n_called=n_called)
    alarm = one.alarm
    if is_for_all and not alarm.is_for_all:
        Alarm.objects.filter(pk=alarm.pk).update(is_for_all=True)
    if alarm.ticket is not None:
        data = {"alarm": alarm.pk, "round": one.number, "people": people, "n": n_called}
        entry = Entry(type=Type.CALLED, at=now, actor=SYSTEM, ticket=alarm.ticket, data=data)
        record([entry], now=now)


def rattle() -> None:
    """Have the open desks of those who may see alarms look again, when the transaction commits."""
    announce([TOPIC])


def acknowledge(ticket: Ticket, *, by: Actor, now: datetime) -> bool:
    """A person has it: nobody else is called, and it is theirs when it was nobody's.

    Whether it was still ringing: the first one who says so stays in the log.
    """
    with changing(ticket, by=by, now=now) as change:
        rows = Alarm.objects.filter(ticket=change.ticket, acknowledged_at=None)
        numbers = list(rows.values_list("pk", flat=True))
        if not numbers:
            return False
        rows.update(acknowledged_at=now, acknowledged_by_id=by.id)
        change.say(Type.ACKNOWLEDGED, alarm=numbers[0])
        if change.ticket.assignee_id is None and by.id is not None:
            change.give(team_id=change.ticket.team_id, assignee_id=by.id)
        announce([TOPIC], queues=[])
    return True


def acknowledge_test(number: int, *, by: Actor, now: datetime) -> bool:
    """A person has heard the test of that number; whether it was still ringing."""
    with transaction.atomic():
        rows = Alarm.objects.filter(pk=number, ticket=None, acknowledged_at=None)
        n = rows.update(acknowledged_at=now, acknowledged_by_id=by.id)
        announce([TOPIC], queues=[])
    return bool(n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """An alarm that nobody has, as far as its place on a page needs it: no words, no names."""

    number: int
    kind: str
    reference: str
    """Empty for a test."""
    place: str
    """The school it is about, when one is known."""
    rung_at: datetime


def ringing(*, viewer: "Viewer") -> list[Ringing]:
    """The alarms that this viewer may see and nobody has, the oldest first.

    One query while nothing rings.
    """
    if not viewer.is_staff:
        return []
    rows = list(
        Alarm.objects.filter(acknowledged_at=None)
        .select_related("ticket__org")
        .only("kind", "rung_at", "ticket__reference", "ticket__org__name")
        .order_by("rung_at", "id")[:100]
    )
    if not rows:
        return []
    numbers = [row.ticket_id for row in rows if row.ticket_id]
    seen = set(
        Ticket.objects.filter(visible(viewer=viewer), pk__in=numbers).values_list("pk", flat=True)
    )
    hears_tests = viewer.is_on_call or viewer.kind == "administrator"
    return [
        Ringing(
            number=row.pk,
            kind=row.kind,
            reference=(row.ticket.reference or "") if row.ticket else "",
            place=row.ticket.org.name if row.ticket and row.ticket.org else "",
            rung_at=row.rung_at,
        )
        for row in rows
        if (row.ticket_id in seen if row.ticket_id else hears_tests)
    ]


def last_test(*, viewer: "Viewer") -> Alarm | None:
    """The newest test with its round and who heard it; for administrators."""
    if viewer.kind not in {"administrator", "system"}:
        return None
    tests = Alarm.objects.filter(ticket=None).select_related("acknowledged_by")
    return tests.prefetch_related("rounds").order_by("-id").first()
