"""What is asked and not said: found at night from the requests of the last two months."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from homeroom.knowledge import alike, words
from homeroom.knowledge.models import Article, Citation, Gap
from homeroom.knowledge.shelf import Accents
from homeroom.tickets import asked
from homeroom.tickets.figures import FEWEST, READERS
from homeroom.tickets.models import Message, Ticket, Vector
from homeroom.understanding import mentions
from homeroom.understanding.matter import matter
from homeroom.understanding.mentions import Kind

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

SPAN: Final = timedelta(days=60)
LANES: Final = ("public", "internal")
"""Sensitivities whose words an article could be made of."""
REFUSED: Final = 3
"""So many of those who were answered from an article said no or came back."""
REFUSED_SHARE: Final = 0.2
ALWAYS: Final = 0.5
"""Share of a service's requests from which on a fact is "always" asked back."""
EXAMPLES: Final = 5
_PRIVATE: Final = frozenset(
    {Kind.PERSON, Kind.PHONE, Kind.EMAIL, Kind.STUDENT_ID, Kind.ADDRESS, Kind.SERIAL, Kind.ORDER}
    | {Kind.ASSET_TAG, Kind.CODE, Kind.URL, Kind.EXTENSION}
)
_DIGITS: Final = re.compile(r"\d{5,}")
_BLANK: Final = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One gap as it stands tonight."""

    kind: str
    seen: int
    out_of: int
    service_id: int | None = None
    article_id: int | None = None
    field: str = ""
    examples: tuple[str, ...] = ()
    tickets: tuple[int, ...] = ()


def waiting(*, viewer: "Viewer", limit: int = 50) -> Sequence[Gap]:
    """The gaps that nobody has filled or dismissed, for leaders, the most asked first."""
    if viewer.kind not in READERS:
        return []
    rows = Gap.objects.filter(state=Gap.State.OPEN).select_related("service__team", "article")
    return list(rows.order_by("-seen", "id")[:limit])


def gap(number: int | None, *, viewer: "Viewer") -> Gap | None:
    """The open gap of that number, for leaders."""
    rows = Gap.objects.filter(pk=number or 0, state=Gap.State.OPEN)
    found = rows.select_related("service__team__department", "article").first()
    return found if viewer.kind in READERS else None


def asked_as(draft: Article, *, viewer: "Viewer") -> list[str]:
    """How people asked for what a draft was begun for; for staff."""
    if not viewer.is_staff:
        return []
    found = Gap.objects.filter(draft=draft).values_list("examples", flat=True).first()
    return [str(one) for one in found or ()]


def find(*, encoder: str, accents: Accents | None, now: datetime) -> int:
    """Look at the last two months and keep what is missing; how many gaps there are.

    Without `accents` (no model is fitted) nothing tells what is asked alike.

    What was dismissed stays so, what has a draft keeps it, and what is asked no more goes.
    """
    since = now - SPAN
    found = [
        *(_asked(encoder=encoder, accents=accents, since=since) if accents else ()),
        *_rejected(since=since),
        *_fields(since=since),
    ]
    _keep(found, now=now)
    return len(found)


def _asked(*, encoder: str, accents: Accents, since: datetime) -> Iterable[Found]:
    """What is asked by so many that nobody could be picked out, and no article answered."""
    rows = _questions(encoder=encoder, since=since)
    services = {row["service_id"] for row in rows}
    totals = _requests(since=since)
    for service_id in sorted(services, key=lambda one: one or 0):
        mine = [row for row in rows if row["service_id"] == service_id]
        vectors = np.stack([np.frombuffer(row["values"], np.float16) for row in mine])
        languages = [row["language"] for row in mine]
        together = alike.groups(vectors.astype(np.float32), languages, accents, fewest=FEWEST)
        for group in together:
            rows_in = [mine[place] for place in group]
            if len({row["who"] for row in rows_in}) < FEWEST:
                continue
            yield Found(
                kind=Gap.Kind.ASKED,
                service_id=service_id,
                seen=len(rows_in),
                out_of=totals[service_id],
                examples=_examples(row["text"] for row in rows_in),
                tickets=tuple(sorted(row["ticket_id"] for row in rows_in)),
            )


def _questions(*, encoder: str, since: datetime) -> list[dict[str, Any]]:
    """The first words of unanswered requests that ask to know something, newest first."""
    said = (
        Message.objects.filter(
            direction=Message.Direction.IN,
            is_public=True,
            kind="request",
            ticket__in=_open(since=since).filter(citations=None),
        )
        .order_by("ticket_id", "id")
        .distinct("ticket_id")
        .values("ticket_id", "subject", "text", "language", "sender_address", "person_id")
    )
    texts = {row["ticket_id"]: f"{row['subject']}\n{row['text']}" for row in said}
    first = {row["ticket_id"]: row for row in said if words.asks(texts[row["ticket_id"]])}
    meant = Vector.objects.filter(ticket_id__in=first, encoder=encoder)
    return [
        {
            **first[ticket],
            "values": values,
            "service_id": service,
            "text": texts[ticket],
            "language": first[ticket]["language"] or "en",
            "who": requester or first[ticket]["sender_address"] or f"ticket {ticket}",
        }
        for ticket, values, service, requester in meant.order_by("-ticket_id").values_list(
            "ticket_id", "values", "ticket__service_id", "ticket__requester_id"
        )
    ]


def _open(*, since: datetime) -> QuerySet[Ticket]:
    """Requests whose words an article could be made of: none in which somebody may be in danger."""
    return Ticket.objects.filter(
        opened_at__gte=since, merged_into=None, sensitivity__in=LANES, safety="", needs_person=False
    )


def _requests(*, since: datetime) -> Counter[int | None]:
    rows = _open(since=since).order_by().values_list("service_id").annotate(n=Count("pk"))
    return Counter(dict(rows))


def _rejected(*, since: datetime) -> Iterable[Found]:
    """Articles that were found, and did not do."""
    no = Q(state__in=(Citation.State.REJECTED, Citation.State.RETURNED))
    wrong = Q(audit=Citation.Audit.WRONG)
    given = Citation.objects.filter(
        at__gte=since, message__direction=Message.Direction.IN, article__isnull=False
    )
    rows = given.order_by().values_list("article_id", "article__service_id")
    for article, service, n_given, n_no in rows.annotate(
        given=Count("pk"), no=Count("pk", filter=no | wrong)
    ):
        if n_no < REFUSED or n_no < REFUSED_SHARE * n_given:
            continue
        bad = given.filter(no | wrong, article_id=article, ticket__sensitivity__in=LANES)
        bad = bad.filter(ticket__safety="", ticket__needs_person=False).select_related("message")
        asked_so = list(bad.order_by("-id")[:EXAMPLES])
        yield Found(
            kind=Gap.Kind.REJECTED,
            article_id=article,
            service_id=service,
            seen=n_no,
            out_of=n_given,
            examples=_examples(f"{one.message.subject}\n{one.message.text}" for one in asked_so),
            tickets=tuple(sorted(one.ticket_id for one in asked_so)),
        )


def _fields(*, since: datetime) -> Iterable[Found]:
    """Facts that most who ask for a service leave out."""
    totals = _requests(since=since)
    questions = _open(since=since).filter(context__has_key=asked.NAME).order_by()
    rows = questions.values_list("service_id", f"context__{asked.NAME}__field")
    for service, name, n in rows.annotate(n=Count("pk")):
        if service is not None and name and n >= max(FEWEST, ALWAYS * totals[service]):
            yield Found(
                kind=Gap.Kind.FIELD,
                service_id=service,
                field=str(name)[:60],
                seen=n,
                out_of=totals[service],
            )


def _examples(texts: Iterable[str]) -> tuple[str, ...]:
    """A few ways in which it was asked, without what tells who asked."""
    found = dict.fromkeys(bare(text) for text in texts)
    return tuple(one for one in found if one)[:EXAMPLES]


def bare(text: str) -> str:
    """What is asked, without names, numbers and addresses of people, on one line."""
    subject, _, said = text.partition("\n")
    whole = matter(subject, said)
    hidden = [one for one in mentions.extract(whole, at=_ANY_DAY) if one.kind in _PRIVATE]
    for one in sorted(hidden, key=lambda one: -one.start):
        whole = whole[: one.start] + _BLANK + whole[one.end :]
    return " ".join(_DIGITS.sub(_BLANK, whole).split())[:300]


_ANY_DAY: Final = datetime(2026, 1, 1)  # noqa: DTZ001  days are not looked at


@transaction.atomic
def _keep(found: Sequence[Found], *, now: datetime) -> None:
    """Known ones are brought up to date, new ones made, and those nobody meets any more dropped."""
    known = list(Gap.objects.select_for_update().order_by("id"))
    for one in found:
        row = next((each for each in known if _is_same(each, one)), None)
        if row is None:
            row = Gap(kind=one.kind, service_id=one.service_id, first_at=now)
        else:
            known.remove(row)
        row.article_id, row.field = one.article_id, one.field
        row.seen, row.out_of, row.found_at = one.seen, one.out_of, now
        row.examples, row.tickets = list(one.examples), list(one.tickets)
        row.save()
    Gap.objects.filter(pk__in=[row.pk for row in known], state=Gap.State.OPEN).delete()
    Gap.objects.filter(found_at__lt=now - SPAN).delete()


def _is_same(row: Gap, one: Found) -> bool:
    """Whether it is a gap that was found before: by half of its requests, else by its name."""
    if row.kind != one.kind or row.service_id != one.service_id:
        return False
    if one.kind == Gap.Kind.ASKED:
        shared = len(set(row.tickets) & set(one.tickets))
        return shared > 0 and 2 * shared >= min(len(row.tickets), len(one.tickets))
    return (row.article_id, row.field) == (one.article_id, one.field)


@transaction.atomic
def dismiss(one: Gap) -> None:
    """Nobody needs to be told of it again."""
    Gap.objects.filter(pk=one.pk, state=Gap.State.OPEN).update(state=Gap.State.DISMISSED)


@transaction.atomic
def drafted(one: Gap, *, draft: Article) -> bool:
    """Its draft is there; false when somebody was faster."""
    rows = Gap.objects.filter(pk=one.pk, state=Gap.State.OPEN)
    return bool(rows.update(state=Gap.State.DRAFTED, draft=draft))
