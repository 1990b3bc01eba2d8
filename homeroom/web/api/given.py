"""What callers send: the bodies of the API, and what in them we do not know."""

import json
from collections.abc import Iterator
from typing import Any, Literal, cast

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic import BaseModel, ConfigDict, Field

MOST_REMARKS = 20
_LONGEST_NAME = 60
WORDS = 50_000
"""Characters of an answer or a note."""
NUMBER = 2**53
"""JSON's whole numbers are exact up to here."""

type Json = dict[str, Any]


class Given(BaseModel):
    """A body: keys that are not listed are left out, and named in `remarks`."""

    model_config = ConfigDict(extra="allow")


class From(Given):
    """Who says they are writing; each field is a claim."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    handle: str | None = None
    person: str | None = Field(
        None, description="sourcedId of who is signed in; needs the scope trusted"
    )


class File(Given):
    """A file that comes along."""

    name: str | None = None
    media_type: str | None = None
    content: str = Field(description="base64")


class Message(Given):
    """A message to the district; `text` or `raw` is needed."""

    id: str = Field(min_length=1, max_length=900, description="unique per channel")
    at: str = Field(description="when it was said, with its zone: 2026-10-05T07:31:00-05:00")
    channel: Literal["email", "sms", "voice", "chat", "form", "walkup", "slack", "teams", "gchat"]
    from_: From | None = Field(None, alias="from")
    to: str | None = Field(None, description="address, number or entry it was sent to")
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    in_reply_to: str | None = None
    references: list[str] | None = Field(None, max_length=100)
    recorded_by: str | None = Field(
        None,
        description="sourcedId or address of who wrote it down; needs the scope trusted",
    )
    attachments: list[File] | None = Field(None, max_length=50)
    raw: str | None = Field(
        None, description="base64 of the mail as received; when present it is the truth"
    )


class Seen(Given):
    """What may be said with everything that is done to a request."""

    seen: int | None = Field(
        None, ge=0, le=NUMBER, description="the `seen` you read: refused if a colleague was faster"
    )


class Reply(Seen):
    """An answer to the asker."""

    text: str = Field(min_length=1, max_length=WORDS)


class Note(Given):
    """A note that only staff see."""

    text: str = Field(min_length=1, max_length=WORDS)


class Assign(Seen):
    """Where a request goes: a service and its team, a team, a person, or a person in a team."""

    service: str | None = Field(None, description="id of a service; teaches routing")
    team: str | None = Field(None, description="id of a team")
    person: str | None = Field(None, description="sourcedId or email of who works in a team")
    because: str = Field("", max_length=WORDS, description="why, as a note for staff")


class Resolve(Seen):
    """The end of a request, in a sentence to the asker."""

    text: str = Field(min_length=1, max_length=WORDS, description="what was done")


class Merge(Given):
    """The request that this one becomes part of."""

    into: str = Field(max_length=20, description="its reference")


def known(body: BaseModel) -> Json:
    """What was sent of what we know, under the names it was sent with."""
    fields = type(body).model_fields
    return {
        fields[name].alias or name: _plain(getattr(body, name))
        for name in sorted(body.model_fields_set & fields.keys())
    }


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return known(value)
    return [_plain(each) for each in value] if isinstance(value, list) else value


def remarks(body: BaseModel) -> list[str]:
    """A sentence for each key that was sent and is not known."""
    names = list(_strangers(body, ""))
    said = [f'"{name}" is not known here and was left out.' for name in names[:MOST_REMARKS]]
    more = len(names) - MOST_REMARKS
    return [*said, f"{more} more are not known."] if more > 0 else said


def _strangers(body: BaseModel, before: str) -> Iterator[str]:
    for name in body.model_extra or {}:
        yield before + "".join(each for each in name[:_LONGEST_NAME] if each.isprintable())
    for name, field in type(body).model_fields.items():
        value = getattr(body, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, BaseModel):
                yield from _strangers(each, f"{before}{field.alias or name}.")


class Tolerant(Parser):
    """JSON in which what no database can hold is replaced: null characters, half characters."""

    def parse_body(self, request: HttpRequest) -> Json:
        """The body; numbers and texts at the top pass too, for pydantic to refuse."""
        value = json.loads(request.body)
        # Both can only be written as escapes.
        return cast("Json", whole(value) if b"\\u" in request.body else value)


def whole(value: object) -> object:
    """The same JSON, with every text such that it can be stored and sent."""
    if isinstance(value, str):
        text = value.replace("\0", "\ufffd")
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [whole(each) for each in value]
    if isinstance(value, dict):
        return {str(whole(name)): whole(each) for name, each in value.items()}
    return value
