"""An old mailbox as history: each thread is one request; the staff's own words are its answers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any

from homeroom.channels.email import addresses, reading
from homeroom.channels.inbound import Inbound, Nature
from homeroom.district.models import Membership
from homeroom.kit.mail.bounds import MessageTooLarge, check_size
from homeroom.pipeline.known_names import Names
from homeroom.pipeline.stories import Line, Old

CLOSES_AFTER = timedelta(days=30)
"""A thread this long silent at the end of its mailbox is closed: nobody waits for it any more."""
_FROM = re.compile(rb"^From \S+ .*\d{4}")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class Thread:
    """Messages that answer each other, oldest first."""

    said: list[Inbound] = field(default_factory=list)


def stories_of(path: Path, *, names: Names, refused: list[str]) -> Iterator[dict[str, Any]]:
    """The story of each thread that somebody outside a team began; bad messages are named."""
    staff = set(
        Membership.objects.filter(person__identities__kind="email").values_list(
            "person__identities__value", flat=True
        )
    )
    threads: dict[str, Thread] = {}
    newest: datetime | None = None
    with path.open("rb") as file:
        own = addresses.own()
        for line, raw in _messages(file):
            try:
                check_size(len(raw))
                inbound = reading.read(raw, received_at=_unknown(), own=own)
            except MessageTooLarge as error:
                refused.append(f"{path.name}:{line}: {error}")
                continue
            at = _date(inbound)
            if at is None:
                refused.append(f"{path.name}:{line}: it does not say when it was sent.")
            elif inbound.nature is not Nature.PERSON:
                refused.append(f"{path.name}:{line}: {inbound.nature_why or 'no person wrote it.'}")
            else:
                newest = max(newest or at, at)
                _join(threads, inbound)
    for one in {id(each): each for each in threads.values()}.values():
        told = _story(one, names=names, staff=staff, until=newest or _unknown(), box=path.stem)
        if told is not None:
            yield told


def _messages(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each message of an mbox (mboxrd) with the number of its first line."""
    lines: list[bytes] = []
    start, is_blank = 1, True
    for number, line in enumerate(file, 1):
        if is_blank and _FROM.match(line):
            if lines:
                yield start, _ESCAPED.sub(rb"\1", b"".join(lines))
            lines, start = [], number
        else:
            lines.append(line)
        is_blank = not line.strip()
    if lines:
        yield start, _ESCAPED.sub(rb"\1", b"".join(lines))


def _unknown() -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC)


def _date(inbound: Inbound) -> datetime | None:
    """When it says it was sent."""
    try:
        at = parsedate_to_datetime(inbound.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _join(threads: dict[str, Thread], inbound: Inbound) -> None:
    """Put a message into the thread that it answers, or begin one."""
    before = (inbound.in_reply_to, *reversed(inbound.references))
    thread = next((threads[one] for one in before if one in threads), None) or Thread()
    thread.said.append(inbound)
    threads[inbound.external_id] = thread


def _story(
    thread: Thread, *, names: Names, staff: set[str], until: datetime, box: str
) -> dict[str, Any] | None:
    said = sorted(thread.said, key=lambda one: _date(one) or _unknown())
    first = said[0]
    if first.sender.email in staff:
        return None
    lines = [
        Line(
            at=_date(one) or _unknown(),
            kind="out" if one.sender.email in staff else "in",
            by=names.people.get(one.sender.email),
            channel="email",
            text=one.text or one.subject,
        )
        for one in said
    ]
    answers = [one for one in lines if one.kind == "out"]
    is_over = bool(answers) or until - lines[-1].at > CLOSES_AFTER
    helper = answers[-1].by if answers else None
    return Old(
        key=f"import:{box}:{first.external_id}",
        said=lines,
        subject=first.subject,
        asker={
            "name": first.sender.name,
            "email": first.sender.email,
            "phone": "",
            "person": lines[0].by,
        },
        team=names.team_of_person.get(helper or "", ""),
        status="closed" if is_over else "open",
        ended=lines[-1].at if is_over else None,
        replied=answers[0].at if answers else None,
        helper=helper,
    ).story()
