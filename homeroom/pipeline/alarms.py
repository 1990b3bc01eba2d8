"""Danger reaches a person: what its words bring, and the rounds in which people are called."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction

from homeroom.channels import deliver
from homeroom.channels.email.letters import ALARM, ALARM_TEST
from homeroom.district import identify, oncall
from homeroom.district.models import Service
from homeroom.district.oncall import Called, Rota
from homeroom.district.permissions import SYSTEM
from homeroom.kit.failpoint import reach
from homeroom.routing.values import Decision
from homeroom.tickets import alarms
from homeroom.tickets.bells import Round
from homeroom.tickets.log import Type
from homeroom.tickets.models import Message, Status, Ticket
from homeroom.tickets.writing import Change
from homeroom.understanding.safety import SAFE, Danger, Level, Safety, watch

log = logging.getLogger(__name__)

GRAVITY: Final = {kind.value: place for place, kind in enumerate(Danger)}
"""The gravest kind first."""
LOOKED_AT: Final = 20_000
"""Characters of a message that nobody could understand in which words of danger are looked for."""


def heed(change: Change, message: Message, found: Safety, *, decision: Decision | None) -> None:
    """Whatever else was decided: the slightest sign of danger brings a person who owns the request,
    and a clear one restricts it, rings, and calls people. Nothing is ever lowered.
    """
    if found.level is Level.NONE:
        return
    change.quietly(needs_person=True, needs_triage=True)
    _bring_back(change)
    if found.level is Level.PAGE:
        _restrict(change, message, found, decision=decision)
    if change.ticket.team_id is None and change.ticket.assignee_id is None:
        _give(change, decision)
    if change.ticket.team_id is None and change.ticket.assignee_id is None:
        # Nobody can own it: those who are on call, or run the house, must hear of it.
        kind = found.kind or Danger.THREAT
        alarms.ring(change, message=message, kind=kind.value, is_graver=True)


def heed_unread(change: Change, message: Message) -> None:
    """The same for a message that could not be understood: its words alone are looked at.

    Nobody has read it, so no machine goes on with it in any case.
    """
    change.quietly(needs_person=True, needs_triage=True)
    heed(change, message, by_words(message), decision=None)


def by_words(message: Message) -> Safety:
    """The danger that the words of a message alone point at, whatever becomes of understanding."""
    try:
        return watch(f"{message.subject}\n{message.text}"[:LOOKED_AT])
    except Exception:  # the list of words may be the very thing that stumbles
        log.exception("message %s could not be looked at for danger", message.pk)
        return SAFE


def _bring_back(change: Change) -> None:
    """A request that waits or is done is open again."""
    status = change.ticket.status
    if status in {Status.RESOLVED, Status.CLOSED}:
        change.reopen()
    elif status == Status.WAITING:
        change.set(Type.RESUMED, status=Status.OPEN, waiting_until=None)


def _restrict(
    change: Change, message: Message, found: Safety, *, decision: Decision | None
) -> None:
    """From here on it is for people who watch for danger alone, and they are called."""
    kind = (found.kind or Danger.THREAT).value
    known = change.ticket.safety
    is_graver = not known or GRAVITY.get(kind, 0) < GRAVITY.get(known, 0)
    if is_graver:
        change.set(Type.PRIORITISED, priority=1)
        change.quietly(safety=kind, sensitivity="safety")
    if not known:
        team_id = _watchers(decision) or change.ticket.team_id
        change.give(team_id=team_id, assignee_id=None if team_id else change.ticket.assignee_id)
    alarms.ring(change, message=message, kind=kind, is_graver=is_graver)


def _watchers(decision: Decision | None) -> int | None:
    """The team that watches for danger: the one decided on, else the first there is."""
    if decision is not None and decision.service and decision.service.sensitivity == "safety":
        return decision.service.team_id
    rows = Service.objects.filter(sensitivity="safety", is_active=True, team__is_active=True)
    return rows.order_by("source_id").values_list("team_id", flat=True).first()


def _give(change: Change, decision: Decision | None) -> None:
    """Somebody owns it: those who watch for danger, else the likeliest team."""
    likeliest = decision.service.team_id if decision is not None and decision.service else None
    team_id = _watchers(decision) or likeliest
    if team_id is not None:
        change.give(team_id=team_id, assignee_id=None)


def drain(*, now: datetime, limit: int = 50) -> int:
    """Call for every round that is due, each in its own commit; how many were called.

    A round is called once: its row is held while the letters are queued, and both are one commit.
    """
    return sum(call(round_id, now=now) for round_id in alarms.due(now=now, limit=limit))


def call(round_id: int, *, now: datetime) -> bool:
    """Call the people of one round through every door; whether it was ours to call."""
    with transaction.atomic():
        one = alarms.take(round_id)
        if one is None:
            return False
        rota = oncall.rota(at=now, viewer=SYSTEM)
        people, is_for_all = chosen(one.number, rota, owner=_owner(one.alarm.ticket))
        reach("alarms.before_call")
        for ring_at in DOORS.values():
            ring_at(one, people, now)
        alarms.called(
            one,
            people=sorted({each.person_id for each in people if each.person_id}),
            n_called=len(people),
            is_for_all=is_for_all,
            now=now,
        )
        reach("alarms.before_commit")
    reach("alarms.after_commit")
    if not people:
        log.error("nobody can be called for alarm %s: the on-call list is empty", one.alarm_id)
    return True


def chosen(number: int, rota: Rota, *, owner: Called | None) -> tuple[tuple[Called, ...], bool]:
    """Who is called in that round, and whether administrators are: pure.

    First the first step of the ladder and whoever owns the request, then the next step, at last
    everyone. A step that is not there is everyone's turn.
    """
    steps = rota.ladder or (rota.administrators,)
    if number == 1:
        first = steps[0]
        new = owner is not None and owner.address not in {one.address for one in first}
        people = (*first, owner) if new and owner is not None else first
        return people, not rota.ladder
    if number == 2 and len(rota.ladder) > 1:
        return rota.ladder[1], False
    listed = {one.address.lower() for one in rota.everyone}
    others = (one for one in rota.administrators if one.address.lower() not in listed)
    return (*rota.everyone, *others), True


def _owner(ticket: Ticket | None) -> Called | None:
    """Whoever works on the request already."""
    if ticket is None or ticket.assignee is None:
        return None
    address = identify.mail_address(ticket.assignee, viewer=SYSTEM)
    return Called(address=address, person_id=ticket.assignee_id) if address else None


def _by_mail(one: Round, people: tuple[Called, ...], now: datetime) -> None:
    """A letter to each: what kind, where, and the way there; never what was written."""
    ticket = one.alarm.ticket
    for each in people:
        deliver.enqueue(
            ticket=ticket,
            message=None,
            purpose=ALARM if ticket is not None else ALARM_TEST,
            recipient=each.address,
            participant=None,
            language=identify.language(each.person_id, viewer=SYSTEM),
            once=f"alarm:{one.alarm_id}:{one.number}:{each.address.lower()}",
            facts={"danger": one.alarm.kind.replace("_", " "), "round": one.number},
            now=now,
        )


def _on_desks(one: Round, people: tuple[Called, ...], now: datetime) -> None:  # noqa: ARG001
    """Every open desk of those who may see it looks again (`Alarm` is what it finds)."""
    alarms.rattle()


type Door = Callable[[Round, tuple[Called, ...], datetime], None]

DOORS: Final[dict[str, Door]] = {"email": _by_mail, "desk": _on_desks}
"""To call people another way, add its function here: it queues in the round's own transaction."""
