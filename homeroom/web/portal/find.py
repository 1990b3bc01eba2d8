"""Checking on a request without a password: a link to the address it was sent from."""

import time
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.channels.form import filled
from homeroom.channels.form.filled import NotReachable
from homeroom.kit import clock, ids
from homeroom.kit.throttle import Rate, take
from homeroom.pipeline import letting_in
from homeroom.tickets import lists
from homeroom.web.context import district
from homeroom.web.policy import asker, public
from homeroom.web.portal import doorkeeper, outside, seats, shown
from homeroom.web.portal.seats import ASKER

PER_ADDRESS: Final = Rate(burst=3, every=timedelta(minutes=5))
PER_NETWORK: Final = Rate(burst=60, every=timedelta(seconds=5))
PROVEN_FOR: Final = timedelta(hours=1)
"""How long a proven address opens its requests in one browser; many share one."""
ANSWERS_AFTER_S: Final = 0.3
"""Every answer takes so long, whether there is anything to send or not."""


@require_http_methods(["GET", "HEAD", "POST"])
@public
def find(request: HttpRequest) -> HttpResponse:
    """Asks for an address; the answer is the same for everyone, in words and in time."""
    if request.method != "POST":
        return outside.elsewhere(request) or _draw(request, {}, {})
    started = time.monotonic()
    written = request.POST.get("reach", "").strip()
    try:
        reach = filled.reach(written, country=district().country)
    except NotReachable as error:
        return _draw(request, {"reach": written}, {"reach": str(error)})
    now = clock.now()
    may = take(f"find:{doorkeeper.network(request)}", rate=PER_NETWORK, now=now) and take(
        f"find:{ids.fingerprint(reach.value)}", rate=PER_ADDRESS, now=now
    )
    if may and reach.email and not request.POST.get("website"):
        letting_in.send_link(
            "email", reach.email, language=translation.get_language() or "en", now=now
        )
    time.sleep(max(0.0, started + ANSWERS_AFTER_S - time.monotonic()))
    minutes = int(letting_in.LASTS.total_seconds() // 60)
    return outside.draw(request, "portal/link_sent.html", {"minutes": minutes})


def _draw(request: HttpRequest, values: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    stamp = doorkeeper.stamp(now=clock.now())
    context = {"values": values, "errors": errors, "stamp": stamp}
    return outside.draw(request, "portal/find.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@asker
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A link from the mail: looking changes nothing, the button lets in, once, for 15 minutes."""
    if request.method != "POST":
        state, reach = letting_in.look(token, now=clock.now())
        context = {"state": state, "reach": outside.masked(reach)}
        status = 200 if state == "ready" else 410
        return outside.draw(request, "portal/confirm.html", context, status=status)
    proved = letting_in.use(token, now=clock.now())
    if proved is None:
        state, _reach = letting_in.look(token, now=clock.now())
        context = {"state": "used" if state == "used" else "late"}
        return outside.draw(request, "portal/confirm.html", context, status=410)
    request.session.cycle_key()
    request.session[seats.REACH] = list(proved)
    if not request.user.is_authenticated:
        request.session.set_expiry(PROVEN_FOR)
    return HttpResponseRedirect(reverse("portal:mine"), status=303)


@require_http_methods(["GET", "HEAD"])
@asker
def mine(request: HttpRequest) -> HttpResponse:
    """The requests of whoever proved their address, newest first."""
    proved = seats.proved_address(request)
    if proved is None:
        return HttpResponseRedirect(reverse("portal:find"))
    before = request.GET.get("before", "")
    parts = lists.of_address(
        *proved,
        viewer=ASKER,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
    )
    rows = [
        {
            "url": reverse("portal:request", args=[part.token]),
            "reference": part.ticket.reference,
            "subject": part.ticket.subject or _("Your request"),
            "at": part.ticket.opened_at,
            "state": _state(part.ticket.status, by_asker=part.ticket.last_by_asker),
            "team": shown.team_name(part.ticket),
        }
        for part in parts[: lists.PAGE]
    ]
    more = len(parts) > lists.PAGE
    older = f"?before={parts[lists.PAGE - 1].ticket_id}" if more else ""
    return outside.draw(request, "portal/mine.html", {"rows": rows, "older_url": older})


def _state(status: str, *, by_asker: bool) -> str:
    if status in {"resolved", "closed"}:
        return "done"
    return "waiting" if status == "waiting" and not by_asker else "working"
