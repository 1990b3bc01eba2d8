"""Raw bytes to `Inbound`: the one function of this door that everything starts from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from homeroom.channels.email import bounce, identity, nature, reply
from homeroom.channels.email.own import OwnAddresses
from homeroom.channels.inbound import Attached, Inbound, Nature, Sender
from homeroom.kit.mail import addresses
from homeroom.kit.mail.addresses import Address
from homeroom.kit.mail.headers import Headers
from homeroom.kit.mail.parse import Mail, parse

CHANNEL: Final = "email"
TOKEN_HEADER: Final = "x-homeroom-token"  # noqa: S105  A header's name.
UNREADABLE: Final = "This message could not be read. It is attached as it came."
_KEPT: Final = (
    "date", "sender", "reply-to", "return-path", "auto-submitted", "precedence", "list-id",
    "list-unsubscribe", "authentication-results", "importance", "x-priority", "thread-topic",
    "x-auto-response-suppress", "x-mailer", "user-agent", "content-language", nature.LOOP_HEADER,
)  # fmt: skip
_RECIPIENTS: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_KEPT_LENGTH: Final = 2_000


def read(
    raw: bytes, *, received_at: datetime, own: OwnAddresses, rcpt: Sequence[str] = ()
) -> Inbound:
    """The message as an `Inbound`. Never raises: what cannot be read is attached and says so.

    `rcpt` are the addresses the mail server was told to deliver to. `at` is `received_at`; the
    Date header is only a hint and stands in `headers`.
    """
    try:
        return _read(raw, received_at, own, rcpt)
    except Exception as error:  # noqa: BLE001  A fault of ours must not lose a message.
        whole = Attached(name="message.eml", media_type="message/rfc822", content=raw)
        return Inbound(
            channel=CHANNEL,
            external_id=identity.external_id(Headers(), raw),
            at=received_at,
            sender=Sender(),
            text=UNREADABLE,
            attachments=(whole,),
            remarks=(f"The message could not be read ({type(error).__name__}).",),
        )


def _read(raw: bytes, at: datetime, own: OwnAddresses, rcpt: Sequence[str]) -> Inbound:
    mail = parse(raw)
    sender, doubts = _sender(mail.headers)
    verdict = nature.judge(mail, sender, own)
    subject = mail.headers.get("subject")
    is_bounce = verdict.nature is Nature.BOUNCE
    visible = (
        reply.Reply(text=mail.text.strip("\n"))
        if is_bounce
        else reply.split(mail.text, subject=subject, quote_starts=mail.quote_starts)
    )
    kept, to, cc = _addressed(mail.headers, own, rcpt)
    text, notes = _said(mail, visible)
    return Inbound(
        channel=CHANNEL,
        external_id=identity.external_id(mail.headers, raw),
        at=at,
        sender=Sender(name=sender.name, email=sender.email),
        text=text,
        subject=subject,
        cut=visible.cut,
        html=mail.html,
        to=to,
        cc=cc,
        in_reply_to=identity.in_reply_to(mail.headers),
        references=identity.references(mail.headers),
        attachments=_attached(mail),
        nature=verdict.nature,
        nature_why=verdict.why,
        bounce=bounce.read_bounce(mail) if is_bounce else None,
        remarks=(*mail.remarks, *doubts, *notes),
        headers=kept,
    )


def _said(mail: Mail, visible: reply.Reply) -> tuple[str, tuple[str, ...]]:
    """The text to show, and remarks on why it may be missing."""
    if visible.text.strip():
        return visible.text, ()
    if mail.is_encrypted:
        return visible.text, ("The message is encrypted; it is attached as it came.",)
    if mail.remarks and any("attached whole" in remark for remark in mail.remarks):
        return UNREADABLE, ()
    return visible.text, ()


def _sender(headers: Headers) -> tuple[Address, tuple[str, ...]]:
    """Who says they wrote it, and what is doubtful about that."""
    values = [value for name, value in headers.fields if name == "from"]
    found = [one for value in values for one in addresses.parse(value, headers.hint)]
    usable = [one for one in found if one.email]
    keys = {one.key for one in usable}
    if usable:
        doubts = [usable[0].doubt] if usable[0].doubt else []
        if len(keys) > 1 or len(found) > len(usable):
            doubts.append("The From line names several senders; the first is shown.")
        return usable[0], tuple(doubts)
    if any(value.strip() for value in values):
        return (found[0] if found else Address(text="<>")), (
            "The From line names no usable address.",
        )
    return _hinted(headers)


def _hinted(headers: Headers) -> tuple[Address, tuple[str, ...]]:
    for name in ("sender", "reply-to", "resent-from", "return-path"):
        for one in addresses.parse(headers.raw(name), headers.hint):
            if one.email:
                return one, (f"There is no From line; the sender was taken from {name.title()}.",)
    return Address(), ("There is no From line.",)


def _addressed(
    headers: Headers, own: OwnAddresses, rcpt: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """The headers later steps need, with the reply token if a recipient carries one; To; Cc."""
    lists = {
        name: tuple(
            one.email or one.text
            for value in (value for key, value in headers.fields if key == name)
            for one in addresses.parse(value, headers.hint)
        )
        for name in _RECIPIENTS
    }
    kept = {name: headers.get(name)[:_KEPT_LENGTH] for name in _KEPT if headers.has(name)}
    everyone = [*rcpt, *(address for found in lists.values() for address in found)]
    if token := own.first_token(everyone):
        kept[TOKEN_HEADER] = token
    return kept, lists["to"] or tuple(rcpt), lists["cc"]


def _attached(mail: Mail) -> tuple[Attached, ...]:
    return tuple(
        Attached(
            name=file.name,
            media_type=file.media_type,
            content=file.content,
            content_id=file.content_id,
            is_inline=file.is_inline,
        )
        for file in mail.files
    )
