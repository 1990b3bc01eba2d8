"""How sure Homeroom is: what it may route by itself, for each department, and what it rests on."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.routing import caution
from homeroom.routing.caution import Department, Standing
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Refused, Sent, Work


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def sureness(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What goes by itself (GET), or what may (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"save": _save},
        back=reverse("setup:sureness"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _save(work: Work) -> str:
    share = work.amount("alpha")
    try:
        if share is None:
            raise caution.BadShare  # noqa: TRY301  One sentence for both.
        caution.allow(
            alpha=share / 100,
            is_off=work.ticked("off"),
            manual=work.numbers("manual"),
            by=work.by(),
            now=work.now,
        )
    except caution.BadShare as error:
        raise Refused({"alpha": str(error)}) from None
    return _("Saved. It counts from now on, within half a minute.")


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    found = caution.standing(viewer=viewer)
    context: Drawn = {
        "page": "sureness",
        "state": _state(found),
        "sentences": _sentences(found),
        "departments": [_row(one, found) for one in found.departments],
        "add": _form(found, sent),
    }
    return forms.page(
        request, viewer, "setup/sureness.html", context, about=[caution.WHAT], sent=sent
    )


def _state(found: Standing) -> Drawn:
    if found.is_off:
        return {"icon": "off", "word": _("Switched off"), "tone": ""}
    if found.fallen_at:
        return {"icon": "alert", "word": _("Only suggests: too much was wrong"), "tone": "alarm"}
    if any(one.proof for one in found.departments):
        return {"icon": "check", "word": _("Routes by itself what is proved"), "tone": "good"}
    return {"icon": "eye", "word": _("Only suggests"), "tone": ""}


def _sentences(found: Standing) -> list[str]:
    """What is proved, what it rests on, and the last look at it."""
    said = [
        ngettext(
            "It has learned from %(count)s request whose owner is known.",
            "It has learned from %(count)s requests whose owner is known.",
            found.labels,
        )
        % {"count": f"{found.labels:,}"}
    ]
    proof = found.gate.pooled
    if proof is not None:
        said.append(
            _(
                "From %(sure)s confidence on, %(errors)s of %(decisions)s decisions were wrong: at "
                "most %(bound)s of those to come, with 95 in 100 certainty."
            )
            % {
                "sure": _percent(found.gate.confidence(proof.score)),
                "errors": f"{proof.errors:,}",
                "decisions": f"{proof.decisions:,}",
                "bound": _percent(proof.bound, places=1),
            }
        )
    elif not found.fallen_at and not found.is_off:
        said.append(
            _(
                "It is not proved yet that at most %(alpha)s would be wrong. That needs about a "
                "hundred sure decisions that were all right."
            )
            % {"alpha": _percent(found.alpha)}
        )
    if found.drift is not None:
        said.append(
            _("In the last four weeks %(errors)s of %(decisions)s automatic decisions were wrong.")
            % {"errors": f"{found.drift.errors:,}", "decisions": f"{found.drift.decisions:,}"}
        )
    return said


def _percent(share: float, *, places: int = 0) -> str:
    return f"{100 * share:.{places}f} %"


def _row(one: Department, found: Standing) -> Drawn:
    if one.is_manual or found.is_off:
        word, icon = _("Left to people"), "off"
    elif one.has_left:
        word, icon = _("Suggests: too many of its own were wrong"), "alert"
    elif one.proof is None:
        word, icon = _("Suggests"), "eye"
    else:
        word, icon = _("By itself"), "check"
    proof = one.proof
    return {
        "name": one.name,
        "icon": icon,
        "word": word,
        "labels": one.labels,
        "sure": _percent(one.threshold) if one.threshold is not None else "",
        "bound": _percent(proof.bound, places=1) if proof else "",
        "own": one.is_own,
        "errors": proof.errors if proof else None,
        "decisions": proof.decisions if proof else None,
    }


def _form(found: Standing, sent: Sent | None) -> Drawn:
    return forms.form(
        "sureness",
        title=_("What may go by itself"),
        url=reverse("setup:sureness"),
        do="save",
        button=_("Save it"),
        fields=(
            Field(
                name="alpha",
                label=_("Of a hundred automatic decisions, at most so many may be wrong"),
                value=f"{100 * found.alpha:g}",
                hint=_("The smaller the number, the more decisions it takes to prove it."),
                is_required=True,
            ),
            Field(
                name="manual",
                label=_("Never automatic"),
                kind="many",
                options=[(one.id, one.name) for one in found.departments],
                chosen=[one.id for one in found.departments if one.is_manual],
                hint=_("People route everything of these departments."),
            ),
            Field(
                name="off",
                label=_("Nothing at all goes by itself"),
                kind="tick",
                value=found.is_off,
            ),
        ),
        sent=sent,
    )
