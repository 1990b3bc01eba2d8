"""Errors that are expected: each carries a sentence a school secretary understands."""


class Expected(Exception):  # noqa: N818
    """Something that goes wrong in ordinary life. Its text is shown to people as it stands."""


class TryAgain(Expected):
    """The other side may manage later; the row stays in its queue."""


class GiveUp(Expected):
    """Trying again will not help; a person must look."""
