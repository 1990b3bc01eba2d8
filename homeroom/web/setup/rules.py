"""An administrator's exceptions to what was learned: plain sentences, tried before they count."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from homeroom.district import roster
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.pipeline import rehearsal
from homeroom.routing import actions, queries
from homeroom.routing.rules import BadRule
from homeroom.web.policy import administrator
from homeroom.web.setup import forms, sentences
from homeroom.web.setup.forms import Drawn, Field, Refused, Sent, Work
from homeroom.web.templatetags.homeroom import day

if TYPE_CHECKING:
    from homeroom.routing.models import Rule

MOST_ORDER = 9_999


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The rules (GET); one saved, dropped, or tried on the last month (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    tried: list[Drawn] = []

    def attempt(work: Work) -> str:
        tried.append(_try(work))
        return ""

    answered = forms.answer(
        request,
        viewer,
        acts={"save": _save, "remove": _drop, "try": attempt},
        back=reverse("setup:rules"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )
    if not tried:
        return answered
    kept = Sent(form=request.POST.get("form", ""), given=request.POST)
    return _draw(request, viewer, sent=kept, tried=tried[0])


def _rule(work: Work) -> "Rule | None":
    """The rule that a form is about; None when it is a new one."""
    if work.form == "rule-new":
        return None
    found = {one.pk: one for one in queries.all_rules(viewer=work.viewer)}
    return forms.there(found.get(work.row or 0))


def _when(work: Work, rule: "Rule | None") -> dict[str, object]:
    """The tests that a form asks for; those that no field shows stay as they are."""
    when: dict[str, object] = {
        name: value
        for name, value in (rule.when if rule else {}).items()
        if name not in sentences.ASKED
    }
    for name in sentences.ASKED:
        value = work.words(name)
        if value:
            when[name] = [part.strip() for part in value.split("|") if part.strip()]
    return when


def _save(work: Work) -> str:
    rule = _rule(work)
    when = _when(work, rule)
    order, level = work.number("order"), work.number("priority")
    if order is None or order > MOST_ORDER:
        raise Refused({"order": _("Write a whole number, like 100.")})
    if level not in {None, 1, 2, 3, 4}:
        raise Refused({"priority": _("Choose a priority from 1 to 4.")})
    names = sentences.Names.of(viewer=work.viewer)
    service = roster.service(work.number("service"), viewer=work.viewer)
    team = roster.team(work.number("team"), viewer=work.viewer)
    given = work.words("name", 200)
    sentence = sentences.sentence(when, service=service, team=team, priority=level, names=names)
    try:
        actions.save_rule(
            rule,
            name=given or sentence[:200],
            when=when,
            service=service,
            team=team,
            priority=level,
            order=order,
            is_on=work.ticked("on"),
            by=work.by(),
            now=work.now,
        )
    except BadRule as error:
        raise Refused({"words": str(error)}) from None
    return _("Saved. It counts from now on, within half a minute.")


def _drop(work: Work) -> str:
    rule = forms.there(_rule(work))
    actions.drop_rule(rule, by=work.by(), now=work.now)
    return _("Removed. What it decided before stays decided.")


def _try(work: Work) -> Drawn:
    """What the tests would have caught in the last month; see setup/rules.html."""
    rule = _rule(work)
    try:
        caught = rehearsal.rehearse(_when(work, rule), viewer=work.viewer, now=work.now)
    except BadRule as error:
        raise Refused({"words": str(error)}) from None
    service = roster.service(work.number("service"), viewer=work.viewer)
    team = roster.team(work.number("team"), viewer=work.viewer) or (
        service.team if service else None
    )
    text = ngettext(
        "It would have caught %(count)s of %(seen)s requests.",
        "It would have caught %(count)s of %(seen)s requests.",
        caught.count,
    ) % {"count": caught.count, "seen": caught.seen}
    if not caught.is_all:
        text += " " + _("There were more: we looked at the newest.")
    return {
        "sentence": text,
        "rows": [
            {
                "reference": one.reference,
                "url": reverse("desk:request", args=[one.reference]),
                "subject": one.subject,
                "from_team": one.team.name if one.team else _("Nobody yet"),
                "to_team": team.name if team else _("The same"),
            }
            for one in caught.tickets
        ],
    }


def _draw(
    request: HttpRequest,
    viewer: Viewer,
    *,
    sent: Sent | None = None,
    tried: Drawn | None = None,
) -> HttpResponse:
    names = sentences.Names.of(viewer=viewer)
    context: Drawn = {
        "page": "rules",
        "tried": tried,
        "rules": [_row(one, names, sent) for one in queries.all_rules(viewer=viewer)],
        "add": _form(None, names, sent),
    }
    answered = forms.page(request, viewer, "setup/rules.html", context, about=["rule"], sent=sent)
    if tried is not None:
        answered.status_code = 200
    return answered


def _row(rule: "Rule", names: sentences.Names, sent: Sent | None) -> Drawn:
    who = rule.made_by.email if rule.made_by else _("Homeroom")
    return {
        "sentence": sentences.sentence(
            rule.when, service=rule.service, team=rule.team, priority=rule.priority, names=names
        ),
        "by": f"{who}, {day(rule.made_at, clock.now())}.",
        "effect": "",
        "on": rule.is_on,
        "form": _form(rule, names, sent),
    }


def _form(rule: "Rule | None", names: sentences.Names, sent: Sent | None) -> Drawn:
    when: Mapping[str, object] = rule.when if rule else {}
    return forms.form(
        f"rule-{rule.pk}" if rule else "rule-new",
        title=_("Change") if rule else _("A new rule"),
        url=reverse("setup:rules"),
        do="save",
        button=_("Save it"),
        fields=(*sentences.tests(when, names), *_effects(rule, names)),
        sent=sent,
        remove=_("Remove the rule") if rule else "",
    )


def _effects(rule: "Rule | None", names: sentences.Names) -> Sequence[Field]:
    """The fields of what a rule does."""
    same = _("leave it as it is")
    levels = [(level, str(level)) for level in (1, 2, 3, 4)]
    return (
        Field(
            name="service",
            label=_("then it is about"),
            kind="select",
            options=forms.choices(names.services.items(), same),
            chosen=[rule.service_id or "" if rule else ""],
        ),
        Field(
            name="team",
            label=_("and goes to"),
            kind="select",
            options=forms.choices(names.teams.items(), same),
            chosen=[rule.team_id or "" if rule else ""],
        ),
        Field(
            name="priority",
            label=_("with priority"),
            kind="select",
            options=forms.choices(levels, same),
            chosen=[rule.priority or "" if rule else ""],
        ),
        Field(name="name", label=_("Its name, if you like"), value=rule.name if rule else ""),
        Field(
            name="order",
            label=_("Order"),
            value=rule.order if rule else 100,
            hint=_("Rules are asked from the smallest number on; the first that fits counts."),
            is_required=True,
        ),
        Field(name="on", label=_("It counts"), kind="tick", value=rule.is_on if rule else True),
    )
