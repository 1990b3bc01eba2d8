"""Writes of answers given and what became of them; `editing` writes the articles themselves."""

from datetime import datetime

from django.db import transaction

from homeroom.knowledge import auditing
from homeroom.knowledge.answering import Answer
from homeroom.knowledge.models import Alias, Citation
from homeroom.tickets.models import Message, Vector
from homeroom.understanding.matter import matter

_NEXT = {"given": {"accepted", "rejected", "returned"}, "accepted": {"rejected", "returned"}}
"""What may become of an answer after what has become of it."""


@transaction.atomic
def cite(message: Message, *, answer: Answer, now: datetime) -> Citation:
    """Write down the answer that a message was given; the same message is answered once."""
    made, _ = Citation.objects.get_or_create(
        message=message,
        defaults={
            "ticket_id": message.ticket_id,
            "article_id": answer.article_id,
            "text": answer.text,
            "quotes": [one.quote for one in answer.citations],
            "language": answer.language,
            "confidence": answer.confidence,
            "at": now,
            "audit": auditing.draw(message),
        },
    )
    return made


@transaction.atomic
def settle(message: Message, *, state: str, now: datetime) -> Citation | None:
    """What became of the answer to this message; nothing when there is none or it is settled.

    An accepted question is another wording of what the article answers. Whoever comes back takes
    the acceptance back, and the wording with it.
    """
    found = Citation.objects.select_for_update().filter(message=message).first()
    if found is None or state not in _NEXT.get(found.state, ()):
        return None
    found.state, found.state_at = state, now
    found.save(update_fields=["state", "state_at"])
    if state == Citation.State.ACCEPTED:
        _learn(found, now=now)
    else:
        Alias.objects.filter(message=message).update(is_active=False)
    return found


def _learn(citation: Citation, *, now: datetime) -> None:
    """The confirmed question becomes an alias of its article."""
    meaning = Vector.objects.filter(ticket_id=citation.ticket_id).first()
    message = citation.message
    if meaning is None:
        return
    Alias.objects.get_or_create(
        message=message,
        defaults={
            "article_id": citation.article_id,
            "text": matter(message.subject, message.text),
            "language": message.language or "en",
            "encoder": meaning.encoder,
            "vector": meaning.values,
            "at": now,
        },
    )


@transaction.atomic
def forget(alias: Alias) -> None:
    """Take an alias away: staff found that the article does not answer it."""
    Alias.objects.filter(pk=alias.pk).update(is_active=False)
