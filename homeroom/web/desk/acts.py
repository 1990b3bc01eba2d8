"""What staff can do with a request: each small form of its page, by the name it posts as "do"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from homeroom.district import colleagues, identify
from homeroom.district.permissions import SYSTEM, Viewer
from homeroom.kit.errors import Expected
from homeroom.routing import actions as routing
from homeroom.tickets import actions, answering, lists, log, queries

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
    name: str
    now: datetime
    given: Mapping[str, str]
    files: Sequence[tuple[str, str, bytes]] = ()

    @property
    def by(self) -> log.Actor:
        """The actor in the log."""
        return log.person(self.viewer.person_id)

    def words(self, field: str) -> str:
        """What was written into a field, at most 50,000 characters."""
        return self.given.get(field, "").strip()[:50_000]

    def number(self, field: str) -> int | None:
        """The number in a field, if there is one."""
        value = self.given.get(field, "")
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What to say of it, and how to take it back."""

    text: str
    undo: str = ""
    undo_at: str | None = None
    at: str | None = None
    """The reference of the request to go on with, when it is another one."""


def do(what: str, work: Work) -> Done:
    """Do it.

    :raises Expected: with a sentence for the page.
    """
    act = ACTS.get(what.partition(":")[0])
    if act is None:
        raise NoSuchThing(_("We do not know how to do that."))
    if not (work.viewer.team_ids or work.viewer.kind in {"leader", "administrator"}):
        raise NotForYou(_("Only people who work in a team can do this. Write a note to ask them."))
    return act(work)


def _reply(work: Work) -> Done:
    answering.answer(
        work.ticket,
        text=work.words("reply"),
        person_id=work.viewer.person_id,
        name=work.name,
        by=work.by,
        now=work.now,
        seen=work.number("seen"),
        files=work.files,
    )
    return Done(text=_("Sent."))


def _note(work: Work) -> Done:
    answering.note(
        work.ticket,
        text=work.words("note"),
        person_id=work.viewer.person_id,
        name=work.name,
        by=work.by,
        now=work.now,
    )
    return Done(text=_("Saved. Only staff see it."))


def _me(work: Work) -> "Person":
    person = colleagues.person(work.viewer.person_id, viewer=work.viewer)
    if person is None:
        raise NotForYou(_("Your sign-in belongs to nobody on the roster, so it cannot own work."))
    return person


def _take(work: Work) -> Done:
    me = _me(work)
    team = work.ticket.team
    if team is None:
        team = next(iter(colleagues.teams_of(me, viewer=work.viewer)), None)
    undo = _as_it_was(work.ticket)
    actions.assign(work.ticket, team=team, assignee=me, by=work.by, now=work.now)
    return Done(text=_("It is yours."), undo=undo)


def _assign(work: Work) -> Done:
    person = colleagues.member(work.number("person"), viewer=work.viewer)
    if person is None:
        raise NoSuchThing(_("Choose somebody who works in a team."))
    teams = colleagues.teams_of(person, viewer=work.viewer)
    keeps = work.ticket.team_id in {team.pk for team in teams}
    undo = _as_it_was(work.ticket)
    team = work.ticket.team if keeps else teams[0]
    actions.assign(work.ticket, team=team, assignee=person, by=work.by, now=work.now)
    return Done(text=_("%(who)s has it now.") % {"who": person.name}, undo=undo)


def _target(work: Work, field: str) -> "tuple[Service | None, Team | None]":
    """What a list of teams and services was left at: ``team:5``, ``service:12`` or ``5``."""
    kind, _colon, number = work.given.get(field, "").rpartition(":")
    row = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None
    if kind == "service":
        service = colleagues.service(row, viewer=work.viewer)
        return service, service.team if service else None
    return None, colleagues.team(row, viewer=work.viewer)


def _transfer(work: Work) -> Done:
    service, team = _target(work, "team")
    if team is None:
        raise NoSuchThing(_("Choose the team that should get it."))
    undo = _as_it_was(work.ticket)
    if service is not None:
        _choose(work, service, team)
    answering.hand_on(
        work.ticket,
        team=team,
        assignee=None,
        because=work.words("because"),
        person_id=work.viewer.person_id,
        name=work.name,
        by=work.by,
        now=work.now,
    )
    return Done(text=_("Sent to %(team)s.") % {"team": team.name}, undo=undo)


def _route(work: Work) -> Done:
    """Accept the suggestion, one of the others, or any other service: each teaches."""
    service = colleagues.service(work.number("value"), viewer=work.viewer)
    if service is None:
        raise NoSuchThing(_("This service is no longer offered. Choose another one."))
    undo = _as_it_was(work.ticket)
    _choose(work, service, service.team)
    return Done(text=_("Sent to %(team)s.") % {"team": service.team.name}, undo=undo)


def _choose(work: Work, service: "Service", team: "Team") -> None:
    account = colleagues.account(work.viewer.account_id, viewer=work.viewer)
    routing.choose(
        work.ticket, service=service, team=team, by=work.by, account=account, now=work.now
    )


def _as_it_was(ticket: "Ticket") -> str:
    """The form that gives the request back to who had it."""
    return f"give:{ticket.team_id or 0}:{ticket.assignee_id or 0}"


