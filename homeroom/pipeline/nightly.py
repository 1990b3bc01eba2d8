"""What the house does while people sleep: it learns from the day, looks whether it drifted and
what nobody has written yet.
"""

import logging

from procrastinate.contrib.django import app

from homeroom.kit import clock
from homeroom.pipeline import learn, owners
from homeroom.routing import caution
from homeroom.understanding.service import NothingToLearn

log = logging.getLogger(__name__)

ENOUGH = 25
"""Things people said of requests since the last time that make learning worth its seconds."""


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="relearn", queue="timed")
def every_night(timestamp: int) -> None:  # noqa: ARG001
    """Learn from what people said of requests, when there is enough of it."""
    if caution.new_labels() < ENOUGH:
        return
    try:
        lesson = learn.from_install(now=clock.now())
    except NothingToLearn:
        return
    for sentence in learn.plain(lesson):
        log.info("learned: %s", sentence)


@app.periodic(cron="53 3 * * *")
@app.task(queueing_lock="gaps", queue="timed")
def every_night_after(timestamp: int) -> None:  # noqa: ARG001
    """Look what is asked and not said."""
    owners.find_gaps(now=clock.now())


@app.periodic(cron="41 11 * * *")
@app.task(queueing_lock="owners", queue="timed")
def every_morning(timestamp: int) -> None:  # noqa: ARG001
    """Ask those who keep articles to check what has come to its day."""
    owners.ask(now=clock.now())


@app.periodic(cron="7 5 * * 1")
@app.task(queueing_lock="drift", queue="timed")
def every_week(timestamp: int) -> None:  # noqa: ARG001
    """Look whether automatic decisions still keep their bound; if not, only suggest."""
    if caution.check_drift(now=clock.now()):
        log.error("too many automatic decisions were wrong: Homeroom only suggests from now on")
