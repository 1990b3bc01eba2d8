"""What was changed lately, in the words of a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from homeroom.district import changes
from homeroom.district.permissions import Viewer

LONGEST = 120
"""Characters of a value that a line shows."""


def history(about: Sequence[str], *, viewer: Viewer) -> list[dict[str, object]]:
    """The latest changes of these kinds for setup/changes.html, newest first."""
    return [
        {
            "at": one.at,
            "who": _who(one.account),
            "about": one.about,
            "lines": _lines(one.before, one.after),
        }
        for one in changes.latest(about, viewer=viewer)
    ]


def _who(account: Any) -> str:
    if account is None:
        return _("Homeroom")
    person = account.person
    return (f"{person.title} {person.name}".strip() if person else "") or str(account.email)


def _lines(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """One line for each value that differs: what it was and what it is."""
    if not before:
        return [_("Made.")]
    if not after:
        return [_("Removed.")]
    return [
        _("%(name)s: %(before)s → %(after)s")
        % {"name": name, "before": _word(before.get(name)), "after": _word(after.get(name))}
        for name in after
    ]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))[:LONGEST] or _("nobody")
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_word(each)}" for name, each in value.items())[:LONGEST]
    return str(value)[:LONGEST] if value not in (None, "") else _("empty")
