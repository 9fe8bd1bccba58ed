"""Patterns of JavaScript (what declarations, parameters and assignments bind), and what all lowering shares."""

from tree_sitter import Node

from .. import ir
from .scopes import Block, text

TRANSPARENT = frozenset(
    ["parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression", "instantiation_expression"]
)
_MOST_PROBLEMS = 20


class Patterns:
    """What is common to all lowering, and patterns; expressions, statements and functions are added by the classes on top of it.

    `path` is that of the file, `block` the innermost scope at the place that is being lowered, `depth` how deep that is.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[str] = []
        self.block: Block
        self.depth = 0
        self.lowered = 0
        """Expressions that were lowered so far: a file has a bounded number of them."""
        self.awaiting = False
        """Whether ``yield`` stands for ``await``: in functions that a compiler made of async ones."""
        self.machine = ""
        """The name of the state machine's context, in a function that is one."""

    def problem(self, sentence: str) -> None:
        """Tell about something that was not lowered, once."""
        if sentence not in self.problems and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(sentence)

    def too_deep(self, node: Node) -> ir.Opaque:
        """What stands for source that nests too deep."""
        self.problem(f"code that nests deeper than {ir.DEPTH} levels was left out")
        row, column = node.start_point
        return ir.Opaque(row + 1, column + 1, [], "too deep")

    # ---- functions and classes are lowered by the class above

    def function(self, node: Node, name: str = "", kind: str = "", awaiting: bool = False) -> ir.Function:
        """A function of any form; with `awaiting` its ``yield`` is ``await``."""
        raise NotImplementedError

    def class_of(self, node: Node) -> ir.Class:
        """A class."""
        raise NotImplementedError

    def expression(self, node: Node | None) -> ir.Expr:
        """Any expression."""
        raise NotImplementedError

    def opaque(self, node: Node, what: str) -> ir.Opaque:
        """Something that has no node of its own: its parts are evaluated."""
        raise NotImplementedError

    def key(self, node: Node | None) -> ir.Expr:
        """The key of a property: a text Constant unless it is computed."""
        raise NotImplementedError

    # ---- patterns

    def pattern(self, node: Node | None) -> ir.Pattern:
        """What a declaration, parameter or assignment binds."""
        if node is None:
            return ir.Opaque(1, 1, [], "no target")
        while node.type in TRANSPARENT and node.named_child_count:
            node = node.named_children[0]
        if self.depth >= ir.DEPTH:
            return self.too_deep(node)
        self.depth += 1
        result = self._pattern(node)
        self.depth -= 1
        return result

    def _pattern(self, node: Node) -> ir.Pattern:
        row, column = node.start_point
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern", "undefined"):
            found = self.block.find(text(node))
            return ir.Name(row + 1, column + 1, found[1] if found else text(node))
        if kind in ("member_expression", "subscript_expression"):
            value = self.expression(node)
            return value if isinstance(value, ir.Attribute | ir.Index) else ir.Opaque(row + 1, column + 1, [value], kind)
        if kind in ("array_pattern", "array"):
            return ir.ListPattern(row + 1, column + 1, self._items(node))
        if kind in ("object_pattern", "object"):
            return self._object_pattern(node)
        if kind in ("rest_pattern", "spread_element"):
            return self.pattern(first_of(node))
        if kind in ("assignment_pattern", "object_assignment_pattern", "assignment_expression"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return ir.DefaultPattern(row + 1, column + 1, self.pattern(left), self.expression(right))
        return self.opaque(node, kind)

    def _items(self, node: Node) -> list[ir.Pattern | None]:
        items: list[ir.Pattern | None] = []
        hole = True
        for child in node.children[1:-1]:
            if child.type == ",":
                if hole:
                    items.append(None)
                hole = True
            elif child.type in ("rest_pattern", "spread_element"):
                row, column = child.start_point
                inner = self.pattern(first_of(child))
                if isinstance(inner, ir.Name | ir.Attribute | ir.Index):
                    items.append(ir.Spread(row + 1, column + 1, inner))
                hole = False
            elif child.type != "comment":
                items.append(self.pattern(child))
                hole = False
        return items

    def _object_pattern(self, node: Node) -> ir.Pattern:
        row, column = node.start_point
        entries: list[tuple[ir.Expr, ir.Pattern]] = []
        rest: ir.Pattern | None = None
        for child in node.named_children:
            kind = child.type
            if kind in ("pair_pattern", "pair"):
                entries.append((self.key(child.child_by_field_name("key")), self.pattern(child.child_by_field_name("value"))))
            elif kind in ("shorthand_property_identifier_pattern", "shorthand_property_identifier"):
                line, place = child.start_point
                found = self.block.find(text(child))
                name = ir.Name(line + 1, place + 1, found[1] if found else text(child))
                entries.append((ir.Constant(line + 1, place + 1, text(child)), name))
            elif kind == "object_assignment_pattern":
                line, place = child.start_point
                left = child.child_by_field_name("left")
                name_text = text(left) if left else ""
                default = self.expression(child.child_by_field_name("right"))
                pattern = ir.DefaultPattern(line + 1, place + 1, self.pattern(left), default)
                entries.append((ir.Constant(line + 1, place + 1, name_text), pattern))
            elif kind in ("rest_pattern", "spread_element"):
                rest = self.pattern(first_of(child))
        return ir.DictPattern(row + 1, column + 1, entries, rest)


def first_of(node: Node) -> Node | None:
    """The first named child that is no comment."""
    return next((child for child in node.named_children if child.type != "comment"), None)
