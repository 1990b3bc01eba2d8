"""What an HTML tag's attributes say about how its content is to be read."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Final

_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,30})\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_WANTED: Final = frozenset({"style", "class", "id", "href", "alt", "type"})
_MAX_ATTRIBUTES: Final = 40
_MAX_LENGTH: Final = 4_000
"""Characters of a tag that are read; longer ones carry images as data, which nobody reads."""

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|(?:font-size|max-height)\s*:\s*0(?:px|pt)?\s*(?:;|$|!)",
    re.IGNORECASE,
)
_FLUSH = re.compile(r"margin\s*:\s*0(?:\s|;|px|in|cm|pt|$)|margin-bottom\s*:\s*0", re.IGNORECASE)
_INDENT = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
# Where a mail program starts quoting the message answered, by class or id.
_QUOTE_NAMES = re.compile(
    r"\bgmail_quote|gmail_extra_quote|divRplyFwdMsg|appendonsend|yahoo_quoted|ymail_android|"
    r"moz-cite-prefix|\bzmail_extra|protonmail_quote|OLK_SRC_BODY|ms-outlook-mobile-reference|"
    r"\bfront-blockquote|zd-reply-quoted|\bhmquote|mail-editor-reference-message|tutanota_quote|"
    r"composeWebView_previouse_content|isReplyContent|reply-intro|samsung_quote|zimbraReply",
    re.IGNORECASE,
)
# The thin grey line that desktop Outlook draws above the headers of the message answered.
_OUTLOOK_RULE = re.compile(r"border-top\s*:\s*solid\s+#?[a-z0-9]{3,8}\s+1\.0pt", re.IGNORECASE)


def attributes_of(text: str) -> Mapping[str, str]:
    """The attributes that matter here, names in lower case; the first of equal names wins."""
    found: dict[str, str] = {}
    for count, match in enumerate(_ATTRIBUTE.finditer(text[:_MAX_LENGTH])):
        if count >= _MAX_ATTRIBUTES:
            break
        name = match[1].lower()
        if name in _WANTED and name not in found:
            found[name] = match[2] or match[3] or match[4] or ""
    return found


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether the sender styled the element so that nobody sees it."""
    return bool(_HIDDEN.search(attributes.get("style", "")))


def is_flush(attributes: Mapping[str, str]) -> bool:
    """Whether a paragraph stands without space around it, as Outlook writes single lines."""
    return "Mso" in attributes.get("class", "") or bool(_FLUSH.search(attributes.get("style", "")))


def is_quote_start(name: str, attributes: Mapping[str, str]) -> bool:
    """Whether a mail program marks here that it quotes the message answered."""
    if name == "blockquote" and attributes.get("type", "").lower() == "cite":
        return True
    named = f"{attributes.get('class', '')[:300]} {attributes.get('id', '')[:300]}"
    if _QUOTE_NAMES.search(named):
        return True
    return name == "div" and bool(_OUTLOOK_RULE.search(attributes.get("style", "")))


def is_indent(attributes: Mapping[str, str]) -> bool:
    """Whether a block quote only indents, as editors use it for that."""
    return attributes.get("type", "").lower() != "cite" and bool(
        _INDENT.search(attributes.get("style", ""))
    )


def link_of(attributes: Mapping[str, str]) -> str:
    """The web address a link leads to; empty for others and for ones too long to read."""
    href = unescape(attributes.get("href", "")).strip()
    return href if href.lower().startswith(("http://", "https://")) and len(href) <= 300 else ""
