"""A YAML or JSON text as nodes that know where they begin and end, so that a part can be changed and the rest stays as it is."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lambdaudit.sources.iac.documents import MAX_BYTES, MAX_DEPTH, MAX_NODES

Path = tuple[str | int, ...]
_TOKEN: Final = re.compile(r'[ \t\n\r]*("(?:[^"\\]|\\.)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]+)')
_PROPERTIES: Final = re.compile(r"(?:[!&][^\s,\[\]{}]*\s+)*")
_EMPTY: Final = ("", "~", "null", "Null", "NULL")


class Unfit(Exception):
    """A text, or a part of it, that cannot be edited safely; the text says why."""


@dataclass(slots=True)
class Node:
    """A value: `kind` is ``map``, ``list``, ``scalar`` or ``alias``, `start` and `end` are offsets in the text.

    `style` is ``block``, ``flow`` or ``json`` for maps and lists, and ``plain``, ``single``, ``double`` or ``literal`` for
    scalars. `text` is a scalar's value or an alias's name; `column` counts from 0.
    """

    kind: str
    start: int
    end: int
    style: str = ""
    text: str = ""
    tag: str = ""
    anchor: str = ""
    column: int = 0
    pairs: "list[tuple[Node, Node]]" = field(default_factory=list)
    items: "list[Node]" = field(default_factory=list)

    def pair(self, name: str) -> "tuple[Node, Node] | None":
        """A member of a map with its key: the last of that name, which counts."""
        return next((pair for pair in reversed(self.pairs) if pair[0].text == name), None)

    def get(self, name: str) -> "Node | None":
        """The value of a member of a map."""
        found = self.pair(name)
        return found[1] if found else None

    @property
    def is_null(self) -> bool:
        """Whether nothing stands there."""
        return self.kind == "scalar" and self.style == "plain" and not self.tag and self.text in _EMPTY

    @property
    def is_function(self) -> bool:
        """Whether it is a function of CloudFormation, in its short or long form."""
        if self.tag:
            return True
        if self.kind != "map" or len(self.pairs) != 1:
            return False
        name = self.pairs[0][0].text
        return name in ("Ref", "Condition") or name.startswith("Fn::")

    @property
    def reference(self) -> str:
        """The name that a ``Ref`` gives; empty for anything else."""
        if self.kind == "scalar" and self.tag == "!Ref":
            return self.text
        if self.kind == "map" and len(self.pairs) == 1 and self.pairs[0][0].text == "Ref" and not self.tag:
            return self.pairs[0][1].text
        return ""


@dataclass(slots=True)
class Tree:
    """The first document of a text."""

    text: str
    root: Node

    def at(self, path: Path) -> Node | None:
        """The node at a path of keys and numbers, when it is there without an alias on the way."""
        node: Node | None = self.root
        for step in path:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if node.kind == "list" and step < len(node.items) else None
            else:
                node = node.get(step) if node.kind == "map" else None
        return node

    def walk(self) -> Iterator[tuple[Path, Node]]:
        """Every node with its path."""
        stack: list[tuple[Path, Node]] = [((), self.root)]
        while stack:
            path, node = stack.pop()
            yield path, node
            stack.extend(((*path, key.text), value) for key, value in node.pairs)
            stack.extend(((*path, number), value) for number, value in enumerate(node.items))


def parse(text: str) -> Tree:
    """The nodes of a text. Raises Unfit when it is malformed, too large, or of several documents."""
    if len(text) > MAX_BYTES:
        raise Unfit("the file is too large")
    shift = 1 if text.startswith("\ufeff") else 0
    if text[shift:].lstrip()[:1] in ("{", "[") and _is_json(text[shift:]):
        return Tree(text, _json(text, shift))
    return Tree(text, _yaml(text, shift))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class _Growing:
    """A tree under construction: what is open, and the key that waits for its value in each open map."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.count = 0
        self._open: list[tuple[Node, list[Node]]] = []

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    def put(self, node: Node) -> None:
        """Hang a node into what is open, as a key, a value or an item; maps and lists are open from then on."""
        self.count += 1
        if self.count > MAX_NODES or len(self._open) > MAX_DEPTH:
            raise Unfit("it holds too much")
        if not self._open:
            if self.root is not None:
                raise Unfit("it holds several documents")
            self.root = node
        else:
            parent, waiting = self._open[-1]
            if parent.kind == "list":
                parent.items.append(node)
            elif waiting:
                parent.pairs.append((waiting.pop(), node))
            else:
                waiting.append(node)
        if node.kind in ("map", "list"):
            self._open.append((node, []))

    def close(self, end: int) -> None:
        """End the innermost map or list."""
        self._open.pop()[0].end = end


