"""The lines of a message that somebody wrote for us to read.

Without what mail programs and manners put around them: quotes, headers of forwarded mail, greeting,
closing, signature, contact lines, what devices add and what lawyers add. Linear, and bounded to
the first 6,000 characters.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.understanding.idioms import either, listed, plain

_READ: Final = 6000
_WRAPPED: Final = 55
"""A line at least so long was broken by a mail program, not by the writer."""

_FORWARD: Final = re.compile(r"^\W*(?:re\W+)*(?:fwd?|fw|rv|wg|tr|enc|i)\s*:", re.IGNORECASE)
_FENCE: Final = re.compile(
    r"^[\W_]*(?:begin )?(?:forwarded message|original message|original appointment"
    r"|mensaje reenviado|mensaje original|inicio del mensaje reenviado)\W*$"
)
_CARRIED: Final = re.compile(r"forward|reenviad")
_ATTRIBUTION: Final = re.compile(
    r"^\W*(?:on|el|am|le|em|a la\(s\)|вт|пн|ср|чт|пт|сб|вс)\b.{6,160}"
    r"(?:wrote|escribio|escreveu|ecrit|написал(?:а)?)\s?:?\W*$"
)
_CONTACT: Final = re.compile(
    r"^\W*(?:(?:tel|telephone|cell|phone|fax|ext|office|direct|mobile|main|o|c|m|p|t|e|email|e-mail"
    r"|web|cel|tel[eé]fono)[:. ]{1,3})?(?:[\d ()+.x/-]{7,}(?:\s?(?:ext|x)\.?\s?\d+)?"
    r"|\S+@\S+|https?://\S+|www\.\S+)(?:\s?[|,/]\s?\S+@\S+|\s?[|,/]\s?[\d ()+.x-]{7,})*\W*$"
)
_POSTSCRIPT: Final = re.compile(r"^\W*(?:p\.?\s?s\.?|p\.?\s?d\.?)(?=[\s:.,-])[\s:.,-]*")
_DASHES: Final = re.compile(r"^\s*(?:--+|__{2,}|\*\*+|==+|~~+|—+|–)\s*$")
_SIGNED: Final = re.compile(r"^\s*[-–—~]\s?[A-ZÀ-Þ][\w.'’-]+(?:\s[\w.'’-]+){0,2}\s*$")
_BULLET: Final = re.compile(r"^\s*(?:[-–—*•·>+]|\(?\d{1,2}[.):]|\(?[a-e][.)])\s+\S")
_TITLE: Final = (
    r"(?i:mrs?|ms|miss|dr|sra?|srta|prof|coach|maestr[oa]|señora?|director|directora)\b\.?"
)
_WHOM: Final = re.compile(
    rf"(?:(?:\s+(?:there|all|everyone|everybody|team|folks|friends|again|y'?all|and|to|&|{_TITLE}"
    r"|[A-ZÀ-Þ][\w'’-]*)){1,6}|\s+[\w'’-]+(?=,)|\s*)\s*(?:[,:!.;–—，、،-]+|$)"
)
_TITLED: Final = re.compile(
    rf"\s+(?:{_TITLE}\s+[A-ZÀ-Þ][\w'’-]+|there|all|everyone|team|folks)(?!\w)"
)
_SENTENCE_END: Final = (".", "!", "?", ":", ";", "。", "！", "？")
_CAPITAL: Final = re.compile(r"^[\"'(]?[A-ZÀ-Þ0-9#&|]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What was written: `request` are its lines; `note` those of whoever passed it on."""

    request: str
    note: str = ""


def body(subject: str, text: str) -> Body:
    """The lines that matter, a forwarded message before the words of whoever forwarded it.

    Nothing is left of a text that is all frame.
    """
    lines = text[:_READ].splitlines()
    parts = list(_segments(lines))
    is_forward = bool(_FORWARD.match(subject)) or any(_CARRIED.search(fence) for fence, _ in parts)
    said = [_said(segment, quoted=is_forward) for _, segment in parts]
    if len(said) == 1 or not is_forward:
        return Body(request=next(filter(None, said), ""))
    whole = [each for each in said[1:] if each]
    if not whole:
        return Body(request=said[0])
    return Body(request=whole[-1], note="\n".join([*filter(None, said[:1]), *whole[:-1]]))


def own(subject: str, text: str) -> str:
    """What the sender wrote, without quotes, signature and the small print below it.

    The text as it is when that leaves nothing.
    """
    made = body(subject, text)
    said = "\n".join(filter(None, (made.note, made.request)))
    return said if any(char.isalnum() for char in said) else text


