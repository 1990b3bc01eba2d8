"""What we write to people by mail: which letter may go to whom, and its bytes."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from homeroom.channels.email import addresses, wording
from homeroom.channels.models import Delivery
from homeroom.district.models import District
from homeroom.kit.mail.compose import Draft, Mailbox
from homeroom.kit.mail.compose import compose as written
from homeroom.tickets import parting
from homeroom.tickets.models import STAFF_SIDE, Message, Participant, Ticket
from homeroom.understanding.helplines import helps

URGENTLY: Final = {"Importance": "high", "X-Priority": "1 (Highest)", "Priority": "urgent"}
"""RFC 2156 §5.3.4 and §5.3.6, and what older mail programs look at."""
NEUTRAL: Final = "neutral"
ALARM: Final = "alarm"
ALARM_TEST: Final = "alarm_test"
URGENT: Final = frozenset({ALARM, ALARM_TEST})
"""Letters that go before all others and are marked as urgent."""
SECRET: Final = frozenset({"link", "password"})
"""Letters with a way in: what they said is forgotten once they have left."""
REPLY: Final = "reply"
TO_ASKERS: Final = frozenset({"receipt", REPLY, "resolved", "waiting_question", NEUTRAL})
TO_STAFF: Final = frozenset({"assigned", "new_in_team", "asker_wrote", "watcher", "article", ALARM})
RATIONED: Final = TO_ASKERS - {REPLY}
"""Automatic letters, of which an unproven address gets one a day each; a reply always goes."""
GUARDED: Final = frozenset({"confidential", "safety"})
"""Sensitivities whose words stay out of mail."""
ANCESTORS: Final = 20
"""Message-IDs in References, so that a long thread keeps its first and its newest."""
_WRITABLE: Final = re.compile(r"[!-;=?-~]+")
"""Letters an id may be made of in our headers: printable ASCII without angle brackets."""
LONGEST_ID: Final = 250
"""Characters of a Message-ID that we repeat; a longer one is left out of the thread."""
QUOTED: Final = 4_000
"""Characters of the asker's words in a letter; the rest is on the page."""


class UnknownLetterError(ValueError):
    """There is no letter of that purpose."""


def allowed(purpose: str, participant: Participant | None) -> str:
    """The purpose that may go to this participant: an unproven asker's receipt is the neutral one.

    :raises UnknownLetterError: when there is no such letter.
    """
    if purpose not in TO_ASKERS | TO_STAFF | SECRET | {"test", ALARM_TEST}:
        raise UnknownLetterError(f"There is no letter called {purpose!r}.")
    return NEUTRAL if purpose == "receipt" and is_unproven(participant) else purpose


def is_unproven(participant: Participant | None) -> bool:
    """Whether nobody has shown that this asker reads the address."""
    if participant is None or participant.role in STAFF_SIDE:
        return False
    return not participant.is_verified


def zone() -> ZoneInfo:
    """The district's time zone."""
    name = District.objects.values_list("timezone", flat=True).first()
    return ZoneInfo(name or "America/New_York")


def snapshot(ticket: Ticket | None, purpose: str) -> dict[str, object]:
    """What a letter says of a request as it stands now, so that every attempt says the same."""
    if ticket is None:
        return {}
    due = ticket.resolve_due_at if ticket.replied_at else ticket.reply_due_at
    facts: dict[str, object] = {
        "subject": wording.one_line((_whole(ticket) if purpose in TO_ASKERS else ticket).subject),
        "team": ticket.team.name if ticket.team else "",
        "due": due.isoformat() if due else "",
        "is_danger": bool(ticket.safety),
        "helps": list(helps(ticket.safety)) if ticket.safety else [],
        "is_guarded": bool(ticket.safety) or ticket.sensitivity in GUARDED,
    }
    if purpose in TO_STAFF:
        facts |= {
            "who": _who(ticket),
            "is_claim": ticket.certainty not in {"verified", "claimed"},
            "where": ", ".join(spot.name for spot in (ticket.place, ticket.org) if spot),
            "danger": ticket.safety.replace("_", " "),
        }
    return facts


