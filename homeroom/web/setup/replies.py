"""Replies that teams write again and again: kept once, in each language, filled in when used."""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.district import roster
from homeroom.district.permissions import Viewer
from homeroom.knowledge import placeholders, saved
from homeroom.web import naming
from homeroom.web.context import district
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Option, Sent, Work

if TYPE_CHECKING:
    from homeroom.knowledge.replies import SavedReply

NEW = "reply-new"


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def replies(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The saved replies (GET); one saved or taken away (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"save": _save, "remove": _remove},
        back=reverse("setup:replies"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _reply(work: Work) -> "SavedReply | None":
    """The reply that a form is about; None when it is a new one."""
    if work.form == NEW:
        return None
    found = {one.pk: one for one in saved.all_replies(viewer=work.viewer)}
    return forms.there(found.get(work.row or 0))


def _save(work: Work) -> str:
    reply = _reply(work)
    team = work.number("team")
    kept = saved.save(
        reply,
        title=work.words("title"),
        team=forms.there(roster.team(team, viewer=work.viewer)) if team else None,
        texts={code: work.given.get(f"text-{code}", "") for code in _languages(reply)},
        by=work.by(),
        now=work.now,
    )
    return _("Saved: %(name)s.") % {"name": kept.title}


def _remove(work: Work) -> str:
    reply = forms.there(_reply(work))
    saved.remove(reply, by=work.by(), now=work.now)
    return _("Removed: %(name)s.") % {"name": reply.title}


def _languages(reply: "SavedReply | None") -> list[str]:
    """Those that the district offers, and those it is written in already."""
    return list(dict.fromkeys([*district().languages, *(reply.texts if reply else ())]))


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    teams: list[Option] = [(one.pk, one.name) for one in roster.teams(viewer=viewer)]
    context: Drawn = {
        "page": "replies",
        "replies": [
            {
                "title": one.title,
                "team": one.team.name if one.team else "",
                "texts": [
                    {"lang": code, "language": naming.LANGUAGE_NAMES.get(code, code), "text": text}
                    for code, text in one.texts.items()
                ],
                "form": _form(one, teams, sent),
            }
            for one in saved.all_replies(viewer=viewer)
        ],
        "add": _form(None, teams, sent),
        "marks": {name: f"[{name}]" for name in placeholders.NAMES},
    }
    return forms.page(request, viewer, "setup/replies.html", context, about=["reply"], sent=sent)


def _form(reply: "SavedReply | None", teams: list[Option], sent: Sent | None) -> Drawn:
    texts = [
        Field(
            name=f"text-{code}",
            label=_("What it says, in %(language)s")
            % {"language": naming.LANGUAGE_NAMES.get(code, code)},
            kind="textarea",
            value=reply.texts.get(code, "") if reply else "",
        )
        for code in _languages(reply)
    ]
    return forms.form(
        f"reply-{reply.pk}" if reply else NEW,
        title=_("Change") if reply else _("A new saved reply"),
        url=reverse("setup:replies"),
        do="save",
        button=_("Save it"),
        fields=(
            Field(
                name="title",
                label=_("Title"),
                value=reply.title if reply else "",
                hint=_("Staff find it by this. Askers never see it."),
                is_required=True,
            ),
            Field(
                name="team",
                label=_("Whose it is"),
                kind="select",
                options=forms.choices(teams, _("Everybody's")),
                chosen=[reply.team_id or "" if reply else ""],
            ),
            *texts,
        ),
        sent=sent,
        remove=_("Remove it") if reply else "",
    )
