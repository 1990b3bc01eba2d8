"""Letters: what each says and to whom, that nothing slips into a header, and that both languages are there."""

import email
import email.policy
import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import polib
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.channels import deliver
from homeroom.channels.email import addresses, letters, wording
from homeroom.channels.models import Delivery
from homeroom.kit.mail.compose import UnsafeHeader
from homeroom.tickets import saying
from homeroom.tickets.log import SYSTEM, person
from homeroom.tickets.models import Message, Participant, Ticket
from homeroom.tickets.saying import Party, Said
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db
MAIL = Path(letters.__file__).parents[1] / "templates" / "mail"
CATALOGUE = Path(letters.__file__).parents[2] / "locale" / "es" / "LC_MESSAGES" / "django.po"
ENGLISH = [entry.msgid for entry in polib.pofile(str(CATALOGUE))]
ANA = "ana.flores@example.com"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def ticket(
    cast: Cast, *, is_verified: bool = True, **given: object
) -> tuple[Ticket, Message, Participant]:
    fields: dict[str, object] = {
        "channel": "email", "direction": Message.Direction.IN, "text": "Bus 42 was late again.\n\nAna",
        "subject": "Bus 42", "at": NOW, "external_id": "first@mail.example.com",
        "sender_name": "Ana Flores", "sender_address": ANA,
    }  # fmt: skip
    party = Party(
        role=Participant.Role.REQUESTER,
        kind="email",
        value=ANA,
        name="Ana Flores",
        is_verified=is_verified,
    )
    message = saying.open_request(
        Said(**(fields | given)),
        parties=(party,),
        requester=cast.ana,
        certainty="claimed",
        by=SYSTEM,
        now=NOW,  # type: ignore[arg-type]
    )
    opened = message.ticket
    opened.team = cast.buses
    opened.reply_due_at = NOW + timedelta(minutes=12)
    opened.place = cast.room_214
    opened.save()
    return opened, message, opened.participants.get()


def letter(
    purpose: str,
    opened: Ticket | None,
    message: Message | None,
    party: Participant | None,
    **given: object,
) -> Delivery:
    fields: dict[str, object] = {
        "recipient": party.value if party else ANA, "language": "en", "facts": {}, "now": NOW,
        "once": f"{purpose}:{Delivery.objects.count()}",
    }  # fmt: skip
    assert deliver.enqueue(
        ticket=opened, message=message, purpose=purpose, participant=party, **(fields | given)
    )  # type: ignore[arg-type]
    return Delivery.objects.select_related("ticket", "message__person", "participant").latest("id")


def parsed(delivery: Delivery) -> EmailMessage:
    return email.message_from_bytes(letters.compose(delivery), policy=email.policy.default)  # type: ignore[return-value]


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_receipt_says_who_has_it_by_when_and_what_we_heard(cast: Cast) -> None:
    opened, message, party = ticket(cast)
    sent = parsed(letter("receipt", opened, message, party))
    text = plain(sent)
    assert "Your request is with Bus desk. A person will write to you by 9:50 AM today." in text
    assert f"Your reference is {opened.reference}." in text
    assert "> Bus 42 was late again.\n>\n> Ana" in text
    assert f"/r/{party.token}/" in text
    assert sent["Subject"] == "Re: Bus 42"
    assert sent["From"] == "Cedar Valley Schools <help@cedarvalley.example>"
    assert sent["Reply-To"] == f"help+{party.token}@cedarvalley.example"
    assert sent["In-Reply-To"] == sent["References"] == "<first@mail.example.com>"
    assert sent["Auto-Submitted"] == "auto-replied"
    assert sent["X-Auto-Response-Suppress"] == "All"
    assert sent["X-Homeroom-Loop"] == addresses.install_id()
    assert sent["Precedence"] is None
    assert all(words in html(sent) for words in ("Bus desk", party.token, "Bus 42 was late again."))


def test_an_unproven_address_gets_none_of_what_was_typed_and_one_a_day(cast: Cast) -> None:
    bad = {"subject": "BUY PILLS", "text": "buy pills at evil.example", "sender_name": "Buy Pills"}
    opened, message, party = ticket(cast, is_verified=False, **bad)
    party.name = "Buy Pills"
    party.save()
    sent = letter("receipt", opened, message, party)
    assert sent.purpose == "neutral"
    raw = letters.compose(sent).lower()
    assert b"pills" not in raw
    assert b"evil" not in raw
    assert "Someone, perhaps you, wrote to Cedar Valley Schools" in plain(parsed(sent))
    given = {"recipient": party.value.upper(), "language": "en", "facts": {}, "once": "another"}
    for hours, is_sent in (
        (1, False),
        (14, False),
        (15, True),
    ):  # the district's midnight is 6:00 UTC
        moment = NOW + timedelta(hours=hours)
        assert (
            deliver.enqueue(
                ticket=opened,
                message=message,
                purpose="receipt",
                participant=party,
                now=moment,
                **given,
            )
            is is_sent
        )  # type: ignore[arg-type]


