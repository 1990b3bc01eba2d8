"""Who is speaking: from an address to a person, with how sure we may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from homeroom.district.models import Identity, Membership, Person
from homeroom.kit.phones import e164
from homeroom.kit.text import fold

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who is speaking, as far as we know, and the address to answer."""

    kind: str
    """email, phone, handle, person, or name when there is no address."""
    value: str
    person: Person | None
    certainty: str
    """verified (signed in), claimed (the roster has the address), guessed (by name), unknown."""


def who(
    *,
    email: str = "",
    phone: str = "",
    handle: str = "",
    source_id: str = "",
    name: str = "",
    viewer: "Viewer",  # noqa: ARG001
) -> Known:
    """The person behind an address, never more certain than a claim unless they signed in.

    An address that several people share (a household's) is its claim all the same: the one whose
    name was given, else nobody in particular.
    """
    number = canonical_phone(phone) if phone else ""
    kind, value = next(
        (pair for pair in (("email", email), ("phone", number), ("handle", handle)) if pair[1]),
        ("person", source_id) if source_id else ("name", fold(name)),
    )
    if source_id:
        person = Person.objects.filter(source_id=source_id).first()
        if person is not None:
            return Known(kind=kind, value=value, person=person, certainty="verified")
    people = _holders(email=email, number=number, handle=handle)
    if len(people) > 1:
        people = [person for person in people if fold(person.name) == fold(name)]
    if people:
        return Known(kind=kind, value=value, person=people[0], certainty="claimed")
    return Known(kind=kind, value=value, person=None, certainty="unknown")


def _holders(*, email: str, number: str, handle: str) -> list[Person]:
    """The active people who have one of these addresses, in one query."""
    addresses = Q(pk__in=())
    if email:
        addresses |= Q(kind="email", value=email)
    if number:
        addresses |= Q(kind="phone", value=number)
    if handle:
        addresses |= Q(value=handle)
    if not addresses.children[1:]:
        return []
    rows = Identity.objects.filter(addresses, person__is_active=True).select_related("person")
    return list({row.person_id: row.person for row in rows.order_by("id")[:10]}.values())


def canonical_phone(text: str) -> str:
    """The E.164 form of a phone number as written in the United States, or its digits."""
    return e164(text, "US") or "".join(each for each in text if each.isdigit() or each == "+")


def staff_member(address: str, *, viewer: "Viewer") -> Person | None:  # noqa: ARG001
    """The member of staff of that sourcedId or mail address who belongs to a team or a school."""
    people = Person.objects.filter(is_active=True)
    by_id = people.filter(source_id=address).first()
    if by_id is not None:
        return by_id
    return people.filter(identities__kind="email", identities__value=address.lower()).first()


def known_addresses(
    addresses: Iterable[str],
    *,
    viewer: "Viewer",  # noqa: ARG001
) -> dict[str, Person]:
    """Active people by the mail addresses the roster has for them."""
    wanted = [address.lower() for address in addresses]
    if not wanted:
        return {}
    rows = Identity.objects.filter(kind="email", value__in=wanted, person__is_active=True)
    return {row.value: row.person for row in rows.select_related("person")}


def team_addresses(team_id: int, *, viewer: "Viewer") -> list[tuple[Person, str]]:  # noqa: ARG001
    """The working mail addresses of a team's members, leads first."""
    members = (
        Membership.objects.filter(team_id=team_id, person__is_active=True)
        .select_related("person")
        .order_by("-is_lead", "id")
    )
    people = {member.person_id: member.person for member in members}
    found: dict[int, str] = {}
    for row in Identity.objects.filter(kind="email", person_id__in=people, failed_at=None).order_by(
        "id"
    ):
        found.setdefault(row.person_id, row.value)
    return [(people[pk], found[pk]) for pk in people if pk in found]


def mail_address(person: Person, *, viewer: "Viewer") -> str:  # noqa: ARG001
    """The first working mail address of a person, or an empty string."""
    row = (
        Identity.objects.filter(person=person, kind="email", failed_at=None).order_by("id").first()
    )
    return row.value if row else ""


def language(person_id: int | None, *, viewer: "Viewer") -> str:  # noqa: ARG001
    """The language a person wants to be written to; English when nobody has said."""
    if person_id is None:
        return "en"
    named = Person.objects.filter(pk=person_id).values_list("language", flat=True).first()
    return named or "en"
