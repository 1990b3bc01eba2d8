"""The page for what broke on our side, drawn without the database: that may be what broke."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

AGAIN_S = 5
"""When callers may try again; the database is back by then after most restarts."""


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """What Django shows for an error nobody expected; "try again" when the database is away."""
    is_away = isinstance(sys.exception(), OperationalError | InterfaceError)
    response = HttpResponse(render_to_string("500.html"), status=503 if is_away else 500)
    if is_away:
        response.headers["Retry-After"] = str(AGAIN_S)
    response.headers["Cache-Control"] = "no-store"
    return response
