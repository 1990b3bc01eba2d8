"""Who may ask for an address: every view declares it, and this is where it is enforced.

A page that one may not see answers as if it did not exist. Forms on public pages carry no secret
of the visitor, so that one cached page serves everyone: what a browser says of itself
(Sec-Fetch-Site, Origin) keeps other sites from sending them. Staff forms use Django's tokens.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from homeroom.district.permissions import ANONYMOUS, Viewer, viewer_for
from homeroom.kit import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from homeroom.district.models import Account

PRIVATE = "private, no-store"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
STAFF = frozenset({"staff", "leader", "administrator"})


class Policy(StrEnum):
    """Whom a page is for."""

    PUBLIC = "public"
    ASKER = "asker"
    STAFF = "staff"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"


def declared[View: Callable[..., HttpResponse]](view: View, policy: Policy) -> View:
    """The view, marked with whom it is for."""
    view.policy = policy  # type: ignore[attr-defined]
    return view


def public[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for everyone; what another site sends to it is refused."""
    return _outside(view, Policy.PUBLIC)


def asker[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for whoever holds its secret or proved an address; never kept by a cache.

    The view looks the secret up (`portal.seats`) and shows a shut door to everybody else.
    """
    guarded = _outside(view, Policy.ASKER)

    @wraps(view)
    def private(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = guarded(request, *args, **kwargs)
        response.headers["Cache-Control"] = PRIVATE
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return declared(csrf_exempt(private), Policy.ASKER)


def _outside[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse], policy: Policy
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in SAFE and is_foreign(request):
            return HttpResponseForbidden(
                _("This form was sent from another site. Open our page and send it there.") + "\n",
                content_type="text/plain; charset=utf-8",
            )
        return view(request, *args, **kwargs)

    return declared(csrf_exempt(guarded), policy)


def is_foreign(request: HttpRequest) -> bool:
    """Whether the browser says that another site sent this form."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    # Older browsers say the origin, or "null" because our pages ask them to keep it to themselves.
    origin = request.headers.get("Origin", "null")
    return origin != "null" and not _is_ours(request, origin)


def is_surely_ours(request: HttpRequest) -> bool:
    """Whether the browser vouches that our own page sent this: only then does a sign-in count."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return _is_ours(request, request.headers.get("Origin", "null"))


def _is_ours(request: HttpRequest, origin: str) -> bool:
    here = f"{request.scheme}://{request.get_host()}"
    return origin in {here, *settings.CSRF_TRUSTED_ORIGINS}


def staff[**P](
    view: Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for everyone who works here; the view gets the viewer as its second argument."""
    return _inside(view, Policy.STAFF, STAFF)


def leader[**P](
    view: Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for leaders and administrators; nobody else learns that it exists."""
    return _inside(view, Policy.LEADER, frozenset({"leader", "administrator"}))


def administrator[**P](
    view: Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for administrators; nobody else learns that it exists."""
    return _inside(view, Policy.ADMINISTRATOR, frozenset({"administrator"}))


def _inside[**P](
    view: Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse],
    policy: Policy,
    kinds: frozenset[str],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        viewer = viewer_of(request)
        if viewer is None:
            return _private(redirect_to_login(_back(request), reverse("account_login")))
        if viewer.kind not in kinds:
            raise Http404
        with translation.override(_language(request)):
            return _private(view(request, viewer, *args, **kwargs))

    return declared(cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", guarded), policy)


def with_tokens(view: Callable[..., HttpResponse], policy: Policy) -> Callable[..., HttpResponse]:
    """A page of a library that checks by itself who may ask and carries Django's form tokens.

    It is drawn here, in the language of whoever asks.
    """

    @wraps(view)
    def private(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        knows = request.user.is_authenticated
        language = _language(request) if knows else translation.get_language_from_request(request)
        with translation.override(language):
            response = view(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                response.render()
        return _private(response)

    return declared(private, policy)


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Who is signed in, looked up once a request; nothing when nobody is."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    known: Viewer | None = getattr(request, "viewer", None)
    if known is None:
        known = request.viewer = _remembered(request.user)  # type: ignore[attr-defined]
    return known


def visitor_of(request: HttpRequest) -> Viewer:
    """Whoever is signed in, else anybody."""
    return viewer_of(request) or ANONYMOUS


def _remembered(account: "Account | AnonymousUser") -> Viewer:
    """The viewer that an account is, looked up at most every `FRESH`.

    Whether the account may sign in at all is asked of the database each time; what its person's
    teams and roles are may be that old.
    """
    if not account.is_authenticated:
        return ANONYMOUS
    now = clock.now()
    kept = _viewers.get(account.pk)
    if kept is not None and kept[0] == _rights(account) and abs(now - kept[1]) < FRESH:
        return kept[2]
    viewer = viewer_for(account)
    if len(_viewers) >= MOST:
        _viewers.clear()
    _viewers[account.pk] = (_rights(account), now, viewer)
    return viewer


def _rights(account: "Account") -> tuple[object, ...]:
    return (account.person_id, account.is_active, account.is_leader, account.is_administrator)


def forget() -> None:
    """Look every viewer up anew."""
    _viewers.clear()


FRESH = timedelta(seconds=15)
"""How long a change of team or role may take to be noticed."""
MOST = 5_000
_viewers: dict[int | None, tuple[tuple[object, ...], datetime, Viewer]] = {}


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = PRIVATE
    # "no-referrer" would make browsers hide the origin of a form from Django's own check.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _back(request: HttpRequest) -> str:
    """Where to go on after signing in: this page, or the desk when something was sent to it."""
    if request.method in SAFE:
        return request.get_full_path()
    return urlsplit(request.get_full_path()).path


def _language(request: HttpRequest) -> str:
    wished = getattr(request.user, "language", "")
    return wished if wished in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
