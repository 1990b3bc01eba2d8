"""The queues and their lists."""

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.tickets import problems as reads
from homeroom.tickets import queries
from homeroom.tickets.queries import MANY, PAGE, Queue
from homeroom.web import naming
from homeroom.web.desk import problems
from homeroom.web.policy import staff
from homeroom.web.templatetags.homeroom import by

type Drawn = dict[str, object]

GROUPS = (
    (
        gettext_lazy("Mine"),
        (
            ("mine", gettext_lazy("My requests"), "person"),
            ("due", gettext_lazy("Due next"), "clock"),
            ("waiting", gettext_lazy("Waiting"), "moon"),
        ),
    ),
    (
        gettext_lazy("My teams"),
        (
            ("team", gettext_lazy("All open"), "people"),
            ("unowned", gettext_lazy("No owner yet"), "inbox"),
            ("done", gettext_lazy("Done"), "check"),
        ),
    ),
    (
        gettext_lazy("Everyone"),
        (
            ("triage", gettext_lazy("Needs a look"), "eye"),
            ("all", gettext_lazy("All open requests"), "inbox"),
        ),
    ),
)
"""The queues as they stand beside the list: name, word, icon."""
NAMES = tuple(name for _group, items in GROUPS for name, _word, _icon in items)
WORDS = {name: word for _group, items in GROUPS for name, word, _icon in items}
ORDERS = {"due": gettext_lazy("soonest first"), "triage": gettext_lazy("most urgent first")}
COUNTED = tuple(name for name in NAMES if name != "done")
"""What is done is never counted: it only grows."""
SAID = 160
"""Characters of the last words that a row shows."""
_SALT = "desk list"


