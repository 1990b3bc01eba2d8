"""The front door answers: who may be answered at all, what the answer is, and how it was taken."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from homeroom.district.models import Account, Person
from homeroom.district.permissions import ANONYMOUS, Viewer, viewer_for
from homeroom.district.permissions import SYSTEM as HOUSE
from homeroom.knowledge import actions, barred, queries, wording, words
from homeroom.knowledge.answering import Answer, answer
from homeroom.knowledge.scoring import Question
from homeroom.pipeline import minds
from homeroom.pipeline.hearing import DECLINED
from homeroom.routing.asker import Asker
from homeroom.routing.values import Decision
from homeroom.tickets.automation import may_automate
from homeroom.tickets.log import SYSTEM, Entry, Type, person, record
from homeroom.tickets.models import LIVE, Message, Status, Ticket
from homeroom.tickets.writing import Change, changing
from homeroom.understanding.matter import matter
from homeroom.understanding.reading import Reading
from homeroom.understanding.safety import Level
from homeroom.understanding.turns import turn

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from homeroom.pipeline.surroundings import Surroundings

NEVER = "never"
"""What a service's `auto_answer` says when only people may answer."""
LIKELY = 0.25
"""A service this likely that only people may answer keeps the machine silent."""
SILENT = frozenset({"danger", "child", "custody", "personnel"})
"""Reasons not to answer under which no page is suggested either."""
PRIVATE = frozenset({"safety", "confidential"})
"""Sensitivities under which only people answer."""


def seek(
    message: Message,
    reading: Reading,
    *,
    decision: Decision,
    said: str,
    asker: Asker,
    house: "Surroundings",
) -> Answer | None:
    """What the district's articles surely answer to this, if a machine may answer it at all."""
    try:
        return _sought(message, reading, decision=decision, said=said, asker=asker, house=house)
    except Exception:  # a request finds its people whether or not an article answers it
        log.exception("message %s could not be answered", message.pk)
        return None


def _sought(
    message: Message,
    reading: Reading,
    *,
    decision: Decision,
    said: str,
    asker: Asker,
    house: "Surroundings",
) -> Answer | None:
    if message.kind != "request" or DECLINED in message.ticket.context:
        return None  # the answer stood at the front door, and did not help
    if not words.asks(f"{message.subject}\n{said}"):
        return None
    if not _may(message, reading, decision=decision, asker=asker, house=house):
        return None
    question = Question(
        text=matter(message.subject if said == message.text else "", said),
        vector=reading.vector,
        language=reading.language.code,
        audience="student" if asker.is_student else "staff" if asker.is_staff else "",
        services={guess.service: guess.probability for guess in reading.services},
    )
    viewer = _viewer(message.ticket.requester, asker=asker)
    at = message.at.astimezone(house.zone)
    return _sure(question, viewer=viewer, at=at, house=house)


def _sure(
    question: Question, *, viewer: Viewer, at: datetime, house: "Surroundings"
) -> Answer | None:
    if house.library is None:
        return None
    shelf = house.library.meant(question, viewer=viewer, now=at)
    found = answer(question, shelf=shelf, accents=house.library.accents, reader=minds.reader())
    return found if isinstance(found, Answer) else None


def _may(
    message: Message,
    reading: Reading,
    *,
    decision: Decision,
    asker: Asker,
    house: "Surroundings",
) -> bool:
    """Whether no danger, service, channel or subject asks for a person."""
    if reading.safety.level is not Level.NONE or not may_automate(message.ticket):
        return False
    likely = [one.service for one in reading.services if one.probability >= LIKELY]
    if decision.service is not None:
        likely.append(decision.service.source_id)
    if any(only_people(name, house=house) for name in likely):
        return False
    return not barred.reason(
        f"{message.subject}\n{message.text}",
        channel=message.channel,
        is_verified=asker.certainty == "verified",
    )


def only_people(service: str, *, house: "Surroundings") -> bool:
    """Whether the district wants no machine to answer what this service is about."""
    offered = house.offered.get(service)
    row = house.services.get(offered.id) if offered else None
    return row is not None and (row.auto_answer == NEVER or row.sensitivity in PRIVATE)


