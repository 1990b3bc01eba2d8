"""The front door: one box, and what becomes of what is written into it."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.channels.form import filled
from homeroom.channels.form.filled import Filled, NotReachable, Reach, TooMuch
from homeroom.channels.inbound import Attached
from homeroom.kit import clock, ids
from homeroom.pipeline import at_once
from homeroom.tickets import proving
from homeroom.understanding.safety import watch
from homeroom.web.context import district
from homeroom.web.policy import public
from homeroom.web.portal import doorkeeper, notices, outside, seats
from homeroom.web.portal.seats import SignedIn

type Upload = UploadedFile[bytes]

WAIT_S = 1.5
"""How long a form waits for understanding before it says "we have it"."""
LONGEST = 100_000
"""Characters of one form; nobody writes more by hand."""


@require_http_methods(["GET", "HEAD", "POST"])
@public
def home(request: HttpRequest) -> HttpResponse:
    """The box (GET), or the way to the receipt of what was written into it (POST)."""
    if request.method == "POST":
        return _send(request, now=clock.now())
    return outside.elsewhere(request) or _draw(request, values={}, errors={})


def _draw(request: HttpRequest, *, values: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    context = {
        "values": values,
        "errors": errors,
        "stamp": request.POST.get("stamp") or doorkeeper.stamp(now=clock.now()),
        "notices": notices.drawn(),
        "common": [],
    }
    return outside.draw(request, "portal/home.html", context, status=422 if errors else 200)


def _send(request: HttpRequest, *, now: datetime) -> HttpResponse:
    values = {name: request.POST.get(name, "").strip() for name in ("need", "reach", "name")}
    who = seats.signed_in(request)
    reach, errors = _reach(values, who)
    uploads = request.FILES.getlist("photo")
    if not values["need"] and not uploads:
        errors["need"] = _("Write a few words about what you need, or add a photo.")
    if len(values["need"]) > LONGEST:
        errors["need"] = _("This is too long for one message. Please send it in parts.")
    try:
        filled.check_files([(file.name or "", file.size or 0) for file in uploads])
    except TooMuch as error:
        errors["photo"] = str(error)
    if errors:
        return _draw(request, values=values, errors=errors)
    form = _filled(values, reach, who, uploads, now=now)
    return _keep(request, form, who, now=now)


def _reach(values: dict[str, str], who: SignedIn) -> tuple[Reach, dict[str, str]]:
    """How to write back, or what is wrong with what was written; danger asks for nothing."""
    if not values["reach"]:
        if who.email or watch(values["need"]).needs_person:
            return Reach(email=who.email), {}
        return Reach(), {"reach": _("Write your phone or email, so that we can write back to you.")}
    try:
        return filled.reach(values["reach"], country=district().country), {}
    except NotReachable as error:
        return Reach(), {"reach": str(error)}


def _filled(
    values: dict[str, str],
    reach: Reach,
    who: SignedIn,
    uploads: list[Upload],
    *,
    now: datetime,
) -> Filled:
    """The form as it is kept. Whoever is signed in writes under their own address."""
    text = values["need"]
    if who.email and reach.value not in {"", who.email}:
        text = f"{text}\n\n{reach.value}"  # where else to write to them, as they typed it
    return Filled(
        text=text,
        at=now,
        name=values["name"] or who.name,
        reach=Reach(email=who.email) if who.email else reach,
        person=who.source_id,
        handle="" if who.email or reach.value else f"form:{ids.token()}",
        files=attached(uploads),
    )


def attached(uploads: list[Upload]) -> tuple[Attached, ...]:
    """The files of a form, read."""
    return tuple(
        Attached(
            name=file.name or "file",
            media_type=file.content_type or "application/octet-stream",
            content=file.read(),
        )
        for file in uploads
        if file.size
    )


def _keep(request: HttpRequest, form: Filled, who: SignedIn, *, now: datetime) -> HttpResponse:
    given = request.POST.get("stamp", "")
    key = filled.key(form, stamp=given or ids.token())
    secret = seats.secret_of(key)
    reason = doorkeeper.reason_to_set_aside(
        request,
        text=form.text,
        address="" if who.email else form.reach.value,
        is_hasty=doorkeeper.is_hasty(given, now=now),
        now=now,
    )
    arrived = at_once.take_in(
        filled.written(form, id=f"form-{key[:40]}"),
        channel="form",
        key=ids.fingerprint(secret),
        aside=reason,
        now=now,
    )
    if who.proved:
        proving.prove(kind=who.proved[0], value=who.proved[1])
    if arrived.message is not None:
        at_once.wait_until_read(arrived.message, seconds=WAIT_S)
    response = HttpResponseRedirect(reverse("portal:request", args=[secret]) + "?got=1")
    response.status_code = 303
    return response
