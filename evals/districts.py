"""Two invented districts as folders (CONTRACT §3), the same bytes every time.

`python -m evals.districts DIR` writes `DIR/larkspur` and `DIR/tallgrass`; without DIR it says what
it would write. Larkspur offers the whole catalogue under its own names; Tall Grass is small, with
merged departments, numbered services, fewer of them, ten of its own, and few `like`.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.exam import roster
from evals.exam.town import DISTRICTS, Human, Town, build, rooms
from homeroom.demo import shelf

_KEPT = (
    *("audiences", "sensitivity", "default_priority", "required_context", "helpful_context"),
    *("raise_priority_if", "auto_answer", "first_response_hours", "resolve_hours"),
)


class _Plain(yaml.SafeDumper):
    """As a person writes YAML: nothing is said once and pointed at later."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One service of a district: its own id and names, and the catalogue's row it came from."""

    key: str
    """The catalogue's id, or `own.…`; what the messages' authors write down."""
    id: str
    name: str
    department: str
    team: str
    description: str = ""
    is_told: bool = True
    """Whether the folder says what it is `like`."""
    examples: tuple[str, ...] = ()


def offers(facts: dict[str, Any]) -> list[Offer]:
    """Every service of the district, in the order of its description."""
    ids = {key: row["id"] for key, row in facts["departments"].items()}
    if isinstance(facts["services"], dict):
        return [
            Offer(
                key=key, id=_slug(name), name=name, department=ids[key.split(".")[0]],
                team=_team(key, ids[key.split(".")[0]]),
            )
            for key, name in facts["services"].items()
        ]  # fmt: skip
    made = []
    for number, (key, home, name, said) in enumerate(facts["services"], 3):
        like = said == "like"
        made.append(
            Offer(
                key=key, id=f"svc-{number:03d}", name=name, department=ids[home],
                team=f"{ids[home]}-team", description="" if like else said, is_told=like,
            )
        )  # fmt: skip
    for number, (key, home, name, said, examples) in enumerate(facts["own"], 101):
        made.append(
            Offer(
                key=key, id=f"svc-{number}", name=name, department=ids[home],
                team=f"{ids[home]}-team", description=said, is_told=False, examples=tuple(examples),
            )
        )  # fmt: skip
    return made


def _slug(name: str) -> str:
    letters = "".join(each if each.isalnum() else " " for each in name.lower())
    return "-".join(letters.split())


def _team(key: str, department: str) -> str:
    return f"{department}.{shelf.services()[key]['team'].split('.')[1]}"


def write(key: str, folder: Path) -> None:
    """Write one district's folder; what stood in its files before is replaced."""
    town = build(key)
    (folder / "oneroster").mkdir(parents=True, exist_ok=True)
    (folder / "articles").mkdir(exist_ok=True)
    (folder / "district.toml").write_text(_toml(town.facts), "utf-8")
    (folder / "calendar.ics").write_text(_ics(town.facts), "utf-8", newline="")
    for name, rows in roster.tables(town).items():
        _csv(folder / "oneroster" / f"{name}.csv", rows)
    _csv(folder / "places.csv", _places(town))
    _csv(folder / "assets.csv", _assets(town))
    _yaml(folder / "departments.yaml", _departments(town))
    _yaml(folder / "services.yaml", [_service(one) for one in offers(town.facts)])


def _csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _yaml(path: Path, rows: list[dict[str, Any]]) -> None:
    text = yaml.dump(rows, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, "utf-8")


def _toml(facts: dict[str, Any]) -> str:
    languages = ", ".join(f'"{one}"' for one in facts["languages"])
    domain = facts["domain"]
    lines = [
        f'name = "{facts["name"]}"', f'timezone = "{facts["timezone"]}"',
        f"languages = [{languages}]", f'mail_domains = ["{domain}", "stu.{domain}"]',
        'office_hours = "Mo-Fr 07:30-16:30"', f'phone = "{facts["phone"]}"', "", "[school_year]",
        f"first_day = {facts['term'][0]}", f"last_day = {facts['term'][1]}",
    ]  # fmt: skip
    for kind, name, address, department in doors(facts):
        lines += ["", "[[channels]]", f'kind = "{kind}"', f'name = "{name}"']
        lines += [f'address = "{address}"']
        lines += [f'department = "{department}"'] if department else []
    return "\n".join(lines) + "\n"


