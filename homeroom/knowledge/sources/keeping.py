"""Writes of sources: what is taken in becomes articles, what is taken away answers no more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.db import transaction

from homeroom.district import changes
from homeroom.district.models import Account
from homeroom.kit import blobs, ids
from homeroom.kit.live import announce
from homeroom.knowledge.models import Article, Passage
from homeroom.knowledge.origins import Origin, Source
from homeroom.knowledge.sources import reading
from homeroom.knowledge.sources.taken import Taken, Text, Unreadable, plain_moments

QUEUE: Final = "sources"
SOURCES: Final = "sources"
"""What an article's `source` says when it was taken out of one."""
SETTINGS: Final = frozenset(
    {"name", "owner", "audience", "visibility", "language", "service", "department", "schools"}
    | {"review_on", "expires_on", "every_hours", "address", "file", "source"}
)
_TO_ARTICLE: Final = (
    "audience", "visibility", "language", "owner", "service_id", "department_id", "schools",
    "review_on", "expires_on",
)  # fmt: skip
SELDOM: Final = 24 * 31
"""Hours between two readings of an address, at most."""
FIRST_WAIT: Final = timedelta(minutes=15)
"""After a reading that failed; twice as long after each further one, up to the usual wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many articles of a source are new, say something else, stayed, and are gone."""

    added: int = 0
    changed: int = 0
    left: int = 0
    removed: int = 0


@transaction.atomic
def save(
    source: Source | None,
    *,
    values: Mapping[str, object],
    by: Account | None,
    now: datetime,
    source_id: str = "",
) -> Source:
    """A source made or set otherwise; its articles follow at once, its address is read soon."""
    row = source or Source(source_id=source_id or f"hand.{ids.token(6)}")
    before = _settings(row) if row.pk else {}
    address = row.address
    for name in SETTINGS & values.keys():
        setattr(row, name, values[name])
    if row.address and (source is None or row.address != address):
        row.etag, row.modified, row.due_at = "", "", now
    row.save()
    _tell_articles(row)
    changes.note(by=by, what="source", about=row.name, before=before, after=_settings(row), now=now)
    announce([], queues=[QUEUE])
    return row


def _settings(row: Source) -> dict[str, object]:
    return {
        # Of an address only the host: many calendars carry their secret in the rest.
        "from": urlsplit(row.address).hostname if row.address else row.file,
        "owner": row.owner,
        "audience": row.audience,
        "visibility": row.visibility,
        "language": row.language,
        "schools": row.schools,
        "review_on": row.review_on.isoformat() if row.review_on else "",
        "expires_on": row.expires_on.isoformat() if row.expires_on else "",
    }


def _tell_articles(row: Source) -> None:
    values = {name: getattr(row, name) for name in _TO_ARTICLE}
    Article.objects.filter(origin__source=row, source=SOURCES).update(**values)


def take_in(
    source: Source,
    content: bytes,
    *,
    zone: ZoneInfo,
    now: datetime,
    etag: str = "",
    modified: str = "",
) -> Tally:
    """Read the content and let the source's articles say what it says.

    The same content again changes nothing but when it was last found so.

    :raises Unreadable: when nothing can be taken out of it; what was known stays.
    """
    # Think outside, write inside: reading may take seconds.
    source.kind = source.kind or reading.kind_of(content, reading.called(source))
    taken = reading.read(content, source=source, zone=zone, now=now)
    return put(source, taken, content=content, zone=zone, now=now, etag=etag, modified=modified)


@transaction.atomic
def put(
    source: Source,
    taken: Taken,
    *,
    content: bytes,
    zone: ZoneInfo,
    now: datetime,
    etag: str = "",
    modified: str = "",
) -> Tally:
    """Let the source's articles say what was taken out of `content`."""
    row = Source.objects.select_for_update().get(pk=source.pk)
    tally = _write(row, taken, today=now.astimezone(zone).date())
    row.kind = source.kind
    row.content = blobs.keep(content, now=now)
    row.remarks = list(taken.remarks)
    row.etag, row.modified = etag, modified
    _well(row, now=now)
    row.save()
    announce([], queues=["articles"])
    return tally


@transaction.atomic
def confirm(source: Source, *, now: datetime) -> None:
    """Its address says that nothing has changed."""
    row = Source.objects.select_for_update().get(pk=source.pk)
    _well(row, now=now)
    row.save()


