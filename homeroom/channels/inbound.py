"""What came in through a door, in the one shape that every door ends in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Nature(StrEnum):
    """What kind of thing arrived, judged from its envelope and headers, never from its topic."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LIST = "list"
    LOOP = "loop"
    SPAM = "spam"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who says they are writing. Every field is a claim."""

    name: str = ""
    email: str = ""
    phone: str = ""
    handle: str = ""
    person: str = ""
    """The roster's sourcedId; only a door that signed the person in may fill it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One file that came along. `media_type` is the sender's word; storage types it by content."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a delivery report says (RFC 3464): which address failed, how, about which message."""

    recipient: str = ""
    status: str = ""
    """Enhanced status code (RFC 3463) such as ``5.1.1``; empty when the report names none."""
    is_permanent: bool = False
    message_id: str = ""
    """Message-ID of the mail that failed, without angle brackets; empty when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What came along with a form of ours. Every field is a claim."""

    service: str = ""
    """Source id of the service whose form was chosen."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What was filled into its fields, by their names."""
    declined: str = ""
    """Source id of the article that was shown before this was sent and did not help."""


NO_FORM = Form()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing said to the district.

    `text` is what this person wrote; `cut` is what was taken off it (quote, signature), trimmed.
    Nothing of the body is in neither. `external_id` is unique within `channel`; for mail it is the
    Message-ID without angle brackets, or ``gen:`` and the SHA-256 of the raw bytes.
    """

    channel: str
    external_id: str
    at: datetime
    sender: Sender
    text: str
    subject: str = ""
    cut: str = ""
    html: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attached, ...] = ()
    nature: Nature = Nature.PERSON
    nature_why: str = ""
    bounce: Bounce | None = None
    recorded_by: str = ""
    """sourcedId or e-mail of the staff member who wrote it down for the sender."""
    form: Form = NO_FORM
    remarks: tuple[str, ...] = ()
    """What the parser had to repair or leave out, in plain words, shown to staff."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The few headers later steps need (Auto-Submitted, List-Id, ...), lower-case names."""
