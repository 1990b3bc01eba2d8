"""The small forms of the setup pages: drawn, read back, and drawn again with what was typed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from homeroom.channels import aside
from homeroom.district import colleagues
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.kit.errors import Expected
from homeroom.web.context import tell
from homeroom.web.desk.work import number
from homeroom.web.setup.history import history

if TYPE_CHECKING:
    from homeroom.district.models import Account

type Drawn = dict[str, object]
type Option = tuple[object, str]
"""What is sent, and the word shown."""


class Refused(Expected):
    """A form cannot be kept as it was sent; `errors` says why, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class GoneMeanwhile(Expected):
    """A form is about something that is not there any more."""

    def __init__(self) -> None:
        super().__init__("This is not there any more. Look at the page again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as it is drawn; `value` is what is stored."""

    name: str
    label: str
    kind: str = "text"
    value: object = ""
    hint: str = ""
    is_required: bool = False
    options: Sequence[Option] = ()
    chosen: Iterable[object] = ()
    """Of a select the value, of `many` those that are ticked."""
    rows: int = 3
    """Lines of a textarea while it is short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form that was sent and could not be kept."""

    form: str
    given: QueryDict
    errors: Mapping[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, str]:
        """What is wrong, by the id of its field on the page."""
        return {f"{self.form}-{name}": text for name, text in self.errors.items()}


def form(
    key: str,
    *,
    title: str,
    url: str,
    do: str,
    button: str,
    fields: Sequence[Field],
    sent: Sent | None = None,
    remove: str = "",
) -> Drawn:
    """A form of parts/setup_form.html; what was typed is drawn again when it is this one."""
    hidden = {"id": f"{key}-form", "name": "form", "kind": "hidden", "value": key}
    return {
        "title": title,
        "url": url,
        "do": do,
        "button": button,
        "remove": remove,
        "open": sent is not None and sent.form == key,
        "fields": [hidden, *fields_of(key, fields, sent=sent)],
    }


def fields_of(key: str, fields: Sequence[Field], *, sent: Sent | None) -> list[Drawn]:
    """Fields of parts/fields.html; what was typed is drawn again when it is this form."""
    mine = sent if sent is not None and sent.form == key else None
    return [_drawn(key, one, mine) for one in fields]


def _drawn(key: str, one: Field, sent: Sent | None) -> Drawn:
    chosen = {str(each) for each in one.chosen}
    value = one.value
    if sent is not None:
        chosen = set(sent.given.getlist(one.name))
        value = one.name in sent.given if one.kind == "tick" else sent.given.get(one.name, "")
    return {
        "id": f"{key}-{one.name}",
        "name": one.name,
        "kind": one.kind,
        "label": one.label,
        "hint": one.hint,
        "value": value,
        "required": one.is_required,
        "rows": one.rows,
        "error": sent.errors.get(one.name, "") if sent else "",
        "options": [
            {"value": value, "word": word, "chosen": str(value) in chosen}
            for value, word in one.options
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One form that was sent: by whom, when, about which row."""

    request: HttpRequest
    viewer: Viewer
    now: datetime

    @property
    def given(self) -> QueryDict:
        """What was sent."""
        return self.request.POST

    @property
    def form(self) -> str:
        """The key of the form that was sent."""
        return self.given.get("form", "")

    @property
    def row(self) -> int | None:
        """The number of the row that the form's key ends in; None for a new one."""
        return number(self.form.rpartition("-")[2])

    def words(self, name: str, most: int = 1_000) -> str:
        """What was written in a field, on one line."""
        return " ".join(self.given.get(name, "").split())[:most]

    def day(self, name: str) -> date | None:
        """The day in a field; None when it is empty.

        :raises Refused: when it is no day.
        """
        text = self.given.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise Refused({name: _("Write a day, like 2027-06-30.")}) from None

    def number(self, name: str) -> int | None:
        """The whole number in a field, if there is one."""
        return number(self.given.get(name, "").strip())

    def amount(self, name: str) -> float | None:
        """The number in a field, such as 0.5, if there is one."""
        text = self.given.get(name, "").strip()
        whole, _point, part = text.partition(".")
        return (
            float(text)
            if number(whole or "0") is not None
            and number(part or "0") is not None
            and text.strip(".")
            else None
        )

    def numbers(self, name: str) -> frozenset[int]:
        """The row numbers that are ticked in a field."""
        return frozenset(
            one for text in self.given.getlist(name) if (one := number(text)) is not None
        )

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.given

    def by(self) -> "Account":
        """The sign-in that changes something."""
        account = colleagues.account(self.viewer.account_id, viewer=self.viewer)
        if account is None:
            raise GoneMeanwhile
        return account


type Act = Callable[[Work], str]
"""Does what a form asks for; what to say of it, empty when it has said so itself."""


def there[T](row: T | None) -> T:
    """The row.

    :raises GoneMeanwhile: when there is none.
    """
    if row is None:
        raise GoneMeanwhile
    return row


def answer(
    request: HttpRequest,
    viewer: Viewer,
    *,
    acts: Mapping[str, Act],
    back: str,
    draw: Callable[[Sent], HttpResponse],
) -> HttpResponse:
    """Do what a form asks for and go back, or draw the page again with what is wrong."""
    work = Work(request=request, viewer=viewer, now=clock.now())
    act = acts.get(request.POST.get("do", ""))
    try:
        if act is None:
            raise GoneMeanwhile
        said = act(work)
    except Expected as error:
        errors = getattr(error, "errors", None) or {
            str(getattr(error, "field", "") or "form"): str(error)
        }
        return draw(Sent(form=work.form, given=request.POST, errors=errors))
    if said:
        tell(request, said)
    return HttpResponseRedirect(back, status=303)


def page(
    request: HttpRequest,
    viewer: Viewer,
    template: str,
    context: Drawn,
    *,
    about: Sequence[str] = (),
    sent: Sent | None = None,
) -> HttpResponse:
    """A setup page with its changes below; 422 when a form is drawn again."""
    now = clock.now()
    whole: Drawn = {
        "held_count": aside.count(viewer=viewer),
        "errors": sent.summary() if sent else {},
        "changes": history(about, viewer=viewer) if about else [],
        "now": now,
        **context,
    }
    return render(request, template, whole, status=422 if sent else 200)


def choices(rows: Iterable[tuple[object, str]], none: str = "") -> list[Option]:
    """Options of a select, with one for "none" first when there is a word for it."""
    return [*([("", none)] if none else []), *rows]


def yes_or_no(*, value: bool) -> str:
    """Yes, or no."""
    return _("yes") if value else _("no")
