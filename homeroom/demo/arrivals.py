"""When requests arrive, for which service, from which audience and by which channel."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from homeroom.demo import shelf
from homeroom.demo.folder import Folder
from homeroom.demo.schoolyear import is_school_day, year_of

# Of August's contacts, 43 % fall into the first school week (a Dallas call centre): with five of
# August's 21 weekdays that is 1.8 times an even share, and 0.75 for the others.
_FIRST_WEEK, _REST_OF_AUGUST = 1.8, 0.75
# On a weekday without school, offices hear little; the school-bound seasons already say July.
_DAY_OFF = 0.15
# The first audience of a service is the one that asks most.
_AUDIENCE_WEIGHTS = (0.62, 0.24, 0.09, 0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One request about to be made; empty fields are still open to choice."""

    at: datetime
    service: str
    audience: str
    channel: str
    school: str = ""
    room: str = ""
    route: str = ""
    requester: str = ""
    text: str = ""
    texto: str = ""
    group: str = ""
    incident: str = ""
    recurring: str = ""
    detour: tuple[str, ...] = ()
    key: str = ""
    repeats: str = ""
    """Key of the opening that this one says again."""
    workflow: str = ""
    step: int = 0
    after: str = ""
    """Key of the opening that this one follows in its workflow."""


def day_weight(day: date, season: str) -> float:
    """How busy a service of that season is on that day, relative to its average day."""
    rates = shelf.from_yaml("rates.yaml")
    year = year_of(day)
    weight = float(rates["seasons"][season][(day.month - 7) % 12] * rates["days"][day.weekday()])
    if year.starts <= day < year.starts + timedelta(days=5):
        return weight * _FIRST_WEEK
    if day.month == year.starts.month:
        return weight * _REST_OF_AUGUST
    in_year = year.starts <= day <= year.ends
    return weight * _DAY_OFF if in_year and not is_school_day(day) else weight


def choose_audience(service: dict[str, Any], draw: random.Random) -> str:
    """Who asks for that service this time."""
    audiences = service["audiences"]
    return str(draw.choices(audiences, _AUDIENCE_WEIGHTS[: len(audiences)])[0])


def choose_channel(audience: str, draw: random.Random) -> str:
    """How that audience reaches the district this time."""
    mix = shelf.from_yaml("rates.yaml")["channels"][audience]
    return str(draw.choices(list(mix), list(mix.values()))[0])


def hour_table(service: str, audience: str, channel: str) -> dict[int, float]:
    """The share of each hour of the day."""
    rates = shelf.from_yaml("rates.yaml")
    name = audience
    if audience in ("family", "community"):
        name = "family_phone" if channel in ("voice", "walkup") else "family_digital"
    return dict(rates["peaks"].get(service) or rates["hours"][name])


def _moment(day: date, hour: int, draw: random.Random, zone: ZoneInfo) -> datetime:
    clock = time(hour, draw.randrange(60), draw.randrange(60))
    return datetime.combine(day, clock, tzinfo=zone)


def expected(folder: Folder, day: date) -> dict[str, float]:
    """How many requests of each service that day brings on average, by the catalogue's rates."""
    year = [date(day.year, 1, 1) + timedelta(days=n) for n in range(365)]
    seasons = {service["season"] for service in folder.services.values()}
    shares = {s: day_weight(day, s) / sum(day_weight(one, s) for one in year) for s in seasons}
    thousands = len(folder.by_role["student"]) / 1000
    return {
        id_: service["per_1000_pupils_a_year"] * thousands * shares[service["season"]]
        for id_, service in folder.services.items()
    }


def ordinary(
    folder: Folder,
    days: Sequence[date],
    *,
    count: int,
    draw: random.Random,
    weights: dict[str, float] | None = None,
) -> Iterator[Opening]:
    """`count` requests spread over the days by each service's rate, season and hours.

    `weights` replaces the yearly rates as the mix of services.
    """
    zone = ZoneInfo(folder.timezone)
    services = list(folder.services.values())
    rates = [(weights or {}).get(s["id"], s["per_1000_pupils_a_year"]) for s in services]
    spread = {
        season: list(accumulate(day_weight(day, season) for day in days))
        for season in {service["season"] for service in services}
    }
    for service in draw.choices(services, rates, k=count):
        audience = choose_audience(service, draw)
        channel = choose_channel(audience, draw)
        day = draw.choices(days, cum_weights=spread[service["season"]])[0]
        table = hour_table(service["id"], audience, channel)
        hour = draw.choices(list(table), list(table.values()))[0]
        yield Opening(
            at=_moment(day, hour, draw, zone),
            service=service["id"],
            audience=audience,
            channel=channel,
        )


def incidents(
    folder: Folder, days: Sequence[date], *, scale: float, draw: random.Random
) -> Iterator[Opening]:
    """Reports of the disruptions of the year; `scale` 1 is a district of 10,000 pupils."""
    for kind in shelf.from_yaml("incidents.yaml"):
        if kind["service"] not in folder.services:
            continue
        fitting = [d for d in days if d.month in kind["months"] and is_school_day(d)]
        times = kind["times_a_year"] if scale >= 1 / 3 else 1
        for number in range(1, times + 1):
            if fitting:
                name = f"incident-{kind['id'].replace('_', '-')}-{number}"
                yield from incident(
                    folder, kind, day=draw.choice(fitting), name=name, scale=scale, draw=draw
                )


