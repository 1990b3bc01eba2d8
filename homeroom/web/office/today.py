"""The numbers of one day on one page."""

import csv
from datetime import datetime, timedelta
from io import StringIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from homeroom.district import queries as district_facts
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.tickets.figures import FEWEST, MEASURES
from homeroom.web.context import district, name_of
from homeroom.web.office import counting, days
from homeroom.web.office.counting import ALL, REPLY, Clock, Line
from homeroom.web.office.days import Day
from homeroom.web.office.sheets import chart, name, table, url, value
from homeroom.web.policy import leader
from homeroom.web.templatetags.homeroom import day as day_words

type Drawn = dict[str, object]

SAID = {
    "asked": gettext_lazy("requests came in."),
    "answered": gettext_lazy("have an answer."),
    "waiting": gettext_lazy("wait for a first word from us."),
    "late": gettext_lazy("are late: a promise was not kept."),
    REPLY: gettext_lazy("of office hours to a first reply, at the middle."),
}
"""What stands beside each big number."""
FEW = gettext_lazy("fewer than 5")


@leader
@require_http_methods(["GET", "HEAD"])
def today(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The page: the district's numbers, then departments and schools."""
    now = clock.now()
    facts, day = _clock(viewer), _day(request, viewer, now=now)
    rows = counting.lines(day, clock=facts, viewer=viewer)
    names = {one.id: one.name for one in facts.catalogue.orgs.values()}
    context = {
        "title": _("Today on one page") if day.is_today else _("One day on one page"),
        "period": _period(day, now=now),
        "reader": name_of(request),
        "periods": _periods(day, now=now),
        "decisions": [],
        "figures": [*_figures(day, rows["all"]), _private(day, viewer)],
        "charts": [
            chart("department", _("By department"), _("Department"), rows, names, day),
            chart("school", _("By school"), _("School"), rows, names, day),
        ],
        "tables": [
            table("department", _("Departments in numbers"), _("Department"), rows, names, day),
            table("school", _("Schools in numbers"), _("School"), rows, names, day),
        ],
        "note": _note(day),
        "csv_url": f"{reverse('office:numbers')}?day={day.on.isoformat()}",
    }
    return render(request, "office/today.html", context)


@leader
@require_http_methods(["GET", "HEAD"])
def numbers(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The tables of a day as CSV."""
    facts, day = _clock(viewer), _day(request, viewer, now=clock.now())
    rows = counting.lines(day, clock=facts, viewer=viewer)
    names = {one.id: one.name for one in facts.catalogue.orgs.values()}
    text = StringIO()
    out = csv.writer(text)
    measures = (*MEASURES, REPLY)
    out.writerow(["by", "name", *measures, *(f"usual_{name}" for name in measures)])
    for kind in ("all", "department", "school"):
        for row in rows[kind]:
            values = [*(row.now.get(one) for one in measures)]
            values += [row.usual.get(one) for one in measures]
            out.writerow([kind, _harmless(name(kind, row.id, names)), *map(_plain, values)])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="homeroom-{day.on.isoformat()}.csv"'
    )
    return response


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@", "\t", "\r"} else name


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _clock(viewer: Viewer) -> Clock:
    return Clock(
        catalogue=district_facts.catalogue(viewer=viewer),
        usual=district_facts.district(viewer=viewer).office_hours,
        zone=district().zone,
        closures=frozenset(district_facts.closures(viewer=viewer)),
    )


def _day(request: HttpRequest, viewer: Viewer, *, now: datetime) -> Day:
    zone = district().zone
    closed = district_facts.closures(viewer=viewer)
    return days.look(
        days.asked(request, now=now, zone=zone), now=now, zone=zone, closures=frozenset(closed)
    )


def _period(day: Day, *, now: datetime) -> str:
    return day_words(day.span.start, now)


def _periods(day: Day, *, now: datetime) -> list[Drawn]:
    """Today, yesterday, and a week ago."""
    today = timezone.localtime(now, district().zone).date()
    here = reverse("office:today")
    offered = ((0, _("Today")), (1, _("Yesterday")), (7, _("A week ago")))
    found: list[Drawn] = []
    for back, word in offered:
        on = today - timedelta(days=back)
        url = f"{here}?day={on.isoformat()}" if back else here
        found.append({"word": word, "url": url, "current": on == day.on})
    return found


def _note(day: Day) -> str:
    weeks = len(day.before)
    if not weeks:
        return _("There is no open day of the last four weeks to compare with.")
    text = ngettext(
        "“Usually” is the same weekday of one earlier week.",
        "“Usually” is the middle of the same weekday in %(weeks)s earlier weeks.",
        weeks,
    ) % {"weeks": weeks}
    return text + " " + _("All until this time of the day.") if day.is_today else text


def _figures(day: Day, rows: list[Line]) -> list[Drawn]:
    """The district's own numbers, also when nobody asked anything."""
    row = rows[0] if rows else Line(id=ALL, now={}, usual={})
    return [
        {
            "value": value(name, row.now.get(name, 0 if name in MEASURES else None)),
            "text": f"{SAID[name]} {_usually(name, row)}".strip(),
            "url": url(day, name),
        }
        for name in (*MEASURES, REPLY)
    ]


def _private(day: Day, viewer: Viewer) -> Drawn:
    """Confidential and safety lanes in one number; a small one is not told."""
    count, usual = counting.private(day, viewer=viewer)
    is_few = count < FEWEST
    text = _("private requests, in the whole district. They are in no other number here.")
    if not is_few and usual is not None and usual >= FEWEST:
        text += " " + _("Usually %(count)s.") % {"count": value("asked", usual)}
    return {
        "value": FEW if is_few else str(count),
        "text": text,
        "url": "" if is_few else f"{url(day, 'asked')}&lane=private",
    }


def _usually(name: str, row: Line) -> str:
    usual = row.usual.get(name)
    return "" if usual is None else _("Usually %(count)s.") % {"count": value(name, usual)}