def test_a_reply_is_a_persons_and_its_thread_goes_on(cast: Cast) -> None:
    opened, message, party = ticket(cast)
    letter("receipt", opened, message, party)
    said = Said(
        channel="email",
        direction=Message.Direction.OUT,
        text="It runs again.\n\n\nTheo",
        at=NOW,
        person_id=cast.theo.pk,
    )
    answer = saying.reply(opened, said=said, by=person(cast.theo.pk), now=NOW)
    sent = parsed(letter("reply", opened, answer, party))
    assert sent["From"].addresses[0].display_name == "Theo Ramos via Cedar Valley Schools"
    assert sent["Auto-Submitted"] is None
    assert sent["X-Auto-Response-Suppress"] is None
    assert "It runs again.\n\n\nTheo" in plain(sent)
    assert "Bus 42 was late again" not in plain(sent)
    first = Delivery.objects.order_by("id").first()
    assert first is not None
    assert sent["References"] == f"<first@mail.example.com> <{first.external_id}>"


def test_a_reply_to_an_unproven_address_has_no_subject_of_theirs(cast: Cast) -> None:
    opened, _, party = ticket(cast, is_verified=False, subject="BUY PILLS")
    said = Said(
        channel="email",
        direction=Message.Direction.OUT,
        text="Please call us.",
        at=NOW,
        person_id=cast.theo.pk,
    )
    answer = saying.reply(opened, said=said, by=person(cast.theo.pk), now=NOW)
    sent = parsed(letter("reply", opened, answer, party))
    assert sent["Subject"] == f"Your request to Cedar Valley Schools [{opened.reference}]"
    assert "Please call us." in plain(sent)


def test_staff_hear_who_where_what_why_and_by_when(cast: Cast) -> None:
    opened, message, _ = ticket(cast)
    watcher = Participant.objects.create(
        ticket=opened,
        role="watcher",
        kind="email",
        value="theo.ramos@cedarvalley.example",
        name="Theo",
        token="t" * 32,
    )
    sent = parsed(
        letter("new_in_team", opened, message, watcher, facts={"why": ["It says bus 42."]})
    )
    text = plain(sent)
    for words in (
        "A request came to Bus desk.", "From: Ana Flores", "Where: 214", "Promised: by 9:50 AM today",
        "Why it came to you: It says bus 42.", "> Bus 42 was late again.", f"/desk/{opened.reference}/",
    ):  # fmt: skip
        assert words in text
    assert sent["Subject"] == f"Bus 42 [{opened.reference}]"
    assert sent["Reply-To"] == f"help+{watcher.token}@cedarvalley.example"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["List-Id"] is None
    follows = parsed(letter("watcher", opened, message, watcher))
    assert follows["List-Id"]
    assert opened.reference in str(follows["List-Unsubscribe"])


@pytest.mark.parametrize("purpose", ["receipt", "new_in_team", "asker_wrote", "alarm"])
def test_words_of_danger_stay_out_of_mail(cast: Cast, purpose: str) -> None:
    opened, message, party = ticket(cast, text="I want to hurt myself", subject="I want to die")
    opened.safety, opened.sensitivity = "self_harm", "safety"
    opened.save()
    if purpose != "receipt":
        party = Participant.objects.create(
            ticket=opened,
            role="watcher",
            kind="email",
            value="elena.ortiz@cedarvalley.example",
            token="t" * 32,
        )
    sent = letter(purpose, opened, message, party)
    raw = letters.compose(sent)
    assert b"hurt" not in raw
    assert b"die" not in raw.replace(b"dieser", b"")
    if purpose == "receipt":
        assert "988" in plain(parsed(sent))
    if purpose == "alarm":
        assert parsed(sent)["Subject"] == f"Look now: self harm [{opened.reference}]"
        assert b"Ana" not in raw
        assert sent.next_at < NOW


@pytest.mark.parametrize("purpose", sorted(letters.TO_ASKERS | letters.TO_STAFF | {"link", "test"}))
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_letter_has_words_in_both_languages(cast: Cast, purpose: str, language: str) -> None:
    opened, message, party = ticket(cast)
    if purpose in letters.TO_STAFF:
        party.role = "watcher"
        party.save()
    facts = {
        "answer": "Fridays at 19:00.",
        "sources": ["Games"],
        "question": "Which bus?",
        "path": "/in/abc/",
    }
    sent = parsed(letter(purpose, opened, message, party, language=language, facts=facts))
    text = plain(sent)
    assert sent["Subject"].strip()
    assert len(text) > 60
    assert f'lang="{language}"' in html(sent)
    assert not re.search(r"[\ue000\ue001]|\{[{%]|%\(|None", text + html(sent))
    if language == "es":
        english = [words for words in ENGLISH if len(words) > 25 and words in text]
        assert english == []
    if purpose == "receipt" and language == "es":
        assert "Una persona le escribirá hoy antes de las 9:50." in text


