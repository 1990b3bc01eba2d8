"""Everyone the district knows, and who of them signs in with which rights."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeroom.district import roster, sign_ins
from homeroom.district.permissions import Viewer
from homeroom.web import policy
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Sent, Work

if TYPE_CHECKING:
    from homeroom.district.models import Account, Person

_SALT = "setup people"

PARTS = {
    "student": gettext_lazy("Student"),
    "guardian": gettext_lazy("Guardian"),
    "parent": gettext_lazy("Parent"),
    "teacher": gettext_lazy("Teacher"),
    "aide": gettext_lazy("Aide"),
    "principal": gettext_lazy("Principal"),
    "counselor": gettext_lazy("Counselor"),
}
"""The commonest parts of OneRoster in words; others are shown by their own name."""

MATRIX = (
    (gettext_lazy("Read and answer requests of their teams"), True, True, True),
    (gettext_lazy("Read other teams' requests that are not private"), True, True, True),
    (gettext_lazy("Read student records of every team"), False, True, True),
    (gettext_lazy("Read private and safety requests"), None, None, None),
    (gettext_lazy("See the office's numbers"), False, True, True),
    (gettext_lazy("Change settings, people and keys"), False, False, True),
)
"""What staff, leaders and administrators may do; None: only in the team that owns the request."""


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list (GET), or what one of its forms asks for (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    if request.POST.get("do") in {"open", "reset"}:
        return _with_password(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"rights": _rights},
        back=request.get_full_path(),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _with_password(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a password and show it on the page that answers: it is kept nowhere."""
    shown: list[Drawn] = []

    def act(work: Work) -> str:
        shown.append(_open(work) if work.given.get("do") == "open" else _reset(work))
        return ""

    answered = forms.answer(
        request,
        viewer,
        acts={"open": act, "reset": act},
        back=request.get_full_path(),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )
    return _draw(request, viewer, fresh=shown[0]) if shown else answered


def _open(work: Work) -> Drawn:
    is_person = work.form.startswith("person-")
    account, password = sign_ins.open_account(
        email=work.words("email"),
        person=forms.there(roster.person(work.row, viewer=work.viewer)) if is_person else None,
        is_leader=work.ticked("leader"),
        is_administrator=work.ticked("administrator"),
        by=work.by(),
        now=work.now,
    )
    return {"name": account.email, "secret": password}


def _reset(work: Work) -> Drawn:
    account = forms.there(roster.account(work.row, viewer=work.viewer))
    password = sign_ins.reset_password(account=account, by=work.by(), now=work.now)
    return {"name": account.email, "secret": password}


def _rights(work: Work) -> str:
    account = sign_ins.set_rights(
        account=forms.there(roster.account(work.row, viewer=work.viewer)),
        is_leader=work.ticked("leader"),
        is_administrator=work.ticked("administrator"),
        is_active=work.ticked("active"),
        by=work.by(),
        now=work.now,
    )
    policy.forget()
    return _("Saved: %(name)s.") % {"name": account.email}


def _draw(
    request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None, fresh: Drawn | None = None
) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:200]
    rows, older = (
        _found(request.GET, query, viewer, sent)
        if query
        else _signing_in(request.GET, viewer, sent)
    )
    context: Drawn = {
        "page": "people",
        "query": query,
        "rows": rows,
        "older_url": older,
        "newer_url": _url(query) if request.GET.get("after") else "",
        "fresh": fresh,
        "matrix": MATRIX,
        "add": _new(None, request.get_full_path(), sent),
    }
    return forms.page(request, viewer, "setup/people.html", context, about=["sign-in"], sent=sent)


def _found(
    given: QueryDict, query: str, viewer: Viewer, sent: Sent | None
) -> tuple[list[Drawn], str]:
    """People by the words, and sign-ins of nobody on the roster."""
    after = _after(given)
    found = roster.people(query, viewer=viewer, after=int(after) if after else None)
    here = _url(query)
    rows = [_person(one, here, sent) for one in found[: roster.PAGE]]
    if not after:
        alone = roster.accounts_like(query, viewer=viewer)
        rows += [_account(one, here, sent) for one in alone]
    is_more = len(found) > roster.PAGE
    return rows, _url(query, found[roster.PAGE - 1].pk) if is_more else ""


