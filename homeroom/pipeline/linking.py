"""One request, however often it is told: what has just come in is put with what it continues.

Nothing is joined that cannot be taken apart again, nothing on words alone, and nothing dangerous.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from homeroom.district import kin
from homeroom.district.kin import Family
from homeroom.district.permissions import SYSTEM
from homeroom.kit.text import fold
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.context import Context
from homeroom.routing.values import Decision
from homeroom.tickets import alike
from homeroom.tickets.alike import Near, Search
from homeroom.tickets.automation import may_automate
from homeroom.tickets.models import LIVE, Message, Participant, Ticket
from homeroom.understanding import turns
from homeroom.understanding.reading import Reading
from homeroom.understanding.safety import Level
from homeroom.understanding.sameness import Sameness, Telling, Tie, Verdict, sameness
from homeroom.understanding.turns import Move, Turn

log = logging.getLogger(__name__)

KINDS = {
    "room": "room", "location_detail": "place", "asset_tag": "asset", "route": "route",
    "about": "student", "student": "student", "app_name": "app", "equipment": "device",
}  # fmt: skip
"""Fields of a request's context that tell one trouble from another, in the words of `sameness`."""
WHO = {
    Tie.PERSON: "the same person", Tie.NAME: "somebody of the same name",
    Tie.HOUSEHOLD: "the same household", Tie.APART: "another adult of the same pupil",
    Tie.PLACE: "a colleague at the same place", Tie.NONE: "the same words",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What the newcomer belongs to, how sure, and what may be done about it."""

    ticket: Ticket
    tie: Tie
    move: Move
    sameness: Sameness
    joins: bool
    """Put into the other; else only staff see the two side by side."""
    ends: bool = False
    """The asker's own word that it is over."""
    is_danger: bool = False

    @property
    def kind(self) -> str:
        """What the message is now (CONTRACT §5)."""
        if self.move is Move.THANKS:
            return "thanks"
        return "request" if self.move is Move.NEW else "follow_up"

    @property
    def relation(self) -> str:
        """How the message relates to the request (CONTRACT §5)."""
        return "joined" if self.move is Move.NEW else "continued"

    @property
    def sentence(self) -> str:
        """Why, in plain English."""
        reference, sure = self.ticket.reference, round(100 * self.sameness.probability)
        if self.joins:
            return f"It belongs to {reference}: {WHO[self.tie]}, {sure} in 100 sure."
        return f"It may belong to {reference}: {WHO[self.tie]}."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Teller:
    """Who has just told it, as far as ties go."""

    person_id: int | None
    named_id: int | None
    """The one person of that name, when the address says nothing."""
    is_vouched: bool
    """A member of staff wrote it down and gave the name."""
    addresses: tuple[tuple[str, str], ...]
    name: str
    family: Family
    workers: frozenset[int]
    """Who works where the named room or device is."""


def find(
    message: Message, *, reading: Reading, decision: Decision, context: Context, house: Surroundings
) -> Link | None:
    """The request that what has just come in continues or tells again, if there is one."""
    if not alike.is_first(message):
        return None
    turn = turns.turn(message.subject, message.text, name=message.sender_name)
    teller = _teller(message)
    own = {pk for pk in (teller.person_id, teller.named_id) if pk is not None}
    found = alike.near(
        Search(
            ticket_id=message.ticket_id,
            at=message.at,
            people=own | teller.family.together | teller.family.apart,
            addresses=teller.addresses,
            place_id=context.columns.get("place_id"),
            asset_id=context.columns.get("asset_id"),
            points_at=message.ticket.linked_to_id,
        ),
        viewer=SYSTEM,
    )
    if not found:
        return None
    teller = _with_workers(teller, found, context)
    mine = _newcomer(message, reading, decision, context, turn, family=teller.family)
    links = [
        link
        for one in found
        if (link := _compare(mine, one, message=message, teller=teller, turn=turn, house=house))
    ]
    best = max(links, key=_worth, default=None)
    if best is None or best.sameness.verdict is Verdict.OTHER:
        return None
    danger = reading.safety.level is not Level.NONE or not may_automate(best.ticket)
    joins = best.sameness.verdict is Verdict.SAME and not danger
    return replace(best, joins=joins, is_danger=danger, ends=best.ends and joins)


def _worth(link: Link) -> tuple[bool, bool, float, datetime]:
    """The surest; of equally sure ones that which was talked of last."""
    return (
        link.sameness.verdict is Verdict.SAME,
        link.ticket.status in LIVE or link.move is not Move.NEW,
        round(link.sameness.probability, 1),
        link.ticket.last_at or link.ticket.opened_at,
    )


def _teller(message: Message) -> _Teller:
    ticket = message.ticket
    name = message.sender_name or (ticket.requester.name if ticket.requester else "")
    named = kin.called(name, viewer=SYSTEM) if name and ticket.requester_id is None else None
    parties = message.ticket.participants.filter(role=Participant.Role.REQUESTER)
    own = [(kind, value) for kind, value in parties.values_list("kind", "value") if value]
    if name:
        own.append(("name", fold(name)))
    who = ticket.requester_id or named
    return _Teller(
        person_id=ticket.requester_id,
        named_id=named,
        is_vouched=message.recorded_by_id is not None,
        addresses=tuple(dict.fromkeys(own)),
        name=fold(name),
        family=kin.family(who, viewer=SYSTEM) if who else kin.NOBODY,
        workers=frozenset(),
    )


def _with_workers(teller: _Teller, found: tuple[Near, ...], context: Context) -> _Teller:
    """The same, with who of all who tell works at the place that is named."""
    place = context.columns.get("place_id")
    askers = {one.ticket.requester_id for one in found} - {teller.person_id, None}
    if place is None or teller.person_id is None or not askers:
        return teller
    people = [teller.person_id, *(pk for pk in askers if pk is not None)]
    workers = kin.work_at(place, people, viewer=SYSTEM)
    return replace(teller, workers=workers)


def _compare(
    mine: Telling, one: Near, *, message: Message, teller: _Teller, turn: Turn, house: Surroundings
) -> Link | None:
    """The newcomer beside one request that may be meant; the likest of its tellings counts."""
    tie = _tie(teller, one)
    is_done = one.ticket.status not in LIVE
    if tie is Tie.NONE or (is_done and turn.move is Move.NEW):
        return None
    points = message.ticket.linked_to_id == one.ticket.pk
    mine = replace(mine, leans=turn.move is not Move.NEW or points)
    theirs = _tellings(one, house=house, family=teller.family)
    best = max((sameness(mine, each, tie=tie) for each in theirs), key=lambda s: s.probability)
    if tie is Tie.APART or (tie is Tie.HOUSEHOLD and one.ticket.sensitivity == "confidential"):
        best = replace(best, verdict=min(best.verdict, Verdict.MAYBE, key=_caution))
    ends = turn.move is Move.DONE and turn.is_bare and tie is Tie.PERSON
    return Link(ticket=one.ticket, tie=tie, move=turn.move, sameness=best, joins=False, ends=ends)


def _caution(verdict: Verdict) -> int:
    return [Verdict.OTHER, Verdict.MAYBE, Verdict.SAME].index(verdict)


def _tie(teller: _Teller, one: Near) -> Tie:
    """What binds the teller to those who ask in that request."""
    asker = one.ticket.requester_id
    who = teller.person_id or (teller.named_id if teller.is_vouched else None)
    reach = {pair for pair in teller.addresses if pair[0] != "name"}
    if (asker is not None and asker == who) or reach & one.addresses:
        return Tie.PERSON
    if ("name", teller.name) in one.addresses and (teller.is_vouched or teller.person_id):
        return Tie.PERSON if one.recorded_by else Tie.NAME
    if asker is None:
        return Tie.NONE
    if asker == teller.named_id:
        return Tie.NAME
    if who is not None and asker in teller.family.together:
        return Tie.HOUSEHOLD
    if who is not None and asker in teller.family.apart:
        return Tie.APART
    if {asker, teller.person_id} <= teller.workers:
        return Tie.PLACE
    return Tie.NONE


def _newcomer(
    message: Message,
    reading: Reading,
    decision: Decision,
    context: Context,
    turn: Turn,
    *,
    family: Family,
) -> Telling:
    speaks = bool(turn.content)
    service = decision.service if speaks else None
    return Telling(
        at=message.at.timestamp(),
        vector=reading.vector if speaks else None,
        is_english=reading.language.code == "en",
        service=service.source_id if service else "",
        department=service.department_source_id if service else "",
        facts=_facts(context.facts, context.columns, family=family),
        words=turn.content,
    )


def _tellings(one: Near, *, house: Surroundings, family: Family) -> Iterator[Telling]:
    """A request as it was told, each time it was."""
    ticket = one.ticket
    service = next((each for each in house.offered.values() if each.id == ticket.service_id), None)
    columns = {"place_id": ticket.place_id, "asset_id": ticket.asset_id}
    facts = _facts(ticket.context, columns, family=family)
    for told in one.told or (alike.SILENT,):
        is_ours = told.vector is not None and told.encoder == house.encoders.fingerprint
        yield Telling(
            at=(ticket.last_at or ticket.opened_at).timestamp(),
            vector=np.frombuffer(told.vector, np.float16).astype(np.float32)
            if is_ours and told.vector
            else None,
            is_english=ticket.language == "en",
            service=service.source_id if service else "",
            department=service.department_source_id if service else "",
            facts=facts,
            words=turns.content(told.subject, told.words),
        )


def _facts(
    context: Mapping[str, object], columns: Mapping[str, int | None], *, family: Family
) -> dict[str, frozenset[str]]:
    """What was named, by kind: ids where something was found, else the words."""
    named: dict[str, set[str]] = {}
    for name, fact in context.items():
        kind = KINDS.get(name)
        if kind is None or not isinstance(fact, Mapping):
            continue
        number, value = str(fact.get("id") or ""), fold(str(fact.get("value") or ""))
        if fact.get("source") == "roster":
            if kind == "student" and value:
                named.setdefault("child", set()).add(value)
        elif kind != "student":
            named.setdefault(kind, set()).update({f"#{number}", value} if number else {value})
        elif number and int(number) in family.students:
            named.setdefault(kind, set()).add(f"#{number}")
            named.setdefault("child", set()).add(value)
    for kind, column in (("room", "place_id"), ("asset", "asset_id")):
        if columns.get(column):
            named.setdefault(kind, set()).add(f"#{columns[column]}")
    return {kind: frozenset(values - {""}) for kind, values in named.items() if values - {""}}
