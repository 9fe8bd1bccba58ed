"""What compilers leave behind: helpers of TypeScript, Babel and tslib, and async functions taken apart into state machines.

Helpers are known by their names, which compilers keep. A state machine (``__generator``, ``regenerator``) becomes its pieces in
order, each of them run or not: what flows is kept, the conditions under which are not.
"""

from tree_sitter import Node

from .. import ir
from .functions import LazyFunction, Made
from .scopes import Block, FunctionScope, hoisted, lexical, text
from .statements import Statements

_SAME = frozenset({
    "__importDefault", "__importStar", "__toESM", "_interopRequireDefault", "_interopRequireWildcard", "_interopDefault",
    "_interopNamespace", "_interopDefaultLegacy", "_interopNamespaceDefault", "__rest", "__values", "__read", "__name",
    "__asyncValues", "_slicedToArray", "_toConsumableArray", "_toArray", "_objectWithoutProperties", "__toCommonJS",
    "getDefaultExportFromCjs", "_mergeNamespaces", "_objectWithoutPropertiesLoose", "__makeTemplateObject",
})  # fmt: skip
"""Helpers whose result is their first argument, as far as flows go."""
_MERGES = frozenset({"__assign", "_extends", "_objectSpread", "_objectSpread2", "__spreadValues", "__spreadProps"})
_NOTHING = frozenset({"_classCallCheck", "__decorate", "__metadata", "__param", "_createClass", "__copyProps", "__reExport"})
_ASYNC = frozenset({"__awaiter", "_asyncToGenerator", "__async"})
_MACHINES = frozenset({"__generator"})
_SENT = "%sent"


