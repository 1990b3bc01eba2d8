"""Writes to the standing facts: addresses, sign-ins, links and keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from homeroom.district.models import Account, Identity, MagicLink, Person, Token
from homeroom.kit import ids
from homeroom.kit.errors import Expected

LINK_LASTS = timedelta(minutes=15)
"""How long a mailed link opens: long enough to find the mail, short enough for a shared desk."""


class LinkSpent(Expected):
    """A link that opens nothing; deliberately one sentence for every reason."""

    def __init__(self) -> None:
        super().__init__("This link no longer opens anything. Please ask for a new one.")


class KeyRefused(Expected):
    """An API key that is not known, or no longer."""

    def __init__(self) -> None:
        super().__init__("This key is not known or has expired.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a magic link proved: its bearer reads this address."""

    kind: str
    value: str
    goes_to: str


@transaction.atomic
def add_identity(
    *, person: Person, kind: str, value: str, source: str, now: datetime, is_verified: bool = False
) -> Identity:
    """The person's address of that kind, added as a claim or verified; one they have stays.

    `value` is canonical: a lower-case mail address or an E.164 number.
    """
    made, _ = Identity.objects.get_or_create(
        person=person, kind=kind, value=value, defaults={"source": source}
    )
    if is_verified and made.verified_at is None:
        verify_identity(identity=made, now=now)
    return made


@transaction.atomic
def verify_identity(*, identity: Identity, now: datetime) -> None:
    """The address becomes verified, and works again as far as we know."""
    identity.verified_at = identity.verified_at or now
    identity.failed_at, identity.failure = None, ""
    identity.save(update_fields=["verified_at", "failed_at", "failure"])


@transaction.atomic
def mark_failed(*, identity: Identity, why: str, now: datetime) -> None:
    """The address no longer works, since its first failure and for the latest reason."""
    identity.failed_at = identity.failed_at or now
    identity.failure = why[:200]
    identity.save(update_fields=["failed_at", "failure"])


@transaction.atomic
def make_account(
    *,
    email: str,
    person: Person | None = None,
    password: str | None = None,
    is_administrator: bool = False,
    is_leader: bool = False,
) -> Account:
    """The sign-in of that address, made or brought to these rights.

    Without a `person` it is tied to the one active person whose verified address it is, if there
    is just one. A `password` of None leaves the one there is.
    """
    address = email.strip().lower()
    account = Account.objects.select_for_update().filter(email=address).first()
    person = person or _only_holder(address)
    if account is None:
        account = Account.objects.create_user(address, password, person=person)
    elif password is not None:
        account.set_password(password)
    if account.person_id is None and person and not Account.objects.filter(person=person).exists():
        account.person = person
    account.is_administrator, account.is_leader = is_administrator, is_leader
    account.is_active = True
    account.save()
    return account


def _only_holder(address: str) -> Person | None:
    people = Person.objects.filter(
        identities__kind="email",
        identities__value=address,
        identities__verified_at__isnull=False,
        is_active=True,
        account=None,
    )
    found = list(people[:2])
    return found[0] if len(found) == 1 else None


@transaction.atomic
def make_magic_link(*, kind: str, value: str, goes_to: str, now: datetime) -> str:
    """A new token that opens once, within fifteen minutes; only its fingerprint is stored.

    `goes_to` is a path of this site; raises ValueError for anything else.
    """
    if not goes_to.startswith("/") or goes_to.startswith(("//", "/\\")):
        raise ValueError("A link leads to a path of this site.")
    token = ids.token()
    MagicLink.objects.create(
        fingerprint=ids.fingerprint(token),
        kind=kind,
        value=value,
        goes_to=goes_to,
        made_at=now,
        expires_at=now + LINK_LASTS,
    )
    return token


@transaction.atomic
def use_magic_link(*, token: str, now: datetime) -> Opened:
    """What the link proves; it is spent from now on, however many try at once. Raises LinkSpent."""
    fresh = MagicLink.objects.filter(
        fingerprint=ids.fingerprint(token), used_at=None, expires_at__gt=now
    )
    # The filtered update is the lock: of two at once, one finds the row already used.
    if not fresh.update(used_at=now):
        raise LinkSpent
    link = MagicLink.objects.get(fingerprint=ids.fingerprint(token))
    return Opened(kind=link.kind, value=link.value, goes_to=link.goes_to)


@transaction.atomic
def make_token(
    *,
    account: Account,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """A new API key of the account, shown this once; only its fingerprint is stored."""
    token = ids.token()
    Token.objects.create(
        fingerprint=ids.fingerprint(token),
        name=name,
        account=account,
        scopes=list(scopes),
        made_at=now,
        expires_at=expires_at,
    )
    return token


@transaction.atomic
def use_token(*, token: str, now: datetime) -> Token:
    """The stored key behind an API token, noted as used. Raises KeyRefused."""
    valid = Q(expires_at=None) | Q(expires_at__gt=now)
    found = (
        Token.objects.filter(valid, fingerprint=ids.fingerprint(token), account__is_active=True)
        .select_related("account")
        .first()
    )
    if found is None:
        raise KeyRefused
    # Once a minute is often enough to know, and spares a write on every call.
    if found.used_at is None or now - found.used_at > timedelta(minutes=1):
        Token.objects.filter(pk=found.pk).update(used_at=now)
    return found
