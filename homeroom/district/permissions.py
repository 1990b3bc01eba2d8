"""Who is looking: the value every read takes, and what follows from it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.db.models import Q

from homeroom.district.duties import Duty
from homeroom.district.models import Membership, Role, Service

if TYPE_CHECKING:
    from homeroom.district.models import Account

type Kind = Literal["anonymous", "asker", "staff", "leader", "administrator", "system"]

STAFF_ROLES = frozenset(
    {
        *("teacher", "aide", "principal", "counselor", "proctor", "administrator"),
        *("siteAdministrator", "districtAdministrator", "systemAdministrator"),
    }
)
"""OneRoster roles of people who work for the district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Someone who looks, with everything that decides what they may see; ids are row ids."""

    kind: Kind
    account_id: int | None = None
    person_id: int | None = None
    team_ids: frozenset[int] = frozenset()
    led_team_ids: frozenset[int] = frozenset()
    department_ids: frozenset[int] = frozenset()
    """The departments of their teams."""
    org_ids: frozenset[int] = frozenset()
    """Where they have a part today."""
    is_on_call: bool = False
    """Stands on the on-call list, or works in a team that owns a service of sensitivity
    `safety`."""

    @property
    def is_staff(self) -> bool:
        """Whether they may look people and things up."""
        return self.kind in {"staff", "leader", "administrator", "system"}


SYSTEM = Viewer(kind="system")
"""The house itself: the pipeline, which decides what others get to see."""
ANONYMOUS = Viewer(kind="anonymous")
"""Someone at the front door who has not signed in."""


def viewer_for(account: "Account | None") -> Viewer:
    """The viewer that an account is; anonymous when there is none or it is switched off.

    An account without a person, team or staff role is an asker. Four queries at most.
    """
    if account is None or not account.is_active:
        return ANONYMOUS
    if account.person_id is None:
        return Viewer(kind=_kind(account, works=False), account_id=account.pk)
    mine = list(
        Membership.objects.filter(person_id=account.person_id, team__is_active=True).values_list(
            "team_id", "is_lead", "team__department_id"
        )
    )
    teams = frozenset(team for team, _, _ in mine)
    roles = Role.objects.filter(person_id=account.person_id, to_on=None)
    parts = list(roles.values_list("role", "org_id"))
    on_list = Duty.objects.filter(person_id=account.person_id).exists()
    works = bool(teams) or on_list or any(role in STAFF_ROLES for role, _ in parts)
    return Viewer(
        kind=_kind(account, works=works),
        account_id=account.pk,
        person_id=account.person_id,
        team_ids=teams,
        led_team_ids=frozenset(team for team, leads, _ in mine if leads),
        department_ids=frozenset(department for _, _, department in mine),
        org_ids=frozenset(org for _, org in parts),
        is_on_call=on_list or (bool(teams) and _owns_safety(teams)),
    )


def _kind(account: "Account", *, works: bool) -> Kind:
    if account.is_administrator:
        return "administrator"
    if account.is_leader:
        return "leader"
    return "staff" if works else "asker"


def _owns_safety(teams: Collection[int]) -> bool:
    return Service.objects.filter(
        Q(team_id__in=teams), sensitivity="safety", is_active=True
    ).exists()
