"""The form of one source: drawn, and read back."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeroom.district import roster
from homeroom.web import naming
from homeroom.web.articles import AUDIENCES, VISIBILITIES
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Field, Refused, Work

if TYPE_CHECKING:
    from homeroom.knowledge.origins import Source

OFTEN = (
    (1, gettext_lazy("every hour")),
    (6, gettext_lazy("every 6 hours")),
    (24, gettext_lazy("every day")),
    (168, gettext_lazy("every week")),
)


def values(work: Work) -> dict[str, object]:
    """The settings that were sent.

    :raises Refused: when one cannot be kept.
    """
    errors: dict[str, str] = {}
    name, visibility = work.words("name", 200), work.words("visibility")
    if not name:
        errors["name"] = _("Write a name, as people would call it.")
    if visibility not in VISIBILITIES or visibility == "team":
        errors["visibility"] = _("Choose who may see it.")
    days = {name: _day(work, name, errors) for name in ("review_on", "expires_on")}
    school = work.words("school", 200)
    if school and school not in {one.source_id for one in roster.schools(viewer=work.viewer)}:
        errors["school"] = _("Choose a school.")
    if errors:
        raise Refused(errors)
    often = work.number("every_hours")
    return {
        "name": name,
        "owner": work.words("owner", 320),
        "visibility": visibility,
        "audience": [one for one in work.given.getlist("audience") if one in AUDIENCES],
        "language": _language(work.words("language", 12)),
        "schools": [school] if school else [],
        "every_hours": often if often in dict(OFTEN) else 24,
        **days,
    }


def _language(given: str) -> str:
    return given if given in naming.LANGUAGE_NAMES else "en"


def _day(work: Work, name: str, errors: dict[str, str]) -> date | None:
    given = work.words(name, 10)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        errors[name] = _("Write a day like 2027-06-30.")
        return None


def where(one: "Source | None") -> tuple[Field, ...]:
    """The fields of where it comes from."""
    file = Field(
        name="file",
        label=_("File") if one is None else _("A newer file"),
        kind="file",
        hint=_("A table (CSV), a calendar (ICS), a PDF, a web page (HTML), or Markdown."),
    )
    address = Field(
        name="address",
        label=_("Or its address") if one is None else _("Address"),
        value=one.address if one else "",
        hint=_("It begins with https:// and is read again by itself."),
    )
    often = Field(
        name="every_hours",
        label=_("How often the address is read"),
        kind="select",
        options=[(hours, str(word)) for hours, word in OFTEN],
        chosen=[one.every_hours if one else 24],
    )
    if one is None:
        return (file, address, often)
    return (address, often) if one.address else (file,)


def settings(one: "Source | None", schools: list[tuple[str, str]]) -> tuple[Field, ...]:
    """The fields of whose it is, and who may see it until when."""
    return (
        Field(name="name", label=_("Name"), value=one.name if one else "", is_required=True,
              hint=_("As people would call it: “Bus stops”, “Athletics calendar: games”.")),
        Field(name="owner", label=_("Who keeps it"), value=one.owner if one else "",
              hint=_("An email address.")),
        Field(name="visibility", label=_("Who may see it"), kind="select",
              options=[(key, str(word)) for key, word in VISIBILITIES.items() if key != "team"],
              chosen=[one.visibility if one else "public"]),
        Field(name="audience", label=_("For whom it is written"), kind="many",
              options=[(key, str(word)) for key, word in AUDIENCES.items()],
              chosen=one.audience if one else [], hint=_("Nothing ticked means for all.")),
        Field(name="language", label=_("Language"), kind="select",
              options=list(naming.LANGUAGE_NAMES.items()), chosen=[one.language if one else "en"]),
        Field(name="school", label=_("School"), kind="select",
              options=forms.choices(schools, _("All schools")),
              chosen=one.schools if one else [""]),
        Field(name="review_on", label=_("Check it again on"), kind="date",
              value=one.review_on.isoformat() if one and one.review_on else ""),
        Field(name="expires_on", label=_("It answers until"), kind="date",
              value=one.expires_on.isoformat() if one and one.expires_on else ""),
    )  # fmt: skip
