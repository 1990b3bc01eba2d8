"""Context captured by itself: our own messages in a tiny district, through init and replay.

`python -m evals.context` writes the district of data/context_district.yaml with the catalogue's
services, replays data/context.jsonl, and prints for each field how often it was found, right, and
from where, and whether a question was asked where one was needed and only there. `--wrong` prints
what went wrong.
"""

import argparse
import csv
import json
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from evals.examination import homeroom
from homeroom.demo.district import _departments, _services

DATA = Path(__file__).parent / "data"
BEGINS = datetime.fromisoformat("2026-10-05T08:10:00-06:00")
TOML = """\
name = "Ridge Line Schools"
timezone = "America/Denver"
languages = ["en", "es"]
mail_domains = ["ridge.example", "pupils.ridge.example"]
office_hours = "Mon-Fri 07:00-17:00"
phone = "(970) 555-0100"

[school_year]
first_day = 2026-08-17
last_day = 2027-05-28

[[channels]]
kind = "email"
name = "Help"
address = "help@ridge.example"
"""

type Line = dict[str, Any]


def facts() -> dict[str, Any]:
    """The district's description."""
    read: dict[str, Any] = yaml.safe_load((DATA / "context_district.yaml").read_text("utf-8"))
    return read


def messages() -> list[Line]:
    """The messages as they were written; an answer stands right behind what it answers."""
    text = (DATA / "context.jsonl").read_text("utf-8")
    rows = [json.loads(one) for one in text.splitlines()]
    replies = {one["answers"]: one for one in rows if "answers" in one}
    first = [one for one in rows if "answers" not in one]
    return [each for one in first for each in (one, replies.get(one["id"])) if each is not None]


def write(folder: Path) -> None:
    """The district folder (CONTRACT §3)."""
    about = facts()
    (folder / "oneroster").mkdir(parents=True)
    (folder / "district.toml").write_text(TOML, "utf-8")
    _csv(folder / "oneroster" / "orgs.csv", list(_orgs(about)))
    _csv(folder / "oneroster" / "users.csv", list(_users(about)))
    rooms = [one for one in about["people"] if one.get("room")]
    _csv(
        folder / "oneroster" / "classes.csv",
        [("sourcedId", "status", "dateLastModified", "title", "location", "schoolSourcedId")]
        + [(f"c-{p['id']}", "", "", "Class", f"Room {p['room']}", p["school"]) for p in rooms],
    )
    _csv(
        folder / "oneroster" / "enrollments.csv",
        [("sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId",
          "userSourcedId", "role", "primary")]
        + [(f"e-{p['id']}", "", "", f"c-{p['id']}", p["school"], p["id"], "teacher", "true")
           for p in rooms],
    )  # fmt: skip
    _csv(
        folder / "places.csv",
        [("id", "name", "kind", "parent", "org", "aliases"), *about["places"]],
    )
    things = [("tag", "serial", "kind", "model", "org", "place", "person"), *about["assets"]]
    _csv(folder / "assets.csv", things)
    _yaml(folder / "departments.yaml", _departments([]))
    _yaml(folder / "services.yaml", _services())


def _orgs(about: dict[str, Any]) -> Iterator[Sequence[object]]:
    yield ("sourcedId", "status", "dateLastModified", "name", "type", "identifier",
           "parentSourcedId")  # fmt: skip
    yield ("ridge", "", "", "Ridge Line Schools", "district", "", "")
    for one in about["schools"]:
        yield (one["id"], "", "", one["name"], "school", "", "ridge")


def _users(about: dict[str, Any]) -> Iterator[Sequence[object]]:
    yield ("sourcedId", "status", "dateLastModified", "enabledUser", "username", "givenName",
           "familyName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "role",
           "orgSourcedIds", "metadata.jobTitle", "metadata.homeLanguage")  # fmt: skip
    for one in about["people"]:
        wards = ",".join(one.get("wards", ()))
        phone = one.get("phone", "")
        yield (
            one["id"], "", "", "true", one["email"], one["given"], one["family"],
            one.get("number", ""), one["email"], phone, phone, wards, one.get("grade", ""),
            one["role"], one["school"] or "ridge", one.get("job", ""), one.get("language", ""),
        )  # fmt: skip


