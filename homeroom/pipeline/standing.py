"""`homeroom init`: a district folder becomes standing facts, and the routing model with them."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from homeroom.district import load as district
from homeroom.district.models import District
from homeroom.district.report import FileReport, Report
from homeroom.kit import clock
from homeroom.kit.errors import Expected
from homeroom.knowledge import indexing
from homeroom.knowledge import load as knowledge
from homeroom.knowledge.sources import load as sources
from homeroom.pipeline import minds
from homeroom.routing import learning
from homeroom.workflows import load as workflows


class NoDistrict(Expected):
    """Nothing is known here that a message could be about."""

    def __init__(self) -> None:
        super().__init__("No district is loaded here: run `homeroom init DIR` first.")


def require() -> None:
    """Raise NoDistrict unless a district folder was loaded."""
    if not District.objects.exists():
        raise NoDistrict


def arguments(parser: argparse.ArgumentParser) -> None:
    """DIR, and whether a roster may shrink by more than a tenth."""
    parser.add_argument("folder", type=Path, help="a district folder")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.add_argument(
        "--allow-shrink",
        action="store_true",
        help="take a roster from which more than one row in ten is gone",
    )
    parser.set_defaults(needs_database=True)


def run(options: argparse.Namespace) -> int:
    """Load the folder and say what became of it."""
    report = init(options.folder, allow_shrink=options.allow_shrink, shows=sys.stderr.isatty())
    if options.json:
        print(json.dumps(asdict(report), ensure_ascii=False, indent=2))  # noqa: T201
    else:
        print(plain(report))  # noqa: T201
    return 0


def init(folder: Path, *, allow_shrink: bool = False, shows: bool = False) -> Report:
    """Load or refresh a district folder; doing it again changes nothing.

    :raises homeroom.district.report.NoSuchFolder: when there is no such folder.
    """
    now = clock.now()

    def progress(file: str, rows: int) -> None:
        if shows:
            sys.stderr.write(f"\r{file}: {rows:,} rows   ")
            sys.stderr.flush()

    report = district.load(folder, now=now, allow_shrink=allow_shrink, on_progress=progress)
    report = Report(
        files=(
            *report.files,
            *knowledge.load(folder, now=now).files,
            *sources.load(folder, now=now).files,
            *workflows.load(folder, now=now).files,
        )
    )
    if shows:
        sys.stderr.write("\n")
    learning.ensure(encoders=minds.encoders(), now=now)
    indexing.index(encoders=minds.encoders())
    return report


def plain(report: Report) -> str:
    """The report as lines a person reads."""
    lines = [
        f"{each.file}: {each.added:,} added, {each.changed:,} changed, {each.left:,} left"
        + (f", {each.removed:,} removed" if each.removed else "")
        + (f", {len(each.refused):,} refused" if each.refused else "")
        for each in report.files
    ]
    lines += [str(refusal) for each in report.files for refusal in each.refused]
    lines += [str(remark) for each in report.files for remark in each.remarks]
    lines += [_unknown(each) for each in report.files if each.unknown]
    return "\n".join(lines)


def _unknown(file: FileReport) -> str:
    return f"{file.file}: not known and left out: {', '.join(file.unknown)}"
