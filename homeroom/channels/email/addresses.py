"""The addresses of this install: what mail comes to, what it leaves from, where replies return."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from homeroom.channels.email.own import OwnAddresses
from homeroom.channels.email.own import own as made_of
from homeroom.district.models import Channel

_kept: ContextVar[tuple[str, ...]] = ContextVar("intake", default=())


@contextmanager
def kept() -> Iterator[None]:
    """Inside, the intake addresses are looked up once: for one letter, or one batch of them."""
    before = _kept.set(tuple(intake()))
    try:
        yield
    finally:
        _kept.reset(before)


def intake() -> list[str]:
    """The mail addresses that take requests; letters leave from the first one."""
    rows = Channel.objects.filter(kind="email", is_on=True).exclude(address="")
    return list(rows.order_by("id").values_list("address", flat=True))


def own() -> OwnAddresses:
    """Everything that is ours: intake addresses, their reply form, our Message-IDs' domain."""
    found = intake() or [from_address()]
    return made_of(found, reply=found, message_domain=_message_domain(found[0]))


def from_address() -> str:
    """The address that letters leave from."""
    found = _kept.get() or tuple(intake())
    return found[0] if found else f"homeroom@{urlsplit(settings.ORIGIN).hostname or 'localhost'}"


def reply_address(token: str) -> str:
    """The address that one participant's answers come back to."""
    local, _, domain = from_address().rpartition("@")
    return f"{local}+{token}@{domain}" if token else f"{local}@{domain}"


def message_domain() -> str:
    """The right-hand side that only our own Message-IDs have."""
    return _message_domain(from_address())


def _message_domain(address: str) -> str:
    return f"homeroom.{address.rpartition('@')[2].lower()}"


@lru_cache(maxsize=1)
def install_id() -> str:
    """A short name of this install that nobody else has; in X-Homeroom-Loop."""
    return hmac.new(settings.SECRET_KEY.encode(), b"install", "sha256").hexdigest()[:16]