@require_http_methods(["GET", "HEAD"])
@staff
def index(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001
    """The way to the queue one works from."""
    name = "team" if viewer.team_ids else "triage"
    return HttpResponseRedirect(reverse("desk:queue", args=[name]))


@require_http_methods(["GET", "HEAD"])
@staff
def pile(request: HttpRequest, viewer: Viewer, queue: str) -> HttpResponse:
    """One page of a queue; on a phone `?pane=queues` shows the queues instead."""
    pane = "queues" if request.GET.get("pane") == "queues" else "list"
    context = beside(request, viewer, queue, now=clock.now())
    return render(request, "desk/index.html", {**context, "pane": pane, "ticket": None})


def beside(
    request: HttpRequest, viewer: Viewer, name: str, *, now: datetime, current: str = ""
) -> Drawn:
    """The queues and the list of desk/index.html; two queries, three where something spreads."""
    queue = queries.queue(name, viewer=viewer)
    after = _after(request.GET.get("after", ""), queue)
    found = queries.page(queue, viewer=viewer, after=after)
    counts = queries.counts(COUNTED, viewer=viewer, also=reads.undecided)
    outbreaks = reads.suggested(viewer=viewer) if counts["also"] else []
    here = reverse("desk:queue", args=[name])
    older = f"?after={_key(found[PAGE - 1], queue)}" if len(found) > PAGE else ""
    kept = f"?after={request.GET['after']}" if after else ""
    return {
        "queues": _queues(name, counts),
        "outbreaks": [problems.drawn(one) for one in outbreaks],
        "queue": {
            "name": WORDS[name],
            "order": ORDERS.get(name, ""),
            "count": _many(counts.get(name)),
            "url": here,
        },
        "query": "",
        "rows": [
            row(each, queue=name, current=current, keep=kept, now=now) for each in found[:PAGE]
        ],
        "older_url": here + older if older else "",
        "newer_url": here if after else "",
        "queues_url": f"{here}?pane=queues",
        "list_url": here + kept,
        "now": now,
    }


def _queues(present: str, counts: Mapping[str, int]) -> list[Drawn]:
    return [
        {
            "name": group,
            "items": [
                {
                    "name": word,
                    "icon": icon,
                    "count": _many(counts.get(name)),
                    "url": reverse("desk:queue", args=[name]),
                    "current": name == present,
                }
                for name, word, icon in items
            ],
        }
        for group, items in GROUPS
    ]


def _many(count: int | None) -> str:
    if count is None:
        return ""
    return f"{MANY}+" if count > MANY else str(count)


def row(
    found: Mapping[str, object], *, queue: str, current: str, keep: str, now: datetime
) -> Drawn:
    """A row of desk/rows.html from a row of `tickets.queries.page`."""
    reference = str(found["reference"])
    return {
        "url": talk_url(queue, reference) + keep,
        "current": reference == current,
        "unread": found["status"] == "new",
        "who": asker(found),
        "about": _about(found),
        "at": found["last_at"] or found["changed_at"],
        "said": _said(found),
        "lang": found["language"],
        "tags": _tags(found, now=now),
    }


def talk_url(queue: str, reference: str) -> str:
    """The address of a request beside the list of a queue."""
    return _talk_url(queue).replace(_ANY, reference)


_ANY = "222-2222"
"""A reference that stands for all others in an address."""


@functools.cache
def _talk_url(queue: str) -> str:
    return reverse("desk:talk", args=[queue, _ANY])


def _said(found: Mapping[str, object]) -> str:
    """The last public words, and whether they are ours."""
    words = str(found["last_text"] or found["subject"])[:SAID]
    return words if found["last_by_asker"] else _("We: %(words)s") % {"words": words}


def asker(found: Mapping[str, object]) -> str:
    """How the one who asks is called."""
    parts = (found["requester__title"], found["requester__given_name"])
    known = " ".join(str(part) for part in (*parts, found["requester__family_name"]) if part)
    return known or str(found["requester_name"]) or _("Not known yet")


def _about(found: Mapping[str, object]) -> str:
    if found["requester__grade"]:
        return _("Student, grade %(grade)s") % {"grade": found["requester__grade"]}
    return str(found["org__name"] or "")


def _tags(found: Mapping[str, object], *, now: datetime) -> list[Drawn]:
    """At most three: danger, what is due, then how it came and in which language."""
    tags: list[Drawn] = []
    if found["safety"]:
        word = naming.DANGERS.get(str(found["safety"]), _("Danger"))
        tags.append({"icon": "alert", "word": word, "tone": "alarm"})
    due = found["due_at"]
    if isinstance(due, datetime):
        if due < now:
            tags.append({"icon": "clock", "word": _("Late"), "tone": "alarm"})
        else:
            word = _("Due %(by)s") % {"by": by(due, now)}
            tags.append(
                {"icon": "clock", "word": word, "tone": "sun" if _is_near(due, now) else ""}
            )
    if found["language"] not in {"en", ""}:
        code = str(found["language"])
        tags.append(
            {"icon": "globe", "word": naming.LANGUAGE_NAMES.get(code, code), "tone": "wait"}
        )
    icon, way = naming.CHANNELS.get(str(found["channel"]), ("chat", str(found["channel"])))
    tags.append({"icon": icon, "word": way, "tone": ""})
    return tags[:3]


def _is_near(due: datetime, now: datetime) -> bool:
    return (due - now).total_seconds() < 3600


def _key(found: Mapping[str, object], queue: Queue) -> str:
    """The sort key of a row, for the address of the next page: signed, so that it stays ours."""
    values = [found[name.removeprefix("-")] for name in queue.order]
    written = [each.isoformat() if isinstance(each, datetime) else each for each in values]
    return signing.dumps([queue.name, *written], salt=_SALT)


def _after(given: str, queue: Queue) -> Sequence[object]:
    """The sort key that an address holds; a page that does not exist for anything else."""
    if not given:
        return ()
    try:
        name, *values = signing.loads(given, salt=_SALT)
        if name != queue.name or len(values) != len(queue.order):
            raise Http404
        return tuple(
            datetime.fromisoformat(value) if isinstance(value, str) else value for value in values
        )
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
