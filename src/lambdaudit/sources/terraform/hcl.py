"""Native HCL syntax into :mod:`.syntax` trees.

tree-sitter finds the tokens and the structure and recovers from errors. Its grammar does not follow HCL's precedence and drops
white space inside templates, so operators are put together again here, and the text of a template is what the source has
between its interpolations.
"""

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from lambdaudit.sources.iac.values import Span

from .climb import OPERATORS, After, Item, Sign, climb
from .syntax import Attribute, Bad, Block, Body, Call, Expr, ForItems, ForPairs, Items, Literal, Name, Pairs
from .templates import Part, assemble, unescape

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_BYTES = 4 * 1024 * 1024
"""Largest file that is parsed."""
MAX_DEPTH = 60
MAX_TERMS = 150

_OPEN = frozenset(("expression", "operation", "binary_operation", "unary_operation", "conditional"))
_PIECES = {
    "template_interpolation": "value",
    "template_if_intro": "if",
    "template_else_intro": "else",
    "template_if_end": "endif",
    "template_for_start": "for",
    "template_for_end": "endfor",
}


class Note(Exception):
    """What could not be read of a file: `text` in words, `at` where."""

    def __init__(self, text: str, at: Span) -> None:
        super().__init__(text)
        self.text = text
        self.at = at


@cache
def hcl_parser() -> "Parser":
    """The parser of HCL's grammar, loaded once."""
    import tree_sitter_hcl
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_hcl.language()))


def parse(source: bytes, file: str) -> tuple[Body, list[Note]]:
    """Parse a file of native syntax.

    Gives the body with everything that could be read, and a note for each part that could not. Never raises for bad input.
    """
    start = Span(file, 1, 1)
    if len(source) > MAX_BYTES:
        return Body(start), [Note(f"larger than {MAX_BYTES // 1024**2} MiB: not read", start)]
    if source.startswith(b"\xef\xbb\xbf"):
        source = source[3:]
    reader = _Reader(source, file)
    root = hcl_parser().parse(source).root_node
    body = Body(start, end=root.end_point[0] + 1)
    try:
        for child in root.children:
            if child.type == "body":
                reader.fill(body, child, 0)
            elif child.type == "ERROR":
                reader.wrong(child)
    except RecursionError:
        reader.notes.append(Note("nested too deeply: not read to the end", start))
    if root.has_error and not reader.notes:
        reader.first_error(root)
    return body, reader.notes


def parse_template(text: str, at: Span) -> Expr:
    """A text as a template, as ``templatefile`` and JSON syntax read it: no escapes but ``$${`` and ``%%{``."""
    if "${" not in text and "%{" not in text:
        return Literal(at, text.replace("$${", "${").replace("%%{", "%{"))
    if len(text) > MAX_BYTES:
        return Bad(at, "the template is too large")
    mark = "TEMPLATE_END"
    while mark in text:
        mark += "_"
    source = f"x = <<{mark}\n{text}\n{mark}\n".encode("utf-8", "replace")
    reader = _Reader(source, at.source, at.line - 2, whole=True)
    node: Any = hcl_parser().parse(source).root_node
    for step in ("body", "attribute", "expression", "template_expr", "heredoc_template"):
        node = next((c for c in node.children if c.type == step), None)
        if node is None:
            return Bad(at, "this is no valid template")
    try:
        return reader.heredoc(node, 0, at)
    except RecursionError:
        return Bad(at, "the template is nested too deeply")


def parse_expression(text: str, at: Span) -> Expr:
    """A text as one expression (a value on the command line, a reference in JSON syntax); Bad when it is none."""
    body, _ = parse(f"x = {text}\n".encode("utf-8", "replace"), at.source)
    attribute = body.attributes.get("x")
    return attribute.value if attribute and len(body.attributes) == 1 and not body.blocks else Bad(at, "no valid expression")


