"""Reads of sources, for administrators."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from homeroom.knowledge.origins import Source

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

_MAY = frozenset({"administrator", "system"})


def sources(*, viewer: "Viewer") -> Sequence[Source]:
    """Every source, those in trouble first; `n_articles` and `n_passages` beside."""
    if viewer.kind not in _MAY:
        return []
    live = Q(pieces__article__is_active=True)
    rows = Source.objects.select_related("service", "department").annotate(
        n_articles=Count("pieces__article", filter=live, distinct=True),
        n_passages=Count(
            "pieces__article__passages",
            filter=live & Q(pieces__article__passages__block__gte=0),
            distinct=True,
        ),
    )
    return list(rows.order_by("failed_since", "name", "id"))


def source(number: int | None, *, viewer: "Viewer") -> Source | None:
    """One source, if it is there."""
    if viewer.kind not in _MAY or number is None:
        return None
    return Source.objects.filter(pk=number).first()
