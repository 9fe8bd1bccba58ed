"""XML of strangers as a tree, and HTML as text, both in linear time.

Document type declarations are refused before anything in them is read: feeds need none, and entities (bombs, files, requests)
live nowhere else.
"""

import html
import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from .entry import MOST_TEXT, FeedError

MOST_BYTES: Final = 64 * 1024**2
MOST_DEPTH: Final = 100
MOST_ELEMENTS: Final = 500_000
_CODE_TAG: Final = re.compile(r"</?(?:code|tt|pre)\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")


@dataclass(slots=True)
class Node:
    """An element: name and namespace as ``namespace name`` (or the name alone), attributes, children, its own text."""

    tag: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name without its namespace."""
        return self.tag.rpartition(" ")[2]

    def first(self, *names: str) -> "Node | None":
        """The first child of one of these names, the earlier name before the later."""
        return next((child for name in names for child in self.children if child.name == name), None)

    def text(self) -> str:
        """All text in it, that of its children too, in the order of the document."""
        found: list[str] = []
        waiting: list[Node | str] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                found.append(node)
            else:
                found += node.parts
                for child in reversed(node.children):
                    waiting += (" ", child)
        return "".join(found)


def parse_xml(data: bytes, name: str) -> Node:
    """The root of a document. Raises FeedError for what is not well-formed, declares a document type, or is too big or deep."""
    if len(data) > MOST_BYTES:
        raise FeedError(f"{name} is too large: {len(data)} bytes of XML, at most {MOST_BYTES} are read")
    builder = _Builder(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise FeedError(f"{name} is no well-formed XML: {expat.ErrorString(error.code)}, line {error.lineno}") from error
    except (ValueError, LookupError) as error:
        raise FeedError(f"{name} is no XML that can be read: {error}") from error
    if builder.root is None:
        raise FeedError(f"{name} is empty")
    return builder.root


class _Builder:
    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[Node] = []
        self._count = 0
        self.root: Node | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= MOST_DEPTH:
            raise FeedError(f"{self._name} has more than {MOST_ELEMENTS} elements, or nests them deeper than {MOST_DEPTH}")
        node = Node(tag, attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def refuse(self, *_: object) -> int:
        raise FeedError(f"{self._name} declares a document type or entities: feeds need none, and it is not read")


def without_tags(text: str) -> str:
    """The text of HTML: tags become spaces, those of code quotes, entities their characters. At most what is searched."""
    bare = _TAG.sub(" ", _CODE_TAG.sub("`", text[: 2 * MOST_TEXT]))
    return html.unescape(bare)[:MOST_TEXT]
