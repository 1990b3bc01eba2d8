"""One request, however often it is told: what has just come in is put with what it continues.

Nothing is joined that cannot be taken apart again, nothing on words alone, and nothing dangerous.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from homeroom.district.permissions import SYSTEM
from homeroom.pipeline import tellers, tellings
from homeroom.pipeline.surroundings import Surroundings
from homeroom.pipeline.tellers import Teller
from homeroom.pipeline.tellings import Known
from homeroom.routing import queries as routing
from homeroom.routing.context import Context
from homeroom.routing.values import Decision
from homeroom.tickets import alike
from homeroom.tickets.alike import Near, Search
from homeroom.tickets.automation import may_automate
from homeroom.tickets.models import LIVE, Message, Ticket
from homeroom.understanding import turns
from homeroom.understanding.reading import Reading
from homeroom.understanding.safety import Level
from homeroom.understanding.sameness import Sameness, Telling, Tie, Verdict, sameness
from homeroom.understanding.turns import Move, Turn

PRIVATE = frozenset({"confidential", "safety"})
"""Sensitivities of requests into which not even a second person of the household is put."""
WHO = {
    Tie.PERSON: "the same person", Tie.NAME: "somebody of the same name",
    Tie.NAMESAKE: "somebody of the same name", Tie.HOUSEHOLD: "the same household",
    Tie.APART: "another adult of the same pupil", Tie.PLACE: "a colleague at the same place",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What the newcomer belongs to, how sure, and what may be done about it."""

    ticket: Ticket
    tie: Tie
    turn: Turn
    sameness: Sameness
    joins: bool
    """Put into the other; else only staff see the two side by side."""
    ends: bool = False
    """The asker's own word that it is over."""
    is_danger: bool = False

    @property
    def move(self) -> Move:
        """What the newcomer does to the other request."""
        return self.turn.move

    @property
    def kind(self) -> str:
        """What the message is now (CONTRACT §5): a few words that joined are no request again."""
        return "follow_up" if self.is_brief else self.turn.kind

    @property
    def is_brief(self) -> bool:
        """Whether it joined as a word more rather than as the whole told again."""
        return self.turn.move is Move.NEW and "brief" in self.sameness.reasons

    @property
    def relation(self) -> str:
        """How the message relates to the request (CONTRACT §5)."""
        return "joined" if self.kind == "request" else "continued"

    @property
    def sentence(self) -> str:
        """Why, in plain English."""
        reference, sure = self.ticket.reference, round(100 * self.sameness.probability)
        if self.joins:
            return f"It belongs to {reference}: {WHO[self.tie]}, {sure} in 100 sure."
        return f"It may belong to {reference}: {WHO[self.tie]}."


def find(
    message: Message,
    *,
    reading: Reading,
    decision: Decision,
    context: Context,
    is_staff: bool,
    house: Surroundings,
) -> Link | None:
    """The request that what has just come in continues or tells again, if there is one."""
    if not alike.is_first(message):
        return None
    who = tellers.teller(message, is_staff=is_staff)
    found = alike.near(
        Search(
            ticket_id=message.ticket_id,
            at=message.at,
            people=who.people,
            addresses=who.addresses,
            place_id=context.columns.get("place_id"),
            asset_id=context.columns.get("asset_id"),
            points_at=message.ticket.linked_to_id,
            org_id=who.works_at,
        ),
        viewer=SYSTEM,
    )
    if not found:
        return None
    turn = turns.turn(message.subject, message.text, name=message.sender_name)
    known = tellers.known(who, message, house=house)
    mine = tellings.newcomer(message, reading, decision, context, turn, known=known)
    links = _compared(mine, found, message=message, who=who, turn=turn, known=known, house=house)
    best = max(links, key=_worth, default=None)
    if best is None or best.sameness.verdict is Verdict.OTHER:
        return None
    # A clear danger stands alone and is shown beside; a faint sign goes along, and brings a person.
    danger = reading.safety.level is Level.PAGE or bool(best.ticket.safety)
    joins = best.sameness.verdict is Verdict.SAME and not danger
    is_free = reading.safety.level is Level.NONE and may_automate(best.ticket)
    return replace(best, joins=joins, is_danger=danger, ends=best.ends and joins and is_free)


def _worth(link: Link) -> tuple[bool, float, bool, datetime]:
    """The surest; of equally sure ones no part of another, then that which was talked of last."""
    return (
        link.sameness.verdict is Verdict.SAME,
        round(link.sameness.probability, 1),
        link.ticket.linked_to_id is None,
        link.ticket.last_at or link.ticket.opened_at,
    )


def _compared(
    mine: Telling,
    found: tuple[Near, ...],
    *,
    message: Message,
    who: Teller,
    turn: Turn,
    known: Known,
    house: Surroundings,
) -> list[Link]:
    """The newcomer beside each telling of each request that may be meant."""
    colleagues = tellers.colleagues(who, found)
    options = routing.suggested([one.ticket.pk for one in found], viewer=SYSTEM)
    links = []
    for one in found:
        if one.ticket.status not in LIVE and turn.move is Move.NEW:
            continue
        points = message.ticket.linked_to_id == one.ticket.pk
        telling = replace(mine, leans=turn.move is not Move.NEW or points)
        context = tellings.facts_of(one, known=known)
        for told in one.told:
            tie = tellers.tie(who, told, colleagues=colleagues)
            if tie is Tie.NONE:
                continue
            theirs = tellings.telling(
                one, told, facts=context, house=house, known=known, options=options
            )
            best = _guarded(sameness(telling, theirs, tie=tie), one, tie=tie)
            ends = turn.move is Move.DONE and turn.is_bare and tie is Tie.PERSON
            links.append(
                Link(ticket=one.ticket, tie=tie, turn=turn, sameness=best, joins=False, ends=ends)
            )
    return links


def _guarded(found: Sameness, one: Near, *, tie: Tie) -> Sameness:
    """Into what is confidential nobody else is put, however sure; staff see the two."""
    if tie is Tie.PERSON or one.ticket.sensitivity not in PRIVATE:
        return found
    kept = Verdict.MAYBE if found.verdict is Verdict.SAME else found.verdict
    return replace(found, verdict=kept)
