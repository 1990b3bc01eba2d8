"""The front door: one box, and what becomes of what is written into it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.channels.inbound import NO_FORM, Form
from homeroom.district.permissions import ANONYMOUS
from homeroom.kit import clock
from homeroom.kit.throttle import Rate, take
from homeroom.pipeline import answering, guiding
from homeroom.web import policy
from homeroom.web.policy import public
from homeroom.web.portal import answers, doorkeeper, guided, notices, outside, seats, sending

HELPED: Final = Rate(burst=20, every=timedelta(seconds=30))
"""How often one network may say that it was helped and be counted."""


@require_http_methods(["GET", "HEAD", "POST"])
@public
def home(request: HttpRequest) -> HttpResponse:
    """The box (GET), or the way to the receipt of what was written into it (POST)."""
    if request.method != "POST":
        return outside.elsewhere(request) or _draw(request, values={}, errors={})
    now = clock.now()
    match request.POST.get("do", ""):
        case "look":
            # Without a script: what may answer is looked for when one asks for it.
            values = _values(request)
            found = answers.sought(request, values["need"], now=now)
            return _draw(request, values=values, errors={}, found=found)
        case "helped":
            return _helped(request, now=now)
        case _:
            return _send(request, now=now)


def _values(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip() for name in ("need", "reach", "name")}


def _draw(
    request: HttpRequest,
    *,
    values: dict[str, str],
    errors: dict[str, str],
    found: Mapping[str, object] | None = None,
) -> HttpResponse:
    context = {
        "values": values,
        "errors": errors,
        "stamp": request.POST.get("stamp") or doorkeeper.stamp(now=clock.now()),
        "notices": notices.drawn(),
        "common": guided.tiles(guiding.common(viewer=ANONYMOUS)),
        "looked": found is not None,
        **(found or {}),
    }
    return outside.draw(request, "portal/home.html", context, status=422 if errors else 200)


def _helped(request: HttpRequest, *, now: datetime) -> HttpResponse:
    """The answer that was shown while writing did it: nothing is sent, and that is counted."""
    if take(f"helped:{doorkeeper.network(request)}", rate=HELPED, now=now):
        viewer = policy.visitor_of(request)
        answering.helped(request.POST.get("article", ""), viewer=viewer, now=now)
    return outside.shut(request, "helped", status=200)


def _send(request: HttpRequest, *, now: datetime) -> HttpResponse:
    values = _values(request)
    who = seats.signed_in(request)
    reach, errors = sending.reach(values, who, text=values["need"])
    uploads = request.FILES.getlist("photo")
    if not values["need"] and not uploads:
        errors["need"] = _("Write a few words about what you need, or add a photo.")
    errors |= sending.wrong(values["need"], uploads, field="need")
    if errors:
        return _draw(request, values=values, errors=errors)
    form = sending.made(
        values["need"],
        name=values["name"],
        reach=reach,
        who=who,
        uploads=uploads,
        now=now,
        form=_after_answer(request),
    )
    return sending.keep(request, form, who, now=now)


def _after_answer(request: HttpRequest) -> Form:
    """What goes along when an answer was shown first and a person is wanted all the same."""
    if request.POST.get("do") not in {"not_helped", "person"}:
        return NO_FORM
    return Form(declined=request.POST.get("article", ""))
