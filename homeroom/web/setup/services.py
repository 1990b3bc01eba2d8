"""What people can ask for: whose work it is, how urgent, and what is promised."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeroom.district import arranging, roster
from homeroom.district.arranging import ServiceForm
from homeroom.district.permissions import Viewer
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Option, Sent, Work

if TYPE_CHECKING:
    from homeroom.district.models import Service

_SALT = "setup services"
SENSITIVITIES = {
    "student_record": gettext_lazy("Student record"),
    "confidential": gettext_lazy("Private"),
    "safety": gettext_lazy("Safety"),
}
PRIORITIES = (
    (1, gettext_lazy("1, at once")),
    (2, gettext_lazy("2, soon")),
    (3, gettext_lazy("3, as usual")),
    (4, gettext_lazy("4, when there is time")),
)


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def services(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The services (GET), or what one of the forms asks for (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"save": _save},
        back=request.get_full_path(),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _save(work: Work) -> str:
    saved = arranging.save_service(
        service=forms.there(roster.service(work.row, viewer=work.viewer)),
        wanted=ServiceForm(
            team=roster.team(work.number("team"), viewer=work.viewer),
            priority=work.number("priority"),
            first_response_hours=work.amount("first_response_hours"),
            resolve_hours=work.amount("resolve_hours"),
            is_active=work.ticked("active"),
        ),
        by=work.by(),
        now=work.now,
    )
    return _("Saved: %(name)s.") % {"name": saved.name}


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:200]
    found = roster.services(query, viewer=viewer, after=_after(request.GET.get("after", "")))
    teams = [(one.pk, one.name) for one in roster.teams(viewer=viewer)]
    here = request.get_full_path()
    older = ""
    if len(found) > roster.PAGE:
        key = signing.dumps(found[roster.PAGE - 1].pk, salt=_SALT)
        older = f"{reverse('setup:services')}?{urlencode({'q': query, 'after': key})}"
    context: Drawn = {
        "page": "services",
        "query": query,
        "services": [_service(one, teams, here, sent) for one in found[: roster.PAGE]],
        "older_url": older,
        "add": None,
    }
    return forms.page(request, viewer, "setup/services.html", context, about=["service"], sent=sent)


def _service(service: "Service", teams: Sequence[Option], here: str, sent: Sent | None) -> Drawn:
    word = SENSITIVITIES.get(service.sensitivity)
    tag: Drawn | None = {"icon": "lock", "word": word, "tone": "sun"} if word else None
    if not service.is_active:
        tag = {"icon": "off", "word": _("Switched off"), "tone": ""}
    return {
        "name": service.name,
        "team": service.team.name,
        "audiences": ", ".join(service.audiences) or _("everybody"),
        "sensitivity": tag,
        "promise": _("Reply in %(reply)s hours, done in %(done)s hours")
        % {"reply": f"{service.first_response_hours:g}", "done": f"{service.resolve_hours:g}"},
        "prose": [],
        "form": _form(service, teams, here, sent),
    }


def _form(service: "Service", teams: Sequence[Option], here: str, sent: Sent | None) -> Drawn:
    return forms.form(
        f"service-{service.pk}",
        title=_("Change"),
        url=here,
        do="save",
        button=_("Save it"),
        sent=sent,
        fields=(*_work(service, teams), *_promise(service)),
    )


def _work(service: "Service", teams: Sequence[Option]) -> Sequence[Field]:
    """The fields of who does it, how urgent it is, and whether it is offered."""
    hint = ""
    if service.source != "hand":
        hint = _("It comes from the district folder: loading that again brings its values back.")
    levels = [(level, str(word)) for level, word in PRIORITIES]
    return (
        Field(
            name="team",
            label=_("Team"),
            kind="select",
            options=teams,
            chosen=[service.team_id],
            hint=hint,
        ),
        Field(
            name="priority",
            label=_("Priority, unless the words say otherwise"),
            kind="select",
            options=levels,
            chosen=[service.default_priority],
        ),
        Field(
            name="active", label=_("People can ask for it"), kind="tick", value=service.is_active
        ),
    )


def _promise(service: "Service") -> Sequence[Field]:
    """The fields of what is promised."""
    return (
        Field(
            name="first_response_hours",
            label=_("First reply within"),
            value=f"{service.first_response_hours:g}",
            hint=_("Working hours, like 4."),
            is_required=True,
        ),
        Field(
            name="resolve_hours",
            label=_("Done within"),
            value=f"{service.resolve_hours:g}",
            hint=_("Working hours, like 40."),
            is_required=True,
        ),
    )


def _after(given: str) -> int | None:
    if not given:
        return None
    try:
        return int(signing.loads(given, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
