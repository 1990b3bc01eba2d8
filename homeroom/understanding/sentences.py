"""Sentences of a message: told apart, freed of what they do not ask for, and weighed."""

import functools
import re
from collections.abc import Sequence
from typing import Final

from homeroom.understanding.frames import ungreeted
from homeroom.understanding.idioms import Span, idioms, listed, plain

_BREAK: Final = re.compile(r"(?<=[.!?…;])[\"'”’)\]]*\s+|(?<=[。！？؟])\s*|\n+")
_NO_END: Final = re.compile(
    r"(?:^|[\s(])(?:mrs?|ms|dr|sra?|srta|st|rm|no|ext|ave|apt|prof|vs|etc|approx|dept|gr|jr|hr"
    r"|[a-z]|[ap]\.m)\.$|^\(?\d{1,2}[.)]$",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"(?<=[,:–—])\s+|\s+(?=(?:and|but|so|because|then|also|plus|y|pero|porque|además|tambien)\s)",
    re.IGNORECASE,
)
_NAME: Final = r"[A-ZÀ-Þ][\w'’-]+(?:\s(?:[A-ZÀ-Þ][\w'’-]*\.?|de|la)){0,3}"
_HERE: Final = (
    r"(?=\s*[.;:!,–—]|\s*$|\s+(?:and|but|y|pero|i|i'm|im|i've|i'd|my|we|our|calling|llamo|hablo|mi"
    r"|quiero|necesito|para|the|about)\b)"
)
_IAM: Final = (
    r"(?:this is|it's|its|my name is|my name's|i'm|i am|me llamo|mi nombre es|soy|l?e? ?habla)"
)
_INTRODUCED: Final = re.compile(
    rf"\W*(?i:{_IAM})\s(?:(?i:mrs?|ms|miss|dr|sra?|srta|coach)\.?\s)?{_NAME}"
    r"(?:,?\s(?:from|at|in|over at|de|with|here at|teacher|room)\s[\w'’.-]+"
    r"(?:\s[\w'’.-]+){0,3}?)?"
    rf"{_HERE}"
)
_SPOKEN: Final = re.compile(
    r"\W*(?:this is|my name is|me llamo|mi nombre es|le habla|habla)\s"
    r"(?!(?:a|an|the|about|not|so|very|really|just|regarding|my|our|for|to|how|what|why|where|it|in"
    r"|on|because|still|getting|also|another|is|urgent|ridiculous|now|again|like)\b)"
    r"[a-z'-]+(?:\s[a-z'-]+){0,2}?"
    r"(?=\s*,|\s+(?:calling|i'm|im|i am|from|at|over|and|y|de|mom|dad)\b)",
    re.IGNORECASE,
)
_CALLING: Final = re.compile(
    rf"\W*(?:i'm|im|i am|and i'm)?\s*(?:calling|llamando|llamo)\s(?:from|de|desde)\s"
    rf"[\w'’.-]+(?:\s[\w'’.-]+){{0,3}}?{_HERE}",
    re.IGNORECASE,
)
_KIN: Final = re.compile(
    r"\W*(?:(?i:i'm|im|i am|soy|and i'm|la|el)\s)?(?:[\w'’-]+\s)?"
    r"(?:[\w-]+['’]s?|(?i:the|his|her|la|el|my))\s"
    r"(?i:mom|mother|dad|father|parent|guardian|grandma|grandmother|grandpa|grandfather|aunt|uncle"
    r"|mam[aá]|madre|pap[aá]|padre|abuel[ao]|t[ií][ao]|tutora?)"
    r"(?:\s(?:of|de|to)\s[\w'’-]+(?:\s[\w'’-]+)?)?(?=\s*[,.;]|\s+(?:and|y|calling|i|i'm)\b)"
)
_DIGITS: Final = (
    r"(?:[\d().+,\s-]|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|area code|cero|uno"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b){5,}"
)
_NUMBER: Final = re.compile(
    r"(?:\b(?:again|and|or|y)\b\s*)?(?:\b(?:call|text|reach|ring|ll[aá]me(?:me|nme)|m[aá]rque(?:me|nme))"
    r"(?:\s(?:me|us))?(?:\sback)?(?:\s(?:at|on|al|by phone at))?"
    r"|\b(?:my|our|mi|the|a good|best)?\s?(?:cell|phone|call ?back|contact|home|work|best)?\s?"
    r"(?:number|cell|phone|n[uú]mero|tel[eé]fono|celular)(?:\s(?:is|es|to reach me is))?(?:\sel)?"
    rf")[:\s]{{1,3}}{_DIGITS}",
    re.IGNORECASE,
)
_HEAD: Final = re.compile(
    r"^(?:[\s,;:.!…)–—>|/-]+|(?:fwd?|re|rv)\s*:|(?:but|and|so|pero|y|ok|okay|well)(?:,\s*|\s+)(?=\S))+",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"(?:\s+(?:and|but|so|y|pero|or|ok|okay))?[\s,;:–—>|(/-]*$", re.IGNORECASE
)
_HOLES: Final = re.compile(r"\s?[(\[][\s,.;:]*[)\]]")
_WORDS: Final = re.compile(r"[\w'’]+")


