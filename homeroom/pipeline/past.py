"""The rows of a past: requests, what was said in them, who had them, and their log."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from homeroom.district.models import Asset, Org, Person, Place, Service, Team
from homeroom.kit import ids
from homeroom.kit.text import fold
from homeroom.tickets.log import Type

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


@dataclass(slots=True, kw_only=True)
class Known:
    """Rows of the standing facts by the names the history uses."""

    people: dict[str, int]
    teams: dict[str, int]
    services: dict[str, tuple[int, str, str]]
    orgs: dict[str, int]
    places: dict[str, int]
    assets: dict[str, int]
    tickets: dict[str, int] = field(default_factory=dict)


def known() -> Known:
    """Every source id there is, in six queries."""

    def pairs(model: Any, name: str = "source_id") -> dict[str, int]:
        return dict(model.objects.values_list(name, "pk"))

    return Known(
        people=pairs(Person),
        teams=pairs(Team),
        services={
            source: (pk, sensitivity, name)
            for source, pk, sensitivity, name in Service.objects.values_list(
                "source_id", "pk", "sensitivity", "name"
            )
        },
        orgs=pairs(Org),
        places=pairs(Place),
        assets=pairs(Asset, "tag"),
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
        who, truth = story["from"], story["truth"]
        service = self.known.services.get(truth["service"])
        public = [each for each in story["messages"] if each["kind"] != "note"]
        last = public[-1]
        ends = [story[name] for name in ("closed_at", "resolved_at") if story[name]]
        person = self.known.people.get(who.get("person") or "")
        self.rows["tickets_ticket"].append(
            (
                pk,
                ids.reference(pk),
                (story["subject"] or story["text"])[:300],
                story["status"],
                truth["priority"],
                story["language"],
                story["channel"],
                service[1] if service else "internal",
                "",
                person,
                "claimed" if person else "unknown",
                who.get("name") or "",
                self.known.orgs.get(story["school"] or ""),
                self.known.places.get(story["place"] or ""),
                self.known.assets.get(story["asset"] or ""),
                "{}",
                service[0] if service else None,
                self._team(story),
                self.known.people.get(story["assignee"] or ""),
                False,
                story["opened_at"],
                max([*ends[:1], last["at"]], key=_moment),
                story["opened_at"],
                story["first_reply_at"],
                story["resolved_at"],
                last["text"][:300],
                last["at"],
                last["kind"] == "in",
                self.known.tickets.get(story.get("duplicate_of") or "")
                if story["outcome"] == "merged"
                else None,
            )
        )

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
        told = sorted(self._told(story, said), key=lambda each: _moment(each[0]))
        for at, kind, message, actor, data in told:
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

    def _told(
        self, story: Mapping[str, Any], said: list[int]
    ) -> Iterator[tuple[str, str, int | None, int | None, dict[str, Any]]]:
        """What the log says of one request: when, what, which message, who, and the facts."""
        truth, opened = story["truth"], story["opened_at"]
        asker = self.known.people.get(story["from"].get("person") or "")
        service = self.known.services.get(truth["service"])
        first = {"status": "new", "priority": truth["priority"]}
        yield opened, Type.OPENED, None, asker, {"set": first, "channel": story["channel"]}
        names = {"in": Type.RECEIVED, "out": Type.SENT, "note": Type.NOTED}
        for each, pk in zip(story["messages"], said, strict=True):
            by = self.known.people.get(each["by"] or "")
            yield each["at"], names[each["kind"]], pk, by, {"channel": each["channel"]}
        if service:
            yield opened, Type.CLASSIFIED, None, None, {"set": {"service_id": service[0]}}
        yield from self._turns(story)
        yield from self._ends(story)

    def _turns(
        self, story: Mapping[str, Any]
    ) -> Iterator[tuple[str, str, int | None, int | None, dict[str, Any]]]:
        before: dict[str, int | None] = {"team_id": None, "assignee_id": None}
        turns = story["turns"]
        for number, turn in enumerate(turns):
            assignee = self.known.people.get(turn["member"] or "")
            if number == len(turns) - 1:
                assignee = self.known.people.get(story["assignee"] or "")
            after = {"team_id": self.known.teams.get(turn["team"]), "assignee_id": assignee}
            yield turn["at"], Type.ASSIGNED, None, assignee, {"set": after, "was": before}
            before = after
        status = story["status"] if story["status"] in {"open", "waiting"} else "open"
        if turns and story["status"] != "new":
            at = turns[0]["at"]
            yield at, Type.RESUMED, None, before["assignee_id"], {"set": {"status": "open"}}
            if status == "waiting":
                yield turns[-1]["at"], Type.WAITED, None, None, {"set": {"status": "waiting"}}

    def _ends(
        self, story: Mapping[str, Any]
    ) -> Iterator[tuple[str, str, int | None, int | None, dict[str, Any]]]:
        by = self.known.people.get(story["assignee"] or "")
        if story["resolved_at"] and story["status"] in {"resolved", "closed"}:
            yield story["resolved_at"], Type.RESOLVED, None, by, {"set": {"status": "resolved"}}
        if story["status"] == "closed":
            at = story["closed_at"] or story["resolved_at"]
            yield at, Type.CLOSED, None, None, {"set": {"status": "closed"}}
        into = self.known.tickets.get(story.get("duplicate_of") or "")
        if story["outcome"] == "merged" and into:
            at = story["closed_at"] or story["resolved_at"] or story["opened_at"]
            yield at, Type.MERGED, None, by, {"set": {"merged_into_id": into}}

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
            _copy(cursor, "tickets_event", EVENT, self.rows["tickets_event"])
            for table in ("tickets_ticket", "tickets_message"):
                newest = f"SELECT greatest(max(id), 1) FROM {table}"  # noqa: S608
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, 'id'), ({newest}))", [table]
                )


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


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
