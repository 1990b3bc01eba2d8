"""Passages and what they mean, made from articles as soon as those change."""

import hashlib
from collections.abc import Iterable, Sequence

from django.db import transaction

from homeroom.knowledge.models import Alias, Article, Passage
from homeroom.knowledge.passages import passages
from homeroom.understanding.encoders import Encoders

RULES = "1"
"""Changes when articles are taken apart differently."""
BATCH = 20
"""Articles encoded and written together."""
TITLE = "title"


def index(*, encoders: Encoders) -> int:
    """Make the passages of every article that has none for its present words; how many."""
    stale = [
        one
        for one in Article.objects.filter(is_active=True).order_by("id")
        if one.indexed != mark(one, encoders)
    ]
    for start in range(0, len(stale), BATCH):
        _index(stale[start : start + BATCH], encoders)
    _renew_aliases(encoders)
    return len(stale)


def index_one(article: Article, *, encoders: Encoders) -> None:
    """Make the passages of one article anew."""
    _index([article], encoders)


def mark(article: Article, encoders: Encoders) -> str:
    """What the article's passages were made of."""
    content = f"{RULES}\0{encoders.fingerprint}\0{article.title}\0{article.body}"
    return hashlib.sha256(content.encode()).hexdigest()


def _index(articles: Sequence[Article], encoders: Encoders) -> None:
    """Encode outside, write inside."""
    made = [list(_pieces(one)) for one in articles]
    texts = [text for pieces in made for _, text in pieces]
    vectors = iter(encoders.encode(texts).astype("float16"))
    rows = []
    for article, pieces in zip(articles, made, strict=True):
        for passage, _ in pieces:
            passage.vector = next(vectors).tobytes()
            passage.encoder = encoders.fingerprint
            rows.append(passage)
        article.indexed = mark(article, encoders)
    with transaction.atomic():
        Passage.objects.filter(article__in=articles).delete()
        Passage.objects.bulk_create(rows)
        Article.objects.bulk_update(articles, ["indexed"])


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


def _renew_aliases(encoders: Encoders) -> None:
    """Confirmed questions speak to the encoders of today."""
    old = list(Alias.objects.filter(is_active=True).exclude(encoder=encoders.fingerprint))
    if not old:
        return
    for alias, vector in zip(old, encoders.encode([one.text for one in old]), strict=True):
        alias.vector = vector.astype("float16").tobytes()
        alias.encoder = encoders.fingerprint
    Alias.objects.bulk_update(old, ["vector", "encoder"])
