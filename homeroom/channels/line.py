"""One message as a JSON line (CONTRACT §4): read strictly, written by the doors we own."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from homeroom.channels.inbound import NO_FORM, Attached, Form, Inbound, Nature, Sender
from homeroom.kit.errors import Expected

CHANNELS = frozenset({"email", "sms", "voice", "chat", "form", "walkup", "slack", "teams", "gchat"})
MAX_TEXT = 200_000
"""Characters of one message that are kept as its words; the raw line keeps the rest."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class BadLine(Expected):
    """A line that is not a message; the text says what is wrong with it."""


def parse(content: bytes | str) -> dict[str, Any]:
    """The JSON object of a line, with the few required keys checked.

    :raises BadLine: with a sentence that names the key.
    """
    try:
        line = json.loads(content)
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise BadLine("This is not a line of JSON.") from None
    if not isinstance(line, dict):
        raise BadLine("A message is one JSON object, in braces.")
    for name in ("id", "at", "channel"):
        if not isinstance(line.get(name), str) or not line[name].strip():
            raise BadLine(f'A message needs "{name}", in quotes.')
    if line["channel"] not in CHANNELS:
        raise BadLine(f'"channel" is one of {", ".join(sorted(CHANNELS))}.')
    if not isinstance(line.get("text"), str) and not isinstance(line.get("raw"), str):
        raise BadLine('A message needs "text", or "raw".')
    moment(line)
    return line


def moment(line: Mapping[str, Any]) -> datetime:
    """When the message was said.

    :raises BadLine: when "at" is no time with its zone.
    """
    try:
        at = datetime.fromisoformat(line["at"])
    except (KeyError, TypeError, ValueError):
        raise BadLine('"at" is a time like 2026-10-05T07:31:00-05:00.') from None
    if at.tzinfo is None:
        raise BadLine('"at" needs its time zone, as in 2026-10-05T07:31:00-05:00.')
    return at


def raw_mail(line: Mapping[str, Any]) -> bytes | None:
    """The message as received, when the line carries it; nothing when it is not base64."""
    raw = line.get("raw")
    if not isinstance(raw, str):
        return None
    try:
        return base64.b64decode(raw, validate=False)
    except (binascii.Error, ValueError):
        return None


def read(line: Mapping[str, Any]) -> Inbound:
    """The message a line holds. `text` is taken as the person wrote it; control characters go."""
    given = line.get("from")
    who: Mapping[str, Any] = given if isinstance(given, dict) else {}
    text = words(line.get("text"))[:MAX_TEXT]
    attachments = tuple(_attached(line.get("attachments")))
    empty = not text.strip() and not attachments and not words(line.get("subject")).strip()
    token = one_line(line.get("token"))
    return Inbound(
        channel=line["channel"],
        external_id=words(line["id"])[:900],
        at=moment(line),
        sender=Sender(
            name=one_line(who.get("name")),
            email=one_line(who.get("email")).lower(),
            phone=one_line(who.get("phone")),
            handle=one_line(who.get("handle")),
            person=one_line(who.get("person")),
        ),
        text=text,
        subject=one_line(line.get("subject")),
        html=words(line.get("html")),
        to=tuple(filter(None, [one_line(line.get("to")).lower()])),
        in_reply_to=one_line(line.get("in_reply_to")).strip("<>"),
        references=tuple(
            one_line(each).strip("<>") for each in _items(line.get("references"))[:100]
        ),
        attachments=attachments,
        nature=Nature.EMPTY if empty else Nature.PERSON,
        nature_why="There is nothing in it." if empty else "",
        recorded_by=one_line(line.get("recorded_by")),
        form=_form(line.get("form")),
        headers={"x-homeroom-token": token} if token else {},
    )


def _form(value: object) -> Form:
    if not isinstance(value, dict):
        return NO_FORM
    given = value.get("given")
    return Form(
        service=one_line(value.get("service")),
        given={
            one_line(name): one_line(said)
            for name, said in (given.items() if isinstance(given, dict) else ())
        },
        declined=one_line(value.get("declined")),
    )


def words(value: object) -> str:
    """Text as the database can hold it; anything that is no text is none."""
    return _UNSEEN.sub("", value) if isinstance(value, str) else ""


def one_line(value: object) -> str:
    """Text without line breaks, for names, subjects and addresses."""
    return " ".join(words(value).split())[:998]


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _attached(value: object) -> list[Attached]:
    files = []
    for each in _items(value)[:50]:
        if not isinstance(each, dict):
            continue
        try:
            content = base64.b64decode(each.get("content") or "", validate=False)
        except (binascii.Error, ValueError, TypeError):
            content = str(each.get("content")).encode()
        files.append(
            Attached(
                name=one_line(each.get("name")) or "file",
                media_type=one_line(each.get("media_type")) or "application/octet-stream",
                content=content,
            )
        )
    return files


def write(
    *,
    id: str,  # noqa: A002
    at: datetime,
    channel: str,
    text: str,
    sender: Mapping[str, str],
    subject: str = "",
    to: str = "",
    in_reply_to: str = "",
    recorded_by: str = "",
    attachments: Sequence[Attached] = (),
    token: str = "",
    form: Form = NO_FORM,
) -> bytes:
    """The bytes of one line, as a door of ours keeps them in an envelope.

    `token` is that of the participant who goes on with their request on its own page.
    """
    line: dict[str, object] = {
        "id": id,
        "at": at.isoformat(),
        "channel": channel,
        "from": dict(sender),
        "text": text,
    }
    optional = {
        "subject": subject,
        "to": to,
        "in_reply_to": in_reply_to,
        "recorded_by": recorded_by,
        "token": token,
        "form": {name: value for name, value in asdict(form).items() if value},
        "attachments": [_written(file) for file in attachments],
    }
    line |= {name: value for name, value in optional.items() if value}
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "replace")


def _written(file: Attached) -> dict[str, str]:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "content": base64.b64encode(file.content).decode(),
    }
