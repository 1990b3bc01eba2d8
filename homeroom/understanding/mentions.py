"""What a text names: rooms, tags, routes, people, grades, money, addresses; found, not resolved.

Only the shape of the text is known here. Whether there is a room 214 is for others to look up.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import phonenumbers

from homeroom.understanding import loose, numbered, spoken, times
from homeroom.understanding.listed import either, not_names
from homeroom.understanding.named import Kind, Mention, at_group

__all__ = ["Kind", "Mention", "extract", "of_kind"]

_READ: Final = 4000
_MOST: Final = 60

_NAME: Final = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]{1,24}(?:['’-]?[A-ZÀ-Þ][a-zà-öø-ÿ]{1,24}){0,2}"
_ANY_NAME: Final = r"[a-zA-ZÀ-ÖØ-öø-ÿ][a-zà-öø-ÿ'’-]{1,24}"


type Found = Iterator[Mention]


def extract(text: str, *, at: datetime, region: str = "US") -> tuple[Mention, ...]:
    """Everything named in the first 4,000 characters, in order, without overlaps, at most 60.

    Also what may name something, to be looked up (`named.GUESSES`): after all that is sure.

    `at` is when it was said, in the district's own time zone: "Friday" is counted from there.
    """
    seen = text[:_READ]
    plain = _lower(seen)
    finders: Sequence[Callable[[], Found]] = (
        lambda: _said(Kind.EMAIL, _EMAIL, seen, seen, str.lower),
        lambda: _said(Kind.STUDENT_ID, _STUDENT_ID, seen, plain),
        lambda: _serials(plain),
        lambda: _said(Kind.ASSET_TAG, _tags(), seen, plain, _compact),
        lambda: _phones(seen, region),
        lambda: _said(Kind.AMOUNT, _AMOUNT, seen, plain, _money),
        lambda: numbered.found(plain),
        lambda: _said(Kind.BUS_ROUTE, _BUS, seen, plain, str.upper),
        lambda: spoken.found(plain),
        lambda: times.found(plain, at=at),
        lambda: loose.codes(plain),
        lambda: _said(Kind.ROOM, _rooms(), seen, plain, _compact),
        lambda: loose.spots(plain),
        lambda: _said(Kind.SCHOOL, _SCHOOL, seen, seen, _school),
        lambda: _people(seen, plain),
        lambda: _listed(Kind.PLACE, "place", plain),
        lambda: _listed(Kind.APP_NAME, "app_name", plain),
        lambda: _listed(Kind.DEVICE_WORD, "device_word", plain),
        lambda: _said(Kind.SCHOOL, _AT_SCHOOL, seen, seen, _school),
        lambda: loose.names(plain, taken),
    )
    taken = bytearray(len(seen))
    kept: list[Mention] = []
    for finder in finders:
        for mention in finder():
            if mention.value and not any(taken[mention.start : mention.end]):
                taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
                kept.append(replace(mention, text=seen[mention.start : mention.end]))
    return tuple(sorted(kept, key=lambda one: one.start)[:_MOST])


def _lower(text: str) -> str:
    """The text in lower case, letter for letter: what stands where in it stays where it is.

    Most patterns look at this one: told to ignore case themselves, they take three times as long.
    """
    whole = text.lower()
    if len(whole) == len(text):
        return whole
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def of_kind(mentions: Sequence[Mention], kind: Kind) -> tuple[Mention, ...]:
    """The mentions of one kind, in the order they were said."""
    return tuple(mention for mention in mentions if mention.kind == kind)


_EMAIL: Final = re.compile(r"(?<![\w.+-])([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})")
_STUDENT_ID: Final = re.compile(
    r"\b(?:student|lunch|school|estudiante|alumno|matr[ií]cula)?\s?(?:id|i\.d\.|matr[ií]cula)"
    r"(?:\s?(?:number|num|no\.?|n[uú]mero|is|es|#|:)){0,3}\s{0,2}#?([a-z]?\d{4,10})\b"
    r"|\b(?:student|estudiante|alumno|alumna)\s?(?:number|no\.?|n[uú]mero|#)?\s?(\d{5,10})\b"
)
_SERIAL: Final = re.compile(
    r"\b(?:serial|s/n|service tag|n[uú]mero de serie|serie)"
    r"(?:\s?(?:number|num|no\.?|is|es|#|:)){0,3}\s{0,2}([a-z0-9][a-z0-9-]{4,19})\b"
)
_AMOUNT: Final = re.compile(
    r"(\$\s?\d{1,3}(?:,\d{3}){0,3}(?:\.\d{2})?(?!\d)|\$\s?\d{4,7}(?:\.\d{2})?(?!\d)"
    r"|\b\d{1,6}(?:\.\d{2})?\s?(?:dollars|bucks|d[oó]lares)\b)"
)
_BUS: Final = re.compile(
    r"\b(?:bus(?:es)?|route|rt\.?|ruta|autob[uú]s|cami[oó]n)\s{0,2}"
    r"(?:(?:number|num|no\.?|n[uú]mero|route|ruta|is|es|el|la|de la ruta|#)\s{0,2}){0,2}"
    r"#?(\d{1,3}[a-z]?)\b(?![:/.]\d|\s?(?:am|pm|minut|min\b|times|kids|hours|d[ií]as|weeks|years))"
    r"|\bthe\s(\d{1,3})\sbus\b|\b(\d{1,3})\s(?:bus|am bus|pm bus)\b"
)
_PHONE: Final = re.compile(
    r"(?<![\w.+-])(\+\d[\d ().-]{7,18}\d|(?:1[ .-])?\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]?\d{4})(?![\w-])"
)
_SCHOOL: Final = re.compile(
    rf"\b((?:{_NAME} ){{1,3}}(?:High|Middle|Elementary|Primary|Academy|Intermediate|HS|MS|ES)"
    r"(?:\sSchool)?)\b"
    r"|\b([a-z]{4,16}\s(?:elementary|middle school|high school|academy))\b"
    rf"|\b(?:[Ee]scuela|[Pp]rimaria|[Ss]ecundaria|[Pp]reparatoria)\s({_NAME}(?:\s{_NAME})?)"
)
_AT_SCHOOL: Final = re.compile(rf"\b(?:at|over at|from|de la|en la|en|to)\s({_NAME})\b")
_SCHOOL_KIND: Final = re.compile(
    r"\s(?:high|middle|elementary|primary|intermediate|hs|ms|es)?(?:\s?school)?$", re.IGNORECASE
)


@functools.cache
def _tags() -> re.Pattern[str]:
    says = r"(?:\s?(?:number|num|no\.?|n[uú]mero|is|es|says|reads|dice|#|:)){0,3}"
    tag = r"#?\s?([a-z]{0,4}-?\d{4,8})"
    return re.compile(
        rf"\b(?:asset\s)?(?:tag|etiqueta|sticker|barcode|inventory|asset){says}\s{{0,2}}{tag}\b"
        rf"|\b(?:{either('device_word')})s?{says}\s{{0,2}}{tag}\b(?![:/.]\d)"
    )


@functools.cache
def _rooms() -> re.Pattern[str]:
    lead = r"rooms?|rm\.?|classroom|sal[oó]n(?: de clases)?|aula|cuarto|portable|lab|door|puerta"
    near = r"in|en(?: el)?|at|from|outside|near|by|@|to|over in|afuera del|down in"
    blocked = rf"(?![:/.,%°-]?\d|%|°|\s?(?:{either('unit')})\b)"
    letter = r"[a-z]?-?\d{1,4}(?:-?[a-z])?"
    return re.compile(
        rf"\b(?:{lead})\s{{0,2}}(?:#|no\.?|number|n[uú]mero)?\s{{0,2}}({letter})\b(?![:/]\d)"
        rf"|\b(?:{near})\s((?!(?:19|20)\d\d\b)(?:[a-z]-?\d{{1,3}}|\d{{2,4}}[a-z]?))\b{blocked}"
        rf"|^\s{{0,4}}(\d{{2,4}}[a-z]?|[a-z]-?\d{{1,3}})(?=\s?[,:;–/-]\s|\s(?:is|no|[a-z]{{3}})){blocked}"
        rf"|\b(?:{either('title_sure')})\.?\s[^\W\d_]{{2,20}}(?:'s|’s)?[\s,]{{1,2}}(\d{{2,4}}[a-z]?)\b{blocked}",
        re.MULTILINE,
    )


@functools.cache
def _name_patterns() -> tuple[tuple[re.Pattern[str] | None, re.Pattern[str]], ...]:
    """Each with the lead that must stand there in lower case, for those that have one."""
    full = rf"{_NAME}(?: (?:de la |de |[A-Z]\. )?{_NAME}){{0,2}}"
    return (
        _led("title", rf"\.?\s({full}|[A-Z]\.?\s{_NAME})"),
        _led("title_sure", rf"\.?\s({_ANY_NAME})\b"),
        _led("kin", rf",?\s({full})"),
        _led("kin_sure", rf",?\s({_ANY_NAME})\b"),
        (None, re.compile(rf"\b({_NAME} (?:[A-Z]\. )?{_NAME}(?: {_NAME})?)\b")),
    )


def _led(lead: str, follows: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The place where a word of a list stands, and the pattern of it with what follows it."""
    return re.compile(rf"\b(?=(?:{either(lead)})\W)"), re.compile(rf"(?i:{either(lead)}){follows}")


