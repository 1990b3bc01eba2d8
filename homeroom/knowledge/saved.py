"""Saved replies and quotations: read for whoever works, written by whoever may."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Length, StrIndex
from django.utils.translation import gettext as _

from homeroom.district import changes
from homeroom.district.models import Account, Team
from homeroom.kit.errors import Expected
from homeroom.knowledge import placeholders
from homeroom.knowledge.models import Article, Passage
from homeroom.knowledge.queries import answerable, may_see
from homeroom.knowledge.replies import Quotation, SavedReply
from homeroom.tickets.models import Message
from homeroom.understanding.language import base

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

LONGEST: Final = 10_000
"""Characters of a saved reply."""
MOST: Final = 60
"""Saved replies offered beside one request."""
TELLING: Final = 25
"""Characters from which a passage that stands in a reply was surely taken from its article:
shorter ones ("Monday to Friday") anybody may write."""


class BadReply(Expected):
    """A saved reply that cannot be kept; `field` says which part of it is wrong."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


def all_replies(*, viewer: "Viewer") -> list[SavedReply]:
    """Every saved reply, for administrators; everybody's first, then by team."""
    if viewer.kind not in {"administrator", "system"}:
        return []
    rows = SavedReply.objects.select_related("team")
    return list(rows.order_by(F("team__name").asc(nulls_first=True), "title"))


def offered(team_id: int | None, *, viewer: "Viewer") -> list[SavedReply]:
    """Those that may be used for a request of this team: everybody's, the team's, one's own."""
    if not viewer.is_staff:
        return []
    teams = {*viewer.team_ids, *([team_id] if team_id else [])}
    rows = SavedReply.objects.filter(Q(team=None) | Q(team__in=teams, team__is_active=True))
    return list(rows.order_by(F("team_id").asc(nulls_last=True), "title")[:MOST])


def variant(reply: SavedReply, language: str) -> tuple[str, str]:
    """The text in that language, else in English, else in the first there is; and its language."""
    texts: Mapping[str, str] = reply.texts
    code = next((one for one in (base(language), "en") if texts.get(one)), next(iter(texts), "en"))
    return texts.get(code, ""), code


@transaction.atomic
def save(
    reply: SavedReply | None,
    *,
    title: str,
    team: Team | None,
    texts: Mapping[str, str],
    by: Account | None,
    now: datetime,
) -> SavedReply:
    """Make or change a saved reply, in the history of changes.

    :raises BadReply: when its title or words are missing, too long or taken, or something in
        brackets could not be filled in.
    """
    kept = {code: text.strip() for code, text in texts.items() if text.strip()}
    _check(title, kept)
    before = _told(reply) if reply is not None else {}
    made = reply or SavedReply()
    made.title, made.team, made.texts = title, team, kept
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise BadReply(_("There is one with this title already."), field="title") from None
    changes.note(by=by, what="reply", about=title, before=before, after=_told(made), now=now)
    return made


def _check(title: str, texts: Mapping[str, str]) -> None:
    if not title or len(title) > 80:
        raise BadReply(_("Give it a short title."), field="title")
    if not texts:
        raise BadReply(_("Write it in at least one language."), field="text-en")
    for code, text in texts.items():
        if len(text) > LONGEST:
            raise BadReply(_("This is too long for a reply."), field=f"text-{code}")
        try:
            placeholders.check(text)
        except placeholders.BadPlaceholder as error:
            raise BadReply(str(error), field=f"text-{code}") from None


def _told(reply: SavedReply) -> dict[str, object]:
    """What the history keeps of it."""
    texts = {f"text {code}": text[:200] for code, text in reply.texts.items()}
    return {"title": reply.title, "team": reply.team.name if reply.team else "", **texts}


@transaction.atomic
def remove(reply: SavedReply, *, by: Account | None, now: datetime) -> None:
    """Take a saved reply away, in the history of changes."""
    changes.note(by=by, what="reply", about=reply.title, before=_told(reply), after={}, now=now)
    reply.delete()


def cited(numbers: Iterable[int], *, viewer: "Viewer") -> dict[int, Article]:
    """These articles, as far as this viewer may see them, by number."""
    rows = Article.objects.filter(may_see(viewer=viewer), pk__in=list(numbers))
    return {row.pk: row for row in rows.select_related("department").defer("body")}


@transaction.atomic
def quote(message: Message, *, viewer: "Viewer", today: date, now: datetime) -> list[Quotation]:
    """Write down which articles this reply leans on: those of which a passage stands in it.

    However it came there, inserted, pasted or typed; what was taken out again is not in it. Only
    articles that whoever wrote it may see.
    """
    said = " ".join(message.text.split())
    held = Passage.objects.annotate(size=Length("text"), at=StrIndex(Value(said), F("text")))
    held = held.filter(at__gt=0, size__gte=TELLING).exclude(kind="title")
    found: dict[int, list[str]] = {}
    allowed = Article.objects.filter(answerable(viewer=viewer, today=today))
    rows = held.filter(article__in=allowed).order_by("article", "position")
    for article_id, text in rows.values_list("article_id", "text"):
        found.setdefault(article_id, []).append(text)
    made = [
        Quotation(message=message, article_id=article_id, quotes=quotes, at=now)
        for article_id, quotes in found.items()
    ]
    return Quotation.objects.bulk_create(made, ignore_conflicts=True)
