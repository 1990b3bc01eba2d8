"""One request, however often it is told: our own episodes through init and replay.

`python -m evals.linking` lets the people of Larkspur tell the episodes of data/linking.jsonl over
weeks, all mixed, and prints how many further tellings were put with the first one, and how many
requests of their own were left alone. `--wrong` prints the ones that went wrong.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from evals import districts
from evals.exam.town import DATA, Human, Town, build
from evals.examination import homeroom, load

KEY = "larkspur"
BEGINS = datetime.fromisoformat("2026-10-05T07:40:00-06:00")
APART = timedelta(hours=1, minutes=17)
"""Between the beginnings of two episodes; nights are skipped."""
DAY_H = 9
NAMES = {
    "chaser": "asks for news", "thanks": "thanks", "done": "never mind, fixed",
    "again": "still broken", "same": "same person tells it again",
    "address": "same person, another address", "other": "another person tells it",
    "new": "a request of its own, kept apart",
}  # fmt: skip
KINDS = {"chaser": "follow_up", "thanks": "thanks", "done": "follow_up", "again": "follow_up"}

type Line = dict[str, Any]


class Cast:
    """The people of one episode, new ones each time."""

    def __init__(self, town: Town, number: int) -> None:
        homes = [
            one for one in town.pupils if len(one.adults) == 2 and one is one.adults[0].kids[0]
        ]
        pupil = homes[number * 2 % len(homes)]
        teachers = [one for one in town.staff if one.room]
        teacher = teachers[number * 5 % len(teachers)]
        near = [one for one in teachers if one.school == teacher.school and one is not teacher]
        far = [one for one in teachers if one.school != teacher.school]
        self.pupil, self.teacher = pupil, teacher
        other = homes[(number * 2 + 1) % len(homes)]
        self.people = {
            "g": pupil.adults[0], "h": pupil.adults[1], "k": pupil, "t": teacher,
            "u": near[number % len(near)], "w": far[number % len(far)],
            "y": other.adults[0], "x": _stranger(number),
        }  # fmt: skip
        self.clerk = next(
            one
            for one in town.staff
            if one.job == "School secretary" and one.school == teacher.school
        )

    def said(self, text: str, who: Human) -> str:
        """The text with this episode's names in it."""
        staff = bool(who.room)
        room = self.people["u"].room if "{room2}" in text else self.teacher.room
        tag = self.teacher.tag if staff else self.pupil.tag
        names = {"kid": self.pupil.given, "bus": self.pupil.bus, "room": room, "tag": tag}
        for name, value in (names | {"room2": room, "name": who.name}).items():
            text = text.replace("{" + name + "}", value)
        return text

    def sender(self, who: Human, line: Line) -> Line:
        """Who it comes from, as that channel knows it."""
        if line["is"] == "address":
            return {"name": who.name, "email": f"{who.family.lower()}home77@mailbox.example"}
        match line["via"]:
            case "sms" | "voice" if who.phone:
                return {"phone": who.phone}
            case "walkup":
                # A note names whom it is about, whoever was asked to fetch help.
                about = self.teacher if who is self.people["u"] else who
                return {"name": about.name}
        return {"name": who.name, "email": who.email}


def _stranger(number: int) -> Human:
    """Somebody whom the roster does not know."""
    return Human(
        id="", given="Robin", family=f"Castellane{number}", sex="f", role="", school="",
        phone=f"+1303555{number:04d}", email=f"robin{number}@elsewhere.example",
    )  # fmt: skip


def episodes() -> list[Line]:
    """The episodes as they were written."""
    text = (DATA / "linking.jsonl").read_text("utf-8")
    return [json.loads(one) for one in text.splitlines()]


def told() -> Iterator[Line]:
    """Every line with its `truth`, unsorted."""
    town = build(KEY)
    for number, episode in enumerate(episodes()):
        cast = Cast(town, number)
        hours = APART.total_seconds() / 3600 * number
        starts = BEGINS + timedelta(days=hours // DAY_H, hours=hours % DAY_H)
        for place, line in enumerate(episode["lines"]):
            who = cast.people[line["who"]]
            made = {
                "id": f"{episode['id']}-{place}",
                "at": (starts + timedelta(hours=line["after_h"])).isoformat(),
                "channel": line["via"],
                "from": cast.sender(who, line),
                "text": cast.said(line["text"], who),
                "truth": {"is": line["is"], "group": f"{episode['id']}-0"},
            }
            yield made | ({"recorded_by": cast.clerk.id} if line["via"] == "walkup" else {})


def replayed(lines: list[Line], place: Path) -> list[Line]:
    """What Homeroom made of the lines, in their order."""
    districts.write(KEY, place / KEY)
    asked, made = place / "asked.jsonl", place / "made.jsonl"
    bare = [{name: value for name, value in one.items() if name != "truth"} for one in lines]
    asked.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in bare), "utf-8")
    home = place / "home"
    load(home, place / KEY)
    homeroom(home, "replay", str(asked), "--out", str(made))
    return [json.loads(one) for one in made.read_text("utf-8").splitlines()]


def judged(lines: list[Line], made: list[Line]) -> Iterator[tuple[str, bool, Line, Line]]:
    """For each further telling what it is, whether it is where it belongs, and what it became."""
    outcomes = {one["id"]: one for one in made}
    groups: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        groups[outcomes[line["id"]]["group"]].add(line["truth"]["group"])
    for line in lines:
        kind, one = line["truth"]["is"], outcomes[line["id"]]
        first = outcomes[line["truth"]["group"]]
        if kind == "new":
            yield kind, one["group"] != first["group"], line, one
        elif kind != "first":
            yield kind, one["group"] == first["group"], line, one
        yield "nothing of other people in it", len(groups[one["group"]]) == 1, line, one
        if kind in KINDS and one["group"] == first["group"]:
            yield f"called {KINDS[kind]}: {kind}", one["kind"] == KINDS[kind], line, one


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.linking", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="print what went wrong too")
    parser.add_argument("--keep", type=Path, help="a folder where everything made stays")
    options = parser.parse_args()
    lines = sorted(told(), key=lambda one: (one["at"], one["id"]))
    with tempfile.TemporaryDirectory(prefix="homeroom-linking-") as scratch:
        place = (options.keep or Path(scratch)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        found = list(judged(lines, replayed(lines, place)))
    rows: dict[str, list[bool]] = defaultdict(list)
    for kind, is_right, line, one in found:
        rows[NAMES.get(kind, kind)].append(is_right)
        if options.wrong and not is_right:
            print(
                f"{kind:8} {line['id']} {line['channel']:6} {line['text'][:90]} {one['why'][-1:]}"
            )
    print(f"{'':42} n  right")
    for name, right in sorted(rows.items()):
        print(f"{name:38} {len(right):5}  {right.count(True) / len(right):.3f}")


if __name__ == "__main__":
    main()
