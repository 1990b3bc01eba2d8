"""Forms that move a request: to a person, a team, another service, into or out of another one."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from homeroom.district import colleagues
from homeroom.routing import actions as routing
from homeroom.tickets import actions, answering, lists, merging, queries
from homeroom.web.desk.work import Done, NoSuchThing, Work, number

if TYPE_CHECKING:
    from homeroom.district.models import Service, Team
    from homeroom.tickets.models import Ticket


def take(work: Work) -> Done:
    """It is mine now; without a team it comes to mine."""
    me = work.me()
    team = work.ticket.team
    if team is None:
        team = next(iter(colleagues.teams_of(me, viewer=work.viewer)), None)
    undo = _as_it_was(work.ticket)
    with work.unmoved():
        actions.assign(work.ticket, team=team, assignee=me, by=work.by, now=work.now)
    return Done(text=_("It is yours."), undo=undo)


def assign(work: Work) -> Done:
    """Give it to a colleague, in the team it has if they work there."""
    person = colleagues.member(work.number("person"), viewer=work.viewer)
    if person is None:
        raise NoSuchThing(_("Choose somebody who works in a team."))
    teams = colleagues.teams_of(person, viewer=work.viewer)
    keeps = work.ticket.team_id in {team.pk for team in teams}
    team = work.ticket.team if keeps else teams[0]
    undo = _as_it_was(work.ticket)
    with work.unmoved():
        actions.assign(work.ticket, team=team, assignee=person, by=work.by, now=work.now)
    return Done(text=_("%(who)s has it now.") % {"who": person.name}, undo=undo)


def transfer(work: Work) -> Done:
    """Send it to a team, or to a service and its team; that teaches."""
    service, team = work.target("team")
    if team is None:
        raise NoSuchThing(_("Choose the team that should get it."))
    undo = _as_it_was(work.ticket)
    with work.unmoved():
        if service is not None:
            _choose(work, service, team)
        answering.hand_on(
            work.ticket,
            team=team,
            assignee=None,
            because=work.words("because"),
            author=work.author,
            now=work.now,
        )
    return Done(text=_("Sent to %(team)s.") % {"team": team.name}, undo=undo)


def route(work: Work) -> Done:
    """Accept the suggestion, one of the others, or any other service: each teaches."""
    service = colleagues.service(work.number("value"), viewer=work.viewer)
    if service is None:
        raise NoSuchThing(_("This service is no longer offered. Choose another one."))
    undo = _as_it_was(work.ticket)
    with work.unmoved():
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


def give(work: Work) -> Done:
    """Take a hand-on back: ``give:<team>:<person>``, 0 for nobody."""
    rows = [number(each) for each in work.given.get("do", "").split(":")[1:]]
    if len(rows) != 2 or None in rows:
        raise NoSuchThing(_("There is nothing to take back."))
    team = colleagues.team(rows[0], viewer=work.viewer)
    person = colleagues.member(rows[1], viewer=work.viewer)
    actions.assign(work.ticket, team=team, assignee=person, by=work.by, now=work.now)
    return Done(text=_("Taken back."))


def merge(work: Work) -> Done:
    """Put it into another request that the viewer may see."""
    reference = work.words("other") or work.words("into")
    into = queries.by_reference(reference, viewer=work.viewer) if reference else None
    if into is None:
        raise NoSuchThing(_("We know no request with this reference."))
    merging.merge(work.ticket, into=into, by=work.by, now=work.now)
    said = _("Merged into %(reference)s.") % {"reference": into.reference}
    return Done(text=said, undo="unmerge", undo_at=work.ticket.reference, at=into.reference)


def part(work: Work) -> Done:
    """Say that it is not the same as the one that looked like it."""
    reference = work.words("into")
    other = queries.by_reference(reference, viewer=work.viewer) if reference else None
    if other is None or other.pk == work.ticket.pk:
        raise NoSuchThing(_("We know no request with this reference."))
    merging.part(work.ticket, other=other, by=work.by, now=work.now)
    return Done(text=_("They stay two requests."))


def unmerge(work: Work) -> Done:
    """Take the merge back."""
    merging.unmerge(work.ticket, by=work.by, now=work.now)
    return Done(text=_("The merge is taken back."))


def split(work: Work) -> Done:
    """One message becomes a request of its own, or what the colleague writes does."""
    row = work.number("message")
    if row is not None:
        message = lists.message(row, viewer=work.viewer)
        if message is None or message.ticket_id != work.ticket.pk:
            raise NoSuchThing(_("This message is not part of the request."))
        part = merging.split(message, by=work.by, now=work.now)
        said = _("Split off as %(reference)s.") % {"reference": part.reference}
        return Done(text=said, undo="unsplit", undo_at=part.reference)
    _service, team = work.target("team")
    part = answering.carve_out(
        work.ticket, words=work.words("words"), team=team, author=work.author, now=work.now
    )
    return Done(text=_("The other request is %(reference)s.") % {"reference": part.reference})


def unsplit(work: Work) -> Done:
    """Take the split back."""
    origin = merging.unsplit(work.ticket, by=work.by, now=work.now)
    return Done(text=_("The split is taken back."), at=origin.reference)
