"""A district's past, bulk-loaded: requests with what was said, who had them, and their log."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from homeroom.pipeline import vectors
from homeroom.pipeline.chronicle import known
from homeroom.pipeline.past import Rows
from homeroom.pipeline.reactions import READER
from homeroom.tickets import log


@transaction.atomic
def load(path: Path, *, now: datetime) -> int:
    """Load the lines of `homeroom.demo.history` (or an import in that shape); how many requests.

    Nobody hears of it: the readers of the log step over it. Vectors are filled later, newest
    first, by `homeroom.pipeline.vectors`.
    """
    with path.open(encoding="utf-8") as lines:
        return bring((json.loads(line) for line in lines), now=now)


def bring(stories: Iterable[Mapping[str, Any]], *, now: datetime) -> int:
    """Load stories in that shape, in the caller's transaction; how many there were."""
    log.hold(READER)
    rows = Rows(known=known(), now=now)
    count = 0
    for story in stories:
        rows.add(story)
        count += 1
    rows.write()
    vectors.begin()
    return count