class Compiled(Statements):
    """Lowers files that a compiler wrote, and all others."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.calls.update(dict.fromkeys(_SAME, self._same))
        self.calls.update(dict.fromkeys(_MERGES, self._merge))
        self.calls.update(dict.fromkeys(_NOTHING, self._nothing))
        self.calls.update(dict.fromkeys(_ASYNC, self._awaiter))
        self.calls.update(dict.fromkeys(_MACHINES, self._generator))
        self.calls.update({"__exportStar": self._export_star, "__spreadArray": self._spread, "__spreadArrays": self._spread})
        self.calls.update({"wrap": self._regenerator, "m": self._regenerator, "mark": self._marked})

    # ---- helpers

    def _same(self, function: Node, values: list[Node]) -> ir.Expr | None:
        return self.expression(values[0]) if values else None

    def _merge(self, function: Node, values: list[Node]) -> ir.Expr | None:
        row, column = function.start_point
        entries: list[tuple[ir.Expr | None, ir.Expr]] = [(None, self.expression(value)) for value in values]
        return ir.Mapping(row + 1, column + 1, entries)

    def _nothing(self, function: Node, values: list[Node]) -> ir.Expr | None:
        row, column = function.start_point
        return ir.Constant(row + 1, column + 1, None, True)

    def _spread(self, function: Node, values: list[Node]) -> ir.Expr | None:
        row, column = function.start_point
        parts = [value for value in values if value.type not in ("true", "false", "unary_expression")]
        return ir.Sequence(row + 1, column + 1, [ir.Spread(row + 1, column + 1, self.expression(value)) for value in parts])

    def _export_star(self, function: Node, values: list[Node]) -> ir.Expr | None:
        if len(values) != 2:
            return None
        row, column = function.start_point
        assign = ir.Attribute(row + 1, column + 1, ir.Name(row + 1, column + 1, "Object"), "assign")
        both = [ir.Argument(row + 1, column + 1, self.expression(value)) for value in reversed(values)]
        return ir.Call(row + 1, column + 1, assign, both)

    # ---- async functions

    def _awaiter(self, function: Node, values: list[Node]) -> ir.Expr | None:
        """``__awaiter(this, …, function* () {})`` calls an async function, ``_asyncToGenerator(function* () {})`` makes one."""
        if not values:
            return None
        row, column = function.start_point
        body = _unwrapped(values[-1])
        if body.type not in ("generator_function", "function_expression"):
            return None
        made = self.function(body, awaiting=True)
        value = ir.Lambda(row + 1, column + 1, made)
        if len(values) == 1:
            return value
        made.kind = "arrow"
        return ir.Call(row + 1, column + 1, value, [])

    def _marked(self, function: Node, values: list[Node]) -> ir.Expr | None:
        """``regeneratorRuntime.mark(function …)``."""
        return self.expression(values[0]) if len(values) == 1 and values[0].type == "function_expression" else None

    def _generator(self, function: Node, values: list[Node]) -> ir.Expr | None:
        return self._machine(values[-1]) if values else None

    def _regenerator(self, function: Node, values: list[Node]) -> ir.Expr | None:
        """``regeneratorRuntime.wrap(function (context) { while (1) switch (…) })``."""
        if not values or values[0].type != "function_expression" or b"regenerator" not in (function.text or b"")[:200]:
            return None
        return self._machine(values[0])

    def _machine(self, node: Node) -> ir.Expr | None:
        """A call of the function whose pieces the state machine runs."""
        parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
        if node.type != "function_expression" or parameters is None or body is None or parameters.named_child_count != 1:
            return None
        row, column = node.start_point
        context, block, depth = text(parameters.named_children[0]), Block(FunctionScope(), self.block), self.depth

        def make() -> Made:
            before, self.block, old_depth, self.depth = self.block, block, self.depth, depth
            machine, self.machine = self.machine, context
            try:
                for name in (*hoisted(body.named_children), *lexical(body.named_children), _SENT):
                    block.declare(name, keep=True)
                return self._pieces(body), frozenset(block.owner.bound)
            finally:
                self.block, self.depth, self.machine = before, old_depth, machine

        made = LazyFunction(row + 1, column + 1, "", [], [], kind="arrow", is_async=True, make=make)
        return ir.Call(row + 1, column + 1, ir.Lambda(row + 1, column + 1, made), [])

    def _pieces(self, body: Node) -> list[ir.Stmt]:
        arms: list[Node] = []
        other: list[Node] = []
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type in ("switch_case", "switch_default"):
                arms.append(node)
            elif node.type in ("statement_block", "while_statement", "for_statement", "switch_statement", "switch_body"):
                stack.extend(reversed(node.named_children))
            else:
                other.append(node)
        made = self.statements([node for node in other if node.type.endswith(("_declaration", "expression_statement"))])
        for arm in arms:
            row, column = arm.start_point
            inside = [child for child in arm.children_by_field_name("body") if child.is_named and child.type != "comment"]
            unknown = ir.Opaque(row + 1, column + 1, [], "state")
            if arm.type == "switch_case" and text(arm).startswith("case 0:"):
                made += self.statements(inside)
            else:
                made.append(ir.If(row + 1, column + 1, unknown, self.statements(inside), []))
        return made

    # ---- inside of a state machine

    def statement(self, node: Node, into: list[ir.Stmt]) -> None:
        """As for any file; the returns of a state machine are its awaits and jumps."""
        if self.machine and node.type == "return_statement" and self._machine_return(node, into):
            return
        if self.machine and node.type == "break_statement":
            return
        super().statement(node, into)

    def _machine_return(self, node: Node, into: list[ir.Stmt]) -> bool:
        row, column = node.start_point
        value = next((child for child in node.named_children if child.type != "comment"), None)
        if value is None:
            return False
        if value.type == "array":
            parts = [child for child in value.named_children if child.type != "comment"]
            code = text(parts[0]) if parts else ""
            if code == "2":
                into.append(ir.Return(row + 1, column + 1, self.expression(parts[1]) if len(parts) > 1 else None))
            elif code in ("4", "5") and len(parts) > 1:
                self._sent(node, parts[1], into)
            return True
        function = value.child_by_field_name("function") if value.type == "call_expression" else None
        given = value.child_by_field_name("arguments") if function else None
        if function is not None and given is not None and text(function) in (f"{self.machine}.abrupt", f"{self.machine}.a"):
            parts = given.named_children
            if len(parts) > 1 and text(parts[0]) in ('"return"', "'return'", "2"):
                into.append(ir.Return(row + 1, column + 1, self.expression(parts[1])))
            return True
        self._sent(node, value, into)
        return True

    def _sent(self, node: Node, value: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        waited = ir.Await(row + 1, column + 1, self.expression(value))
        into.append(ir.Assign(row + 1, column + 1, [ir.Name(row + 1, column + 1, _SENT)], waited))

    def _member(self, node: Node) -> ir.Expr:
        """As for any file; ``context.sent`` is what was waited for."""
        if self.machine and text(node) in (f"{self.machine}.sent", f"{self.machine}.v"):
            row, column = node.start_point
            return ir.Name(row + 1, column + 1, _SENT)
        return super()._member(node)

    def _call(self, node: Node) -> ir.Expr:
        """As for any file; ``context.sent()`` is what was waited for."""
        if self.machine and text(node) == f"{self.machine}.sent()":
            row, column = node.start_point
            return ir.Name(row + 1, column + 1, _SENT)
        return super()._call(node)


def _unwrapped(node: Node) -> Node:
    """The function in ``regeneratorRuntime.mark(function …)``."""
    given = node.child_by_field_name("arguments") if node.type == "call_expression" else None
    return given.named_children[0] if given is not None and given.named_child_count == 1 else node
