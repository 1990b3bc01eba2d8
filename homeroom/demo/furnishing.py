"""What the demonstration needs before anybody moves in: tables, the sample district, sign-ins."""

import json
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from homeroom.demo import district, history
from homeroom.district.actions import make_account
from homeroom.district.models import Account, District
from homeroom.kit import clock, database
from homeroom.kit.errors import Expected
from homeroom.kit.ids import ALPHABET
from homeroom.kit.postgres.cluster import write_private
from homeroom.pipeline import history as past
from homeroom.pipeline import standing
from homeroom.tickets.models import Ticket

NAME = "Cedar Valley Schools"
SIGN_INS = "sign-ins.json"
"""Beside the sample, for the owner's eyes alone."""
REQUESTS_PER_PUPIL = 3
"""A year of history has 30,000 requests for 10,000 pupils, as the catalogue's rates say."""

type Step = Callable[[str], AbstractContextManager[None]]


class AnotherDistrictError(Expected):
    """The install already belongs to somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who may sign in to the demonstration, and how."""

    email: str
    password: str
    who: str
    is_at_desk: bool = False
    """Whether the simulated day has them work there."""


CAST = (
    ("theo.ramos@cedarvalley.example", "Theo Ramos, classroom technician"),
    ("priya.kaur@cedarvalley.example", "Priya Kaur, service desk"),
    ("alma.grant@cedarvalley.example", "Alma Grant, transportation lead"),
    ("dana.lee@cedarvalley.example", "Dana Lee, science teacher"),
    ("elena.ortiz@cedarvalley.example", "Dr. Elena Ortiz, superintendent"),
    ("morgan.hale@cedarvalley.example", "Morgan Hale, administrator of Homeroom"),
)
AT_DESK = frozenset(email for email, _ in CAST[:3])


def furnish(folder: Path, *, pupils: int, tell: Step) -> list[SignIn]:
    """Bring the install to the state of the sample district; what is done already is skipped.

    Raises AnotherDistrictError when the install holds a district that is not the sample.
    """
    if database.pending():
        with tell("Preparing the database"):
            database.migrate()
    there = District.objects.first()
    if there is not None and there.name != NAME:
        raise AnotherDistrictError(
            f"This install belongs to {there.name}: name another folder in HOMEROOM_HOME."
        )
    if there is None or not Ticket.objects.exists():
        _move_in(folder, pupils, tell)
    return _sign_ins(folder.parent / SIGN_INS)


def _move_in(folder: Path, pupils: int, tell: Step) -> None:
    """Write the sample district and a year of its requests, and load both."""
    now = clock.now()
    with tell(f"Writing a sample district of {pupils:,} pupils"):
        folder.mkdir(parents=True, exist_ok=True)
        district.write(folder, pupils=pupils, today=now.date())
    with tell("Loading its people, places and services"):
        standing.init(folder, allow_shrink=True)
    year = folder.parent / "sample-history.jsonl"
    count = pupils * REQUESTS_PER_PUPIL
    with tell(f"Writing a year of {count:,} requests"):
        history.write(year, folder=folder, today=now.date(), n=count)
    with tell("Loading that year"):
        past.load(year, now=now)


def _sign_ins(kept: Path) -> list[SignIn]:
    """The sign-ins of the cast; made once, with passwords of this install's own."""
    if kept.exists():
        known = [SignIn(**one) for one in json.loads(kept.read_text())]
        if Account.objects.filter(email__in=[one.email for one in known]).count() == len(known):
            return known
    made = [
        SignIn(email=email, password=_password(), who=who, is_at_desk=email in AT_DESK)
        for email, who in CAST
    ]
    for one in made:
        make_account(
            email=one.email,
            password=one.password,
            is_administrator=one.email.startswith("morgan."),
            is_leader=one.email.startswith("elena."),
        )
    write_private(kept, json.dumps([asdict(one) for one in made], indent=2))
    return made


def _password() -> str:
    """Twelve letters and figures that can be read aloud: 58 bits."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(12)).lower()
    return f"{drawn[:4]}-{drawn[4:8]}-{drawn[8:]}"