def _viewer(requester: Person | None, *, asker: Asker) -> Viewer:
    """Whose eyes look for the answer: an address is a claim, and claims see what all may see."""
    if requester is None or asker.certainty != "verified":
        return ANONYMOUS
    account = Account.objects.filter(person=requester, is_active=True).order_by("id").first()
    if account is not None:
        return viewer_for(account)
    return Viewer(kind="staff" if asker.is_staff else "asker", person_id=requester.pk)


def give(change: Change, message: Message, found: Answer | None, *, now: datetime) -> None:
    """Write down that the message was answered and from what; its request stays as it is."""
    come_back(message, now=now)
    declined = change.ticket.context.get(DECLINED)
    if declined:
        change.say(Type.ANSWER_REJECTED, message=message, article=int(declined["id"]))
    if found is None:
        return
    actions.cite(message, answer=found, now=now)
    change.say(
        Type.ANSWERED,
        message=message,
        article=found.article_id,
        confidence=round(found.confidence, 4),
    )


def letter(message: Message) -> dict[str, object]:
    """What the receipt says of the answer that the message was given, and where it stands."""
    found = queries.citation(message, viewer=HOUSE)
    if found is None:
        return {}
    said = wording.around(found.text, language=found.language, asker=message.language)
    source = wording.source(found, asker=message.language, origin=settings.ORIGIN)
    return {"answer": said, "sources": [source]}


def accept(ticket: Ticket | None, *, by: int | None, now: datetime) -> None:
    """The asker says that it is done: if an answer was open, it helped, and is learned from."""
    cited = queries.open_citation(ticket.pk, viewer=HOUSE) if ticket else None
    if cited is None or actions.settle(cited.message, state="accepted", now=now) is None:
        return
    with changing(cited.ticket_id, by=person(by), now=now) as change:
        change.say(Type.ANSWER_ACCEPTED, message=cited.message)
        if may_automate(change.ticket) and change.ticket.status in LIVE:
            change.set(Type.RESOLVED, status=Status.RESOLVED, resolved_at=now, waiting_until=None)
            change.quietly(needs_triage=False)


def reject(ticket: Ticket | None, *, by: int | None, now: datetime) -> None:
    """The asker still needs help: the answer did not do, and people go on with the request."""
    cited = queries.latest_citation(ticket.pk, viewer=HOUSE) if ticket else None
    if cited is None or actions.settle(cited.message, state="rejected", now=now) is None:
        return
    with changing(cited.ticket_id, by=person(by), now=now) as change:
        change.say(Type.ANSWER_REJECTED, message=cited.message)
        if change.ticket.team_id is None:
            change.quietly(needs_triage=True)


def helped(source_id: str, *, viewer: Viewer, now: datetime) -> bool:
    """Somebody was helped by this article before they sent anything: whether it could be counted.

    Nothing of what they wrote is kept, and nothing is learned from it.
    """
    found = queries.article(source_id, viewer=viewer, today=now.date())
    if found is None:
        return False
    data = {"article": found.pk, "door": "form"}
    entry = Entry(type=Type.ANSWER_ACCEPTED, at=now, actor=person(None), ticket=None, data=data)
    with transaction.atomic():
        record([entry], now=now)
    return True


def heed(message: Message, *, now: datetime) -> None:
    """What a further message says of the answer that went before it."""
    if message.kind not in {"follow_up", "thanks"} or not message.is_public:
        return
    cited = queries.latest_citation(message.ticket_id, viewer=HOUSE)
    if cited is None or cited.message.sender_address != message.sender_address:
        return
    if message.ticket.replied_at is not None:
        return  # a person has written since: these words are for them
    said = turn(message.subject, message.text, name=message.sender_name)
    if said.is_over or words.says_yes(message.text):
        accept(message.ticket, by=message.person_id, now=now)
    else:
        # Whoever writes on still needs something: people go on, with everything said.
        reject(message.ticket, by=message.person_id, now=now)


def come_back(message: Message, *, now: datetime) -> None:
    """Note that whoever was answered lately is here again about the same."""
    for cited in queries.answered_before(message, viewer=HOUSE, now=now):
        actions.settle(cited.message, state="returned", now=now)
        with changing(cited.ticket_id, by=SYSTEM, now=now) as change:
            change.say(Type.ANSWER_RETURNED, message=cited.message, by=message.ticket_id)
