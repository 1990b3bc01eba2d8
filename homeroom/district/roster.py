"""Reads for the setup pages: everyone with their sign-in, teams, services, channels and keys.

All are for administrators: nobody else gets a row.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from homeroom.district.identify import canonical_phone
from homeroom.district.models import (
    Account,
    Channel,
    Identity,
    Membership,
    Org,
    Person,
    Role,
    Service,
    Team,
    Token,
)
from homeroom.kit.text import fold

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

PAGE = 25
"""Rows of a setup page that each carry a form."""


def _may(viewer: "Viewer") -> bool:
    return viewer.kind in {"administrator", "system"}


def accounts(*, viewer: "Viewer", after: str = "", limit: int = PAGE) -> list[Account]:
    """Everyone who signs in, by address after the given one; one more tells of a next page."""
    if not _may(viewer):
        return []
    rows = Account.objects.filter(email__gt=after) if after else Account.objects.all()
    return list(_whole(rows.order_by("email"))[: limit + 1])


def accounts_like(words: str, *, viewer: "Viewer", limit: int = PAGE) -> list[Account]:
    """Sign-ins of nobody on the roster whose address holds these words."""
    if not _may(viewer) or not words:
        return []
    return list(
        Account.objects.filter(person=None, email__icontains=words).order_by("email")[:limit]
    )


def people(
    words: str, *, viewer: "Viewer", after: int | None = None, limit: int = PAGE
) -> list[Person]:
    """People by name, number, mail address or telephone, by name; one more tells of a next page.

    `after` is the row id of the last one seen.
    """
    if not _may(viewer) or not words.strip():
        return []
    found = Person.objects.filter(_known_by(words), is_active=True)
    last = Person.objects.filter(pk=after).first() if after else None
    if last is not None:
        name = (last.family_name, last.given_name)
        found = found.filter(
            Q(family_name__gt=name[0])
            | Q(family_name=name[0], given_name__gt=name[1])
            | Q(family_name=name[0], given_name=name[1], pk__gt=last.pk)
        )
    rows = found.order_by("family_name", "given_name", "id").select_related("account", "org")
    return list(rows.prefetch_related(*_PARTS)[: limit + 1])


_PARTS = (
    Prefetch("roles", Role.objects.filter(to_on=None).select_related("org").order_by("id")),
    Prefetch("identities", Identity.objects.order_by("kind", "id")),
    Prefetch("memberships", Membership.objects.select_related("team").order_by("id")),
)


def _known_by(words: str) -> Q:
    key = fold(words)
    number = canonical_phone(words) if sum(letter.isdigit() for letter in words) >= 7 else ""
    addresses = Identity.objects.filter(value__in=[words.strip().lower(), number or "-"])
    named = Q(keys__contains=[key]) | Q(given_name__istartswith=words.strip())
    return (
        named | Q(family_name__istartswith=words.strip()) | Q(pk__in=addresses.values("person_id"))
    )


def _whole(rows: QuerySet[Account]) -> QuerySet[Account]:
    parts = (f"person__{part.prefetch_through}" for part in _PARTS)
    return rows.select_related("person__org").prefetch_related(
        *(Prefetch(path, queryset=part.queryset) for path, part in zip(parts, _PARTS, strict=True))
    )


def account(number: int | None, *, viewer: "Viewer") -> Account | None:
    """The sign-in of that number."""
    return Account.objects.filter(pk=number or 0).first() if _may(viewer) else None


def person(number: int | None, *, viewer: "Viewer") -> Person | None:
    """The person of that number."""
    return Person.objects.filter(pk=number or 0, is_active=True).first() if _may(viewer) else None


def departments(*, viewer: "Viewer") -> list[Org]:
    """Every department, by name."""
    if not _may(viewer):
        return []
    return list(Org.objects.filter(kind="department", is_active=True).order_by("name"))


def schools(*, viewer: "Viewer") -> list[Org]:
    """Every school, by name."""
    if not _may(viewer):
        return []
    return list(Org.objects.filter(kind="school", is_active=True).order_by("name"))


def teams(*, viewer: "Viewer") -> list[Team]:
    """Every team that works, by department and name, with its members."""
    if not _may(viewer):
        return []
    members = Membership.objects.select_related("person").order_by("person__family_name", "id")
    rows = Team.objects.filter(is_active=True).select_related("department")
    return list(
        rows.order_by("department__name", "name", "id").prefetch_related(
            Prefetch("memberships", members)
        )
    )


def team(number: int | None, *, viewer: "Viewer") -> Team | None:
    """The team of that number, if it works."""
    return Team.objects.filter(pk=number or 0, is_active=True).first() if _may(viewer) else None


def services(
    words: str, *, viewer: "Viewer", after: int | None = None, limit: int = PAGE
) -> list[Service]:
    """Services by name, also those switched off; one more than `limit` tells of a next page."""
    if not _may(viewer):
        return []
    rows = Service.objects.select_related("team", "department")
    if words.strip():
        rows = rows.filter(name__icontains=words.strip())
    last = Service.objects.filter(pk=after).first() if after else None
    if last is not None:
        rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    return list(rows.order_by("name", "id")[: limit + 1])


def service(number: int | None, *, viewer: "Viewer") -> Service | None:
    """The service of that number, offered or not."""
    if not _may(viewer):
        return None
    return Service.objects.filter(pk=number or 0).select_related("team").first()


def channels(*, viewer: "Viewer") -> list[Channel]:
    """Every channel, mail first."""
    if not _may(viewer):
        return []
    rows: Iterable[Channel] = Channel.objects.order_by("id")
    return sorted(rows, key=lambda one: (one.kind != "email", one.kind, one.pk))


def channel(number: int | None, *, viewer: "Viewer") -> Channel | None:
    """The channel of that number."""
    return Channel.objects.filter(pk=number or 0).first() if _may(viewer) else None


def keys(*, viewer: "Viewer", limit: int = 200) -> list[Token]:
    """Every key to the API, newest first."""
    if not _may(viewer):
        return []
    return list(Token.objects.select_related("account__person").order_by("-id")[:limit])


def key(number: int | None, *, viewer: "Viewer") -> Token | None:
    """The key of that number."""
    return Token.objects.filter(pk=number or 0).first() if _may(viewer) else None


def counts(*, viewer: "Viewer") -> dict[str, int]:
    """How many people, sign-ins, teams, services and keys there are; each its own small table."""
    if not _may(viewer):
        return {}
    return {
        "people": Person.objects.filter(is_active=True).count(),
        "sign-ins": Account.objects.filter(is_active=True).count(),
        "administrators": Account.objects.filter(is_active=True, is_administrator=True).count(),
        "teams": Team.objects.filter(is_active=True).count(),
        "empty teams": Team.objects.filter(is_active=True, email="", memberships=None).count(),
        "services": Service.objects.filter(is_active=True).count(),
        "keys": Token.objects.count(),
    }
