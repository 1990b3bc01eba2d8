"""What this person wrote, apart from what their mail program quoted and signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.channels.email.closings import closing_start
from homeroom.channels.email.lexicon import quotes
from homeroom.channels.email.marks import Found, Mark, is_quoted, is_rule, mark_at

MAX_LINES: Final = 20_000
"""Lines that are looked at; a text with more keeps the others as written."""

_FRAGMENT: Final = 25
"""Characters of a line that wrapping broke off a quoted line, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The visible text and what was cut; every line of the body stands in one of them."""

    text: str
    cut: str = ""


@dataclass(frozen=True, slots=True)
class _Region:
    """Quoted lines `start` up to `end`; announced when a mail program put a line above them."""

    start: int
    end: int
    is_announced: bool


def split(text: str, *, subject: str = "", quote_starts: Sequence[int] = ()) -> Reply:
    """What the person wrote and what was cut off it.

    Quotes at the end, signatures and legal feet are cut. Answers between quoted lines keep the
    quoted lines above them. A forwarded message is content. If nothing would remain, all is kept.
    """
    lines = text.split("\n")
    seen = lines[:MAX_LINES]
    regions = _regions(seen, frozenset(quote_starts), is_forward=_is_forward(subject))
    hidden = _hidden(seen, regions)
    if not any(line.strip() for at, line in enumerate(seen) if not hidden[at]):
        hidden = [False] * len(seen)
    if regions and regions[-1].end == MAX_LINES and hidden[-1]:
        hidden += [True] * (len(lines) - len(seen))
    else:
        hidden += [False] * (len(lines) - len(seen))
    kept = [line for line, is_hidden in zip(lines, hidden, strict=True) if not is_hidden]
    cut = [line for line, is_hidden in zip(lines, hidden, strict=True) if is_hidden]
    return Reply(text=_joined(kept), cut=_joined(cut))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _is_forward(subject: str) -> bool:
    known = quotes()
    return bool(known.forward_subject.match(subject)) and not known.reply_subject.match(subject)


def _regions(lines: Sequence[str], starts: frozenset[int], *, is_forward: bool) -> list[_Region]:
    """The quoted stretches in order; the search ends where a forwarded message begins."""
    regions: list[_Region] = []
    at = 0
    while at < len(lines):
        found = mark_at(lines, at)
        if found and _is_content(found, is_forward=is_forward):
            break
        if found or at in starts:
            region = _announced(lines, found or Found(Mark.ATTRIBUTION, at, at))
        elif is_quoted(lines[at]):
            region = _Region(at, _quote_end(lines, at), False)
        else:
            at += 1
            continue
        regions.append(region)
        at = max(region.end, at + 1)
    return regions


def _is_content(found: Found, *, is_forward: bool) -> bool:
    return found.mark is Mark.FORWARD or (
        is_forward and found.mark in {Mark.HEADERS, Mark.ORIGINAL}
    )


def _announced(lines: Sequence[str], found: Found) -> _Region:
    start = found.start
    while start and (not lines[start - 1].strip() or is_rule(lines[start - 1])):
        start -= 1
    at = found.end
    while at < len(lines) and not lines[at].strip():
        at += 1
    if found.mark is Mark.ATTRIBUTION and at < len(lines) and is_quoted(lines[at]):
        return _Region(start, _quote_end(lines, at), True)
    return _Region(start, len(lines), True)


def _quote_end(lines: Sequence[str], at: int) -> int:
    """Behind the last quoted line, over blank lines and fragments that wrapping broke off."""
    end = at + 1
    while at < len(lines):
        if is_quoted(lines[at]):
            end = at + 1
        elif lines[at].strip() and not _is_fragment(lines, at):
            break
        at += 1
    return end


def _is_fragment(lines: Sequence[str], at: int) -> bool:
    return (
        len(lines[at]) <= _FRAGMENT
        and 0 < at < len(lines) - 1
        and len(lines[at - 1]) >= 60
        and is_quoted(lines[at - 1])
        and is_quoted(lines[at + 1])
    )


def _hidden(lines: Sequence[str], regions: Sequence[_Region]) -> list[bool]:
    """For each line whether it is cut.

    A quote with written text below it is kept as context when the person answered line by line.
    One announced quote with the whole answer below it is plain bottom posting, and is cut.
    """
    hidden = [False] * len(lines)
    segments = _segments(len(lines), regions)
    ends = [start + closing_start(lines[start:end]) for start, end in segments]
    written = [
        any(line.strip() for line in lines[start:end])
        for (start, _), end in zip(segments, ends, strict=True)
    ]
    last = max((at for at, is_written in enumerate(written) if is_written), default=-1)
    is_inline = sum(written[1:]) > 1
    for at, (_, end) in enumerate(segments):
        is_context = at < last and at < len(regions) and (is_inline or not regions[at].is_announced)
        if not is_context:
            hidden[ends[at] : end] = [True] * (end - ends[at])
            following = regions[at] if at < len(regions) else _Region(end, end, False)
            hidden[following.start : following.end] = [True] * (following.end - following.start)
    return hidden


def _segments(size: int, regions: Sequence[_Region]) -> list[tuple[int, int]]:
    """The stretches before, between and after the regions; one more than there are regions."""
    starts = [0, *(region.end for region in regions)]
    ends = [*(region.start for region in regions), size]
    return list(zip(starts, ends, strict=True))
