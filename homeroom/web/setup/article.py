"""One article: written, looked at before it is kept, kept, confirmed, withdrawn."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.knowledge import editing, editors, gaps, outcomes
from homeroom.knowledge.outcomes import Outcome
from homeroom.knowledge.wording import path
from homeroom.pipeline import publishing
from homeroom.web import naming
from homeroom.web.articles import VISIBILITIES, blocks
from homeroom.web.context import district
from homeroom.web.desk.work import number as number_of
from homeroom.web.policy import staff
from homeroom.web.setup import article_form, changed, forms
from homeroom.web.setup.articles import tags
from homeroom.web.setup.forms import Drawn, Sent, Work

if TYPE_CHECKING:
    from homeroom.knowledge.models import Article

AGAIN = timedelta(days=365)
"""When an article that somebody says is true is asked about again: a school year has passed."""


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """An article that is not there yet; `of` and `language` make it a version of another one."""
    if not editors.may_write(viewer=viewer):
        raise Http404
    of = editors.article(number_of(request.GET.get("of", "")), viewer=viewer)
    row = editors.blank(of, language=request.GET.get("language", ""), viewer=viewer)
    return _answer(request, viewer, row)


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """One article for whoever may edit it; for others there is no such page."""
    row = editors.article(number, viewer=viewer)
    if row is None:
        raise Http404
    return _answer(request, viewer, row)


def _answer(request: HttpRequest, viewer: Viewer, row: "Article") -> HttpResponse:
    """Draw the page, or do what its form asks for."""
    if request.method != "POST":
        return _draw(request, viewer, row)
    if request.POST.get("do") == "preview":
        kept = Sent(form=article_form.KEY, given=request.POST)
        shown = _draw(request, viewer, row, sent=kept)
        shown.status_code = 200
        return shown
    is_new, saved = not row.pk, [row]
    acts = {"save": lambda work: _save(work, row, saved)}
    if not is_new:
        acts |= {
            "confirm": lambda work: _confirm(work, row),
            "withdraw": lambda work: _set(work, row, is_active=False),
            "bring_back": lambda work: _set(work, row, is_active=True),
            "hand_back": lambda work: _hand_back(work, row),
        }
    answered = forms.answer(
        request,
        viewer,
        acts=acts,
        back=request.path,
        draw=lambda sent: _draw(request, viewer, row, sent=sent),
    )
    if is_new and saved[0].pk:
        answered["Location"] = reverse("setup:article", args=[saved[0].pk])
    return answered


def _save(work: Work, row: "Article", saved: list["Article"]) -> str:
    values = article_form.read(work, row)
    kept = publishing.save(
        row if row.pk else None,
        values=values,
        by=work.by(),
        seen=work.words("seen", 64),
        now=work.now,
    )
    saved[0] = kept
    if kept.is_draft:
        return _("Saved as a draft.")
    if publishing.is_read_in(kept):
        return _("Saved. Answers come from it from now on.")
    return _("Saved. It is long: answers come from it in a minute.")


def _confirm(work: Work, row: "Article") -> str:
    today = work.now.astimezone(district().zone).date()
    editing.confirm(row, on=today, again_on=today + AGAIN, by=work.by(), now=work.now)
    return _("Noted: it is true. You are asked again in a year.")


def _set(work: Work, row: "Article", *, is_active: bool) -> str:
    publishing.save(row, values={"is_active": is_active}, by=work.by(), now=work.now)
    if is_active:
        return _("It is back.")
    return _("Withdrawn: nobody is shown it or answered from it any more.")


def _hand_back(work: Work, row: "Article") -> str:
    editing.hand_back(row, by=work.by(), now=work.now)
    return _("The next load of the district folder brings its own words back.")


def _draw(
    request: HttpRequest, viewer: Viewer, row: "Article", *, sent: Sent | None = None
) -> HttpResponse:
    today = clock.now().astimezone(district().zone).date()
    title = row.title if row.pk else _("A new article")
    groups = [
        ("", article_form.words(row)),
        (_("What it is about"), article_form.about(row, viewer)),
        (_("Who keeps it, and how long"), article_form.keeping(row, viewer)),
    ]
    context: Drawn = {
        "page": "articles",
        "title": title,
        "article": row,
        "url": request.get_full_path(),
        "key": article_form.KEY,
        "seen": editing.state(row) if row.pk else "",
        "edition": editors.latest(row, viewer=viewer) if row.pk else 0,
        "groups": [
            {"title": name, "fields": forms.fields_of(article_form.KEY, fields, sent=sent)}
            for name, fields in groups
        ],
        "preview": _preview(sent),
        "theirs": _theirs(row, sent, viewer=viewer),
        **(_of_kept(row, viewer, today=today) if row.pk else {}),
    }
    return forms.page(request, viewer, "setup/article.html", context, sent=sent)


def _of_kept(row: "Article", viewer: Viewer, *, today: date) -> Drawn:
    """What is said of an article that is there already."""
    others = list(editors.versions(row, viewer=viewer))
    missing = set(district().languages) - {one.language for one in (row, *others)}
    root = row.translation_of_id or row.pk
    shows = row.is_active and not row.is_draft
    return {
        "tags": tags(row, today=today),
        "versions": [
            {
                "name": naming.LANGUAGE_NAMES.get(one.language, one.language),
                "lang": one.language,
                "title": one.title,
                "url": reverse("setup:article", args=[one.pk]),
            }
            for one in others
        ],
        "missing": [
            {"name": naming.LANGUAGE_NAMES.get(code, code), "url": _new_url(root, code)}
            for code in sorted(missing)
            if editors.may_write(viewer=viewer)
        ],
        "asked": gaps.asked_as(row, viewer=viewer) if row.is_draft else [],
        "outcome": _outcome(row, viewer),
        "history_url": reverse("setup:article-history", args=[row.pk]),
        "page_url": path(row.source_id) if shows else "",
        "is_waiting": not publishing.is_read_in(row) and shows,
        "from_folder": row.source == editing.FOLDER,
        "was_folder": editing.came_from_folder(row),
    }


def _outcome(row: "Article", viewer: Viewer) -> str:
    """What became of the answers from it in the last 90 days; empty when there were none."""
    now = clock.now()
    found = outcomes.of_article(row, since=now - timedelta(days=90), now=now, viewer=viewer)
    if not found.given:
        return ""
    return _(
        "In 90 days %(given)s answers came from it: %(helped)s helped, %(no)s said no, "
        "%(back)s came back."
    ) % {
        "given": found.given,
        "helped": found.of(Outcome.ENDED),
        "no": found.of(Outcome.REJECTED),
        "back": found.of(Outcome.RETURNED),
    }


def _new_url(of: int, language: str) -> str:
    asked: dict[str, str | int] = {"of": of, "language": language}
    query = urlencode(asked)
    return f"{reverse('setup:article-new')}?{query}"


def _preview(sent: Sent | None) -> Drawn | None:
    """The article as it would be read, when that was asked for."""
    if sent is None or sent.given.get("do") != "preview":
        return None
    given = sent.given
    return {
        "title": given.get("title", "").strip()[:300],
        "language": given.get("language", "")[:12],
        "blocks": blocks(given.get("body", "")[: editing.LONGEST]),
        "who": VISIBILITIES.get(given.get("visibility", ""), ""),
    }


def _theirs(row: "Article", sent: Sent | None, *, viewer: Viewer) -> Drawn | None:
    """What saving would change of what somebody else saved meanwhile."""
    if sent is None or not row.pk or sent.given.get("seen") == editing.state(row):
        return None
    typed = sent.given.get("body", "").replace("\r\n", "\n").strip()
    before = editors.edition(row, number_of(sent.given.get("edition", "")) or 1, viewer=viewer)
    was = {"title": before.title, **before.settings} if before else {}
    now_so = {"title": row.title, **editing.settings(row)}
    return {
        "lines": changed.lines(row.body, typed),
        "settings": changed.settings(was, now_so) if was else [],
    }
