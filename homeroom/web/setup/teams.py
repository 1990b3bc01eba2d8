"""Who works on what, and when."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.district import arranging, roster
from homeroom.district.arranging import TeamForm
from homeroom.district.permissions import Viewer
from homeroom.routing.calendar import BadHours
from homeroom.tickets import loads
from homeroom.web import policy
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Refused, Sent, Work

if TYPE_CHECKING:
    from homeroom.district.models import Team


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The teams by department (GET), or what one of the forms asks for (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"save": _save, "remove": _close},
        back=reverse("setup:teams"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _save(work: Work) -> str:
    is_new = work.form == "team-new"
    wanted = TeamForm(
        name=work.words("name"),
        email=work.words("email").lower(),
        hours=work.words("hours", 200),
        member_ids=work.numbers("members"),
        lead_ids=work.numbers("leads"),
        add=work.words("add"),
    )
    team = None if is_new else forms.there(roster.team(work.row, viewer=work.viewer))
    number = work.number("department")
    department = next(
        (one for one in roster.departments(viewer=work.viewer) if one.pk == number), None
    )
    try:
        saved = arranging.save_team(
            team=team, department=department, wanted=wanted, by=work.by(), now=work.now
        )
    except BadHours as error:
        raise Refused({"hours": str(error)}) from None
    policy.forget()
    return _("Saved: %(name)s.") % {"name": saved.name}


def _close(work: Work) -> str:
    team = forms.there(roster.team(work.row, viewer=work.viewer))
    if loads.open_by_team(viewer=work.viewer).get(team.pk):
        raise Refused({"name": _("This team still has open requests. Hand them on first.")})
    arranging.close_team(team=team, by=work.by(), now=work.now)
    policy.forget()
    return _("Closed: %(name)s.") % {"name": team.name}


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    n_open = loads.open_by_team(viewer=viewer)
    rows = roster.teams(viewer=viewer)
    context: Drawn = {
        "page": "teams",
        "departments": [
            {"name": name, "teams": [_team(one, n_open, sent) for one in some]}
            for name, some in groupby(rows, key=lambda one: one.department.name)
        ],
        "add": _form(None, viewer, sent),
    }
    return forms.page(request, viewer, "setup/teams.html", context, about=["team"], sent=sent)


def _team(team: "Team", n_open: Mapping[int, int], sent: Sent | None) -> Drawn:
    return {
        "name": team.name,
        "email": team.email,
        "hours": team.hours,
        "members": [one.person.name for one in team.memberships.all()],
        "open": n_open.get(team.pk, 0),
        "form": _form(team, None, sent),
    }


def _form(team: "Team | None", viewer: Viewer | None, sent: Sent | None) -> Drawn:
    members = [(one.person_id, one) for one in team.memberships.all()] if team else []
    options = [(number, one.person.name) for number, one in members]
    fields: Sequence[Field] = (
        *_first(team, viewer),
        Field(
            name="email",
            label=_("Email of the team"),
            value=team.email if team else "",
            hint=_("Where its news goes; empty writes to each member."),
        ),
        Field(
            name="hours",
            label=_("Hours"),
            value=team.hours if team else "",
            hint=_("Like Mon-Fri 07:00-17:00; empty means the department's."),
        ),
        *_members(options, [number for number, _one in members], members),
        Field(name="add", label=_("Add somebody by email")),
    )
    return forms.form(
        f"team-{team.pk}" if team else "team-new",
        title=_("Change") if team else _("Add a team"),
        url=reverse("setup:teams"),
        do="save",
        button=_("Save it"),
        fields=fields,
        sent=sent,
        remove=_("Close this team") if team else "",
    )


def _first(team: "Team | None", viewer: Viewer | None) -> Sequence[Field]:
    hint = ""
    if team is not None and team.source != "hand":
        hint = _("It comes from the district folder: loading that again brings its values back.")
    name = Field(
        name="name",
        label=_("Team"),
        value=team.name if team else "",
        hint=hint,
        is_required=True,
    )
    if viewer is None:
        return (name,)
    rows = [(one.pk, one.name) for one in roster.departments(viewer=viewer)]
    return (
        name,
        Field(name="department", label=_("Department"), kind="select", options=rows),
    )


def _members(
    options: Sequence[tuple[int, str]], chosen: Sequence[int], members: Sequence[tuple[int, object]]
) -> Sequence[Field]:
    if not options:
        return ()
    leads = [number for number, one in members if getattr(one, "is_lead", False)]
    return (
        Field(
            name="members",
            label=_("Members"),
            kind="many",
            options=options,
            chosen=chosen,
            hint=_("Who gets its requests."),
        ),
        Field(name="leads", label=_("Who leads"), kind="many", options=options, chosen=leads),
    )
