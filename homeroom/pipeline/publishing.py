"""An article is saved and read in: a short one at once, a long one by a worker in a moment."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from homeroom.district.models import Account
from homeroom.kit.failpoint import reach
from homeroom.kit.live import announce
from homeroom.kit.locks import held
from homeroom.knowledge import editing, indexing
from homeroom.knowledge.models import Article
from homeroom.knowledge.passages import passages
from homeroom.pipeline import minds
from homeroom.understanding.encoders import fingerprint

log = logging.getLogger(__name__)

AT_ONCE: Final = 60
"""Passages that are encoded while whoever saved waits: less than a second."""
QUEUE: Final = "articles"
LOCK: Final = 0x41525449
"""Namespace of the advisory lock that the one who reads in holds."""


def save(
    article: Article | None,
    *,
    values: Mapping[str, object],
    by: Account | None,
    now: datetime,
    seen: str = "",
) -> Article:
    """The article as it was saved; `is_read_in` tells whether it answers already.

    :raises homeroom.knowledge.editing.BadArticle: when a field cannot be kept.
    :raises homeroom.knowledge.editing.ChangedMeanwhile: when it is not as the writer has seen it.
    """
    saved = editing.save(article, values=values, by=by, now=now, seen=seen)
    reach("publishing.saved")
    if not is_read_in(saved):
        _read_in(saved)
        saved.refresh_from_db(fields=["indexed"])
    return saved


def is_read_in(article: Article) -> bool:
    """Whether answers can come from the article's present words."""
    return article.indexed != ""


def _read_in(article: Article) -> None:
    if len(passages(article.body)) > AT_ONCE:
        announce([], queues=[QUEUE])
        return
    try:
        indexing.index_one(article, encoders=minds.encoders())
    except Exception:  # it is saved: a worker reads it in
        log.exception("article %s could not be read in at once", article.pk)
        announce([], queues=[QUEUE])


def drain() -> int:
    """Read in some of what is stale, the newest first; how many were looked at.

    One worker at a time: two would encode the same.
    """
    if not indexing.has_stale(fingerprint()):
        return 0
    with held(LOCK, 0) as mine:
        return indexing.renew_some(encoders=minds.encoders()) if mine else 0
