"""A filled-in form as the line that is kept of it; it refuses in the language of the page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from homeroom.channels import line
from homeroom.channels.inbound import NO_FORM, Attached, Form
from homeroom.kit.errors import Expected
from homeroom.kit.mail import addresses
from homeroom.kit.phones import e164

MAX_FILES = 10
MAX_BYTES = 25_000_000
"""Of all files of one form together."""


class NotReachable(Expected):
    """What was written is neither a phone number nor an e-mail address."""


class TooMuch(Expected):
    """More or larger files than a form takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to write back: one of the two is empty."""

    email: str = ""
    phone: str = ""

    @property
    def value(self) -> str:
        """The address or the number."""
        return self.email or self.phone


def reach(written: str, *, country: str) -> Reach:
    """The address or number that somebody wrote, in the form it is compared by.

    :raises NotReachable: with the sentence that stands beside the field.
    """
    text = line.one_line(written)
    if "@" in text:
        found = addresses.parse_text(text)
        if len(found) == 1 and found[0].email and len(found[0].email) <= 254:
            return Reach(email=found[0].email.lower())
        raise NotReachable(_("Write an email address like ana@example.org."))
    number = e164(text, country)
    if not number:
        raise NotReachable(
            _("Write a phone number with 10 digits, like (555) 555-0147, or an email address.")
        )
    return Reach(phone=number)


def check_files(files: Sequence[tuple[str, int]]) -> None:
    """Pass when files of these names and sizes may come along.

    :raises TooMuch: with the sentence that stands beside the field.
    """
    if len(files) > MAX_FILES:
        raise TooMuch(_("Send at most %(count)d files at once.") % {"count": MAX_FILES})
    if sum(size for _name, size in files) > MAX_BYTES:
        raise TooMuch(_("These files are too large together. Send at most 25 MB at once."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One form as it was sent."""

    text: str
    at: datetime
    name: str = ""
    reach: Reach = Reach()
    person: str = ""
    """The sourcedId of whoever is signed in; never taken from the form."""
    handle: str = ""
    files: tuple[Attached, ...] = ()
    token: str = ""
    """The participant's token when this goes on with a request they take part in."""
    subject: str = ""
    form: Form = NO_FORM


def key(filled: Filled, *, stamp: str) -> str:
    """What makes a form the same when it is sent twice, 64 hex digits.

    `stamp` is the one the page was drawn with. Pages come from a cache, so two people may share a
    stamp: what they wrote and who they are is part of the key.
    """
    parts = [stamp, filled.text, filled.name, filled.reach.value, filled.person, filled.token]
    parts += [filled.form.service] if filled.form.service else []
    parts += [hashlib.sha256(file.content).hexdigest() for file in filled.files]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def written(filled: Filled, *, id: str) -> bytes:  # noqa: A002
    """The bytes of the line that is kept of it (CONTRACT §4); `id` is unique for this form."""
    sender = {
        "name": filled.name,
        "email": filled.reach.email,
        "phone": filled.reach.phone,
        "handle": filled.handle,
        "person": filled.person,
    }
    return line.write(
        id=id,
        at=filled.at,
        channel="form",
        text=filled.text,
        sender={name: value for name, value in sender.items() if value},
        subject=filled.subject,
        attachments=filled.files,
        token=filled.token,
        form=filled.form,
    )
