"""How long a district folder takes to load: `python bench/init.py [users]`, 100,000 unless told.

Makes its own database beside the one DATABASE_URL names and drops it at the end.
"""

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

# The sample has 2.1 people for each pupil: guardians, siblings' guardians shared, and staff.
PEOPLE_PER_PUPIL = 2.096


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


def measure(users: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeroom.config")
    sys.path.insert(0, str(Path(__file__).parent.parent))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from homeroom.demo import district
    from homeroom.district.load import load

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        # Written by a child, so that the peak memory below is the loader's own.
        if (child := os.fork()) == 0:
            schools = min(180, max(18, users // 2_000))
            pupils = round(users / PEOPLE_PER_PUPIL)
            district.write(folder, pupils=pupils, schools=schools, today=date(2026, 11, 24))
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit("The sample folder could not be written.")
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
