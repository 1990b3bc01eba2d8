"""Writes an administrator makes to sign-ins and keys, each leaving its line in the changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from homeroom.district import actions, changes
from homeroom.district.models import Account, Person, Token
from homeroom.kit import ids
from homeroom.kit.errors import Expected

SCOPES = ("read", "write", "messages", "events", "trusted")
"""What a key may be for: look requests up, work on them, bring messages in, follow the log, and
say for the district who somebody is."""


class NoSuchAddress(Expected):
    """What was typed is no mail address."""

    def __init__(self) -> None:
        super().__init__("Write an email address, like dana.lee@district.example.")


class AlreadySignsIn(Expected):
    """The address has a sign-in."""

    def __init__(self) -> None:
        super().__init__("This address signs in already. Look for it in the list to change it.")


class LastAdministrator(Expected):
    """Somebody must be able to get in here."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator. Make somebody else one first.")


class KeyTooWide(Expected):
    """A key must be for something, and for nothing we do not know."""

    def __init__(self) -> None:
        super().__init__("Choose at least one thing that the key may do.")


@transaction.atomic
def open_account(
    *,
    email: str,
    person: Person | None,
    is_leader: bool,
    is_administrator: bool,
    by: Account | None,
    now: datetime,
) -> tuple[Account, str]:
    """A new sign-in and the password we made up for it, which is told once and kept nowhere.

    :raises NoSuchAddress: when the address is none.
    :raises AlreadySignsIn: when the address or the person has a sign-in.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise NoSuchAddress from None
    taken = Account.objects.filter(email=address).exists()
    if taken or (person is not None and Account.objects.filter(person=person).exists()):
        raise AlreadySignsIn
    password = ids.token(12)
    account = actions.make_account(
        email=address,
        person=person,
        password=password,
        is_leader=is_leader,
        is_administrator=is_administrator,
    )
    changes.note(by=by, what="sign-in", about=address, before={}, after=_rights(account), now=now)
    return account, password


@transaction.atomic
def set_rights(
    *,
    account: Account,
    is_leader: bool,
    is_administrator: bool,
    is_active: bool,
    by: Account | None,
    now: datetime,
) -> Account:
    """The sign-in with these rights; switched off, it ends at once everywhere.

    :raises LastAdministrator: when nobody would be left who can change settings.
    """
    active = Account.objects.select_for_update().filter(is_administrator=True, is_active=True)
    others = [row for row in active.order_by("id") if row.pk != account.pk]
    row = Account.objects.select_for_update().get(pk=account.pk)
    was_one = row.is_administrator and row.is_active
    if was_one and not (is_administrator and is_active) and not others:
        raise LastAdministrator
    before = _rights(row)
    row.is_leader, row.is_administrator, row.is_active = is_leader, is_administrator, is_active
    row.save(update_fields=["is_leader", "is_administrator", "is_active"])
    changes.note(by=by, what="sign-in", about=row.email, before=before, after=_rights(row), now=now)
    return row


@transaction.atomic
def reset_password(*, account: Account, by: Account | None, now: datetime) -> str:
    """A new password that we made up; whoever was signed in with the old one is signed out."""
    password = ids.token(12)
    account.set_password(password)
    account.save(update_fields=["password"])
    changes.note(
        by=by,
        what="sign-in",
        about=account.email,
        before={"password": "the old one"},
        after={"password": "a new one"},
        now=now,
    )
    return password


def _rights(account: Account) -> dict[str, object]:
    return {
        "leader": account.is_leader,
        "administrator": account.is_administrator,
        "works": account.is_active,
    }


@transaction.atomic
def make_key(
    *, account: Account, name: str, scopes: Sequence[str], lasts: timedelta, now: datetime
) -> str:
    """A new key that can do no more than the account; told once, only its fingerprint is kept.

    :raises KeyTooWide: when it may do nothing, or something unknown.
    """
    if not scopes or set(scopes) - set(SCOPES):
        raise KeyTooWide
    secret = actions.make_token(
        account=account, name=name[:200], scopes=scopes, now=now, expires_at=now + lasts
    )
    until = (now + lasts).date().isoformat()
    after: dict[str, object] = {"may": list(scopes), "until": until}
    changes.note(by=account, what="key", about=name, before={}, after=after, now=now)
    return secret


@transaction.atomic
def revoke_key(*, token: Token, by: Account | None, now: datetime) -> None:
    """The key opens nothing from now on; its line stays."""
    row = Token.objects.select_for_update().get(pk=token.pk)
    if row.expires_at is not None and row.expires_at <= now:
        return
    row.expires_at = now
    row.save(update_fields=["expires_at"])
    changes.note(
        by=by, what="key", about=row.name, before={"works": True}, after={"works": False}, now=now
    )
