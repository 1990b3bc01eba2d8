"""The examination: two districts and messages that nobody tunes on, through the command itself.

`python -m evals.examination` loads each district of `evals.districts` into an install of its own
(`homeroom init`), hands the labelled messages without their labels to `homeroom replay`, as a
stranger would, and prints how the outcomes compare with the truth.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from evals import districts
from evals.exam import answers, tables
from evals.exam.answers import Section
from evals.exam.scores import SECTIONS
from evals.exam.town import DATA, DISTRICTS

PAGE = Path(__file__).parents[1] / "docs" / "evals.md"


def homeroom(home: Path, *words: str) -> float:
    """Run the command against an install under `home`; the seconds it took."""
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment["HOMEROOM_HOME"] = str(home)
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "homeroom", *words],
        env=environment,
        check=True,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - began


def load(home: Path, folder: Path) -> tuple[float, bool]:
    """Load a district folder; the seconds, and whether it went without `migrate` first."""
    try:
        return homeroom(home, "init", str(folder)), True
    except subprocess.CalledProcessError:
        homeroom(home, "migrate")
        return homeroom(home, "init", str(folder)), False


def sit(key: str, place: Path, *, only: str | None) -> dict[str, Section]:
    """One district's examination; its files lie under `place`."""
    districts.write(key, place / key)
    given = answers.messages(DATA / key)
    asked, made = place / f"{key}.jsonl", place / f"{key}.out.jsonl"
    asked.write_text("".join(answers.unlabelled(given)), "utf-8")
    loading, is_fresh = load(place / f"{key}.home", place / key)
    replaying = homeroom(place / f"{key}.home", "replay", str(asked), "--out", str(made))
    cases = answers.paired(given, made)
    pace: Section = {
        "init": {
            "n": 1,
            "seconds": round(loading, 1),
            "without migrate": "yes" if is_fresh else "no",
        },
        "replay": {
            "n": len(given),
            "seconds": round(replaying, 1),
            "lines a second": round(len(given) / replaying, 1),
        },
    }
    found = {
        name: section
        for name, score in SECTIONS.items()
        if only in {None, name} and (section := score(cases))
    }
    return found | ({"pace": pace} if only is None else {})


def main() -> None:
    """Sit the examination, print, and write the page when asked."""
    parser = argparse.ArgumentParser(prog="python -m evals.examination", description=__doc__)
    parser.add_argument("--district", choices=DISTRICTS, action="append")
    parser.add_argument("--only", choices=SECTIONS)
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} too")
    parser.add_argument("--keep", type=Path, help="a folder where everything made stays")
    options = parser.parse_args()
    where: AbstractContextManager[str | Path] = (
        nullcontext(options.keep)
        if options.keep
        else tempfile.TemporaryDirectory(prefix="homeroom-examination-")
    )
    with where as folder:
        place = Path(folder).resolve()
        place.mkdir(parents=True, exist_ok=True)
        report = {key: sit(key, place, only=options.only) for key in options.district or DISTRICTS}
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print("\n".join(tables.printed(report)))
    if options.write:
        PAGE.write_text(tables.page(report, day=time.strftime("%Y-%m-%d")), "utf-8")


if __name__ == "__main__":
    main()