def _give(work: Work) -> Done:
    """Take a hand-on back: ``give:<team>:<person>``, 0 for nobody."""
    parts = work.given.get("do", "").split(":")
    numbers = [int(each) for each in parts[1:] if each.isascii() and each.isdecimal()]
    if len(numbers) != 2:
        raise NoSuchThing(_("There is nothing to take back."))
    team = colleagues.team(numbers[0], viewer=work.viewer)
    person = colleagues.member(numbers[1], viewer=work.viewer)
    actions.assign(work.ticket, team=team, assignee=person, by=work.by, now=work.now)
    return Done(text=_("Taken back."))


def _wait(work: Work) -> Done:
    until = wait_until(work.given.get("until", ""), now=work.now)
    answering.put_to_rest(
        work.ticket,
        until=until,
        because=work.words("because"),
        person_id=work.viewer.person_id,
        name=work.name,
        by=work.by,
        now=work.now,
    )
    return Done(text=_("It waits."), undo="resume")


WAIT_DAYS = {"tomorrow": 1, "week": 7}
"""Days until eight in the morning of which a request may wait; "asker" waits for words."""


def wait_until(word: str, *, now: datetime) -> datetime | None:
    """When a wait ends; nothing when it ends with the asker's words.

    :raises NoSuchThing: for a word that no list offers.
    """
    if word == "asker":
        return None
    if word not in WAIT_DAYS:
        raise NoSuchThing(_("Choose until when it should wait."))
    day = timezone.localtime(now) + timedelta(days=WAIT_DAYS[word])
    return day.replace(hour=8, minute=0, second=0, microsecond=0)


def _resume(work: Work) -> Done:
    actions.resume(work.ticket, by=work.by, now=work.now)
    return Done(text=_("It is open."))


def _resolve(work: Work) -> Done:
    answering.finish(
        work.ticket,
        words=work.words("words"),
        person_id=work.viewer.person_id,
        name=work.name,
        by=work.by,
        now=work.now,
        seen=work.number("seen"),
    )
    return Done(text=_("Done. We ask them if it is fixed."), undo="reopen")


def _reopen(work: Work) -> Done:
    answering.open_again(
        work.ticket,
        words=work.words("words"),
        person_id=work.viewer.person_id,
        name=work.name,
        by=work.by,
        now=work.now,
    )
    return Done(text=_("It is open again."))


def _merge(work: Work) -> Done:
    reference = work.words("other") or work.words("into")
    into = queries.by_reference(reference, viewer=work.viewer) if reference else None
    if into is None:
        raise NoSuchThing(_("We know no request with this reference."))
    actions.merge(work.ticket, into=into, by=work.by, now=work.now)
    said = _("Merged into %(reference)s.") % {"reference": into.reference}
    return Done(text=said, undo="unmerge", undo_at=work.ticket.reference, at=into.reference)


def _unmerge(work: Work) -> Done:
    actions.unmerge(work.ticket, by=work.by, now=work.now)
    return Done(text=_("The merge is taken back."))


def _split(work: Work) -> Done:
    """One message becomes a request of its own, or what the colleague writes does."""
    number = work.number("message")
    if number is not None:
        message = lists.message(number, viewer=work.viewer)
        if message is None or message.ticket_id != work.ticket.pk:
            raise NoSuchThing(_("This message is not part of the request."))
        part = actions.split(message, by=work.by, now=work.now)
        said = _("Split off as %(reference)s.") % {"reference": part.reference}
        return Done(text=said, undo="unsplit", undo_at=part.reference)
    _service, team = _target(work, "team")
    part = answering.carve_out(
        work.ticket, words=work.words("words"), team=team, by=work.by, now=work.now
    )
    return Done(text=_("The other request is %(reference)s.") % {"reference": part.reference})


def _unsplit(work: Work) -> Done:
    origin = actions.unsplit(work.ticket, by=work.by, now=work.now)
    return Done(text=_("The split is taken back."), at=origin.reference)


def _priority(work: Work) -> Done:
    level = work.number("priority")
    if level not in {1, 2, 3, 4}:
        raise NoSuchThing(_("Choose a priority from 1 to 4."))
    answering.rank(
        work.ticket,
        priority=level,
        because=work.words("because"),
        person_id=work.viewer.person_id,
        name=work.name,
        by=work.by,
        now=work.now,
    )
    return Done(text=_("Priority %(level)s.") % {"level": level})


def _watch(work: Work) -> Done:
    me = _me(work)
    address = identify.mail_address(me, viewer=SYSTEM)
    if not address:
        raise NoSuchThing(_("We have no email address of yours to write to."))
    actions.watch(work.ticket, person=me, value=address, by=work.by, now=work.now)
    return Done(text=_("You hear of what happens here."))


def _acknowledge(work: Work) -> Done:
    actions.acknowledge(work.ticket, by=work.by, now=work.now)
    return Done(text=_("Noted that you have seen it."))


ACTS: dict[str, Callable[[Work], Done]] = {
    "reply": _reply,
    "note": _note,
    "take": _take,
    "assign": _assign,
    "transfer": _transfer,
    "route": _route,
    "give": _give,
    "wait": _wait,
    "resume": _resume,
    "resolve": _resolve,
    "reopen": _reopen,
    "merge": _merge,
    "unmerge": _unmerge,
    "split": _split,
    "unsplit": _unsplit,
    "priority": _priority,
    "watch": _watch,
    "acknowledge": _acknowledge,
}
"""To let staff do something else with a request, add it here and a form to desk/acts.html."""

FIELDS = {
    "reply": "reply",
    "note": "note",
    "resolve": "words",
    "reopen": "words",
    "transfer": "team",
    "assign": "person",
    "merge": "other",
    "priority": "priority-because",
    "split": "split-words",
    "wait": "until",
}
"""The field that an error of each form stands beside."""
