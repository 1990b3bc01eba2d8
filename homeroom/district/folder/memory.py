"""What the last load saw and said.

The same files over the same tables on the same day come out the same, so there is nothing to do.
Tables are compared by a checksum of their rows, not by trust: whatever anyone changed since, by
hand or by mail, makes the next load a whole one.
"""

import hashlib
from datetime import date
from pathlib import Path

from homeroom.district.folder.staging import Cursor
from homeroom.district.models import Loaded
from homeroom.district.report import Report

_WORKINGS = "1"
"""To be raised when the same files should come out differently than before."""
_FILES = ("*.toml", "*.ics", "*.csv", "*.yaml", "oneroster/*.csv")
_TABLES = (
    *("district", "closure", "org", "place", "person", "role", "guardianship", "identity"),
    *("asset", "team", "membership", "service"),
)
# A watcher moves its cursor all day: that is no change of the door.
_DOORS = "(SELECT kind, address, name, org_id, is_on, source FROM district_channel)"
_MOST_NOTES = 5_000


def fingerprint(cur: Cursor, folder: Path, today: date) -> str:
    """A digest of all that a load depends on: the files, the day, and the tables as they stand."""
    digest = hashlib.sha256(f"{_WORKINGS} {today}".encode())
    for path in sorted(path for pattern in _FILES for path in folder.glob(pattern)):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder)} {content}\n".encode())
    for table in (*(f"district_{name}" for name in _TABLES), _DOORS):
        cur.execute(
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)"  # noqa: S608
            f" FROM {table} t"
        )
        digest.update(f"{table} {cur.fetchone()}\n".encode())
    return digest.hexdigest()


def recall(print_: str) -> Report | None:
    """What the load of exactly this said, now that all of it is done; None when it was another."""
    known = Loaded.objects.filter(fingerprint=print_).first()
    return Report.from_json(known.report) if known else None


def remember(print_: str, report: Report) -> None:
    """Keep the report of a load that left the tables as `print_` says."""
    Loaded.objects.all().delete()
    if len(report.refused) + len(report.remarks) <= _MOST_NOTES:
        Loaded.objects.create(fingerprint=print_, report=report.at_rest().as_json())