def _signing_in(given: QueryDict, viewer: Viewer, sent: Sent | None) -> tuple[list[Drawn], str]:
    """Everyone who signs in."""
    found = roster.accounts(viewer=viewer, after=_after(given))
    rows = [_account(one, _url(""), sent) for one in found[: roster.PAGE]]
    return rows, _url("", found[roster.PAGE - 1].email) if len(found) > roster.PAGE else ""


def _person(person: "Person", here: str, sent: Sent | None) -> Drawn:
    account = getattr(person, "account", None)
    return {
        "name": f"{person.title} {person.name}".strip(),
        "roles": _parts(person),
        "reach": _reach(person),
        "signs_in": _kind(account),
        "form": _change(account, here, sent) if account else _new(person, here, sent),
        "reset": _reset_form(account, here),
    }


def _account(account: "Account", here: str, sent: Sent | None) -> Drawn:
    person = account.person
    return {
        "name": (f"{person.title} {person.name}".strip() if person else "") or account.email,
        "roles": _parts(person) if person else _("Not on the roster"),
        "reach": _reach(person) if person else [{"address": account.email, "verified": True}],
        "signs_in": _kind(account),
        "form": _change(account, here, sent),
        "reset": _reset_form(account, here),
    }


def _parts(person: "Person") -> str:
    """What they are where, and the teams they work in."""
    roles = [
        ", ".join(filter(None, (str(PARTS.get(one.role, one.role)), one.org.name)))
        for one in person.roles.all()
    ]
    jobs = [person.job] if person.job else []
    return "; ".join([*jobs, *roles, *(one.team.name for one in person.memberships.all())])


def _reach(person: "Person") -> list[Drawn]:
    return [
        {"address": one.value, "verified": one.verified_at is not None}
        for one in person.identities.all()
    ]


def _kind(account: "Account | None") -> str:
    if account is None:
        return ""
    if not account.is_active:
        return _("Switched off")
    if account.is_administrator:
        return _("Administrator")
    return _("Leader") if account.is_leader else _("Yes")


def _flags(account: "Account | None") -> Sequence[Field]:
    return (
        Field(
            name="leader",
            label=_("Leads: sees the office's numbers"),
            kind="tick",
            value=bool(account and account.is_leader),
        ),
        Field(
            name="administrator",
            label=_("Administers: changes settings"),
            kind="tick",
            value=bool(account and account.is_administrator),
        ),
    )


def _change(account: "Account", here: str, sent: Sent | None) -> Drawn:
    active = Field(name="active", label=_("May sign in"), kind="tick", value=account.is_active)
    return forms.form(
        f"account-{account.pk}",
        title=_("Change"),
        url=here,
        do="rights",
        button=_("Save it"),
        fields=(*_flags(account), active),
        sent=sent,
    )


def _reset_form(account: "Account | None", here: str) -> Drawn | None:
    return {"url": here, "form": f"account-{account.pk}"} if account else None


def _new(person: "Person | None", here: str, sent: Sent | None) -> Drawn:
    own = (
        next((one.value for one in person.identities.all() if one.kind == "email"), "")
        if person
        else ""
    )
    email = Field(
        name="email",
        label=_("Email to sign in with"),
        kind="email",
        value=own,
        is_required=True,
    )
    return forms.form(
        f"person-{person.pk}" if person else "account-new",
        title=_("Let them sign in") if person else _("A sign-in for somebody else"),
        url=here,
        do="open",
        button=_("Make a sign-in"),
        fields=(email, *_flags(None)),
        sent=sent,
    )


def _url(query: str, after: object = "") -> str:
    asked = {"q": query} if query else {}
    if after:
        asked["after"] = signing.dumps(str(after), salt=_SALT)
    here = reverse("setup:people")
    return f"{here}?{urlencode(asked)}" if asked else here


def _after(given: QueryDict) -> str:
    text = str(given.get("after", ""))
    if not text:
        return ""
    try:
        return str(signing.loads(text, salt=_SALT))
    except signing.BadSignature:
        raise Http404 from None
