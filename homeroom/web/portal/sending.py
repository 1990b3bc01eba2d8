"""What is sent through the forms of the front door: read, kept, and the way to its receipt."""

from collections.abc import Mapping
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from homeroom.channels.form import filled
from homeroom.channels.form.filled import Filled, NotReachable, Reach, TooMuch
from homeroom.channels.inbound import NO_FORM, Attached, Form
from homeroom.kit import ids
from homeroom.pipeline import at_once
from homeroom.tickets import proving
from homeroom.understanding.safety import watch
from homeroom.web.context import district
from homeroom.web.portal import doorkeeper, seats
from homeroom.web.portal.seats import SignedIn

type Upload = UploadedFile[bytes]

WAIT_S = 1.5
"""How long a form waits for understanding before it says "we have it"."""
LONGEST = 100_000
"""Characters of one form; nobody writes more by hand."""


def reach(values: Mapping[str, str], who: SignedIn, *, text: str) -> tuple[Reach, dict[str, str]]:
    """How to write back, or what is wrong with what was written; danger asks for nothing."""
    if not values["reach"]:
        if who.email or watch(text).needs_person:
            return Reach(email=who.email), {}
        return Reach(), {"reach": _("Write your phone or email, so that we can write back to you.")}
    try:
        return filled.reach(values["reach"], country=district().country), {}
    except NotReachable as error:
        return Reach(), {"reach": str(error)}


def wrong(text: str, uploads: list[Upload], *, field: str) -> dict[str, str]:
    """What is wrong with the words, which stand in that field, and the files."""
    errors = {}
    if len(text) > LONGEST:
        errors[field] = _("This is too long for one message. Please send it in parts.")
    try:
        filled.check_files([(file.name or "", file.size or 0) for file in uploads])
    except TooMuch as error:
        errors["photo"] = str(error)
    return errors


def made(
    text: str,
    *,
    name: str,
    reach: Reach,
    who: SignedIn,
    uploads: list[Upload],
    now: datetime,
    subject: str = "",
    form: Form = NO_FORM,
) -> Filled:
    """The form as it is kept. Whoever is signed in writes under their own address."""
    if who.email and reach.value not in {"", who.email}:
        text = f"{text}\n\n{reach.value}"  # where else to write to them, as they typed it
    return Filled(
        text=text,
        at=now,
        name=name or who.name,
        reach=Reach(email=who.email) if who.email else reach,
        person=who.source_id,
        handle="" if who.email or reach.value else f"form:{ids.token()}",
        files=attached(uploads),
        subject=subject,
        form=form,
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


def keep(request: HttpRequest, form: Filled, who: SignedIn, *, now: datetime) -> HttpResponse:
    """Take the form in, and lead to its receipt."""
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
