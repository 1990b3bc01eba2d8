"""The rows of a past: requests, what was said in them, who had them, and their log."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from homeroom.kit import ids
from homeroom.kit.text import fold
from homeroom.pipeline.chronicle import Known, moment, told
from homeroom.tickets.log import PAST

TABLES = ("tickets_ticket", "tickets_message", "tickets_participant", "tickets_event")
TICKET = (
    "id",
    "reference",
    "subject",
    "status",
    "priority",
    "language",
    "channel",
    "sensitivity",
    "safety",
    "requester_id",
    "certainty",
    "requester_name",
    "org_id",
    "place_id",
    "asset_id",
    "context",
    "service_id",
    "team_id",
    "assignee_id",
    "needs_triage",
    "opened_at",
    "changed_at",
    "read_at",
    "replied_at",
    "resolved_at",
    "last_text",
    "last_at",
    "last_by_asker",
    "merged_into_id",
)
MESSAGE = (
    "id",
    "ticket_id",
    "direction",
    "is_public",
    "channel",
    "external_id",
    "person_id",
    "sender_name",
    "sender_address",
    "subject",
    "text",
    "cut",
    "language",
    "kind",
    "remarks",
    "at",
    "recorded_at",
    "read_at",
)
PARTICIPANT = (
    "ticket_id",
    "role",
    "person_id",
    "kind",
    "value",
    "name",
    "is_verified",
    "token",
)
EVENT = (
    "at",
    "recorded_at",
    "type",
    "ticket_id",
    "message_id",
    "actor_kind",
    "actor_id",
    "data",
    "version",
)


class Rows:
    """The rows of many requests, gathered and written in four COPYs."""

    def __init__(self, *, known: Known, now: datetime) -> None:
        self.known = known
        self.now = now
        self.words: list[tuple[int, str]] = []
        self.rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        self._ticket_id = _next("tickets_ticket")
        self._message_id = _next("tickets_message")

    def add(self, story: Mapping[str, Any]) -> None:
        """One request with its messages, its asker and its events."""
        pk = self._ticket_id
        self._ticket_id += 1
        self.known.tickets[story["id"]] = pk
        said = [self._message(pk, story, each) for each in story["messages"]]
        self._ticket(pk, story)
        self._participant(pk, story)
        self._events(pk, story, said)
        texts = [story["subject"] or "", story["from"].get("name") or ""]
        texts += [each["text"] for each in story["messages"]]
        self.words.append((pk, fold(" ".join(texts))))

    def _ticket(self, pk: int, story: Mapping[str, Any]) -> None:
        known, who, truth = self.known, story["from"], story["truth"]
        service = known.services.get(truth["service"])
        person = known.people.get(who.get("person") or "")
        last = [each for each in story["messages"] if each["kind"] != "note"][-1]
        ended = story["closed_at"] or story["resolved_at"] or last["at"]
        twin = story.get("duplicate_of") if story["outcome"] == "merged" else None
        values: dict[str, Any] = {
            "id": pk,
            "reference": ids.reference(pk),
            "subject": (story["subject"] or story["text"])[:300],
            "priority": truth["priority"],
            "sensitivity": service[1] if service else "internal",
            "safety": "",
            "requester_id": person,
            "certainty": "claimed" if person else "unknown",
            "requester_name": who.get("name") or "",
            "org_id": known.orgs.get(story["school"] or ""),
            "place_id": known.places.get(story["place"] or ""),
            "asset_id": known.assets.get(story["asset"] or ""),
            "context": "{}",
            "service_id": service[0] if service else None,
            "team_id": self._team(story),
            "assignee_id": known.people.get(story["assignee"] or ""),
            "needs_triage": False,
            "changed_at": max([ended, last["at"]], key=moment),
            "read_at": story["opened_at"],
            "replied_at": story["first_reply_at"],
            "last_text": last["text"][:300],
            "last_at": last["at"],
            "last_by_asker": last["kind"] == "in",
            "merged_into_id": known.tickets.get(twin or ""),
        }
        row = tuple(values.get(name, story.get(name)) for name in TICKET)
        self.rows["tickets_ticket"].append(row)

    def _team(self, story: Mapping[str, Any]) -> int | None:
        turns = story["turns"]
        return self.known.teams.get(turns[-1]["team"]) if turns else None

    def _message(self, ticket: int, story: Mapping[str, Any], said: Mapping[str, Any]) -> int:
        pk = self._message_id
        self._message_id += 1
        is_first = said is story["messages"][0]
        who = story["from"]
        comes_in = said["kind"] == "in"
        address = (who.get("email") or who.get("phone") or "") if comes_in else ""
        self.rows["tickets_message"].append(
            (
                pk,
                ticket,
                said["kind"],
                said["kind"] != "note",
                said["channel"],
                f"{story['id']}/{pk}",
                self.known.people.get(said["by"] or ""),
                (who.get("name") or "") if comes_in else "",
                address,
                (story["subject"] or "") if is_first else "",
                said["text"],
                "",
                story["language"],
                "request" if is_first else "follow_up",
                "[]",
                said["at"],
                said["at"],
                said["at"],
            )
        )
        return pk

    def _participant(self, ticket: int, story: Mapping[str, Any]) -> None:
        who = story["from"]
        value = who.get("email") or who.get("phone")
        if value:
            kind = "email" if who.get("email") else "phone"
            person = self.known.people.get(who.get("person") or "")
            self.rows["tickets_participant"].append(
                (
                    ticket,
                    "requester",
                    person,
                    kind,
                    value,
                    who.get("name") or "",
                    False,
                    ids.token(),
                )
            )

    def _events(self, ticket: int, story: Mapping[str, Any], said: list[int]) -> None:
        happened = sorted(told(story, said, self.known), key=lambda each: moment(each[0]))
        for at, kind, message, actor, data in happened:
            self.rows["tickets_event"].append(
                (
                    at,
                    at,
                    kind,
                    ticket,
                    message,
                    "person",
                    actor,
                    json.dumps(data),
                    1,
                )
            )

    def write(self) -> None:
        """COPY everything, then make it findable and set the counters behind it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE words (id bigint, said text) ON COMMIT DROP;"
                "CREATE TEMP TABLE past (LIKE tickets_ticket INCLUDING DEFAULTS) ON COMMIT DROP"
            )
            _copy(cursor, "words", ("id", "said"), self.words)
            _copy(cursor, "past", TICKET, self.rows["tickets_ticket"])
            columns = ", ".join(TICKET)
            cursor.execute(
                f"""INSERT INTO tickets_ticket ({columns}, search) OVERRIDING SYSTEM VALUE
                    SELECT {", ".join("past." + each for each in TICKET)},
                           to_tsvector('simple', left(words.said, 20000))
                    FROM past JOIN words USING (id) ORDER BY past.id"""  # noqa: S608
            )
            _copy(cursor, "tickets_message", MESSAGE, self.rows["tickets_message"])
            _copy(cursor, "tickets_participant", PARTICIPANT, self.rows["tickets_participant"])
            _copy(cursor, "tickets_event", EVENT, _marked(self.rows["tickets_event"]))
            for table in ("tickets_ticket", "tickets_message"):
                newest = f"SELECT greatest(max(id), 1) FROM {table}"  # noqa: S608
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, 'id'), ({newest}))", [table]
                )


def _marked(events: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The events, of which the first tells readers of the log to step over all of them."""
    if not events:
        return events
    first = dict(zip(EVENT, events[0], strict=True))
    first["data"] = json.dumps({**json.loads(first["data"]), PAST: True})
    return [tuple(first.values()), *events[1:]]


def _copy(cursor: Any, table: str, columns: Iterable[str], rows: list[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def _next(table: str) -> int:
    """The first free id of a table; the lock keeps it free until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])