class _Reader:
    """Builds the nodes of one file. `shift` is added to lines; `whole` when the source is a template in a wrapper."""

    def __init__(self, source: bytes, file: str, shift: int = 0, *, whole: bool = False) -> None:
        self.source = source
        self.file = file
        self.shift = shift
        self.whole = whole
        self.ascii = source.isascii()
        self.notes: list[Note] = []

    def at(self, node: "Node") -> Span:
        row, column = node.start_point
        if not self.ascii and column:
            end = node.start_byte
            column = len(self.source[end - column : end].decode("utf-8", "replace"))
        return Span(self.file, row + 1 + self.shift, column + 1)

    def text(self, node: "Node") -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def wrong(self, node: "Node") -> None:
        if len(self.notes) < 20:
            what = re.sub(r"\s+", " ", self.text(node))[:40].strip()
            self.notes.append(Note(f"cannot be read: {what!r}" if what else "something is missing here", self.at(node)))

    def first_error(self, node: "Node") -> None:
        """A note for the first place that does not fit, where nothing else told it."""
        stack = [node]
        while stack:
            current = stack.pop()
            if current.type == "ERROR" or current.is_missing:
                self.wrong(current)
                return
            stack.extend(child for child in reversed(current.children) if child.has_error or child.is_missing)

    def bad(self, node: "Node", what: str = "") -> Bad:
        return Bad(self.at(node), what or f"cannot be read: {self.text(node)[:40]!r}")

    def fill(self, body: Body, node: "Node", depth: int) -> None:
        for child in node.children:
            kind = child.type
            if kind == "attribute":
                attribute = self.attribute(child)
                if attribute is None:
                    self.wrong(child)
                    continue
                if attribute.name in body.attributes:
                    self.notes.append(Note(f"{attribute.name} is set twice: the last one counts", attribute.at))
                body.attributes[attribute.name] = attribute
            elif kind == "block":
                block = self.block(child, depth + 1)
                if block:
                    body.blocks.append(block)
            elif kind == "ERROR":
                self.wrong(child)

    def attribute(self, node: "Node") -> Attribute | None:
        parts = [c for c in node.children if c.type != "comment"]
        if node.has_error:
            for child in parts:
                if child.type == "ERROR":
                    self.wrong(child)
        value = next((c for c in parts if c.type == "expression"), None)
        if not parts or parts[0].type != "identifier" or value is None:
            return None
        return Attribute(self.at(node), self.text(parts[0]), self.expression(value, 0))

    def block(self, node: "Node", depth: int) -> Block | None:
        at = self.at(node)
        if depth > MAX_DEPTH:
            self.notes.append(Note("blocks nested too deeply: not read", at))
            return None
        names: list[str] = []
        body = Body(at, end=node.end_point[0] + 1 + self.shift)
        for child in node.children:
            kind = child.type
            if kind == "identifier":
                names.append(self.text(child))
            elif kind == "string_lit":
                names.append(self.string(child))
            elif kind == "body":
                self.fill(body, child, depth)
            elif kind == "ERROR":
                self.wrong(child)
        return Block(at, names[0], tuple(names[1:]), body) if names else None

    def expression(self, node: "Node", depth: int) -> Expr:
        """An `expression` node: its terms and operators are taken apart and put together by HCL's precedence."""
        if depth > MAX_DEPTH:
            return self.bad(node, "nested too deeply")
        items: list[Item] = []
        stack: list[Node] = [node]
        while stack:
            current = stack.pop()
            kind = current.type
            if kind in _OPEN:
                stack.extend(reversed(current.children))
            elif kind == "(":
                inner = self._next(stack)
                self._next(stack)
                if inner is None or inner.type != "expression":
                    return self.bad(node)
                items.append(self.expression(inner, depth + 1))
            elif kind == "ERROR" or current.is_missing:
                return self.bad(current)
            elif kind == "splat":
                items.extend(self.splat(current, depth))
            elif kind != "comment":
                items.append(self.item(current, kind, depth))
            if len(items) > MAX_TERMS:
                return self.bad(node, "an expression of too many terms")
        if len(items) == 1 and not isinstance(items[0], Sign | After):
            return items[0]
        return climb(items, self.at(node))

    def _next(self, stack: "list[Node]") -> "Node | None":
        while stack:
            node = stack.pop()
            if node.type != "comment":
                return node
        return None

    def item(self, node: "Node", kind: str, depth: int) -> Item:
        """A term, an operator, or what follows a term."""
        if kind == "literal_value":
            return self.literal(node)
        if kind == "variable_expr":
            return Name(self.at(node), self.text(node))
        if kind in OPERATORS:
            return Sign(self.at(node), kind)
        if kind == "get_attr":
            return After(self.at(node), self.text(node.children[-1]))
        if kind == "template_expr":
            inner = node.children[0]
            return self.quoted(inner, depth) if inner.type == "quoted_template" else self.heredoc(inner, depth, self.at(node))
        if kind == "collection_value":
            inner = node.children[0]
            return self.pairs(inner, depth) if inner.type == "object" else self.items(inner, depth)
        if kind == "function_call":
            return self.call(node, depth)
        if kind == "index":
            return self.index(node, depth)
        if kind == "for_expr":
            return self.comprehension(node.children[0], depth)
        return self.bad(node)

    def literal(self, node: "Node") -> Expr:
        inner = node.children[0]
        kind = inner.type
        at = self.at(node)
        if kind == "string_lit":
            return Literal(at, self.string(inner))
        text = self.text(inner)
        if kind == "bool_lit":
            return Literal(at, text == "true")
        if kind == "null_lit":
            return Literal(at, None)
        if len(text) > 100:
            return self.bad(node, "a number of too many digits")
        number = float(text)
        if not math.isfinite(number):
            return self.bad(node, "a number that is too large")
        whole = number.is_integer() and abs(number) < 2**53
        return Literal(at, int(text) if text.isdigit() else int(number) if whole else number)

    def string(self, node: "Node") -> str:
        children = node.children
        if len(children) < 2:
            return ""
        return unescape(self.source[children[0].end_byte : children[-1].start_byte].decode("utf-8", "replace"))

    def items(self, node: "Node", depth: int) -> Expr:
        return Items(self.at(node), tuple(self.expression(c, depth + 1) for c in node.children if c.type == "expression"))

    def pairs(self, node: "Node", depth: int) -> Expr:
        found: list[tuple[Expr, Expr]] = []
        for element in node.children:
            if element.type == "ERROR":
                return self.bad(element)
            if element.type != "object_elem":
                continue
            sides = [c for c in element.children if c.type == "expression"]
            if len(sides) == 2:
                key = self.expression(sides[0], depth + 1)
                if sides[0].children[0].type == "variable_expr" and isinstance(key, Name):
                    key = Literal(key.at, key.name)
                elif isinstance(key, Literal) and (key.value is None or isinstance(key.value, bool)):
                    key = Literal(key.at, self.text(sides[0]))
                found.append((key, self.expression(sides[1], depth + 1)))
        return Pairs(self.at(node), tuple(found))

    def call(self, node: "Node", depth: int) -> Expr:
        name = ""
        arguments: list[Expr] = []
        spread = False
        for child in node.children:
            if child.type == "identifier":
                name = self.text(child)
            elif child.type == "function_arguments":
                arguments = [self.expression(c, depth + 1) for c in child.children if c.type == "expression"]
                spread = any(c.type == "ellipsis" for c in child.children)
            elif child.type == "ERROR":
                return self.bad(child)
        return Call(self.at(node), name, tuple(arguments), spread)

    def index(self, node: "Node", depth: int) -> After:
        inner = node.children[0]
        at = self.at(node)
        if inner.type == "legacy_index":
            digits = self.text(inner).lstrip(".")
            return After(at, Literal(at, int(digits)) if digits.isdigit() and len(digits) < 10 else self.bad(node))
        key = next((c for c in inner.children if c.type == "expression"), None)
        return After(at, self.expression(key, depth + 1) if key is not None else self.bad(node))

    def splat(self, node: "Node", depth: int) -> list[After]:
        """``[*]`` takes every step that follows, ``.*`` the names only: an index after them is one of the result."""
        inner = node.children[0]
        at = self.at(node)
        steps: list[str | Expr] = []
        for child in inner.children[1:]:
            if child.type == "get_attr":
                steps.append(self.text(child.children[-1]))
            elif child.type == "index":
                step = self.index(child, depth).step
                if not isinstance(step, tuple):
                    steps.append(step)
        if inner.type == "full_splat":
            return [After(at, tuple(steps), full=True)]
        count = next((i for i, step in enumerate(steps) if not isinstance(step, str)), len(steps))
        return [After(at, tuple(steps[:count])), *(After(at, step) for step in steps[count:])]

    def comprehension(self, node: "Node", depth: int) -> Expr:
        at = self.at(node)
        intro = next((c for c in node.children if c.type == "for_intro"), None)
        collection = next((c for c in intro.children if c.type == "expression"), None) if intro is not None else None
        values = [c for c in node.children if c.type == "expression"]
        wanted = 1 if node.type == "for_tuple_expr" else 2
        if intro is None or collection is None or len(values) != wanted or any(c.type == "ERROR" for c in node.children):
            return self.bad(node)
        names = [self.text(c) for c in intro.children if c.type == "identifier"]
        key, value = names if len(names) == 2 else ("", names[0] if names else "")
        test = next((c for c in node.children if c.type == "for_cond"), None)
        inner = next((c for c in test.children if c.type == "expression"), None) if test is not None else None
        condition = self.expression(inner, depth + 1) if inner is not None else None
        over = self.expression(collection, depth + 1)
        found = [self.expression(v, depth + 1) for v in values]
        if wanted == 1:
            return ForItems(at, key, value, over, found[0], condition)
        grouped = any(c.type == "ellipsis" for c in node.children)
        return ForPairs(at, key, value, over, found[0], found[1], grouped, condition)

    def quoted(self, node: "Node", depth: int) -> Expr:
        """A `quoted_template` node."""
        children = node.children
        parts = self.parts(children[1:-1], children[0].end_byte, children[-1].start_byte, depth, quoted=True)
        return assemble(self.at(node), parts)

    def heredoc(self, node: "Node", depth: int, at: Span) -> Expr:
        """A `heredoc_template` node: the lines between the two marks."""
        children = node.children
        marks = [i for i, c in enumerate(children) if c.type == "heredoc_identifier"]
        if len(marks) < 2 or any(c.type == "ERROR" for c in children):
            return self.bad(node, "this is no valid template" if self.whole else "")
        start = self.source.find(b"\n", children[marks[0]].end_byte) + 1
        end = self.source.rfind(b"\n", 0, children[marks[-1]].start_byte) + 1 - self.whole
        inner = children[marks[0] + 1 : marks[-1]]
        parts = self.parts(inner, start, max(start, end), depth, quoted=False)
        flush = self.source[children[0].start_byte : children[0].end_byte].endswith(b"-")
        first = at if self.whole else Span(self.file, node.start_point[0] + 2 + self.shift, 1)
        return assemble(first, parts, lines=True, flush=flush, file=self.whole)

    def parts(self, nodes: "list[Node]", start: int, end: int, depth: int, *, quoted: bool) -> list[Part]:
        """The flat parts of a template: texts from the gaps between nodes, interpolations, the pieces of directives."""
        found: list[Part] = []
        position = start
        stack = list(reversed(nodes))
        while stack:
            node = stack.pop()
            kind = node.type
            if kind in ("template_directive", "template_if", "template_for"):
                stack.extend(reversed(node.children))
            elif kind not in ("template_literal", "comment"):
                if node.start_byte > position:
                    found.append(self.gap(position, node.start_byte, quoted))
                found.append(self.piece(node, depth))
                position = max(position, node.end_byte)
        if end > position:
            found.append(self.gap(position, end, quoted))
        return found

    def gap(self, start: int, end: int, quoted: bool) -> Part:
        raw = self.source[start:end].decode("utf-8", "replace")
        return Part("text", unescape(raw) if quoted else raw.replace("$${", "${").replace("%%{", "%{"))

    def piece(self, node: "Node", depth: int) -> Part:
        """One interpolation or one piece of a directive."""
        at = self.at(node)
        kind = _PIECES.get(node.type)
        if kind is None:
            return Part("bad", "", self.bad(node), at)
        children = [c for c in node.children if c.type != "comment"]
        markers = [c.type == "strip_marker" for c in children]
        inner = next((c for c in children if c.type == "expression"), None)
        value = self.expression(inner, depth + 1) if inner is not None else Bad(at, "an empty interpolation")
        names = tuple(self.text(c) for c in children if c.type == "identifier")
        return Part(kind, "", value, at, names, len(markers) > 2 and markers[1], len(markers) > 2 and markers[-2])
