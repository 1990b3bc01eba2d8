"""What became of answers: honest numbers, a random part judged, and what nobody has written."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from django.db.models import TextField, Value
from django.db.models.functions import Cast as Cast_
from django.db.models.functions import Concat
from django.test import Client

from homeroom.channels.models import Delivery
from homeroom.district.models import Account, Closure, Identity, Membership
from homeroom.district.permissions import SYSTEM, Viewer
from homeroom.district.schooldays import back
from homeroom.kit import ids
from homeroom.knowledge import auditing, gaps, indexing, outcomes, queries
from homeroom.knowledge.models import Article, Citation, Gap
from homeroom.knowledge.outcomes import Outcome
from homeroom.pipeline import answering, minds, owners, replay, surroundings
from homeroom.tickets.models import Event, Message, Ticket, Vector
from homeroom.understanding.calibration import error_bound
from tests.cast import NOW, Cast
from tests.visitors import house, signed_in

LONG_AGO = NOW - timedelta(days=20)
THANKSGIVING = date(2026, 11, 26)


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


@pytest.fixture
def meals(cast: Cast) -> Article:
    return Article.objects.create(
        source_id="meals", title="Meal prices", body="Lunch costs $2.75.", service=cast.late_bus
    )


def asked(
    cast: Cast, text: str = "How much is lunch?", at: datetime = LONG_AGO, **more: object
) -> Message:
    """A question as it came in."""
    values = {"status": "new", "channel": "email", "service": cast.late_bus} | more
    address = str(values.pop("address", "ana.flores@example.com"))
    ticket = Ticket.objects.create(opened_at=at, changed_at=at, **values)
    Ticket.objects.filter(pk=ticket.pk).update(reference=ids.reference(ticket.pk))
    return said(ticket, text, at=at, sender_address=address)


def said(ticket: Ticket, text: str, *, at: datetime, **more: object) -> Message:
    values = {"direction": "in", "channel": "email", "kind": "request"} | more
    return Message.objects.create(ticket=ticket, text=text, at=at, recorded_at=at, **values)


def answered(message: Message, article: Article, **more: object) -> Citation:
    values = {"text": article.body, "language": "en", "confidence": 0.99, "at": message.at} | more
    return Citation.objects.create(
        message=message, ticket=message.ticket, article=article, **values
    )


def only(outcome: Outcome) -> bool:
    """Whether the one answer there is turned out so, and nothing else is counted."""
    told = outcomes.told(since=NOW - timedelta(days=90), now=NOW, viewer=SYSTEM)
    return told.all.counts == {outcome: 1} and told.asked == 1


# ------------------------------------------------------------------ the calendar


@pytest.mark.parametrize(
    ("on", "days", "earliest"),
    [
        (date(2026, 12, 2), 5, date(2026, 11, 24)),  # Wed: Tue, Mon, Fri, [Thanksgiving], Wed
        (date(2026, 12, 3), 5, date(2026, 11, 25)),
        (date(2026, 11, 30), 1, date(2026, 11, 27)),  # one school day before a Monday is Friday
        (date(2026, 11, 29), 1, date(2026, 11, 25)),  # a Sunday
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_school_days_are_counted_by_the_calendar(on: date, days: int, earliest: date) -> None:
    assert back(on, days=days, closures={THANKSGIVING}) == earliest


def test_a_calendar_without_school_ends_the_search() -> None:
    closed = {date(2024, 1, 1) + timedelta(days=n) for n in range(1_500)}
    assert back(date(2026, 11, 24), days=5, closures=closed) == date(2025, 11, 23)


# ------------------------------------------------------------------ outcomes


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("accepted", Outcome.ENDED),
        ("rejected", Outcome.REJECTED),
        ("returned", Outcome.RETURNED),
        ("given", Outcome.QUIET),
    ],
)
def test_only_a_yes_that_lasts_ends_a_request(
    cast: Cast, meals: Article, state: str, outcome: Outcome
) -> None:
    answered(asked(cast), meals, state=state, state_at=LONG_AGO + timedelta(hours=1))
    assert only(outcome)


def test_until_five_school_days_are_over_nobody_knows(cast: Cast, meals: Article) -> None:
    # Tuesday of the week before: five school days ago; a Monday is six.
    answered(asked(cast, at=NOW - timedelta(days=7)), meals, state="accepted", state_at=NOW)
    assert only(Outcome.OPEN)
    Citation.objects.update(at=NOW - timedelta(days=8))
    assert only(Outcome.ENDED)
    Closure.objects.create(on=date(2026, 11, 20), name="Teachers' day")
    assert only(Outcome.OPEN)


def test_a_person_who_wrote_did_the_work(cast: Cast, meals: Article) -> None:
    first = asked(cast)
    answered(first, meals, state="accepted", state_at=LONG_AGO + timedelta(days=1))
    said(first.ticket, "Yes.", at=LONG_AGO + timedelta(hours=1), direction="out")
    assert only(Outcome.HELPED)


@pytest.mark.parametrize(
    ("kind", "outcome"), [("follow_up", Outcome.RETURNED), ("thanks", Outcome.ENDED)]
)
def test_who_writes_on_after_a_yes_was_not_helped(
    cast: Cast, meals: Article, kind: str, outcome: Outcome
) -> None:
    first = asked(cast)
    answered(first, meals, state="accepted", state_at=LONG_AGO + timedelta(hours=1))
    said(first.ticket, "yes", at=LONG_AGO + timedelta(minutes=59), kind="follow_up")
    assert only(Outcome.ENDED)
    said(first.ticket, "and the fee?", at=LONG_AGO + timedelta(hours=2), kind=kind)
    assert only(outcome)


def test_shares_have_their_denominators(cast: Cast, meals: Article) -> None:
    for state, n in {"accepted": 2, "given": 3, "rejected": 1}.items():
        for _ in range(n):
            answered(asked(cast), meals, state=state, state_at=LONG_AGO)
    answered(asked(cast, at=NOW), meals)
    asked(cast, sensitivity="confidential")
    asked(cast, "An unanswered one")
    told = outcomes.told(since=NOW - timedelta(days=90), now=NOW, viewer=SYSTEM)
    assert (told.all.given, told.all.known, told.all.share) == (7, 6, 2 / 6)
    assert told.asked == 8, "private requests are in no number"
    assert told.articles[meals.pk].given == told.services[cast.late_bus.pk].given == 7
    nobody = Viewer(kind="staff", person_id=1)
    assert outcomes.told(since=NOW - timedelta(days=90), now=NOW, viewer=nobody).all.given == 0


# ------------------------------------------------------------------ coming back


@pytest.mark.parametrize(
    ("given", "comes"),
    [
        ({}, True),
        ({"address": "+15555550147", "channel": "sms"}, True),  # another way, the same person
        ({"address": "lee@x.example", "requester": None}, False),
        ({"days": 7}, True),  # the Tuesday before: five school days
        ({"days": 8}, False),
        ({"elsewhere": True}, False),
        ({"elsewhere": True, "service": None}, True),  # nobody knows what it is about
    ],
)
def test_the_same_person_is_back_about_the_same_by_any_way(
    cast: Cast, meals: Article, given: dict[str, object], comes: bool
) -> None:
    more = dict(given)
    days = int(str(more.pop("days", 3)))
    cited = answered(asked(cast, at=NOW - timedelta(days=days), requester=cast.ana), meals)
    if more.pop("elsewhere", False):
        more.setdefault("service", cast.projectors)
    new = asked(cast, "Lunch again", at=NOW, **({"requester": cast.ana} | more))
    found = queries.answered_before(new, viewer=SYSTEM, now=NOW)
    assert list(found) == ([cited] if comes else [])


def test_a_text_after_an_answered_mail_takes_the_answer_back(cast: Cast, meals: Article) -> None:
    Identity.objects.create(person=cast.ana, kind="phone", value="+15555550147", verified_at=NOW)
    indexing.index(encoders=minds.encoders())
    around = surroundings.look(encoders=minds.encoders(), now=NOW)

    def told(channel: str, sender: dict[str, str], text: str, at: datetime) -> dict[str, object]:
        given = {
            "id": channel,
            "at": at.isoformat(),
            "channel": channel,
            "from": sender,
            "text": text,
        }
        return replay.take(json.dumps(given).encode(), channel, channel, house=around, at=at)

    lunch = "How much is school lunch?"
    first = told("email", {"email": "ana.flores@example.com"}, lunch, NOW - timedelta(days=3))
    assert first["answer"] is not None
    ticket = Ticket.objects.get()
    answering.accept(ticket, by=cast.ana.pk, now=NOW - timedelta(days=3))
    told("sms", {"phone": "+1 555 555 0147"}, f"{lunch} Nobody could tell me.", NOW)
    assert Citation.objects.get(ticket=ticket).state == "returned"
    assert Event.objects.filter(ticket=ticket, type="answer.returned").exists()


def test_what_staff_cited_in_their_own_words_is_no_answer_of_the_house(
    cast: Cast, meals: Article
) -> None:
    first = asked(cast, requester=cast.ana, at=NOW - timedelta(days=1))
    reply = said(first.ticket, "See here.", at=NOW - timedelta(days=1), direction="out")
    answered(reply, meals)
    new = asked(cast, "Again", at=NOW, requester=cast.ana)
    assert queries.answered_before(new, viewer=SYSTEM, now=NOW) == []
    assert outcomes.told(since=LONG_AGO, now=NOW, viewer=SYSTEM).all.given == 0


# ------------------------------------------------------------------ the audit


def test_one_answer_in_fifty_is_drawn_by_chance_and_the_same_each_time() -> None:
    drawn = [auditing.draw(Message(pk=number)) for number in range(1, 5_001)]
    # 100 expected; four standard deviations are 40.
    assert 60 < drawn.count("drawn") < 140
    assert drawn[:200] == [auditing.draw(Message(pk=number)) for number in range(1, 201)]


def test_what_was_drawn_is_judged_once_and_counted(cast: Cast, meals: Article) -> None:
    leader = signed_in(Account.objects.get(is_leader=True))
    hidden = answered(asked(cast, "A secret", sensitivity="confidential"), meals, audit="drawn")
    one, other = (answered(asked(cast, f"Question {n}"), meals, audit="drawn") for n in (1, 2))
    answered(asked(cast), meals)
    html = leader.get("/office/answers/").content.decode()
    assert "Question 1" in html
    assert "A secret" not in html
    assert "2 wait for you." in html
    assert judge(leader, hidden, "right") == 422
    assert judge(leader, one, "wrong") == 303
    assert judge(leader, one, "right") == 422
    one.refresh_from_db()
    assert (one.audit, one.audited_by) == ("wrong", Account.objects.get(is_leader=True))
    assert judge(leader, other, "right") == 303
    found = auditing.audit(since=LONG_AGO, viewer=SYSTEM)
    assert (found.given, found.drawn, found.judged, found.wrong) == (4, 3, 2, 1)
    assert found.bound == pytest.approx(error_bound(1, 2))
    assert leader.post(f"/office/answers/?answer={other.pk}", {"do": "undo"}).status_code == 303
    assert auditing.audit(since=LONG_AGO, viewer=SYSTEM).judged == 1


def judge(client: Client, one: Citation, found: str) -> int:
    return client.post("/office/answers/", {"do": found, "answer": one.pk}).status_code


# ------------------------------------------------------------------ gaps

EARLY = (
    "What time does school end on early release days?",
    "when do kids get out on early release",
    "What time is dismissal on an early release day?",
    "Early release: at what time does school let out?",
    "¿A qué hora terminan las clases los días de salida temprano?",
    "hi this is Maria Lopez, when is dismissal on early release days? call 555-555-0199",
)
OTHERS = (
    "How do I get a parking permit?",
    "Where can I find the supply list?",
    "Who do I ask about volunteering?",
)


def read(message: Message) -> None:
    """The request with its vector, as understanding leaves it."""
    encoders = minds.encoders()
    vector = encoders.encode([message.text])[0].astype(np.float16)
    Vector.objects.create(
        ticket=message.ticket, encoder=encoders.fingerprint, values=vector.tobytes()
    )


def test_what_many_ask_and_no_article_says_is_found_without_who_asked(cast: Cast) -> None:
    for number, text in enumerate((*EARLY, *OTHERS)):
        language = "es" if text.startswith("¿") else "en"
        read(said_by(cast, text, number, language=language))
    assert owners.find_gaps(now=NOW) == 1
    gap = Gap.objects.get()
    assert (gap.kind, gap.service, gap.out_of) == ("asked", cast.late_bus, len(EARLY + OTHERS))
    others = Ticket.objects.filter(messages__text__in=OTHERS).values_list("pk", flat=True)
    assert gap.seen == len(gap.tickets) >= 5
    assert not set(gap.tickets) & set(others)
    told = gaps.bare(f"\n{EARLY[-1]}")
    assert "early release" in told
    assert not {"Maria", "Lopez", "0199"} & set(told.replace("-", " ").replace(",", " ").split())
    # The next night it is known again, and what was dismissed stays so.
    gaps.dismiss(gap)
    assert owners.find_gaps(now=NOW + timedelta(days=1)) == 1
    assert Gap.objects.get().state == "dismissed"
    # One person who asks again and again is none, nor is what somebody in danger writes.
    Gap.objects.all().delete()
    Message.objects.update(sender_address="same@x.example")
    assert owners.find_gaps(now=NOW) == 0
    Message.objects.update(sender_address=Concat(Value("p"), Cast_("id", TextField())))
    assert owners.find_gaps(now=NOW) == 1
    Ticket.objects.update(needs_person=True)
    assert owners.find_gaps(now=NOW) == 0
    assert not Gap.objects.exists()


def said_by(cast: Cast, text: str, number: int, **more: object) -> Message:
    message = asked(cast, text, at=NOW - timedelta(days=number + 1), address=f"p{number}@x.example")
    Message.objects.filter(pk=message.pk).update(**more)
    return Message.objects.get(pk=message.pk)


def test_found_and_refused_and_always_asked_back_are_gaps(cast: Cast, meals: Article) -> None:
    for state in ("rejected", "rejected", "returned", "given"):
        answered(asked(cast), meals, state=state)
    question = {"field": "bus_route", "value": "Which bus?"}
    for number in range(6):
        asked(
            cast,
            f"late {number}",
            service=cast.projectors,
            context={"question": question} if number else {},
        )
    owners.find_gaps(now=NOW)
    refused, field = Gap.objects.order_by("kind").reverse()
    assert (refused.kind, refused.article, refused.seen, refused.out_of) == (
        "rejected",
        meals,
        3,
        4,
    )
    assert (field.kind, field.field, field.seen, field.out_of) == ("field", "bus_route", 5, 6)


def test_one_click_begins_a_draft_for_who_does_the_work_and_tells_them(cast: Cast) -> None:
    leader = signed_in(Account.objects.get(is_leader=True))
    gap = Gap.objects.create(
        kind="asked", service=cast.projectors, seen=14, out_of=40, first_at=NOW, found_at=NOW,
        examples=["how do I get sound from the board?"],
    )  # fmt: skip
    Membership.objects.filter(person=cast.theo).update(is_lead=True)
    html = leader.get("/office/answers/").content.decode()
    assert "Asked 14 times, and no article answers it" in html
    assert leader.post("/office/answers/", {"do": "draft", "gap": gap.pk}).status_code == 303
    draft = Article.objects.get()
    assert (draft.is_draft, draft.service, draft.owner) == (
        True,
        cast.projectors,
        "theo.ramos@cedarvalley.example",
    )
    assert draft.title == "How do I get sound from the board?"
    assert queries.article(draft.source_id, viewer=SYSTEM, today=NOW.date()) is None
    letter = Delivery.objects.get()
    assert (letter.purpose, letter.recipient) == ("article", "theo.ramos@cedarvalley.example")
    assert signed_in(cast.theo.account).get(f"/setup/articles/{draft.pk}/").status_code == 200
    again = leader.post("/office/answers/", {"do": "draft", "gap": gap.pk})
    assert again.status_code == 422
    assert Article.objects.count() == Delivery.objects.count() == 1


def test_the_numbers_are_for_leaders_alone(cast: Cast) -> None:
    assert signed_in(cast.theo.account).get("/office/answers/").status_code == 404
    assert signed_in(cast.theo.account).post("/office/answers/", {"do": "draft"}).status_code == 404


# ------------------------------------------------------------------ owners are asked


def test_who_keeps_an_article_is_asked_once_when_its_day_comes(cast: Cast, meals: Article) -> None:
    today = NOW.date()
    whose = "meals@cedarvalley.example"
    Article.objects.update(owner=whose, review_on=today)
    for name, more in {
        "also": {}, "later": {"review_on": today + timedelta(days=1)}, "draft": {"is_draft": True},
        "expired": {"expires_on": today}, "retired": {"is_active": False}, "no one": {"owner": ""},
        "a team": {"owner": "", "service": cast.projectors},
    }.items():  # fmt: skip
        values = {"owner": whose, "review_on": today, "body": "x"} | more
        Article.objects.create(source_id=name, title=name, **values)
    assert owners.ask(now=NOW) == 2
    assert owners.ask(now=NOW) == 0
    letters = {one.recipient: one.facts["titles"] for one in Delivery.objects.all()}
    assert letters == {whose: ["Meal prices", "also"], "theo.ramos@cedarvalley.example": ["a team"]}
    assert owners.ask(now=NOW + timedelta(days=1)) == 1, "the next one has come to its day"
    Article.objects.filter(pk=meals.pk).update(review_on=today + timedelta(days=30))
    assert owners.ask(now=NOW + timedelta(days=31)) == 1, "a new day is asked for anew"
