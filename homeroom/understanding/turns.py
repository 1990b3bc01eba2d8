"""What a message does to a request that stands already: asks for news, thanks, ends or renews it.

Words alone decide here; whether there is such a request, and whose, is for others to know.
"""

import functools
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeroom.understanding import frames
from homeroom.understanding.encoders import DATA
from homeroom.understanding.phrases import Hit, Lexicon, Words, split

_READ: Final = 1_200
"""Characters that decide: a turn is said early, and a long story is a request of its own."""
_SHORT: Final = 30
"""Words up to which "never mind" is the whole of what was meant."""
_BRIEF: Final = 6
"""Words up to which a message only points back: longer ones tell something of their own."""
_BARE: Final = 1
"""Content words that thanks may hold (a name, mostly) before it is more than thanks."""


class Move(StrEnum):
    """What the message does; `NEW` when nothing in it leans on something said before."""

    NEW = "new"
    NEWS = "news"
    AGAIN = "again"
    DONE = "done"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The move, and the words that say what the message is about, folded; none: it does not say.

    `is_bare` is true when the whole message is short and asks nothing else: only then may the
    asker's word end a request.
    """

    move: Move
    content: frozenset[str]
    is_bare: bool
    gives_thanks: bool = False

    @property
    def kind(self) -> str:
        """What the message is, when it goes with a request that stands (CONTRACT §5)."""
        if self.move is Move.THANKS or (self.is_over and self.gives_thanks):
            return "thanks"
        return "request" if self.move is Move.NEW else "follow_up"

    @property
    def is_over(self) -> bool:
        """Thanks, or the plain word that it is done: nobody needs to answer."""
        return self.move is Move.THANKS or (self.move is Move.DONE and self.is_bare)


def turn(subject: str, text: str, *, name: str = "") -> Turn:
    """The move that a message makes, from its words in any of the listed languages.

    `name` is the sender's: signing is saying nothing.
    """
    # As it was said: what is asked for is understood without manners, and here they are the matter.
    words = split(frames.own(subject, text)[:_READ])
    signed = frozenset(split(name).tokens)
    hits = {move: _listed(move).find(words) for move in ("news", "again", "done", "thanks")}
    hits["done"] = _left(hits["done"], _listed("undone").find(words))
    said = _content(words, [hit for found in hits.values() for hit in found]) - signed
    asks = "?" in text or "？" in text
    return Turn(
        move=_move(hits, words, said, asks=asks),
        content=said | (_content(split(subject), []) - signed),
        is_bare=len(words.tokens) <= _SHORT and not asks and not set(words.tokens) & _buts(),
        gives_thanks=bool(hits["thanks"] or _listed("thanks").find(split(text[:_READ]))),
    )


def content(subject: str, text: str) -> frozenset[str]:
    """The words that say what a text is about, folded, plurals undone."""
    return _content(split(f"{subject} {frames.own(subject, text)[:_READ]}"), [])


def _move(
    hits: dict[str, tuple[Hit, ...]], words: Words, content: frozenset[str], *, asks: bool
) -> Move:
    if hits["done"] and not hits["again"]:
        return Move.NEWS if asks else Move.DONE
    if hits["again"]:
        return Move.AGAIN
    if hits["news"]:
        return Move.NEWS
    if len(content) <= _BARE and _is_thanks(hits["thanks"], words) and not asks:
        return Move.THANKS
    if hits["thanks"] and len(words.tokens) <= _SHORT // 2:
        # "Thanks, and the other one?"; "saw the refund, thank you": it was done, none is wanted.
        is_said = len(content) <= _BARE and not asks and not set(words.tokens) & _asks()
        if is_said or any(hit.start == 0 for hit in hits["thanks"]):
            return Move.NEWS
    # "hello??" and "anyone": no word of its own, and yet not nothing.
    return Move.NEWS if words.tokens and not content and len(words.tokens) <= 4 else Move.NEW


def is_manners(text: str) -> bool:
    """Whether the text is thanks and nothing else: no word in it is of anything or of oneself."""
    found = turn("", text)
    return found.move is Move.THANKS and not found.content


def points_back(text: str) -> bool:
    """Whether it only says how something goes that was told before: no word in it is of anything.

    "It still happens" is as true of a projector as of what nobody should suffer.
    """
    found = turn("", text)
    is_brief = len(text.split()) <= _BRIEF
    return is_brief and found.move in {Move.AGAIN, Move.NEWS} and not found.content


def _is_thanks(hits: tuple[Hit, ...], words: Words) -> bool:
    """Whether it begins with thanks, or is thanks for the most part, and says nothing of oneself.

    "I'm not ok" is none, nor "ok I'm done with everything".
    """
    said = {place for hit in hits for place in range(hit.start, hit.end)}
    begins = any(hit.start <= 1 for hit in hits)
    left = [token for place, token in enumerate(words.tokens) if place not in said]
    if len(words.tokens) > _SHORT or not _selves().isdisjoint(left):
        return False
    return begins or len(said) > len(left)


def _left(hits: tuple[Hit, ...], excuses: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """The hits that no look-alike stands over."""
    return tuple(
        hit
        for hit in hits
        if not any(one.start <= hit.start and hit.end <= one.end + 1 for one in excuses)
        and not any(hit.start <= one.start and one.end <= hit.end for one in excuses)
    )


def _content(words: Words, hits: list[Hit]) -> frozenset[str]:
    said = {place for hit in hits for place in range(hit.start, hit.end)}
    return frozenset(
        _stem(token)
        for place, token in enumerate(words.tokens)
        if place not in said and token not in _fillers() and (len(token) > 2 or token.isdigit())
    )


def _stem(token: str) -> str:
    """The word without the ending of a plural: enough to meet itself again."""
    if len(token) > 4 and token.endswith("s") and not token.endswith("ss"):
        return token[:-1]
    return token


@functools.cache
def _table() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = tomllib.loads((DATA / "turns.toml").read_text("utf-8"))
    return table


@functools.cache
def _listed(name: str) -> Lexicon:
    return Lexicon(phrase for listed in _table()[name].values() for phrase in listed)


@functools.cache
def _selves() -> frozenset[str]:
    return frozenset(word for listed in _table()["self"].values() for word in listed)


@functools.cache
def _buts() -> frozenset[str]:
    return frozenset(word for listed in _table()["but"].values() for word in listed)


@functools.cache
def _asks() -> frozenset[str]:
    return frozenset(word for listed in _table()["ask"].values() for word in listed)


@functools.cache
def _fillers() -> frozenset[str]:
    return frozenset(word for listed in _table()["filler"].values() for word in listed)
