"""What the district keeps elsewhere: tables, calendars, pages and documents that answer here."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeroom.district import roster
from homeroom.district.permissions import Viewer
from homeroom.kit import clock, outside
from homeroom.kit.errors import Expected
from homeroom.knowledge.sources import doubts, keeping, queries, reading
from homeroom.knowledge.sources.keeping import Tally
from homeroom.pipeline import freshness
from homeroom.web.context import district
from homeroom.web.policy import administrator
from homeroom.web.setup import forms, source_form
from homeroom.web.setup.forms import Drawn, Refused, Sent, Work

if TYPE_CHECKING:
    from homeroom.knowledge.origins import Source

KINDS = {
    "table": gettext_lazy("Table"),
    "calendar": gettext_lazy("Calendar"),
    "webpage": gettext_lazy("Web page"),
    "document": gettext_lazy("PDF"),
    "markdown": gettext_lazy("Texts"),
    "": gettext_lazy("Not read yet"),
}
NEW: Final = "source-new"
LATE: Final = 3
"""A feed is out of date when it was not read for so many times its usual wait."""


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def sources(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The sources (GET), or what one of the forms asks for (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"add": _add, "save": _save, "again": _again, "remove": _remove},
        back=reverse("setup:sources"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _add(work: Work) -> str:
    file, address = work.request.FILES.get("file"), work.words("address", outside.LONGEST + 1)
    values = source_form.values(work)
    if (file is None) == (not address):
        raise Refused({"address": _("Give a file or an address: one of the two.")})
    if isinstance(file, UploadedFile):
        values["file"] = (file.name or "")[:200]
        added, tally = freshness.add_file(_content(file), values=values, by=work.by(), now=work.now)
        return _taken(added.name, tally)
    _check(address)
    made = keeping.save(None, values={**values, "address": address}, by=work.by(), now=work.now)
    return _("Added: %(name)s. It is read in a moment.") % {"name": made.name}


def _save(work: Work) -> str:
    source = forms.there(queries.source(work.row, viewer=work.viewer))
    values = source_form.values(work)
    if source.address:
        values["address"] = work.words("address", outside.LONGEST + 1)
        _check(str(values["address"]))
    file = work.request.FILES.get("file")
    saved = keeping.save(source, values=values, by=work.by(), now=work.now)
    if isinstance(file, UploadedFile) and not source.address:
        return _taken(saved.name, freshness.hand_in(saved, _content(file), now=work.now))
    return _("Saved: %(name)s.") % {"name": saved.name}


def _again(work: Work) -> str:
    source = forms.there(queries.source(work.row, viewer=work.viewer))
    keeping.ask_again(source, now=work.now)
    return _("%(name)s is read again in a moment.") % {"name": source.name}


def _remove(work: Work) -> str:
    source = forms.there(queries.source(work.row, viewer=work.viewer))
    keeping.remove(source, by=work.by(), now=work.now)
    return _("Removed: %(name)s. Nothing of it is answered any more.") % {"name": source.name}


def _content(file: "UploadedFile[bytes]") -> bytes:
    """The bytes of a file that was handed in, one too many at most."""
    content: bytes = file.read(reading.MOST_BYTES + 1)
    return content


def _check(address: str) -> None:
    try:
        outside.check(address)
    except Expected as error:
        raise Refused({"address": str(error)}) from None


def _taken(name: str, tally: Tally) -> str:
    n_new = tally.added + tally.changed
    if not n_new and not tally.removed:
        return _("%(name)s says what it said before.") % {"name": name}
    return _("Taken in: %(name)s. It answers in a moment.") % {"name": name}


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    now = clock.now()
    today = now.astimezone(district().zone).date()
    schools = [(one.source_id, one.name) for one in roster.schools(viewer=viewer)]
    context: Drawn = {
        "page": "sources",
        "sources": [
            _drawn(one, schools=schools, today=today, now=now, sent=sent)
            for one in queries.sources(viewer=viewer)
        ],
        "add": forms.form(
            NEW,
            title=_("Add a source"),
            url=reverse("setup:sources"),
            do="add",
            button=_("Add it"),
            sent=sent,
            fields=(*source_form.where(None), *source_form.settings(None, schools)),
        ),
    }
    return forms.page(request, viewer, "setup/sources.html", context, about=["source"], sent=sent)


def _drawn(
    one: "Source",
    *,
    schools: list[tuple[str, str]],
    today: date,
    now: datetime,
    sent: Sent | None,
) -> Drawn:
    return {
        "id": one.pk,
        "name": one.name,
        "kind": KINDS.get(one.kind, one.kind),
        "where": one.address or one.file,
        "owner": one.owner,
        "count": getattr(one, "n_passages", 0),
        "taken": one.taken_at,
        "error": one.error,
        "failed": one.failed_since,
        "state": _state(one, now=now),
        "old": _old(one, today=today, now=now),
        "remarks": one.remarks,
        "doubts": one.doubts,
        "by_folder": one.source != "hand",
        "form": forms.form(
            f"source-{one.pk}",
            title=_("Change"),
            url=reverse("setup:sources"),
            do="save",
            button=_("Save it"),
            sent=sent,
            fields=(*source_form.where(one), *source_form.settings(one, schools)),
        ),
    }


def _state(one: "Source", *, now: datetime) -> Drawn:
    if one.error:
        return {"icon": "alert", "word": _("Not taken in"), "tone": "alarm"}
    if one.taken_at is None:
        return {"icon": "clock", "word": _("Being read"), "tone": "wait"}
    if _is_late(one, now=now):
        return {"icon": "clock", "word": _("Out of date"), "tone": "wait"}
    return {"icon": "check", "word": _("Up to date"), "tone": "good"}


def _is_late(one: "Source", *, now: datetime) -> bool:
    wait = timedelta(hours=one.every_hours * LATE)
    return bool(one.address) and one.taken_at is not None and one.taken_at + wait < now


def _old(one: "Source", *, today: date, now: datetime) -> list[str]:
    """What says that it may not be true any more, a sentence each."""
    told = []
    if one.expires_on and one.expires_on <= today:
        told.append(_("It has expired: nothing of it is answered."))
    if one.review_on and one.review_on <= today:
        told.append(_("It was to be checked by today. Is it still true?"))
    if year := doubts.bygone(one.name, today=today):
        told.append(_("It speaks of the school year %(year)s, which is over.") % {"year": year})
    if _is_late(one, now=now):
        told.append(_("Its address was not read for a long time. Does the work run?"))
    if one.taken_at and not getattr(one, "n_articles", 0):
        told.append(_("There is nothing in it now that could be answered."))
    return told
