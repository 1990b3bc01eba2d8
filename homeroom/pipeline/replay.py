"""Lines of a day through the real doors, in a scratch copy, with each line's own clock."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from homeroom.channels import envelopes, line
from homeroom.channels.models import Envelope
from homeroom.kit import clock, scratch
from homeroom.kit.errors import Expected
from homeroom.pipeline import minds, outcome, receive, schedule, standing, surroundings, triage
from homeroom.pipeline.foresight import Foresight
from homeroom.pipeline.receive import Filed
from homeroom.pipeline.surroundings import Surroundings
from homeroom.pipeline.thought import Thought

STANDING = frozenset(
    {
        "django_content_type",
        "district_account",
        "district_asset",
        "district_channel",
        "district_closure",
        "district_district",
        "district_duty",
        "district_guardianship",
        "district_identity",
        "district_membership",
        "district_org",
        "district_person",
        "district_place",
        "district_role",
        "district_service",
        "district_team",
        "knowledge_alias",
        "knowledge_article",
        "knowledge_origin",
        "knowledge_passage",
        "knowledge_source",
        "routing_calibration",
        "routing_caution",
        "routing_learned",
        "routing_rule",
        "workflows_workflow",
    }
)
"""The tables whose rows a replay starts from; everything that happened stays outside."""


class NoSuchFile(Expected):
    """The file to replay is not there."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE.jsonl and --out OUT.jsonl."""
    parser.add_argument("file", type=Path, help="lines as CONTRACT §4 describes them")
    parser.add_argument(
        "--out", type=Path, required=True, help="where the outcomes go, a line each"
    )
    parser.set_defaults(needs_database=True)


def run(options: argparse.Namespace) -> int:
    """Replay a file.

    :raises NoSuchFile: when it is not there; NoDistrict when there is no district to replay it in.
    """
    if not options.file.is_file():
        raise NoSuchFile(f"There is no file {options.file}.")
    standing.require()
    n_lines = sum(1 for _ in options.file.open("rb"))
    with (
        options.file.open("rb") as given,
        options.out.open("w", encoding="utf-8") as out,
        scratch.clone(keep=STANDING),
    ):
        answers = []
        for answer in replay(given):
            answers.append(answer)
            _show(len(answers), n_lines, sys.stderr)
        for answer in outcome.regrouped(answers):
            out.write(json.dumps(answer, ensure_ascii=False, sort_keys=True) + "\n")
    return 0


def _show(number: int, n_lines: int, where: IO[str]) -> None:
    """Progress on a terminal."""
    if where.isatty() and (number % 50 == 0 or number == n_lines):
        where.write(f"\r{number} of {n_lines}" + ("\n" if number == n_lines else ""))
        where.flush()


def replay(lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
    """What was made of each line, in order; a bad line gets an answer that says what is wrong."""
    house: Surroundings | None = None
    minute: datetime | None = None
    encoders = Foresight(minds.encoders())
    for number, content in enumerate(encoders.ahead(lines), 1):
        if not content.strip():
            continue
        try:
            parsed = line.parse(content)
        except line.BadLine as error:
            yield outcome.refused(content, why=f"Line {number}: {error}")
            continue
        at = line.moment(parsed)
        with clock.at(at):
            if minute is None or at.replace(second=0, microsecond=0) > minute:
                minute = at.replace(second=0, microsecond=0)
                schedule.tick(now=at)
            # Nothing standing changes during a replay: one look lasts.
            house = house or surroundings.look(encoders=encoders, now=at)
            yield take(content, parsed["channel"], parsed["id"], house=house, at=at)


def take(
    content: bytes, channel: str, key: str, *, house: Surroundings, at: datetime
) -> dict[str, object]:
    """What was made of one line, which went through all that live messages go through."""
    return outcome.told(*live(content, channel, key, house=house, at=at))


def live(
    content: bytes, channel: str, key: str, *, house: Surroundings, at: datetime
) -> tuple[Filed, Thought | None]:
    """One line through the envelope, the filing and the triage."""
    envelope = envelopes.keep(
        content,
        channel=channel,
        form=Envelope.Form.LINE,
        recipients=(),
        key=f"line:{key}"[:200],
        now=at,
        wakes=False,
    )
    filed = receive.file_now(envelope, now=at)
    thought = None
    if filed.message is not None and filed.state == Envelope.State.FILED:
        thought = triage.triage(filed.message, house=house, now=at)
    return filed, thought
