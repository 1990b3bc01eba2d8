"""The addresses of the API: each declares whom it is for, is bounded, and leaves as JSON."""

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, re_path, reverse
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt

from homeroom.web.api import acts, answers, facts, messages, problems, requests
from homeroom.web.api.door import Bearer
from homeroom.web.api.given import Tolerant
from homeroom.web.api.page import Described, Plain
from homeroom.web.policy import PRIVATE, Policy, declared

type View = Callable[..., HttpResponse]

SMALL = 500_000
"""Bytes of the body of every call but those that hand in messages."""
PUBLIC = frozenset({"openapi.json", "docs"})
"""The pages of the API that need no key."""

api = Described(
    title="Homeroom",
    version="1",
    description="Messages in, requests and their events out.",
    urls_namespace="api",
    auth=Bearer(),
    docs=Plain(),
    parser=Tolerant(),
)
for each in (messages, requests, acts, facts, answers):
    api.add_router("", each.router)
problems.install(api)


def bounded(view: View, *, most: int) -> View:
    """The view behind its limit of bytes; whatever it answers is private and never a page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit() or int(length) > most:
            response = problems.answer(413, f"This is more than {most} bytes.")
        else:
            response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response.headers["Allow"]
            response = problems.answer(405, f"This address takes {allowed}.")
            response.headers["Allow"] = allowed
        response.headers["Cache-Control"] = PRIVATE
        return _unless_known(request, response)

    return csrf_exempt(guarded)


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 when the caller has these very bytes already (RFC 9110 §13.1.2)."""
    if request.method != "GET" or response.status_code != 200:
        return response
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" not in known and tag not in {each.removeprefix("W/") for each in known}:
        return response
    unchanged = HttpResponse(status=304)
    del unchanged.headers["Content-Type"]
    unchanged.headers["ETag"] = tag
    unchanged.headers["Cache-Control"] = PRIVATE
    return unchanged


def _root(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponseRedirect(reverse("api:openapi-view"))


def _no_such_call(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return problems.answer(404, "The API has no such call. See docs.")


def _declared(pattern: URLPattern) -> URLPattern:
    """A route of ninja's, with whom it is for and its limits.

    Every call but the pages is for whoever holds its secret; `door` says what a key opens.
    """
    route = str(pattern.pattern)
    view = cast("View", pattern.callback)
    if route in PUBLIC:
        return path(route, declared(partial(view), Policy.PUBLIC), name=pattern.name)
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE if route == "messages" else SMALL
    return path(route, declared(bounded(view, most=most), Policy.ASKER), name=pattern.name)


app_name = "api"
urlpatterns = [
    path("", declared(_root, Policy.PUBLIC), name="api-root"),
    *(
        _declared(each)
        for each in api.urls[0]
        if isinstance(each, URLPattern) and each.name != "api-root"
    ),
    re_path(r"^.+$", declared(csrf_exempt(_no_such_call), Policy.PUBLIC), name="no-such-call"),
]
