"""One row of an older system as the story of a request, in the shape that a past is loaded from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from homeroom.kit.text import fold
from homeroom.pipeline import columns
from homeroom.pipeline.columns import BadRow, Map
from homeroom.pipeline.known_names import Names

MOST_TEXT = 200_000
"""Characters kept of one message."""
ENDS = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something said in an old request. `kind` is in or out, `by` a sourcedId."""

    at: datetime
    kind: str
    by: str | None
    channel: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """An old request; what the older system did not say is empty. Ids are source ids."""

    key: str
    said: Sequence[Line]
    subject: str
    asker: Mapping[str, str | None]
    """name, email, phone, person"""
    status: str
    ended: datetime | None
    replied: datetime | None
    helper: str | None
    service: str = ""
    team: str = ""
    priority: int = 3
    school: str = ""
    place: str = ""
    asset: str = ""
    language: str = "en"

    def story(self) -> dict[str, Any]:
        """In the shape that `homeroom.pipeline.past` loads."""
        first = self.said[0]
        at, end = first.at.isoformat(), self.ended.isoformat() if self.ended else None
        turns = [{"team": self.team, "member": self.helper, "at": at}] if self.team else []
        return {
            "id": self.key[:700], "at": at, "opened_at": at, "subject": self.subject,
            "text": first.text, "channel": first.channel, "language": self.language,
            "from": dict(self.asker), "school": self.school or None, "place": self.place or None,
            "truth": {"service": self.service or None, "priority": self.priority},
            "asset": self.asset or None, "status": self.status, "turns": turns,
            "outcome": "solved" if end else None, "assignee": self.helper,
            "first_reply_at": self.replied.isoformat() if self.replied else None,
            "resolved_at": end, "closed_at": end if self.status == "closed" else None,
            "messages": [asdict(one) | {"at": one.at.isoformat()} for one in self.said],
        }  # fmt: skip


def story(
    row: Mapping[str, str], *, given: Map, names: Names, zone: ZoneInfo, source: str
) -> dict[str, Any]:
    """The story of one row, whose keys are our names of the columns.

    :raises BadRow: when it has no number, no date or nothing in it.
    """
    key = row.get("id", "").strip()
    if not key:
        raise BadRow("it has no number of its own (id).")
    at = columns.moment(row.get("at", ""), given, zone=zone)
    if at is None:
        raise BadRow("it does not say when it was opened.")
    subject = row.get("subject", "").strip()[:998]
    if not subject and not row.get("text", "").strip():
        raise BadRow("nothing was said in it.")
    said, ended, status = _said(row, given, names, at=at, zone=zone)
    owner = _owner(row, given, names)
    first = columns.moment(row.get("first_reply_at", ""), given, zone=zone)
    return Old(
        key=f"import:{source}:{key}",
        said=said,
        subject=subject,
        asker=_asker(row, names),
        service=owner["service"],
        team=owner["team"],
        priority=_priority(row, given),
        status=status,
        ended=ended,
        replied=first or (ended if len(said) > 1 else None),
        school=names.find("schools", columns.meaning("school", row.get("school", ""), given)),
        place=names.places.get(fold(row.get("place", "")), ""),
        asset=row.get("asset", "").strip(),
        helper=_helper(row, names),
        language=row.get("language", "").strip()[:2].lower() or "en",
    ).story()


def _said(
    row: Mapping[str, str], given: Map, names: Names, *, at: datetime, zone: ZoneInfo
) -> tuple[list[Line], datetime | None, str]:
    """What was asked and answered, when it ended, and how it stands."""
    status = _status(row, given)
    ended = columns.moment(row.get("resolved_at", ""), given, zone=zone)
    ended = max(ended or at, at) if ended or status in ENDS else None
    if ended and status not in {"open", "waiting", "new"}:
        status = "closed"
    text = (row.get("text", "").strip() or row.get("subject", "").strip())[:MOST_TEXT]
    channel = _channel(row, given)
    asked = Line(at=at, kind="in", by=_asker(row, names)["person"], channel=channel, text=text)
    answer = row.get("resolution", "").strip()[:MOST_TEXT]
    if not answer:
        return [asked], ended, status
    helper = _helper(row, names)
    told = Line(at=ended or at, kind="out", by=helper, channel=channel, text=answer)
    return [asked, told], ended, status


def _helper(row: Mapping[str, str], names: Names) -> str | None:
    given = row.get("assignee", "").strip()
    return names.people.get(given.lower()) or names.people.get(fold(given))


def _owner(row: Mapping[str, str], given: Map, names: Names) -> dict[str, str]:
    """Service and team, from whichever of service, team and department the file knows."""
    found = {
        what: names.find(f"{what}s", columns.meaning(what, row.get(what, ""), given))
        for what in ("service", "team", "department")
    }
    team = found["team"] or names.team_of.get(found["service"]) or ""
    return {
        "service": found["service"],
        "team": team or names.team_of.get(found["department"], ""),
    }


def _asker(row: Mapping[str, str], names: Names) -> dict[str, str | None]:
    email = row.get("email", "").strip().lower()[:320]
    name = row.get("name", "").strip()[:200]
    if not email and "@" in name:
        email = name.lower()[:320]
    person = names.people.get(email) or row.get("person", "").strip()
    return {"name": name, "email": email, "phone": row.get("phone", "").strip()[:40],
            "person": person or None}  # fmt: skip


def _status(row: Mapping[str, str], given: Map) -> str:
    found = columns.meaning("status", row.get("status", ""), given)
    return found if found in {"new", "open", "waiting", "resolved", "closed"} else "closed"


def _priority(row: Mapping[str, str], given: Map) -> int:
    found = columns.meaning("priority", row.get("priority", ""), given)
    return int(found) if found in {"1", "2", "3", "4"} else 3


def _channel(row: Mapping[str, str], given: Map) -> str:
    found = columns.meaning("channel", row.get("channel", ""), given)
    known = {"email", "sms", "voice", "chat", "form", "walkup", "slack", "teams", "gchat"}
    return found if found in known else "form"
