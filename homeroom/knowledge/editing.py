"""Articles as people write them: every save is an edition, and words that were replaced are gone
from every answer in the same stroke.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from homeroom.district import changes
from homeroom.district.models import Account
from homeroom.kit import ids
from homeroom.kit.errors import Expected
from homeroom.knowledge.load import AUDIENCES, VISIBILITIES
from homeroom.knowledge.models import Article, Edition, Passage

EDITABLE: Final = frozenset(
    {"title", "body", "audience", "visibility", "language", "owner", "review_on", "expires_on"}
    | {"service", "department", "schools", "translation_of", "is_draft", "is_active"}
)
LONGEST: Final = 100_000
"""Characters of an article: a book of forty pages."""
LONGEST_TITLE: Final = 300
BY_HAND: Final = "hand"
FOLDER: Final = "articles"
"""Where an article comes from: people, or the district folder."""
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
"""A language tag (BCP 47) with a region or script at most."""


class BadArticle(Expected):
    """One field cannot be kept as it was written."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class ChangedMeanwhile(Expected):
    """Somebody else saved the article while this was being written."""

    def __init__(self, last: Edition | None) -> None:
        who = last.by if last else None
        name = (who.person.name if who.person else who.email) if who else _("The district folder")
        super().__init__(
            _(
                "%(who)s saved this while you were writing. Nothing you wrote is lost: "
                "see below what is different, then save again."
            )
            % {"who": name}
        )


def settings(article: Article) -> dict[str, object]:
    """Whose an article is, who may see it, and until when, as JSON."""
    return {
        "language": article.language,
        "translation_of": article.translation_of.title if article.translation_of else "",
        "service": article.service.name if article.service else "",
        "department": article.department.name if article.department else "",
        "owner": article.owner,
        "audience": list(article.audience),
        "visibility": article.visibility,
        "schools": list(article.schools),
        "review_on": article.review_on.isoformat() if article.review_on else "",
        "expires_on": article.expires_on.isoformat() if article.expires_on else "",
        "draft": article.is_draft,
        "retired": not article.is_active,
    }


def state(article: Article) -> str:
    """What a page that shows this article was made of: another one means that it has changed."""
    whole = [article.title, article.body, settings(article)]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:32]


@transaction.atomic
def save(
    article: Article | None,
    *,
    values: Mapping[str, object],
    by: Account | None,
    now: datetime,
    seen: str = "",
) -> Article:
    """Make or change an article by hand; how it stood is kept as an edition.

    `seen` is the `state` that whoever writes has seen; empty asks nothing. Words that were replaced
    answer nothing from here on, the new ones as soon as they are read in (`indexing`).

    :raises BadArticle: when a field cannot be kept.
    :raises ChangedMeanwhile: when somebody else saved it since `seen`.
    """
    row = Article(source_id=f"{BY_HAND}.{ids.token(6)}")
    before: dict[str, object] = {}
    if article is not None:
        row = Article.objects.select_for_update().get(pk=article.pk)
        if seen and seen != state(row):
            raise ChangedMeanwhile(row.editions.order_by("-number").first())
        _keep(row, by=None, at=row.changed_at or now)
        before = settings(row)
    _write(row, values, now=now)
    number = _keep(row, by=by, at=now)
    after = {**settings(row), "edition": number}
    old = {**before, "edition": number - 1} if before else {}
    changes.note(by=by, what="article", about=row.title, before=old, after=after, now=now)
    return row


def _write(row: Article, values: Mapping[str, object], *, now: datetime) -> None:
    """Store the row with these values; passages of words that were replaced go."""
    words = (row.title, row.body)
    for name in EDITABLE & values.keys():
        setattr(row, name, values[name])
    row.title, row.body = row.title.strip(), row.body.replace("\r\n", "\n").strip()
    check(row)
    # From here on it is the district's by hand: the folder leaves it alone.
    row.source, row.changed_at = BY_HAND, now
    if words != (row.title, row.body):
        row.indexed = ""
    row.save()
    if not row.indexed:
        Passage.objects.filter(article=row).delete()


