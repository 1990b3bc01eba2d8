"""Who calls: a key's account, and never more than the key was made for."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest
from ninja.security import HttpBearer

from homeroom.district import actions
from homeroom.district.actions import KeyRefused
from homeroom.district.permissions import ANONYMOUS, Viewer, viewer_for
from homeroom.kit import clock, throttle
from homeroom.kit.throttle import Rate
from homeroom.tickets.answering import Author
from homeroom.web.api.problems import Problem

SCOPES = {
    "read": "see requests and services as the key's account sees them",
    "write": "answer, note, assign, resolve and merge as the key's account",
    "messages": "hand messages in, and hear what was made of them",
    "events": "follow the log of everything that happens (administrators)",
    "trusted": "say who is signed in, and who wrote a message down",
}
"""What a key can be made for."""
RATE = Rate(burst=300, every=timedelta(milliseconds=100))
"""Calls of one key: three hundred at once, ten a second for ever."""
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever brought a key."""

    key_id: int
    scopes: frozenset[str]
    account: Viewer
    """What the account may see and do; use `viewer` to look things up for reading."""
    author: Author

    @property
    def viewer(self) -> Viewer:
        """Who looks: the account's viewer for keys that may read, nobody for others."""
        return self.account if "read" in self.scopes else ANONYMOUS

    @property
    def name(self) -> str:
        """The key, as remembered answers and rates know it."""
        return f"api:{self.key_id}"

    def need(self, scope: str) -> None:
        """Pass when the key was made for this.

        :raises Problem: 403 when it was not.
        """
        if scope not in self.scopes:
            raise Problem(403, f'This key is not made for that: it lacks the scope "{scope}".')

    def need_hands(self) -> None:
        """Pass when the key may change requests and its account works on them.

        :raises Problem: 403 when not.
        """
        self.need("write")
        works = self.account.team_ids or self.account.kind in {"leader", "administrator"}
        if not works:
            raise Problem(403, "Only people who work in a team can do this.")


class Bearer(HttpBearer):
    """The key in the header "Authorization: Bearer"; anywhere else it is not looked for."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller:  # noqa: ARG002
        """Whoever holds this key.

        :raises KeyRefused: when it is unknown or expired, or its account or person has left.
        :raises Problem: 429 when it calls too often.
        """
        if not token or not token.isascii() or len(token) > LONGEST:
            raise KeyRefused
        now = clock.now()
        key = actions.use_token(token=token, now=now)
        account = key.account
        person = account.person
        if person is not None and not person.is_active:
            raise KeyRefused
        caller = Caller(
            key_id=key.pk,
            scopes=frozenset(key.scopes) & SCOPES.keys(),
            account=viewer_for(account),
            author=Author(
                person_id=account.person_id, name=(person.name if person else "") or account.email
            ),
        )
        if not throttle.take(caller.name, rate=RATE, now=now):
            raise Problem(429, "This key calls too often. Wait a second, then go on.")
        return caller


def caller_of(request: HttpRequest) -> Caller:
    """Whoever brought the key of this call."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller
