"""Reading a message; where it came by a short form, its own words apart from the form's lines.

What was filled in names things; how such a line sounds ("Student: Sam Flores") says nothing, and
the watches over words, learned from what people write, would take it for something they know.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from homeroom.pipeline import surroundings
from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.context import FORM
from homeroom.tickets.models import Message
from homeroom.understanding import mentions
from homeroom.understanding import reading as understood
from homeroom.understanding.reading import Reading, Standing
from homeroom.understanding.safety import Level, watch

_NAMES = 4
"""Words of an answer that only names something; a longer one may tell of anything."""


def read(message: Message, *, services: Mapping[str, Standing], house: Surroundings) -> Reading:
    """What a message means, by its own words; what it names, by all of it.

    :raises surroundings.NothingLearned: when there is no model yet.
    """
    if house.model is None:
        raise surroundings.NothingLearned
    person = message.ticket.requester
    at = message.at.astimezone(house.zone)
    reading = understood.read(
        understood.Heard(
            text=words(message),
            subject=message.subject,
            at=at,
            channel=message.channel,
            language_hint=(person.language or None) if person else None,
        ),
        languages=house.languages,
        encoders=house.encoders,
        model=house.model,
        services=services,
    )
    return _whole(reading, message, at=at)


def words(message: Message) -> str:
    """What was said without what only names something in the form's lines.

    All of it where a listed word is of danger.
    """
    facts = [one for one in message.ticket.context.values() if one.get("source") == FORM]
    given = {value for one in facts if len((value := str(one["value"])).split()) <= _NAMES}
    if not given or watch(message.text).level is not Level.NONE:
        return message.text
    lines = message.text.split("\n")
    return "\n".join(line for line in lines if line.partition(": ")[2] not in given).strip()


def _whole(reading: Reading, message: Message, *, at: datetime) -> Reading:
    """The reading of those words, with what all of the message names."""
    if words(message) == message.text:
        return reading
    named = mentions.extract(f"{message.subject}\n{message.text}", at=at)
    return replace(reading, mentions=named)
