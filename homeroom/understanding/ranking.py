"""From what a text names to who and where is meant, given the candidates others looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.understanding.named import GUESSES, Kind, Mention

# How much each way of matching is worth before context speaks. Hand-set, ordered by how rarely the
# match is a coincidence; a district's corrections are meant to replace them.
_HOW: Final[Mapping[str, float]] = {
    "id": 0.98,
    "exact": 0.9,
    "alias": 0.85,
    "surname": 0.6,
    "first_name": 0.45,
    "prefix": 0.5,
    "fuzzy": 0.4,
}
_UNKNOWN_HOW: Final = 0.3

_HERE: Final = 4.0
"""Odds for a candidate of the sender's own org against the same name elsewhere."""

_KIN: Final = 6.0
"""Odds for a candidate already tied to the sender (their child, their device)."""

_NOBODY: Final = 0.15
"""Weight of "none of these is meant", so that a lone weak candidate is not certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something in the district that a mention may mean.

    `value` repeats the mention's value it was looked up by; `how` it matched is one of id, exact,
    alias, surname, first_name, prefix, fuzzy; `people` are ids of persons it belongs to.
    """

    kind: Kind
    value: str
    id: str
    label: str
    how: str
    org: str | None = None
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A mention and what it most likely means; `id` is empty when nothing was looked up for it.

    `source` says in a word what decided: message, org, person; `certainty` is 0 to 1.
    """

    field: str
    id: str
    value: str
    label: str
    source: str
    certainty: float


def rank(
    mentions: Sequence[Mention],
    candidates: Sequence[Candidate],
    *,
    sender_org: str | None = None,
    sender_person: str | None = None,
) -> tuple[Resolved, ...]:
    """The best meaning of each distinct mention, in the order they were said.

    A school named in the text outweighs the sender's own. Mentions without candidates come back
    as said, so that dates and amounts fill their fields too; guesses without any are left out, and
    those with some come back as what they turned out to be.
    """
    said = {mention.value.casefold() for mention in mentions}
    named = {
        one.id for one in candidates if one.kind is Kind.SCHOOL and one.value.casefold() in said
    }
    home = named or ({sender_org} if sender_org else set())
    seen: dict[tuple[Kind, str], Resolved] = {}
    for mention in mentions:
        for kind in _kinds(mention, candidates):
            if (kind, mention.value) not in seen:
                meant = [
                    one
                    for one in candidates
                    if one.kind is kind and one.value.casefold() == mention.value.casefold()
                ]
                seen[kind, mention.value] = _choose(mention, kind, meant, home, sender_person)
    return tuple(seen.values())


def _kinds(mention: Mention, candidates: Sequence[Candidate]) -> tuple[Kind, ...]:
    """What the mention may be: its own kind, or for a guess what was found under its words."""
    if mention.kind not in GUESSES and mention.kind is not Kind.PERSON:
        return (mention.kind,)
    value = mention.value.casefold()
    found = {one.kind for one in candidates if one.value.casefold() == value}
    if mention.kind is Kind.PERSON and (Kind.PERSON in found or not found):
        return (mention.kind,)
    return tuple(sorted(found))


def _choose(
    mention: Mention, kind: Kind, meant: Sequence[Candidate], home: set[str], person: str | None
) -> Resolved:
    if not meant:
        return Resolved(
            field=kind.value,
            id="",
            value=mention.value,
            label=mention.text,
            source="message",
            certainty=0.5,
        )
    scores = {one.id: _score(one, home, person) for one in meant}
    best = min(meant, key=lambda one: (-scores[one.id], one.id))
    return Resolved(
        field=kind.value,
        id=best.id,
        value=mention.value,
        label=best.label,
        source=_source(best, home, person),
        certainty=round(scores[best.id] / (sum(scores.values()) + _NOBODY), 3),
    )


def _score(one: Candidate, home: set[str], person: str | None) -> float:
    score = _HOW.get(one.how, _UNKNOWN_HOW)
    score *= _HERE if one.org is not None and one.org in home else 1.0
    return score * (_KIN if person is not None and person in one.people else 1.0)


def _source(one: Candidate, home: set[str], person: str | None) -> str:
    if person is not None and person in one.people:
        return "person"
    return "org" if one.org is not None and one.org in home else "message"
