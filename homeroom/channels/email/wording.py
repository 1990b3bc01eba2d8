"""Letters in words: times as people say them, and one source for the plain and the HTML part."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.template import Context
from django.template.backends.django import Template
from django.template.loader import get_template
from django.utils import dateformat, translation
from django.utils.translation import gettext, gettext_noop, pgettext

TWELVE_HOURS: Final = frozenset({"en"})
"""Languages whose readers expect AM and PM; all others count to 24."""
_DANGERS = {
    "self harm": gettext_noop("self harm"),
    "threat": gettext_noop("threat"),
    "weapon": gettext_noop("weapon"),
    "abuse": gettext_noop("abuse"),
    "bullying": gettext_noop("bullying"),
    "missing child": gettext_noop("missing child"),
    "medical": gettext_noop("medical"),
    "hazard": gettext_noop("hazard"),
    "custody": gettext_noop("custody"),
    "supervision": gettext_noop("supervision"),
    "privacy": gettext_noop("privacy"),
}
"""Kinds of danger as a letter writes them."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_BREAKS = re.compile(r"\n\s*\n")
_RE = re.compile(r"(?:(?:re|aw|sv|rv|antw|fw|fwd|rif)\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph: text, said (a person's words), quote (the asker's own words), or link."""

    kind: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A subject, and the same blocks to be shown twice."""

    subject: str
    blocks: tuple[Block, ...]


def one_line(text: str, *, limit: int = 200) -> str:
    """`text` on one line: line breaks, controls and direction marks become single spaces."""
    return " ".join(_CONTROLS.sub(" ", text).split())[:limit]


def answering(subject: str) -> str:
    """The subject of an answer: ``Re:`` once, whatever stood there before."""
    return f"Re: {_RE.sub('', one_line(subject), count=1) or '...'}"


def danger(kind: str) -> str:
    """The danger in words in the language that is active: "self harm", "safety" when unknown."""
    return gettext(_DANGERS.get(kind) or gettext_noop("safety"))


def by(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """A promise in the language that is active: "by 9:50 AM today", "by 9:50 AM on Monday, …"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    words = {"clock": _clock(local), "day": _day(local, this_year=today.year)}
    if local.date() == today:
        return gettext("by %(clock)s today") % words
    if local.date() == today + timedelta(days=1):
        return gettext("by %(clock)s tomorrow") % words
    return gettext("by %(clock)s on %(day)s") % words


def _clock(local: datetime) -> str:
    language = (translation.get_language() or "en").split("-")[0]
    return dateformat.format(local, "g:i A" if language in TWELVE_HOURS else "G:i")


def _day(local: datetime, *, this_year: int) -> str:
    if local.year == this_year:
        return dateformat.format(local, pgettext("date format", "l, M j"))
    return dateformat.format(local, pgettext("date format", "l, M j, Y"))


def told(facts: Mapping[str, object]) -> dict[str, object]:
    """What a letter answers from and asks back, and the articles it is about; lists one a line."""

    def lines(name: str) -> list[str]:
        given = facts.get(name)
        return [one_line(str(one)) for one in given] if isinstance(given, list) else []

    return {
        "answer": bool(facts.get("answer")),
        "sources": lines("sources"),
        "question": bool(facts.get("question")),
        "titles": lines("titles"),
        "is_draft": bool(facts.get("is_draft")),
    }


def render(
    purpose: str, *, words: Mapping[str, object], texts: Mapping[str, tuple[str, str]]
) -> Letter:
    """The letter of that purpose in the language that is active.

    `words` are names and phrases for the template. `texts` are whole texts by their name in the
    template, each (kind, text) with kind ``said`` or ``quote``; they are put in untouched.
    """
    marks = {
        f"\ue000{name}\ue001": Block(kind=kind, text=text) for name, (kind, text) in texts.items()
    }
    names = {name: f"\ue000{name}\ue001" if text else "" for name, (_, text) in texts.items()}
    subject, _, body = _filled(purpose, {**words, **names}).partition("\n")
    return Letter(subject=one_line(subject), blocks=tuple(_blocks(body, marks)))


def _filled(purpose: str, words: Mapping[str, object]) -> str:
    found = get_template(f"mail/{purpose}.txt")
    if not isinstance(found, Template):
        raise TypeError("Letters are Django templates.")
    return found.template.render(Context(dict(words), autoescape=False)).lstrip()


def _blocks(body: str, marks: Mapping[str, Block]) -> Iterator[Block]:
    for part in _BREAKS.split(body):
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        if not lines:
            continue
        if len(lines) == 1 and lines[0] in marks:
            yield marks[lines[0]]
        elif len(lines) > 1 and lines[-1].startswith(("https://", "http://")):
            yield Block(kind="link", text=" ".join(lines[:-1]), url=lines[-1])
        else:
            yield Block(kind="text", text="\n".join(lines))


def plain(letter: Letter, *, foot: str) -> str:
    """The plain part; the foot stands below the line that mail programs cut at."""
    return "\n\n".join([*map(_plain, letter.blocks), f"-- \n{foot}"]) + "\n"


def _plain(block: Block) -> str:
    if block.kind == "link":
        return f"{block.text}:\n{block.url}"
    if block.kind == "quote":
        return "\n".join(f"> {line}".rstrip() for line in block.text.split("\n"))
    return block.text


def html(letter: Letter, *, foot: str) -> str:
    """The HTML part in the active language, styled for mail programs; every text is escaped."""
    direction = "rtl" if translation.get_language_bidi() else "ltr"
    return str(
        get_template("mail/frame.html").render(
            {
                "subject": letter.subject,
                "blocks": letter.blocks,
                "foot": foot,
                "language": translation.get_language(),
                "direction": direction,
            }
        )
    )
