"""Looking requests up: words, names, references, tags."""

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock, ids
from homeroom.tickets import finding, queries
from homeroom.tickets.queries import PAGE
from homeroom.web.desk.lists import row
from homeroom.web.policy import staff

LONGEST = 200
_SALT = "desk search"


@require_http_methods(["GET", "HEAD"])
@staff
def search(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The newest requests that hold all the words; a reference leads straight to its request."""
    words = request.GET.get("q", "").replace("\0", " ").strip()[:LONGEST]
    if _is_reference(words) and queries.by_reference(words, viewer=viewer) is not None:
        return HttpResponseRedirect(reverse("desk:request", args=[words.upper()]))
    now = clock.now()
    before = _before(request.GET.get("before", ""))
    found = finding.find(words, viewer=viewer, before=before)
    rows = [row(each, queue="all", current="", keep="", now=now) for each in found[:PAGE]]
    older = ""
    if len(found) > PAGE:
        key = signing.dumps(found[PAGE - 1]["id"], salt=_SALT)
        query = request.GET.copy()
        query["before"] = key
        older = f"?{query.urlencode()}"
    context = {
        "query": words,
        "count": len(rows) if words else None,
        "rows": rows,
        "older_url": older,
        "newer_url": "",
        "now": now,
    }
    return render(request, "desk/search.html", context)


def _is_reference(words: str) -> bool:
    bare = words.upper()
    return len(bare) == 8 and bare[3] == "-" and set(bare[:3] + bare[4:]) <= set(ids.ALPHABET)


def _before(given: str) -> tuple[int, ...]:
    if not given:
        return ()
    try:
        return (int(signing.loads(given, salt=_SALT)),)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