def incident(
    folder: Folder,
    kind: dict[str, Any],
    *,
    day: date,
    name: str,
    scale: float,
    draw: random.Random,
) -> Iterator[Opening]:
    """The reports of one disruption, within its window."""
    zone = ZoneInfo(folder.timezone)
    low, high = kind["reports"]
    # The upper bounds are of very large districts; most disruptions stay near the lower one.
    count = max(3, round((low + (high - low) * draw.random() ** 2 * 0.5) * min(1.0, scale)))
    begins = _moment(day, draw.randint(*kind["hours"]), draw, zone)
    school = draw.choice(list(folder.schools))
    route = draw.choice(folder.stops.get(school) or [("", "", "")])[0]
    for _ in range(count):
        wait = timedelta(minutes=kind["window_minutes"] * draw.random() ** 1.5)
        audience = choose_audience(folder.services[kind["service"]], draw)
        own = draw.choice(kind["texts"]) if draw.random() < 0.6 else ""
        yield Opening(
            at=begins + wait,
            service=kind["service"],
            audience=audience,
            channel=choose_channel(audience, draw),
            school="" if kind["scope"] == "district" else school,
            route=route if kind["scope"] == "one route" else "",
            text=own,
            texto=draw.choice(kind.get("textos", ("",))),
            group=name,
            incident=name,
        )


def recurring(folder: Folder, days: Sequence[date], draw: random.Random) -> Iterator[Opening]:
    """The problems that come back, as `data/truths.toml` tells them."""
    end = days[-1] + timedelta(days=1)
    for truth in shelf.from_toml("truths.toml")["recurring"]:
        known = truth.get("school", next(iter(folder.schools))) in folder.schools
        if not known or truth["service"] not in folder.services:
            continue
        on = [end - timedelta(days=ago) for ago in truth.get("days_ago", ())]
        on = on or _every(days, truth)
        for number, day in enumerate(d for d in on if days[0] <= d):
            yield from _outbreak(folder, truth, day, f"{truth['id']}-{number + 1}", draw)


def _every(days: Sequence[date], truth: dict[str, Any]) -> list[date]:
    months = truth.get("months", range(1, 13))
    fitting = [day for day in days if day.month in months and is_school_day(day)]
    return fitting[:: truth["every"]]


def _outbreak(
    folder: Folder, truth: dict[str, Any], day: date, group: str, draw: random.Random
) -> Iterator[Opening]:
    zone = ZoneInfo(folder.timezone)
    hour = draw.randint(*truth["hours"])
    for _ in range(draw.randint(*truth["reports"])):
        audience = choose_audience(folder.services[truth["service"]], draw)
        audience = "staff" if truth.get("requester") else audience
        yield Opening(
            at=_moment(day, hour, draw, zone),
            service=truth["service"],
            audience=audience,
            channel="email" if truth.get("requester") else choose_channel(audience, draw),
            school=truth.get("school", ""),
            room=truth.get("room", ""),
            route=truth.get("route", ""),
            requester=truth.get("requester", ""),
            text=draw.choice(truth["texts"]),
            texto=draw.choice(truth.get("textos", ("",))),
            group=group,
            recurring=truth["id"],
            detour=tuple(truth.get("hand_offs", ())),
        )


def again(opening: Opening, draw: random.Random) -> Opening:
    """The same person saying the same thing on another channel some hours later."""
    others = [c for c in ("email", "form", "voice", "walkup") if c != opening.channel]
    return replace(
        opening,
        at=opening.at + timedelta(minutes=draw.randint(20, 60 * 7)),
        channel=draw.choice(others),
        key=f"{opening.key}-again",
        repeats=opening.key,
        workflow="",
        text="",
    )


def chain(opening: Opening, folder: Folder, draw: random.Random) -> Iterator[Opening]:
    """The later requests of a piece of work that crosses departments and begins with this one."""
    flows = {row["steps"][0]: row for row in shelf.from_yaml("chains.yaml")}
    row = flows[opening.service]
    before = replace(opening, workflow=row["id"], step=1)
    for number, service in enumerate(row["steps"][1:], 2):
        if service not in folder.services:
            return
        wait = timedelta(days=draw.randint(1, 9), minutes=draw.randint(-90, 90))
        before = replace(
            before,
            at=before.at + wait,
            service=service,
            audience=choose_audience(folder.services[service], draw),
            key=f"{opening.key}-{number}",
            after=before.key,
            step=number,
        )
        yield before


def starts_chain(service: str) -> str:
    """The workflow that begins with that service, or an empty string."""
    flows = {row["steps"][0]: row["id"] for row in shelf.from_yaml("chains.yaml")}
    return str(flows.get(service, ""))
