"""What must be done inside Homeroom's own code: `python -m bench.furnish WHAT`, by DATABASE_URL.

town FOLDER [PUPILS]    tables, the sample district, and the sign-ins of the bench
tickets N THERE         N requests in the past, beside so many that are there
session EMAIL           a signed-in session's key, printed
"""

import json
import os
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.corpus import WORDS

BATCH = 10_000
LEADER = "elena.ortiz@cedarvalley.example"
TECHNICIAN = "theo.ramos@cedarvalley.example"
MORE_WORDS = ("chromebook", "wifi", "tablet", "speaker")
TODAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
"""The school day that the bench's past ends with."""


def town(folder: Path, pupils: int) -> None:
    """An empty database becomes the sample district."""
    from homeroom.demo import district
    from homeroom.district.actions import make_account
    from homeroom.kit import database
    from homeroom.pipeline import standing

    database.migrate()
    folder.mkdir(parents=True, exist_ok=True)
    district.write(folder, pupils=pupils, today=TODAY.date())
    standing.init(folder, allow_shrink=True)
    make_account(email=LEADER, is_leader=True)
    make_account(email=TECHNICIAN)


def tickets(n: int, there: int) -> None:
    """Load requests by the house's own way for a district's past, some thousand at a time."""
    from homeroom.kit import clock
    from homeroom.pipeline import history

    made = _Past()
    for first in range(there + 1, there + n + 1, BATCH):
        numbers = range(first, min(first + BATCH, there + n + 1))
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            for number in numbers:
                file.write(json.dumps(made.story(number)) + "\n")
            file.flush()
            history.load(Path(file.name), now=clock.now())


class _Past:
    """Requests with the same mix of words, states and owners as the peers' bulk loads."""

    def __init__(self) -> None:
        from homeroom.district.models import Identity, Service

        self.askers = list(
            Identity.objects.filter(kind="email")
            .exclude(person__source_id=None)
            .order_by("id")
            .values_list("person__source_id", "value")[:5000]
        )
        services = Service.objects.exclude(sensitivity__in=("confidential", "safety"))
        self.services = list(
            services.exclude(team=None).order_by("id").values_list("source_id", "team__source_id")
        )
        draw = random.Random(1)
        words = [word for word in (*WORDS, *MORE_WORDS) if len(word) > 2]
        self.bodies = [" ".join(draw.sample(words, 60)) for _ in range(2000)]

    def story(self, number: int) -> dict[str, object]:
        """Request `number`, three minutes before the one before it."""
        person, email = self.askers[number % len(self.askers)]
        service, team = self.services[number % len(self.services)]
        body = self.bodies[number % len(self.bodies)]
        words = body.split()
        subject = f"{words[number % 20].title()} {words[1 + number % 17]}"
        text = f"Room {number % 240} serial SN{number * 7:08d} {body}"
        at = TODAY - timedelta(minutes=3 * number)
        status = ("new", "open", "resolved", "closed", "closed")[number % 5]
        done = (at + timedelta(hours=5)).isoformat() if number % 5 > 1 else None
        turn = {"team": team, "member": None, "at": (at + timedelta(minutes=1)).isoformat()}
        said = {"kind": "in", "by": person, "channel": "email", "text": text}
        return {
            "id": f"bench-{number}",
            "at": at.isoformat(),
            "channel": "email",
            "from": {"name": "", "email": email, "person": person},
            "subject": f"{subject} room {number % 240} case {number}",
            "text": text,
            "audience": "staff",
            "language": "en",
            "school": None,
            "place": None,
            "asset": None,
            "status": status,
            "outcome": "solved" if done else None,
            "opened_at": at.isoformat(),
            "assigned_at": turn["at"],
            "first_reply_at": done,
            "resolved_at": done,
            "closed_at": done if status == "closed" else None,
            "assignee": None,
            "reopened": 0,
            "incident": None,
            "recurring": None,
            "duplicate_of": None,
            "workflow": None,
            "step": None,
            "parent": None,
            "turns": [turn],
            "messages": [{**said, "at": at.isoformat()}],
            "truth": {"service": service, "team": team, "priority": 1 + number % 4, "path": []},
        }


def session(email: str) -> str:
    """The key of a new session of that account."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from homeroom.district.models import Account

    account = Account.objects.get(email=email)
    made = SessionStore()
    made[SESSION_KEY] = str(account.pk)
    made[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    made[HASH_SESSION_KEY] = account.get_session_auth_hash()
    made.save()
    return str(made.session_key)


def main(words: list[str]) -> None:
    """Do one of the things above."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeroom.config")
    import django

    django.setup()
    match words:
        case ["town", folder, *pupils]:
            town(Path(folder), int(pupils[0]) if pupils else 10_000)
        case ["tickets", n, there]:
            tickets(int(n), int(there))
        case ["session", email]:
            print(session(email))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
