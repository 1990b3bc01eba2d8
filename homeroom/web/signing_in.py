"""Signing in and out, and changing one's password; nobody signs up (see web.accounts)."""

from allauth.account import views
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from homeroom.web.policy import Policy, public, with_tokens


@public
def nowhere(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """No such page: the sign-in pages name it, and this house has none."""
    raise Http404


urlpatterns = [
    path("login/", with_tokens(views.login, Policy.PUBLIC), name="account_login"),
    path("logout/", with_tokens(views.logout, Policy.PUBLIC), name="account_logout"),
    path(
        "password/change/",
        with_tokens(views.password_change, Policy.STAFF),
        name="account_change_password",
    ),
    path("signup/", nowhere, name="account_signup"),
]