def _json(text: str, position: int) -> Node:
    """The nodes of a text that is known to be JSON."""
    growing = _Growing()
    line = position
    while growing.root is None or growing.is_open:
        found = _TOKEN.match(text, position)
        if found is None:
            raise Unfit("it is not JSON")
        token, start, position = found[1], found.start(1), found.end(1)
        line = max(line, text.rfind("\n", line, start) + 1)
        if token in ("}", "]"):
            growing.close(position)
        elif token in ("{", "["):
            growing.put(Node("map" if token == "{" else "list", start, position, "json", column=start - line))
        elif token[0] == '"':
            growing.put(Node("scalar", start, position, "double", json.loads(token), column=start - line))
        elif token not in (",", ":"):
            growing.put(Node("scalar", start, position, "plain", token, column=start - line))
    return growing.root


_STYLES: Final = {None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "literal"}


def _yaml(text: str, shift: int) -> Node:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    growing = _Growing()
    try:
        for event in yaml.parse(text[shift:], Loader=loader):
            mark: Any = event.end_mark
            if isinstance(event, yaml.CollectionEndEvent):
                growing.close(mark.index + shift)
            elif (node := _node(type(event).__name__, event, text, shift)) is not None:
                growing.put(node)
    except (yaml.YAMLError, ValueError) as error:
        raise Unfit("it is not YAML") from error
    if growing.root is None:
        raise Unfit("it is empty")
    return growing.root


def _node(name: str, event: Any, text: str, shift: int) -> Node | None:
    kind = {"ScalarEvent": "scalar", "MappingStartEvent": "map", "SequenceStartEvent": "list", "AliasEvent": "alias"}.get(name)
    if kind is None:
        return None
    mark = event.start_mark
    node = Node(kind, mark.index + shift, event.end_mark.index + shift, column=mark.column)
    node.anchor = event.anchor or ""
    if kind == "alias":
        node.text, node.anchor = node.anchor, ""
        return node
    node.tag = event.tag or ""
    if kind == "scalar":
        node.style, node.text = _STYLES.get(event.style, "literal"), event.value
        if node.anchor or node.tag:
            found = _PROPERTIES.match(text, node.start, node.end)
            skipped = found.end() if found else node.start
            if not node.tag:
                node.start = skipped
    else:
        node.style = "flow" if event.flow_style else "block"
    return node


def plain(node: Node) -> Any:
    """A node as plain data that two texts can be compared by: texts with tag and style, nothing of places."""
    if node.kind == "map":
        return ("map", node.tag, {key.text: plain(value) for key, value in node.pairs})
    if node.kind == "list":
        return ("list", node.tag, [plain(item) for item in node.items])
    return (node.kind, node.tag, node.text, node.style in ("plain", "literal"))


def without(data: Any, path: Path) -> Any:
    """Plain data without what stands at a path; an object that is empty then equals one that is not set."""
    if not path or data[0] not in ("map", "list"):
        return data
    kind, tag, members = data
    step, rest = path[0], path[1:]
    if isinstance(step, int) and kind == "list" and step < len(members):
        return (kind, tag, [*members[:step], without(members[step], rest) if rest else None, *members[step + 1 :]])
    if isinstance(step, str) and kind == "map" and step in members:
        inner = {**members, step: without(members[step], rest)} if rest else {k: v for k, v in members.items() if k != step}
        return (kind, tag, inner)
    return data