def test_a_day_in_words(cast: Cast) -> None:
    with translation.override("es"):
        assert wording.by(NOW + timedelta(days=2), now=NOW, zone=letters.zone()) == (
            "antes de las 9:38 del jueves 26 de noviembre"
        )
    with translation.override("en"):
        assert (
            wording.by(NOW + timedelta(days=1), now=NOW, zone=letters.zone())
            == "by 9:38 AM tomorrow"
        )
        assert wording.by(NOW + timedelta(days=60), now=NOW, zone=letters.zone()) == (
            "by 9:38 AM on Saturday, Jan 23, 2027"
        )


def test_equal_at_every_attempt_whatever_happened_meanwhile(cast: Cast) -> None:
    opened, message, party = ticket(cast)
    sent = letter("receipt", opened, message, party)
    before = letters.compose(sent)
    opened.team, opened.subject, opened.reply_due_at = cast.classroom, "Something else", None
    opened.save()
    heard = Said(
        channel="email",
        direction=Message.Direction.IN,
        text="And?",
        at=NOW,
        external_id="b@x",
        sender_address=ANA,
    )
    saying.hear(opened, said=heard, by=SYSTEM, now=NOW + timedelta(minutes=1))
    assert letters.compose(Delivery.objects.get(pk=sent.pk)) == before


@pytest.mark.parametrize(
    "recipient",
    ["a@b.example\r\nBcc: x@y.example", "a b@c.example", "no address", "a@b\n.example", ""],
)
def test_an_address_that_is_none_is_refused_by_name(cast: Cast, recipient: str) -> None:
    opened, message, party = ticket(cast)
    sent = letter("receipt", opened, message, party, recipient=recipient)
    with pytest.raises(UnsafeHeader, match="holds something that cannot be sent"):
        letters.compose(sent)


NASTY = st.text(
    st.sampled_from("a\r\n\x00 :<>\"'{}%\ue000\ue001é\u202e=?&;"), max_size=40
) | st.just("x\r\nBcc: evil@x.example\r\n\r\nbody")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(subject=NASTY, name=NASTY, text=NASTY, ident=NASTY)
def test_nothing_typed_becomes_a_header_or_markup(
    cast: Cast, subject: str, name: str, text: str, ident: str
) -> None:
    Ticket.objects.update(merged_into=None)
    clean = {"subject": subject.replace("\0", ""), "sender_name": name.replace("\0", "")}
    number = Message.objects.count()
    opened, message, party = ticket(
        cast, text=text.replace("\0", ""), external_id=f"{number}{ident}".replace("\0", ""), **clean
    )
    Participant.objects.filter(pk=party.pk).update(name=clean["sender_name"])
    for purpose in ("receipt", "asker_wrote"):
        sent = letter(
            purpose,
            opened,
            message,
            Participant.objects.get(pk=party.pk),
            facts={"why": subject.replace("\0", "")},
        )
        raw = letters.compose(sent)
        head = raw.split(b"\r\n\r\n", 1)[0]
        names = [line.split(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
        assert len(names) == len(set(names))
        assert (
            b"bcc" not in head.lower().replace(b"subject: re: x bcc", b"")
            or b"\nbcc" not in head.lower()
        )
        found = parsed(sent)
        assert found["To"].addresses[0].addr_spec == ANA
        assert "<img" not in html(found)


def test_markup_in_words_is_shown_not_obeyed(cast: Cast) -> None:
    opened, message, party = ticket(
        cast, text="<script>alert(1)</script><img src=x>", subject="<b>{{ x }}</b>"
    )
    sent = html(parsed(letter("receipt", opened, message, party)))
    assert "<script" not in sent
    assert "<img" not in sent
    assert "&lt;script&gt;" in sent


def test_a_long_thread_keeps_its_first_and_its_newest(cast: Cast) -> None:
    opened, message, party = ticket(cast)
    for number in range(40):
        heard = Said(
            channel="email",
            direction=Message.Direction.IN,
            text="And?",
            at=NOW,
            external_id=f"m{number}@x",
            sender_address=ANA,
        )
        saying.hear(opened, said=heard, by=SYSTEM, now=NOW + timedelta(seconds=number + 1))
    sent = parsed(letter("receipt", opened, message, party, now=NOW + timedelta(hours=1)))
    known = str(sent["References"]).split()
    assert len(known) == 20
    assert known[0] == "<first@mail.example.com>"
    assert known[-1] == sent["In-Reply-To"] == "<m39@x>"


def test_there_is_no_other_letter(cast: Cast) -> None:
    opened, message, party = ticket(cast)
    with pytest.raises(letters.UnknownLetterError, match="no letter called 'newsletter'"):
        letter("newsletter", opened, message, party)
