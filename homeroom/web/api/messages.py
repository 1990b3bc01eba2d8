"""Messages handed in by machines, and what was made of them."""

import hashlib
import json
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Header, Router
from ninja.responses import Status

from homeroom.channels import line
from homeroom.kit import answered, clock
from homeroom.pipeline import at_once, handed_in
from homeroom.web.api import given, told
from homeroom.web.api.door import Caller, caller_of
from homeroom.web.api.problems import Problem, no_such_thing

router = Router(tags=["messages"])

WAIT_S = 1.5
"""How long a call waits for understanding; the message is kept and filed before that."""
TRUST = {
    "from.person": "this key may not say who is signed in",
    "recorded_by": "this key may not say who wrote it down",
}

type Json = dict[str, Any]
# Not a `type` statement: ninja looks into the annotation itself.
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="your name for this call: a repeat within 24 h changes nothing",
    ),
]


@router.post(
    "messages",
    response={200: told.MessageTold, 202: told.MessageTold, 422: told.ProblemTold},
    summary="Hand in a message",
    by_alias=True,
)
def hand_in(request: HttpRequest, body: given.Message, idempotency_key: Key = "") -> Status[Json]:
    """Keeps the message, files it, and answers what was made of it.

    202 when it is not understood yet: ask again at `messages/{id}`. Sending the same message
    again, with the same `id`, changes nothing and answers how it stands.
    """
    caller = caller_of(request)
    caller.need("messages")
    content, remarks = _as_line(body, caller)
    line.parse(content)
    now = clock.now()
    if idempotency_key:
        kept = answered.claim(
            caller=caller.name,
            key=idempotency_key,
            request_hash=fingerprint(request),
            now=now,
        )
        if kept is not None:
            return Status(kept.status, kept.body)
    filed = handed_in.take_in(content, channel=body.channel, key=_key(body.id, caller), now=now)
    if not handed_in.is_settled(filed) and filed.message is not None:
        at_once.wait_until_read(filed.message, seconds=WAIT_S)
        filed = handed_in.find(key=_key(body.id, caller), channel=body.channel)[0]
    answer = handed_in.told(filed, viewer=caller.viewer) | {"id": body.id, "remarks": remarks}
    status = 200 if handed_in.is_settled(filed) else 202
    if idempotency_key:
        kept = answered.keep(caller=caller.name, key=idempotency_key, status=status, body=answer)
        return Status(kept.status, kept.body)
    return Status(status, answer)


@router.get(
    "messages/{path:id}",
    response={200: told.MessageTold, 404: told.ProblemTold},
    summary="What was made of a message",
    by_alias=True,
)
def look(request: HttpRequest, id: str, channel: str = "") -> Json:  # noqa: A002
    """How a message stands that a key of the same account handed in."""
    caller = caller_of(request)
    caller.need("messages")
    if channel and channel not in line.CHANNELS:
        raise no_such_thing()
    found = handed_in.find(key=_key(id, caller), channel=channel)
    if not found:
        raise no_such_thing()
    if len(found) > 1:
        raise Problem(409, "Several channels have a message with this id. Say which: ?channel=…")
    return handed_in.told(found[0], viewer=caller.viewer) | {"id": id, "remarks": []}


def fingerprint(request: HttpRequest) -> str:
    """What tells one call from another under the same Idempotency-Key."""
    head = f"{request.method} {request.path}\n".encode("utf-8", "replace")
    return hashlib.sha256(head + request.body).hexdigest()


def _key(id: str, caller: Caller) -> str:  # noqa: A002
    """The name of the envelope: each account's ids are its own, so that none reads another's."""
    name = hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()
    return f"api:{caller.account.account_id}:{name}"


def _as_line(body: given.Message, caller: Caller) -> tuple[bytes, list[str]]:
    """The line of CONTRACT §4 that is kept, and what was left out of it."""
    known = given.known(body)
    remarks = given.remarks(body)
    if "trusted" not in caller.scopes:
        sender = known.get("from")
        if sender and sender.pop("person", None):
            remarks.append(_left_out("from.person"))
        if known.pop("recorded_by", None):
            remarks.append(_left_out("recorded_by"))
    return json.dumps(known, sort_keys=True).encode(), remarks


def _left_out(name: str) -> str:
    return f'"{name}" was left out: {TRUST[name]}.'
