"""What a message is about: the sentences that ask or report, within what the encoders read.

The rule: everything around the request is taken away (`frames`, `sentences.clear`). If more is left
than fits, the sentences that ask and report come first, then those that do either, then the others;
of equal ones the earlier; a sentence longer than half of what fits counts clause by clause. Those
chosen stand in the order in which they were written.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from homeroom.understanding import frames, sentences
from homeroom.understanding.idioms import plain

BOUND: Final = 260
"""Most bytes (UTF-8): what 64 word pieces hold of English, and about that of other scripts."""
_TOPIC: Final = 90
"""Most bytes of a subject line."""
_OWN: Final = 6
"""Words with which a reply says what it is about, whatever its old subject."""
_REPLY: Final = re.compile(
    r"^(?:\s*\[?(?:re|fwd?|aw|rv|fw|wg|tr)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE
)
_EXTERNAL: Final = re.compile(r"^\s*\[?\(?external\)?\]?:?\s*", re.IGNORECASE)


def matter(subject: str, text: str) -> str:
    """What is asked for, at most 260 bytes; the beginning of the text when nothing else is left.

    Never empty for a text that is not blank, never longer than subject and text, and the matter of
    a matter is itself.
    """
    made = _once(subject, text)
    while len(again := _once("", made)) < len(made):
        made = again
    return made


def _once(subject: str, text: str) -> str:
    body = frames.body(subject, text)
    said, note = _said(body.request), _said(body.note)
    topic = topic_of(subject, said)
    if not said and not note:
        return cut(topic or " ".join(f"{subject} {text}".split()), BOUND)
    told = chosen([*said, *note], BOUND - len(topic.encode()) - 2 if topic else BOUND)
    if not topic or plain(topic) in plain(told):
        return told
    return f"{topic}. {told}"


def _said(text: str) -> list[str]:
    told = (each for each in sentences.split(text) if not frames.closes(each))
    return list(filter(None, map(sentences.clear, told)))


def topic_of(subject: str, said: Sequence[str]) -> str:
    """The subject line without its frame, if it says something that the text does not say."""
    bare = _REPLY.sub("", _EXTERNAL.sub("", " ".join(subject.split())))
    if not bare or sentences.is_talk(bare):
        return ""
    is_reply = subject.lstrip()[:3].lower() == "re:"
    if is_reply and sum(len(each.split()) for each in said) >= _OWN:
        return ""
    clear = sentences.clear(bare).rstrip(".")
    return "" if plain(clear) in plain(" ".join(said)) else cut(clear, _TOPIC)


def chosen(said: Sequence[str], bound: int) -> str:
    """As many of the sentences as fit the bound, those that ask first, in their order."""
    if _size(said) <= bound:
        return " ".join(said)
    pieces = [part for each in said for part in _pieces(each, bound)]
    order = sorted(range(len(pieces)), key=lambda at: (-sentences.weight(pieces[at]), at))
    kept: list[int] = []
    left = bound
    for at in order:
        size = _size([pieces[at]]) + bool(kept)
        if size <= left:
            kept.append(at)
            left -= size
    return " ".join(pieces[at] for at in sorted(kept)) or cut(pieces[order[0]], bound)


def _pieces(sentence: str, bound: int) -> list[str]:
    """The sentence, or its clauses when it is so long that it would leave no room for others."""
    return sentences.clauses(sentence) if _size([sentence]) > bound // 2 else [sentence]


def cut(text: str, bound: int) -> str:
    """The beginning of the text, to the last whole word within the bound (bytes of UTF-8)."""
    if len(text.encode(errors="replace")) <= bound:
        return text
    head = text.encode(errors="replace")[:bound].decode(errors="ignore")
    whole = head.rsplit(" ", 1)[0] if " " in head else head
    return whole.strip() or head.strip()


def _size(texts: Iterable[str]) -> int:
    return sum(len(text.encode(errors="replace")) + 1 for text in texts) - 1
