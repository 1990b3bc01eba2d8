"""Opening hours in words, in the language that is active."""

from collections.abc import Iterator
from datetime import time
from functools import lru_cache
from itertools import groupby

from django.utils import dateformat, translation
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from homeroom.kit.hours import BadHours, Hours

# Languages whose readers expect AM and PM in a district of the United States; all others: 24 h.
TWELVE_HOUR_LANGUAGES = frozenset({"en"})
NO_BREAK_SPACE = "\u00a0"
_ALWAYS = Hours.parse("24/7")


def in_words(written: str) -> str:
    """``Mon-Fri 07:00-17:00`` as "Monday to Friday, 7:00 AM to 5:00 PM"; prose stays as it is."""
    try:
        hours = Hours.parse(written)
    except BadHours:
        return written
    return _("day and night") if hours == _ALWAYS else "; ".join(_parts(hours))


def _parts(hours: Hours) -> Iterator[str]:
    """One phrase for each run of days that are open alike."""
    for spans, run in groupby(range(7), key=lambda day: hours.days[day]):
        days = list(run)
        if not spans:
            continue
        ends = {"first": WEEKDAYS[days[0]], "last": WEEKDAYS[days[-1]]}
        named = str(ends["first"]) if len(days) == 1 else _("%(first)s to %(last)s") % ends
        times = ", ".join(
            _("%(from)s to %(until)s") % {"from": _clock(start), "until": _clock(end)}
            for start, end in spans
        )
        yield f"{named}, {times}"


def _clock(minute: int) -> str:
    return clock(time(minute // 60 % 24, minute % 60))


def clock(local: time) -> str:
    """A time of day: "9:38 AM" in English, "21:14" in languages that count to 24."""
    return _words(local.replace(second=0, microsecond=0), translation.get_language() or "en")


@lru_cache(maxsize=4096)
def _words(local: time, language: str) -> str:
    if language.partition("-")[0] in TWELVE_HOUR_LANGUAGES:
        return dateformat.time_format(local, "g:i A").replace(" ", NO_BREAK_SPACE)
    return dateformat.time_format(local, "G:i")
