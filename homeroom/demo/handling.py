"""How the district deals with a request: who has it when, and when it is answered and solved."""

import random
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from math import exp

from homeroom.demo import shelf
from homeroom.demo.arrivals import Opening
from homeroom.demo.folder import Folder, Team
from homeroom.demo.schoolyear import is_working_day

_HOURS = re.compile(r"Mo-Fr (\d\d):(\d\d)-(\d\d):(\d\d)")
# First contact at a wrong office: 35 % overall in the catalogue's noise rates, less by form.
_WRONG_FIRST = {"form": 0.15, "walkup": 0.25, "email": 0.4, "voice": 0.4, "chat": 0.3, "sms": 0.3}
# Median share of the promised time that is used, and the spread (sigma of the logarithm).
_FIRST_REPLY, _RESOLVE, _SPREAD = 0.3, 0.38, 0.95
_LONGEST = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One team having the request from then on."""

    team: str
    member: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What was done: the turns in order, the first answer, and the end."""

    turns: tuple[Turn, ...]
    first_reply: datetime
    resolved: datetime
    priority: int


@cache
def _open_on(day: date) -> bool:
    return is_working_day(day)


def working_minutes(hours: str) -> tuple[int, int]:
    """Opening and closing in minutes after midnight; a team that never closes gives 0 and 1440."""
    match = _HOURS.fullmatch(hours)
    if match is None:
        return 0, 24 * 60
    opens, opens_past, closes, closes_past = (int(part) for part in match.groups())
    return opens * 60 + opens_past, closes * 60 + closes_past


def after(at: datetime, minutes: float, hours: str) -> datetime:
    """The moment when `minutes` of the team's working time have passed since `at`."""
    opens, closes = working_minutes(hours)
    always = (opens, closes) == (0, 24 * 60)
    day, now = at.date(), at.hour * 60 + at.minute + at.second / 60
    while True:
        if always or _open_on(day):
            begin = max(now, opens)
            if begin + minutes <= closes:
                midnight = datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)
                return midnight + timedelta(seconds=round(60 * (begin + minutes)))
            minutes -= max(0, closes - begin)
        day, now = day + timedelta(days=1), 0


def handle(opening: Opening, folder: Folder, draw: random.Random) -> Handling:
    """How this request is dealt with."""
    service = folder.services[opening.service]
    turns = _turns(opening, folder, draw)
    last = turns[-1]
    team = folder.teams[last.team]
    slow = _slowness(last.team, opening.at.month)
    priority = _priority(opening, service["default_priority"], draw)
    hurry = {1: 0.08, 2: 0.4}.get(priority, 1.0)
    first = service["first_response_hours"] * 60 * _FIRST_REPLY * slow * hurry
    whole = service["resolve_hours"] * 60 * _RESOLVE * slow * hurry
    replied = after(last.at, _spread(first, draw), team.hours)
    return Handling(
        turns=turns,
        first_reply=replied,
        resolved=after(replied, _spread(whole, draw), team.hours),
        priority=priority,
    )


def _spread(median: float, draw: random.Random) -> float:
    return median * min(_LONGEST, exp(draw.gauss(0, _SPREAD)))


def _priority(opening: Opening, usual: int, draw: random.Random) -> int:
    if opening.incident:
        return min(usual, 2)
    return max(1, usual - (draw.random() < 0.12))


def _slowness(team: str, month: int) -> float:
    for slow in shelf.from_toml("truths.toml")["slow"]:
        if slow["team"] == team and month in slow["months"]:
            return float(slow["factor"])
    return 1.0


def _turns(opening: Opening, folder: Folder, draw: random.Random) -> tuple[Turn, ...]:
    service = folder.services[opening.service]
    teams = [t for t in opening.detour if t in folder.teams] or _detour(opening, folder, draw)
    at = opening.at
    turns = []
    for number, name in enumerate([*teams, service["team"]]):
        team = folder.teams[name]
        # The first look takes minutes, passing a request on takes hours.
        median = 12 if number == 0 else 150
        at = after(at, _spread(median, draw), team.hours)
        turns.append(Turn(team=name, member=_member(team, folder, draw), at=at))
    return tuple(turns)


def _detour(opening: Opening, folder: Folder, draw: random.Random) -> list[str]:
    service = folder.services[opening.service]
    wrong = _WRONG_FIRST[opening.channel]
    if service["sensitivity"] == "safety" or opening.incident or draw.random() >= wrong:
        return []
    confused = [
        folder.services[s]["team"] for s in service["often_confused_with"] if s in folder.services
    ]
    desk = "it.service_desk" if opening.audience == "staff" else "front.office"
    others = [team for team in dict.fromkeys([*confused, desk]) if team != service["team"]]
    return (
        draw.sample(others, 2 if len(others) > 1 and draw.random() < 0.12 else 1) if others else []
    )


def _member(team: Team, folder: Folder, draw: random.Random) -> str:
    for busy in shelf.from_toml("truths.toml")["busy"]:
        if busy["team"] == team.id and draw.random() < busy["share"]:
            for member in team.members:
                if folder.people[member].email == busy["member"]:
                    return member
    return draw.choice(team.members)
