"""Every door's bytes become one `Inbound`; to add a channel, add its reader to `READERS`."""

from collections.abc import Callable
from dataclasses import replace

from homeroom.channels import line
from homeroom.channels.email import addresses, reading
from homeroom.channels.inbound import Inbound, Nature
from homeroom.channels.models import Envelope


def read(envelope: Envelope) -> Inbound:
    """What the envelope says; what a person released is a person's words, whatever it looks like.

    :raises homeroom.channels.line.BadLine: when a stored line is no message; mail always reads.
    """
    inbound = READERS[envelope.form](envelope)
    if envelope.is_released:
        return replace(inbound, nature=Nature.PERSON, nature_why="A person filed it.")
    return inbound


def _mail(envelope: Envelope) -> Inbound:
    return reading.read(
        bytes(envelope.raw.content),
        received_at=envelope.received_at,
        own=addresses.own(),
        rcpt=envelope.recipients,
    )


def _line(envelope: Envelope) -> Inbound:
    return read_line(bytes(envelope.raw.content))


def read_line(content: bytes) -> Inbound:
    """What one JSON line says.

    :raises homeroom.channels.line.BadLine: when it is no message.
    """
    parsed = line.parse(content)
    raw = line.raw_mail(parsed)
    if raw is None:
        return line.read(parsed)
    heard = reading.read(
        raw,
        received_at=line.moment(parsed),
        own=addresses.own(),
        rcpt=line.read(parsed).to,
    )
    # The mail is the truth; its name in the feed is how the feed refers to it later.
    return replace(heard, channel=parsed["channel"], external_id=line.one_line(parsed["id"]))


READERS: dict[str, Callable[[Envelope], Inbound]] = {
    Envelope.Form.RFC822: _mail,
    Envelope.Form.LINE: _line,
}