def split(text: str) -> list[str]:
    """Its sentences; a line ends one too, "Ms." and "1." do not."""
    made: list[str] = []
    for piece in filter(None, (part.strip() for part in _BREAK.split(text))):
        if made and _NO_END.search(made[-1][-12:]):
            made[-1] = f"{made[-1]} {piece}"
        else:
            made.append(piece)
    return made


def clauses(sentence: str) -> list[str]:
    """Its clauses, each beginning with its connective."""
    return [part for part in _CLAUSE.split(sentence) if part.strip()]


def clear(sentence: str) -> str:
    """The sentence without greeting, politeness, introductions, ways to ring back, and asides.

    Empty when it was nothing else. "HR told me to ask you about my W-2" is "about my W-2".
    """
    rest = ungreeted(sentence)
    for pattern in (_INTRODUCED, _SPOKEN, _CALLING, _KIN):
        rest = pattern.sub("", rest, count=1) if pattern.match(rest) else rest
    rest = _NUMBER.sub(" ", rest) if any(map(str.isdigit, rest)) or "number" in rest else rest
    spans = list(idioms("phrases", "empty", "aside", "frame").find(plain(rest)))
    rest = _tidy(_without(rest, spans))
    return "" if is_hollow(rest) else rest


def is_hollow(text: str) -> bool:
    """Whether the text has no word that says what it is about."""
    return all(word in hollow() for word in _WORDS.findall(plain(text)))


def is_talk(subject: str) -> bool:
    """Whether a subject line names no subject: "question", "URGENT!!!"."""
    return " ".join(_WORDS.findall(plain(subject))) in _talk() or is_hollow(subject)


def weight(sentence: str) -> int:
    """How much it says of what is wanted: 3 asks and reports, 2 asks or reports, 1 tells."""
    low = plain(sentence)
    asks = "?" in low or "؟" in low or "？" in low or any(idioms("weight", "ask").find(low))
    return 1 + asks + any(True for _ in idioms("weight", "trouble").find(low))


def is_trouble(text: str) -> bool:
    """Whether it reports that something is wrong."""
    return any(True for _ in idioms("weight", "trouble").find(plain(text)))


def _without(text: str, spans: Sequence[Span]) -> str:
    end, kept = 0, []
    for start, stop in spans:
        kept.append(text[end:start])
        end = stop
    return " ".join([*kept, text[end:]]) if spans else text


def _tidy(text: str) -> str:
    whole = _HOLES.sub("", " ".join(text.split()))
    return _TAIL.sub("", _HEAD.sub("", whole))


@functools.cache
def hollow() -> frozenset[str]:
    """Words that say nothing by themselves."""
    return frozenset(listed("phrases")["hollow"])


@functools.cache
def _talk() -> frozenset[str]:
    return frozenset(map(plain, listed("phrases")["talk"]))
