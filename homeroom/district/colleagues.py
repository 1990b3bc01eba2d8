"""The people, teams and services that staff name in a form: looked up by number, staff only."""

from typing import TYPE_CHECKING

from homeroom.district.models import Account, Person, Service, Team

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer


def team(number: int | None, *, viewer: "Viewer") -> Team | None:
    """The team of that number, if it works and the viewer is staff."""
    if not viewer.is_staff or number is None:
        return None
    return Team.objects.filter(pk=number, is_active=True).first()


def service(number: int | None, *, viewer: "Viewer") -> Service | None:
    """The service of that number with its team, if it is offered and the viewer is staff."""
    if not viewer.is_staff or number is None:
        return None
    return Service.objects.filter(pk=number, is_active=True).select_related("team").first()


def service_called(source_id: str, *, viewer: "Viewer") -> Service | None:
    """The service of that source id, if it is offered and the viewer is staff."""
    if not viewer.is_staff or not source_id:
        return None
    return Service.objects.filter(source_id=source_id[:200], is_active=True).first()


def member(number: int | None, *, viewer: "Viewer") -> Person | None:
    """The person of that number, if they work in a team and the viewer is staff."""
    if not viewer.is_staff or number is None:
        return None
    return Person.objects.filter(
        pk=number, is_active=True, memberships__team__is_active=True
    ).first()


def teams_of(person: Person, *, viewer: "Viewer") -> list[Team]:
    """The teams a person works in, first those they lead."""
    if not viewer.is_staff:
        return []
    rows = person.memberships.filter(team__is_active=True).select_related("team")
    return [row.team for row in rows.order_by("-is_lead", "id")]


def person(number: int | None, *, viewer: "Viewer") -> Person | None:
    """The person of that number, if the viewer is staff."""
    return Person.objects.filter(pk=number).first() if viewer.is_staff and number else None


def account(number: int | None, *, viewer: "Viewer") -> Account | None:
    """The sign-in of that number: one's own, or anybody's for the house itself."""
    if number is None or (viewer.kind != "system" and viewer.account_id != number):
        return None
    return Account.objects.filter(pk=number).select_related("person").first()