def _said(
    kind: Kind,
    pattern: re.Pattern[str],
    text: str,
    seen: str,
    value: Callable[[str], str] = str,
) -> Found:
    """A mention for each match in `seen`, at its first group that took part, in words of `text`."""
    for match in pattern.finditer(seen):
        group = match.lastindex or 0
        start, end = match.span(group)
        yield at_group(kind, match, value(text[start:end].strip()), group)


def _serials(text: str) -> Found:
    for match in _SERIAL.finditer(text):
        if any(char.isdigit() for char in match[1]):
            yield at_group(Kind.SERIAL, match, match[1].upper(), 1)


def _phones(text: str, region: str) -> Found:
    for match in _PHONE.finditer(text):
        try:
            number = phonenumbers.parse(match[1], region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            yield at_group(Kind.PHONE, match, value, 1)


def _named(
    lead: re.Pattern[str] | None, pattern: re.Pattern[str], text: str, plain: str
) -> Iterator[re.Match[str]]:
    """Matches from left to right; those with a lead are only looked for where it stands."""
    if lead is None:
        yield from pattern.finditer(text)
        return
    end = 0
    for place in lead.finditer(plain):
        if place.start() >= end and (match := pattern.match(text, place.start())):
            end = match.end()
            yield match


def _people(text: str, plain: str) -> Found:
    for lead, pattern in _name_patterns():
        for match in _named(lead, pattern, text, plain):
            parts = match[1].split()
            known = [part.casefold().strip(".,'’") in not_names() for part in parts]
            size = known.index(True) if True in known else len(parts)
            least = 2 if lead is None else 1
            if size < least:
                continue
            name = re.match(r"\s?".join(map(re.escape, parts[:size])), match[1])
            end = match.start(1) + (name.end() if name else len(match[1]))
            said = text[match.start(1) : end]
            yield Mention(kind=Kind.PERSON, text=said, value=said, start=match.start(1), end=end)


@functools.cache
def _list_pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])({either(name)})s?(?![\w-])")


def _listed(kind: Kind, name: str, text: str) -> Found:
    for match in _list_pattern(name).finditer(text):
        yield at_group(kind, match, " ".join(match[1].casefold().split()), 0)


def _compact(value: str) -> str:
    return value.upper().replace(" ", "").lstrip("#")


def _money(value: str) -> str:
    number = float(re.sub(r"[^\d.]", "", value).strip("."))
    return f"{number:.2f}"


def _school(value: str) -> str:
    name = _SCHOOL_KIND.sub("", value)
    return "" if name.casefold() in not_names() else name
