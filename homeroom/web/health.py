"""Whether this process is up, and whether it can do its work: for those who watch machines."""

from django.db import close_old_connections
from django.db.utils import Error

from homeroom.kit.database import pending


def alive() -> tuple[int, str]:
    """200 while this process answers at all; it asks nobody else."""
    return 200, "ok\n"


def ready() -> tuple[int, str]:
    """200 when the database answers and is at this version, else 503 and why."""
    try:
        close_old_connections()
        behind = pending()
    except Error:
        return 503, "The database does not answer.\n"
    finally:
        close_old_connections()
    if behind:
        return 503, f"The database waits for {len(behind)} migrations: run homeroom migrate.\n"
    return 200, "ready\n"
