"""What every page is drawn with: the district, the languages, the time, and who is signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, Resolver404, resolve, reverse, translate_url
from django.utils import timezone, translation

from homeroom.channels.email import addresses
from homeroom.district import queries
from homeroom.district.permissions import SYSTEM, Viewer
from homeroom.kit import clock
from homeroom.kit.phones import e164
from homeroom.web import ringing
from homeroom.web.naming import LANGUAGE_NAMES, RIGHT_TO_LEFT

FRESH = timedelta(seconds=30)
"""How long the district's name and number are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """What pages say of the district."""

    name: str
    phone: str
    phone_href: str
    hours: str
    email: str
    country: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    read_at: datetime


_remembered: District | None = None


def district() -> District:
    """The district as pages show it, read from the database at most every `FRESH`."""
    global _remembered  # noqa: PLW0603
    now = clock.now()
    if _remembered is not None and abs(now - _remembered.read_at) < FRESH:
        return _remembered
    facts = queries.district(viewer=SYSTEM)
    _remembered = District(
        name=facts.name or "Homeroom",
        phone=facts.phone,
        phone_href=e164(facts.phone, facts.country) or facts.phone,
        hours=facts.office_hours,
        email=next(iter(addresses.intake()), ""),
        country=facts.country,
        zone=ZoneInfo(facts.timezone),
        languages=tuple(code for code in dict(settings.LANGUAGES) if code in facts.languages)
        or (settings.LANGUAGE_CODE,),
        read_at=now,
    )
    return _remembered


def forget() -> None:
    """Read the district anew for the next page."""
    global _remembered  # noqa: PLW0603
    _remembered = None
    _names.clear()


def on_its_clock(
    answer: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: whatever a view says or sets of times is meant in the district's zone."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        with timezone.override(district().zone):
            return answer(request)

    return answered


def page(request: HttpRequest) -> dict[str, object]:
    """The context of every page; see templates/base.html and staff_base.html."""
    here = district()
    known: Viewer | None = getattr(request, "viewer", None)
    return {
        "district": here,
        "tongues": _tongues(request, here),
        "now": clock.now(),
        **(_staff(request, known) if known is not None else {}),
    }


def _staff(request: HttpRequest, viewer: Viewer) -> dict[str, object]:
    return {
        "viewer": {
            "name": name_of(request),
            "office": viewer.kind in {"leader", "administrator"} and exists("office:today"),
            "setup": viewer.kind == "administrator" and exists("setup:index"),
        },
        "toast": _toast(request),
        "alarms": ringing.drawn(request, viewer),
    }


def name_of(request: HttpRequest) -> str:
    """How whoever is signed in is called; remembered with their session's account for a while."""
    account = request.user
    if not account.is_authenticated:
        return ""
    key = (account.pk, account.person_id, account.email)
    kept = _names.get(key)
    if kept is not None and abs(clock.now() - kept[0]) < FRESH:
        return kept[1]
    person = account.person
    name = (f"{person.title} {person.name}".strip() if person else "") or account.email
    if len(_names) > MOST:
        _names.clear()
    _names[key] = (clock.now(), name)
    return name


MOST = 5_000
_names: dict[tuple[int, int | None, str], tuple[datetime, str]] = {}


def _toast(request: HttpRequest) -> dict[str, str] | None:
    """What was just done, told once; see `tell`."""
    said = list(messages.get_messages(request))
    if not said:
        return None
    undo, _, url = (said[-1].extra_tags or "").partition(" ")
    return {"text": str(said[-1].message), "undo": undo, "undo_url": url}


def tell(request: HttpRequest, text: str, *, undo: str = "", url: str = "") -> None:
    """Say on the next page what was done, with a way to take it back."""
    messages.success(request, text, extra_tags=f"{undo} {url}" if undo else "")


@cache
def exists(name: str) -> bool:
    """Whether the house has a page of that name."""
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True


def _tongues(request: HttpRequest, here: District) -> list[dict[str, object]]:
    """The languages offered, each with the address of this page in it.

    The unprefixed address says its language out loud: without that, somebody whose browser asks
    for Spanish would be sent back to the Spanish page.
    """
    present = translation.get_language() or settings.LANGUAGE_CODE
    try:
        found = resolve(request.path_info)
    except Resolver404:
        found = None
    path = request.path if found and found.namespace == "portal" else reverse("portal:home")
    tongues: list[dict[str, object]] = []
    for code in here.languages:
        url = translate_url(path, code)
        tongues.append(
            {
                "code": code,
                "name": LANGUAGE_NAMES.get(code, code),
                "dir": "rtl" if code in RIGHT_TO_LEFT else "ltr",
                "url": f"{url}?lang={code}" if code == settings.LANGUAGE_CODE else url,
                "current": code == present,
            }
        )
    return tongues
