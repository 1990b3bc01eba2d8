"""What the district knows, at the front door: answers while one writes, and whole articles."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.kit.throttle import Rate, take
from homeroom.knowledge import editors, queries, wording
from homeroom.pipeline import asking, guiding
from homeroom.web import articles, naming, policy
from homeroom.web.context import district
from homeroom.web.policy import public
from homeroom.web.portal import doorkeeper, outside
from homeroom.web.portal.seats import ASKER, Seat

if TYPE_CHECKING:
    from homeroom.knowledge.models import Article

PER_NETWORK: Final = Rate(burst=600, every=timedelta(seconds=0.2))
"""A school types behind one network: six hundred pauses at once, then five a second."""
SHORTEST: Final = 8
"""Characters below which nothing is asked yet."""


@require_http_methods(["POST"])
@public
def suggest(request: HttpRequest) -> HttpResponse:
    """A piece of a page: what may answer what is being written; empty when nothing does.

    Nothing of what was written is kept, and it stands in no address.
    """
    context = sought(request, request.POST.get("need", "").strip(), now=clock.now())
    if not context:
        return HttpResponse("")
    response = render(request, "parts/suggested.html", context)
    response.headers["Cache-Control"] = policy.PRIVATE
    return response


def sought(request: HttpRequest, text: str, *, now: datetime) -> dict[str, object]:
    """The context of parts/suggested.html for what is being written; empty when nothing is sought.

    Short forms that are like it stand beside answers, never where danger is in the words.
    """
    allowed = take(f"suggest:{doorkeeper.network(request)}", rate=PER_NETWORK, now=now)
    if len(text) < SHORTEST or not allowed:
        return {}
    viewer = policy.visitor_of(request)
    asked = asking.ask(text, viewer=viewer, now=now, hint=translation.get_language() or "en")
    found = asked.answer
    ways = guiding.named(asked.services, viewer=viewer, limit=1)
    return {
        "answer": {
            "text": found.text,
            "lang": found.language,
            "article": found.citations[0].article,
            "source": {
                "title": found.citations[0].title,
                "url": wording.path(found.citations[0].article),
                "from_whom": found.department or found.owner,
                "checked": found.checked,
            },
        }
        if found
        else None,
        "suggestions": [
            {"title": one.title, "url": wording.path(one.article)}
            for one in asked.suggestions
            if one.score >= NEAR and (found is None or one.article != found.citations[0].article)
        ],
        "way": {
            "url": reverse("portal:need", args=[ways[0].service]),
            "word": ways[0].word,
        }
        if ways
        else None,
    }


NEAR: Final = 1.6
"""Score from which a page is worth showing; half of the unanswerable questions stay below."""


@require_http_methods(["GET", "HEAD"])
@public
def article(request: HttpRequest, name: str) -> HttpResponse:
    """One article that holds today, for whoever may see it; for others there is none."""
    now = clock.now()
    today = now.astimezone(district().zone).date()
    viewer = policy.visitor_of(request)
    found = queries.article(name, viewer=viewer, today=today)
    if found is None:
        raise Http404
    context = {
        "article": found,
        "blocks": articles.blocks(found.body),
        "from_whom": articles.whose(found),
        "schools": queries.school_names(found, viewer=viewer),
        "versions": [
            {
                "name": naming.LANGUAGE_NAMES.get(one.language, one.language),
                "lang": one.language,
                "url": wording.path(one.source_id),
            }
            for one in queries.versions(found, viewer=viewer, today=today)
        ],
        "edit_url": _edit_url(found, viewer=viewer),
    }
    response = outside.draw(request, "portal/article.html", context)
    if found.visibility != "public" or viewer.account_id is not None:
        response.headers["Cache-Control"] = policy.PRIVATE
    return response


def _edit_url(found: "Article", *, viewer: Viewer) -> str:
    """Where whoever keeps the article changes it; empty for everybody else."""
    if not viewer.is_staff or editors.article(found.pk, viewer=viewer) is None:
        return ""
    return reverse("setup:article", args=[found.pk])


def drawn(seat: Seat) -> dict[str, object] | None:
    """The answer of parts/answer.html that this request was given, while nobody said it failed.

    What not everybody may read is shown only to whom we know to be who they say.
    """
    ticket = seat.ticket
    found = queries.latest_citation(ticket.pk, viewer=ASKER) if ticket is not None else None
    if found is None or found.state == found.State.REJECTED:
        return None
    article = found.article
    if article.visibility != "public" and not seat.is_proven:
        return None
    today = clock.now().astimezone(district().zone).date()
    if not queries.holds(article, today=today, viewer=ASKER):
        return None
    checked = article.reviewed_on
    asker = found.message.language
    return {
        "text": wording.around(found.text, language=found.language, asker=asker or "en"),
        "lang": "" if asker != found.language else found.language,
        "sources": [
            {
                "title": article.title,
                "url": wording.path(article.source_id),
                "quote": "",
                "from_whom": article.department.name if article.department else article.owner,
                "checked": datetime.combine(checked, time(12), district().zone)
                if checked
                else None,
            }
        ],
    }
