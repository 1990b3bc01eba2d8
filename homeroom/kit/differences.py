"""What is different between two texts, line by line and word by word (pure)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

type Kind = Literal["same", "gone", "new"]

NEAR: Final = 1
"""Unchanged lines shown on either side of a change."""
MOST_LINES: Final = 2_000
"""Longer texts are compared from their first difference to their last, as one change."""
MOST_WORDS: Final = 1_500
"""Longer changes are shown as lines that went and lines that came."""
ALIKE: Final = 0.4
"""Share of words in common from which a line counts as changed rather than replaced."""
_WORDS: Final = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a line."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the comparison: same, changed, gone or new; or `skipped`, without pieces."""

    kind: Literal["same", "changed", "gone", "new", "skipped"]
    pieces: tuple[Piece, ...] = ()


def differences(before: str, after: str) -> tuple[Line, ...]:
    """The changed lines with what stands around them; nothing when the texts are the same."""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return ()
    return tuple(_folded([line for each in _steps(old, new) for line in each]))


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Line]]:
    if max(len(old), len(new)) > MOST_LINES:
        yield from _ends(old, new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield [_line("same", one) for one in old[a:b]]
        else:
            yield _changed(old[a:b], new[c:d])


def _ends(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Line]]:
    """The same beginning, all between the first and the last difference, the same end."""
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    stop = next((n for n in range(shorter - start) if old[-1 - n] != new[-1 - n]), shorter - start)
    yield [_line("same", one) for one in old[:start]]
    yield _changed(old[start : len(old) - stop], new[start : len(new) - stop])
    yield [_line("same", one) for one in old[len(old) - stop :]]


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """Lines that stand for each other word by word, the rest as gone and new."""
    made: list[Line] = []
    for was, now in zip(old, new, strict=False):
        made += _words(was, now)
    n_pairs = min(len(old), len(new))
    made += [_line("gone", one) for one in old[n_pairs:] if one.strip()]
    made += [_line("new", one) for one in new[n_pairs:] if one.strip()]
    return made


def _words(was: str, now: str) -> list[Line]:
    a, b = _WORDS.findall(was), _WORDS.findall(now)
    apart = [_line("gone", was)] * bool(was.strip()) + [_line("new", now)] * bool(now.strip())
    if max(len(a), len(b)) > MOST_WORDS:
        return apart
    match = SequenceMatcher(None, a, b, autojunk=False)
    if match.quick_ratio() < ALIKE or match.ratio() < ALIKE:
        return apart
    pieces: list[Piece] = []
    for tag, i, j, k, m in match.get_opcodes():
        if tag == "equal":
            pieces.append(Piece(kind="same", text="".join(a[i:j])))
            continue
        if i < j:
            pieces.append(Piece(kind="gone", text="".join(a[i:j])))
        if k < m:
            pieces.append(Piece(kind="new", text="".join(b[k:m])))
    return [Line(kind="changed", pieces=tuple(pieces))]


def _line(kind: Kind, text: str) -> Line:
    return Line(kind=kind, pieces=(Piece(kind=kind, text=text),))


def _folded(lines: Sequence[Line]) -> Iterator[Line]:
    """Without long stretches of what is the same, and without its empty lines."""
    changed = [place for place, one in enumerate(lines) if one.kind != "same"]
    shown = {near for place in changed for near in range(place - 2 * NEAR, place + 2 * NEAR + 1)}
    was_skipped = False
    for place, one in enumerate(lines):
        if one.kind == "same" and not one.pieces[0].text.strip():
            continue
        is_shown = place in shown
        if is_shown:
            yield one
        elif not was_skipped:
            yield Line(kind="skipped")
        was_skipped = not is_shown
