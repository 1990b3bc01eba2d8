"""Old model against new, judged on the latest fifth in time of what neither had learned from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from homeroom.routing.gate import chance_of
from homeroom.routing.judging import Verdict, judge
from homeroom.routing.labels import Known
from homeroom.routing.learning import Course
from homeroom.routing.values import Offered
from homeroom.understanding.calibration import error_bound
from homeroom.understanding.service import Model

SHARE = 5
"""The latest one in so many is what they are judged on."""


TOLERATED = 0.1
"""A challenger that is behind by less than chance explains this often counts as equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one model got right of the requests both were shown."""

    shown: int
    right: int
    """The department is an acceptable owner."""
    exact: int
    """It is the first of them."""
    services: int
    """The very service, where that is known."""
    with_service: int

    @property
    def at_least(self) -> float:
        """Lower bound of the share that it gets right (Clopper-Pearson, 95 % sure)."""
        return 1.0 - error_bound(self.shown - self.right, self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """The champion and the challenger."""

    champion: Tally
    challenger: Tally
    lost: int
    """Requests that only the champion got right."""
    gained: int
    """Requests that only the challenger got right."""

    @property
    def is_won(self) -> bool:
        """Whether the challenger is better, or no worse than chance makes one of two equals.

        The sign test over what only one of them got right: of two equal models either is behind
        half the time, and one that knows the district is to be preferred.
        """
        return (
            self.gained >= self.lost
            or chance_of(self.lost, self.lost + self.gained, 0.5) > TOLERATED
        )

    def plain(self) -> Iterator[str]:
        """As lines a person reads."""
        if not self.challenger.shown:
            yield "There is nothing yet that both models could be judged on."
            return
        yield f"Of the latest {self.challenger.shown:,} requests, shown without their labels:"
        for name, one in (("now", self.champion), ("new", self.challenger)):
            yield (
                f"  the {name} model names a right department for {one.right:,} "
                f"({one.right / one.shown:.0%}, at least {one.at_least:.0%} with 95 % certainty), "
                f"the first choice for {one.exact:,}, "
                f"the very service for {one.services:,} of {one.with_service:,}."
            )
        yield f"  Only the new one was right on {self.gained:,}, only the old one on {self.lost:,}."


def fight(
    course: Course,
    champion: Model,
    known: Sequence[Known],
    *,
    offered: Mapping[str, Offered],
    is_new: Callable[[Known], bool],
) -> Duel:
    """Both judged on the latest fifth, of it what `is_new` to the champion.

    The challenger of the duel is taught with what was known before that fifth alone.
    """
    ordered = sorted(known, key=lambda one: one.at)
    cut = len(ordered) - len(ordered) // SHARE
    shown = [one for one in ordered[cut:] if is_new(one)]
    challenger = course.taught(ordered[:cut]) if shown else champion
    old, new = judge(champion, shown, offered=offered), judge(challenger, shown, offered=offered)
    pairs = [
        (_is_right(one, before), _is_right(one, after))
        for one, before, after in zip(shown, old, new, strict=True)
    ]
    return Duel(
        champion=_tally(shown, old),
        challenger=_tally(shown, new),
        lost=sum(before and not after for before, after in pairs),
        gained=sum(after and not before for before, after in pairs),
    )


def _is_right(one: Known, named: Verdict | None) -> bool:
    return named is not None and named.department in one.owner.departments


def _tally(shown: Sequence[Known], named: Sequence[Verdict | None]) -> Tally:
    pairs = list(zip(shown, named, strict=True))
    told = [(one.owner, each) for one, each in pairs if each is not None]
    return Tally(
        shown=len(shown),
        right=sum(_is_right(one, each) for one, each in pairs),
        exact=sum(each.department == owner.departments[0] for owner, each in told),
        services=sum(owner.is_exact and each.service == owner.services[0] for owner, each in told),
        with_service=sum(one.owner.is_exact for one in shown),
    )
