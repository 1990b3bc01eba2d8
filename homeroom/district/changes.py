"""Who changed which setting, when, and what it was before: written with the change itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from homeroom.district.models import Account
from homeroom.district.records import Change

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

SHOWN = 10
"""Changes below a setup page: those of the last days in a busy week."""


def note(
    *,
    by: Account | None,
    what: str,
    about: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    now: datetime,
) -> None:
    """Write down the values that differ, in the caller's transaction; nothing when none does."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return
    Change.objects.create(
        at=now,
        account=by,
        what=what,
        about=about[:320],
        before={name: before[name] for name in names if name in before},
        after={name: after[name] for name in names if name in after},
    )


def latest(what: Sequence[str], *, viewer: "Viewer", limit: int = SHOWN) -> list[Change]:
    """The latest changes of these kinds, newest first; for administrators."""
    if viewer.kind not in {"administrator", "system"}:
        return []
    rows = Change.objects.filter(what__in=what).select_related("account__person")
    return list(rows.order_by("-id")[:limit])
