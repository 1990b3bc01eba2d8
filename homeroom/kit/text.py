"""Text made comparable."""

import re
import unicodedata

# Letters that Unicode does not take apart into a plain letter and an accent.
_WHOLE = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "’": "'"})
_JOINTS = re.compile(r"[\s\-_./#]+")


def fold(text: str) -> str:
    """`text` in lower case without accents, with single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().translate(_WHOLE).split())


def squeeze(text: str) -> str:
    """`text` folded and without spaces, dashes and dots, as tags and numbers are compared."""
    return _JOINTS.sub("", fold(text))
