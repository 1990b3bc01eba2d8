"""How long a district folder takes to load: `python bench/init.py [users]`, 100,000 unless told.

Makes its own database beside the one DATABASE_URL names and drops it at the end.
"""

import csv
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

SCHOOLS = 100
GIVEN = ("Ana", "Sofía", "José", "María", "Sam", "Aïcha", "Olivia", "Noah", "Łukasz", "Amina")
FAMILY = ("Flores", "García-López", "Smith", "O'Brien", "Nguyễn", "Hassan", "Lee", "Diaz", "Chen")


def main() -> None:
    users = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    server = os.environ["DATABASE_URL"]
    name = f"homeroom_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        measure(users)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def write(folder: Path, users: int) -> None:
    """A roster of 45 % pupils, 48 % guardians and 7 % staff, everyone with mail and telephone."""
    roster = folder / "oneroster"
    roster.mkdir()
    (folder / "district.toml").write_text(
        'name = "Bench"\ntimezone = "America/Chicago"\nmail_domains = ["bench.example"]\n'
    )
    stamp = ("", "")
    orgs = [("d", *stamp, "Bench Schools", "district", "")]
    orgs += [(f"s{n}", *stamp, f"School {n} High School", "school", "d") for n in range(SCHOOLS)]
    table(roster / "orgs.csv", "sourcedId status dateLastModified name type parentSourcedId", orgs)
    pupils, guardians = users * 45 // 100, users * 48 // 100
    kinds = ("student",) * pupils + ("guardian",) * guardians
    kinds += ("teacher",) * (users - pupils - guardians)
    columns = (
        "sourcedId status dateLastModified enabledUser username givenName familyName identifier"
        " email sms phone agentSourcedIds grades primaryOrgSourcedId metadata.homeLanguage"
    )
    table(roster / "users.csv", columns, (user(n, kind, pupils) for n, kind in enumerate(kinds)))
    columns = "sourcedId status dateLastModified userSourcedId roleType role orgSourcedId"
    roles = (
        (f"r{n}", *stamp, f"u{n}", "primary", kind, f"s{n % SCHOOLS}")
        for n, kind in enumerate(kinds)
    )
    table(roster / "roles.csv", columns, roles)


def user(n: int, kind: str, pupils: int) -> tuple[object, ...]:
    domain = "example.org" if kind == "guardian" else "bench.example"
    phone = f"+1555{2_000_000 + n:07d}"
    agents = f"u{pupils + n},u{pupils + n + 1}" if kind == "student" else ""
    return (
        *(f"u{n}", "", "", "true", f"user{n}@{domain}", GIVEN[n % len(GIVEN)]),
        *(f"{FAMILY[n % len(FAMILY)]}{n % 997}", f"{n:07d}", f"user{n}@{domain}"),
        *("", "" if kind == "student" else phone, agents, "09" if kind == "student" else ""),
        *(f"s{n % SCHOOLS}", "es" if n % 5 == 0 else "en"),
    )


def table(path: Path, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.split())
        writer.writerows(rows)


def measure(users: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeroom.config")
    sys.path.insert(0, str(Path(__file__).parent.parent))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from homeroom.district.load import load

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write(folder, users)
        for run in ("first", "second"):
            wall, cpu = time.perf_counter(), time.process_time()
            report = load(folder, now=datetime.now(UTC))
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            n_users = sum(
                f.added + f.changed + f.left for f in report.files if f.file.endswith("users.csv")
            )
            print(
                f"{run} load: {n_users:,} users, {wall:.1f} s ({cpu:.1f} s of it here),"
                f" {report.added:,} added, {report.changed:,} changed, {report.left:,} left,"
                f" {len(report.refused)} refused; peak {peak:.0f} MB; load {os.getloadavg()[0]:.1f}"
            )


if __name__ == "__main__":
    main()
