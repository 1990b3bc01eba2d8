"""Which device a word means: "my computer" is the Chromebook that the records have."""

import functools
from collections.abc import Iterable, Sequence
from typing import Protocol

from homeroom.understanding.listed import words


class Thing(Protocol):
    """What the records have of a device."""

    @property
    def kind(self) -> str: ...
    @property
    def model(self) -> str: ...


@functools.cache
def _sorts() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(line.split("|")) for line in words("same_device"))


def meant[T: Thing](said: Iterable[str], things: Sequence[T]) -> T | None:
    """The one thing of that sort; nothing when there are none or several.

    One that is called just so outweighs one of the same sort.
    """
    called = frozenset(said)
    just_so = [one for one in things if called & _names(one)]
    alike = just_so or [
        one for one in things if any(called & sort and _names(one) & sort for sort in _sorts())
    ]
    return alike[0] if len(alike) == 1 else None


def _names(thing: Thing) -> frozenset[str]:
    kind = thing.kind.casefold()
    return frozenset({kind, *kind.split(), *thing.model.casefold().split()})
