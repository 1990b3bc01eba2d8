"""HTML mail as plain text lines, in one linear pass."""

import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homeroom.kit.mail.htmltags import (
    attributes_of,
    is_flush,
    is_hidden,
    is_indent,
    is_quote_start,
    link_of,
)

_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:[^<>"']++|"[^"<]{0,2000}+"|'[^'<]{0,2000}+'|["'])*+)>"""
)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_UNSEEN = re.compile("[\u200b\ufeff\u034f\u00ad\u2060]")
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre",
    "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "caption",
})  # fmt: skip
_SPACED: Final = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "table", "dl", "figure",
    "blockquote",
})  # fmt: skip
_SKIPPED: Final = frozenset({
    "script", "style", "title", "template", "noembed", "iframe", "object", "svg", "math",
})  # fmt: skip
_VOID: Final = frozenset({
    "br", "img", "hr", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source",
    "track",
})  # fmt: skip
_INLINE: Final = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "big", "button", "cite", "code", "em", "font", "i", "kbd",
    "label", "map", "mark", "o:p", "q", "s", "samp", "select", "small", "span", "strike",
    "strong", "sub", "sup", "td", "textarea", "th", "tt", "u", "var", "body", "head", "frame",
    "frameset", "object",
})  # fmt: skip
_KNOWN: Final = _BLOCKS | _SKIPPED | _VOID | _INLINE
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]{0,30}")
_MAX_QUOTE_MARKS: Final = 5


@dataclass(frozen=True, slots=True)
class Rendered:
    """The lines, and the numbers of lines at which a mail program's own quote begins."""

    lines: tuple[str, ...]
    quote_starts: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The lines joined."""
        return "\n".join(self.lines)


def render(page: str) -> Rendered:
    """The page's visible text. Block quotes carry ``> ``, links their address in brackets.

    Hidden stretches, scripts and styles are dropped; should a hidden element never close, the page
    is read again without that rule, so that nothing seen by a person is lost.
    """
    first = _Reader(page, keep_hidden=False)
    first.read()
    if first.is_stuck or (first.has_hidden and not any(line.strip(" >") for line in first.lines)):
        first = _Reader(page, keep_hidden=True)
        first.read()
    return Rendered(tuple(_trimmed(first.lines)), tuple(first.quote_starts))


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


class _Reader:
    def __init__(self, page: str, *, keep_hidden: bool) -> None:
        self._page = page
        self._keep_hidden = keep_hidden
        self.lines: list[str] = []
        self.quote_starts: list[int] = []
        self.is_stuck = False
        self.has_hidden = False
        self._line: list[str] = []
        self._has_text = False
        self._gap = False
        self._is_flush = False
        self._quotes: list[bool] = []
        self._pre = 0
        self._hidden: tuple[str, int] | None = None
        self._link = ("", 0)
        self._lists: list[int] = []
        self._no_more: set[str] = set()

    def read(self) -> None:
        page = self._page
        at = 0
        while (lt := page.find("<", at)) >= 0:
            if lt > at:
                self._text(page[at:lt])
            at = self._markup(lt)
        self._text(page[at:])
        self._break()
        self.is_stuck = self._hidden is not None

    def _markup(self, at: int) -> int:
        """Handle what starts with the ``<`` at `at`; the offset behind it."""
        page = self._page
        if match := _TAG.match(page, at):
            name = match[2].lower()
            if name not in _KNOWN and ("@" in match[3] or "://" in match[0]):
                self._text("<")  # an address in brackets that nobody escaped
                return at + 1
            if name in _SKIPPED and not match[1] and not match[3].endswith("/"):
                return self._skip(name, match.end())
            self._tag(name, match[3], is_end=bool(match[1]))
            return match.end()
        if page.startswith("<!--", at):
            return self._find("-->", at + 4, at + 4)
        named = _NAME.match(page, at + 1)
        if page[at + 1 : at + 2] in ("!", "?", "/") or (named and named[0].lower() in _KNOWN):
            end = page.find(">", at, at + 2000)
            if end >= 0:
                return end + 1
        self._text("<")
        return at + 1

    def _find(self, mark: str, at: int, otherwise: int) -> int:
        if mark in self._no_more:
            return otherwise
        end = self._page.find(mark, at)
        if end < 0:
            self._no_more.add(mark)
            return otherwise
        return end + len(mark)

    def _skip(self, name: str, at: int) -> int:
        """Past the element's content; only past its tag when it never closes."""
        end = self._find(f"</{name}", at, -1)
        if end < 0:
            end = self._find(f"</{name.upper()}", at, -1)
        if end < 0:
            return at
        closing = self._page.find(">", end, end + 200)
        return closing + 1 if closing >= 0 else end

    def _tag(self, name: str, text: str, *, is_end: bool) -> None:
        if self._hidden is not None:
            self._inside_hidden(name, text, is_end=is_end)
            return
        attributes = attributes_of(text) if text and not is_end else {}
        if attributes and self._hides(name, attributes):
            self._hidden = (name, 1)
            self.has_hidden = True
            return
        if attributes and is_quote_start(name, attributes):
            self._begin_quote()
        self._shape(name, attributes, is_end=is_end)

    def _shape(self, name: str, attributes: Mapping[str, str], *, is_end: bool) -> None:
        if name == "br":
            self._break(is_hard=True)
        elif name in _BLOCKS:
            self._block(name, attributes, is_end=is_end)
        elif name in {"td", "th"} and not is_end and self._has_text:
            self._line.append("  ")
        elif name == "a":
            self._anchor(attributes, is_end=is_end)
        elif name == "img":
            self._image(attributes)

    def _inside_hidden(self, name: str, text: str, *, is_end: bool) -> None:
        if self._hidden is None or name != self._hidden[0] or text.endswith("/"):
            return
        depth = self._hidden[1] + (-1 if is_end else 1)
        self._hidden = (name, depth) if depth else None

    def _hides(self, name: str, attributes: Mapping[str, str]) -> bool:
        if self._keep_hidden or name in _VOID or name in {"body", "html"}:
            return False
        return is_hidden(attributes)

    def _begin_quote(self) -> None:
        self._break()
        if not self.quote_starts or self.quote_starts[-1] != len(self.lines):
            self.quote_starts.append(len(self.lines))

    def _block(self, name: str, attributes: Mapping[str, str], *, is_end: bool) -> None:
        if not is_end and name in {"p", "div"} and self._line and not self._has_text:
            return  # a bullet waits for its words
        self._break()
        if name == "blockquote":
            self._quote(attributes, is_end=is_end)
        elif name == "pre":
            self._pre = max(0, self._pre + (-1 if is_end else 1))
        elif name in {"ul", "ol"}:
            self._list(name, is_end=is_end)
        elif name == "li" and not is_end:
            self._bullet()
        elif name == "hr" and not is_end:
            self._emit("-" * 20)
        if name == "p" and not is_end:
            self._is_flush = is_flush(attributes)
        if name in _SPACED and not (name == "p" and self._is_flush):
            self._gap = bool(self.lines)

    def _quote(self, attributes: Mapping[str, str], *, is_end: bool) -> None:
        if is_end:
            if self._quotes:
                self._quotes.pop()
        elif len(self._quotes) < 1000:
            self._quotes.append(not is_indent(attributes))

    def _list(self, name: str, *, is_end: bool) -> None:
        if is_end:
            if self._lists:
                self._lists.pop()
        elif len(self._lists) < 1000:
            self._lists.append(0 if name == "ol" else -1)

    def _bullet(self) -> None:
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            self._line.append(f"{self._lists[-1]}. ")
        else:
            self._line.append("- ")

    def _anchor(self, attributes: Mapping[str, str], *, is_end: bool) -> None:
        if not is_end:
            self._link = (link_of(attributes), len(self._line))
            return
        href, mark = self._link
        self._link = ("", 0)
        if not href:
            return
        shown = "".join(self._line[mark:]).strip()
        if shown and shown.rstrip("/") not in href:
            self._line.append(f" ({href})")

    def _image(self, attributes: Mapping[str, str]) -> None:
        alt = entities.unescape(attributes.get("alt", ""))
        if alt and len(alt) <= 8 and not alt.isascii():
            self._text(alt)

    def _text(self, text: str) -> None:
        if not text or self._hidden is not None:
            return
        if self._pre:
            self._preformatted(text)
            return
        flat = _SPACES.sub(" ", text)
        if not self._has_text:
            flat = flat.lstrip(" ")
        elif flat[:1] == " " and self._line and self._line[-1][-1:] == " ":
            flat = flat[1:]
        if flat:
            if "&" in flat:
                flat = entities.unescape(flat)
            self._line.append(_UNSEEN.sub("", flat.replace("\xa0", " ")))
            self._has_text = True

    def _preformatted(self, text: str) -> None:
        first, *others = entities.unescape(text.replace("\r\n", "\n")).split("\n")
        self._line.append(first)
        self._has_text = self._has_text or bool(first)
        for line in others:
            self._break(is_hard=True)
            self._line.append(line)
            self._has_text = bool(line)

    def _break(self, *, is_hard: bool = False) -> None:
        """End the line; an empty one is only kept after a hard break."""
        line = "".join(self._line).rstrip()
        if line or is_hard:
            self._emit(line)
        self._line.clear()
        self._has_text = False
        self._link = (self._link[0], 0)

    def _emit(self, line: str) -> None:
        marks = "> " * min(sum(self._quotes), _MAX_QUOTE_MARKS) if self._quotes else ""
        if self._gap and line:
            if self.lines and self.lines[-1].strip(" >"):
                self.lines.append(marks.rstrip())
            self._gap = False
        if line or len(self.lines) < 2 or any(self.lines[-2:]):
            self.lines.append((marks + line).rstrip())
