"""A request that came by a short form: its own words, and the lines that tell what was filled in.

What was filled in names things; how such a line sounds ("Student: Sam Flores") says nothing, and
the watches over words, learned from what people write, would take it for something they know.
"""

from dataclasses import replace
from datetime import datetime

from homeroom.routing.context import FORM
from homeroom.tickets.models import Message
from homeroom.understanding import mentions
from homeroom.understanding.reading import Reading
from homeroom.understanding.safety import Level, watch


def words(message: Message) -> str:
    """What was said without the lines of the form; all of it where a listed word is of danger."""
    given = {
        str(one["value"]) for one in message.ticket.context.values() if one.get("source") == FORM
    }
    if not given or watch(message.text).level is not Level.NONE:
        return message.text
    lines = message.text.split("\n")
    while lines and lines[-1].partition(": ")[2] in given:
        lines.pop()
    return "\n".join(lines).strip()


def whole(reading: Reading, message: Message, *, at: datetime) -> Reading:
    """The reading of those words, with what all of the message names."""
    if words(message) == message.text:
        return reading
    named = mentions.extract(f"{message.subject}\n{message.text}", at=at)
    return replace(reading, mentions=named)
