"""The log of a request as sentences between the messages: what was done, by whom, and why."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from homeroom.web import naming

if TYPE_CHECKING:
    from homeroom.tickets.models import Event

type Drawn = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the numbers in the log stand for."""

    people: Mapping[int, str]
    teams: Mapping[int, str]
    services: Mapping[int, str]

    def person(self, number: object) -> str:
        """A person's name."""
        return self.people.get(number, _("somebody")) if isinstance(number, int) else _("somebody")

    def team(self, number: object) -> str:
        """A team's name."""
        return self.teams.get(number, _("a team")) if isinstance(number, int) else _("a team")

    def service(self, number: object) -> str:
        """A service's name."""
        return self.services.get(number, "") if isinstance(number, int) else ""


def people_in(events: Iterable["Event"]) -> set[int]:
    """The numbers of the people whom these events name."""
    found: set[int] = set()
    for event in events:
        given = event.data.get("set", {}).get("assignee_id")
        called = event.data.get("people", [])
        numbers = (event.actor_id if event.actor_kind == "person" else None, given, *called)
        found |= {number for number in numbers if isinstance(number, int)}
    return found


def told(events: Iterable["Event"], names: Names) -> Iterator[Drawn]:
    """Entries of parts/said.html for the events that a colleague wants to read."""
    for event in events:
        tell = SENTENCES.get(event.type)
        if tell is None:
            continue
        icon, make = tell
        sentence = make(event, names)
        if sentence:
            yield {"kind": "event", "icon": icon, "at": event.at, "text": sentence, "id": event.pk}


def _actor(event: "Event", names: Names) -> str:
    match event.actor_kind:
        case "person":
            return names.person(event.actor_id) if event.actor_id else _("The asker")
        case "rule":
            return _("A rule")
        case "model":
            return _("Homeroom")
        case _:
            return _("Homeroom")


def _assigned(event: "Event", names: Names) -> str:
    given = event.data.get("set", {})
    who = _actor(event, names)
    if given.get("assignee_id"):
        if given["assignee_id"] == event.actor_id:
            return _("%(who)s took it.") % {"who": who}
        person = names.person(given["assignee_id"])
        return _("%(who)s gave it to %(person)s.") % {"who": who, "person": person}
    if given.get("team_id"):
        team = names.team(given["team_id"])
        return _("%(who)s sent it to %(team)s.") % {"who": who, "team": team}
    return ""


def _classified(event: "Event", names: Names) -> str:
    service = names.service(event.data.get("set", {}).get("service_id"))
    return _("It is about: %(service)s.") % {"service": service} if service else ""


def _priority(event: "Event", names: Names) -> str:
    values = {"who": _actor(event, names), "to": event.data.get("set", {}).get("priority")}
    return _("%(who)s set priority %(to)s.") % values


def _by(words: Callable[[], str]) -> Callable[["Event", Names], str]:
    """A sentence that only needs to know who did it."""
    return lambda event, names: words() % {"who": _actor(event, names)}


def _delivered(event: "Event", names: Names) -> str:  # noqa: ARG001
    match event.data.get("purpose"):
        case "receipt" | "neutral":
            return _("We told them by email that we have it.")
        case "reply":
            return _("The answer left by email.")
        case "resolved":
            return _("We told them by email that it is done.")
        case _:
            return ""


def _alarmed(event: "Event", names: Names) -> str:  # noqa: ARG001
    kind = str(event.data.get("kind", ""))
    return _("The words may point at danger: %(kind)s.") % {
        "kind": str(naming.DANGERS.get(kind, kind)).lower()
    }


def _called(event: "Event", names: Names) -> str:
    called = [names.people.get(int(each), "") for each in event.data.get("people", [])]
    listed = ", ".join(filter(None, called))
    if listed:
        return _("Called by email and on their desks: %(names)s.") % {"names": listed}
    count = int(event.data.get("n", 0))
    if count:
        return ngettext(
            "Called by email: %(count)s address.", "Called by email: %(count)s addresses.", count
        ) % {"count": count}
    return _("Nobody could be called: nobody is on call.")


def _continued(event: "Event", names: Names) -> str:  # noqa: ARG001
    why = event.data.get("why", {})
    tie = str(naming.TIES.get(str(why.get("tie")), ""))
    return _("Homeroom put what follows with this request. %(why)s") % {"why": tie}


def _moved(event: "Event", names: Names) -> str:
    if event.actor_kind == "model":
        return ""  # why it came is told beside
    return _("%(who)s moved messages.") % {"who": _actor(event, names)}


SENTENCES: dict[str, tuple[str, Callable[["Event", Names], str]]] = {
    "ticket.assigned": ("transfer", _assigned),
    "ticket.classified": ("tool", _classified),
    "ticket.prioritised": ("flag", _priority),
    "ticket.waited": ("moon", _by(lambda: _("%(who)s put it to wait."))),
    "ticket.resumed": ("check", _by(lambda: _("%(who)s opened it."))),
    "ticket.resolved": ("check", _by(lambda: _("%(who)s said it is done."))),
    "ticket.reopened": ("undo", _by(lambda: _("%(who)s opened it again."))),
    "ticket.closed": ("lock", _by(lambda: _("%(who)s closed it."))),
    "message.continued": ("merge", _continued),
    "ticket.parted": ("undo", _by(lambda: _("%(who)s said that it is not the same request."))),
    "ticket.merged": ("merge", _by(lambda: _("%(who)s merged it into another request."))),
    "ticket.unmerged": ("undo", _by(lambda: _("%(who)s took the merge back."))),
    "ticket.split": ("split", _by(lambda: _("%(who)s split it off another request."))),
    "message.moved": ("merge", _moved),
    "ticket.watched": ("eye", _by(lambda: _("%(who)s watches it."))),
    "safety.alarmed": ("alert", _alarmed),
    "safety.called": ("alert", _called),
    "safety.acknowledged": ("check", _by(lambda: _("%(who)s has it. Nobody else is called."))),
    "incident.joined": ("alert", _by(lambda: _("It is part of a problem that many report."))),
    "incident.neared": (
        "alert",
        _by(lambda: _("Many report the same. It keeps its own alarm until a person puts it in.")),
    ),
    "incident.left": ("undo", _by(lambda: _("%(who)s took it out of the problem."))),
    "delivery.sent": ("mail", _delivered),
    "delivery.failed": ("off", _by(lambda: _("An email about this could not be delivered."))),
}
"""Icon and sentence of each kind of event; what is not here is no news to a colleague."""


def woven(messages: Iterable[Drawn], events: Iterable[Drawn]) -> list[Drawn]:
    """Messages and events in the order in which they happened; words before what followed them."""

    def moment(entry: Drawn) -> tuple[datetime, int]:
        at = entry["at"]
        if not isinstance(at, datetime):
            raise TypeError("An entry needs its time.")
        return at, 1 if entry["kind"] == "event" else 0

    return sorted([*messages, *events], key=moment)