def doors(facts: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Kind, name, address and department of each way in."""
    yield "email", "Help", f"help@{facts['domain']}", ""
    for key, row in facts["departments"].items():
        yield "email", row["name"], f"{key}@{facts['domain']}", row["id"]
    yield "form", "Website", "website", ""
    yield "chat", "Website chat", "website-chat", ""
    yield "walkup", "Front counter", "counter", ""
    yield "sms", "Texts", facts["sms"], ""
    yield "voice", "Telephone", facts["voice"], ""


def _ics(facts: dict[str, Any]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//evals//districts//EN"]
    for day, name in facts["holidays"]:
        lines += [
            "BEGIN:VEVENT", f"UID:{day}@{facts['domain']}", "DTSTAMP:20260701T000000Z",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"SUMMARY:{name}", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _places(town: Town) -> Iterator[Sequence[object]]:
    yield ("id", "name", "kind", "parent", "org", "aliases")
    for school in town.facts["schools"].values():
        id_ = school["id"]
        yield (f"{id_}-b", school["name"], "building", "", id_, "|".join(school["aliases"]))
        for room in rooms(school):
            yield (f"{id_}-{room}", f"Room {room}", "room", f"{id_}-b", id_, f"{room}|Rm {room}")
        for name in town.facts["places"]:
            yield (f"{id_}-{_slug(name)}", name.capitalize(), "room", f"{id_}-b", id_, name)
    for route, stops in town.stops.items():
        for number, name in enumerate(stops):
            also = name.replace("&", "and")
            yield (f"stop-{route}-{number}", f"{name} (route {route})", "stop", "", "", also)


def _assets(town: Town) -> Iterator[Sequence[object]]:
    yield ("tag", "serial", "kind", "model", "org", "place", "person")
    for one in town.people:
        if one.tag:
            kind, model = ("chromebook", "Lenovo 100e") if one.role == "student" else (
                "laptop", "HP ProBook 440")  # fmt: skip
            serial = f"5CD{int(''.join(c for c in one.tag if c.isdigit())):07d}"
            yield (one.tag, serial, kind, model, roster.org(town, one.school), "", one.id)
        if one.room:
            org = roster.org(town, one.school)
            yield (f"{one.tag}-PJ", "", "projector", "Epson 992F", org, f"{org}-{one.room}", "")
    for route in town.stops:
        yield (f"BUS{int(route):02d}", "", "bus", "Blue Bird Vision", town.facts["key"], "", "")


def _departments(town: Town) -> list[dict[str, Any]]:
    staff: dict[str, list[Human]] = {}
    for one in town.staff:
        staff.setdefault(one.team.replace(":", ".").split(".")[0], []).append(one)
    made = []
    for key, row in town.facts["departments"].items():
        teams = dict.fromkeys(o.team for o in offers(town.facts) if o.department == row["id"])
        made.append(
            {
                "id": row["id"],
                "name": row["name"],
                "hours": "24/7" if key in {"safety", "safe"} else "Mo-Fr 07:00-16:30",
                "teams": [
                    {
                        "id": team,
                        "name": f"{row['name']}: {team.split('.')[-1].replace('_', ' ')}"
                        if "." in team
                        else row["name"],
                        "members": [one.id for one in staff.get(key, [])],
                    }
                    for team in teams
                ],
            }
        )
    return made


def _service(offer: Offer) -> dict[str, Any]:
    row: dict[str, Any] = {"id": offer.id, "name": offer.name}
    if offer.description:
        row["description"] = offer.description
    row |= {"department": offer.department, "team": offer.team}
    if offer.key.startswith("own."):
        row |= {"audiences": ["student", "family", "staff", "community"], "default_priority": 4}
        row |= {"sensitivity": "internal", "auto_answer": "partly"}
        row["examples"] = [
            {"lang": "es" if text.startswith("quiero") else "en", "text": text}
            for text in offer.examples
        ]
        return row
    listed = shelf.services()[offer.key]
    row |= {name: listed[name] for name in _KEPT}
    fields = shelf.from_yaml("context_fields.yaml")
    wanted = [*listed["required_context"], *listed["helpful_context"]]
    row["context_fields"] = {name: fields[name] for name in wanted if name in fields}
    return row | ({"like": offer.key} if offer.is_told else {})


def main() -> None:
    """Write both folders below the folder named, or say how large they are."""
    for key in DISTRICTS:
        town = build(key)
        if len(sys.argv) > 1:
            write(key, Path(sys.argv[1]) / key)
        print(
            f"{key}: {len(town.pupils)} pupils, {len(town.adults)} guardians, "
            f"{len(town.staff)} staff, {len(offers(town.facts))} services"
        )


if __name__ == "__main__":
    main()
