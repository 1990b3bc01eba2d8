"""What cannot be done, as problem+json (RFC 9457): a status and a sentence, never what was sent."""

import json
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from homeroom.district.actions import KeyRefused
from homeroom.kit.errors import Expected
from homeroom.pipeline.handed_in import TakenAlready
from homeroom.tickets.answering import Crossed
from homeroom.tickets.lifecycle import NotFromHere
from homeroom.tickets.merging import NotThese

log = logging.getLogger(__name__)

TYPE = "application/problem+json"
NO_SUCH_THING = "There is no such thing, or it is not for this key to see."
NO_KEY = "Send a key in the header: Authorization: Bearer <key>."
CONFLICTS = (NotFromHere, NotThese, TakenAlready)
"""Errors that say: things are not as the caller thinks. Look again, then decide."""
AGAIN_S = 1
"""Seconds after which a busy or limited caller may come back."""


class Problem(Expected):
    """A call that is refused: the HTTP status and the sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def no_such_thing() -> Problem:
    """The one answer for what is not there and for what this key may not see."""
    return Problem(404, NO_SUCH_THING)


def answer(status: int, sentence: str) -> HttpResponse:
    """A problem as it leaves."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
    }
    response = HttpResponse(json.dumps(body), status=status, content_type=TYPE)
    # Django would log the address, and addresses carry other people's message ids.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status in {429, 503}:
        response.headers["Retry-After"] = str(AGAIN_S)
    return response


def install(api: NinjaAPI) -> None:
    """Let every error of the API leave as a problem."""
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)


def _problem(_request: HttpRequest, error: Problem) -> HttpResponse:
    return answer(error.status, str(error))


def _expected(_request: HttpRequest, error: Expected) -> HttpResponse:
    return answer(409 if isinstance(error, CONFLICTS) else 422, str(error))


def _crossed(_request: HttpRequest, _error: Crossed) -> HttpResponse:
    # Its own sentence names the colleague.
    return answer(409, "A colleague did something here since. Read it first, then send again.")


def _no_key(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return answer(401, NO_KEY)


def _key_refused(_request: HttpRequest, error: KeyRefused) -> HttpResponse:
    return answer(401, str(error))


def _missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return answer(404, NO_SUCH_THING)


def _unreadable(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer(error.status_code, "The body is not JSON.")


def _too_large(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return answer(413, "This is more than we take in at once.")


def _busy(_request: HttpRequest, error: OperationalError) -> HttpResponse:
    log.warning("the API could not reach or lock a row: %s", type(error).__name__)
    return answer(503, "We are busy. Nothing was done; try again in a moment.")


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    # The route's name, never the address: addresses name people's messages.
    match = request.resolver_match
    log.error("the API failed at %s", match.route if match else "?", exc_info=error)
    return answer(500, "Something broke on our side. It is noted; try again.")


def _wrong_fields(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return answer(422, " ".join(dict.fromkeys(_sentence(each) for each in error.errors[:10])))


def _sentence(error: dict[str, Any]) -> str:
    """What is wrong with one field, without what was in it."""
    name = _name(error["loc"])
    kind = str(error["type"])
    if kind == "missing":
        return f'"{name}" is missing.' if name else "The body is missing."
    for start, words in WRONG:
        if kind.startswith(start):
            return f'"{name}" {words}' if name else f"The body {words}"
    return f'"{name}" is not as it should be.'


def _name(location: Sequence[object]) -> str:
    """The path of a field as its sender wrote it: without our own name for the whole body."""
    source, *rest = location
    return ".".join(str(each) for each in (rest[1:] if source == "body" else rest))


WRONG = (
    ("string_too_long", "is too long."),
    ("string_too_short", "is empty."),
    ("string", "must be text."),
    ("int", "must be a whole number."),
    ("list", "must be a list."),
    ("greater", "is too small."),
    ("less", "is too large."),
    ("datetime", "must be a time with its zone."),
    ("literal", "is none of the words that are known here."),
    ("model", "must be a JSON object."),
    ("dict", "must be a JSON object."),
)
"""How the kinds of pydantic's errors begin, and what they mean."""

HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Problem: _problem,
    Crossed: _crossed,
    KeyRefused: _key_refused,
    Expected: _expected,
    AuthenticationError: _no_key,
    HttpError: _unreadable,
    ValidationError: _wrong_fields,
    Http404: _missing,
    RequestDataTooBig: _too_large,
    OperationalError: _busy,
    Exception: _broken,
}
