"""The few words in brackets that a saved reply may hold, and what stands in their place; pure."""

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from homeroom.kit.errors import Expected

NAMES: Final = ("name", "reference", "school", "agent")
"""Of the asker, of the request, of the asker's school, of whoever writes. A closed list."""
_BRACKETS: Final = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|[\[\]{}]")
"""Braces too: who is used to them would see theirs go out as they stand."""
_ALLOWED: Final = frozenset(f"[{name}]" for name in NAMES)


class BadPlaceholder(Expected):
    """Something in brackets or braces that nothing would stand for."""


def check(text: str) -> None:
    """Pass when everything in brackets is a placeholder.

    :raises BadPlaceholder: with what is wrong and what there is.
    """
    for found in _BRACKETS.findall(text):
        if found not in _ALLOWED:
            raise BadPlaceholder(
                _("%(word)s cannot be filled in. You can use %(names)s.")
                % {"word": found, "names": ", ".join(f"[{name}]" for name in NAMES)}
            )


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder's value; one without a value goes, with the space before it.

    Values are put in once: what looks like a placeholder within one stays as it is.
    """

    def value(match: re.Match[str]) -> str:
        said = values.get(match["name"], "")
        return f"{match['space']}{said}" if said else ""

    return re.sub(rf"(?P<space> ?)\[(?P<name>{'|'.join(NAMES)})\]", value, text)
