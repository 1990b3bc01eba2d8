"""Who is called when somebody may be in danger, and a test that really calls them."""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from homeroom.district import oncall
from homeroom.district.oncall import LEVELS, Rota
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.kit.hours import BadHours
from homeroom.tickets import alarms
from homeroom.web import policy
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Option, Refused, Sent, Work
from homeroom.web.templatetags.homeroom import moment

if TYPE_CHECKING:
    from homeroom.district.duties import Duty

TITLES = {
    1: gettext_lazy("First, at once"),
    2: gettext_lazy("Next, after 5 minutes"),
    3: gettext_lazy("Third, when nobody before them is there"),
}


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def on_call(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list (GET), or what one of the forms asks for (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"add": _add, "save": _save, "remove": _remove, "test": _test},
        back=reverse("setup:on-call"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _add(work: Work) -> str:
    try:
        row = oncall.add(
            email=work.words("email"),
            level=work.number("level"),
            hours=work.words("hours", 200),
            by=work.by(),
            now=work.now,
        )
    except BadHours as error:
        raise Refused({"hours": str(error)}) from None
    policy.forget()
    return _("%(name)s is on call.") % {"name": row.person.name}


def _save(work: Work) -> str:
    row = forms.there(oncall.duty(work.row, viewer=work.viewer))
    try:
        oncall.change(
            duty=row,
            level=work.number("level"),
            hours=work.words("hours", 200),
            by=work.by(),
            now=work.now,
        )
    except BadHours as error:
        raise Refused({"hours": str(error)}) from None
    return _("Saved: %(name)s.") % {"name": row.person.name}


def _remove(work: Work) -> str:
    row = forms.there(oncall.duty(work.row, viewer=work.viewer))
    oncall.remove(duty=row, by=work.by(), now=work.now)
    policy.forget()
    return _("%(name)s is not called any more.") % {"name": row.person.name}


def _test(work: Work) -> str:
    alarms.ring_test(now=work.now)
    return _("The test is under way. Load this page again in a minute to see who heard it.")


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    rows = oncall.duties(viewer=viewer)
    away = set(oncall.unreachable(viewer=viewer))
    context: Drawn = {
        "page": "on-call",
        "levels": [
            {"title": TITLES[level], "people": [_place(row, away, sent) for row in some]}
            for level, some in oncall.steps(rows)
        ],
        "is_empty": not rows,
        "now_called": _now_called(oncall.rota(at=clock.now(), viewer=viewer)),
        "test": _last_test(viewer),
        "url": reverse("setup:on-call"),
        "add": forms.form(
            "duty-new",
            title=_("Add somebody"),
            url=reverse("setup:on-call"),
            do="add",
            button=_("Add them"),
            fields=(
                Field(
                    name="email",
                    label=_("Email of somebody who works here"),
                    kind="email",
                    is_required=True,
                ),
                *_fields(None),
            ),
            sent=sent,
        ),
    }
    return forms.page(request, viewer, "setup/oncall.html", context, about=["on-call"], sent=sent)


def _place(row: "Duty", away: set[str], sent: Sent | None) -> Drawn:
    return {
        "name": f"{row.person.title} {row.person.name}".strip(),
        "hours": row.hours,
        "is_away": row.person.name in away,
        "form": forms.form(
            f"duty-{row.pk}",
            title=_("Change"),
            url=reverse("setup:on-call"),
            do="save",
            button=_("Save it"),
            fields=_fields(row),
            sent=sent,
            remove=_("Take off the list"),
        ),
    }


def _fields(row: "Duty | None") -> tuple[Field, ...]:
    options: list[Option] = [(level, str(TITLES[level])) for level in LEVELS]
    return (
        Field(
            name="level",
            label=_("When"),
            kind="select",
            options=options,
            chosen=[row.level if row else 1],
        ),
        Field(
            name="hours",
            label=_("Hours"),
            value=row.hours if row else "",
            hint=_(
                "Like Mon-Fri 07:00-17:00; empty means always. Outside them the next is called."
            ),
        ),
    )


def _now_called(rota: Rota) -> str:
    """Whom an alarm of this minute would call first, in one sentence."""
    first = (rota.ladder or (rota.administrators,))[0]
    if not first:
        return _("An alarm now would call nobody.")
    listed = ", ".join(one.address for one in first)
    return _("An alarm now would first call: %(addresses)s.") % {"addresses": listed}


def _last_test(viewer: Viewer) -> str:
    """How the last test went, in one sentence; empty when there was none."""
    test = alarms.last_test(viewer=viewer)
    if test is None:
        return ""
    now = clock.now()
    n_called = sum(one.n_called for one in test.rounds.all())
    said = ngettext(
        "Last test: %(when)s, %(count)s email.", "Last test: %(when)s, %(count)s emails.", n_called
    ) % {"when": moment(test.rung_at, now), "count": n_called}
    if test.acknowledged_at is None:
        silence = _("Nobody has said yet that they hear it.")
        return f"{said} {silence}"
    who = test.acknowledged_by.name if test.acknowledged_by else _("Somebody")
    heard = _("%(who)s heard it %(when)s.") % {
        "who": who,
        "when": moment(test.acknowledged_at, now),
    }
    return f"{said} {heard}"
