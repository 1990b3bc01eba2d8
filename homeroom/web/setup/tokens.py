"""Keys with which other systems talk to Homeroom."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeroom.district import roster, sign_ins
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Refused, Sent, Work

if TYPE_CHECKING:
    from homeroom.district.models import Token

SCOPES = {
    "read": gettext_lazy("Read requests"),
    "write": gettext_lazy("Answer, assign and finish requests"),
    "messages": gettext_lazy("Bring messages in"),
    "events": gettext_lazy("Follow what happens"),
    "trusted": gettext_lazy("Say for the district who somebody is"),
}
LASTS = (
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (365, gettext_lazy("A year")),
)


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The keys (GET), or a new one, shown once, or one taken away (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    fresh: list[Drawn] = []

    def make(work: Work) -> str:
        fresh.append(_make(work))
        return ""

    answered = forms.answer(
        request,
        viewer,
        acts={"make": make, "revoke": _revoke},
        back=reverse("setup:tokens"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )
    return _draw(request, viewer, fresh=fresh[0]) if fresh else answered


def _make(work: Work) -> Drawn:
    name, days = work.words("name", 200), work.number("lasts")
    errors = {}
    if not name:
        errors["name"] = _("Write which system the key is for.")
    if days not in dict(LASTS):
        errors["lasts"] = _("Choose how long it works.")
    if errors or days is None:
        raise Refused(errors)
    try:
        secret = sign_ins.make_key(
            account=work.by(),
            name=name,
            scopes=work.given.getlist("may"),
            lasts=timedelta(days=days),
            now=work.now,
        )
    except sign_ins.KeyTooWide as error:
        raise Refused({"may": str(error)}) from None
    return {"name": name, "secret": secret}


def _revoke(work: Work) -> str:
    key = forms.there(roster.key(work.number("token"), viewer=work.viewer))
    sign_ins.revoke_key(token=key, by=work.by(), now=work.now)
    return _("Taken away: %(name)s.") % {"name": key.name}


def _draw(
    request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None, fresh: Drawn | None = None
) -> HttpResponse:
    now = clock.now()
    context: Drawn = {
        "page": "tokens",
        "fresh": fresh,
        "tokens": [_key(one, now=now) for one in roster.keys(viewer=viewer)],
        "add": forms.form(
            "key-new",
            title=_("Make a key"),
            url=reverse("setup:tokens"),
            do="make",
            button=_("Make it"),
            sent=sent,
            fields=(
                Field(name="name", label=_("For which system?"), is_required=True),
                Field(
                    name="may",
                    label=_("It may"),
                    kind="many",
                    options=[(name, str(word)) for name, word in SCOPES.items()],
                    chosen=["read"],
                ),
                Field(
                    name="lasts",
                    label=_("It works for"),
                    kind="select",
                    options=[(days, str(word)) for days, word in LASTS],
                    chosen=[90],
                ),
            ),
        ),
    }
    return forms.page(request, viewer, "setup/tokens.html", context, about=["key"], sent=sent)


def _key(key: "Token", *, now: datetime) -> Drawn:
    account = key.account
    person = account.person
    return {
        "id": key.pk,
        "name": key.name,
        "may": ", ".join(str(SCOPES.get(name, name)) for name in key.scopes),
        "by": (person.name if person else "") or account.email,
        "made": key.made_at,
        "used": key.used_at,
        "until": key.expires_at,
        "gone": key.expires_at is not None and key.expires_at <= now,
    }
