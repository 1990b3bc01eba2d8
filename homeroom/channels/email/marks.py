"""Where in a mail's lines a quote, a forward or a closing begins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from homeroom.channels.email.lexicon import Label, quotes

_LABEL = re.compile(r"[\s>*|_\u200e\u200f]{0,8}([^\W\d_][^:：\n]{0,28}?)[\s*_\xa0]{0,3}[:：]")
_FENCE = re.compile(r"[\s>*]{0,6}[-_=*—–#]{2,}[-\s]{0,3}([^\n]{3,180}?)[-\s]{0,3}[-_=*—–#]{2,}")
_RULE = re.compile(r"\s*[-_=*—–]{5,}\s*\Z")
_CLOCK = re.compile(r"\d{1,2}\s?[:.h時时시]\s?\d{2}|(?:19|20)\d\d|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}")
_COLON = (":", "：", ":*", ":_", ": ", "：*")
_MAX_ATTRIBUTION = 4
"""Lines; mail programs wrap at 72 to 78 and the longest lines seen have name and address twice."""


class Mark(StrEnum):
    """What begins at a line."""

    ATTRIBUTION = "attribution"
    ORIGINAL = "original"
    HEADERS = "headers"
    FORWARD = "forward"
    REPLY_ABOVE = "reply_above"


@dataclass(frozen=True, slots=True)
class Found:
    """A mark over the lines `start` up to but without `end`."""

    mark: Mark
    start: int
    end: int


def is_quoted(line: str) -> bool:
    """Whether the line carries a quote mark in front."""
    head = line[:4].lstrip(" \t\xa0")
    return head.startswith(">") and not line.startswith(">From ")


def is_rule(line: str) -> bool:
    """Whether the line only draws a line."""
    return bool(_RULE.match(line))


def mark_at(lines: Sequence[str], at: int) -> Found | None:
    """The mark that ends or begins at the line `at`, if one does. Looks at a few lines only."""
    line = lines[at]
    if len(line) > 500 or is_quoted(line):
        return None
    stripped = line.strip()
    if fenced := _fenced(stripped):
        return Found(fenced, at, at + 1)
    if ":" not in stripped and "：" not in stripped:
        return None
    if (block := _header_block(lines, at)) is not None:
        return Found(Mark.HEADERS, at, block)
    if stripped.endswith(_COLON) and (first := _attribution(lines, at)) is not None:
        return Found(Mark.ATTRIBUTION, first, at + 1)
    return None


def _fenced(stripped: str) -> Mark | None:
    if not 6 <= len(stripped) <= 220:
        return None
    match = _FENCE.match(stripped)
    bare = (match[1] if match else stripped).strip(' -_=*#—–>:："“”').lower()
    known = quotes()
    if bare.startswith(known.reply_above):
        return Mark.REPLY_ABOVE
    if bare.startswith(known.forward) and (
        match or stripped.endswith(_COLON) or bare in known.forward
    ):
        return Mark.FORWARD
    if match and known.starts.match(bare) and known.verbs.search(bare) and _CLOCK.search(bare):
        return Mark.ORIGINAL  # Zoho: ---- On Mon, 23 Nov 2026 … wrote ----
    return (
        Mark.ORIGINAL
        if bare in known.original and (match or stripped[:2] in {"--", "__"})
        else None
    )


def labels_of(line: str) -> frozenset[Label]:
    """What header label the line starts with; empty when with none."""
    match = _LABEL.match(line) if ":" in line[:48] or "：" in line[:48] else None
    return quotes().labels.get(match[1].strip(" *_").lower(), frozenset()) if match else frozenset()


def _header_block(lines: Sequence[str], at: int) -> int | None:
    """The end of a block of message headers that begins at `at`; None when none does."""
    first = labels_of(lines[at])
    if not first & {Label.FROM, Label.DATE, Label.SUBJECT}:
        return None
    seen: set[Label] = set()
    end, other, has_address = at, 0, "@" in lines[at]
    for number in range(at, min(len(lines), at + 14)):
        found = labels_of(lines[number])
        if found:
            seen |= found if len(found) == 1 else found - seen
            end, other = number + 1, 0
            has_address = has_address or (Label.FROM in found and "@" in lines[number])
            continue
        other += 1
        if (not lines[number].strip() and number > at + 1 and len(seen) > 2) or other > 3:
            break
    is_block = Label.FROM in seen and (
        (Label.SUBJECT in seen and bool(seen & {Label.DATE, Label.TO}))
        or (has_address and {Label.DATE, Label.TO} <= seen)
    )
    return end if is_block and end - at >= 3 else None


def _attribution(lines: Sequence[str], at: int) -> int | None:
    """The first line of ``On …, … wrote:`` that ends at `at`; None when it is none."""
    known = quotes()
    is_before_quote = _next_is_quoted(lines, at + 1)
    joined = ""
    fallback: int | None = None
    for first in range(at, max(-1, at - _MAX_ATTRIBUTION), -1):
        line = lines[first].strip()
        if not line or len(joined) > 500 or is_quoted(lines[first]):
            break
        joined = f"{line} {joined}".strip()
        has_date = bool(_CLOCK.search(joined))
        says = bool(known.verbs.search(joined))
        begins = bool(known.starts.match(line))
        has_address = "@" in joined
        if says and begins and (has_date or is_before_quote):
            return first
        if has_date and has_address and (says or is_before_quote) and _is_opening(line):
            return first
        if says and is_before_quote and first == at and len(joined) <= 120:
            fallback = first
    return fallback


def _is_opening(line: str) -> bool:
    """Whether a line can begin an attribution: it names a day or a number, or starts a name."""
    return bool(_CLOCK.search(line)) or line[:1].isdigit()


def _next_is_quoted(lines: Sequence[str], at: int) -> bool:
    for line in lines[at : at + 3]:
        if line.strip():
            return is_quoted(line)
    return False