def _whole(ticket: Ticket) -> Ticket:
    """The request under whose subject and in whose thread its asker is written to.

    Another one only for a further part of a message that asked for several things.
    """
    origin = ticket.linked_to
    if origin is None or origin.sensitivity in GUARDED or not parting.is_part(ticket):
        return ticket
    return origin


def _who(ticket: Ticket) -> str:
    person = ticket.requester
    if person is None:
        return wording.one_line(ticket.requester_name)
    name = f"{person.title} {person.name}".strip()
    note = person.job or (f"grade {person.grade}" if person.grade else "")
    return wording.one_line(f"{name}, {note}" if note else name)


def compose(delivery: Delivery) -> bytes:
    """The letter's bytes: the same at each attempt, as long as nobody renames the district.

    :raises UnknownLetterError: when there is no letter of that purpose.
    :raises homeroom.kit.mail.compose.UnsafeHeader: when an address or a name cannot be a header.
    """
    allowed(delivery.purpose, None)
    language, district, thread = _language(delivery), _district_name(), _thread(delivery)
    with translation.override(language):
        letter = wording.render(
            delivery.purpose, words=_words(delivery, district), texts=_texts(delivery)
        )
        reference = delivery.ticket.reference if delivery.ticket else ""
        foot = f"{district}\n{reference}" if reference else district
        draft = Draft(
            sender=Mailbox(email=addresses.from_address(), name=_from_name(delivery, district)),
            to=[Mailbox(email=delivery.recipient, name=_to_name(delivery))],
            reply_to=_reply_to(delivery),
            subject=letter.subject,
            text=wording.plain(letter, foot=foot),
            html=wording.html(letter, foot=foot),
            message_id=delivery.external_id,
            at=delivery.made_at,
            in_reply_to=thread[-1] if thread else "",
            references=thread,
            headers=_headers(delivery),
        )
    return written(draft)


def _language(delivery: Delivery) -> str:
    """The language of the letter: the recipient's if we write it, English otherwise."""
    return delivery.language if delivery.language in dict(settings.LANGUAGES) else "en"


def _district_name() -> str:
    return wording.one_line(District.objects.values_list("name", flat=True).first() or "Homeroom")


def _from_name(delivery: Delivery, district: str) -> str:
    author = _author(delivery.message) if delivery.purpose == REPLY else ""
    if not author:
        return district
    return translation.gettext("%(author)s via %(district)s") % {
        "author": author,
        "district": district,
    }


def _author(message: Message | None) -> str:
    if message is None:
        return ""
    if message.person is not None:
        return wording.one_line(f"{message.person.title} {message.person.name}".strip())
    return wording.one_line(message.sender_name)


def _to_name(delivery: Delivery) -> str:
    party = delivery.participant
    return "" if party is None or is_unproven(party) else wording.one_line(party.name)


def _reply_to(delivery: Delivery) -> Mailbox | None:
    if delivery.participant is None or delivery.purpose in URGENT:
        return None
    return Mailbox(email=addresses.reply_address(delivery.participant.token))


