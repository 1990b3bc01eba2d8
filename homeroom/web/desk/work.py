"""One small form of the desk as it was sent, and what is said when it is done."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from homeroom.district import colleagues
from homeroom.district.permissions import Viewer
from homeroom.kit.errors import Expected
from homeroom.tickets import answering
from homeroom.tickets.answering import Author
from homeroom.tickets.log import Actor

if TYPE_CHECKING:
    from homeroom.district.models import Person, Service, Team
    from homeroom.tickets.models import Ticket


class NotForYou(Expected):
    """Only people who work in a team do things to requests."""


class NoSuchThing(Expected):
    """A form names something that is not there, or not for this viewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One form that was sent: who, about which request, and what was filled in."""

    ticket: "Ticket"
    viewer: Viewer
    author: Author
    now: datetime
    given: Mapping[str, str]
    files: Sequence[tuple[str, str, bytes]] = ()

    @property
    def by(self) -> Actor:
        """The actor in the log."""
        return self.author.by

    def words(self, field: str) -> str:
        """What was written into a field, at most 50,000 characters."""
        return self.given.get(field, "").strip()[:50_000]

    def number(self, field: str) -> int | None:
        """The number in a field, if there is one."""
        return number(self.given.get(field, ""))

    def unmoved(self) -> AbstractContextManager[None]:
        """Hold the request, unless a colleague handed it on since this page was drawn."""
        return answering.unmoved(self.ticket, seen=self.number("seen"), by=self.by)

    def me(self) -> "Person":
        """The person who is signed in.

        :raises NotForYou: when the sign-in belongs to nobody on the roster.
        """
        person = colleagues.person(self.viewer.person_id, viewer=self.viewer)
        if person is None:
            raise NotForYou(
                _("Your sign-in belongs to nobody on the roster, so it cannot own work.")
            )
        return person

    def target(self, field: str) -> "tuple[Service | None, Team | None]":
        """What a list of teams and services was left at: ``team:5``, ``service:12`` or ``5``."""
        kind, _colon, row = self.given.get(field, "").rpartition(":")
        if kind == "service":
            service = colleagues.service(number(row), viewer=self.viewer)
            return service, service.team if service else None
        return None, colleagues.team(number(row), viewer=self.viewer)


def number(text: str) -> int | None:
    """The row number that a text is, if it can be one."""
    is_one = text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_one else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What to say of it, and how to take it back."""

    text: str
    undo: str = ""
    undo_at: str | None = None
    at: str | None = None
    """The reference of the request to go on with, when it is another one."""
