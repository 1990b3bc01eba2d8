"""Requests, to be read: the queues and one request."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.core import signing
from django.http import HttpRequest
from ninja import Query, Router

from homeroom.district.permissions import Viewer
from homeroom.kit.ids import ALPHABET
from homeroom.tickets import queries
from homeroom.tickets.queries import PAGE, Queue
from homeroom.web.api import drawn, told
from homeroom.web.api.door import caller_of
from homeroom.web.api.problems import Problem, no_such_thing

if TYPE_CHECKING:
    from homeroom.tickets.models import Ticket

router = Router(tags=["tickets"])

type Name = Literal["mine", "team", "unowned", "triage", "due", "waiting", "all", "done"]
type Json = dict[str, Any]
_SALT = "api list"
_LETTERS = frozenset(ALPHABET + "-")


@router.get(
    "tickets",
    response={200: told.Rows, 422: told.ProblemTold},
    summary="One page of a queue",
)
def page(
    request: HttpRequest,
    queue: Name = "all",
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=100)] = PAGE,
) -> Json:
    """The requests of a queue that the key's account may see."""
    caller = caller_of(request)
    caller.need("read")
    wanted = queries.queue(queue, viewer=caller.viewer)
    rows = queries.page(wanted, viewer=caller.viewer, after=_after(after, wanted), limit=limit)
    return {
        "queue": queue,
        "tickets": [drawn.row(row, viewer=caller.viewer) for row in rows[:limit]],
        "next": _key(rows[limit - 1], wanted) if len(rows) > limit else None,
    }


@router.get(
    "tickets/{reference}",
    response={200: told.Ticket, 404: told.ProblemTold},
    summary="One request",
)
def one(request: HttpRequest, reference: str) -> Json:
    """The request with what was said in it (`thread`) and what happened to it (`events`)."""
    caller = caller_of(request)
    caller.need("read")
    return drawn.ticket(find(reference, viewer=caller.viewer), viewer=caller.viewer)


def find(reference: str, *, viewer: Viewer) -> "Ticket":
    """The request of that reference.

    :raises Problem: 404, the same when there is none and when the viewer may not see it.
    """
    name = reference.strip().upper()
    ticket = queries.by_reference(name, viewer=viewer) if _LETTERS.issuperset(name) else None
    if ticket is None:
        raise no_such_thing()
    return ticket


def _key(row: dict[str, object], queue: Queue) -> str:
    """The place after a row, signed so that it stays ours."""
    values = [row[name.removeprefix("-")] for name in queue.order]
    written = [each.isoformat() if isinstance(each, datetime) else each for each in values]
    return signing.dumps([queue.name, *written], salt=_SALT)


def _after(given: str, queue: Queue) -> Sequence[object]:
    if not given:
        return ()
    try:
        name, *values = signing.loads(given, salt=_SALT)
        if name == queue.name:
            return tuple(
                datetime.fromisoformat(each) if isinstance(each, str) else each for each in values
            )
    except (signing.BadSignature, ValueError, TypeError):
        pass
    raise Problem(422, '"after" is no place in this queue. Start again without it.')
