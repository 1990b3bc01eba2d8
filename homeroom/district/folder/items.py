"""YAML lists of items, each with the line it begins on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from homeroom.district.folder.tables import read_text
from homeroom.district.report import FileRefused, Tally

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True, kw_only=True)
class Item:
    """One mapping of a YAML file; reading a key takes it, so that `rest` is what nobody read."""

    line: int
    rest: dict[str, Any]
    nodes: dict[str, tuple[int, yaml.Node]] = field(default_factory=dict)
    """By key: the line it stands on and the value as YAML read it."""

    def items(self, key: str, tally: Tally) -> Iterator["Item"]:
        """The items of the list under `key`; refuses what is none."""
        self.rest.pop(key, None)
        line, node = self.nodes.get(key, (self.line, None))
        if isinstance(node, yaml.SequenceNode):
            yield from _items(node, tally)
        elif node is not None and getattr(node, "value", "") not in ("", "null", "~"):
            tally.refuse(line, f"{key} must be a list of items, each with an id.")

    def named(self, seen: set[str], tally: Tally) -> tuple[str, str]:
        """The item's id and name; two empty texts when it had to be refused."""
        id_, name = self.text("id"), self.text("name")
        if not (0 < len(id_) <= 200 and 0 < len(name) <= 200):
            tally.refuse(self.line, "An item needs an id and a name, at most 200 letters each.")
        elif "\0" in id_ + name:
            tally.refuse(self.line, "The id or name holds a character that is no text.")
        elif id_ in seen:
            tally.refuse(self.line, f"The id {id_} stands in the file twice; the first was used.")
        else:
            seen.add(id_)
            return id_, name
        return "", ""

    def text(self, key: str, default: str = "") -> str:
        """The value as text; YAML's bare yes and no stay the words they were."""
        value = self.rest.pop(key, None)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return default if value is None else str(value).strip()

    def texts(self, key: str) -> list[str]:
        """The value as a list of texts; one text stands for a list of one."""
        value = self.rest.pop(key, None)
        given = value if isinstance(value, list) else [] if value is None else [value]
        named = ("yes" if one is True else "no" if one is False else str(one) for one in given)
        return [one.strip() for one in named if one.strip()]

    def take(self, key: str) -> Any:
        """The value as YAML gave it, or None."""
        return self.rest.pop(key, None)

    def line_of(self, key: str) -> int:
        """The line of a key, or of the item."""
        return self.nodes[key][0] if key in self.nodes else self.line

    def day(self, key: str, tally: Tally) -> date | None:
        """The value as a date, or None; remarks on what is none."""
        value = self.rest.pop(key, None)
        try:
            return value if value is None else date.fromisoformat(str(value)[:10])
        except ValueError:
            tally.remark(self.line_of(key), f"{key} “{value}” is not a date such as 2026-08-17.")
            return None

    def number(self, key: str, default: float, tally: Tally) -> float:
        """The value as a number above zero, or the default; remarks on what is none."""
        value = self.rest.pop(key, None)
        if value is None:
            return default
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = 0.0
        if 0 < number < 100_000:
            return number
        tally.remark(self.line_of(key), f"{key} “{value}” is no number above zero.")
        return default


def items_of(path: Path, tally: Tally, *, under: str = "") -> Iterator[Item]:
    """The items of a YAML list, or of the list under the key `under`.

    An item that is no mapping is refused. Raises FileRefused when the file is no such list.
    """
    text = read_text(path, tally)
    try:
        node = yaml.compose(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "a character that cannot stand there"
        raise FileRefused(
            f"The file cannot be read as YAML: {reason}.", line=mark.line + 1 if mark else 1
        ) from error
    if isinstance(node, yaml.MappingNode):
        node = next((value for key, value in node.value if key.value == under), node)
    if node is None:
        return
    if not isinstance(node, yaml.SequenceNode):
        raise FileRefused(f"{path.name} must be a list of items, each beginning with “- id:”.")
    yield from _items(node, tally)


def _items(node: yaml.SequenceNode, tally: Tally) -> Iterator[Item]:
    for one in node.value:
        made = item_of(one)
        if made is None:
            tally.refuse(one.start_mark.line + 1, "This is no item with keys such as id and name.")
        else:
            yield made


def item_of(node: yaml.Node) -> Item | None:
    """The mapping a node holds, or None."""
    if not isinstance(node, yaml.MappingNode):
        return None
    loader = _Loader("")
    try:
        value = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    finally:
        loader.dispose()
    nodes = {str(key.value): (key.start_mark.line + 1, one) for key, one in node.value}
    keyed = {str(key): one for key, one in value.items()}
    return Item(line=node.start_mark.line + 1, rest=keyed, nodes=nodes)


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: dates as text, keys as text."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(one) for one in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
