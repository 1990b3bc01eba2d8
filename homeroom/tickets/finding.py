"""Finding requests by what staff remember: words, a name, a room, a tag, and a few marks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from homeroom.district.models import Asset, Org, Person, Team
from homeroom.kit.text import fold, squeeze
from homeroom.tickets import queries
from homeroom.tickets.models import LIVE, Status, Ticket

if TYPE_CHECKING:
    from homeroom.district.permissions import Viewer

_MARK = re.compile(r"\b(is|school|team|lang):(\S+)")
FEW = 50
"""People or things that a search looks up by name; more is no name but a common word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a line of search asks for: words, and marks such as ``is:open``."""

    words: str = ""
    marks: tuple[tuple[str, str], ...] = ()


def understand(line: str) -> Asked:
    """The line with its marks taken out; pure."""
    marks = tuple((mark, value) for mark, value in _MARK.findall(line.lower()))
    return Asked(words=" ".join(_MARK.sub(" ", line).split()), marks=marks)


def find(
    line: str,
    *,
    viewer: "Viewer",
    before: Sequence[object] = (),
    limit: int = queries.PAGE,
) -> list[dict[str, object]]:
    """The newest requests that the line asks for, one more than `limit` when there are more.

    All the words stand in the request, or they are the name of who asks, or the tag, serial or
    number of the device it is about. Nobody finds what they may not see.
    """
    asked = understand(line)
    if not asked.words and not asked.marks:
        return []
    found = Ticket.objects.filter(queries.visible(viewer=viewer), _marked(asked))
    if asked.words:
        found = found.filter(_about(asked.words))
    if before:
        found = found.filter(pk__lt=before[0])
    return list(found.order_by("-id").values(*queries.LIST_COLUMNS)[: limit + 1])


def _about(words: str) -> Q:
    condition = Q(pk__in=())
    terms = [term for term in fold(words).replace("'", " ").split() if _is_term(term)]
    if terms:
        query = " & ".join("'" + term.replace("\\", "\\\\") + "'" for term in terms) + ":*"
        condition |= Q(search=SearchQuery(query, config="simple", search_type="raw"))
    things = Asset.objects.filter(keys__contains=[squeeze(words)]).values_list("id", flat=True)
    people = Person.objects.filter(keys__contains=[fold(words)]).values_list("id", flat=True)
    if numbers := list(things[:FEW]):
        condition |= Q(asset_id__in=numbers)
    if numbers := list(people[:FEW]):
        condition |= Q(requester_id__in=numbers)
    return condition


def _is_term(term: str) -> bool:
    return bool(term.strip("&|!:*()<>\\"))


def _marked(asked: Asked) -> Q:
    """The conditions of the marks; one that names nothing we know finds nothing."""
    condition = Q()
    for mark, value in asked.marks:
        match mark:
            case "is":
                condition &= _standing(value)
            case "lang":
                condition &= Q(language=value[:12])
            case "school":
                orgs = Org.objects.filter(kind="school", keys__contains=[fold(value)])
                condition &= Q(org_id__in=list(orgs.values_list("id", flat=True)[:FEW]))
            case _:
                teams = Team.objects.filter(name__icontains=value)
                condition &= Q(team_id__in=list(teams.values_list("id", flat=True)[:FEW]))
    return condition


def _standing(value: str) -> Q:
    if value == "open":
        return Q(status__in=LIVE)
    if value == "done":
        return Q(status__in=(Status.RESOLVED, Status.CLOSED))
    return Q(status=value) if value in set(Status.values) else Q(pk__in=())
