"""The one question that a request may ask back, in words of the asker's language."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

_OPEN: Final[Mapping[str, str]] = {
    "student": gettext_noop("Which student is this about? Please write the first and last name."),
    "child": gettext_noop("Which child is this about?"),
    "person": gettext_noop("Who is this about? Please write the first and last name."),
    "teacher": gettext_noop("Which teacher is this about?"),
    "room": gettext_noop("Which room is it in?"),
    "place": gettext_noop("Where exactly is it? A room number or the nearest one is enough."),
    "last_seen": gettext_noop("Where was it seen last?"),
    "destination": gettext_noop("Where do you want to go?"),
    "school": gettext_noop("Which school is this about?"),
    "tag": gettext_noop("What is the number on the tag or sticker of the device?"),
    "device": gettext_noop("Which device is it?"),
    "route": gettext_noop("Which bus is it? The route number is enough."),
    "app": gettext_noop("Which app or program is it?"),
    "account": gettext_noop("Which account or program can you not get into?"),
    "date": gettext_noop("Which day is this about?"),
    "time": gettext_noop("At what time?"),
    "url": gettext_noop("What is the address of the web page?"),
    "number": gettext_noop("What is the number of the invoice or order?"),
    "document": gettext_noop("Which document do you need?"),
    "extension": gettext_noop("Which phone extension is it?"),
    "vendor": gettext_noop("Which company is it?"),
    "course": gettext_noop("Which class or course is it?"),
    "position": gettext_noop("Which job is this about?"),
    "test": gettext_noop("Which test is it?"),
    "sport": gettext_noop("Which sport is it?"),
    "fee": gettext_noop("Which fee is this about?"),
    "benefit": gettext_noop("Which benefit is this about?"),
    "item": gettext_noop("What exactly do you need?"),
    "headcount": gettext_noop("For how many people?"),
    "amount": gettext_noop("How much is it?"),
    "period": gettext_noop("For which class period or part of the day?"),
    "grade": gettext_noop("Which grade is it?"),
    "what": gettext_noop(
        "Please tell us a little more: what do you need, or what is not working, and where?"
    ),
}
"""The question of each kind, without anything that we know of the asker."""
_TOLD: Final[Mapping[str, str]] = {
    "need": gettext_noop("What do you need?"),
    "rest": gettext_noop("Anything else we should know?"),
    "reason": gettext_noop("What is the reason?"),
    "damage": gettext_noop("What is wrong with it?"),
    "damage_description": gettext_noop("What is wrong with it?"),
    "what_happened": gettext_noop("What happened?"),
    "what_changed": gettext_noop("What has changed?"),
    "requested_change": gettext_noop("What should change?"),
    "what_is_wrong": gettext_noop("What is wrong?"),
    "what_needed": gettext_noop("What do you need?"),
    "what_requested": gettext_noop("What do you need?"),
    "service_needed": gettext_noop("What do you need?"),
    "item_needed": gettext_noop("What do you need?"),
    "question": gettext_noop("What is your question?"),
    "message": gettext_noop("What is the message?"),
    "item": gettext_noop("Which thing is it, and what does it look like?"),
}
"""Above the box for one's own words, by the field that they answer."""
_LABELLED: Final = gettext_noop("One thing we still need to know: %(label)s?")
_CHOICE: Final = gettext_noop("%(question)s %(choices)s?")


def open_text(kind: str, language: str) -> str:
    """The question of that kind; empty when there is none and only the field's label tells."""
    return _said(_OPEN.get(kind, ""), language)


def told(name: str, language: str) -> str:
    """The question over the box for one's own words; empty when only the field's label tells."""
    return _said(_TOLD.get(name, ""), language)


def _said(sentence: str, language: str) -> str:
    if not sentence:
        return ""
    with translation.override(language if language in dict(settings.LANGUAGES) else "en"):
        return gettext(sentence)


def text(kind: str, *, label: str = "", language: str = "en") -> str:
    """The question that gives nothing away, in that language or in English."""
    with translation.override(language if language in dict(settings.LANGUAGES) else "en"):
        if kind in _OPEN:
            return gettext(_OPEN[kind])
        return gettext(_LABELLED) % {"label": label}


def with_choices(question: str, choices: Sequence[str], *, language: str = "en") -> str:
    """The question with what may be answered: "Which child is this about? Mateo or Sofía?"."""
    if not choices:
        return question
    with translation.override(language if language in dict(settings.LANGUAGES) else "en"):
        *others, last = choices
        listed = (
            gettext("%(names)s or %(name)s") % {"names": ", ".join(others), "name": last}
            if others
            else last
        )
        return gettext(_CHOICE) % {"question": question, "choices": listed}
