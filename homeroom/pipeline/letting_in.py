"""Links that let people in by their mailbox: sent when we know the address, used once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from homeroom.channels import deliver
from homeroom.district import actions
from homeroom.district.actions import LINK_LASTS, LinkSpent
from homeroom.district.models import MagicLink
from homeroom.district.permissions import SYSTEM
from homeroom.kit import ids
from homeroom.kit.throttle import Rate, take
from homeroom.tickets import lists, proving

LASTS = LINK_LASTS
PASSWORDS = Rate(burst=3, every=timedelta(minutes=20))
"""Letters with a way to a new password, for one sign-in."""


def send_link(kind: str, value: str, *, language: str, now: datetime) -> bool:
    """Mail a link to this address when it takes part in any request; whether there was one to send.

    Letter and page speak `language`. The link goes to the address as it is stored, whoever asked
    for it and however they wrote it.
    """
    if kind != "email" or not lists.is_known(kind, value, viewer=SYSTEM):
        return False
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    with transaction.atomic():
        token = actions.make_magic_link(kind=kind, value=value, goes_to="/mine/", now=now)
        return deliver.enqueue(
            ticket=None,
            message=None,
            purpose="link",
            recipient=value,
            participant=None,
            language=language,
            once=f"link:{ids.fingerprint(token)}",
            facts={"path": f"{prefix}/in/{token}/"},
            now=now,
        )


def send_password(value: str, *, path: str, language: str, now: datetime) -> bool:
    """Mail a sign-in's address the page where a new password is set; whether it was queued."""
    if not take(f"password:{ids.fingerprint(value.lower())}", rate=PASSWORDS, now=now):
        return False
    with transaction.atomic():
        return deliver.enqueue(
            ticket=None,
            message=None,
            purpose="password",
            recipient=value,
            participant=None,
            language=language,
            once=f"password:{ids.fingerprint(path)}",
            facts={"path": path},
            now=now,
        )


def look(token: str, *, now: datetime) -> tuple[str, str]:
    """What a link would do, without using it: ready, used or late; and the address it went to."""
    link = MagicLink.objects.filter(fingerprint=ids.fingerprint(token)).first()
    if link is None or link.expires_at <= now:
        return "late", ""
    return ("used", "") if link.used_at else ("ready", link.value)


def use(token: str, *, now: datetime) -> tuple[str, str] | None:
    """The kind and value of the address that the link proves; nothing when it is spent."""
    try:
        with transaction.atomic():
            opened = actions.use_magic_link(token=token, now=now)
            proving.prove(kind=opened.kind, value=opened.value)
    except LinkSpent:
        return None
    return opened.kind, opened.value
