"""What is never answered by itself, however good an article looks; pure."""

import functools
import re
import tomllib
from pathlib import Path
from typing import Final

from homeroom.kit.text import fold

_FILE: Final = Path(__file__).parent / "data" / "barred.toml"

VOICE: Final = "voice"
"""A transcript is what a machine heard: people listen before anybody is answered."""


def reason(text: str, *, channel: str = "", is_verified: bool = False) -> str:
    """Why a person must answer: child, medical, legal, discipline, custody, personnel, own, voice.

    Empty when nothing stands against an answer. The state of one child is no answer's business
    even for a verified guardian: articles say what holds for all, so it bars them as well unless
    they are verified, when the article that says where to look is theirs to read.
    """
    if channel == VOICE:
        return VOICE
    folded = fold(text)
    for name, patterns in _patterns().items():
        if name == "child" and is_verified:
            continue
        if any(pattern.search(folded) for pattern in patterns):
            return name
    return ""


@functools.cache
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    lists = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: tuple(map(re.compile, patterns)) for name, patterns in lists.items()}
