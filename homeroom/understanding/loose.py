"""Words that may be the name of something in this district: only its own records can tell.

Nothing here is a fact yet. What no record knows is dropped again (`ranking`).
"""

import re
from collections.abc import Iterator
from typing import Final

from homeroom.understanding.listed import either, fillers, words
from homeroom.understanding.named import Kind, Mention, at_group

_WORDS_READ: Final = 600
"""Letters in which names are sought: who and where is said early."""
_RUN: Final = 6
"""Words of one run: no name has more."""
_RUNS: Final = 24
_CODE: Final = re.compile(
    r"(?<![\w@./:$+-])#?((?!(?:19|20)\d\d\b)(?:[a-z]{1,5}-?\d{3,8}"
    r"|[a-z]{1,5} (?!(?:19|20)\d\d\b)\d{4,8}|[a-z]{1,4}-[a-z]{1,4}-?\d{2,8}"
    r"|\d{1,4}[a-z]{1,3}-?\d{3,8}|\d{4,8}))(?![\w@-]|[.:/]\d)"
)
_THREE: Final = re.compile(r"(?<![\w$.,:/@+#-])(?<!\d )(\d{3}[a-z]?)(?![\w%°@-]|[.,:/]\d|\s\d)")
_CROSSING: Final = re.compile(
    r"\b(?:at|on|en|stop|parada|corner of|esquina de)\s"
    r"([a-z]{3,15}(?: [a-z]{2,10})?\s(?:&|and|y)\s(?:[a-z]{3,15}|\d{1,3}(?:st|nd|rd|th)))\b"
)
_COUNTS: Final = re.compile(rf"\s?(?:{either('unit')})\b")
_PLAIN: Final = re.compile(r"[a-z]+ ")
_WORD: Final = re.compile(r"[^\W\d_][^\W\d_'’-]*|\d{1,4}(?:st|nd|rd|th)?(?![\w.:/])|[^\w\s'’-]|\n")
_BEFORE: Final = frozenset({"at", "in", "from", "to", "en", "de", "del", "a", "al", "over", "by"})
_ARTICLES: Final = frozenset({"the", "el", "la", "los", "las", "our", "my"})


def codes(text: str) -> Iterator[Mention]:
    """Letters with figures that may be a tag or a serial number; `text` in lower case."""
    for match in _CODE.finditer(text):
        start, end = match.span(1)
        lead = _PLAIN.match(match[1])
        if lead and lead[0].strip() in words("no_tag"):
            continue  # "room 1140" is for others to find
        if lead and lead[0].strip() in fillers():
            start += lead.end()
        value = text[start:end].upper().replace(" ", "")
        yield Mention(kind=Kind.CODE, text=text[start:end], value=value, start=start, end=end)


def spots(text: str) -> Iterator[Mention]:
    """Crossings that may be a bus stop, and numbers of three figures that may be a room."""
    for match in _CROSSING.finditer(text):
        yield at_group(Kind.SPOT, match, match[1], 1)
    for match in _THREE.finditer(text):
        if not _COUNTS.match(text, match.end()):
            yield at_group(Kind.CODE, match, match[1].upper(), 1)


def names(text: str, taken: bytearray) -> Iterator[Mention]:
    """Runs of words in `text` (lower case) that are not taken and no stop words.

    Kind `SPOT` for those that follow "at", "in", "en la" and the like, `WORDS` for others.
    """
    run: list[tuple[int, int]] = []
    n_found, before, follows = 0, "", False
    for match in (*_WORD.finditer(text[:_WORDS_READ]), None):
        word = match[0] if match else ""
        if (
            match
            and (_is_name(word) or (run and word.isalnum() and word[0].isdigit()))
            and not any(taken[match.start() : match.end()])
        ):
            if not run:
                follows = before in _BEFORE
            run.append(match.span())
        elif run:
            yield _mention(text, run, follows=follows)
            n_found, run = n_found + 1, []
        if len(run) == _RUN:
            yield _mention(text, run, follows=follows)
            n_found, run = n_found + 1, []
        if n_found >= _RUNS:
            return
        before = before if word in _ARTICLES and before in _BEFORE else word


def _is_name(word: str) -> bool:
    is_stop = word in fillers() or word in _BEFORE or word in _ARTICLES
    return len(word) > 1 and word[0].isalpha() and not is_stop


def _mention(text: str, run: list[tuple[int, int]], *, follows: bool) -> Mention:
    start, end = run[0][0], run[-1][1]
    kind = Kind.SPOT if follows else Kind.WORDS
    return Mention(kind=kind, text=text[start:end], value=text[start:end], start=start, end=end)