def _csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _yaml(path: Path, rows: object) -> None:
    path.write_text(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False), "utf-8")


def lines() -> Iterator[Line]:
    """Each message as a line of CONTRACT §4."""
    people = {one["id"]: one for one in facts()["people"]}
    for number, one in enumerate(messages()):
        # Days are those of one Monday, so that "Friday" means one thing.
        at = BEGINS + timedelta(minutes=number)
        who = people.get(one["from"])
        made: Line = {"id": one["id"], "at": at.isoformat(), "channel": one["via"]}
        if one["via"] == "walkup":
            made |= {"from": {}, "recorded_by": one["from"]}
        elif who is None:
            made["from"] = {"name": "Robin Castell", "email": f"robin{number}@elsewhere.example"}
        elif one["via"] in ("sms", "voice") and who.get("phone"):
            made["from"] = {"phone": who["phone"]}
        elif one["via"] == "chat":
            made["from"] = {"person": who["id"], "name": f"{who['given']} {who['family']}"}
        else:
            made["from"] = {"name": f"{who['given']} {who['family']}", "email": who["email"]}
        yield made | {"text": one["text"]}


def replayed(place: Path) -> dict[str, Line]:
    """What Homeroom made of each message, by id."""
    write(place / "district")
    asked, made = place / "asked.jsonl", place / "made.jsonl"
    asked.write_text(
        "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines()), "utf-8"
    )
    homeroom(place / "home", "init", str(place / "district"))
    homeroom(place / "home", "replay", str(asked), "--out", str(made))
    read = [json.loads(one) for one in made.read_text("utf-8").splitlines()]
    return {one["id"]: one for one in read}


def agree(told: str, wanted: str) -> bool:
    """Whether one says the other, whatever the accents and spaces."""
    one, other = _bare(told), _bare(wanted)
    return bool(one) and (one in other or other in one)


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in plain if each.isalnum())


def table(made: dict[str, Line], *, shows: bool) -> None:
    """Print figures of every field, then of the questions."""
    n, right, wrong = Counter[str](), Counter[str](), Counter[str]()
    asks: dict[str, list[bool]] = defaultdict(list)
    for one in messages():
        outcome = made[one["id"]]
        if outcome["relation"] not in ("opened", "answered"):
            asks["put with an earlier one, not judged"].append(True)
            continue
        for name, wanted in one["context"].items():
            told = outcome["context"].get(name)
            if name in ("room", "location_detail") and told is None:
                told = outcome["context"].get("location_detail" if name == "room" else "room")
            n[name] += 1
            is_right = told is not None and agree(str(told), wanted)
            right[name] += is_right
            wrong[name] += told is not None and not is_right
            if shows and not is_right:
                print(f"{one['id']} {one['text'][:70]!r} {name}: {wanted!r} told {told!r}")
        name, is_right = _asked(one, outcome)
        asks[name].append(is_right)
        if shows and not is_right:
            print(f"{one['id']} {one['text'][:70]!r} {name}: {outcome['question']!r} ")
    print(f"{'field':18}{'n':>5}{'recall':>9}{'precision':>11}")
    for name, total in [*n.most_common(), ("all", n.total())]:
        hits = right.total() if name == "all" else right[name]
        misses = wrong.total() if name == "all" else wrong[name]
        print(f"{name:18}{total:5}{hits / total:9.3f}{hits / max(1, hits + misses):11.3f}")
    for name, each in sorted(asks.items()):
        print(f"{name:32}{len(each):5}{each.count(True) / len(each):9.3f}")


def _asked(one: Line, outcome: Line) -> tuple[str, bool]:
    if "answers" in one:
        return "answers understood", outcome["relation"] == "answered"
    if one["asks"] == "either":
        return "question may be asked", True
    if one["asks"]:
        return "question needed and asked", bool(outcome["question"])
    return "question not needed, not asked", not outcome["question"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.context", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="print what went wrong too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="homeroom-context-") as scratch:
        table(replayed(Path(scratch).resolve()), shows=options.wrong)


if __name__ == "__main__":
    main()
