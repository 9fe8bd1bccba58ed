"""Python expressions to the common tree."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from .. import ir
from .literals import number, prefix_of, to_bytes, unescape

if TYPE_CHECKING:
    from tree_sitter import Node

_COMPARE = {"is not": "is-not", "not in": "not-in", "<>": "!="}
_HEADS = {"call": "function", "attribute": "object", "subscript": "value"}


class Scope:
    """The names that the function being lowered binds, those it takes from outside, and whether functions are made in it."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.outer: set[str] = set()
        self.inner = False


class Expressions:
    """Lowers expressions and patterns; statements are added by a subclass."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = [Scope()]
        self.problems: list[str] = []
        self.depth = 0
        self.limit = ir.DEPTH
        self._table: dict[str, Callable[[Node], ir.Expr]] = {
            "identifier": self._name,
            "integer": lambda n: ir.Constant(*at(n), number(text(n))),
            "float": lambda n: ir.Constant(*at(n), number(text(n))),
            "true": lambda n: ir.Constant(*at(n), True),
            "false": lambda n: ir.Constant(*at(n), False),
            "none": lambda n: ir.Constant(*at(n), None),
            "ellipsis": lambda n: ir.Constant(*at(n), None),
            "string": self._string,
            "concatenated_string": self._string,
            "attribute": self._chain,
            "subscript": self._chain,
            "call": self._chain,
            "binary_operator": self._binary,
            "boolean_operator": self._boolean,
            "comparison_operator": self._compare,
            "not_operator": lambda n: ir.Unary(*at(n), "not", self.field(n, "argument")),
            "unary_operator": self._unary,
            "conditional_expression": self._conditional,
            "list": lambda n: ir.Sequence(*at(n), self.all(n), "list"),
            "tuple": lambda n: ir.Sequence(*at(n), self.all(n), "tuple"),
            "expression_list": lambda n: ir.Sequence(*at(n), self.all(n), "tuple"),
            "pattern_list": lambda n: ir.Sequence(*at(n), self.all(n), "tuple"),
            "set": lambda n: ir.Sequence(*at(n), self.all(n), "set"),
            "dictionary": self._dictionary,
            "list_splat": lambda n: ir.Spread(*at(n), self.first(n)),
            "parenthesized_list_splat": lambda n: ir.Spread(*at(n), self.first(n)),
            "parenthesized_expression": self.first,
            "await": lambda n: ir.Await(*at(n), self.first(n)),
            "yield": self._yield,
            "lambda": self._lambda,
            "named_expression": self._named,
            "list_comprehension": lambda n: self._comprehension(n, "list"),
            "set_comprehension": lambda n: self._comprehension(n, "set"),
            "dictionary_comprehension": lambda n: self._comprehension(n, "dict"),
            "generator_expression": lambda n: self._comprehension(n, "generator"),
            "type": self.first,
            "generic_type": self._generic_type,
            "union_type": lambda n: ir.Sequence(*at(n), self.all(n), "tuple"),
            "member_type": lambda n: ir.Sequence(*at(n), self.all(n), "tuple"),
            "as_pattern": self.first,
        }

    def expression(self, node: "Node | None", place: "Node | None" = None) -> ir.Expr:
        """The expression `node`; None where the source has a gap."""
        if node is None:
            return ir.Constant(*(at(place) if place is not None else (1, 1)), None)
        lower = self._table.get(node.type)
        if self.depth >= self.limit:
            self.problem("nested too deeply", node)
            return ir.Opaque(*at(node), [], "nested too deeply")
        self.depth += 1
        try:
            if lower is not None:
                return lower(node)
            return ir.Opaque(*at(node), self.all(node) if node.type == "ERROR" else [], node.type)
        finally:
            self.depth -= 1

    def problem(self, what: str, node: "Node") -> None:
        """Notes what was not lowered; the first few are enough."""
        if len(self.problems) < 5:
            self.problems.append(f"line {at(node)[0]}: {what}")

    def field(self, node: "Node", name: str) -> ir.Expr:
        """The expression in a named field."""
        return self.expression(node.child_by_field_name(name), node)

    def first(self, node: "Node") -> ir.Expr:
        """The first expression inside."""
        return self.expression(next(iter(named(node)), None), node)

    def all(self, node: "Node") -> list[ir.Expr]:
        """All expressions inside."""
        return [self.expression(child) for child in named(node)]

    def bind(self, name: str) -> None:
        """Notes that the current function binds a name."""
        self.scopes[-1].bound.add(name)

    def _name(self, node: "Node") -> ir.Expr:
        return ir.Name(*at(node), text(node))

    def _chain(self, node: "Node") -> ir.Expr:
        """Calls, attributes and subscripts one after the other, without recursion along the chain."""
        links = []
        head: Node | None = node
        while head is not None and head.type in _HEADS:
            links.append(head)
            head = head.child_by_field_name(_HEADS[head.type])
        value = self.expression(head, node)
        for link in reversed(links):
            value = self._link(link, value)
        return value

    def _link(self, link: "Node", value: ir.Expr) -> ir.Expr:
        place = (value.line, value.column)
        if link.type == "attribute":
            name = link.child_by_field_name("attribute")
            return ir.Attribute(*place, value, text(name) if name is not None else "")
        if link.type == "call":
            return ir.Call(*place, value, self.arguments(link.child_by_field_name("arguments")))
        parts = [child for child in link.children_by_field_name("subscript") if child.is_named]
        if len(parts) == 1 and parts[0].type == "slice":
            return ir.Slice(*place, value, *self._slice(parts[0]))
        if len(parts) == 1:
            return ir.Index(*place, value, self.expression(parts[0]))
        return ir.Index(*place, value, ir.Sequence(*at(link), [self._subscript(part) for part in parts], "tuple"))

    def _subscript(self, node: "Node") -> ir.Expr:
        if node.type == "slice":
            return ir.Opaque(*at(node), [part for part in self._slice(node) if part is not None], "slice")
        return self.expression(node)

    def _slice(self, node: "Node") -> list[ir.Expr | None]:
        parts: list[ir.Expr | None] = [None, None, None]
        place = 0
        for child in node.children:
            if child.type == ":":
                place += 1
            elif child.is_named and place < 3:
                parts[place] = self.expression(child)
        return parts

    def arguments(self, node: "Node | None") -> list[ir.Argument]:
        """The arguments of a call or the bases of a class."""
        if node is None:
            return []
        if node.type == "generator_expression":
            return [ir.Argument(*at(node), self.expression(node))]
        return [self._argument(child) for child in named(node)]

    def _argument(self, node: "Node") -> ir.Argument:
        if node.type == "keyword_argument":
            name = node.child_by_field_name("name")
            return ir.Argument(*at(node), self.field(node, "value"), text(name) if name is not None else "")
        if node.type in ("list_splat", "dictionary_splat"):
            return ir.Argument(*at(node), self.first(node), spread="*" if node.type == "list_splat" else "**")
        return ir.Argument(*at(node), self.expression(node))

    def _binary(self, node: "Node") -> ir.Expr:
        return self._left_deep(node, "binary_operator", lambda n, op, a, b: ir.Binary(a.line, a.column, op, a, b))

    def _left_deep(self, node: "Node", kind: str, build: "Callable[[Node, str, ir.Expr, ir.Expr], ir.Expr]") -> ir.Expr:
        links = []
        head: Node | None = node
        while head is not None and head.type == kind:
            links.append(head)
            head = head.child_by_field_name("left")
        value = self.expression(head, node)
        for link in reversed(links):
            operator = link.child_by_field_name("operator")
            value = build(link, text(operator) if operator is not None else "", value, self.field(link, "right"))
        return value

    def _boolean(self, node: "Node") -> ir.Expr:
        def build(link: "Node", op: str, left: ir.Expr, right: ir.Expr) -> ir.Expr:
            if isinstance(left, ir.Boolean) and left.op == op:
                left.values.append(right)
                return left
            return ir.Boolean(left.line, left.column, op, [left, right])

        return self._left_deep(node, "boolean_operator", build)

    def _compare(self, node: "Node") -> ir.Expr:
        operands = [self.expression(child) for child in named(node)]
        operators = [" ".join(text(child).split()) for child in node.children_by_field_name("operators")]
        if not operands or len(operators) != len(operands) - 1:
            return ir.Opaque(*at(node), operands, "comparison")
        rest = [(_COMPARE.get(op, op), operand) for op, operand in zip(operators, operands[1:], strict=True)]
        return ir.Compare(*at(node), operands[0], rest)

    def _unary(self, node: "Node") -> ir.Expr:
        operator = node.child_by_field_name("operator")
        operand = self.field(node, "argument")
        op = text(operator) if operator is not None else "-"
        if op == "-" and isinstance(operand, ir.Constant) and isinstance(operand.value, int | float):
            return ir.Constant(*at(node), -operand.value)
        return ir.Unary(*at(node), op, operand)

    def _conditional(self, node: "Node") -> ir.Expr:
        parts = self.all(node)
        if len(parts) != 3:
            return ir.Opaque(*at(node), parts, "conditional")
        return ir.Conditional(*at(node), parts[1], parts[0], parts[2])

    def _dictionary(self, node: "Node") -> ir.Expr:
        entries: list[tuple[ir.Expr | None, ir.Expr]] = []
        for child in named(node):
            if child.type == "pair":
                entries.append((self.field(child, "key"), self.field(child, "value")))
            else:
                entries.append((None, self.first(child)))
        return ir.Mapping(*at(node), entries)

    def _generic_type(self, node: "Node") -> ir.Expr:
        parts = named(node)
        inner = [self.expression(child) for part in parts[1:] for child in named(part)]
        return ir.Index(*at(node), self.expression(parts[0] if parts else None, node), ir.Sequence(*at(node), inner, "tuple"))

    def _yield(self, node: "Node") -> ir.Expr:
        inside = named(node)
        delegate = any(child.type == "from" for child in node.children)
        return ir.Yield(*at(node), self.expression(inside[0]) if inside else None, delegate)

    def _named(self, node: "Node") -> ir.Expr:
        name = node.child_by_field_name("name")
        target = self.pattern(name) if name is not None else ir.Name(*at(node), "")
        return ir.Assignment(*at(node), target, self.field(node, "value"))

    def _lambda(self, node: "Node") -> ir.Expr:
        self.scopes[-1].inner = True
        self.scopes.append(Scope())
        parameters = self.parameters(node.child_by_field_name("parameters"))
        body = node.child_by_field_name("body")
        result: list[ir.Stmt] = [ir.Return(*at(body or node), self.expression(body, node))]
        scope = self.scopes.pop()
        function = ir.Function(*at(node), "", parameters, result, frozenset(scope.bound), "arrow", has_inner=scope.inner)
        return ir.Lambda(*at(node), function)

    def _comprehension(self, node: "Node", kind: str) -> ir.Expr:
        clauses: list[ir.Clause] = []
        body = node.child_by_field_name("body")
        for child in named(node):
            if child.type == "for_in_clause":
                left = child.child_by_field_name("left")
                iterables = [part for part in child.children_by_field_name("right") if part.is_named]
                target = self.pattern(left) if left is not None else ir.Name(*at(child), "")
                clauses.append(ir.Clause(*at(child), target, self.expression(iterables[0] if iterables else None, child), []))
            elif child.type == "if_clause" and clauses:
                clauses[-1].conditions.append(self.first(child))
        if body is not None and body.type == "pair":
            return ir.Comprehension(*at(node), kind, self.field(body, "key"), clauses, self.field(body, "value"))
        return ir.Comprehension(*at(node), kind, self.expression(body, node), clauses)

    # ---- texts

    def _string(self, node: "Node") -> ir.Expr:
        pieces = named(node) if node.type == "concatenated_string" else [node]
        parts: list[ir.Expr] = []
        buffer: list[str] = []
        is_bytes = False
        for piece in pieces:
            start = piece.children[0] if piece.children else piece
            prefix = prefix_of(text(start))
            is_bytes = is_bytes or "b" in prefix
            for child in piece.children[1:]:
                if child.type == "interpolation":
                    self._flush(buffer, parts, node)
                    parts.append(self.field(child, "expression"))
                elif child.type == "string_content":
                    buffer.append(_content(child, prefix))
                elif child.type == "escape_interpolation":
                    buffer.append(text(child)[:1])
        if parts:
            self._flush(buffer, parts, node)
            return ir.Template(*at(node), parts)
        value = "".join(buffer)
        return ir.Constant(*at(node), to_bytes(value) if is_bytes else value)

    def _flush(self, buffer: list[str], parts: list[ir.Expr], node: "Node") -> None:
        if buffer:
            parts.append(ir.Constant(*at(node), "".join(buffer)))
            buffer.clear()

    # ---- patterns

    def pattern(self, node: "Node") -> ir.Pattern:
        """What an assignment to `node` binds."""
        kind = node.type
        if self.depth >= self.limit:
            self.problem("nested too deeply", node)
            return ir.Opaque(*at(node), [], "nested too deeply")
        self.depth += 1
        try:
            if kind == "identifier":
                self.bind(text(node))
                return ir.Name(*at(node), text(node))
            if kind in ("pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list"):
                return ir.ListPattern(*at(node), [self.pattern(child) for child in named(node)])
            if kind in ("list_splat_pattern", "list_splat", "dictionary_splat_pattern"):
                inside = named(node)
                return ir.Spread(*at(node), cast(ir.Expr, self.pattern(inside[0]))) if inside else ir.Opaque(*at(node), [])
            if kind in ("parenthesized_expression", "as_pattern_target") and named(node):
                return self.pattern(named(node)[0])
            lowered = self.expression(node)
            return lowered if isinstance(lowered, ir.Attribute | ir.Index | ir.Slice) else ir.Opaque(*at(node), [lowered])
        finally:
            self.depth -= 1

    # ---- parameters

    def parameters(self, node: "Node | None") -> list[ir.Parameter]:
        """The parameters of a function, bound in the current scope."""
        found: list[ir.Parameter] = []
        after_star = False
        for child in named(node) if node is not None else []:
            if child.type == "positional_separator":
                for parameter in found:
                    parameter.kind = "positional"
            elif child.type == "keyword_separator":
                after_star = True
            else:
                found.append(self._parameter(child, after_star))
                after_star = after_star or found[-1].kind == "rest"
        return found

    def _parameter(self, node: "Node", after_star: bool) -> ir.Parameter:
        inner = node
        if node.type in ("typed_parameter", "typed_default_parameter", "default_parameter"):
            inner = node.child_by_field_name("name") or next(iter(named(node)), node)
        kind = {"list_splat_pattern": "rest", "dictionary_splat_pattern": "keywords"}.get(inner.type)
        if kind:
            inner = next(iter(named(inner)), inner)
        default = node.child_by_field_name("value")
        annotation = node.child_by_field_name("type")
        target = self.pattern(inner)
        return ir.Parameter(
            *at(node),
            target,
            None if default is None else self.expression(default),
            kind or ("keyword" if after_star else "normal"),
            None if annotation is None else self.expression(annotation),
        )


def at(node: "Node") -> tuple[int, int]:
    """Line and column of a node, from 1."""
    point = node.start_point
    return point.row + 1, point.column + 1


def text(node: "Node") -> str:
    """The source of a small node."""
    return (node.text or b"").decode("utf-8", "replace")


def named(node: "Node") -> "list[Node]":
    """The parts of a node that mean something."""
    return [child for child in node.named_children if child.type not in ("comment", "line_continuation")]


def _content(node: "Node", prefix: str) -> str:
    body = text(node)
    if "f" in prefix or "t" in prefix:
        body = body.replace("{{", "{").replace("}}", "}")
    return body if "r" in prefix else unescape(body, "b" in prefix)
