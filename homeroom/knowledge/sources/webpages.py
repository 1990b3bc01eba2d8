"""HTML pages as Markdown: headings, paragraphs, lists, tables; nothing runs. Only in `apart`."""

from html.parser import HTMLParser
from typing import Final

import nh3

from homeroom.knowledge.sources.taken import Taken, Unreadable, cell, decoded, parted

MOST: Final = 3_000_000
"""Characters of one page that are looked at."""
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "article", "main", "blockquote", "pre", "dl", "figure", "ul", "ol"}
)
_DEEPEST: Final = 6
_KEPT: Final = frozenset(
    {*_BLOCKS, "h1", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "br", "a", "b", "strong"}
    | {"table", "tr", "td", "th", "thead", "tbody", "caption"}
)
_LEFT_OUT: Final = frozenset(
    {"script", "style", "svg", "math", "template", "noscript", "nav", "footer", "header", "aside"}
    | {"form", "iframe", "object", "select", "button", "head", "title"}
)
"""What is on every page of a site and no part of what this one says, or is no text."""


def take(content: bytes, *, title: str = "") -> Taken:
    """The page as articles, taken apart at its headings when it is long.

    :raises Unreadable: when it says nothing.
    """
    page = _Page()
    # What comes out is well-formed and of a closed list of elements, in time that grows evenly.
    page.feed(
        nh3.clean(
            decoded(content)[:MOST],
            tags=set(_KEPT),
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto", "tel"},
            link_rel=None,
            clean_content_tags=set(_LEFT_OUT),
        )
    )
    page.close()
    body = page.markdown()
    if not body:
        raise Unreadable("There is no text on the page. It may need a program to show it.")
    return parted(body, title=title)


class _Page(HTMLParser):
    """Hears the elements of one page and writes them down as blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._line: list[str] = []
        self._rows: list[list[str]] = []
        self._in_table = 0
        self._href = ""

    def markdown(self) -> str:
        """All that was heard."""
        self._end()
        return "\n\n".join(self._blocks)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag == "table":
            self._end()
            self._in_table += 1
        elif self._in_table:
            if tag == "tr":
                self._rows.append([])
            elif tag in {"td", "th"}:
                self._line.clear()
            else:
                self._line.append(" ")
        elif tag == "br":
            self._line.append("\n")
        elif tag in _BLOCKS or tag in {"li", "dt", "dd", "caption"} or _level(tag):
            self._end()
            self._line.append("- " if tag == "li" else "#" * _level(tag) + " " * bool(_level(tag)))
        if tag == "a":
            self._href = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag == "a" and self._href:
            said = self._line[-1].strip() if self._line else ""
            if self._href.startswith("http") and said and said not in self._href:
                self._line.append(f" ({self._href})")
            self._href = ""
        if tag == "table" and self._in_table:
            self._in_table -= 1
            self._end_table()
        elif self._in_table:
            if tag in {"td", "th"}:
                if not self._rows:
                    self._rows.append([])
                self._rows[-1].append(cell("".join(self._line)))
                self._line.clear()
        elif tag in _BLOCKS or tag in {"li", "dt", "dd"} or _level(tag):
            self._end()

    def handle_data(self, data: str) -> None:
        """Words."""
        self._line.append(data if self._line or data.strip() else "")

    def _end(self) -> None:
        lines = (" ".join(line.split()) for line in "".join(self._line).split("\n"))
        said = "\n".join(filter(None, lines))
        self._line.clear()
        if not said.strip("-# "):
            return
        if said.startswith("- ") and self._blocks and self._blocks[-1].startswith("- "):
            self._blocks[-1] += f"\n{said}"
        else:
            self._blocks.append(said)

    def _end_table(self) -> None:
        if self._in_table:
            return
        rows = [row for row in self._rows if any(row)]
        self._rows, width = [], max(map(len, self._rows), default=0)
        self._line.clear()
        if width == 1:
            self._blocks += [row[0] for row in rows]
        elif rows:
            lines = [f"| {' | '.join(one or '·' for one in row)} |" for row in rows]
            lines.insert(1, f"|{'---|' * width}")
            self._blocks.append("\n".join(lines))


def _level(tag: str) -> int:
    """The level of a heading, 1 to 6; 0 for what is none."""
    level = int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit() else 0
    return level if level <= _DEEPEST else 0
