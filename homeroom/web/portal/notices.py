"""What the front door tells everyone before they ask: problems that a person confirmed."""

from django.utils.translation import gettext as _

from homeroom.district.permissions import ANONYMOUS
from homeroom.tickets import problems
from homeroom.web.disruptions import title

type Drawn = dict[str, object]


def drawn() -> list[Drawn]:
    """The notices of portal/home.html, at most two; one query."""
    return [
        {
            "icon": "alert",
            "title": f"{title(one)}.",
            "text": _("We know about this."),
            "since": one.first_at or one.opened_at,
            "next_by": None,
            "url": "",
        }
        for one in problems.notices(viewer=ANONYMOUS)
    ]
