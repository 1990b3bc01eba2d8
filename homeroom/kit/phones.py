"""Telephone numbers in one form."""

import re
from functools import lru_cache

import phonenumbers

_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{9}")


@lru_cache(maxsize=10_000)
def e164(text: str, country: str) -> str:
    """The number as ``+15555550100``, read as dialled in `country`; empty when it is none."""
    value = text.strip()
    if _NORTH_AMERICAN.fullmatch(value):
        return value
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
