"""Short forms: a choice of needs in plain words, and for each a few questions of its service."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.channels.form.filled import Filled
from homeroom.channels.inbound import Form
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.kit.throttle import take
from homeroom.pipeline import guiding
from homeroom.pipeline.guiding import Path, Way
from homeroom.routing import guided
from homeroom.routing.guided import WORDS, Ask
from homeroom.web import naming, policy
from homeroom.web.context import district
from homeroom.web.policy import public
from homeroom.web.portal import answers, doorkeeper, outside, seats, sending

type Drawn = dict[str, object]

PREFIX = "about-"
"""Before the names of a service's own fields, which a district chooses."""


def tiles(ways: Iterable[Way]) -> list[Drawn]:
    """The ways as portal/home.html and portal/needs.html show them."""
    return [
        {
            "url": reverse("portal:need", args=[way.service]),
            "word": way.word,
            "icon": way.icon,
        }
        for way in ways
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@public
def needs(request: HttpRequest) -> HttpResponse:
    """Every short form (GET), or those that are like a few words (POST): words in no address."""
    if request.method != "POST" and (away := outside.elsewhere(request)):
        return away
    viewer, now = policy.visitor_of(request), clock.now()
    said = request.POST.get("need", "").strip()[: sending.LONGEST]
    found: list[Way] = []
    allowed = take(f"suggest:{doorkeeper.network(request)}", rate=answers.PER_NETWORK, now=now)
    if said and allowed:
        found = guiding.search(said, viewer=viewer, now=now, hint=translation.get_language() or "")
    context = {
        "need": said,
        "searched": bool(said),
        "found": tiles(found),
        "ways": tiles(guiding.all_ways(viewer=viewer)),
    }
    return outside.draw(request, "portal/needs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@public
def need(request: HttpRequest, service: str) -> HttpResponse:
    """One short form (GET, or POST with words that go along), or the way to its receipt (POST)."""
    if request.method != "POST" and (away := outside.elsewhere(request)):
        return away
    viewer, now = policy.visitor_of(request), clock.now()
    today = now.astimezone(district().zone).date()
    spoken = translation.get_language() or "en"
    path = guiding.path(service, viewer=viewer, today=today, spoken=spoken)
    if path is None:
        raise Http404
    if request.method == "POST" and request.POST.get("do") != "open":
        return _send(request, path, viewer, today=today, now=now)
    values = {name: request.POST.get(name, "").strip() for name in ("reach", "name")}
    words = request.POST.get("need", "").strip()
    asks = [*guided.filled(path.asks, {WORDS: words} if words else {})]
    return _draw(request, path, asks, viewer, values=values, errors={})


def _draw(
    request: HttpRequest,
    path: Path,
    asks: Sequence[Ask],
    viewer: Viewer,
    *,
    values: Mapping[str, str],
    errors: Mapping[str, str],
) -> HttpResponse:
    context = {
        "word": path.word,
        "fields": [_field(one, errors) for one in asks],
        "known": path.known,
        "values": values,
        "errors": errors,
        "asks_reach": viewer.account_id is None,
        "stamp": request.POST.get("stamp") or doorkeeper.stamp(now=clock.now()),
        "url": reverse("portal:need", args=[path.service]),
    }
    response = outside.draw(request, "portal/need.html", context, status=422 if errors else 200)
    if viewer.account_id is not None:
        response.headers["Cache-Control"] = policy.PRIVATE
    return response


def _field(one: Ask, errors: Mapping[str, str]) -> Drawn:
    """One input as parts/fields.html draws it."""
    kinds = {"words": "textarea", "choice": "select", "date": "date"}
    return {
        "id": f"{PREFIX}{one.name}",
        "name": f"{PREFIX}{one.name}",
        "kind": kinds.get(one.kind, "text"),
        "label": one.text,
        "hint": "" if one.is_required else _("You can leave this out."),
        "value": one.value,
        "required": one.is_required,
        "error": errors.get(f"{PREFIX}{one.name}", ""),
        "options": [
            {"value": "", "word": "", "chosen": not one.value},
            *({"value": each, "word": each, "chosen": each == one.value} for each in one.options),
        ]
        if one.kind == "choice"
        else [],
    }


def _send(
    request: HttpRequest, path: Path, viewer: Viewer, *, today: date, now: datetime
) -> HttpResponse:
    given = {one.name: request.POST.get(f"{PREFIX}{one.name}", "") for one in path.asks}
    values = {name: request.POST.get(name, "").strip() for name in ("reach", "name")}
    facts, problems = guided.read(path.asks, given=given, today=today)
    words = given.get(WORDS, "").strip()
    text = _told(path, words, facts)
    who = seats.signed_in(request)
    uploads = request.FILES.getlist("photo")
    reach, unreachable = sending.reach(values, who, text=words)
    errors = {f"{PREFIX}{name}": problem for name, problem in problems.items()}
    errors |= sending.wrong(text, uploads, field=f"{PREFIX}{WORDS}") | unreachable
    if errors:
        asks = [*guided.filled(path.asks, given)]
        return _draw(request, path, asks, viewer, values=values, errors=errors)
    form: Filled = sending.made(
        text,
        name=values["name"],
        reach=reach,
        who=who,
        uploads=uploads,
        now=now,
        subject=path.word,
        form=Form(service=path.service, given=facts),
    )
    return sending.keep(request, form, who, now=now)


def _told(path: Path, words: str, facts: Mapping[str, str]) -> str:
    """The request in words, as everybody reads it who is written to: theirs, then each answer."""
    labels = {one.name: one.label for one in path.asks}
    lines = [f"{naming.FACTS.get(name, labels[name])}: {value}" for name, value in facts.items()]
    return "\n\n".join(part for part in (words, "\n".join(lines)) if part) or path.word
