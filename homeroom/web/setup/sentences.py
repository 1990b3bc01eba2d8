"""Rules as plain sentences, and the fields that ask for their tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext as _

from homeroom.district import queries as district_facts
from homeroom.district import roster
from homeroom.district.permissions import Viewer
from homeroom.web import naming
from homeroom.web.setup.forms import Field, Option, choices
from homeroom.web.setup.people import PARTS

if TYPE_CHECKING:
    from homeroom.district.models import Service, Team

ASKED = ("words", "to", "sender", "channel", "org", "role", "language")
"""The tests that a form asks for; `service`, what was guessed, is written by other means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What codes and numbers are called on the page."""

    schools: Mapping[str, str]
    """By source id."""
    teams: Mapping[int, str]
    services: Mapping[int, str]

    @classmethod
    def of(cls, *, viewer: Viewer) -> Self:
        """The names of everything a rule can look at or do."""
        offered = district_facts.catalogue(viewer=viewer)
        return cls(
            schools={one.source_id: one.name for one in roster.schools(viewer=viewer)},
            teams=dict(sorted(((one.id, one.name) for one in offered.teams.values()), key=_name)),
            services=dict(
                sorted(((one.id, one.name) for one in offered.services.values()), key=_name)
            ),
        )


def _name(pair: tuple[int, str]) -> str:
    return pair[1].lower()


def sentence(
    when: Mapping[str, object],
    *,
    service: "Service | None",
    team: "Team | None",
    priority: int | None,
    names: Names,
) -> str:
    """The rule as one sentence: "If it says “projector”, send it to Classroom IT."."""
    tests = [_test(name, _values(value), names) for name, value in when.items()]
    does = []
    if service is not None:
        does.append(_("it is about %(service)s") % {"service": service.name})
    if team is not None:
        does.append(_("send it to %(team)s") % {"team": team.name})
    if priority is not None:
        does.append(_("make it priority %(level)s") % {"level": priority})
    both = _(" and ")
    return _("If %(tests)s: %(does)s.") % {"tests": both.join(tests), "does": both.join(does)}


def _test(name: str, values: Sequence[str], names: Names) -> str:
    quoted = _(" or ").join(f"“{value}”" for value in values)
    words = {
        "words": _("it says %(these)s"),
        "to": _("it was sent to %(these)s"),
        "sender": _("it is from %(these)s"),
        "channel": _("it came by %(these)s"),
        "org": _("it is about %(these)s"),
        "role": _("whoever asks is %(these)s"),
        "language": _("it is in %(these)s"),
        "service": _("we take it for %(these)s"),
    }
    called = {
        "channel": {code: str(word) for code, (_icon, word) in naming.CHANNELS.items()},
        "org": names.schools,
        "role": {code: str(word).lower() for code, word in PARTS.items()},
        "language": naming.LANGUAGE_NAMES,
    }.get(name)
    if called is not None:
        quoted = _(" or ").join(called.get(value, value) for value in values)
    return words.get(name, f"{name} %(these)s") % {"these": quoted}


def tests(when: Mapping[str, object], names: Names) -> Sequence[Field]:
    """The fields that ask for the tests, filled with those of a rule."""
    several = _("Several are parted by |; one of them is enough.")
    anything = _("anything")
    channels: list[Option] = [(code, str(word)) for code, (_i, word) in naming.CHANNELS.items()]
    roles: list[Option] = [(code, str(word)) for code, word in PARTS.items()]
    lists = {
        "channel": (_("and it came by"), choices(channels, anything)),
        "org": (_("and it is about the school"), choices(names.schools.items(), anything)),
        "role": (_("and whoever asks is"), choices(roles, anything)),
        "language": (_("and it is in"), choices(naming.LANGUAGE_NAMES.items(), anything)),
    }
    return (
        Field(name="words", label=_("If it says"), value=_joined(when, "words"), hint=several),
        Field(name="to", label=_("and it was sent to"), value=_joined(when, "to")),
        Field(
            name="sender",
            label=_("and it is from"),
            value=_joined(when, "sender"),
            hint=_("An address, or a domain like @district.example."),
        ),
        *(_list(name, label, options, when) for name, (label, options) in lists.items()),
    )


def _list(name: str, label: str, options: Sequence[Option], when: Mapping[str, object]) -> Field:
    """A list to choose from; a rule that names several keeps them as one choice more."""
    value = _joined(when, name)
    if "|" in value:
        options = [*options, (value, value)]
    return Field(name=name, label=label, kind="select", options=options, chosen=[value])


def _joined(when: Mapping[str, object], name: str) -> str:
    return "|".join(_values(when.get(name)))


def _values(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split("|") if part.strip()]
    return [str(part) for part in value] if isinstance(value, list) else []
