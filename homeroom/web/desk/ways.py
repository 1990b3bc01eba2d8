"""Where a request can go: the options of the two lists on its page."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from homeroom.district.values import Catalogue

_ways: dict[int, SafeString] = {}


def ways(catalogue: Catalogue) -> SafeString:
    """Where a request can go, as options: departments with their teams, and each team's services.

    Hundreds of lines that say the same on every page until the standing facts change.
    """
    drawn = _ways.get(catalogue.version)
    if drawn is None:
        drawn = format_html_join(
            "",
            '<optgroup label="{}">{}</optgroup>',
            (
                (group, format_html_join("", '<option value="{}">{}</option>', items))
                for group, items in _groups(catalogue)
            ),
        )
        _ways.clear()
        if catalogue.version:
            _ways[catalogue.version] = drawn
    return drawn


def _groups(catalogue: Catalogue) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each department's name with what stands under it: value and name."""
    groups: dict[int, list[tuple[str, str]]] = {}
    services: dict[int, list[tuple[str, str]]] = {}
    for service in catalogue.services.values():
        services.setdefault(service.team_id, []).append((f"service:{service.id}", service.name))
    for team in sorted(catalogue.teams.values(), key=lambda one: one.name):
        one = groups.setdefault(team.department_id, [])
        one.append((f"team:{team.id}", team.name))
        one += [(value, f"{team.name}: {name}") for value, name in services.get(team.id, ())]
    named = {number: org.name for number, org in catalogue.orgs.items()}
    return sorted(
        ((named.get(number, ""), items) for number, items in groups.items()),
        key=lambda group: group[0],
    )
