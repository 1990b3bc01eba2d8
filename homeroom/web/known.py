"""What is known of a request, as a page shows it: each thing once, with who says so."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from homeroom.tickets import asked
from homeroom.web import naming

_SHOWN_ELSEWHERE = frozenset({"requester", "employee"})
_SURE = 0.85
"""From here on a fact is shown without its certainty."""


def facts(context: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Label, value and source of each fact, in the order they were found.

    A service's field that was filled from another fact is not told twice.
    """
    seen: set[str] = set()
    for name, given in context.items():
        if not isinstance(given, Mapping) or not given.get("value") or name in _SHOWN_ELSEWHERE:
            continue
        value = str(given["value"])
        if value.casefold() in seen or (name == asked.NAME and given.get("answered")):
            continue
        seen.add(value.casefold())
        yield {"label": naming.fact(name), "value": value, "source": source(given)}


def source(given: Mapping[str, object]) -> str:
    """Who says so, and how sure it is where it is not quite."""
    said = str(naming.SOURCES.get(str(given.get("source")), ""))
    certainty = given.get("certainty")
    if not isinstance(certainty, (int, float)) or certainty >= _SURE or not said:
        return said
    return _("%(source)s %(percent)s in 100 sure.") % {
        "source": said,
        "percent": round(100 * certainty),
    }
