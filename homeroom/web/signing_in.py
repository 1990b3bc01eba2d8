"""Signing in and out, and one's password; nobody signs up (see web.accounts)."""

import time
from datetime import timedelta
from typing import Final

from allauth.account import views
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, re_path, reverse

from homeroom.kit import clock
from homeroom.kit.throttle import Rate, take
from homeroom.web.policy import Policy, public, with_tokens
from homeroom.web.portal import doorkeeper

PER_NETWORK: Final = Rate(burst=30, every=timedelta(seconds=20))
ANSWERS_AFTER_S: Final = 0.3
"""Every answer takes so long, whether there is such a sign-in or not."""


@public
def nowhere(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """No such page: the sign-in pages name it, and this house has none."""
    raise Http404


def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks for an address; the answer is the same for everyone, in words and in time."""
    if request.method != "POST":
        page: HttpResponse = views.password_reset(request)
        return page
    started = time.monotonic()
    name = f"password:{doorkeeper.network(request)}"
    if take(name, rate=PER_NETWORK, now=clock.now()):
        response: HttpResponse = views.password_reset(request)
    else:
        response = HttpResponseRedirect(reverse("account_reset_password_done"))
    time.sleep(max(0.0, started + ANSWERS_AFTER_S - time.monotonic()))
    return response


urlpatterns = [
    path("login/", with_tokens(views.login, Policy.PUBLIC), name="account_login"),
    path("logout/", with_tokens(views.logout, Policy.PUBLIC), name="account_logout"),
    path(
        "password/change/",
        with_tokens(views.password_change, Policy.STAFF),
        name="account_change_password",
    ),
    path("password/reset/", with_tokens(forgotten, Policy.PUBLIC), name="account_reset_password"),
    path(
        "password/reset/done/",
        with_tokens(views.password_reset_done, Policy.PUBLIC),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        with_tokens(views.password_reset_from_key, Policy.PUBLIC),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        with_tokens(views.password_reset_from_key_done, Policy.PUBLIC),
        name="account_reset_password_from_key_done",
    ),
    path("signup/", nowhere, name="account_signup"),
]
