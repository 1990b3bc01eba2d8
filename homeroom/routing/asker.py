"""Who asks and what their message names, as far as the records know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from homeroom.district.circle import Device, Member
from homeroom.understanding.ranking import Resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What the roster says of the one who asks; `children` are the pupils they answer for."""

    name: str = ""
    certainty: str = "unknown"
    roles: tuple[str, ...] = ()
    is_student: bool = False
    is_staff: bool = False
    school: str = ""
    person: Member | None = None
    children: tuple[Member, ...] = ()
    is_vouched: bool = False
    """A member of staff wrote it down for them."""

    @property
    def audiences(self) -> frozenset[str]:
        """student, family, staff: all that they are; empty for somebody we do not know."""
        parts = {"student": self.is_student, "staff": self.is_staff, "family": bool(self.children)}
        return frozenset(name for name, holds in parts.items() if holds)

    @property
    def wards(self) -> tuple[str, ...]:
        """Names of the pupils this adult answers for."""
        return tuple(child.name for child in self.children)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was named, and what the records know of it: people and things by row id."""

    resolved: Sequence[Resolved] = ()
    people: Mapping[int, Member] = field(default_factory=dict)
    things: Sequence[Device] = ()
