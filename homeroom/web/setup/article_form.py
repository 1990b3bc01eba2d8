"""The form of one article: drawn, and read back."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from homeroom.district.permissions import Viewer
from homeroom.knowledge import editors
from homeroom.web import naming
from homeroom.web.articles import AUDIENCES, VISIBILITIES
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Field, Option, Refused, Work

if TYPE_CHECKING:
    from homeroom.district.models import Org, Service
    from homeroom.knowledge.models import Article

KEY = "article"


def words(row: "Article") -> Sequence[Field]:
    """The fields of what an article says."""
    return (
        Field(
            name="title",
            label=_("Title"),
            value=row.title,
            hint=_("As people would ask: “How much is lunch?”"),
            is_required=True,
        ),
        Field(
            name="body",
            label=_("Words"),
            kind="textarea",
            rows=16,
            value=row.body,
            hint=_(
                "One fact a sentence. An empty line begins a paragraph, ## a heading, - a list; "
                "| stands between the columns of a table."
            ),
            is_required=True,
        ),
        Field(
            name="draft",
            label=_("A draft: nobody is answered from it yet"),
            kind="tick",
            value=row.is_draft,
        ),
    )


def about(row: "Article", viewer: Viewer) -> Sequence[Field]:
    """The fields of what it is about and for whom it is."""
    services = _with_own(editors.services(viewer=viewer), row.service)
    return (
        Field(
            name="service",
            label=_("About"),
            kind="select",
            options=forms.choices(services, _("no service in particular")),
            chosen=[row.service_id or ""],
        ),
        *_department(row, viewer),
        Field(
            name="visibility",
            label=_("Who may see it"),
            kind="select",
            options=_options(VISIBILITIES.items()),
            chosen=[row.visibility],
        ),
        Field(
            name="audience",
            label=_("For whom it is written"),
            kind="many",
            options=_options(AUDIENCES.items()),
            chosen=row.audience,
            hint=_("Nothing ticked means for all."),
        ),
        *_schools(row, viewer),
    )


def _department(row: "Article", viewer: Viewer) -> Sequence[Field]:
    """Where it is from, for whoever may choose that."""
    departments = editors.departments(viewer=viewer)
    if not departments:
        return ()
    options = _with_own(departments, row.department)
    return (
        Field(
            name="department",
            label=_("From which department"),
            kind="select",
            options=forms.choices(options, _("that of what it is about")),
            chosen=[row.department_id or ""],
        ),
    )


def _schools(row: "Article", viewer: Viewer) -> Sequence[Field]:
    """The schools it speaks of, where there are any."""
    options: list[Option] = [(one.source_id, one.name) for one in editors.schools(viewer=viewer)]
    if not options:
        return ()
    return (
        Field(
            name="schools",
            label=_("For which schools"),
            kind="many",
            options=options,
            chosen=row.schools,
            hint=_("Nothing ticked means for all."),
        ),
    )


def keeping(row: "Article", viewer: Viewer) -> Sequence[Field]:
    """The fields of its language, who keeps it, and until when it holds."""
    return (
        *_language(row, viewer),
        Field(
            name="owner",
            label=_("Who keeps it true"),
            kind="email",
            value=row.owner,
            hint=_("An email address. It is asked to check the article when its day comes."),
        ),
        Field(
            name="review_on",
            label=_("To be checked on"),
            kind="date",
            value=row.review_on.isoformat() if row.review_on else "",
        ),
        Field(
            name="expires_on",
            label=_("Expires on"),
            kind="date",
            value=row.expires_on.isoformat() if row.expires_on else "",
            hint=_("From that day on it answers nothing."),
        ),
    )


def _language(row: "Article", viewer: Viewer) -> Sequence[Field]:
    """The fields of its language, and of what it is a version of."""
    originals = editors.originals(viewer=viewer, language=row.language)
    if row.translation_of is not None and row.translation_of not in originals:
        originals.insert(0, row.translation_of)
    others: list[Option] = [(one.pk, one.title) for one in originals if one.pk != row.pk]
    return (
        Field(
            name="language",
            label=_("Language"),
            kind="select",
            options=_options(naming.LANGUAGE_NAMES.items()),
            chosen=[row.language],
        ),
        Field(
            name="translation_of",
            label=_("It says the same as"),
            kind="select",
            options=forms.choices(others, _("no other article")),
            chosen=[row.translation_of_id or ""],
            hint=_("The article in another language that this one is a version of."),
        ),
    )


def _options(pairs: Iterable[tuple[object, object]]) -> list[Option]:
    return [(value, str(word)) for value, word in pairs]


def _with_own(
    rows: "Sequence[Service] | Sequence[Org]", own: "Service | Org | None"
) -> list[Option]:
    """The choices by name, with the present one even where the viewer could not choose it anew."""
    found: dict[object, str] = {one.pk: one.name for one in rows}
    if own is not None:
        found.setdefault(own.pk, own.name)
    return list(found.items())


def read(work: Work, row: "Article") -> dict[str, object]:
    """What the form asks to be kept of an article; `row` is how it stands.

    :raises Refused: when a field cannot be read, or names what the viewer may not choose.
    """
    viewer = work.viewer
    service = _chosen(work, "service", [*editors.services(viewer=viewer), row.service])
    departments = [*editors.departments(viewer=viewer), row.department]
    department = _chosen(work, "department", departments) if len(departments) > 1 else None
    if viewer.kind != "administrator" and service is None and not row.pk:
        raise Refused({"service": _("Choose what it is about.")})
    originals = editors.originals(viewer=viewer, language="")
    known = {one.source_id for one in editors.schools(viewer=viewer)}
    return {
        "title": work.words("title", 400),
        "body": work.given.get("body", ""),
        "is_draft": work.ticked("draft"),
        "service": service,
        "department": department or (service.department if service else row.department),
        "visibility": work.words("visibility", 20),
        "audience": work.given.getlist("audience"),
        "schools": [one for one in work.given.getlist("schools") if one in known],
        "language": work.words("language", 12),
        "translation_of": _chosen(work, "translation_of", [*originals, row.translation_of]),
        "owner": work.words("owner", 320).lower(),
        "review_on": work.day("review_on"),
        "expires_on": work.day("expires_on"),
    }


def _chosen[T: "Service | Org | Article"](
    work: Work, name: str, rows: Sequence[T | None]
) -> T | None:
    """The row that a select names, out of those that may be chosen."""
    number = work.number(name)
    if number is None:
        return None
    found = next((one for one in rows if one is not None and one.pk == number), None)
    if found is None:
        raise Refused({name: _("This cannot be chosen any more. Choose another one.")})
    return found
