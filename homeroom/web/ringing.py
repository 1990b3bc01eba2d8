"""The alarms at the top of every page of staff: what rings, and what one key does about it."""

from django.http import HttpRequest
from django.urls import reverse

from homeroom.district.permissions import Viewer
from homeroom.tickets import alarms
from homeroom.tickets.alarms import SHOWN, Ringing
from homeroom.web import naming

type Drawn = dict[str, object]


def drawn(request: HttpRequest, viewer: Viewer) -> Drawn:
    """The alarms of parts/alarms.html that this viewer may see, and how many more ring."""
    found = alarms.ringing(viewer=viewer)
    here = request.resolver_match
    reference = str(here.kwargs.get("reference", "")) if here is not None else ""
    # What one is looking at comes first, so that the key means what stands before one's eyes.
    found.sort(key=lambda one: not (one.reference and one.reference == reference))
    return {
        "rows": [
            _row(one, here=request.path if one.reference and one.reference == reference else "")
            for one in found[:SHOWN]
        ],
        "n_more": max(0, len(found) - SHOWN),
    }


def _row(one: Ringing, *, here: str) -> Drawn:
    """One alarm; `here` is where its form posts to when the page shows the request."""
    is_test = not one.reference
    if is_test:
        url = reverse("desk:heard", args=[one.number])
    else:
        url = here or reverse("desk:request", args=[one.reference])
    return {
        "is_test": is_test,
        "is_here": is_test or bool(here),
        "kind": "" if is_test else naming.DANGERS.get(one.kind, one.kind),
        "place": one.place,
        "at": one.rung_at,
        "url": url,
    }
