"""The requests behind one number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from homeroom.district import queries as district_facts
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.tickets import figures
from homeroom.tickets.figures import FEWEST, MEASURES, Behind
from homeroom.tickets.queries import PAGE
from homeroom.web import naming
from homeroom.web.context import district
from homeroom.web.office import days
from homeroom.web.office.days import Day
from homeroom.web.office.sheets import HEADS
from homeroom.web.policy import leader
from homeroom.web.templatetags.homeroom import day as day_words

ALLOWED = frozenset({"day", "what", "department", "school", "lane", "after"})
"""What an address may ask for; any other word is a page that does not exist."""
_SALT = "office requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for."""

    day: Day
    behind: Behind
    after: tuple[datetime, int] | None


@leader
@require_http_methods(["GET", "HEAD"])
def requests(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One page of the requests that a number is made of, newest first."""
    now = clock.now()
    asked = _asked(request, now=now)
    count = figures.count(asked.day.span, behind=asked.behind, viewer=viewer)
    is_few = asked.behind.is_guarded and count < FEWEST
    rows: list[dict[str, object]] = []
    if not is_few:
        rows = figures.behind(asked.day.span, behind=asked.behind, viewer=viewer, after=asked.after)
    context = {
        "title": _title(asked, viewer, now=now),
        "sentence": "" if is_few else _sentence(count, shown=rows, asked=asked),
        "back_url": f"{reverse('office:today')}?day={asked.day.on.isoformat()}",
        "few": is_few,
        "rows": [_row(row, at=asked.day.span.at) for row in rows[:PAGE]],
        "older_url": _older(request, rows),
        "newer_url": _without_after(request) if asked.after else "",
    }
    return render(request, "office/drill.html", context)


def _asked(request: HttpRequest, *, now: datetime) -> Asked:
    given = request.GET
    if not ALLOWED.issuperset(given) or any(len(given.getlist(name)) > 1 for name in given):
        raise Http404
    zone = district().zone
    measure, lane = given.get("what", "asked"), given.get("lane", "")
    if measure not in MEASURES or lane not in {"", "private"}:
        raise Http404
    if lane and set(given) & {"department", "school"}:
        raise Http404  # a finer number of a guarded lane is not told
    if lane and measure != "asked":
        raise Http404
    return Asked(
        day=days.look(days.asked(request, now=now, zone=zone), now=now, zone=zone),
        behind=Behind(
            measure=measure,
            department=_number(given, "department"),
            school=_number(given, "school"),
            is_guarded=bool(lane),
        ),
        after=_after(given.get("after", "")),
    )


def _number(given: QueryDict, name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)


def _title(asked: Asked, viewer: Viewer, *, now: datetime) -> str:
    """What is asked for, in words: "Late, Technology, Tuesday, Nov 24"."""
    orgs = district_facts.catalogue(viewer=viewer).orgs
    words = [str(HEADS[asked.behind.measure])]
    if asked.behind.is_guarded:
        words = [_("Private requests")]
    for number, unknown in (
        (asked.behind.department, _("No team yet")),
        (asked.behind.school, _("No school known")),
    ):
        if number is not None:
            org = orgs.get(number)
            words.append(org.name if org else unknown if number == 0 else _("Closed since"))
    words.append(day_words(asked.day.span.start, now))
    return ", ".join(words)


def _sentence(count: int, *, shown: Sequence[object], asked: Asked) -> str:
    text = ngettext("%(count)s request.", "%(count)s requests.", count) % {"count": count}
    if asked.behind.is_guarded:
        text += " " + _("Those that only their own team may read are not in the list.")
        if not shown:
            text += " " + _("None of them is for you to open.")
    return text


def _row(row: Mapping[str, object], *, at: datetime) -> dict[str, object]:
    places = (row["org__name"], row["place__name"])
    return {
        "reference": row["reference"],
        "url": reverse("desk:request", args=[row["reference"]]) if row["reference"] else "",
        "subject": row["subject"],
        "where": ", ".join(str(each) for each in places if each),
        "team": row["team__name"] or "",
        "at": row["opened_at"],
        "state": naming.STATUSES.get(str(row["status"]), row["status"]),
        "kept": _kept(row, at=at),
    }


def _kept(row: Mapping[str, object], *, at: datetime) -> bool | None:
    """Whether the promises until then were kept; None while none has been put to the test."""
    if row["late"]:
        return False
    done = (row["replied_at"], row["resolved_at"])
    return True if any(isinstance(each, datetime) and each <= at for each in done) else None


def _older(request: HttpRequest, rows: Sequence[Mapping[str, object]]) -> str:
    if len(rows) <= PAGE:
        return ""
    last = rows[PAGE - 1]
    opened_at = last["opened_at"]
    written = opened_at.isoformat() if isinstance(opened_at, datetime) else ""
    query = request.GET.copy()
    query["after"] = signing.dumps([written, last["id"]], salt=_SALT)
    return f"?{query.urlencode()}"


def _without_after(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    return f"?{query.urlencode()}"


def _after(given: str) -> tuple[datetime, int] | None:
    if not given:
        return None
    try:
        written, number = signing.loads(given, salt=_SALT)
        return datetime.fromisoformat(written), int(number)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