def _well(row: Source, *, now: datetime) -> None:
    row.taken_at, row.error, row.failed_since = now, "", None
    row.due_at = now + timedelta(hours=row.every_hours) if row.address else None
    if row.kind == Source.Kind.CALENDAR and row.due_at is None:
        # What repeats without end is told for a year ahead, and that year moves.
        row.due_at = now + timedelta(days=7)


@transaction.atomic
def fail(source: Source, *, error: str, now: datetime) -> None:
    """It could not be taken in: what was known stays, and the owner reads why."""
    row = Source.objects.select_for_update().get(pk=source.pk)
    row.failed_since = row.failed_since or now
    row.error = error
    waited = max(now - row.failed_since, FIRST_WAIT)
    row.due_at = now + min(waited, timedelta(hours=row.every_hours)) if row.address else None
    row.save(update_fields=["failed_since", "error", "due_at"])


@transaction.atomic
def ask_again(source: Source, *, now: datetime) -> None:
    """Take it in as soon as somebody is free to."""
    Source.objects.filter(pk=source.pk).update(due_at=now, etag="", modified="")
    announce([], queues=[QUEUE])


@transaction.atomic
def remove(source: Source, *, by: Account | None, now: datetime) -> None:
    """Take a source away: its passages cease to answer at once; answers given stay on record."""
    row = Source.objects.select_for_update().get(pk=source.pk)
    _retire(Article.objects.filter(origin__source=row, source=SOURCES).values_list("pk", flat=True))
    changes.note(by=by, what="source", about=row.name, before=_settings(row), after={}, now=now)
    row.delete()


def _retire(numbers: Iterable[int]) -> int:
    """Articles that say nothing any more."""
    kept = list(numbers)
    Passage.objects.filter(article_id__in=kept).delete()
    return Article.objects.filter(pk__in=kept).update(is_active=False, indexed="")


def _write(row: Source, taken: Taken, *, today: date) -> Tally:
    """The source's articles as `taken` has them; one that was edited by hand since is left."""
    known = {one.article.source_id: one for one in row.pieces.select_related("article")}
    added = changed = left = 0
    texts = {_name(row, text): text for text in taken.texts}
    for name, text in texts.items():
        origin = known.get(name)
        if origin is None:
            origin = _first(row, name)
            added += 1
        elif origin.article.source != SOURCES:
            left += 1
            continue
        elif _says(origin.article, text, row):
            left += 1
        else:
            changed += 1
        _say(origin, text, row, today=today)
    gone = [one.article_id for name, one in known.items() if name not in texts]
    live = Article.objects.filter(pk__in=gone, is_active=True, source=SOURCES)
    removed = _retire(live.values_list("pk", flat=True))
    return Tally(added=added, changed=changed, left=left, removed=removed)


def _name(row: Source, text: Text) -> str:
    return f"{row.source_id}.{text.key}"[:200] if text.key else row.source_id


def _first(row: Source, name: str) -> Origin:
    """A piece that was not there; one that a removed source left behind is used again."""
    article = Article.objects.filter(source_id=name).first()
    if article is not None and (article.source != SOURCES or hasattr(article, "origin")):
        raise Unreadable(f"There is a page with the id {name} already. Give this another id.")
    article = article or Article(source_id=name, source=SOURCES)
    return Origin(article=article, source=row)


def _says(article: Article, text: Text, row: Source) -> bool:
    words = (text.title or row.name)[:300], text.body
    return article.is_active and (article.title, article.body) == words


def _say(origin: Origin, text: Text, row: Source, *, today: date) -> None:
    article = origin.article
    if not _says(article, text, row):
        # Replaced words answer nothing from here on, the new ones as soon as they are read in.
        article.title, article.body = (text.title or row.name)[:300], text.body
        article.indexed, article.is_active = "", True
        if article.pk:
            Passage.objects.filter(article=article).delete()
    for name in _TO_ARTICLE:
        setattr(article, name, getattr(row, name))
    if not article.indexed or row.address:
        # A file that is handed in again unchanged was not looked at for that.
        article.reviewed_on = today
    article.save()
    origin.article, origin.moments = article, plain_moments(text.moments)
    origin.save()
