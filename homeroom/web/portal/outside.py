"""Drawing pages for those outside: no cookie, no secret of the visitor, in their language."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import translate_url
from django.utils import translation

from homeroom.web.context import district


def draw(
    request: HttpRequest, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """A public page. The token that Django's forms ask for is left out: see `web.policy`."""
    return render(request, template, {"csrf_token": "", **context}, status=status)


def shut(request: HttpRequest, state: str, *, status: int = 404) -> HttpResponse:
    """A door that is shut, said kindly; see portal/closed.html."""
    return draw(request, "portal/closed.html", {"state": state}, status=status)


def elsewhere(request: HttpRequest, *, wished: str = "") -> HttpResponse | None:
    """The way to this page in the reader's language when they come from outside, else nothing.

    `wished` is the language of the request, if there is one; else the browser's first choice
    counts. Whoever chose a language on our pages keeps it: their address says which.
    """
    came_from_us = request.headers.get("Sec-Fetch-Site") in {"same-origin", "same-site"}
    if "lang" in request.GET or came_from_us:
        return None
    if translation.get_language_from_path(request.path_info):
        return None
    # The middleware has set the language by the address; what the browser asks for is asked anew.
    code = wished or translation.get_language_from_request(request)
    code = code.split("-")[0]
    if code == settings.LANGUAGE_CODE or code not in district().languages:
        return None
    response = HttpResponseRedirect(translate_url(request.get_full_path(), code))
    response.headers["Vary"] = "Accept-Language, Sec-Fetch-Site"
    return response


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else can use: ``a…@flores.example``."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"…{address[-4:]}" if len(address) > 4 else ""
