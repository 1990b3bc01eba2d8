"""The tail of what somebody wrote: signature, device line, legal foot, list foot."""

import re
from collections.abc import Sequence
from typing import Final

from homeroom.channels.email.lexicon import holds, quotes
from homeroom.channels.email.marks import is_rule

_DELIMITER = re.compile(r"\s?(?:--|—|–)\s*\Z")
_UNDERSCORES = re.compile(r"\s*_{8,}\s*\Z")
_DASH_NAME = re.compile(r"\s*[-–—]\s?[A-ZÀ-ÞА-Я][\w.'’-]+(?: [\w.'’-]+){0,3}\s*\Z")
_BULLET = re.compile(r"\s*[-–—*•]\s?\S")
_MAX_SIGNATURE: Final = 20
"""Lines under a ``--``; RFC 3676 asks for four, offices with addresses and slogans use a dozen."""


def closing_start(lines: Sequence[str]) -> int:
    """How many of the lines are kept before the closing; all of them when there is none."""
    kept = _bare_end(lines, len(lines))
    for _ in range(8):
        before = kept
        for rule in (_delimited, _list_foot, _device_line, _legal, _dash_name):
            kept = _bare_end(lines, rule(lines, kept))
        if kept == before:
            break
    return kept


def _bare_end(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _delimited(lines: Sequence[str], end: int) -> int:
    for at in range(end - 1, max(-1, end - _MAX_SIGNATURE - 2), -1):
        if _DELIMITER.match(lines[at]):
            return at
    return end


def _paragraph(lines: Sequence[str], end: int) -> int:
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    return start


def _list_foot(lines: Sequence[str], end: int) -> int:
    for at in range(end - 1, max(-1, end - 13), -1):
        if _UNDERSCORES.match(lines[at]):
            foot = "\n".join(lines[at + 1 : end])
            return (
                at if not foot.strip() or "@" in foot or "http" in foot or "list" in foot else end
            )
    start = _paragraph(lines, end)
    if holds("\n".join(lines[start:end])[:2000].lower(), quotes().list_footers) and _is_foot(
        lines, start, end
    ):
        return start
    return end


def _is_foot(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether a paragraph stands below others and carries an address, as list feet do."""
    text = "\n".join(lines[start:end])
    return start > 0 and ("http" in text or "@" in text or "<" in text)


def _device_line(lines: Sequence[str], end: int) -> int:
    starts = quotes().sent_from
    for at in range(end - 1, max(_paragraph(lines, end) - 1, end - 5), -1):
        line = lines[at].strip(" *_[(<-–—\t").lower()
        if _is_slogan(line) and (
            line.startswith(starts) or line.endswith(("から送信", "에서 보냄"))
        ):
            return at
    return end


def _is_slogan(line: str) -> bool:
    """Whether a line is as short as device lines are, and no sentence that begins like one."""
    words = line.count(" ") + 1
    return len(line) <= 120 and (words <= 8 or (words <= 14 and not line.endswith(".")))


def _legal(lines: Sequence[str], end: int) -> int:
    start = _paragraph(lines, end)
    text = " ".join(line.strip() for line in lines[start:end])
    if len(text) < 60 or not holds(text[:4000].lower(), quotes().legal):
        return end
    if start and end - start > 1 and not lines[start - 1].strip():
        return start
    return next(
        (
            at
            for at in range(start, end)
            if holds(lines[at].lower(), quotes().legal) and (at > start or start)
        ),
        end,
    )


def _dash_name(lines: Sequence[str], end: int) -> int:
    """``-Abigail`` alone as the last line; not the last of a list of points."""
    if end < 2 or not _DASH_NAME.match(lines[end - 1]) or is_rule(lines[end - 1]):
        return end
    return end if any(_BULLET.match(line) for line in lines[max(0, end - 4) : end - 1]) else end - 1
