"""What is known beside the words: whom a service is for, and where the message was sent; pure.

Both lean the model's odds and never decide: people ask for what is not meant for them, and three in
ten write to the wrong address (the researched catalogue's noise rates).
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.routing.values import Offered

NOT_FOR_THEM: Final = math.log(0.2)
"""A service offered to others only: a parent who asks about pay works here too, one in five."""

SENT_THERE: Final = math.log(2.5)
"""A service of the department that was written to. Seven in ten right would be odds of thirty, but
who writes to the wrong place writes to the one nearest in meaning: there the words must win."""

_EVERYBODY: Final = frozenset({"community", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known of a message beside its words."""

    audiences: tuple[str, ...] = ()
    """Those the asker belongs to by the roster; empty for a stranger."""
    sent_to: tuple[str, ...] = ()

    def leaning(self, offered: Mapping[str, Offered]) -> dict[str, float]:
        """What to add to the log odds of each service that it speaks for or against."""
        leans = {
            name: lean(one, audiences=self.audiences, sent_to=self.sent_to)
            for name, one in offered.items()
        }
        return {name: weight for name, weight in leans.items() if weight}


NOTHING: Final = Beside()


def lean(service: Offered, *, audiences: Collection[str], sent_to: Sequence[str]) -> float:
    """Log odds to add for this service; 0 when nothing is known.

    `audiences` are those the asker belongs to by the roster, empty for a stranger; `sent_to` the
    addresses that the message was sent to.
    """
    weight = 0.0
    known = set(audiences) - _EVERYBODY
    if known and service.audiences and not known & set(service.audiences):
        weight += NOT_FOR_THEM
    if any(_is_theirs(address, service) for address in sent_to):
        weight += SENT_THERE
    return weight


def _is_theirs(address: str, service: Offered) -> bool:
    """Whether an address is the team's, or begins with the department's or the team's name."""
    folded = address.casefold()
    if folded == service.team_email.casefold():
        return bool(folded)
    box = _bare(folded.split("@", 1)[0])
    names = (service.department_source_id, service.department_name, service.team_source_id)
    return box in {_bare(name) for name in names}


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
