"""A district folder becomes the standing facts; loading it again changes nothing."""

import csv
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from homeroom.district.folder.closures import load_closures
from homeroom.district.folder.departments import load_departments
from homeroom.district.folder.loading import Loading
from homeroom.district.folder.memory import fingerprint, recall, remember
from homeroom.district.folder.orgs import load_orgs, load_sessions
from homeroom.district.folder.parts import load_people
from homeroom.district.folder.places import load_assets, load_places
from homeroom.district.folder.rooms import load_rooms
from homeroom.district.folder.services import load_services
from homeroom.district.folder.settings import Settings, read_settings, write_doors, write_settings
from homeroom.district.folder.staging import Cursor, cursor
from homeroom.district.folder.tables import read_text
from homeroom.district.models import District
from homeroom.district.report import FileRefused, FileReport, NoSuchFolder, Report, Tally

type Loader = Callable[[Cursor, Path, Tally, Loading], None]

_BEFORE_PEOPLE: tuple[tuple[str, Loader], ...] = (
    ("calendar.ics", load_closures),
    ("oneroster/orgs.csv", load_orgs),
    ("oneroster/academicSessions.csv", load_sessions),
    ("places.csv", load_places),
)
_AFTER_PEOPLE: tuple[tuple[str, Loader], ...] = (
    ("assets.csv", load_assets),
    ("departments.yaml", load_departments),
    ("services.yaml", load_services),
)
_LOCK = 0x484F4D45
"""Two loads at once would step on each other's rows: the second waits."""


def load(
    folder: Path,
    *,
    now: datetime,
    on_progress: Callable[[str, int], None] | None = None,
    allow_shrink: bool = False,
) -> Report:
    """What became of the folder's files, each of them written in one transaction.

    `on_progress` hears a file's name and how many rows were read. `allow_shrink` lets a file take
    away more than a tenth of what is known. Raises NoSuchFolder.
    """
    today = loading_of(folder, now=now).today
    with writing() as cur:
        known = recall(fingerprint(cur, folder, today))
    if known is not None and not allow_shrink:
        return known
    settings, first = _settings(folder / "district.toml")
    loading = loading_of(
        folder,
        now=now,
        on_progress=on_progress,
        allow_shrink=allow_shrink,
        says_year="year_starts_on" in settings.values,
    )
    reports = [
        first,
        *_each(_BEFORE_PEOPLE, loading),
        *_people(loading),
        *_each(_AFTER_PEOPLE, loading),
        _doors(settings),
    ]
    report = Report(files=_joined(reports))
    if report.added or report.changed or report.removed:
        renew()
    with writing() as cur:
        remember(fingerprint(cur, folder, loading.today), report)
    return report


def renew() -> None:
    """Draw a new version of the standing facts, so that nobody relies on remembered ones."""
    District.objects.update(version=secrets.randbits(62))


@contextmanager
def writing() -> Iterator[Cursor]:
    """One file's transaction: one load at a time, and without the time limit of a page."""
    with transaction.atomic():
        cur = cursor()
        cur.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        cur.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield cur


def load_file(name: str, loader: Loader, loading: Loading) -> FileReport:
    """What became of one file of the folder, written by `loader` or refused as a whole."""
    path, tally = loading.folder / name, Tally(file=name)
    if not path.exists():
        return _missing(name)
    try:
        with writing() as cur:
            loader(cur, path, tally, loading)
        return tally.report()
    except FileRefused as error:
        return tally.refused_whole(error)


def _missing(name: str) -> FileReport:
    tally = Tally(file=name)
    tally.remark(0, "The folder has no such file; what was known of its kind stays as it was.")
    return tally.report()


def _each(steps: Sequence[tuple[str, Loader]], loading: Loading) -> list[FileReport]:
    return [load_file(name, loader, loading) for name, loader in steps]


def _settings(path: Path) -> tuple[Settings, FileReport]:
    tally, settings, whole = Tally(file=path.name), Settings(), None
    if path.exists():
        try:
            settings = read_settings(path, tally)
        except FileRefused as error:
            whole = tally.refused_whole(error)
    with writing():
        write_settings(settings, tally)
    return settings, whole or (tally.report() if path.exists() else _missing(path.name))


def loading_of(
    folder: Path,
    *,
    now: datetime,
    on_progress: Callable[[str, int], None] | None = None,
    allow_shrink: bool = False,
    says_year: bool = False,
) -> Loading:
    """The run over a folder, under the district's own settings. Raises NoSuchFolder."""
    if not folder.is_dir():
        raise NoSuchFolder(f"There is no folder {folder}.")
    district = District.objects.order_by("id").first() or District()
    return Loading(
        folder=folder,
        now=now,
        today=now.astimezone(ZoneInfo(district.timezone)).date(),
        country=district.country,
        mail_domains=tuple(district.mail_domains),
        says_year=says_year,
        allow_shrink=allow_shrink,
        modes=_manifest(folder / "oneroster" / "manifest.csv"),
        on_progress=on_progress,
    )


def _manifest(path: Path) -> dict[str, str]:
    """File name without ending → bulk, delta or absent, as manifest.csv says."""
    if not path.exists():
        return {}
    rows = csv.reader(read_text(path, Tally(file=path.name)).splitlines())
    pairs = {row[0].strip(): row[1].strip().lower() for row in rows if len(row) > 1}
    return {k.removeprefix("file."): v for k, v in pairs.items() if k.startswith("file.")}


def _people(loading: Loading) -> list[FileReport]:
    roster = loading.folder / "oneroster"
    users, roles = roster / "users.csv", roster / "roles.csv"
    reports = [] if users.exists() else [_missing("oneroster/users.csv")]
    if users.exists() or roles.exists():
        with writing() as cur:
            reports += load_people(users, roles, cur, loading)
    classes, enrollments = roster / "classes.csv", roster / "enrollments.csv"
    if classes.exists() and enrollments.exists():
        try:
            with writing() as cur:
                reports.append(load_rooms(cur, classes, enrollments, loading))
        except FileRefused as error:
            reports.append(Tally(file="oneroster/enrollments.csv").refused_whole(error))
    return reports


def _doors(settings: Settings) -> FileReport:
    tally = Tally(file="district.toml")
    with writing():
        write_doors(settings, tally)
    return tally.report()


def _joined(reports: Sequence[FileReport]) -> tuple[FileReport, ...]:
    """One report a file, where a file was written in several steps."""
    by_file: dict[str, FileReport] = {}
    for report in reports:
        known = by_file.get(report.file)
        by_file[report.file] = known + report if known else report
    return tuple(by_file.values())
