"""An outage is seen at the third report: our own disruptions amid ordinary weeks, through replay.

`python -m evals.outages` lets the people of Larkspur write for four weeks in the hours in which
schools write, with a wave of passwords each Monday and of absences each morning, and the
disruptions of data/disruptions.yaml in between, two of them at one school at once; it prints how
much of each was put together, at which report it was raised, and how many incidents were none.
Every other disruption is set aside: what is changed is judged by `--half tuned`, what came of it by
`--half aside`. `--wrong` prints what went wrong, `--a-day N` changes the pace.
"""

import argparse
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from evals.exam.town import DATA, Human, Town, build
from evals.linking import replayed

KEY = "larkspur"
BEGINS = datetime.fromisoformat("2026-10-05T00:00:00-06:00")
WEEKS = 4
HOURS = {
    6: 3, 7: 12, 8: 15, 9: 11, 10: 9, 11: 8, 12: 7, 13: 8, 14: 8, 15: 8, 16: 5, 17: 3, 18: 2, 20: 1,
}  # fmt: skip
"""How a day's messages fall into its hours."""
DAYS = (1.25, 1.08, 1.0, 0.97, 0.7)
WAVE = range(8)
"""Lines of the ordinary ones that come at once on Monday at eight: passwords."""
HOME = range(84, 96)
"""Those that come each morning: absences."""

TWINS = ("acout", "wifi-es")
"""Two disruptions that one school has in the same hour."""
HALVES = ("tuned", "aside")

type Line = dict[str, Any]


class Crowd:
    """The people who write, by what they are; whoever has just written is not drawn again."""

    def __init__(self, town: Town, draw: random.Random) -> None:
        self._draw = draw
        self.schools = sorted({one.school for one in town.pupils})
        self._all = {
            "t": [one for one in town.staff if one.room],
            "c": [one for one in town.staff if not one.room and one.school in self.schools],
            "k": [one for one in town.pupils if one.bus],
            "g": [adult for one in town.pupils if one.bus for adult in one.adults[:1]],
        }
        self._kid = {adult.id: one for one in town.pupils for adult in one.adults[:1]}
        self._lately: list[str] = []

    def one(self, who: str, *, school: str = "", bus: str = "") -> tuple[Human, Human]:
        """Somebody, and the pupil they write about (or themselves)."""
        fits = [
            (one, self._kid.get(one.id, one))
            for one in self._all[who]
            if one.id not in self._lately
            and (not school or self._kid.get(one.id, one).school == school)
            and (not bus or self._kid.get(one.id, one).bus == bus)
        ] or [(one, self._kid.get(one.id, one)) for one in self._all[who]]
        found = self._draw.choice(fits)
        self._lately = [*self._lately[-60:], found[0].id]
        return found

    def bus(self) -> str:
        """A route that a dozen families ride."""
        rides = Counter(self._kid[one.id].bus for one in self._all["g"])
        return self._draw.choice(sorted(name for name, n in rides.most_common(4)))


def told(*, a_day: int, seed: int) -> list[Line]:
    """Every line with its `truth`, in order of time."""
    given = yaml.safe_load((DATA / "disruptions.yaml").read_text("utf-8"))
    draw = random.Random(seed)
    town = build(KEY)
    crowd = Crowd(town, draw)
    lines = [*_ordinary(given["ordinary"], crowd, draw, a_day=a_day)]
    for number, outage in enumerate(given["outages"]):
        lines += _outage(outage, crowd, draw, number=number)
    return sorted(lines, key=lambda one: (datetime.fromisoformat(one["at"]), one["id"]))


def _days() -> Iterator[datetime]:
    for day in range(7 * WEEKS):
        if day % 7 < len(DAYS):
            yield BEGINS + timedelta(days=day)


def _ordinary(
    texts: Sequence[Sequence[str]], crowd: Crowd, draw: random.Random, *, a_day: int
) -> Iterator[Line]:
    usual = [row for place, row in enumerate(texts) if place not in HOME]
    for day in _days():
        for _ in range(round(a_day * DAYS[day.weekday()])):
            hour = draw.choices(list(HOURS), weights=list(HOURS.values()))[0]
            at = day + timedelta(hours=hour, seconds=draw.randrange(3600))
            yield _line(draw.choice(usual), crowd, at=at)
        for place in draw.sample(HOME, 6):
            yield _line(
                texts[place], crowd, at=day + timedelta(hours=7, minutes=draw.randrange(60))
            )
        if day.weekday() == 0:
            for place in WAVE:
                at = day + timedelta(hours=8, minutes=draw.randrange(55))
                yield _line(texts[place], crowd, at=at)


