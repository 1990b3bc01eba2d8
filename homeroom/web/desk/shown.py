"""A request as staff see it: the dictionaries that desk/talk.html is drawn with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from homeroom.district import queries as district
from homeroom.district.permissions import Viewer
from homeroom.district.values import Catalogue
from homeroom.routing.decide import in_a_hundred
from homeroom.tickets import lists, queries
from homeroom.web import known, naming
from homeroom.web.desk import telling, twins
from homeroom.web.desk.lists import asker
from homeroom.web.desk.telling import Names
from homeroom.web.desk.ways import ways
from homeroom.web.files import size
from homeroom.web.templatetags.homeroom import by, clock, moment

if TYPE_CHECKING:
    from homeroom.tickets.lists import Colleague
    from homeroom.tickets.models import Event, Message, Participant, Ticket

type Drawn = dict[str, object]

BEFORE = 5
"""Earlier requests about the same thing or person."""


def ticket(found: "Ticket", *, viewer: Viewer, queue: str, now: datetime) -> Drawn:
    """The ticket of desk/talk.html; seven queries, one more for files, one for a twin."""
    catalogue = district.catalogue(viewer=viewer)
    events = list(queries.timeline(found, viewer=viewer))
    messages = lists.thread(found, viewer=viewer)
    people = lists.colleagues(found, viewer=viewer, also=telling.people_in(events))
    parts = lists.askers(found, viewer=viewer)
    before = queries.related(found, viewer=viewer, limit=BEFORE)
    names = _names(catalogue, people)
    twin, put_in = twins.drawn(events, viewer=viewer, queue=queue, now=now)
    return {
        "url": reverse("desk:talk", args=[queue, found.reference]),
        "reference": found.reference,
        "subject": found.subject or _("No words, only files"),
        "status": naming.STATUSES[found.status],
        "tags": _tags(found, events, now=now),
        "asker": _name(found) or _("the asker"),
        "reply_by": _way(found, parts),
        "reading": "",
        "seen": events[-1].pk if events else 0,
        "thread": telling.woven([_entry(each) for each in messages], telling.told(events, names)),
        "route": _route(found, catalogue),
        "problem": None,
        "twin": twin,
        "put_in": put_in,
        "facts": facts(found, parts, names),
        "before": [_earlier(row, queue, now=now) for row in before],
        "people": _people(people),
        "ways": ways(catalogue),
        "parts": _parts(messages),
        "waits": _waits(),
        "alike": [_alike(row) for row in before if row["status"] in {"new", "open"}],
        "priority": found.priority,
        "done": found.status in {"resolved", "closed"},
        "waits_now": found.status == "waiting",
        "is_merged": found.merged_into_id is not None,
        "is_part": any(event.type == "ticket.split" for event in events),
    }


def _names(catalogue: Catalogue, people: Mapping[int, "Colleague"]) -> Names:
    return Names(
        people={number: one.name for number, one in people.items()},
        teams={number: team.name for number, team in catalogue.teams.items()},
        services={number: one.name for number, one in catalogue.services.items()},
    )


def _waits() -> list[Drawn]:
    return [
        {"value": "asker", "word": _("The asker answers")},
        {"value": "tomorrow", "word": _("Tomorrow, 8:00 AM")},
        {"value": "week", "word": _("In a week, 8:00 AM")},
    ]


def _is_seen(event: "Event") -> bool:
    return bool(event.type == "safety.acknowledged")


def _name(found: "Ticket") -> str:
    person = found.requester
    known = f"{person.title} {person.name}".strip() if person else ""
    return known or found.requester_name


def _way(found: "Ticket", parts: Sequence["Participant"]) -> str:
    """How an answer reaches them; empty when it cannot."""
    if any(part.kind == "email" for part in parts):
        return _("email")
    # Without an address the page that they hold the link of is the way.
    return _("their page") if found.channel == "form" and parts else ""


def _tags(found: "Ticket", events: Sequence["Event"], *, now: datetime) -> list[Drawn]:
    tags: list[Drawn] = []
    if found.safety:
        seen = any(_is_seen(event) for event in events)
        word = naming.DANGERS.get(found.safety, _("Danger"))
        tags.append({"icon": "alert", "word": word, "tone": "" if seen else "alarm"})
    if found.priority <= 2:
        tone = "alarm" if found.priority == 1 else "sun"
        word = _("Priority %(level)s") % {"level": found.priority}
        tags.append({"icon": "flag", "word": word, "tone": tone})
    if found.due_at is not None:
        late = found.due_at < now
        words = _("Late since %(when)s") if late else _("Due %(when)s")
        when = moment(found.due_at, now) if late else by(found.due_at, now)
        tags.append(
            {"icon": "clock", "word": words % {"when": when}, "tone": "alarm" if late else "sun"}
        )
    return tags


def _entry(message: "Message") -> Drawn:
    direction = str(message.direction)
    _icon, way = naming.CHANNELS.get(message.channel, ("chat", message.channel))
    person = message.person
    who = f"{person.title} {person.name}".strip() if person else ""
    kind = direction if message.is_public or direction != "out" else "note"
    return {
        "kind": kind,
        "who": who or message.sender_name or message.sender_address or _("Somebody"),
        "by": "" if direction != "in" else _by(message, str(way)),
        "at": message.at,
        "text": message.text or _("(no words)"),
        "lang": message.language,
        "files": [
            {
                "name": file.name,
                "url": reverse("desk:file", args=[file.pk]),
                "size": size(file.blob.size),
            }
            for file in message.attachments.all()
            if not file.is_inline
        ],
        "frame_url": reverse("desk:mail", args=[message.pk]) if message.html_id else "",
    }


def _by(message: "Message", way: str) -> str:
    written_down = message.recorded_by
    word = way.lower()
    if written_down is not None:
        return _("%(way)s, written down by %(who)s") % {"way": word, "who": written_down.name}
    return word if message.is_public else _("%(way)s, only staff see this") % {"way": word}


def _route(found: "Ticket", catalogue: Catalogue) -> Drawn | None:
    """The suggestion to accept or correct, while somebody must."""
    suggestion = getattr(found, "suggestion", None)
    if not found.needs_triage or suggestion is None:
        return None
    choices = []
    for option in suggestion.options[:3]:
        service = catalogue.services.get(option["service"])
        team = catalogue.teams.get(service.team_id) if service else None
        if service is None or team is None:
            continue
        sure = in_a_hundred(float(option["confidence"]))
        word = f"{team.name}: {service.name}"
        choices.append(
            {"value": service.id, "word": word, "team": team.name, "sure": sure, "why": ""}
        )
    if not choices:
        return None
    question = _("Send to %(team)s?") % {"team": choices[0]["team"]}
    return {
        "question": question,
        "sure": choices[0]["sure"],
        "why": [str(why) for why in suggestion.why],
        "choices": choices,
    }


def facts(found: "Ticket", parts: Sequence["Participant"], names: Names) -> list[Drawn]:
    """Who asks and what is known, each with who says so."""
    drawn: list[Drawn] = []
    name = _name(found)
    if name:
        sources = {
            "verified": _("Signed in."),
            "claimed": _("From the roster, by the address they wrote from."),
            "guessed": _("A guess by the name."),
        }
        source = sources.get(found.certainty, _("As they call themselves. Not verified."))
        drawn.append({"label": _("Who"), "value": _with_note(found, name), "source": source})
    for part in parts:
        source = _("Proven.") if part.is_verified else _("Not verified.")
        label = _("Reach") if part.role == "requester" else _("Copied")
        if part.kind in {"email", "phone"}:
            drawn.append({"label": label, "value": part.value, "source": source})
    if found.service_id is not None:
        service = names.service(found.service_id) or (found.service.name if found.service else "")
        drawn.append({"label": _("About"), "value": service, "source": ""})
    if found.team_id is not None:
        owner = found.assignee.name if found.assignee else _("nobody yet")
        team = names.teams.get(found.team_id) or (found.team.name if found.team else "")
        value = f"{team}, {owner}"
        drawn.append({"label": _("With"), "value": value, "source": ""})
    drawn += known.facts(found.context)
    code = found.language
    drawn.append(
        {"label": _("Language"), "value": naming.LANGUAGE_NAMES.get(code, code), "source": ""}
    )
    return drawn


def _with_note(found: "Ticket", name: str) -> str:
    person = found.requester
    if person is None:
        return name
    note = person.job or (_("grade %(grade)s") % {"grade": person.grade} if person.grade else "")
    return f"{name}, {note}" if note else name


def _earlier(row: Mapping[str, object], queue: str, *, now: datetime) -> Drawn:
    opened = row["opened_at"]
    when = moment(opened, now) if isinstance(opened, datetime) else ""
    return {
        "url": reverse("desk:talk", args=[queue, row["reference"]]),
        "subject": row["subject"] or row["reference"],
        "text": f"{when} · {naming.STATUSES[str(row['status'])]}",
    }


def _alike(row: Mapping[str, object]) -> Drawn:
    opened = row["opened_at"]
    when = clock(opened) if isinstance(opened, datetime) else ""
    return {
        "value": row["reference"],
        "subject": row["subject"] or row["reference"],
        "text": f"{asker(row)}, {when}",
    }


def _people(people: Mapping[int, "Colleague"]) -> list[Drawn]:
    return [
        {
            "value": one.id,
            "name": one.name,
            "note": _("%(n)s open") % {"n": one.n_open},
        }
        for one in people.values()
        if one.is_member
    ]


def _parts(messages: Sequence["Message"]) -> list[Drawn]:
    """The messages that can become a request of their own; none while there is only one."""
    heard = [message for message in messages if message.direction == "in"]
    if len(heard) < 2:
        return []
    return [{"value": message.pk, "word": message.text[:80]} for message in heard]
