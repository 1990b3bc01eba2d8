"""Weekly opening hours, as people write them (pure)."""

import re
from dataclasses import dataclass

from homeroom.kit.errors import Expected

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_DAY = re.compile(
    r"(mon?|tue?s?|wed?|thu?r?s?|fri?|sat?|sun?)(?:day|nesday|urday|sday|rsday)?$", re.IGNORECASE
)
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$")
_PART = re.compile(
    r"(?P<days>[a-z][a-z ,\-]*?)\s+(?P<times>\d[\d:,\s\-]*|closed|off)$", re.IGNORECASE
)
_MIDNIGHT = 24 * 60


class BadHours(Expected):
    """Opening hours that nobody can read with certainty."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(
            f"“{text}” cannot be read as hours: {reason}."
            " Write them like Mon-Fri 07:00-17:00; Sat 08:00-12:00."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When something is open in an ordinary week.

    `days` has seven entries from Monday; each holds spans of minutes after midnight, [from, to),
    ascending and apart. At least one span is open.
    """

    days: tuple[tuple[tuple[int, int], ...], ...]

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """The hours that `text` means; raises BadHours. A span may cross midnight.

        A later part adds to an earlier one, except that ``closed`` empties its days.
        """
        if text.strip() in ("24/7", "24-7"):
            return cls(days=(((0, _MIDNIGHT),),) * 7)
        spans: list[list[tuple[int, int]]] = [[] for _ in range(7)]
        for part in filter(str.strip, _plain(text).split(";")):
            found = _PART.match(part.strip())
            if not found:
                raise BadHours(text, "it does not say which days and from when to when")
            days = _days(found["days"], text)
            if found["times"].lower() in ("closed", "off"):
                for day in days:
                    spans[day].clear()
                continue
            for time in found["times"].split(","):
                _open(spans, days, _span(time.strip(), text))
        if not any(spans):
            raise BadHours(text, "it is never open")
        return cls(days=tuple(_apart(day) for day in spans))


def _plain(text: str) -> str:
    return re.sub(r"[\u2010-\u2015]", "-", text)


def _days(text: str, whole: str) -> list[int]:
    if text.strip().lower() in ("daily", "every day"):
        return list(range(7))
    days: list[int] = []
    for part in text.split(","):
        ends = [_day(name.strip(), whole) for name in part.split("-")]
        if len(ends) > 2:
            raise BadHours(whole, f"“{part.strip()}” is no range of days")
        first, last = ends[0], ends[-1]
        days += [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
    return days


def _day(name: str, whole: str) -> int:
    if not _DAY.match(name):
        raise BadHours(whole, f"“{name}” is no day of the week")
    return _DAYS.index(name[:2].lower())


def _span(text: str, whole: str) -> tuple[int, int]:
    found = _TIMES.match(text)
    if not found:
        raise BadHours(whole, f"“{text}” is no span of time")
    hours = [int(group) for group in found.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if max(start, end) > _MIDNIGHT or max(hours[1], hours[3]) > 59 or start == _MIDNIGHT:
        raise BadHours(whole, f"“{text}” is no time of day")
    if start == end:
        raise BadHours(whole, f"“{text}” begins and ends at the same time")
    return start, end


def _open(spans: list[list[tuple[int, int]]], days: list[int], span: tuple[int, int]) -> None:
    start, end = span
    for day in days:
        if start < end:
            spans[day].append((start, end))
            continue
        spans[day].append((start, _MIDNIGHT))
        if end:
            spans[(day + 1) % 7].append((0, end))


def _apart(day: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(day):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
