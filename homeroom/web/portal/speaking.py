"""What somebody who asked can do with their request: write again, say it is fixed or not."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from homeroom.channels.form import filled
from homeroom.channels.form.filled import Filled, Reach
from homeroom.kit import ids
from homeroom.kit.errors import Expected
from homeroom.kit.throttle import take
from homeroom.pipeline import answering as answered
from homeroom.pipeline import at_once
from homeroom.tickets import actions, log
from homeroom.tickets.automation import may_automate
from homeroom.web.portal.doorkeeper import PER_ADDRESS
from homeroom.web.portal.seats import Seat
from homeroom.web.portal.sending import LONGEST, Upload, attached


class NothingWritten(Expected):
    """A message without words and without a file."""


class TooOften(Expected):
    """More messages on one page than anybody writes."""


def do(
    what: str,
    *,
    seat: Seat,
    values: Mapping[str, str],
    uploads: Sequence[Upload],
    now: datetime,
) -> str:
    """Do what a small form of the page asks for; what to say of it: message, fixed or reopened.

    :raises Expected: with the sentence that stands beside the box.
    """
    text = values.get("text", "")
    match what:
        case "message":
            return _message(text, seat=seat, uploads=uploads, now=now)
        case "answer":
            return _message(values.get("answer", ""), seat=seat, uploads=(), now=now)
        case "more":
            reach = values.get("reach", "")
            return _message(f"{text}\n\n{reach}".strip(), seat=seat, uploads=(), now=now)
        case "person" | "not_helped":
            answered.reject(seat.ticket, by=seat.part.person_id if seat.part else None, now=now)
            words = text or _("I want to talk to a person.")
            return _message(words, seat=seat, uploads=uploads, now=now)
        case "fixed" | "helped":
            answered.accept(seat.ticket, by=seat.part.person_id if seat.part else None, now=now)
            return _fixed(seat, now=now)
        case "not_fixed":
            return _not_fixed(text, seat=seat, uploads=uploads, now=now)
        case _:
            return ""


def _message(text: str, *, seat: Seat, uploads: Sequence[Upload], now: datetime) -> str:
    """Another message on the request, through the same door as the first."""
    if not text.strip() and not uploads:
        raise NothingWritten(_("Write a few words, or add a photo."))
    if len(text) > LONGEST:
        raise NothingWritten(_("This is too long for one message. Please send it in parts."))
    filled.check_files([(file.name or "", file.size or 0) for file in uploads])
    part = seat.part
    if part is None:
        return ""
    if not take(f"page:{part.pk}", rate=PER_ADDRESS, now=now, cost=0.2):
        raise TooOften(_("Many messages came from here in a short time. Please wait a minute."))
    form = Filled(
        text=text,
        at=now,
        name=part.name,
        reach=Reach(
            email=part.value if part.kind == "email" else "",
            phone=part.value if part.kind == "phone" else "",
        ),
        person=part.value if part.kind == "person" else "",
        handle=part.value if part.kind == "handle" else "",
        files=attached(list(uploads)),
        token=part.token,
    )
    # Two taps within the same minute are one message.
    key = filled.key(form, stamp=now.strftime("%Y%m%d%H%M"))
    at_once.take_in(
        filled.written(form, id=f"form-{key[:40]}"),
        channel="form",
        key=ids.fingerprint(f"page:{key}"),
        now=now,
    )
    return "message"


def _fixed(seat: Seat, *, now: datetime) -> str:
    """The asker says it is done: it is closed, and can still be opened again.

    Where somebody may be in danger the word is passed on instead: whoever holds the link, or has
    been made to, does not end it.
    """
    ticket, part = seat.ticket, seat.part
    if ticket is not None and not may_automate(ticket):
        return _message(_("It is fixed."), seat=seat, uploads=(), now=now)
    if ticket is None or part is None or ticket.status == "closed":
        return "fixed"
    by = log.person(part.person_id)
    if ticket.status != "resolved":
        actions.resolve(ticket, by=by, now=now)
    actions.close(ticket, by=by, now=now)
    return "fixed"


def _not_fixed(text: str, *, seat: Seat, uploads: Sequence[Upload], now: datetime) -> str:
    """It is open again, with whatever the asker adds."""
    ticket, part = seat.ticket, seat.part
    if ticket is None or part is None:
        return ""
    if ticket.status in {"resolved", "closed"}:
        actions.reopen(ticket, by=log.person(part.person_id), now=now)
    _message(text or _("It is not fixed."), seat=seat, uploads=uploads, now=now)
    return "reopened"
