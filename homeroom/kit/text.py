"""Text made comparable."""

import unicodedata


def fold(text: str) -> str:
    """`text` in lower case without accents, with single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())
