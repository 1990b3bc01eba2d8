"""Days and hours as a page says them, in English or Spanish; pure."""

from datetime import date, datetime, time, timedelta
from typing import Final

_DAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS: Final = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
        *("septiembre", "octubre", "noviembre", "diciembre"),
    ),
}  # fmt: skip


def long_day(day: date, language: str) -> str:
    """Friday, November 27, 2026; viernes 27 de noviembre de 2026."""
    spoken = "es" if language.startswith("es") else "en"
    weekday, month = _DAYS[spoken][day.weekday()], _MONTHS[spoken][day.month - 1]
    if spoken == "es":
        return f"{weekday} {day.day} de {month} de {day.year}"
    return f"{weekday}, {month} {day.day}, {day.year}"


def clock(at: time, language: str) -> str:
    """7:00 PM; 19:00."""
    if language.startswith("es"):
        return f"{at.hour}:{at.minute:02d}"
    return f"{(at.hour - 1) % 12 + 1}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def days(starts: datetime, ends: datetime, language: str) -> str:
    """The day or days from `starts` until before `ends`, both in the district's zone."""
    last = (ends - timedelta(microseconds=1)).date() if ends > starts else starts.date()
    first = long_day(starts.date(), language)
    if last <= starts.date():
        return first
    join = " a " if language.startswith("es") else " to "
    return f"{first}{join}{long_day(last, language)}"


def hours(starts: datetime, ends: datetime, language: str) -> str:
    """From when to when on the clock; only the beginning of what lasts into another day."""
    first = clock(starts.timetz(), language)
    if ends <= starts or ends.date() != starts.date():
        return first
    join = " a " if language.startswith("es") else " to "
    return f"{first}{join}{clock(ends.timetz(), language)}"
