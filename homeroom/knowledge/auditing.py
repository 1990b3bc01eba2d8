"""A random part of all answers is judged by people: the error that nobody complained about."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from homeroom.district.models import Account
from homeroom.knowledge.models import Citation
from homeroom.tickets.figures import READERS
from homeroom.tickets.models import Message, Ticket
from homeroom.tickets.queries import visible
from homeroom.understanding.calibration import error_bound

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

ONE_IN: Final = 50
"""2 % of answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was judged of the answers drawn, and what that says of all of them."""

    given: int
    drawn: int
    judged: int
    wrong: int

    @property
    def bound(self) -> float:
        """The share of wrong answers is at most this (95 % sure, Clopper-Pearson)."""
        return error_bound(self.wrong, self.judged)


def draw(message: Message) -> str:
    """Whether the answer to a message is drawn: one in `ONE_IN`, the same however often it is
    asked, and nothing that whoever writes a message or an article could know.
    """
    seed = f"audit:{message.pk}".encode()
    number = hmac.new(settings.SECRET_KEY.encode(), seed, hashlib.sha256).digest()
    is_drawn = int.from_bytes(number[:8]) % ONE_IN == 0
    return Citation.Audit.DRAWN if is_drawn else Citation.Audit.NONE


def waiting(*, viewer: "Viewer", limit: int = 20) -> Sequence[Citation]:
    """Drawn answers that nobody has judged, the oldest first, of requests the viewer may see."""
    if viewer.kind not in READERS:
        return []
    seen = Ticket.objects.filter(visible(viewer=viewer)).values("pk")
    rows = Citation.objects.filter(audit=Citation.Audit.DRAWN, ticket_id__in=seen)
    rows = rows.select_related("message", "ticket", "article__department")
    return list(rows.order_by("at", "id")[:limit])


@transaction.atomic
def judge(number: int, *, is_right: bool, by: Account | None, viewer: "Viewer") -> bool:
    """Note what somebody found of a drawn answer; false when it waits for nobody any more."""
    found = Citation.Audit.RIGHT if is_right else Citation.Audit.WRONG
    mine = {one.pk for one in waiting(viewer=viewer, limit=1_000)}
    rows = Citation.objects.filter(pk=number, audit=Citation.Audit.DRAWN)
    return number in mine and bool(rows.update(audit=found, audited_by=by))


@transaction.atomic
def take_back(number: int, *, by: Account | None) -> bool:
    """Let an answer wait again that the same person has judged."""
    judged = (Citation.Audit.RIGHT, Citation.Audit.WRONG)
    rows = Citation.objects.filter(pk=number, audit__in=judged, audited_by=by)
    return bool(by and rows.update(audit=Citation.Audit.DRAWN, audited_by=None))


def audit(*, since: datetime, viewer: "Viewer") -> Audit:
    """What was found of the answers given since then."""
    if viewer.kind not in READERS:
        return Audit(given=0, drawn=0, judged=0, wrong=0)
    wrong, right = Citation.Audit.WRONG, Citation.Audit.RIGHT
    found = Citation.objects.filter(at__gte=since, message__direction="in").aggregate(
        given=Count("pk"),
        drawn=Count("pk", filter=~Q(audit=Citation.Audit.NONE)),
        judged=Count("pk", filter=Q(audit__in=(right, wrong))),
        wrong=Count("pk", filter=Q(audit=wrong)),
    )
    return Audit(**found)
