"""Passages and what they mean, made from articles as soon as those change.

What was made of other words, by other encoders or by other rules is stale: it is made anew, the
newest article first, and until then nobody is answered from it (`library` takes the vectors of
today's encoders alone, and `editing` throws away the passages of words that were replaced).
"""

import hashlib
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from homeroom.knowledge.models import Alias, Article, Passage
from homeroom.knowledge.passages import passages
from homeroom.understanding.encoders import Encoders

RULES = "1"
"""Changes when articles are taken apart differently."""
BATCH = 20
"""Articles, or aliases, encoded and written together."""
TITLE = "title"
_MARK = "encode(sha256(convert_to(%s || title || E'\\n' || body, 'UTF8')), 'hex')"
"""`mark` as the database reckons it: no article is read to learn that it is not stale."""


def index(*, encoders: Encoders) -> int:
    """Make the passages of every article that has none for its present words; how many."""
    n_made = 0
    while n_new := renew(encoders=encoders):
        n_made += n_new
    while _renew_aliases(encoders):
        pass
    return n_made


def renew(*, encoders: Encoders, limit: int = BATCH) -> int:
    """The same for the newest of them; how many were found stale."""
    found = list(stale(encoders.fingerprint)[:limit])
    _index(found, encoders)
    return len(found)


def has_stale(encoder: str) -> bool:
    """Whether anything waits to be made anew; asks the database alone."""
    return stale(encoder).exists() or _stale_aliases(encoder).exists()


def renew_some(*, encoders: Encoders) -> int:
    """One batch of articles, and when none is stale, of aliases; how many were looked at."""
    return renew(encoders=encoders) or _renew_aliases(encoders)


def stale(encoder: str) -> QuerySet[Article]:
    """The articles whose passages are not of their words and these encoders, newest first."""
    now_so = RawSQL(_MARK, [_head(encoder)])  # noqa: S611  (our own words)
    rows = Article.objects.filter(is_active=True).exclude(indexed=now_so)
    return rows.order_by(F("changed_at").desc(nulls_last=True), "-id")


def index_one(article: Article, *, encoders: Encoders) -> None:
    """Make the passages of one article anew."""
    _index([article], encoders)


def mark(article: Article, encoders: Encoders) -> str:
    """What the article's passages were made of."""
    content = f"{_head(encoders.fingerprint)}{article.title}\n{article.body}"
    return hashlib.sha256(content.encode()).hexdigest()


def _head(encoder: str) -> str:
    return f"{RULES}\n{encoder}\n"


def _index(articles: Sequence[Article], encoders: Encoders) -> None:
    """Encode outside, write inside; an article that was changed meanwhile is left to the next."""
    made = {one.pk: list(_pieces(one)) for one in articles}
    texts = [text for pieces in made.values() for _, text in pieces]
    if not texts:
        return
    vectors = iter(encoders.encode(texts).astype("float16"))
    for pieces in made.values():
        for passage, _ in pieces:
            passage.vector = next(vectors).tobytes()
            passage.encoder = encoders.fingerprint
    marks = {one.pk: mark(one, encoders) for one in articles}
    with transaction.atomic():
        # In one order, so that two who index the same wait for each other and do not lock up.
        held = Article.objects.select_for_update().filter(pk__in=marks).order_by("id")
        true = [one for one in held if mark(one, encoders) == marks[one.pk]]
        Passage.objects.filter(article__in=true).delete()
        Passage.objects.bulk_create(passage for one in true for passage, _ in made[one.pk])
        for one in true:
            one.indexed = marks[one.pk]
        Article.objects.bulk_update(true, ["indexed"])


def _pieces(article: Article) -> Iterable[tuple[Passage, str]]:
    """The title first, then the pieces, each with the text that is encoded for it."""
    yield (
        Passage(article=article, position=0, block=-1, kind=TITLE, text=article.title, quote=""),
        article.title,
    )
    for position, one in enumerate(passages(article.body), 1):
        yield (
            Passage(
                article=article,
                position=position,
                block=one.block,
                kind=one.kind,
                heading=one.heading,
                text=one.text,
                quote=one.quote,
            ),
            one.encoded(article.title),
        )


def _stale_aliases(encoder: str) -> QuerySet[Alias]:
    return Alias.objects.filter(is_active=True).exclude(encoder=encoder).order_by("-id")


def _renew_aliases(encoders: Encoders) -> int:
    """The newest confirmed questions that do not speak to the encoders of today; how many."""
    old = list(_stale_aliases(encoders.fingerprint)[:BATCH])
    if not old:
        return 0
    for alias, vector in zip(old, encoders.encode([one.text for one in old]), strict=True):
        alias.vector = vector.astype("float16").tobytes()
        alias.encoder = encoders.fingerprint
    Alias.objects.bulk_update(old, ["vector", "encoder"])
    return len(old)
