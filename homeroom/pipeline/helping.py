"""What helps staff to answer: passages that speak to a request, saved replies, filled in for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from homeroom.district.permissions import Viewer
from homeroom.knowledge import placeholders, saved, wording
from homeroom.knowledge.answering import Answer, Suggestion, answer
from homeroom.knowledge.scoring import Question
from homeroom.pipeline import asking, minds
from homeroom.pipeline.surroundings import Surroundings
from homeroom.tickets import answering
from homeroom.tickets.answering import Author
from homeroom.tickets.automation import may_automate
from homeroom.tickets.models import Message, Ticket, Vector
from homeroom.understanding.encoders import Vectors
from homeroom.understanding.matter import matter

NEAR: Final = 1.2
"""Score from which a passage is worth a look of somebody who knows better; lower than at the front
door, as nobody is answered by it."""
FIRST: Final = 2_000
"""Characters of a request's first words that are looked with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage that may answer, as it would be inserted."""

    key: str
    title: str
    text: str
    url: str
    from_whom: str
    is_sure: bool
    """The machine would have answered with it."""
    may_send: bool
    """The asker may see the article it is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A saved reply, filled in for one request."""

    key: str
    title: str
    text: str
    language: str


def passages(ticket: Ticket, *, viewer: Viewer, now: datetime) -> list[Passage]:
    """What the articles that this viewer may see say to the request, the likeliest first.

    Nothing where somebody may be in danger: people are asked there, not pages.
    """
    house = asking.house_now(now=now)
    first = ticket.messages.filter(direction=Message.Direction.IN).order_by("at", "id").first()
    if house.library is None or first is None or not may_automate(ticket):
        return []
    gist = matter(first.subject, first.text[:FIRST])
    if not gist:
        return []
    question = Question(
        text=gist,
        vector=_meaning(ticket, gist, house=house),
        language=ticket.language,
        services={ticket.service.source_id: 1.0} if ticket.service else {},
    )
    found = answer(
        question,
        shelf=house.library.meant(question, viewer=viewer, now=now.astimezone(house.zone)),
        accents=house.library.accents,
        reader=minds.reader(),
    )
    near = [one for one in found.suggestions if one.score >= NEAR and one.text]
    return _told(ticket, found if isinstance(found, Answer) else None, near, viewer=viewer)


def _meaning(ticket: Ticket, gist: str, *, house: Surroundings) -> Vectors:
    """The vector that was kept when the request was read, or one made now."""
    kept = Vector.objects.filter(ticket=ticket, encoder=house.encoders.fingerprint).first()
    if kept is None:
        made: Vectors = house.encoders.encode([gist])[0]
        return made
    return np.frombuffer(kept.values, dtype=np.float16).astype(np.float32)


def _told(
    ticket: Ticket, sure: Answer | None, near: Sequence[Suggestion], *, viewer: Viewer
) -> list[Passage]:
    texts = {sure.article_id: sure.text} if sure is not None else {}
    for one in near:
        texts.setdefault(one.article_id, one.text)
    articles = saved.cited(texts, viewer=viewer)
    seen = {"public"} | ({"signed_in"} if ticket.certainty == "verified" else set())
    return [
        Passage(
            key=f"passage:{number}",
            title=article.title,
            text=wording.around(text, language=article.language, asker=ticket.language or "en"),
            url=wording.path(article.source_id),
            from_whom=article.department.name if article.department else article.owner,
            is_sure=sure is not None and number == sure.article_id,
            may_send=article.visibility in seen,
        )
        for number, text in texts.items()
        if (article := articles.get(number)) is not None
    ]


def replies(ticket: Ticket, *, agent: str, viewer: Viewer) -> list[Reply]:
    """The saved replies for this request, in the asker's language where there is one, filled in."""
    return [
        Reply(
            key=f"saved:{one.pk}",
            title=one.title,
            text=placeholders.fill(text, _values(ticket, agent=agent, language=code)),
            language=code,
        )
        for one in saved.offered(ticket.team_id, viewer=viewer)
        for text, code in [saved.variant(one, ticket.language or "en")]
    ]


def _values(ticket: Ticket, *, agent: str, language: str) -> dict[str, str]:
    """What stands for each placeholder; of a requester who was only guessed, what they said."""
    person = ticket.requester if ticket.certainty in {"verified", "claimed"} else None
    name = f"{person.title} {person.name}".strip() if person else ticket.requester_name
    org = ticket.org
    school = org.name if org is not None and org.kind == "school" else _said_school(ticket)
    if not school:
        with translation.override(language):
            school = _("your school")
    return {"name": name, "reference": ticket.reference or "", "school": school, "agent": agent}


def _said_school(ticket: Ticket) -> str:
    return str(ticket.context.get("school", {}).get("value", ""))


def send(
    ticket: Ticket,
    *,
    text: str,
    author: Author,
    viewer: Viewer,
    now: datetime,
    seen: int | None,
    files: Sequence[tuple[str, str, bytes]],
) -> Message:
    """The answer as typed, with the articles that it leans on written down beside it.

    :raises Expected: see `tickets.answering.answer`.
    """
    with transaction.atomic():
        message = answering.answer(
            ticket, text=text, author=author, now=now, seen=seen, files=files
        )
        saved.quote(message, viewer=viewer, today=now.date(), now=now)
    return message
