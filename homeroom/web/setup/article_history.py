"""How an article came to be what it is: each time it was saved, and the way back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.knowledge import editing, editors
from homeroom.pipeline import publishing
from homeroom.web.desk.work import number as number_of
from homeroom.web.policy import staff
from homeroom.web.setup import changed, forms
from homeroom.web.setup.forms import Drawn, Sent, Work

if TYPE_CHECKING:
    from homeroom.knowledge.models import Article, Edition


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def history(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """The editions, and what changed in one of them (GET); its words brought back (POST)."""
    row = editors.article(number, viewer=viewer)
    if row is None:
        raise Http404
    if request.method != "POST":
        return _draw(request, viewer, row)
    return forms.answer(
        request,
        viewer,
        acts={"restore": lambda work: _restore(work, row)},
        back=reverse("setup:article", args=[row.pk]),
        draw=lambda sent: _draw(request, viewer, row, sent=sent),
    )


def _restore(work: Work, row: "Article") -> str:
    wanted = work.number("edition") or 0
    found = forms.there(editors.edition(row, wanted, viewer=work.viewer))
    publishing.save(
        row,
        values={"title": found.title, "body": found.body},
        by=work.by(),
        seen=work.words("seen", 64),
        now=work.now,
    )
    return _("These words are back. Who may see them stayed as it was.")


def _draw(
    request: HttpRequest, viewer: Viewer, row: "Article", *, sent: Sent | None = None
) -> HttpResponse:
    editions = editors.editions(row, viewer=viewer)
    wanted = number_of(request.GET.get("edition", ""))
    if wanted is None and editions:
        wanted = editions[0].number
    chosen = next((one for one in editions if one.number == wanted), None)
    if chosen is None and "edition" in request.GET:
        raise Http404
    context: Drawn = {
        "page": "articles",
        "title": row.title,
        "url": request.get_full_path(),
        "article_url": reverse("setup:article", args=[row.pk]),
        "seen": editing.state(row),
        "editions": [
            {
                "number": one.number,
                "url": f"{reverse('setup:article-history', args=[row.pk])}?edition={one.number}",
                "who": _who(one),
                "at": one.at,
                "current": one.number == wanted,
            }
            for one in editions
        ],
        "chosen": _chosen(chosen, editions, row) if chosen else None,
    }
    return forms.page(request, viewer, "setup/article_history.html", context, sent=sent)


def _who(edition: "Edition") -> str:
    if edition.by is None:
        return _("The district folder")
    person = edition.by.person
    return (f"{person.title} {person.name}".strip() if person else "") or edition.by.email


def _chosen(one: "Edition", editions: Sequence["Edition"], row: "Article") -> Drawn:
    """One edition beside the one before it."""
    before = next((other for other in editions if other.number == one.number - 1), None)
    was = {"title": before.title, **before.settings} if before else {}
    return {
        "number": one.number,
        "is_first": before is None,
        "settings": changed.settings(was, {"title": one.title, **one.settings}) if before else [],
        "lines": changed.lines(before.body, one.body) if before else [],
        "body": one.body,
        "title": one.title,
        "language": row.language,
        "can_restore": (one.title, one.body) != (row.title, row.body),
    }
