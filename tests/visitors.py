"""Browsers of the cast: who visits a page, signed in or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.test import Client

from homeroom.district.models import Account
from homeroom.kit import clock
from homeroom.web import context, policy
from tests.cast import NOW, Cast, assemble

OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form that our own page sent."""
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@contextmanager
def house() -> Iterator[Cast]:
    """The cast in an empty house, at 9:38 on that Tuesday, with nothing remembered from before."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    _forget()
    with clock.at(NOW):
        yield assemble()
    _forget()


def _forget() -> None:
    context.forget()
    policy.forget()


def signed_in(account: Account | None) -> Client:
    """A browser in which this account is signed in, or nobody."""
    client = Client(headers=OURS)
    if account is not None:
        client.force_login(account, backend=BACKEND)
    return client
