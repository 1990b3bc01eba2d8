"""Delivery reports (RFC 3464) and the plain-text failure notices that came before them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homeroom.channels.email.identity import identifiers
from homeroom.channels.email.lexicon import holds, natures
from homeroom.channels.inbound import Bounce
from homeroom.kit.mail import charsets
from homeroom.kit.mail.headers import Headers, read_head
from homeroom.kit.mail.parse import Mail

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}"
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_SMTP_CODE = re.compile(r"(?<![\d.#-])(5[0-5]\d|4[2-5]\d)(?=[ \-]|$)", re.MULTILINE)
_MESSAGE_ID = re.compile(r"^[ \t>|]{0,4}Message-I[Dd]:\s{0,4}(<[^<>\s]{3,900}>)", re.MULTILINE)
_NAMED = re.compile(r"^\s{0,8}<?([^\s<>]{1,64}@[^\s<>:]{1,255})>?(?::|\s*$|\s+\()", re.MULTILINE)
_MAX_GROUPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The groups of a machine-readable delivery report, field names in lower case."""

    groups: tuple[Mapping[str, str], ...] = ()

    @property
    def actions(self) -> frozenset[str]:
        """The actions named, such as ``failed`` or ``delayed``."""
        return frozenset(_action(group) for group in self.groups) - {""}


def delivery_report(mail: Mail) -> Report | None:
    """The machine-readable part of a delivery report; None when there is none."""
    bodies = [body for kind, body in mail.reports if kind in _DELIVERY]
    if not bodies:
        return None
    return Report(groups=tuple(group for body in bodies[:3] for group in _groups(body)))


_DELIVERY = frozenset({"message/delivery-status", "message/global-delivery-status"})


def _groups(body: bytes) -> Iterator[Mapping[str, str]]:
    text = charsets.clean(charsets.decode(body[:262_144])[0])
    for block in re.split(r"\n[ \t]*\n", text)[:_MAX_GROUPS]:
        fields: dict[str, str] = {}
        name = ""
        for line in block.split("\n"):
            if line[:1] in {" ", "\t"} and name:
                fields[name] += " " + line.strip()
            elif ":" in line[:60]:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields.setdefault(name, value.strip())
        if fields:
            yield fields


def _action(group: Mapping[str, str]) -> str:
    return group.get("action", "").split("(")[0].split(";")[-1].strip().lower()


def read_bounce(mail: Mail) -> Bounce:
    """What a message known to be a bounce says, by its report or else by its text."""
    report = delivery_report(mail)
    group = _telling(report) if report else {}
    recipient = _recipient(group) or _recipient_of_text(mail)
    status = _first(_STATUS, group.get("status", "")) or _first(
        _STATUS, group.get("diagnostic-code", "")
    )
    status = status or _first(_STATUS, mail.text[:20_000])
    return Bounce(
        recipient=recipient,
        status=status,
        is_permanent=_is_permanent(mail, group, status),
        message_id=_original_id(mail),
    )


def _telling(report: Report) -> Mapping[str, str]:
    """The group of the recipient that failed, else of the first recipient."""
    of_recipients = [one for one in report.groups if "final-recipient" in one or "action" in one]
    failed = [one for one in of_recipients if _action(one) == "failed"]
    return (failed or of_recipients or [{}])[0]


def _recipient(group: Mapping[str, str]) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = group.get(name, "").rpartition(";")[2]
        if found := _first(_ADDRESS, value):
            return found
    return ""


def _recipient_of_text(mail: Mail) -> str:
    if found := _first(_ADDRESS, mail.headers.get("x-failed-recipients")):
        return found
    text = mail.text[:20_000]
    named = [one for one in _NAMED.findall(text) if not one.lower().startswith("mailer-daemon")]
    if named:
        return _first(_ADDRESS, named[0])
    others = [one for one in _ADDRESS.findall(text) if not _is_reporter(one)]
    return others[0] if others else ""


def _is_reporter(address: str) -> bool:
    return address.lower().startswith(("postmaster@", "mailer-daemon@", "abuse@", "support@"))


def _is_permanent(mail: Mail, group: Mapping[str, str], status: str) -> bool:
    action = _action(group)
    if action in {"delayed", "delivered", "relayed", "expanded"}:
        return False
    if status:
        return status.startswith("5")
    if action == "failed":
        return True
    said = f"{mail.headers.get('subject')}\n{mail.text[:4000]}".lower()
    if holds(said, natures().delayed) and not re.search(r"permanent|giv(?:e|ing) up", said):
        return False
    code = _first(_SMTP_CODE, mail.text[:20_000])
    return not code.startswith("4")


def _original_id(mail: Mail) -> str:
    for kind, body in mail.reports:
        if kind in {
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/rfc822-headers",
        }:
            found = identifiers(Headers(read_head(body[:262_144], 0).fields).get("message-id"))
            if found:
                return found[0]
    for name in ("in-reply-to", "x-original-message-id", "original-message-id"):
        if found := identifiers(mail.headers.get(name)):
            return found[-1]
    in_text = _MESSAGE_ID.search(mail.text[:100_000])
    if in_text and (found := identifiers(in_text[1])):
        return found[0]
    found = identifiers(" ".join(mail.headers.all("references")))
    return found[-1] if found else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return (match[1] if pattern.groups else match[0]).rstrip(".") if match else ""


def has_failure_code(text: str) -> bool:
    """Whether a text names an SMTP or enhanced status code of failure."""
    return bool(
        _STATUS.search(text[:20_000]) or re.search(r"\b55[0-4]\b|\b45[0-2]\b", text[:20_000])
    )
