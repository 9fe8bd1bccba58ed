"""Expressions and patterns of JavaScript and TypeScript, lowered to the common tree."""

from collections.abc import Callable

from tree_sitter import Node

from .. import ir
from .literals import number, unescape
from .patterns import TRANSPARENT, Patterns, first_of
from .scopes import text

ARITHMETIC = frozenset(["+", "-", "*", "/", "%", "**", "<<", ">>", ">>>", "&", "|", "^"])
_COMPARE = {"==": "==", "===": "==", "!=": "!=", "!==": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in"}
_LOGICAL = {"&&": "and", "||": "or", "??": "??"}
_FUNCTIONS = frozenset(["arrow_function", "function_expression", "generator_function", "function"])
_MOST_EXPRESSIONS = 300_000
_REQUIRES = frozenset(["require", "__require", "__non_webpack_require__"])


class Expressions(Patterns):
    """Lowers expressions; statements and functions are added by the classes on top of it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.calls: dict[str, Callable[[Node, list[Node]], ir.Expr | None]] = {}
        """Calls that are lowered in their own way, by the name of the function: helpers of compilers and bundlers."""
        self._lower: dict[str, Callable[[Node], ir.Expr]] = {kind: getattr(self, name) for kind, name in _EXPRESSIONS.items()}

    # ---- names

    def name_at(self, node: Node, identifier: str) -> ir.Expr:
        """A use of a name."""
        row, column = node.start_point
        found = self.block.find(identifier)
        if found:
            return ir.Name(row + 1, column + 1, found[1])
        if identifier == "undefined":
            return ir.Constant(row + 1, column + 1, None, True)
        if identifier == "__dirname":
            return ir.Constant(row + 1, column + 1, self.path.rpartition("/")[0])
        if identifier == "__filename":
            return ir.Constant(row + 1, column + 1, self.path)
        return ir.Name(row + 1, column + 1, identifier)

    def is_require(self, node: Node) -> bool:
        """Whether an expression is Node's ``require``, also one made with ``createRequire`` at the top of a file."""
        if node.type == "call_expression":
            maker = node.child_by_field_name("function")
            return maker is not None and (maker.text or b"")[-60:].endswith(b"createRequire")
        if node.type != "identifier" or text(node) not in _REQUIRES:
            return False
        found = self.block.find(text(node))
        return found is None or found[0].parent is None

    # ---- expressions

    def expression(self, node: Node | None) -> ir.Expr:
        """Any expression."""
        if node is None:
            return ir.Constant(1, 1, None, True)
        while node.type in TRANSPARENT or node.type == "type_assertion":
            inner = [child for child in node.named_children if child.type != "comment"]
            if not inner:
                return self.opaque(node, "empty")
            node = inner[-1 if node.type == "type_assertion" else 0]
        if self.depth >= ir.DEPTH:
            return self.too_deep(node)
        self.lowered += 1
        if self.lowered > _MOST_EXPRESSIONS:
            return self.too_much(node)
        self.depth += 1
        lower = self._lower.get(node.type)
        result = lower(node) if lower else self.opaque(node, node.type)
        self.depth -= 1
        return result

    def too_much(self, node: Node) -> ir.Opaque:
        """What stands for the rest of a file that holds more code than is looked at."""
        self.problem("more code than is looked at in one file: a part was left out")
        row, column = node.start_point
        return ir.Opaque(row + 1, column + 1, [], "too much")

    def opaque(self, node: Node, what: str) -> ir.Opaque:
        """Something that has no node of its own: its parts are evaluated."""
        row, column = node.start_point
        known = [child for child in node.named_children if child.type in _EXPRESSIONS or child.type in TRANSPARENT]
        parts = [self.expression(child) for child in known]
        return ir.Opaque(row + 1, column + 1, parts, what)

    def _identifier(self, node: Node) -> ir.Expr:
        return self.name_at(node, text(node))

    def _this(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        return ir.Name(row + 1, column + 1, node.type)

    def _literal(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        kind = node.type
        if kind == "number":
            return ir.Constant(row + 1, column + 1, number(text(node)))
        if kind in ("true", "false"):
            return ir.Constant(row + 1, column + 1, kind == "true")
        return ir.Constant(row + 1, column + 1, None, kind == "undefined")

    def string(self, node: Node) -> ir.Constant:
        """A quoted text."""
        row, column = node.start_point
        return ir.Constant(row + 1, column + 1, unescape(text(node)[1:-1]))

    def template(self, node: Node) -> ir.Expr:
        """A template; one without holes is a Constant."""
        row, column = node.start_point
        parts: list[ir.Expr] = []
        source = node.text or b""
        at = node.start_byte + 1
        for child in node.named_children:
            if child.type != "template_substitution":
                continue
            self._text_part(parts, child, source[at - node.start_byte : child.start_byte - node.start_byte])
            inner = child.named_children
            if inner:
                parts.append(self.expression(inner[0]))
            at = child.end_byte
        self._text_part(parts, node, source[at - node.start_byte : -1])
        if not parts:
            return ir.Constant(row + 1, column + 1, "")
        if len(parts) == 1 and isinstance(parts[0], ir.Constant) and isinstance(parts[0].value, str):
            return ir.Constant(row + 1, column + 1, parts[0].value)
        return ir.Template(row + 1, column + 1, parts)

    def _text_part(self, parts: list[ir.Expr], node: Node, source: bytes) -> None:
        if source:
            row, column = node.start_point
            parts.append(ir.Constant(row + 1, column + 1, unescape(source.decode("utf-8", "replace"))))

    def _regex(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        pattern, flags = node.child_by_field_name("pattern"), node.child_by_field_name("flags")
        return ir.Regex(row + 1, column + 1, text(pattern) if pattern else "", text(flags) if flags else "")

    def _member(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        value, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if value is None or name is None:
            return self.opaque(node, "member")
        if value.type == "import":
            return ir.Name(row + 1, column + 1, "import.meta")
        if value.type in ("meta_property", "member_expression") and text(value) == "import.meta":
            known = {"url": f"file://{self.path}", "filename": self.path, "dirname": self.path.rpartition("/")[0]}.get(text(name))
            if known is not None:
                return ir.Constant(row + 1, column + 1, known)
        optional = node.child_by_field_name("optional_chain") is not None
        return ir.Attribute(row + 1, column + 1, self.expression(value), text(name), optional)

    def _subscript(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        value, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        optional = node.child_by_field_name("optional_chain") is not None
        target = self.expression(value)
        key = self.expression(index)
        if isinstance(key, ir.Constant) and isinstance(key.value, str):
            return ir.Attribute(row + 1, column + 1, target, key.value, optional)
        return ir.Index(row + 1, column + 1, target, key, optional)

    def arguments(self, node: Node | None) -> list[ir.Argument]:
        """The arguments of a call."""
        found: list[ir.Argument] = []
        for child in node.named_children if node else ():
            row, column = child.start_point
            if child.type == "spread_element":
                found.append(ir.Argument(row + 1, column + 1, self.expression(first_of(child)), "", "*"))
            elif child.type != "comment":
                found.append(ir.Argument(row + 1, column + 1, self.expression(child)))
        return found

    def _call(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None:
            return self.opaque(node, "call")
        if given is not None and given.type == "template_string":
            whole = self.template(given)
            whole = whole if isinstance(whole, ir.Template) else ir.Template(whole.line, whole.column, [whole])
            return ir.Call(
                row + 1, column + 1, self.expression(function), [ir.Argument(whole.line, whole.column, whole, "", "`")]
            )
        values = [child for child in given.named_children if child.type != "comment"] if given else []
        if function.type == "import" and values:
            return ir.DynamicImport(row + 1, column + 1, self.expression(values[0]))
        if len(values) == 1 and self.is_require(function):
            return ir.DynamicImport(row + 1, column + 1, self.expression(values[0]), True)
        waited = _awaited(function)
        if waited is not None:
            return ir.Await(row + 1, column + 1, self._waited_call(node, waited, values))
        special = self._special(function, values)
        if special:
            return special
        optional = node.child_by_field_name("optional_chain") is not None or any(c.type == "?." for c in node.children)
        return ir.Call(row + 1, column + 1, self.expression(_plain_function(function)), self.arguments(given), optional)

    def _waited_call(self, node: Node, waited: Node, values: list[Node]) -> ir.Expr:
        if waited.text == b"await":
            return self.expression(values[-1]) if values else self.opaque(node, "await")
        row, column = node.start_point
        return ir.Call(row + 1, column + 1, self.expression(waited), self.arguments(node.child_by_field_name("arguments")))

    def _special(self, function: Node, values: list[Node]) -> ir.Expr | None:
        if not self.calls:
            return None
        inner = _plain_function(function)
        name = inner.child_by_field_name("property") if inner.type == "member_expression" else inner
        name = inner if name is None or text(name) not in self.calls else name
        lower = self.calls.get(text(name)) if name.end_byte - name.start_byte < 60 else None
        return lower(inner, values) if lower else None

    def _new(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        function = self.expression(node.child_by_field_name("constructor"))
        return ir.Call(row + 1, column + 1, function, self.arguments(node.child_by_field_name("arguments")), False, True)

    def _binary(self, node: Node) -> ir.Expr:
        operator = _operator(node)
        if operator in _LOGICAL:
            return self._logical(node, operator)
        row, column = node.start_point
        if operator in ARITHMETIC:
            chain: list[tuple[str, Node]] = []
            while node.type == "binary_expression" and (operator := _operator(node)) in ARITHMETIC:
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if left is None or right is None:
                    break
                chain.append((operator, right))
                node = left
            value = self.expression(node) if chain else self.opaque(node, "binary")
            for operator, right in reversed(chain):
                value = ir.Binary(row + 1, column + 1, operator, value, self.expression(right))
            return value
        first, last = node.child_by_field_name("left"), node.child_by_field_name("right")
        op = _COMPARE.get(operator, "instanceof")
        if first is not None and first.type == "private_property_identifier":
            return self.opaque(node, "private in")
        return ir.Compare(row + 1, column + 1, self.expression(first), [(op, self.expression(last))])

    def _logical(self, node: Node, operator: str) -> ir.Expr:
        row, column = node.start_point
        operands: list[Node | None] = []
        at: Node | None = node
        while at is not None and at.type == "binary_expression" and _operator(at) == operator:
            operands.append(at.child_by_field_name("right"))
            at = at.child_by_field_name("left")
        operands.append(at)
        return ir.Boolean(row + 1, column + 1, _LOGICAL[operator], [self.expression(one) for one in reversed(operands)])

    def _unary(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        operator = _operator(node)
        argument = node.child_by_field_name("argument")
        if operator == "void" and argument is not None and argument.type == "number":
            return ir.Constant(row + 1, column + 1, None, True)
        value = self.expression(argument)
        if operator in ("-", "+") and isinstance(value, ir.Constant) and type(value.value) in (int, float):
            known = value.value
            return ir.Constant(row + 1, column + 1, -known if operator == "-" and isinstance(known, int | float) else known)
        if operator == "!" and isinstance(value, ir.Constant) and type(value.value) is int:
            return ir.Constant(row + 1, column + 1, not value.value)
        return ir.Unary(row + 1, column + 1, "not" if operator == "!" else operator, value)

    def _conditional(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        test, then, otherwise = (node.child_by_field_name(name) for name in ("condition", "consequence", "alternative"))
        return ir.Conditional(row + 1, column + 1, self.expression(test), self.expression(then), self.expression(otherwise))

    def _array(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        items: list[ir.Expr] = []
        for child in node.named_children:
            if self.lowered > _MOST_EXPRESSIONS:
                break
            if child.type == "spread_element":
                line, place = child.start_point
                items.append(ir.Spread(line + 1, place + 1, self.expression(first_of(child))))
            elif child.type != "comment":
                items.append(self.expression(child))
        return ir.Sequence(row + 1, column + 1, items)

    def _object(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        entries: list[tuple[ir.Expr | None, ir.Expr]] = []
        for child in node.named_children:
            kind = child.type
            if kind == "pair":
                value = child.child_by_field_name("value")
                entries.append((self.key(child.child_by_field_name("key")), self.named(value, child.child_by_field_name("key"))))
            elif kind == "shorthand_property_identifier":
                line, place = child.start_point
                entries.append((ir.Constant(line + 1, place + 1, text(child)), self.name_at(child, text(child))))
            elif kind == "spread_element":
                entries.append((None, self.expression(first_of(child))))
            elif kind == "method_definition":
                line, place = child.start_point
                name = child.child_by_field_name("name")
                function = self.function(child)
                entries.append((self.key(name), ir.Lambda(line + 1, place + 1, function)))
        return ir.Mapping(row + 1, column + 1, entries)

    def key(self, node: Node | None) -> ir.Expr:
        """The key of a property: a text Constant unless it is computed."""
        if node is None:
            return ir.Constant(1, 1, "")
        if node.type == "computed_property_name":
            return self.expression(first_of(node))
        row, column = node.start_point
        if node.type == "string":
            return self.string(node)
        if node.type == "number":
            return ir.Constant(row + 1, column + 1, str(number(text(node))))
        return ir.Constant(row + 1, column + 1, unescape(text(node)))

    def named(self, value: Node | None, name: Node | None) -> ir.Expr:
        """A value that takes the name of what it is assigned to, if it is a function."""
        if value is not None and value.type in _FUNCTIONS and name is not None and value.child_by_field_name("name") is None:
            row, column = value.start_point
            return ir.Lambda(row + 1, column + 1, self.function(value, text(name)[-60:].rpartition(".")[2]))
        return self.expression(value)

    def lambda_(self, node: Node) -> ir.Expr:
        """A function as a value."""
        row, column = node.start_point
        return ir.Lambda(row + 1, column + 1, self.function(node))

    def _class_value(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        return ir.ClassValue(row + 1, column + 1, self.class_of(node))

    def _await(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        return ir.Await(row + 1, column + 1, self.expression(first_of(node)))

    def _yield(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        value = first_of(node)
        if self.awaiting:
            return ir.Await(row + 1, column + 1, self.expression(value))
        every = any(child.type == "*" for child in node.children)
        return ir.Yield(row + 1, column + 1, self.expression(value) if value else None, every)

    def _assignment(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = ""
        if node.type == "augmented_assignment_expression":
            operator = _operator(node)[:-1]
            operator = _LOGICAL.get(operator, operator)
        return ir.Assignment(row + 1, column + 1, self.pattern(left), self.named(right, left), operator)

    def _update(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        operator = _operator(node)
        target = self.pattern(node.child_by_field_name("argument"))
        one = ir.Constant(row + 1, column + 1, 1)
        return ir.Assignment(row + 1, column + 1, target, one, operator[:1], node.children[0].type in ("++", "--"))

    def _comma(self, node: Node) -> ir.Expr:
        row, column = node.start_point
        return ir.Comma(row + 1, column + 1, [self.expression(child) for child in flat_sequence(node)])


def _operator(node: Node) -> str:
    found = node.child_by_field_name("operator")
    return found.type if found else ""


def _plain_function(function: Node) -> Node:
    """The function of ``(0, module.name)(…)``, which compilers write to call without ``this``."""
    if function.type == "parenthesized_expression":
        inner = first_of(function)
        if inner is not None and inner.type == "sequence_expression":
            parts = flat_sequence(inner)
            if len(parts) == 2 and parts[0].type == "number":
                return parts[1]
    return function


def _awaited(function: Node) -> Node | None:
    """What is called in ``await (0, module.name)(…)``, which the grammar takes for a call of a function `await`.

    The function itself for ``await (value)`` alone; None when there is no such thing.
    """
    if function.type == "identifier" and function.text == b"await":
        return function
    inner = function.child_by_field_name("function") if function.type == "call_expression" else None
    given = function.child_by_field_name("arguments") if inner is not None and inner.text == b"await" else None
    return given.named_children[-1] if given is not None and given.named_child_count else None


def flat_sequence(node: Node) -> list[Node]:
    """The operands of comma operators, in order, however the grammar nests them."""
    found: list[Node] = []
    stack = [node]
    while stack:
        at = stack.pop()
        if at.type == "sequence_expression":
            stack.extend(child for child in reversed(at.named_children) if child.type != "comment")
        else:
            found.append(at)
    return found


_EXPRESSIONS = {
    "identifier": "_identifier",
    "this": "_this",
    "super": "_this",
    "number": "_literal",
    "true": "_literal",
    "false": "_literal",
    "null": "_literal",
    "undefined": "_literal",
    "string": "string",
    "template_string": "template",
    "regex": "_regex",
    "member_expression": "_member",
    "subscript_expression": "_subscript",
    "call_expression": "_call",
    "new_expression": "_new",
    "binary_expression": "_binary",
    "unary_expression": "_unary",
    "ternary_expression": "_conditional",
    "array": "_array",
    "object": "_object",
    "arrow_function": "lambda_",
    "function_expression": "lambda_",
    "generator_function": "lambda_",
    "class": "_class_value",
    "await_expression": "_await",
    "yield_expression": "_yield",
    "assignment_expression": "_assignment",
    "augmented_assignment_expression": "_assignment",
    "update_expression": "_update",
    "sequence_expression": "_comma",
}
