"""Numbers drawn as a chart and as a table, each leading to the requests behind it."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeroom.tickets.figures import MEASURES
from homeroom.web.office.counting import ALL, REPLY, By, Line
from homeroom.web.office.days import Day

type Drawn = dict[str, object]

HEADS = {
    "asked": gettext_lazy("Asked"),
    "answered": gettext_lazy("Answered"),
    "waiting": gettext_lazy("Waiting for us"),
    "late": gettext_lazy("Late"),
    REPLY: gettext_lazy("First reply"),
}
"""The columns of the tables."""


def value(name: str, value: float | None) -> str:
    """A number as people read it: a count, or minutes in words; a dash when there is none."""
    if value is None:
        return "–"
    if name != REPLY:
        return f"{value:g}"
    minutes = round(value)
    if minutes < 120:
        return _("%(minutes)s min") % {"minutes": minutes}
    return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}


def url(day: Day, name: str, **about: int) -> str:
    what = name if name in MEASURES else "answered"
    asked: dict[str, str | int] = {"day": day.on.isoformat(), "what": what, **about}
    return f"{reverse('office:requests')}?{urlencode(asked)}"


def name(kind: str, number: int, names: dict[int, str]) -> str:
    if number == ALL:
        return _("The whole district")
    if number:
        return names.get(number) or _("Closed since")
    return _("No team yet") if kind == "department" else _("No school known")


def chart(
    by: By,
    title: str,
    what: str,
    rows: dict[str, list[Line]],
    names: dict[int, str],
    day: Day,
) -> Drawn:
    """Requests with their bars; see parts/bars.html."""
    found = rows[by]
    most = max(
        (max(row.now.get("asked") or 0, row.usual.get("asked") or 0) for row in found), default=0
    )
    drawn: list[Drawn] = []
    for row in found:
        now, was = row.now.get("asked") or 0, row.usual.get("asked")
        drawn.append(
            {
                "name": name(by, row.id, names),
                "url": url(day, "asked", **{by: row.id}),
                "text": value("asked", now),
                "share": round(100 * now / most) if most else 0,
                "was_text": value("asked", was),
                "was_share": round(100 * was / most) if most and was is not None else None,
            }
        )
    return {
        "id": f"by-{by}",
        "title": title,
        "what": what,
        "unit": _("Requests"),
        "sentence": _finding(by, found, names),
        "rows": drawn,
        "note": _("Bar: this day. Upright line: usually."),
        "csv_url": "",
    }


def _finding(by: By, rows: list[Line], names: dict[int, str]) -> str:
    """The one thing to see, in one sentence: who asked most, beside the usual."""
    if not rows or not rows[0].now.get("asked"):
        return _("Nobody has asked for anything yet.")
    first = rows[0]
    words = {
        "name": name(by, first.id, names),
        "count": value("asked", first.now["asked"]),
        "usual": value("asked", first.usual.get("asked")),
    }
    if first.usual.get("asked") is None:
        return _("Most requests: %(name)s, %(count)s.") % words
    return _("Most requests: %(name)s, %(count)s. Usually %(usual)s.") % words


def table(
    by: By,
    title: str,
    what: str,
    rows: dict[str, list[Line]],
    names: dict[int, str],
    day: Day,
) -> Drawn:
    """All numbers of each row, each leading to its requests; see office/numbers.html."""
    return {
        "id": f"numbers-{by}",
        "title": title,
        "what": what,
        "heads": list(HEADS.values()),
        "rows": [
            {
                "name": name(by, row.id, names),
                "cells": [
                    {
                        "text": value(name, row.now.get(name, 0 if name in MEASURES else None)),
                        "was": value(name, row.usual.get(name)),
                        "url": url(day, name, **{by: row.id}),
                        "is_late": name == "late" and bool(row.now.get(name)),
                    }
                    for name in HEADS
                ],
            }
            for row in rows[by]
        ],
    }