def _outage(outage: Line, crowd: Crowd, draw: random.Random, *, number: int) -> Iterator[Line]:
    days = list(_days())
    day = days[(number * 3 + number // len(days)) % len(days)]
    starts = day + timedelta(hours=7 if outage["scope"] == "route" else 8 + number % 5)
    school = draw.choice(crowd.schools) if outage["scope"] == "site" else ""
    bus = crowd.bus() if outage["scope"] == "route" else ""
    if outage["id"] in TWINS:
        day, school = days[-1], crowd.schools[0]
        starts = day + timedelta(hours=9, minutes=5 * TWINS.index(outage["id"]))
    span = outage["minutes"] * 60
    times = sorted(draw.randrange(span) for _ in outage["reports"])
    rows = draw.sample(outage["reports"], len(outage["reports"]))
    told = []
    for row, after in zip(rows, times, strict=True):
        at = starts + timedelta(seconds=after)
        told.append(_line(row, crowd, at=at, school=school, bus=bus, incident=outage["id"]))
    yield from told
    for text in outage.get("again", ()):
        asks = told[draw.randrange(len(told) // 2)]
        at = starts + timedelta(seconds=span + draw.randrange(1_200))
        number = next(_numbers)
        yield asks | {"id": f"line-{number}", "at": at.isoformat(), "text": text}
    for row in outage.get("beside", ()):
        at = starts + timedelta(seconds=draw.randrange(span))
        yield _line(row, crowd, at=at, school=school, bus=bus)


_numbers = iter(range(1, 1_000_000))


def _line(
    row: Sequence[str], crowd: Crowd, *, at: datetime, school: str = "", bus: str = "",
    incident: str = "",
) -> Line:  # fmt: skip
    who, text = row
    teller, about = crowd.one(who, school=school, bus=bus)
    names = {
        "kid": about.given, "bus": about.bus, "room": teller.room, "tag": about.tag,
        "school": about.school,
    }  # fmt: skip
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    number = next(_numbers)
    return {
        "id": f"line-{number}",
        "at": at.isoformat(),
        "channel": "email",
        "from": {"name": teller.name, "email": teller.email},
        "text": text,
        "truth": {"group": incident or f"own-{number}", "incident": incident},
    }


def halves() -> dict[str, str]:
    """The half that each disruption belongs to."""
    given = yaml.safe_load((DATA / "disruptions.yaml").read_text("utf-8"))["outages"]
    return {one["id"]: HALVES[number % 2] for number, one in enumerate(given)}


def figures(
    lines: Sequence[Line], made: Sequence[Line], *, half: str = ""
) -> tuple[list[str], list[str]]:
    """The table, of one half or of all, and the lines that went wrong."""
    home = halves()
    pairs = list(zip(lines, made, strict=True))
    reports: dict[str, list[tuple[Line, Line]]] = defaultdict(list)
    groups: dict[str, list[Line]] = defaultdict(list)
    for line, one in pairs:
        groups[one["group"]].append(line)
        if line["truth"]["incident"]:
            reports[line["truth"]["incident"]].append((line, one))
    table, wrong = [f"{'':12}  n  together  raised at"], []
    shares, waits = [], []
    for name, rows in reports.items():
        if half and home[name] != half:
            continue
        largest, n = Counter(one["group"] for _, one in rows).most_common(1)[0]
        waited = next((k for k, (_, one) in enumerate(rows, 1) if one["incident"]), None)
        shares.append(n / len(rows))
        waits.append(waited)
        table.append(f"{name:12} {len(rows):2}  {n / len(rows):8.2f}  {waited or 'never'}")
        wrong += [
            f"{name:9} missed {line['text'][:70]} | {one['service']} {one['safety'] or ''}"
            for line, one in rows
            if one["group"] != largest
        ]
    false = 0
    for name, members in groups.items():
        true = Counter(line["truth"]["incident"] for line in members).most_common(1)[0]
        if name.startswith("incident-"):
            is_false = not true[0] or true[1] * 2 <= len(members)
            false += is_false
            odd = [line for line in members if line["truth"]["incident"] != true[0] or is_false]
            wrong += [
                f"{name} {'false' if is_false else 'holds'} {one['text'][:80]}" for one in odd
            ]
    sizes = [(groups[one["group"]], line) for line, one in pairs]
    exact = sum(
        sum(other["truth"]["group"] == line["truth"]["group"] for other in group) / len(group)
        for group, line in sizes
    ) / len(sizes)
    raised = [one for one in waits if one is not None]
    table += [
        f"together {sum(shares) / len(shares):.3f} (least {min(shares):.2f})",
        f"raised {len(raised)} of {len(waits)}, {sum(one <= 4 for one in raised)} by the fourth",
        f"median report {sorted(raised)[len(raised) // 2] if raised else 'none'}",
        f"false incidents a week {false / WEEKS:.1f}",
        f"B-cubed precision of all {len(pairs)} messages {exact:.4f}",
    ]
    return table, wrong


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.outages", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="print what went wrong too")
    parser.add_argument("--a-day", type=int, default=60, help="ordinary messages a day")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--half", choices=HALVES, default="", help="disruptions of one half only")
    parser.add_argument("--keep", type=Path, help="a folder where everything made stays")
    options = parser.parse_args()
    lines = told(a_day=options.a_day, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="homeroom-outages-") as scratch:
        place = (options.keep or Path(scratch)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        table, wrong = figures(lines, replayed(lines, place), half=options.half)
    print("\n".join([*table, *(wrong if options.wrong else [])]))


if __name__ == "__main__":
    main()
