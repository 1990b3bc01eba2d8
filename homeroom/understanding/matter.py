"""What a message is about: its words without greeting, signature and what devices add."""

import re
from typing import Final

_SPOKEN: Final = 600
"""Most characters of a message that decide its service."""

_GREETING: Final = re.compile(
    r"^\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hola"
    r"|buen[oa]s? (?:d[ií]as?|tardes?|noches?)|estimad[oa]s?|bonjou|bonjour|salam|ol[aá]"
    r"|xin chào)\b(?:(?:mrs?|ms|dr|sra?|srta|prof)\.|[^.!?,:;\n]){0,40}"
    r"(?:[,:!.;–-]+|\n)",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(
    r"^\s*(?:sent from|get outlook|enviado desde|best|best regards|regards|kind regards|sincerely"
    r"|respectfully|cheers|thanks|thank you|many thanks|thx|gracias|muchas gracias|saludos"
    r"|atentamente|mèsi|--+|__+|\*\*+)[\s,.!–-]*(?:[\w.' -]{0,30})$"
    r"|^\s*(?:sent from my|get outlook for|enviado desde mi|confidentiality notice|aviso de confi)",
    re.IGNORECASE,
)
_CONTACT: Final = re.compile(
    r"^\s*(?:(?:tel|cell|phone|fax|ext|office|o|c|m|p)[:. ]{1,3})?[\d ()+.x-]{7,}\s*$"
    r"|^\s*\S+@\S+\s*$|^\s*https?://\S+\s*$",
    re.IGNORECASE,
)
_REPLY: Final = re.compile(r"^(?:\s*(?:re|fwd?|aw|rv|fw)\s*:\s*)+", re.IGNORECASE)


def matter(subject: str, text: str) -> str:
    """Subject and first sentences, without greeting, signature and "sent from" lines.

    At most 600 characters; the whole text again when nothing else would be left.
    """
    lines: list[str] = []
    for line in _GREETING.sub("", text[: 8 * _SPOKEN], count=1).splitlines():
        if _SIGNED.match(line) and lines:
            break
        if not _CONTACT.match(line) and not _SIGNED.match(line):
            lines.append(line)
    body = " ".join(" ".join(lines).split()) or " ".join(text[:_SPOKEN].split())
    head = " ".join(_REPLY.sub("", subject).split())
    if not head or head.casefold() in body.casefold():
        return body[:_SPOKEN]
    return f"{head}. {body}"[:_SPOKEN]
