"""What is offered, and what happened."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from homeroom.tickets import queries
from homeroom.web.api import drawn, told
from homeroom.web.api.door import caller_of
from homeroom.web.api.given import NUMBER
from homeroom.web.api.problems import Problem

router = Router()

type Json = dict[str, Any]


@router.get("services", response=told.Offers, summary="What is offered", tags=["services"])
def services(request: HttpRequest) -> Json:
    """Everything one can ask for, who does it and what is promised."""
    caller = caller_of(request)
    caller.need("read")
    return {"services": drawn.services(viewer=caller.viewer)}


@router.get(
    "events",
    response={200: told.Events, 403: told.ProblemTold},
    summary="Follow the log",
    tags=["events"],
)
def events(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=NUMBER, description="`next` of the last call")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Json:
    """Events that happened after the given one, each once, none stepped over.

    Facts and ids, never words or names. When there are none, `next` stays: ask again later.
    """
    caller = caller_of(request)
    caller.need("events")
    if caller.account.kind != "administrator":
        raise Problem(403, "Only an administrator's key follows the log.")
    found = queries.events_after(after, viewer=caller.account, limit=limit)
    return {
        "events": [drawn.event(each) for each in found],
        "next": found[-1].pk if found else after,
    }
