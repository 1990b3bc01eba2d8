"""The ways people reach us, each with the last message that came and a test that really goes."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.channels import trial
from homeroom.channels.trial import Trial
from homeroom.district import arranging, roster
from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.pipeline import health
from homeroom.web import context as pages
from homeroom.web import naming
from homeroom.web.policy import administrator
from homeroom.web.setup import forms
from homeroom.web.setup.forms import Drawn, Field, Sent, Work
from homeroom.web.templatetags.homeroom import moment

if TYPE_CHECKING:
    from homeroom.district.models import Channel


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def channels(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The channels (GET); one saved or tested (POST)."""
    if request.method != "POST":
        return _draw(request, viewer)
    return forms.answer(
        request,
        viewer,
        acts={"save": _save, "test": _test},
        back=reverse("setup:channels"),
        draw=lambda sent: _draw(request, viewer, sent=sent),
    )


def _save(work: Work) -> str:
    is_new = work.form == "channel-new"
    saved = arranging.save_channel(
        channel=None if is_new else forms.there(roster.channel(work.row, viewer=work.viewer)),
        name=work.words("name"),
        address=work.words("address"),
        is_on=is_new or work.ticked("on"),
        by=work.by(),
        now=work.now,
    )
    pages.forget()
    return _("Saved: %(name)s.") % {"name": saved.name}


def _test(work: Work) -> str:
    channel = forms.there(roster.channel(work.number("channel"), viewer=work.viewer))
    account = work.by()
    trial.send(channel=channel, by=account, now=work.now)
    return _("A test is on its way to %(address)s.") % {"address": account.email}


def _draw(request: HttpRequest, viewer: Viewer, *, sent: Sent | None = None) -> HttpResponse:
    now = clock.now()
    context: Drawn = {
        "page": "channels",
        "channels": [
            _channel(one, viewer, sent, now=now) for one in roster.channels(viewer=viewer)
        ],
        "add": forms.form(
            "channel-new",
            title=_("Add a mailbox"),
            url=reverse("setup:channels"),
            do="save",
            button=_("Add it"),
            fields=_fields(None),
            sent=sent,
        ),
    }
    return forms.page(request, viewer, "setup/channels.html", context, about=["channel"], sent=sent)


def _channel(channel: "Channel", viewer: Viewer, sent: Sent | None, *, now: datetime) -> Drawn:
    midnight = timezone.localtime(now, pages.district().zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    door = health.door(channel, viewer=viewer, since=midnight, now=now)
    last = trial.last(channel, viewer=viewer)
    icon, word = naming.CHANNELS.get(channel.kind, ("chat", channel.kind))
    trouble = door.trouble or (last.trouble if last else "")
    return {
        "id": channel.pk,
        "icon": icon,
        "name": channel.name or str(word),
        "address": channel.address,
        "state": _state(channel, trouble),
        "last": door.last,
        "today": door.today,
        "trouble": trouble,
        "fix_url": "",
        "can_test": channel.is_on,
        "trail": _trail(channel, last),
        "tested": _tested(last, now=now),
        "form": forms.form(
            f"channel-{channel.pk}",
            title=_("Change it"),
            url=reverse("setup:channels"),
            do="save",
            button=_("Save it"),
            fields=_fields(channel),
            sent=sent,
        ),
    }


def _state(channel: "Channel", trouble: str) -> Drawn:
    if not channel.is_on:
        return {"icon": "off", "word": _("Off"), "tone": ""}
    if trouble:
        return {"icon": "alert", "word": _("In trouble"), "tone": "alarm"}
    return {"icon": "check", "word": _("On"), "tone": "good"}


def _trail(channel: "Channel", last: Trial | None) -> list[Drawn]:
    """How far the last test has come: out to whoever asked, and in by our own door."""
    if last is None:
        return []
    out = [{"word": _("Letter sent to you"), "done": last.is_sent}]
    if channel.kind != "email":
        return list(out)
    return [
        {"word": _("Came in by our mail door"), "done": last.came_in},
        {"word": _("Read, and known as our own"), "done": last.is_read},
        *out,
    ]


def _tested(last: Trial | None, *, now: datetime) -> str:
    if last is None:
        return ""
    return _("Last test: %(when)s, to %(who)s.") % {
        "when": moment(last.at, now),
        "who": last.recipient,
    }


def _fields(channel: "Channel | None") -> tuple[Field, ...]:
    name = Field(
        name="name",
        label=_("Name"),
        value=channel.name if channel else "",
        is_required=True,
    )
    address = Field(
        name="address",
        label=_("Address"),
        value=channel.address if channel else "",
        is_required=True,
        hint=_("Where people write to, like help@district.example."),
    )
    switch = Field(
        name="on", label=_("It is on"), kind="tick", value=channel.is_on if channel else True
    )
    if channel is None:
        return (name, address)
    return (name, address, switch) if channel.kind == "email" else (name, switch)
