"""What happens by the clock: waits, closing, the ledger, and the sweeper of stalled jobs."""

import asyncio
import logging
import threading
from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status as JobStatus

from homeroom.kit import clock, throttle
from homeroom.pipeline import alarms, ledger
from homeroom.tickets import actions
from homeroom.tickets import log as tickets_log
from homeroom.tickets.automation import FREE_SQL, may_automate
from homeroom.tickets.models import Status, Ticket

log = logging.getLogger(__name__)

SAY_NOT_FIXED = timedelta(days=7)
"""How long a resolved request can be reopened by its asker before it closes."""
LOOK_S = 0.5
"""How often the worker of timed jobs looks whether it should stop."""
FORGOTTEN = timedelta(days=2)
"""A throttle nobody touched for so long is full again and need not be remembered."""
STALLED_S = 30
"""A job whose worker gave no sign for so long is run again."""


def tick(*, now: datetime, limit: int = 500) -> int:
    """Everything that fell due until `now`: people to be called for an alarm, waits that end and
    resolved requests that close.
    """
    n_called = alarms.drain(now=now)
    due = _fallen(Status.WAITING, "waiting_until", until=now, limit=limit)
    for ticket in due:
        actions.resume(ticket, by=tickets_log.SYSTEM, now=now)
    done = _fallen(Status.RESOLVED, "resolved_at", until=now - SAY_NOT_FIXED, limit=limit)
    for ticket in filter(may_automate, done):
        actions.close(ticket, by=tickets_log.SYSTEM, now=now)
    return n_called + len(due) + len(done)


def _fallen(status: Status, column: str, *, until: datetime, limit: int) -> list[Ticket]:
    """The requests in that status whose time in that column has come, the longest due first.

    Those in which somebody may be in danger never close by the clock.

    Looked for by hand: most minutes there is none, and a replay lives through many minutes.
    """
    free = FREE_SQL if status == Status.RESOLVED else "TRUE"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id FROM tickets_ticket
                WHERE status = %s AND {column} <= %s AND merged_into_id IS NULL AND {free}
                ORDER BY {column} LIMIT %s""",  # noqa: S608  (our own words)
            [status, until, limit],
        )
        numbers = [row[0] for row in cursor.fetchall()]
    found = Ticket.objects.in_bulk(numbers) if numbers else {}
    return [found[number] for number in numbers if number in found]


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="tick", queue="timed")
def every_minute(timestamp: int) -> None:  # noqa: ARG001
    """The minute's `tick`."""
    tick(now=clock.now())


@app.periodic(cron="3 * * * *")
@app.task(queueing_lock="ledger", queue="timed")
def every_hour(timestamp: int) -> None:  # noqa: ARG001
    """Balance the ledger; what does not balance is an error in the log and on the setup page."""
    throttle.forget(before=clock.now() - FORGOTTEN)
    for hour in ledger.balance(now=clock.now()):
        log.error("ledger %s %s: %s", hour.channel, hour.starts_at.isoformat(), hour.finding)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="sweep", queue="timed")
async def sweep(timestamp: int) -> None:  # noqa: ARG001
    """Run jobs again whose worker died, and throw away what is long done."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        try:
            await manager.retry_job(job)
        except UniqueViolation:  # another like it waits already, and does what this one should have
            await manager.finish_job(job, JobStatus.ABORTED, delete_job=True)
    await manager.delete_old_jobs(nb_hours=24, include_failed=False)


def run(stop: threading.Event) -> None:
    """Run timed jobs until `stop` is set; any number of workers, each job once."""

    async def until_stopped() -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        worker = app.with_connector(connector)
        async with worker.open_async():
            running = asyncio.create_task(
                worker.run_worker_async(
                    queues=["timed"], install_signal_handlers=False, concurrency=2
                )
            )
            # No thread may wait for `stop` here: the loop would not end before it does.
            while not (stop.is_set() or running.done()):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
            running.cancel()
            await running  # says why it ended, when that was not our wish

    while not stop.is_set():
        try:
            asyncio.run(until_stopped())
        except asyncio.CancelledError:
            return
        except Exception:  # timed work goes on when the database comes back
            log.exception("timed jobs stumbled")
            stop.wait(2.0)