def _words(delivery: Delivery, district: str) -> dict[str, object]:
    """Names and phrases for the template, each on one line."""
    facts, ticket, party = delivery.facts, delivery.ticket, delivery.participant
    reference, subject = ticket.reference if ticket else "", str(facts.get("subject") or "")
    hides = is_unproven(party) or bool(facts.get("is_guarded"))
    due = facts.get("due")
    generic = translation.gettext("Your request to %(district)s") % {"district": district}
    about_team = translation.gettext("A private request")
    promise = (
        wording.by(datetime.fromisoformat(str(due)), now=delivery.made_at, zone=zone())
        if due
        else ""
    )
    return {
        "district": district,
        "reference": reference,
        "re_subject": f"{generic} [{reference}]"
        if hides or not subject
        else wording.answering(subject),
        "staff_subject": f"{about_team if facts.get('is_guarded') else subject} [{reference}]",
        "team": facts.get("team", ""),
        "parts": [] if hides else _list(facts.get("parts")),
        "by": promise,
        "due": promise,
        "author": _author(delivery.message),
        "who": facts.get("who", ""),
        "where": facts.get("where", ""),
        "is_unproven": facts.get("is_claim", False),
        "is_danger": facts.get("is_danger", False),
        "helps": _list(facts.get("helps")),
        "is_guarded": facts.get("is_guarded", False),
        "danger": wording.danger(str(facts.get("danger") or "")),
        "why": wording.one_line(_joined(facts.get("why", "")), limit=500),
        **wording.told(facts),
        "status_url": f"{settings.ORIGIN}/r/{party.token}/" if party else f"{settings.ORIGIN}/",
        "desk_url": f"{settings.ORIGIN}/desk/" + (f"{reference}/" if reference else ""),
        "link_url": settings.ORIGIN + str(facts.get("path", "/")),
    }


def _joined(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(delivery: Delivery) -> Mapping[str, tuple[str, str]]:
    """Whole texts for the template; an unproven or private one's words are not among them."""
    facts, message = delivery.facts, delivery.message
    own_words = message is not None and message.direction == Message.Direction.IN
    hides = is_unproven(delivery.participant) or bool(facts.get("is_guarded"))
    text = message.text if message is not None else ""
    return {
        "SAID": ("said", "" if own_words or message is None or not message.is_public else text),
        "QUOTE": ("quote", text[:QUOTED] if own_words and not hides else ""),
        "ANSWER": ("said", str(facts.get("answer") or "")),
        "QUESTION": ("said", str(facts.get("question") or "")),
    }


def _headers(delivery: Delivery) -> dict[str, str]:
    headers = {"X-Homeroom-Loop": addresses.install_id()}
    if delivery.purpose == REPLY:
        return headers  # a person wrote it: nothing may tell the other side otherwise
    kind = "auto-replied" if delivery.purpose in {"receipt", NEUTRAL} else "auto-generated"
    headers |= {"Auto-Submitted": kind, "X-Auto-Response-Suppress": "All"}
    if delivery.purpose in URGENT:
        headers |= URGENTLY
    if delivery.purpose == "watcher" and delivery.ticket is not None:
        reference = delivery.ticket.reference
        headers["List-Id"] = f"<{reference}.{addresses.message_domain()}>".lower()
        headers["List-Unsubscribe"] = f"<{settings.ORIGIN}/desk/{reference}/>"
    return headers


def _thread(delivery: Delivery) -> list[str]:
    """What was said before, oldest first: the asker's own mails and our letters to them."""
    if delivery.ticket is None:
        return []
    told_in = {delivery.ticket, _whole(delivery.ticket)}
    ours = Delivery.objects.filter(
        Q(pk__lt=delivery.pk), ticket__in=told_in, recipient=delivery.recipient
    ).exclude(state=Delivery.State.STOPPED)
    found = [(at, 1, name) for at, name in ours.values_list("made_at", "external_id")]
    if delivery.purpose in TO_ASKERS:
        theirs = Message.objects.filter(
            ticket__in=told_in,
            direction=Message.Direction.IN,
            channel="email",
            is_public=True,
            recorded_at__lte=delivery.made_at,
            sender_address__iexact=delivery.recipient,
            external_id__isnull=False,
        ).exclude(external_id__startswith="gen:")
        named = theirs.values_list("recorded_at", "external_id")
        found += [(at, 0, name or "") for at, name in named]
    line = [name for _, _, name in sorted(found) if _is_identifier(name)]
    return [*line[:1], *line[1:][-(ANCESTORS - 1) :]]


def _is_identifier(name: str) -> bool:
    """Whether an id taken from somebody's mail may stand in a header of ours."""
    bare = name.strip("<>")
    return 0 < len(bare) <= LONGEST_ID and _WRITABLE.fullmatch(bare) is not None
