"""How much of a hostile message we are willing to look at."""

from typing import Final

MAX_MESSAGE: Final = 40 * 1024 * 1024
"""Bytes. Gmail and Exchange Online let 25 MB of files through; base64 makes 36 MB of them."""

MAX_HEADER: Final = 16 * 1024
"""Bytes kept of one header field; RFC 5322 lines end at 998, real DKIM and ARC fields near 4 KB."""

MAX_HEADERS: Final = 256 * 1024
"""Bytes kept of one header block."""

MAX_HEADER_SCAN: Final = 1024 * 1024
"""Bytes of a header block that are looked at for the fields nobody can do without."""

MAX_HEADER_LINES: Final = 20_000
"""Lines of a header block that are looked at."""

MAX_PARTS: Final = 1_000
MAX_DEPTH: Final = 100

MAX_TEXT: Final = 1_000_000
"""Characters of body text that are read; what is longer is kept whole as an attachment."""

MAX_PARAMETERS: Final = 200
"""Parameters read from one Content-Type or Content-Disposition."""


class MessageTooLarge(ValueError):  # noqa: N818  Read as a sentence where it is caught.
    """The message is larger than the house accepts."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"This message is {size / 1048576:.0f} MB; the largest we accept is "
            f"{MAX_MESSAGE // 1048576} MB. Please send large files in another way."
        )
        self.size = size


def check_size(size: int) -> None:
    """Refuse a message of more than `MAX_MESSAGE` bytes by raising `MessageTooLarge`."""
    if size > MAX_MESSAGE:
        raise MessageTooLarge(size)
