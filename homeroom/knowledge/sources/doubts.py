"""What contradicts itself or is out of date: found by words and figures, told to the owner."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from homeroom.knowledge.models import Article, Passage
from homeroom.knowledge.origins import LISTED, Source
from homeroom.knowledge.words import naming

MOST: Final = 20
"""Doubts shown of one source."""
MOST_PIECES: Final = 20_000
"""Passages compared; a district with more has other worries first."""
_CLOCK: Final = re.compile(
    r"\b(\d{1,2}):(\d{2})(?:\s?([ap])\.?m\b)?|\b(\d{1,2})\s?([ap])\.?m\b", re.IGNORECASE
)
_PRICE: Final = re.compile(r"\$\s?(\d[\d,]*(?:\.\d{1,2})?)")
_YEAR: Final = re.compile(r"\b(20\d\d)\s?[-–/]\s?(?:20)?(\d\d)\b")
_FORM: Final = re.compile(r"([^:;]+): ([^;]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One piece that states times or prices of something."""

    article: int
    title: str
    text: str
    names: frozenset[str]
    """What it is about, without the figures."""
    facts: Mapping[str, frozenset[str]]
    """The figures by what they are: "price", "time"; of a row also by the name of the column."""
    is_row: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Two pieces that say different things of the same."""

    text: str
    other: str
    other_title: str
    other_article: int


def weigh(*, now: datetime) -> int:
    """Write down for each source what contradicts it today; how many doubts there are."""
    today = now.date()
    sources = {one.pk: one for one in Source.objects.all()}
    if not sources:
        return 0
    live = Article.objects.filter(is_active=True, is_draft=False).exclude(expires_on__lte=today)
    rows = (
        Passage.objects.filter(article__in=live, block__gte=0)
        .select_related("article", "article__origin")
        .only("text", "heading", "kind", "article__title", "article__origin__source_id")
        .order_by("article_id", "position")[:MOST_PIECES]
    )
    owners: dict[int, int] = {}
    pieces = []
    for row in rows:
        if hasattr(row.article, "origin"):
            owners[row.article_id] = row.article.origin.source_id
        made = stated(
            row.text,
            article=row.article_id,
            title=row.article.title,
            heading=row.heading,
            is_row=row.kind == "row"
            and row.article_id in owners
            and sources[owners[row.article_id]].kind in LISTED,
        )
        if made is not None:
            pieces.append(made)
    found: dict[int, list[Doubt]] = defaultdict(list)
    for article, doubt in contradictions(pieces):
        if article in owners:
            found[owners[article]].append(doubt)
    for number, source in sources.items():
        told = [asdict(one) for one in found.get(number, [])[:MOST]]
        if source.doubts != told:
            Source.objects.filter(pk=number).update(doubts=told)
    return sum(map(len, found.values()))


def stated(
    text: str, *, article: int, title: str, heading: str = "", is_row: bool
) -> Stated | None:
    """What a piece states, or nothing when it has no figure."""
    facts: dict[str, set[str]] = defaultdict(set)
    said = text
    if is_row:
        kept = []
        for name, cell in _FORM.findall(text):
            for kind, value in _figures(cell):
                facts[f"{kind} {' '.join(sorted(naming(name)))}"].add(value)
            if not list(_figures(cell)):
                kept.append(cell)
        said = " ".join(kept)
    else:
        for kind, value in _figures(text):
            facts[kind].add(value)
    # The figures themselves, and what a row calls its columns, do not name the thing.
    names = naming(said if is_row else f"{title} {heading} {said}")
    if not facts or not names:
        return None
    return Stated(
        article=article,
        title=title,
        text=text,
        names=names,
        facts={kind: frozenset(values) for kind, values in facts.items()},
        is_row=is_row,
    )


def _figures(text: str) -> Iterator[tuple[str, str]]:
    """(price or time, value as it can be compared)."""
    for match in _PRICE.finditer(text):
        yield "price", f"{float(match.group(1).replace(',', '')):.2f}"
    for match in _CLOCK.finditer(text):
        hour = int(match.group(1) or match.group(4)) % 12
        yield "time", f"{hour}:{match.group(2) or '00'}"


def contradictions(pieces: Sequence[Stated]) -> Iterator[tuple[int, Doubt]]:
    """Pairs of a row and another piece about the same thing with no figure in common.

    Two rows are about the same when all their names are, and their figures are compared column by
    column; a sentence is about what a row is about when it has all the row's names.
    """
    same: dict[frozenset[str], list[Stated]] = defaultdict(list)
    by_word: dict[str, list[Stated]] = defaultdict(list)
    for one in pieces:
        if one.is_row:
            same[one.names].append(one)
        for word in () if one.is_row else one.names:
            by_word[word].append(one)
    for row in (one for rows in same.values() for one in rows):
        others = [one for one in same[row.names] if one is not row and _contradict(row, one)]
        # "Lunch" alone stands in too many sentences.
        rarest = min(row.names, key=lambda word: len(by_word.get(word, ())))
        said = by_word.get(rarest, ()) if len(row.names) > 1 else ()
        others += [one for one in said if row.names <= one.names and _differ(row, one)]
        for other in others:
            yield row.article, _doubt(row, other)


def _contradict(row: Stated, other: Stated) -> bool:
    """Whether two rows about the same have no figure in common in one of their columns.

    The one price of a row is compared with the one price of another, whatever that is called.
    """
    pairs = [(name, name) for name in row.facts.keys() & other.facts.keys()]
    for kind in ("price", "time"):
        own, others = (
            [name for name in each.facts if name.partition(" ")[0] == kind] for each in (row, other)
        )
        if len(own) == len(others) == 1:
            pairs.append((own[0], others[0]))
    return any(row.facts[a].isdisjoint(other.facts[b]) for a, b in pairs)


def _differ(row: Stated, said: Stated) -> bool:
    """Whether a sentence gives figures of the row's kinds, and none of the row's."""
    for kind, values in said.facts.items():
        own = [of for name, of in row.facts.items() if name.partition(" ")[0] == kind]
        if own and values.isdisjoint(frozenset().union(*own)):
            return True
    return False


def _doubt(row: Stated, other: Stated) -> Doubt:
    return Doubt(
        text=row.text[:300],
        other=other.text[:300],
        other_title=other.title,
        other_article=other.article,
    )


def bygone(text: str, *, today: date) -> str:
    """The school year that a text speaks of, when it is over; else nothing."""
    ends = [
        (int(match.group(1)) + 1, match.group())
        for match in _YEAR.finditer(text)
        if int(match.group(1)) % 100 + 1 == int(match.group(2))
    ]
    if not ends:
        return ""
    year, said = max(ends)
    return said if date(year, 7, 1) <= today else ""