def _keep(row: Article, *, by: Account | None, at: datetime) -> int:
    """Write down how the article stands, unless its last edition says the same; its number."""
    last = row.editions.order_by("-number").first()
    now_so = (row.title, row.body, settings(row))
    if last is not None and (last.title, last.body, last.settings) == now_so:
        return last.number
    made = Edition.objects.create(
        article=row,
        number=last.number + 1 if last else 1,
        at=at,
        by=by,
        title=row.title,
        body=row.body,
        settings=settings(row),
    )
    return made.number


def check(row: Article) -> None:
    """Whether an article can be kept as it is.

    :raises BadArticle: when a field cannot be kept.
    """
    if not row.title or len(row.title) > LONGEST_TITLE or "\0" in row.title:
        raise BadArticle("title", _("Write a title of at most 300 letters."))
    if not row.body or "\0" in row.body:
        raise BadArticle("body", _("Write a few words."))
    if len(row.body) > LONGEST:
        raise BadArticle("body", _("This is too long for one article. Make two of it."))
    if row.visibility not in VISIBILITIES or not set(row.audience) <= set(AUDIENCES):
        raise BadArticle("visibility", _("Choose who may see it."))
    if row.visibility == "team" and row.service is None and row.department is None:
        raise BadArticle("visibility", _("Choose what it is about, so that there is a team."))
    if not _LANGUAGE.fullmatch(row.language):
        raise BadArticle("language", _("Choose a language."))
    if row.owner:
        try:
            validate_email(row.owner)
        except ValidationError:
            raise BadArticle(
                "owner", _("Write an email address, like help@district.example.")
            ) from None
    _check_version(row)


def _check_version(row: Article) -> None:
    original = row.translation_of
    if original is None:
        return
    if original.pk == row.pk or original.translation_of_id or (row.pk and row.versions.exists()):
        raise BadArticle(
            "translation_of", _("Choose the article that all other versions belong to.")
        )
    if original.language == row.language:
        raise BadArticle("translation_of", _("Both articles are in the same language."))
    others = original.versions.filter(language=row.language).exclude(pk=row.pk)
    if others.exists():
        raise BadArticle(
            "translation_of", _("That article has a version in this language already.")
        )


@transaction.atomic
def confirm(
    article: Article, *, on: date, again_on: date, by: Account | None, now: datetime
) -> None:
    """Somebody says that the article is true as it stands, and when to ask again."""
    row = Article.objects.select_for_update().get(pk=article.pk)
    _keep(row, by=None, at=row.changed_at or now)
    row.reviewed_on, row.review_on = on, again_on
    row.save(update_fields=["reviewed_on", "review_on"])
    _keep(row, by=by, at=now)
    after: dict[str, object] = {"checked": on.isoformat(), "review_on": again_on.isoformat()}
    changes.note(
        by=by, what="article", about=row.title, before={"checked": ""}, after=after, now=now
    )


@transaction.atomic
def hand_back(article: Article, *, by: Account | None, now: datetime) -> None:
    """The district folder decides again: loading it brings its words back.

    :raises BadArticle: when it never came from there.
    """
    row = Article.objects.select_for_update().get(pk=article.pk)
    if not came_from_folder(row):
        raise BadArticle("form", _("This article did not come from the district folder."))
    row.source = FOLDER
    row.save(update_fields=["source"])
    before: dict[str, object] = {"kept by": "people"}
    after: dict[str, object] = {"kept by": "the district folder"}
    changes.note(by=by, what="article", about=row.title, before=before, after=after, now=now)


def came_from_folder(article: Article) -> bool:
    """Whether an article that is kept by hand was a file of the district folder."""
    return article.source == BY_HAND and not article.source_id.startswith(f"{BY_HAND}.")
