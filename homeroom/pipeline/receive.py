"""The first half of the story: what arrived becomes a message in a request, and is safe.

Nothing clever happens here: no model, no network. What cannot be filed is held where a person
sees it.
"""

import logging
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from homeroom.channels import doors, envelopes
from homeroom.channels.deliver import bounced
from homeroom.channels.inbound import Inbound, Nature
from homeroom.channels.joining import Belonging, Joins, belonging
from homeroom.channels.models import Envelope
from homeroom.district import identify
from homeroom.district.permissions import SYSTEM
from homeroom.kit.errors import Expected
from homeroom.kit.failpoint import reach
from homeroom.pipeline.hearing import copied_in, party_of, said_of, who_wrote
from homeroom.tickets import queries as tickets
from homeroom.tickets import saying
from homeroom.tickets.log import Actor, person
from homeroom.tickets.models import Message
from homeroom.tickets.saying import Said
from homeroom.understanding.safety import Level, watch
from homeroom.understanding.turns import turn

log = logging.getLogger(__name__)

ASIDE = {
    Nature.LOOP: Envelope.State.IGNORED,
    Nature.AUTO_REPLY: Envelope.State.IGNORED,
    Nature.BOUNCE: Envelope.State.IGNORED,
    Nature.SPAM: Envelope.State.QUARANTINED,
    Nature.LIST: Envelope.State.QUARANTINED,
    Nature.EMPTY: Envelope.State.HELD,
}
"""What becomes of things that are no person's request and belong to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of one envelope."""

    envelope_id: int
    state: str
    relation: str
    inbound: Inbound
    message: Message | None = None


class StopsWorkersError(Expected):
    """Whoever reads this dies of it: a person must look."""

    def __init__(self) -> None:
        super().__init__("Reading this stopped our worker again and again.")


def drain(*, now: datetime, limit: int = 20) -> int:
    """File what waits, oldest first; how many were tried. A failure of one never stops the next."""
    claimed = deque(envelopes.claim(now=now, limit=limit))
    n_claimed = len(claimed)
    while claimed:
        envelope = claimed.popleft()  # and with it, when it is done, its bytes go
        try:
            if envelope.attempts > envelopes.TRIES:
                raise StopsWorkersError  # noqa: TRY301
            file(envelope, now=now)
        except Expected as error:
            with transaction.atomic():
                envelopes.settle(
                    envelope,
                    state=Envelope.State.HELD,
                    relation="held",
                    reason=str(error),
                    now=now,
                )
        except Exception as error:  # one bad message must not stop the others (maxim 1)
            log.exception("envelope %s could not be filed", envelope.pk)
            envelopes.postpone(
                envelope, why=f"It could not be filed ({type(error).__name__}).", now=now
            )
    return n_claimed


def file_now(envelope: Envelope, *, now: datetime) -> Filed:
    """File one envelope at once, without waiting for a drainer; one may have been faster.

    A failure leaves the envelope in its queue: what was said is safe.
    """
    if envelope.state == Envelope.State.RECEIVED:
        try:
            filed = file(envelope, now=now)
        except Expected as error:
            with transaction.atomic():
                envelopes.settle(
                    envelope,
                    state=Envelope.State.HELD,
                    relation="held",
                    reason=str(error),
                    now=now,
                )
        else:
            if filed.message is not None or filed.state != Envelope.State.FILED:
                return filed
    settled = Envelope.objects.select_related("message__ticket", "raw").get(pk=envelope.pk)
    return Filed(
        envelope_id=settled.pk,
        state=settled.state,
        relation=settled.relation,
        inbound=doors.read(settled),
        message=settled.message,
    )


def file(envelope: Envelope, *, now: datetime) -> Filed:
    """Read one envelope and write what it says into a request, or set it aside with a reason."""
    inbound = _never_aside(doors.read(envelope))
    reach("receive.after_read")
    who = who_wrote(inbound)
    where = belonging(inbound, kind=who.kind, value=who.value, viewer=SYSTEM)
    try:
        filed = _settle(envelope, inbound, who=who, where=where, now=now)
    except IntegrityError:
        known = _said_before(inbound)
        if known is None:
            raise
        if (known.text, known.sender_address) == (inbound.text, who.value):
            filed = _once_is_enough(envelope, inbound, known, now=now)
        else:
            # Two different messages under one name: keep both, and say so.
            other = replace(
                inbound,
                external_id="gen:" + envelope.raw_id,
                remarks=(*inbound.remarks, "Another message has the same Message-ID."),
            )
            filed = _settle(envelope, other, who=who, where=where, now=now)
    reach("receive.after_commit")
    return filed


def _never_aside(inbound: Inbound) -> Inbound:
    """The same; what a filter took for spam is a person's when its words are of danger."""
    if inbound.nature != Nature.SPAM:
        return inbound
    if watch(f"{inbound.subject}\n{inbound.text}").level is not Level.PAGE:
        return inbound
    remarks = (*inbound.remarks, inbound.nature_why)
    return replace(inbound, nature=Nature.PERSON, nature_why="", remarks=remarks)


