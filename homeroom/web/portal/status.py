"""How a request is going, for those who asked: the receipt, the four steps, and what was said."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.kit import clock
from homeroom.kit.errors import Expected
from homeroom.pipeline import at_once
from homeroom.tickets import lists
from homeroom.understanding.helplines import helps
from homeroom.understanding.safety import Level, watch
from homeroom.web.files import hand_out
from homeroom.web.policy import asker
from homeroom.web.portal import answers, outside, seats, shown, speaking
from homeroom.web.portal.seats import ASKER, Seat

HOLD_S = 3.0
"""How long the second page holds its answer for understanding that is late."""
FRESH = timedelta(seconds=20)
"""Older than this, a request that was not understood is shown as it is, without waiting."""
LEAVE_URL = "https://www.weather.gov/"
"""A harmless page, for those who must leave this one fast."""


@require_http_methods(["GET", "HEAD", "POST"])
@asker
def request_page(request: HttpRequest, secret: str) -> HttpResponse:
    """The page of one request: the receipt right after sending (`?got`), then the status."""
    seat = seats.find(secret)
    if seat is None:
        return outside.shut(request, "gone")
    if request.method == "POST":
        return _say(request, seat, now=clock.now())
    wished = seat.ticket.language if seat.ticket else ""
    if away := outside.elsewhere(request, wished=wished):
        return away
    if "got" in request.GET or seat.ticket is None:
        return _receipt(request, seat, now=clock.now())
    return _status(request, seat)


def _receipt(request: HttpRequest, seat: Seat, *, now: datetime) -> HttpResponse:
    ticket, first = seat.ticket, seat.first
    if ticket is None:
        return outside.draw(request, "portal/receipt.html", {"ticket": shown.kept(now=now)})
    is_new = ticket.read_at is None and first is not None and now - first.recorded_at < FRESH
    if is_new and first is not None and not _danger(seat):
        if "held" not in request.GET:
            here = reverse("portal:request", args=[seat.secret])
            return outside.draw(request, "portal/wait.html", {"next_url": f"{here}?got=1&held=1"})
        at_once.wait_until_read(first, seconds=HOLD_S)
        ticket.refresh_from_db()
    return receipt_page(request, seat)


def receipt_page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The receipt, or where to find help at once when the words point at a danger."""
    if kind := _danger(seat):
        return _crisis(request, seat, kind=kind, values={})
    context = {
        "ticket": shown.receipt(seat),
        "facts": shown.facts(seat),
        "answer": answers.drawn(seat),
        "question": shown.question(seat),
        "more_url": reverse("portal:request", args=[seat.secret]),
    }
    return outside.draw(request, "portal/receipt.html", context)


def _danger(seat: Seat) -> str:
    """The kind of danger that was found, or that the words alone point at while nothing has read
    them: help does not wait for understanding.
    """
    ticket, first = seat.ticket, seat.first
    if ticket is None or ticket.safety or ticket.read_at is not None or first is None:
        return ticket.safety if ticket is not None else ""
    found = watch(first.text)
    return found.kind.value if found.kind is not None and found.level is Level.PAGE else ""


def _crisis(request: HttpRequest, seat: Seat, *, kind: str, values: dict[str, str]) -> HttpResponse:
    context = {
        "ticket": shown.receipt(seat) | {"reachable": shown.is_reachable(seat)},
        "team": shown.team_name(seat.ticket) or _("the district's safety team"),
        "helps": helps(kind),
        "within": None,
        "person": None,
        "values": values,
        "errors": {},
        "more_url": reverse("portal:request", args=[seat.secret]),
        "leave_url": LEAVE_URL,
    }
    return outside.draw(request, "portal/crisis.html", context)


def _status(
    request: HttpRequest,
    seat: Seat,
    *,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> HttpResponse:
    context = {
        "ticket": shown.steps(seat),
        "thread": shown.thread(seat),
        "question": shown.question(seat),
        "answer": answers.drawn(seat),
        "values": values or {},
        "errors": errors or {},
        "saved": request.GET.get("saved", ""),
    }
    status = 422 if errors else 200
    return outside.draw(request, "portal/status.html", context, status=status)


def _say(request: HttpRequest, seat: Seat, *, now: datetime) -> HttpResponse:
    """Do what one of the small forms asks for, and come back to the page."""
    here = reverse("portal:request", args=[seat.secret])
    ticket = seat.ticket
    if ticket is None or seat.part is None:
        return HttpResponseRedirect(f"{here}?got=1", status=303)
    values = {name: request.POST.get(name, "").strip() for name in ("text", "answer", "reach")}
    try:
        saved = speaking.do(
            request.POST.get("do", ""),
            seat=seat,
            values=values,
            uploads=request.FILES.getlist("photo"),
            now=now,
        )
    except Expected as error:
        return _status(request, seat, errors={"text": str(error)}, values=values)
    wanted = f"?saved={saved}" if saved else ""
    return HttpResponseRedirect(here + wanted, status=303)


@require_http_methods(["GET", "HEAD"])
@asker
def request_file(request: HttpRequest, secret: str, file_id: int) -> HttpResponse:
    """One file of a request, for whoever may see the message it came with."""
    seat = seats.find(secret)
    if seat is None or seat.ticket is None:
        return outside.shut(request, "gone")
    found = lists.public_file(seat.ticket, file_id, viewer=ASKER)
    if found is None or not shown.may_see(found.message, seat):
        return outside.shut(request, "gone")
    return hand_out(found)
