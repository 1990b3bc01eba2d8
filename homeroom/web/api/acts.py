"""What machines do to requests, as the account of their key."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from ninja import Router

from homeroom.district import colleagues, identify
from homeroom.district import queries as district
from homeroom.kit import answered, clock
from homeroom.routing import actions as routing
from homeroom.tickets import answering, lists, merging
from homeroom.web.api import given, told
from homeroom.web.api.door import Caller, caller_of
from homeroom.web.api.messages import Key, fingerprint
from homeroom.web.api.problems import Problem
from homeroom.web.api.requests import find

if TYPE_CHECKING:
    from homeroom.district.models import Person, Service, Team
    from homeroom.tickets.models import Message, Ticket

router = Router(tags=["tickets"])

type Json = dict[str, Any]
type Act = Callable[["Ticket", Caller, datetime], "Message | Ticket"]
ANSWERS = {
    200: told.Done,
    403: told.ProblemTold,
    404: told.ProblemTold,
    409: told.ProblemTold,
    422: told.ProblemTold,
}


@router.post("tickets/{reference}/reply", response=ANSWERS, summary="Answer the asker")
def reply(
    request: HttpRequest, reference: str, body: given.Reply, idempotency_key: Key = ""
) -> Json:
    """The district's public answer; it leaves by the way the asker came."""

    def act(ticket: "Ticket", caller: Caller, now: datetime) -> "Message":
        return answering.answer(
            ticket, text=body.text, author=caller.author, now=now, seen=body.seen
        )

    return _do(request, reference, body, idempotency_key, act)


@router.post("tickets/{reference}/note", response=ANSWERS, summary="Leave a note for staff")
def note(request: HttpRequest, reference: str, body: given.Note, idempotency_key: Key = "") -> Json:
    """A note that the asker never sees."""

    def act(ticket: "Ticket", caller: Caller, now: datetime) -> "Message":
        return answering.note(ticket, text=body.text, author=caller.author, now=now)

    return _do(request, reference, body, idempotency_key, act)


@router.post("tickets/{reference}/assign", response=ANSWERS, summary="Hand a request on")
def assign(
    request: HttpRequest, reference: str, body: given.Assign, idempotency_key: Key = ""
) -> Json:
    """Gives the request to a service's team, a team or a person. Promised times stay."""

    def act(ticket: "Ticket", caller: Caller, now: datetime) -> "Ticket":
        return _assign(ticket, caller, body, now=now)

    return _do(request, reference, body, idempotency_key, act)


@router.post("tickets/{reference}/resolve", response=ANSWERS, summary="End a request")
def resolve(
    request: HttpRequest, reference: str, body: given.Resolve, idempotency_key: Key = ""
) -> Json:
    """Tells the asker in a sentence what was done, and ends the request."""

    def act(ticket: "Ticket", caller: Caller, now: datetime) -> "Ticket":
        return answering.finish(
            ticket, words=body.text, author=caller.author, now=now, seen=body.seen
        )

    return _do(request, reference, body, idempotency_key, act)


@router.post("tickets/{reference}/merge", response=ANSWERS, summary="Put into another request")
def merge(
    request: HttpRequest, reference: str, body: given.Merge, idempotency_key: Key = ""
) -> Json:
    """Makes the request part of another one; its reference leads there for ever."""

    def act(ticket: "Ticket", caller: Caller, now: datetime) -> "Ticket":
        into = find(body.into, viewer=caller.account)
        return merging.merge(ticket, into=into, by=caller.author.by, now=now)

    return _do(request, reference, body, idempotency_key, act)


def _do(request: HttpRequest, reference: str, body: given.Given, key: str, act: Act) -> Json:
    """Do it once for each Idempotency-Key, and answer how the request stands then."""
    caller = caller_of(request)
    caller.need_hands()
    now = clock.now()

    def work() -> Json:
        # Looked up here, so that a repeat is answered even if the deed took it out of sight.
        ticket = find(reference, viewer=caller.account)
        if ticket.merged_into_id is not None:
            raise Problem(409, "This request is part of another one now. Go on there.")
        written = act(ticket, caller, now)
        return _stands(ticket, written, caller) | {"remarks": given.remarks(body)}

    return answered.once(
        work, caller=caller.name, key=key, request_hash=fingerprint(request), now=now
    )


def _stands(ticket: "Ticket", written: "Message | Ticket", caller: Caller) -> Json:
    ticket.refresh_from_db()
    team = district.catalogue(viewer=caller.account).teams.get(ticket.team_id or 0)
    return {
        "reference": ticket.reference,
        "status": str(ticket.status),
        "team": team.source_id if team else None,
        "message": written.pk if hasattr(written, "direction") else None,
        "seen": lists.latest_event(ticket, viewer=caller.account),
    }


def _assign(ticket: "Ticket", caller: Caller, body: given.Assign, *, now: datetime) -> "Ticket":
    service = _service(body.service, caller) if body.service else None
    team = _team(body.team, caller) if body.team else None
    person = _person(body.person, caller) if body.person else None
    if service is None and team is None and person is None:
        raise Problem(422, 'Say where it goes: "service", "team" or "person".')
    team = _team_for(ticket, caller, service=service, team=team, person=person)
    by = caller.author.by
    with answering.unmoved(ticket, seen=body.seen, by=by):
        if service is not None:
            account = colleagues.account(caller.account.account_id, viewer=caller.account)
            routing.choose(ticket, service=service, team=team, by=by, account=account, now=now)
        return answering.hand_on(
            ticket, team=team, assignee=person, because=body.because, author=caller.author, now=now
        )


def _team_for(
    ticket: "Ticket",
    caller: Caller,
    *,
    service: "Service | None",
    team: "Team | None",
    person: "Person | None",
) -> "Team":
    """The team it goes to: the one named, the service's, or one that the person works in."""
    named = team or (service.team if service else None)
    if person is None:
        if named is None:
            raise Problem(422, 'Say where it goes: "service", "team" or "person".')
        return named
    teams = colleagues.teams_of(person, viewer=caller.account)
    mine = {each.pk for each in teams}
    if named is not None:
        if named.pk not in mine:
            raise Problem(422, 'This "person" does not work in that team.')
        return named
    return ticket.team if ticket.team is not None and ticket.team_id in mine else teams[0]


def _service(name: str, caller: Caller) -> "Service":
    offered = district.catalogue(viewer=caller.account).services.values()
    number = next((one.id for one in offered if one.source_id == name), None)
    found = colleagues.service(number, viewer=caller.account)
    if found is None:
        raise Problem(422, 'We know no such "service". GET services lists them.')
    return found


def _team(name: str, caller: Caller) -> "Team":
    teams = district.catalogue(viewer=caller.account).teams.values()
    number = next((one.id for one in teams if one.source_id == name), None)
    found = colleagues.team(number, viewer=caller.account)
    if found is None:
        raise Problem(422, 'We know no such "team". GET services lists them.')
    return found


def _person(name: str, caller: Caller) -> "Person":
    known = identify.staff_member(name, viewer=caller.account)
    found = colleagues.member(known.pk if known else None, viewer=caller.account)
    if found is None:
        raise Problem(422, 'This "person" is nobody who works in a team.')
    return found
