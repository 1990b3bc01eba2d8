"""`homeroom backtest`: the district's own past lived again in its order, and what came of it."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from homeroom.district import queries as district
from homeroom.district.models import Org
from homeroom.district.permissions import SYSTEM
from homeroom.kit import clock, scratch
from homeroom.kit.progress import shown
from homeroom.pipeline import chart, minds, relive, replay
from homeroom.pipeline.reckoning import Counts, Line, Reckoning, Share, recent
from homeroom.pipeline.relive import Lived
from homeroom.routing import learning
from homeroom.understanding.service import NothingToLearn

FEW = 30
"""Labelled requests below which a department's figures say little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What a backtest found."""

    district: str
    reckoning: Reckoning
    names: dict[str, str]
    """Of departments by source id."""
    alpha: float
    refused: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """As JSON."""
        found = self.reckoning
        return {
            "district": self.district,
            "since": found.since.isoformat() if found.since else None,
            "until": found.until.isoformat() if found.until else None,
            "lines": found.lines,
            "set_aside": found.aside,
            "alpha": self.alpha,
            "all": found.every.told(),
            "last_quarter": recent(found.weeks).told(),
            "told_again": Share(count=found.found_again, of=found.told_again).told(),
            "falsely_joined": found.falsely_joined,
            "departments": {name: one.told() for name, one in sorted(found.departments.items())},
            "weeks": {name: one.told() for name, one in sorted(found.weeks.items())},
            "refused": list(self.refused),
        }


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, and where the report goes."""
    parser.add_argument(
        "file", type=Path, help="lines as CONTRACT §4 describes them, with the labels of §6"
    )
    parser.add_argument("--html", type=Path, help="write a report for people too")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.set_defaults(needs_database=True)


def run(options: argparse.Namespace) -> int:
    """Test a past and say what would have come of it."""
    tested = backtest(options.file, now=clock.now())
    if options.html:
        options.html.write_text(page(tested, now=clock.now()), "utf-8")
    if options.json:
        print(json.dumps(tested.told(), ensure_ascii=False, indent=2))  # noqa: T201
    else:
        print("\n".join(plain(tested)))  # noqa: T201
    return 0


def backtest(path: Path, *, now: datetime) -> Tested:
    """Live a past again from no history on: each line decided by what was known before it.

    Nothing of this install's own history is used and nothing of it changes.

    :raises homeroom.pipeline.relive.NothingToRelive: when the file holds no message.
    :raises homeroom.understanding.service.NothingToLearn: with fewer than two services.
    """
    past, refused = relive.read(path)
    course = learning.course(encoders=minds.encoders(), now=now)
    if course is None:
        raise NothingToLearn
    reckoning = Reckoning()
    with scratch.clone(keep=replay.STANDING):
        lived = relive.relive(past, course=course, before=())
        for each in shown(lived, "lines", of=len(past), where=sys.stderr):
            reckoning.take(_line(each))
    return Tested(
        district=district.district(viewer=SYSTEM).name,
        reckoning=reckoning,
        names=dict(Org.objects.filter(kind="department").values_list("source_id", "name")),
        alpha=learning.alpha(),
        refused=tuple(refused),
    )


def _line(lived: Lived) -> Line:
    known = lived.known
    return Line(
        at=lived.said.at,
        made=lived.made,
        owners=known.owner.departments if known else (),
        group=str(lived.said.truth.get("group") or ""),
        is_decided=known is not None and known.score is not None,
    )


def plain(tested: Tested) -> Iterator[str]:
    """The findings as lines a person reads."""
    found = tested.reckoning
    yield f"{tested.district}: {found.lines:,} messages, {found.every.requests:,} requests."
    yield from sentences(found.every, alpha=tested.alpha)
    late = recent(found.weeks)
    if late.labelled and late.labelled < found.every.labelled:
        yield "In the last quarter of that time, when most was known:"
        yield from (f"  {one}" for one in sentences(late, alpha=tested.alpha))
    if found.told_again:
        yield (
            f"{found.found_again:,} of {found.told_again:,} messages about something told before "
            f"were joined to it; {found.falsely_joined:,} were joined to something else."
        )
    yield "By department: requests, first suggestion right, routed by itself, wrong of those"
    for row in rows(tested):
        yield (
            f"  {row['name']}: {row['labelled']:,}; {row['right']}; {row['routed']}; {row['wrong']}"
        )
    if tested.refused:
        yield f"Refused: {len(tested.refused):,} lines, such as {tested.refused[0]}"


def sentences(counts: Counts, *, alpha: float) -> list[str]:
    """What the counts say, in plain words, each with its range."""
    if not counts.labelled:
        return [_("No request has a label that says whose it was: nothing can be judged.")]
    words = {
        "right": percent(Share(count=counts.right, of=counts.labelled)),
        "three": percent(Share(count=counts.shown, of=counts.labelled)),
        "routed": percent(Share(count=counts.routed, of=counts.labelled)),
        "wrong": percent(Share(count=counts.wrong, of=counts.routed)),
        "n": f"{counts.labelled:,}",
        "n_routed": f"{counts.routed:,}",
        "n_wrong": f"{counts.wrong:,}",
        "alpha": f"{100 * alpha:g} %",
    }
    suggested = _(
        "The first suggestion named a right department for %(right)s of %(n)s requests; one of the "
        "three suggestions did for %(three)s."
    )
    alone = _(
        "%(routed)s would have been routed with nobody’s help; of those, %(n_wrong)s of "
        "%(n_routed)s went to a wrong department: %(wrong)s."
    )
    nothing = _(
        "Nothing would have been routed with nobody’s help: it was not proved that at most "
        "%(alpha)s would be wrong."
    )
    return [suggested % words, (alone if counts.routed else nothing) % words]


def percent(share: Share) -> str:
    """A share with its range: "84 % (81-87)"."""
    if share.value is None:
        return "-"
    low, high = round(100 * share.low), round(100 * share.high)
    return f"{round(100 * share.value)} % ({low}-{high})"


def rows(tested: Tested) -> list[dict[str, Any]]:
    """A row for each department, the busiest first."""
    made = []
    for key, one in sorted(
        tested.reckoning.departments.items(), key=lambda each: -each[1].labelled
    ):
        made.append(
            {
                "name": tested.names.get(key, key),
                "requests": one.requests,
                "labelled": one.labelled,
                "right": percent(Share(count=one.right, of=one.labelled)),
                "routed": percent(Share(count=one.routed, of=one.labelled)),
                "wrong": f"{one.wrong:,} of {one.routed:,}" if one.routed else "-",
                "merged": one.merged,
                "alarms": one.alarms,
                "is_few": one.labelled < FEW,
            }
        )
    return made


def page(tested: Tested, *, now: datetime) -> str:
    """The report as one page that needs nothing else."""
    found = tested.reckoning
    late = recent(found.weeks)
    weeks = sorted(found.weeks.items())
    return render_to_string(
        "report/backtest.html",
        {
            "district": tested.district,
            "since": found.since,
            "until": found.until,
            "made_at": now,
            "lines": found.lines,
            "aside": found.aside,
            "every": found.every,
            "said": sentences(found.every, alpha=tested.alpha),
            "late": sentences(late, alpha=tested.alpha) if _is_part(late, found.every) else (),
            "told_again": found.told_again,
            "found_again": found.found_again,
            "falsely_joined": found.falsely_joined,
            "alpha": f"{100 * tested.alpha:g} %",
            "rows": rows(tested),
            "few": FEW,
            "chart": chart.weekly(
                [name for name, _ in weeks],
                {
                    "right": [_value(one.right, one.labelled) for _, one in weeks],
                    "routed": [_value(one.routed, one.labelled) for _, one in weeks],
                },
            ),
            "refused": len(tested.refused),
        },
    )


def _is_part(late: Counts, every: Counts) -> bool:
    return 0 < late.labelled < every.labelled


def _value(count: int, of: int) -> float | None:
    return count / of if of else None
