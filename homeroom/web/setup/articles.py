"""What the district knows, as those who keep it see it: every article, and how it stands."""

from typing import TYPE_CHECKING

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.knowledge import editors
from homeroom.knowledge.editors import PAGE, SHOWS, Wanted
from homeroom.web import naming
from homeroom.web.articles import VISIBILITIES
from homeroom.web.context import district
from homeroom.web.desk.work import number
from homeroom.web.policy import staff
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn

if TYPE_CHECKING:
    from datetime import date

    from homeroom.knowledge.models import Article

_SALT = "setup articles"
SHOWN = {
    "": gettext_lazy("All"),
    "live": gettext_lazy("Answering"),
    "draft": gettext_lazy("Drafts"),
    "due": gettext_lazy("To be checked"),
    "expired": gettext_lazy("Expired"),
    "retired": gettext_lazy("Withdrawn"),
}


@staff
@require_http_methods(["GET", "HEAD"])
def articles(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The articles that the viewer may edit, by title."""
    wanted = _wanted(request)
    today = clock.now().astimezone(district().zone).date()
    found = editors.articles(wanted, viewer=viewer, today=today)
    counts = editors.counts(viewer=viewer, today=today)
    context: Drawn = {
        "page": "articles",
        "query": wanted.words,
        "show": wanted.show,
        "service": wanted.service_id or "",
        "services": [(one.pk, one.name) for one in editors.services(viewer=viewer)],
        "shows": [
            {
                "word": word,
                "url": _url(wanted, show=show),
                "count": counts.get(show),
                "current": show == wanted.show,
            }
            for show, word in SHOWN.items()
        ],
        "articles": [_row(one, today=today) for one in found[:PAGE]],
        "older_url": _url(wanted, after=found[PAGE - 1]) if len(found) > PAGE else "",
        "new_url": reverse("setup:article-new") if editors.may_write(viewer=viewer) else "",
    }
    return forms.page(request, viewer, "setup/articles.html", context, about=["article"])


def _wanted(request: HttpRequest) -> Wanted:
    show = request.GET.get("show", "")
    if show not in {"", *SHOWS}:
        raise Http404
    after = None
    if given := request.GET.get("after", ""):
        try:
            title, last = signing.loads(given, salt=_SALT)
            after = (str(title), int(last))
        except (signing.BadSignature, ValueError, TypeError):
            raise Http404 from None
    return Wanted(
        show=show,
        service_id=number(request.GET.get("service", "")),
        words=request.GET.get("q", "").replace("\0", "").strip()[:200],
        after=after,
    )


def _url(wanted: Wanted, *, show: str | None = None, after: "Article | None" = None) -> str:
    asked: dict[str, str | int] = {
        "show": wanted.show if show is None else show,
        "service": wanted.service_id or "",
        "q": wanted.words,
    }
    if after is not None:
        asked["after"] = signing.dumps([after.title, after.pk], salt=_SALT)
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('setup:articles')}?{query}" if query else reverse("setup:articles")


def _row(one: "Article", *, today: "date") -> Drawn:
    about = [
        one.service.name if one.service else one.department.name if one.department else "",
        naming.LANGUAGE_NAMES.get(one.language, one.language),
        str(VISIBILITIES.get(one.visibility, one.visibility)),
        one.owner,
    ]
    return {
        "title": one.title,
        "lang": one.language,
        "url": reverse("setup:article", args=[one.pk]),
        "about": [part for part in about if part],
        "tags": tags(one, today=today),
    }


def tags(one: "Article", *, today: "date") -> list[Drawn]:
    """How an article stands, in icon and word: at most two."""
    if not one.is_active:
        return [{"icon": "off", "word": _("Withdrawn"), "tone": ""}]
    if one.is_draft:
        return [{"icon": "eye", "word": _("Draft"), "tone": "sun"}]
    if one.expires_on is not None and one.expires_on <= today:
        return [{"icon": "clock", "word": _("Expired"), "tone": ""}]
    found: list[Drawn] = []
    if one.review_on is not None and one.review_on <= today:
        found.append({"icon": "clock", "word": _("To be checked"), "tone": "alarm"})
    if not one.indexed:
        found.append({"icon": "clock", "word": _("Being read in"), "tone": "wait"})
    return found or [{"icon": "check", "word": _("Answering"), "tone": "good"}]