@transaction.atomic(durable=True)
def _settle(
    envelope: Envelope, inbound: Inbound, *, who: identify.Known, where: Belonging, now: datetime
) -> Filed:
    locked = Envelope.objects.select_for_update().get(pk=envelope.pk)
    if locked.state != Envelope.State.RECEIVED:
        # Somebody else was given it after our lease ran out, and was faster.
        return Filed(
            envelope_id=locked.pk, state=locked.state, relation=locked.relation, inbound=inbound
        )
    if inbound.nature == Nature.BOUNCE and inbound.bounce is not None:
        letter = bounced(inbound.bounce, now=now)
        if letter is not None and letter.ticket is not None and where.ticket is None:
            where = Belonging(joins=Joins.AS_STRANGER, ticket=letter.ticket)
    if inbound.nature not in {Nature.PERSON, Nature.LIST} and where.ticket is None:
        return _aside(envelope, inbound, now=now)
    if inbound.nature in {Nature.LIST, Nature.SPAM, Nature.LOOP} and where.ticket is None:
        return _aside(envelope, inbound, now=now)
    message, relation = _say(envelope, inbound, who=who, where=where, now=now)
    reach("receive.before_settle")
    envelopes.settle(
        envelope,
        state=Envelope.State.FILED,
        relation=relation,
        reason=inbound.nature_why,
        message_id=message.pk,
        ticket_id=message.ticket_id,
        sent_to=inbound.to,
        now=now,
    )
    return Filed(
        envelope_id=envelope.pk,
        state=Envelope.State.FILED,
        relation=relation,
        inbound=inbound,
        message=message,
    )


def _say(
    envelope: Envelope, inbound: Inbound, *, who: identify.Known, where: Belonging, now: datetime
) -> tuple[Message, str]:
    """Write the message where it belongs; the message and its relation (CONTRACT §5)."""
    said = said_of(envelope, inbound, who=who, now=now)
    by = person(who.person.pk if who.person else None)
    me = party_of(inbound, who=who)
    if where.ticket is None:
        opened = saying.open_request(
            said,
            parties=(me, *copied_in(inbound, who=who)),
            requester=who.person,
            certainty=who.certainty,
            by=by,
            now=now,
        )
        return opened, "opened"
    if inbound.nature != Nature.PERSON:
        hidden = saying.hidden(said)
        return saying.hear(where.ticket, said=hidden, by=by, now=now, reopens=False), "continued"
    if where.joins == Joins.AS_STAFF and where.participant is not None:
        return _staff_reply(said, where=where, who=who, now=now), "continued"
    if where.joins == Joins.AS_PARTICIPANT:
        took = turn(said.subject, said.text, name=said.sender_name)
        heard = saying.as_kind(said, took.kind if took.kind == "thanks" else "follow_up")
        ticket, asks = where.ticket, not took.is_over
        return saying.hear(ticket, said=heard, by=by, now=now, reopens=asks), "continued"
    linked = saying.open_request(
        said,
        parties=(me,),
        requester=who.person,
        certainty=who.certainty,
        linked_to=where.ticket,
        by=by,
        now=now,
    )
    return linked, "opened"


def _staff_reply(said: Said, *, where: Belonging, who: identify.Known, now: datetime) -> Message:
    """A member of staff answered our notice by mail: the words go to the asker."""
    if where.ticket is None:
        raise ValueError("A staff reply needs its request.")
    author: Actor = person(who.person.pk if who.person else None)
    out = saying.outward(said)
    return saying.reply(where.ticket, said=out, by=author, now=now)


def _aside(envelope: Envelope, inbound: Inbound, *, now: datetime) -> Filed:
    state = ASIDE[inbound.nature]
    relation = "held" if state != Envelope.State.IGNORED else "ignored"
    envelopes.settle(envelope, state=state, relation=relation, reason=inbound.nature_why, now=now)
    return Filed(envelope_id=envelope.pk, state=state, relation=relation, inbound=inbound)


def _said_before(inbound: Inbound) -> Message | None:
    found = tickets.known_messages([inbound.external_id], channel=inbound.channel, viewer=SYSTEM)
    return found.get(inbound.external_id)


def _once_is_enough(
    envelope: Envelope, inbound: Inbound, known: Message, *, now: datetime
) -> Filed:
    """The same message came twice, through two doors or again."""
    with transaction.atomic():
        envelopes.settle(
            envelope,
            state=Envelope.State.IGNORED,
            relation="ignored",
            reason="We have this message already.",
            message_id=known.pk,
            ticket_id=known.ticket_id,
            now=now,
        )
    return Filed(
        envelope_id=envelope.pk,
        state=Envelope.State.IGNORED,
        relation="ignored",
        inbound=inbound,
        message=known,
    )