def _segments(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The lines between headers of carried mail, each with the fence that stood before them."""
    fence, segment, at = "", list[str](), 0
    while at < len(lines):
        end = _headers_end(lines, at)
        if end is None:
            segment.append(lines[at])
            at += 1
            continue
        yield fence, segment
        fence, segment, at = plain(lines[at]), [], end
    yield fence, segment


def _headers_end(lines: Sequence[str], at: int) -> int | None:
    """Where the headers that begin at this line end; nothing when none begin here."""
    line = plain(lines[at]).lstrip(" \t>*")
    is_fence = len(line) < 80 and bool(_FENCE.match(line))
    end = at + is_fence
    while end < len(lines) and end - at < 4 and not lines[end].strip(" \t>"):
        end += 1
    first = end
    while end < len(lines) and end - first < 9 and _is_header(lines[end]):
        end += 1
    if end - first >= 2 or (is_fence and end > first):
        return end
    return at + 1 if is_fence else None


def _is_header(line: str) -> bool:
    label, colon, _ = plain(line[:40]).lstrip(" \t>*").partition(":")
    return bool(colon) and label.rstrip("* ") in _headers()


def _said(lines: Sequence[str], *, quoted: bool) -> str:
    """The lines of one message without its frame, wrapped lines joined again."""
    kept: list[str] = []
    paragraphs = _without_quotes(lines, quoted=quoted)
    is_over = False
    for line in paragraphs:
        low = plain(line[:300])
        if match := _POSTSCRIPT.match(low):
            kept.append(line[match.end() :])
        elif is_over:
            continue
        elif not any(kept) and (match := _greeting().match(low)):
            kept.append(ungreeted(line))
        elif closes(line):
            is_over = any(each.strip() for each in kept)
        elif not _is_foreign(low):
            kept.append(line)
    return _joined(_unsigned(kept))


def ungreeted(text: str) -> str:
    """The text without a greeting at its beginning and the name of whoever is greeted."""
    match = _greeting().match(plain(text[:80]))
    if match is None:
        return text
    rest = text[match.end() :]
    whom = _WHOM.match(rest) or _TITLED.match(rest)
    return rest[whom.end() :] if whom else rest


def _without_quotes(lines: Sequence[str], *, quoted: bool) -> Iterator[str]:
    """The lines without those that repeat another message, which follow a line that says so."""
    is_quoted = False
    for at, line in enumerate(lines):
        low = plain(line[:200])
        two = f"{low} {plain(lines[at + 1][:200])}" if at + 1 < len(lines) else low
        if _ATTRIBUTION.match(low) or (len(low) > 20 and _ATTRIBUTION.match(two)):
            is_quoted = True
            if not any(each.lstrip().startswith(">") for each in lines[at + 1 :]):
                return
        elif line.lstrip().startswith(">"):
            if quoted and not is_quoted:
                yield line.lstrip("> \t")
        elif not (is_quoted and plain(line).strip().endswith(("wrote:", "escribio:"))):
            yield line


def closes(line: str) -> bool:
    """Whether the line ends a message: "Thanks, Ana", "-- ", "- Ana"."""
    if len(line) > 90:
        return False
    return bool(_DASHES.match(line) or _SIGNED.match(line) or _closing().match(plain(line)))


def _is_foreign(low: str) -> bool:
    """Whether a device, a lawyer or a letterhead wrote the line."""
    if _CONTACT.match(low) or _foreign().match(low):
        return True
    return bool(_legal().match(low)) and bool(_legal_sure().search(low))


def _unsigned(lines: list[str]) -> list[str]:
    """The lines without the block of names, titles and mottoes that stands at their end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and lines[start - 1].strip() and _is_title(lines[start - 1]):
        start -= 1
    is_apart = 0 < start < end and (not lines[start - 1].strip() or end - start >= 2)
    if is_apart and any(line.strip() for line in lines[:start]):
        return _unsigned(lines[:start]) if start > 1 else lines[:start]
    return lines[:end]


def _is_title(line: str) -> bool:
    """Whether a line looks like a name, a job, a school or a motto: short and mostly capitals."""
    bare = line.strip()
    words = bare.split()
    if bare[:1] in '"“' and bare[-1:] in '"”':
        return True
    if len(bare) > 60 or bare.endswith(_SENTENCE_END) or _BULLET.match(line):
        return False
    great = [word for word in words if len(word) > 3 or _CAPITAL.match(word)]
    return bool(great) and len(words) <= 8 and all(map(_CAPITAL.match, great))


def _joined(lines: Sequence[str]) -> str:
    """Sentences that a mail program wrapped, on one line again; what the writer broke stays so."""
    made: list[str] = []
    previous = ""
    for line in lines:
        bare = " ".join(line.split())
        is_wrapped = (
            bool(previous)
            and bool(bare)
            and not _BULLET.match(line)
            and not previous.endswith(_SENTENCE_END)
            and (bare[0].islower() or len(previous) >= _WRAPPED)
        )
        if is_wrapped:
            made[-1] = f"{made[-1]} {bare}"
        elif bare:
            made.append(bare)
        previous = bare
    return "\n".join(made)


@functools.cache
def _headers() -> frozenset[str]:
    return frozenset(listed("lines")["header"])


@functools.cache
def _greeting() -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:{either(listed('lines')['greeting'])})(?!\w)")


@functools.cache
def _closing() -> re.Pattern[str]:
    name = r"[\w.'’-]{1,20}"
    return re.compile(
        rf"^\W*(?:{either(listed('lines')['closing'])})"
        rf"(?:[\s,.!–-]*$|\s{name}[\s.!]*$|[,.!–-]+\s?{name}(?:\s{name}){{0,3}}\s*$)"
    )


@functools.cache
def _foreign() -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:{either(listed('lines')['device'])})\b.{{0,80}}$")


@functools.cache
def _legal() -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:{either(listed('lines')['legal'])})")


@functools.cache
def _legal_sure() -> re.Pattern[str]:
    return re.compile(either(listed("lines")["legal_sure"]))
