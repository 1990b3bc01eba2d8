"""Incidents in words: what is disrupted and where, and why somebody should look."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from homeroom.tickets.disruptions import Incident


def title(incident: Incident) -> str:
    """What is disrupted and where, in the district's own names."""
    what = incident.service.name if incident.service else incident.title
    if incident.scope == "site" and incident.org is not None:
        return _("%(what)s, %(place)s") % {"what": what, "place": incident.org.name}
    if incident.scope == "route" and incident.mark:
        return _("%(what)s, route %(route)s") % {"what": what, "route": incident.mark}
    if incident.scope == "app" and incident.mark:
        return _("%(what)s, %(place)s") % {"what": what, "place": incident.mark.title()}
    return what or _("A disruption")


def evidence(incident: Incident) -> str:
    """How many told how fast, and what is usual; empty when a person began it."""
    told = incident.evidence
    reports, minutes = told.get("reports"), told.get("minutes")
    if not isinstance(reports, int) or not isinstance(minutes, int):
        return ""
    values = {
        "n": reports,
        "what": title(incident),
        "minutes": minutes,
        "usual": number_format(told.get("usual", 0), use_l10n=True),
    }
    sentence = ngettext(
        "%(n)s report of %(what)s in %(minutes)s minutes; usual is %(usual)s an hour.",
        "%(n)s reports of %(what)s in %(minutes)s minutes; usual is %(usual)s an hour.",
        reports,
    )
    return sentence % values
