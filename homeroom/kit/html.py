"""Strangers' HTML made harmless: a closed list of elements, no scripts, no outside pictures."""

import re
from collections.abc import Mapping
from typing import Final

import nh3

MAX_CHARACTERS: Final = 1_000_000
"""Of one document; what is longer is cut, and the plain words stand beside it."""

TAGS: Final = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite"),
        *("code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em", "font", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre"),
        *("q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody"),
        *("td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "wbr"),
    }
)
_GLOBAL: Final = {"dir", "lang", "title", "align", "valign", "bgcolor", "width", "height"}
ATTRIBUTES: Final = {
    "*": _GLOBAL,
    "img": {"src", "alt"},
    "a": {"href"},
    "font": {"color", "size", "face"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "type"},
}
_DATA_IMAGE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z")
_DEEPEST: Final = 256
"""Elements within each other; the time to clean grows with their square (100,000: 31 s)."""
_OPENS: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_SHALLOW: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody"),
        *("tfoot", "option"),
    }
)
"""They have no content, or the next of their kind ends them."""
_LONGEST_URL: Final = 2_000
_LONGEST_IMAGE: Final = 500_000


def sanitise(html: str, *, pictures: Mapping[str, str] | None = None) -> str:
    """`html` with nothing in it that runs, loads from elsewhere or posts; safe to put in a page.

    `pictures` says where the pictures that came along are: Content-ID → address of ours. Every
    other picture that is not in the text itself (`data:`) is left out, with its words in its
    place. Work and size grow with the length of the text, which is cut at `MAX_CHARACTERS`, and
    where it goes deeper than any letter does.
    """
    known = pictures or {}

    def each(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return _source(value, known)
        if tag == "a" and name == "href":
            return value if len(value) <= _LONGEST_URL else None
        return value[:200]

    return nh3.clean(
        _shallow(html[:MAX_CHARACTERS]),
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=each,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
        clean_content_tags={"script", "style", "title", "svg", "math", "template", "noscript"},
    )


def _source(value: str, pictures: Mapping[str, str]) -> str | None:
    if value[:4].lower() == "cid:":
        return pictures.get(value[4:].strip("<>"))
    if len(value) <= _LONGEST_IMAGE and _DATA_IMAGE.match(value):
        return value
    return None


def _shallow(html: str) -> str:
    """As much of `html` as stands before elements lie too deep within each other."""
    depth = 0
    for tag in _OPENS.finditer(html):
        if tag[2].lower() in _SHALLOW:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > _DEEPEST:
            return html[: tag.start()]
    return html
