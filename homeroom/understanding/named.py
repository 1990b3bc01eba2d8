"""The shape of a mention: what a piece of text names, where it stands, and its plain value."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a mention names."""

    ROOM = "room"
    PLACE = "place"
    ASSET_TAG = "asset_tag"
    SERIAL = "serial"
    BUS_ROUTE = "bus_route"
    SCHOOL = "school"
    PERSON = "person"
    GRADE = "grade"
    PERIOD = "period"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    PHONE = "phone"
    EMAIL = "email"
    STUDENT_ID = "student_id"
    DEVICE_WORD = "device_word"
    APP_NAME = "app_name"
    URL = "url"
    ADDRESS = "address"
    EXTENSION = "extension"
    ORDER = "order"
    """The number of an invoice, an order or an application."""
    HEADCOUNT = "headcount"
    STOP = "stop"
    CODE = "code"
    """Letters with figures that may be a tag: only the records can tell."""
    SPOT = "spot"
    """Words after "at" or "in the" that may name a place or a school of this district."""
    WORDS = "words"
    """Words that may hold the name of a place or a person of this district."""


GUESSES = frozenset({Kind.CODE, Kind.SPOT, Kind.WORDS})
"""Mentions that mean nothing unless something of that name is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """`text` = the words at [start, end); `value` = the same, normalised for looking up.

    Values: room "214", bus "42", grade "3" or "K", period "2", date ISO, time "HH:MM", amount
    "38.00", phone E.164; people and schools as written, without title or kind of school.
    """

    kind: Kind
    text: str
    value: str
    start: int
    end: int


def at_group(kind: Kind, match: re.Match[str], value: str, group: int = 0) -> Mention:
    """The mention that stands at a group of a match."""
    start, end = match.span(group)
    return Mention(kind=kind, text=match[group], value=value, start=start, end=end)
