"""The pages of the sample district: the written articles, and those made from its own tables."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import yaml

from homeroom.demo import shelf
from homeroom.demo.people import Person
from homeroom.demo.schools import BELLS, School
from homeroom.demo.schoolyear import SchoolYear, year_of
from homeroom.demo.sheets import level_of

Page = tuple[str, str]


def written(today: date) -> Iterator[Page]:
    """Every page of `data/articles/` as (file name, text).

    The pages say `review_in` and `expires_in` in days from today, so that at any time some are
    fresh, some wait for review and some have expired; `{{...}}` are facts of the school year.
    """
    facts = _facts(year_of(today))
    for path in sorted((shelf.DATA / "articles").glob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        for key, value in facts.items():
            head, body = (part.replace("{{" + key + "}}", value) for part in (head, body))
        front = shelf.load_yaml(head)
        front["review_on"] = today + timedelta(days=front.pop("review_in", 200))
        if "expires_in" in front:
            front["expires_on"] = today + timedelta(days=front.pop("expires_in"))
        yield path.name, _page({"id": path.stem, **front}, body)


def _page(front: dict[str, object], body: str) -> str:
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, default_flow_style=None)
    return f"---\n{head}---\n\n{body.strip()}\n"


def _facts(year: SchoolYear) -> dict[str, str]:
    breaks = [(b.name, long_date(b.first), long_date(b.last)) for b in year.breaks]
    rows = [f"- {name}: {a}" if a == b else f"- {name}: {a} to {b}" for name, a, b in breaks]
    return {
        "year": year.name,
        "first_day": long_date(year.starts),
        "last_day": long_date(year.ends),
        "days_off": "\n".join(rows),
        "spring": str(year.ends.year),
        "fall": str(year.starts.year),
    }


def long_date(day: date) -> str:
    """A date as a school newsletter writes it."""
    return f"{day:%A, %B} {day.day}, {day.year}"


def clock(minutes: int) -> str:
    """Minutes after midnight as 7:12 a.m."""
    hour, minute = divmod(minutes, 60)
    return f"{(hour - 1) % 12 + 1}:{minute:02d} {'a.m.' if hour < 12 else 'p.m.'}"


def school_pages(schools: Iterable[School], staff: Iterable[Person], today: date) -> Iterator[Page]:
    """One page a school: hours, bell times, office and principal."""
    heads = {person.org: person for person in staff if person.job == "Principal"}
    for number, school in enumerate(schools):
        opens, closes = (clock(bell) for bell in BELLS[school.level])
        head = heads[school.org]
        bells = _bells() if school.level == "high" else ""
        body = (
            f"{school.name} teaches grades {level_of(school)}. The address is {school.street}. "
            f"The principal is {head.title} {head.name}.\n\n"
            f"# School day\n\nSchool starts at {opens} and ends at {closes} Doors open 25 minutes "
            "before the first bell. On early release Wednesdays school ends 90 minutes sooner.\n\n"
            f"{bells}# Office\n\nThe office is open on school days from 7:00 a.m. to 4:00 p.m. "
            f"Call (555) 555-{200 + number:04d}. Visitors sign in at the main door with a photo "
            "ID. Children are released only to adults named on the emergency card."
        )
        yield (
            f"school-{school.key}.md",
            _page(
                {
                    "id": f"school-{school.key}",
                    "title": f"{school.name}: hours, bells and office",
                    "service": "front.general_question",
                    "department": "front",
                    "audience": ["family", "student", "community"],
                    "visibility": "public",
                    "language": "en",
                    "owner": "help@cedarvalley.example",
                    "review_on": today + timedelta(days=90 + 11 * number),
                },
                body,
            ),
        )


def _bells() -> str:
    periods = shelf.from_toml("courses.toml")["periods"]
    lines = [f"- Period {n}: {period.replace('-', ' to ')}" for n, period in enumerate(periods, 1)]
    return "# Bell schedule\n\n" + "\n".join(lines) + "\n\n"


def write_pages(folder: Path, pages: Iterable[Page]) -> int:
    """Write the pages into `folder`; how many they were."""
    number = 0
    for name, text in pages:
        (folder / name).write_text(text, encoding="utf-8")
        number += 1
    return number
