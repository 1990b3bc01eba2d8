"""Answers: what became of them, a random part to be judged, and what nobody has written yet."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from homeroom.district import queries as district_facts
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.knowledge import auditing, gaps, outcomes
from homeroom.knowledge.auditing import Audit
from homeroom.knowledge.outcomes import Outcome, Tally, Told
from homeroom.knowledge.wording import path
from homeroom.pipeline import owners
from homeroom.web.context import tell
from homeroom.web.policy import leader
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Sent, Work

if TYPE_CHECKING:
    from homeroom.knowledge.models import Citation, Gap

SPANS = {30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("A year")}
HEADS = (
    (Outcome.ENDED, gettext_lazy("Helped")),
    (Outcome.REJECTED, gettext_lazy("Said no")),
    (Outcome.RETURNED, gettext_lazy("Came back")),
    (Outcome.HELPED, gettext_lazy("A person too")),
    (Outcome.QUIET, gettext_lazy("No word")),
    (Outcome.OPEN, gettext_lazy("Too soon")),
)
"""The columns between how many were given and the share that helped."""
ROWS = 50


@leader
@require_http_methods(["GET", "HEAD", "POST"])
def answers(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The page (GET); an answer judged, a draft begun or a gap dismissed (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={
            "right": lambda work: _judge(work, is_right=True),
            "wrong": lambda work: _judge(work, is_right=False),
            "undo": _undo,
            "draft": _draft,
            "dismiss": _dismiss,
        },
        back=request.path,
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _judge(work: Work, *, is_right: bool) -> str:
    number = work.number("answer") or 0
    if not auditing.judge(number, is_right=is_right, by=work.by(), viewer=work.viewer):
        raise forms.GoneMeanwhile
    said = _("Noted as right.") if is_right else _("Noted as wrong.")
    url = f"{reverse('office:answers')}?answer={number}"
    tell(work.request, said, undo="undo", url=url)
    return ""


def _undo(work: Work) -> str:
    number = work.request.GET.get("answer", "")
    if not (number.isdecimal() and auditing.take_back(int(number), by=work.by())):
        raise forms.GoneMeanwhile
    return _("It waits again.")


def _draft(work: Work) -> str:
    gap = forms.there(gaps.gap(work.number("gap"), viewer=work.viewer))
    made = owners.draft(gap, by=work.by(), now=work.now)
    if not made.owner:
        return _("A draft was begun. Nobody keeps it yet: choose somebody in Setup.")
    return _("A draft was begun, and %(owner)s was written to.") % {"owner": made.owner}


def _dismiss(work: Work) -> str:
    gaps.dismiss(forms.there(gaps.gap(work.number("gap"), viewer=work.viewer)))
    return _("It is not shown again.")


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    now = clock.now()
    days = _days(request)
    since = now - timedelta(days=days)
    told = outcomes.told(since=since, now=now, viewer=viewer)
    audit = auditing.audit(since=since, viewer=viewer)
    waiting = auditing.waiting(viewer=viewer)
    services = district_facts.catalogue(viewer=viewer).services.values()
    names: dict[int | None, str] = {one.id: one.name for one in services}
    context: Drawn = {
        "url": reverse("office:answers"),
        "spans": [
            {
                "word": word,
                "url": f"{reverse('office:answers')}?days={number}",
                "current": number == days,
            }
            for number, word in SPANS.items()
        ],
        "figures": _figures(told, audit),
        "audit": _audit_words(audit, len(waiting)),
        "first": _first(waiting[0]) if waiting else None,
        "gaps": [_gap(one) for one in gaps.waiting(viewer=viewer)],
        "heads": [word for _outcome, word in HEADS],
        "tables": [
            _table("services", _("By service"), _("Service"), told.services, names),
            _table("articles", _("By article"), _("Article"), told.articles, told.titles),
        ],
    }
    return forms.page(request, viewer, "office/answers.html", context, sent=sent)


def _days(request: HttpRequest) -> int:
    given = request.GET.get("days", "")
    return int(given) if given.isdecimal() and len(given) < 4 and int(given) in SPANS else 90


def _figures(told: Told, audit: Audit) -> list[Drawn]:
    whole = told.all
    found = [
        (f"{whole.given:,}", _("answers were given.")),
        (
            _per_cent(whole.share),
            _("of the %(known)s whose five school days are over helped: they said so, needed no "
              "person, and did not come back.") % {"known": f"{whole.known:,}"},
        ),
        (
            _per_cent(whole.of(Outcome.ENDED) / told.asked if told.asked else None),
            _("of all %(asked)s requests were ended by an answer alone.")
            % {"asked": f"{told.asked:,}"},
        ),
        (
            _per_cent(audit.wrong / audit.judged if audit.judged else None),
            _("of the %(judged)s answers that people judged were wrong.")
            % {"judged": f"{audit.judged:,}"},
        ),
    ]  # fmt: skip
    return [{"value": value, "text": text, "url": ""} for value, text in found]


def _per_cent(share: float | None) -> str:
    """A share in whole per cent; a dash where nothing is known."""
    return "–" if share is None else f"{100 * share:.0f} %"


def _audit_words(audit: Audit, waiting: int) -> list[str]:
    """What was drawn, what was found, and what that says of all answers."""
    found = [
        _("One answer in 50 is drawn by chance: %(drawn)s of %(given)s.")
        % {"drawn": f"{audit.drawn:,}", "given": f"{audit.given:,}"}
    ]
    if audit.judged:
        found.append(
            _("%(wrong)s of %(judged)s were wrong: of all at most %(bound)s, 95 in 100 sure.")
            % {
                "wrong": f"{audit.wrong:,}",
                "judged": f"{audit.judged:,}",
                "bound": _per_cent(audit.bound),
            }
        )
    if waiting:
        found.append(
            ngettext("%(count)s waits for you.", "%(count)s wait for you.", waiting)
            % {"count": waiting}
        )
    return found


def _first(one: "Citation") -> Drawn:
    """The answer to be judged next, as its asker got it."""
    article = one.article
    return {
        "id": one.pk,
        "question": f"{one.message.subject}\n{one.message.text}".strip()[:2_000],
        "question_lang": one.message.language,
        "text": one.text,
        "lang": one.language,
        "at": one.at,
        "reference": one.ticket.reference,
        "url": reverse("desk:request", args=[one.ticket.reference]),
        "source": {"title": article.title, "url": path(article.source_id)},
    }


def _gap(one: "Gap") -> Drawn:
    service = one.service.name if one.service else _("no service in particular")
    words = {"seen": one.seen, "of": one.out_of, "service": service}
    icon, title = "chat", _("Asked %(seen)s times, and no article answers it") % words
    text = _("%(service)s: %(seen)s of %(of)s requests in two months.") % words
    if one.kind == "rejected" and one.article is not None:
        icon, title = "flag", _("Found, and did not help: %(title)s") % {"title": one.article.title}
        text = _("%(seen)s of %(of)s who were answered from it said no or came back.") % words
    elif one.kind == "field":
        label = (
            (one.service.context_fields.get(one.field) or {}).get("label") if one.service else ""
        )
        icon, title = (
            "more",
            _("Nearly always asked back: %(field)s") % {"field": label or one.field},
        )
    return {
        "id": one.pk,
        "icon": icon,
        "title": title,
        "text": text,
        "examples": one.examples[:3],
        "edit_url": reverse("setup:article", args=[one.article.pk]) if one.article else "",
    }


def _table(
    key: str,
    title: str,
    what: str,
    rows: Mapping[int | None, Tally],
    names: Mapping[int | None, str],
) -> Drawn:
    """All numbers of each row, the most given first."""
    found = sorted(rows.items(), key=lambda pair: (-pair[1].given, pair[0] or 0))
    return {
        "id": key,
        "title": title,
        "what": what,
        "rows": [
            {
                "name": names.get(number) or (_("Closed since") if number else _("None")),
                "given": tally.given,
                "counts": [tally.of(one) for one, _word in HEADS],
                "share": _per_cent(tally.share),
                "known": tally.known,
            }
            for number, tally in found[:ROWS]
        ],
        "more": max(0, len(found) - ROWS),
    }
