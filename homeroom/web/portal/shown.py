"""A request as its asker sees it: the dictionaries that the portal's templates are drawn with."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from homeroom.kit.blobs import SHOWN_INLINE
from homeroom.tickets import asked, lists
from homeroom.web import naming
from homeroom.web.files import size
from homeroom.web.portal.outside import masked
from homeroom.web.portal.seats import ASKER, Seat

if TYPE_CHECKING:
    from homeroom.tickets.models import Message, Ticket

type Drawn = dict[str, object]

CHOICES = frozenset({"chosen", "declined"})
"""What a form says of itself: for staff."""
PRIVATE_FACTS = frozenset({"about", "student", "student_id"})
"""Facts that name somebody: only a proven address hears that we know them."""


def team_name(ticket: "Ticket | None") -> str:
    """The team that has the request, once somebody is sure of it."""
    return ticket.team.name if ticket is not None and ticket.team is not None else ""


def is_reachable(seat: Seat) -> bool:
    """Whether we can write back."""
    return seat.part is not None and seat.part.kind in {"email", "phone"}


def kept(*, now: datetime) -> Drawn:
    """What is said of something that is stored and not yet a request."""
    return {"reference": "", "team": "", "got_at": now, "due": None, "status_url": "", "text": ""}


def receipt(seat: Seat) -> Drawn:
    """The ticket of portal/receipt.html and portal/crisis.html."""
    ticket, first = seat.ticket, seat.first
    if ticket is None:
        return {}
    if first is None:
        first = next((said for said in _said(seat) if said.direction == "in"), None)
    return {
        "reference": ticket.reference,
        "team": team_name(ticket),
        "got_at": ticket.opened_at,
        "due": ticket.due_at,
        "status_url": reverse("portal:request", args=[seat.secret]),
        "text": first.text if first else "",
        "lang": first.language if first else "",
        "reach": masked(seat.part.value) if seat.part and is_reachable(seat) else "",
        "sent_by": "",
    }


def facts(seat: Seat) -> list[Drawn]:
    """What we understood from their words; nothing that only the roster knows."""
    context = seat.ticket.context if seat.ticket is not None else {}
    return [
        {
            "label": naming.fact(field),
            "value": given.get("value", ""),
            "source": _("From your words."),
        }
        for field, given in context.items()
        if isinstance(given, dict)
        and given.get("source") in {"message", "form"}
        and field not in CHOICES
        and (field not in PRIVATE_FACTS or seat.is_proven)
    ]


def question(seat: Seat) -> Drawn | None:
    """The one question asked back, when there is one."""
    found = asked.of(seat.ticket) if seat.ticket is not None else None
    if found is None:
        return None
    if not seat.is_proven:
        return {"text": found.open, "choices": ()}
    return {"text": found.open if found.choices else found.text, "choices": found.choices}


def steps(seat: Seat) -> Drawn:
    """The ticket of portal/status.html."""
    ticket = seat.ticket
    if ticket is None:
        return {}
    came = lists.milestones(ticket, viewer=ASKER)
    is_done = ticket.status in {"resolved", "closed"}
    step = 4 if is_done else 3 if came.working_at else 2 if ticket.team_id else 1
    return {
        "reference": ticket.reference,
        "subject": ticket.subject or _("Your request"),
        "sent_at": ticket.opened_at,
        "got_at": ticket.opened_at,
        "team": team_name(ticket),
        "team_at": came.team_at,
        "working_at": came.working_at,
        "done_at": ticket.resolved_at if is_done else None,
        "step": step,
        "owner": "",
        "next_by": ticket.due_at,
        "closed": ticket.status == "closed",
        "others": 0,
        "waiting_for_you": ticket.status == "waiting" and not ticket.last_by_asker,
    }


def thread(seat: Seat) -> list[Drawn]:
    """What was said, as far as this asker may see it, oldest first."""
    return [_entry(message, seat) for message in _said(seat) if may_see(message, seat)]


def _said(seat: Seat) -> list["Message"]:
    if seat.ticket is None:
        return []
    return lists.thread(seat.ticket, viewer=ASKER)


def may_see(message: "Message", seat: Seat) -> bool:
    """Whether this asker may see the message.

    One family's words are never shown to another: of a request into which others were merged,
    everyone sees their own words and what the district wrote.
    """
    if not message.is_public or message.kind in {"auto_reply", "bounce", "spam"}:
        return False
    if message.direction == "out":
        return True
    part = seat.part
    if part is not None and message.sender_address == part.value:
        return True
    return part is not None and seat.is_proven and not _has_others(message)


def _has_others(message: "Message") -> bool:
    moved = message.is_moved_from_id is not None
    return moved or message.ticket.merged.exists()


def _entry(message: "Message", seat: Seat) -> Drawn:
    is_out = message.direction == "out"
    _icon, way = naming.CHANNELS.get(message.channel, ("chat", message.channel))
    hides = is_out and not seat.shows_replies
    mine = not is_out and seat.part is not None and message.sender_address == seat.part.value
    return {
        "kind": "out" if is_out else "in",
        "mine": mine,
        "who": _who(message, seat),
        "by": "" if is_out else str(way).lower(),
        "at": message.at,
        "text": _hidden(seat) if hides else message.text,
        "lang": "" if hides else message.language,
        "files": [] if hides else files(message, seat.secret),
    }


def _who(message: "Message", seat: Seat) -> str:
    if message.direction == "out":
        person = message.person
        name = f"{person.title} {person.name}".strip() if person else ""
        return name or team_name(seat.ticket) or _("The district")
    return message.sender_name or masked(message.sender_address) or _("Someone who asked")


def _hidden(seat: Seat) -> str:
    where = masked(seat.part.value) if seat.part else ""
    return _("We wrote to %(where)s. Open that message to read it.") % {"where": where}


def files(message: "Message", secret: str) -> list[Drawn]:
    """The files of a message, each with the address that hands it out."""
    return [
        {
            "name": file.name,
            "url": reverse("portal:file", args=[secret, file.pk]),
            "size": size(file.blob.size),
            "is_picture": file.blob.media_type in SHOWN_INLINE,
        }
        for file in message.attachments.all()
    ]
