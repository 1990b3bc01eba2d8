"""Where setup starts: how the house stands, each line with the way to change it."""

from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from homeroom.channels import aside
from homeroom.district import oncall, roster
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.pipeline import health
from homeroom.pipeline.health import MANY, Books, Queue
from homeroom.routing import caution
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn
from homeroom.web.templatetags.homeroom import ago, moment

SLOW = timedelta(minutes=5)
"""A queue whose oldest row waits longer is in trouble: its drainer looks every five seconds."""
QUEUES = {
    "envelopes": gettext_lazy("to file"),
    "triage": gettext_lazy("to understand"),
    "events": gettext_lazy("to react to"),
    "deliveries": gettext_lazy("to send"),
}


@administrator
@require_http_methods(["GET", "HEAD"])
def index(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """How the house stands."""
    now = clock.now()
    books, queues = health.books(viewer=viewer, now=now), health.queues(viewer=viewer)
    counts = roster.counts(viewer=viewer)
    context: Drawn = {
        "page": "index",
        "warnings": [
            *_of_danger(viewer),
            *_of_books(books),
            *_of_queues(queues, now=now),
            *_of_people(counts),
            *_of_sureness(viewer),
        ],
        "steps": [
            *_doors(viewer, now=now),
            _ledger(books, viewer, now=now),
            _work(queues, viewer, now=now),
            *_things(counts),
        ],
        "version": _version(),
    }
    about = ("team", "service", "rule", "sign-in", "channel", "key", "mail", "on-call")
    return forms.page(request, viewer, "setup/index.html", context, about=about)


def _version() -> str:
    """The version that is installed; nothing when it runs from a plain copy of the source."""
    try:
        return version("homeroom")
    except PackageNotFoundError:
        return ""


def _state(word: str, *, is_good: bool) -> Drawn:
    if is_good:
        return {"icon": "check", "word": word, "tone": "good"}
    return {"icon": "alert", "word": word, "tone": "alarm"}


def _step(icon: str, title: str, text: str, page: str, link: str, state: Drawn) -> Drawn:
    url = reverse(f"setup:{page}")
    return {"icon": icon, "title": title, "text": text, "url": url, "link": link, "state": state}


def _doors(viewer: Viewer, *, now: datetime) -> list[Drawn]:
    """Each channel that is on, with its last message."""
    steps = []
    for channel in roster.channels(viewer=viewer):
        if not channel.is_on:
            continue
        door = health.door(channel, viewer=viewer, since=now - timedelta(days=1), now=now)
        text = _("No message yet.")
        if door.last is not None:
            text = _("Last message received %(ago)s.") % {"ago": ago(door.last, now)}
        icon = {"email": "mail", "walkup": "walk", "form": "globe"}.get(channel.kind, "chat")
        steps.append(
            _step(
                icon,
                channel.name,
                " ".join(part for part in (door.trouble, text, channel.address) if part),
                "channels",
                _("See the channels"),
                _state(_("In trouble") if door.trouble else _("On"), is_good=not door.trouble),
            )
        )
    return steps


def _ledger(books: Books, viewer: Viewer, *, now: datetime) -> Drawn:
    waits = aside.count(viewer=viewer)
    balanced = not books.findings and not books.overdue
    if books.checked_at is None:
        text = _("The books have not been checked yet. That happens every hour.")
    else:
        text = _("All that came in equals what became of it. Checked %(ago)s.") % {
            "ago": ago(books.checked_at, now)
        }
        if not balanced:
            text = _("Some of what came in is not accounted for. See above.")
    held = ngettext("%(count)s waits for you.", "%(count)s wait for you.", waits) % {"count": waits}
    return _step(
        "book",
        _("Nothing is lost"),
        f"{text} {held}",
        "held",
        _("See what is held"),
        _state(_("Balanced") if balanced else _("Look at this"), is_good=balanced),
    )


def _work(queues: list[Queue], viewer: Viewer, *, now: datetime) -> Drawn:
    """The queues in one sentence."""
    text = ", ".join(f"{_many(one.count)} {QUEUES[one.name]}" for one in queues)
    failed = health.failed_letters(viewer=viewer, now=now)
    if failed:
        text += ". " + ngettext(
            "%(count)s letter of today could not be delivered",
            "%(count)s letters of today could not be delivered",
            failed,
        ) % {"count": failed}
    is_good = not any(_is_slow(one, now=now) for one in queues)
    return _step(
        "clock",
        _("Work that waits"),
        f"{text}.",
        "channels",
        _("See the channels"),
        _state(_("Flowing") if is_good else _("Stuck"), is_good=is_good),
    )


def _many(count: int) -> str:
    return f"{MANY}+" if count > MANY else str(count)


def _is_slow(queue: Queue, *, now: datetime) -> bool:
    return queue.oldest is not None and now - queue.oldest > SLOW


def _of_danger(viewer: Viewer) -> list[Drawn]:
    """Whether somebody is called when somebody may be in danger."""
    url = reverse("setup:on-call")
    if not oncall.has_list(viewer=viewer):
        text = _("When a message is about danger, only the safety team or administrators are told.")
        return [{"title": _("Nobody is on call."), "text": text, "url": url}]
    away = oncall.unreachable(viewer=viewer)
    if not away:
        return []
    text = _("%(names)s: no email address that works.") % {"names": ", ".join(away)}
    return [{"title": _("Somebody who is on call cannot be reached."), "text": text, "url": url}]


def _of_sureness(viewer: Viewer) -> list[Drawn]:
    """Whether it fell back to suggesting."""
    if not caution.has_fallen(viewer=viewer):
        return []
    text = _("Too many automatic decisions were wrong. It suggests until it has proved itself.")
    url = reverse("setup:sureness")
    return [{"title": _("Homeroom only suggests for now."), "text": text, "url": url}]


def _of_books(books: Books) -> list[Drawn]:
    found: list[Drawn] = [
        {
            "title": f"{channel}, {moment(at, clock.now())}.",
            "text": finding,
            "url": reverse("setup:held"),
        }
        for channel, at, finding in books.findings
    ]
    if books.overdue:
        text = ngettext(
            "%(count)s message waits longer than 15 minutes to be filed.",
            "%(count)s messages wait longer than 15 minutes to be filed.",
            books.overdue,
        ) % {"count": _many(books.overdue)}
        found.append({"title": _("Mail is waiting."), "text": text, "url": ""})
    return found


def _of_queues(queues: list[Queue], *, now: datetime) -> list[Drawn]:
    return [
        {
            "title": _("Nobody does the work in the background."),
            "text": _("%(count)s %(what)s, the oldest since %(when)s. Start: homeroom work.")
            % {
                "count": _many(one.count),
                "what": QUEUES[one.name],
                "when": moment(one.oldest, now),
            },
            "url": "",
        }
        for one in queues
        if one.oldest is not None and _is_slow(one, now=now)
    ]


def _of_people(counts: dict[str, int]) -> list[Drawn]:
    empty = counts.get("empty teams", 0)
    if not empty:
        return []
    text = ngettext(
        "%(count)s team has no members and no email: nobody is told of its requests.",
        "%(count)s teams have no members and no email: nobody is told of their requests.",
        empty,
    ) % {"count": empty}
    return [{"title": _("Somebody is missing."), "text": text, "url": reverse("setup:teams")}]


def _things(counts: dict[str, int]) -> list[Drawn]:
    """People, teams, services, rules and keys, with how many there are."""
    there, missing = _("There"), _("None yet")
    rows = (
        ("people", _("People"), "people", "people", _("See people")),
        ("people", _("Teams"), "teams", "teams", _("See teams")),
        ("book", _("Services"), "services", "services", _("See services")),
        ("key", _("Keys for other systems"), "keys", "tokens", _("See keys")),
    )
    return [
        _step(
            icon,
            title,
            f"{counts.get(name, 0):,}",
            page,
            link,
            _state(there, is_good=True)
            if counts.get(name) or name == "keys"
            else _state(missing, is_good=False),
        )
        for icon, title, name, page, link in rows
    ]
