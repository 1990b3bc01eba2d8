"""From what came through a door to what is written down: the words, the files, who takes part."""

from datetime import datetime

from homeroom.channels.inbound import Inbound, Nature
from homeroom.channels.models import Envelope
from homeroom.district import colleagues, identify
from homeroom.district.models import Person
from homeroom.district.permissions import SYSTEM
from homeroom.kit import blobs
from homeroom.knowledge import queries as knowledge
from homeroom.routing.context import FORM, Fact, fact
from homeroom.routing.guided import LONGEST
from homeroom.tickets.models import Message, Participant
from homeroom.tickets.saying import File, Party, Said

CHOSEN = "chosen"
"""The fact that names the service whose form was filled in."""
DECLINED = "declined"
"""The fact that names the article that was shown first and did not help."""
KINDS = {Nature.AUTO_REPLY: "auto_reply", Nature.BOUNCE: "bounce", Nature.EMPTY: "empty"}


def who_wrote(inbound: Inbound) -> identify.Known:
    """Whom the roster has under what came along of the sender, and how sure that is."""
    sender = inbound.sender
    return identify.who(
        email=sender.email,
        phone=sender.phone,
        handle=sender.handle,
        source_id=sender.person,
        name=sender.name,
        viewer=SYSTEM,
    )


def said_of(envelope: Envelope, inbound: Inbound, *, who: identify.Known, now: datetime) -> Said:
    files = tuple(
        File(
            blob=blobs.keep(file.content, now=now),
            name=file.name,
            declared_type=file.media_type,
            content_id=file.content_id,
            is_inline=file.is_inline,
        )
        for file in inbound.attachments
    )
    html = blobs.keep(inbound.html.encode(), now=now) if inbound.html else None
    recorder: Person | None = None
    if inbound.recorded_by:
        recorder = identify.staff_member(inbound.recorded_by, viewer=SYSTEM)
    return Said(
        channel=inbound.channel,
        direction=Message.Direction.IN,
        text=inbound.text,
        cut=inbound.cut,
        html=html,
        raw=envelope.raw_id,
        at=inbound.at,
        external_id=inbound.external_id,
        person_id=who.person.pk if who.person else None,
        sender_name=inbound.sender.name,
        sender_address=who.value,
        subject=inbound.subject,
        kind=KINDS.get(inbound.nature, "request"),
        remarks=inbound.remarks,
        recorded_by_id=recorder.pk if recorder else None,
        files=files,
        context=_filled_in(inbound),
    )


def _filled_in(inbound: Inbound) -> dict[str, Fact]:
    """The facts that a form brings: which one, what was filled in, and what did not help.

    A service that is not offered, or a field that it does not have, is nothing.
    """
    facts: dict[str, Fact] = {}
    service = colleagues.service_called(inbound.form.service, viewer=SYSTEM)
    if service is not None:
        facts[CHOSEN] = fact(service.name, FORM, 1.0, service.pk)
        for name in (*service.required_context, *service.helpful_context):
            if value := inbound.form.given.get(name, "")[:LONGEST]:
                facts[name] = fact(value, FORM, 1.0)
    if inbound.form.declined:
        article = knowledge.article(inbound.form.declined, viewer=SYSTEM, today=inbound.at.date())
        if article is not None:
            facts[DECLINED] = fact(article.title, FORM, 1.0, article.pk)
    return facts


def party_of(inbound: Inbound, *, who: identify.Known) -> Party:
    return Party(
        role=Participant.Role.REQUESTER,
        kind=who.kind,
        value=who.value,
        name=inbound.sender.name or (who.person.name if who.person else ""),
        person_id=who.person.pk if who.person else None,
        # On the roster, a mail's own address is theirs; one that was typed in a form need not be.
        is_verified=who.certainty == "verified"
        or (who.certainty == "claimed" and inbound.channel == "email"),
    )


def copied_in(inbound: Inbound, *, who: identify.Known) -> tuple[Party, ...]:
    """People on the Cc line whom the roster knows; a stranger is never let in by being copied."""
    known = identify.known_addresses(inbound.cc[:20], viewer=SYSTEM)
    return tuple(
        Party(
            role=Participant.Role.COPIED,
            kind="email",
            value=address,
            name=found.name,
            person_id=found.pk,
        )
        for address, found in sorted(known.items())
        if address != who.value
    )
