"""Names for things: short references that people read aloud, and tokens that nobody can guess."""

import hashlib
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""30 letters and figures without 0/O, 1/I/L and U: nothing is misheard or spells a word."""

_LENGTH = 7
_SPACE = len(ALPHABET) ** _LENGTH
# A multiplier coprime to the space (2**7 * 3**7 * 5**7) scatters neighbours; any odd number that
# 3 and 5 do not divide is one. The offset keeps the first reference from being 222-2222.
_MULTIPLIER = 13_367_890_247
_OFFSET = 4_710_588_119


def reference(number: int) -> str:
    """The reference of row `number`, such as ``7KQ-4M9X``; one to one for 0 ≤ number < 30⁷.

    It names a request in speech and on paper. It is no secret and opens nothing by itself.
    """
    if not 0 <= number < _SPACE:
        raise ValueError("There is no reference left for this number.")
    rest = (number * _MULTIPLIER + _OFFSET) % _SPACE
    letters = ""
    for _ in range(_LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        letters += ALPHABET[digit]
    return f"{letters[:3]}-{letters[3:]}"


def token(n_bytes: int = 16) -> str:
    """A new unguessable lower-case token (128 bits unless told), safe in addresses and URLs."""
    return secrets.token_hex(n_bytes)


def fingerprint(secret: str) -> str:
    """The SHA-256 of a token, which is all that is stored of it."""
    return hashlib.sha256(secret.encode()).hexdigest()
