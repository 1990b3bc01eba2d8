"""What staff can do with a request: each small form of its page, by the name it posts as "do"."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from homeroom.channels.form.filled import check_files
from homeroom.district import identify
from homeroom.district.permissions import SYSTEM
from homeroom.pipeline import helping
from homeroom.tickets import actions, alarms, answering
from homeroom.web.desk import moves
from homeroom.web.desk.work import Done, NoSuchThing, NotForYou, Work


def do(what: str, work: Work) -> Done:
    """Do it.

    :raises Expected: with a sentence for the page.
    """
    act = ACTS.get(what.partition(":")[0])
    if act is None:
        raise NoSuchThing(_("We do not know how to do that."))
    viewer = work.viewer
    if not (viewer.team_ids or viewer.is_on_call or viewer.kind in {"leader", "administrator"}):
        raise NotForYou(_("Only people who work in a team can do this."))
    if work.ticket.merged_into_id is not None and what != "unmerge":
        raise NoSuchThing(_("This request is part of another one now. Go on there."))
    return act(work)


def _reply(work: Work) -> Done:
    check_files([(name, len(content)) for name, _kind, content in work.files])
    helping.send(
        work.ticket,
        text=work.words("reply"),
        author=work.author,
        viewer=work.viewer,
        now=work.now,
        seen=work.number("seen"),
        files=work.files,
    )
    return Done(text=_("Sent."))


def _note(work: Work) -> Done:
    answering.note(work.ticket, text=work.words("note"), author=work.author, now=work.now)
    return Done(text=_("Saved. Only staff see it."))


def _wait(work: Work) -> Done:
    answering.put_to_rest(
        work.ticket,
        until=wait_until(work.given.get("until", ""), now=work.now),
        because=work.words("because"),
        author=work.author,
        now=work.now,
    )
    return Done(text=_("It waits."), undo="resume")


WAIT_DAYS = {"tomorrow": 1, "week": 7}
"""Days until eight in the morning of which a request may wait; "asker" waits for words."""


def wait_until(word: str, *, now: datetime) -> datetime | None:
    """When a wait ends; nothing when it ends with the asker's words.

    :raises NoSuchThing: for a word that no list offers.
    """
    if word == "asker":
        return None
    if word not in WAIT_DAYS:
        raise NoSuchThing(_("Choose until when it should wait."))
    day = timezone.localtime(now) + timedelta(days=WAIT_DAYS[word])
    return day.replace(hour=8, minute=0, second=0, microsecond=0)


def _resume(work: Work) -> Done:
    actions.resume(work.ticket, by=work.by, now=work.now)
    return Done(text=_("It is open."))


def _resolve(work: Work) -> Done:
    answering.finish(
        work.ticket,
        words=work.words("words"),
        author=work.author,
        now=work.now,
        seen=work.number("seen"),
    )
    return Done(text=_("Done. We ask them if it is fixed."), undo="reopen")


def _reopen(work: Work) -> Done:
    answering.open_again(work.ticket, words=work.words("words"), author=work.author, now=work.now)
    return Done(text=_("It is open again."))


def _priority(work: Work) -> Done:
    level = work.number("priority")
    if level not in {1, 2, 3, 4}:
        raise NoSuchThing(_("Choose a priority from 1 to 4."))
    because = work.words("because")
    answering.rank(work.ticket, priority=level, because=because, author=work.author, now=work.now)
    return Done(text=_("Priority %(level)s.") % {"level": level})


def _watch(work: Work) -> Done:
    me = work.me()
    address = identify.mail_address(me, viewer=SYSTEM)
    if not address:
        raise NoSuchThing(_("We have no email address of yours to write to."))
    actions.watch(work.ticket, person=me, value=address, by=work.by, now=work.now)
    return Done(text=_("You hear of what happens here."))


def _acknowledge(work: Work) -> Done:
    if alarms.acknowledge(work.ticket, by=work.by, now=work.now):
        return Done(text=_("You have it. Nobody else is called."))
    return Done(text=_("Somebody has it already. See below who."))


ACTS: dict[str, Callable[[Work], Done]] = {
    "reply": _reply,
    "note": _note,
    "take": moves.take,
    "assign": moves.assign,
    "transfer": moves.transfer,
    "route": moves.route,
    "give": moves.give,
    "wait": _wait,
    "resume": _resume,
    "resolve": _resolve,
    "reopen": _reopen,
    "merge": moves.merge,
    "unmerge": moves.unmerge,
    "part": moves.part,
    "split": moves.split,
    "unsplit": moves.unsplit,
    "priority": _priority,
    "watch": _watch,
    "acknowledge": _acknowledge,
}
"""To let staff do something else with a request, add it here and a form to desk/acts.html."""

FIELDS = {
    "reply": "reply",
    "note": "note",
    "resolve": "words",
    "reopen": "words",
    "transfer": "team",
    "assign": "person",
    "merge": "other",
    "priority": "priority-because",
    "split": "split-words",
    "wait": "until",
}
"""The field that an error of each form stands beside."""
