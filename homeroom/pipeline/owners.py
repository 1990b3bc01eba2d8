"""Those who keep articles hear what is for them: one to check, or a draft of what is missing."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from homeroom.channels import deliver
from homeroom.district import identify
from homeroom.district import queries as district
from homeroom.district.models import Account, Team
from homeroom.district.permissions import SYSTEM
from homeroom.kit.errors import Expected
from homeroom.knowledge import editing, editors, gaps
from homeroom.knowledge.load import AUDIENCES
from homeroom.knowledge.models import Article, Gap
from homeroom.pipeline import minds
from homeroom.routing import learning
from homeroom.understanding.encoders import fingerprint

NAMED: Final = 20
"""Articles named in one letter; the page lists them all."""
LIST: Final = "/setup/articles/?show=due"


class DraftedMeanwhile(Expected):
    """Somebody else was faster."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has taken this up already. Look at the page again."))


def find_gaps(*, now: datetime) -> int:
    """Look what is asked and not said; how many gaps there are."""
    learned = learning.champion()
    model = learned[0] if learned else learning.ensure(encoders=minds.encoders(), now=now)
    accents = model.offsets if model else None
    return gaps.find(encoder=fingerprint(), accents=accents, now=now)


def ask(*, now: datetime) -> int:
    """One letter to each who keeps articles whose day to be checked has come; how many letters.

    Each is asked once for each such day: that they were is written down with the letter.
    """
    today = now.astimezone(ZoneInfo(district.district(viewer=SYSTEM).timezone)).date()
    unasked = Q(asked_on=None) | Q(asked_on__lt=F("review_on"))
    due = Article.objects.filter(editors.standing("due", today=today) & unasked)
    theirs: dict[str, list[Article]] = {}
    for one in due.select_related("service__team").order_by("title", "id"):
        theirs.setdefault(keeper(one), []).append(one)
    theirs.pop("", None)
    return sum(_ask(who, some, today=today, now=now) for who, some in theirs.items())


def keeper(article: Article) -> str:
    """The mail address that keeps an article: its owner's, else that of the team it is about."""
    if "@" in article.owner:
        return article.owner.lower()
    return _of_team(article.service.team) if article.service else ""


def _of_team(team: Team) -> str:
    """The address of a team, else of its first lead or member; empty when it has none."""
    if team.email:
        return team.email.lower()
    members = identify.team_addresses(team.pk, viewer=SYSTEM)
    return members[0][1] if members else ""


@transaction.atomic
def _ask(who: str, some: Sequence[Article], *, today: date, now: datetime) -> bool:
    numbers = sorted(one.pk for one in some)
    Article.objects.filter(pk__in=numbers).update(asked_on=today)
    path = f"/setup/articles/{numbers[0]}/" if len(numbers) == 1 else LIST
    asked = ",".join(f"{one.pk}@{one.review_on}" for one in sorted(some, key=lambda one: one.pk))
    facts = {"titles": [one.title for one in some][:NAMED], "path": path}
    return _write(who, once=f"check:{asked}", facts=facts, now=now)


def _write(who: str, *, once: str, facts: Mapping[str, object], now: datetime) -> bool:
    known = identify.known_addresses([who], viewer=SYSTEM).get(who)
    mark = hashlib.sha256(once.encode()).hexdigest()[:32]
    return deliver.enqueue(
        ticket=None,
        message=None,
        purpose="article",
        recipient=who,
        participant=None,
        language=identify.language(known.pk if known else None, viewer=SYSTEM),
        once=f"article:{mark}:{who}",
        facts=facts,
        now=now,
    )


@transaction.atomic
def draft(gap: Gap, *, by: Account | None, now: datetime) -> Article:
    """A draft of what is missing, for who does that work, and a letter that it waits for them.

    :raises DraftedMeanwhile: when somebody has taken it up.
    """
    service = gap.service
    owner = _of_team(service.team) if service else (by.email if by else "")
    made = editing.save(
        None,
        values={
            "title": _title(gap)[:300],
            "body": _body(gap),
            "service": service,
            "department": service.team.department if service else None,
            "audience": [one for one in (service.audiences if service else ()) if one in AUDIENCES],
            "owner": owner,
            "is_draft": True,
        },
        by=by,
        now=now,
    )
    if not gaps.drafted(gap, draft=made):
        raise DraftedMeanwhile
    if owner:
        facts = {"titles": [made.title], "path": f"/setup/articles/{made.pk}/", "is_draft": True}
        _write(owner, once=f"draft:{made.pk}", facts=facts, now=now)
    return made


def _title(gap: Gap) -> str:
    """The question in its askers' words, or what it is about."""
    if gap.kind == Gap.Kind.FIELD and gap.service:
        return _("What we need to know: %(service)s") % {"service": gap.service.name}
    if gap.examples:
        words = str(gap.examples[0]).strip()
        return words[:1].upper() + words[1:]
    return gap.article.title if gap.article else _("A new article")


def _body(gap: Gap) -> str:
    if gap.kind == Gap.Kind.FIELD and gap.service:
        spec = gap.service.context_fields.get(gap.field) or {}
        words = {"service": gap.service.name, "field": spec.get("label") or gap.field}
        return _("When you write to us about “%(service)s”, please say: %(field)s.") % words
    return _("Write here what is true.")
