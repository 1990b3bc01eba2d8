"""Writes of what the district knows: articles, answers given, and what became of those."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from homeroom.district.models import Account
from homeroom.kit.errors import Expected
from homeroom.knowledge.answering import Answer
from homeroom.knowledge.models import Alias, Article, Citation, Edition
from homeroom.tickets.models import Message, Vector
from homeroom.understanding.matter import matter

EDITABLE = frozenset(
    {"title", "body", "audience", "visibility", "language", "owner", "review_on", "expires_on"}
    | {"service", "department", "is_active"}
)
_NEXT = {"given": {"accepted", "rejected", "returned"}, "accepted": {"rejected", "returned"}}
"""What may become of an answer after what has become of it."""
LONGEST = 100_000
"""Characters of an article."""


class NothingSaid(Expected):
    """An article without a title or without words."""

    def __init__(self) -> None:
        super().__init__("An article needs a title and a few words.")


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


@transaction.atomic
def write(
    article: Article | None,
    *,
    values: Mapping[str, object],
    by: Account | None,
    source_id: str = "",
    now: datetime,
) -> Article:
    """Make or change an article; how it was before is kept.

    :raises NothingSaid: when title or words would be missing.
    """
    title, body = str(values.get("title", "")).strip(), str(values.get("body", "")).strip()
    if not title or not body or len(body) > LONGEST or len(title) > 300:
        raise NothingSaid
    if article is None:
        made = Article(source_id=source_id, source="hand")
    else:
        made = Article.objects.select_for_update().get(pk=article.pk)
        if (made.title, made.body) != (title, body):
            Edition.objects.create(article=made, at=now, by=by, title=made.title, body=made.body)
        # From here on it is the district's by hand: a folder that lacks it does not retire it.
        made.source = "hand"
    for name, value in values.items():
        if name in EDITABLE:
            setattr(made, name, value)
    made.title, made.body = title, body
    made.save()
    return made


@transaction.atomic
def review(article: Article, *, on: date, again_on: date | None) -> None:
    """Somebody says that the article is true as it stands."""
    Article.objects.filter(pk=article.pk).update(reviewed_on=on, review_on=again_on)


@transaction.atomic
def audit(citation: Citation, *, is_right: bool, by: Account | None) -> None:
    """What a member of staff found when reading the answer again."""
    found = Citation.Audit.RIGHT if is_right else Citation.Audit.WRONG
    Citation.objects.filter(pk=citation.pk).update(audit=found, audited_by=by)
