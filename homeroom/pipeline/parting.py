"""Several requests in one message: which there are, and what is thought of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homeroom.pipeline.surroundings import Surroundings
from homeroom.routing.apart import apart
from homeroom.tickets.models import Message
from homeroom.understanding import reading as understood
from homeroom.understanding.reading import Reading, Standing
from homeroom.understanding.safety import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing that is asked for, and the words that ask for it."""

    reading: Reading
    said: str


def asked(
    message: Message,
    reading: Reading,
    *,
    is_ruled: bool,
    services: Mapping[str, Standing],
    house: Surroundings,
) -> tuple[Asked, ...]:
    """Everything a message asks for, in its order; mostly one thing, told by all of it.

    What is dangerous, what a rule speaks for, and what continues a request stays whole. Where a
    person must only look, each part says so.
    """
    is_first = message.ticket.read_at is None and message.kind == "request"
    if is_first and not is_ruled and reading.safety.level is not Level.PAGE:
        found = tuple(_each(message, reading, services, house))
        if found:
            return found
    return (Asked(reading=reading, said=message.text),)


def _each(
    message: Message, reading: Reading, services: Mapping[str, Standing], house: Surroundings
) -> Iterator[Asked]:
    at = message.at.astimezone(house.zone)
    homes = {name: one.department_source_id for name, one in house.offered.items()}
    for part in apart(reading.parts, homes=homes):
        own = understood.about(reading, part, at=at, services=services)
        yield Asked(reading=own, said=part.piece.said)
