"""What is different between two editions of an article, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeroom.kit.differences import differences
from homeroom.web import naming
from homeroom.web.articles import AUDIENCES, VISIBILITIES
from homeroom.web.setup import forms

type Drawn = dict[str, object]

LABELS = {
    "title": gettext_lazy("Title"),
    "language": gettext_lazy("Language"),
    "translation_of": gettext_lazy("It says the same as"),
    "service": gettext_lazy("About"),
    "department": gettext_lazy("From which department"),
    "owner": gettext_lazy("Who keeps it true"),
    "audience": gettext_lazy("For whom it is written"),
    "visibility": gettext_lazy("Who may see it"),
    "schools": gettext_lazy("For which schools"),
    "review_on": gettext_lazy("To be checked on"),
    "expires_on": gettext_lazy("Expires on"),
    "draft": gettext_lazy("Draft"),
    "retired": gettext_lazy("Withdrawn"),
}
"""Each setting of `knowledge.editing.settings` in words."""


def settings(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """One line for each setting that differs: what it was and what it is."""
    return [
        _("%(name)s: %(before)s → %(after)s")
        % {"name": word, "before": _word(before.get(name)), "after": _word(after.get(name))}
        for name, word in LABELS.items()
        if before.get(name) != after.get(name)
    ]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return forms.yes_or_no(value=value)
    if isinstance(value, list):
        return ", ".join(map(_named, value)) or _("all")
    return _named(value) if value else _("empty")


def _named(value: object) -> str:
    """The word for a code, or the value itself."""
    text = str(value)
    known = VISIBILITIES.get(text) or AUDIENCES.get(text) or naming.LANGUAGE_NAMES.get(text)
    return str(known or text)


def lines(before: str, after: str) -> list[Drawn]:
    """The lines of parts/differences.html; none when the texts are the same."""
    return [
        {
            "kind": line.kind,
            "pieces": [{"kind": one.kind, "text": one.text} for one in line.pieces],
        }
        for line in differences(before, after)
    ]
