"""Statements and modules of JavaScript and TypeScript, lowered to the common tree."""

from collections.abc import Callable, Iterable

from tree_sitter import Node

from .. import ir
from .expressions import flat_sequence
from .functions import Functions
from .scopes import CLASSES, FUNCTIONS, Block, FunctionScope, hoisted, identifiers, lexical, text

_PLAIN_REQUIRES = ("require",)
_MOST_STATEMENTS = 60_000
"""Statements at the top of a file; bundles have thousands."""
_LOGICAL = {"&&=": "and", "||=": "or", "??=": "??"}


class Statements(Functions):
    """Lowers the statements of one file."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.exports: list[ir.Stmt] = []

    # ---- blocks

    def program(self, root: Node) -> list[ir.Stmt]:
        """The statements of a module, imports and functions first, exports of names last."""
        self.block = Block(FunctionScope())
        if root.named_child_count > _MOST_STATEMENTS:
            self.too_much(root)
        nodes = _first_children(root) if root.named_child_count > _MOST_STATEMENTS else root.named_children
        for name in (*hoisted(nodes), *lexical(nodes)):
            self.block.declare(name, keep=True)
        made = self.statements(nodes)
        return made + self.exports

    def statements(self, nodes: list[Node]) -> list[ir.Stmt]:
        """Statements of a block whose names are declared, functions first."""
        first: list[ir.Stmt] = []
        rest: list[ir.Stmt] = []
        for node in nodes:
            kind = node.type
            if kind in FUNCTIONS or kind == "import_statement" or (kind == "export_statement" and _holds_function(node)):
                self.statement(node, first)
            else:
                self.statement(node, rest)
        return first + rest

    def scoped(self, nodes: list[Node]) -> list[ir.Stmt]:
        """Statements of a block that has names of its own."""
        self._enter(lexical(nodes))
        made = self.statements(nodes)
        self._leave()
        return made

    def _enter(self, names: Iterable[str]) -> None:
        self.block = Block(self.block.owner, self.block)
        for name in names:
            self.block.declare(name)

    def _leave(self) -> None:
        if self.block.parent is not None:
            self.block = self.block.parent

    def body(self, node: Node | None) -> list[ir.Stmt]:
        """The statements of a loop or branch: a block, or one statement."""
        if node is None:
            return []
        if node.type == "statement_block":
            return self.scoped(node.named_children)
        made: list[ir.Stmt] = []
        self.statement(node, made)
        return made

    def statement(self, node: Node, into: list[ir.Stmt]) -> None:
        """Lower one statement; it may give none or several."""
        if self.depth >= ir.DEPTH:
            row, column = node.start_point
            into.append(ir.Expression(row + 1, column + 1, self.too_deep(node)))
            return
        lower = _STATEMENTS.get(node.type)
        if lower:
            self.depth += 1
            lower(self, node, into)
            self.depth -= 1

    # ---- declarations and expressions

    def _declaration(self, node: Node, into: list[ir.Stmt]) -> None:
        for child in node.named_children:
            if child.type != "variable_declarator":
                continue
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is None:
                continue
            row, column = child.start_point
            if value is None:
                if node.type == "lexical_declaration":
                    missing = ir.Constant(row + 1, column + 1, None, True)
                    into.append(ir.Assign(row + 1, column + 1, [self.pattern(name)], missing))
                continue
            module = self._required(name, value)
            if module:
                into.append(ir.Import(row + 1, column + 1, module, [], self.block.find(text(name))[1], require=True))  # type: ignore[index]
                continue
            self._assign(into, child, [name], value)

    def _required(self, name: Node, value: Node) -> str:
        """The module of ``const name = require("module")``."""
        if name.type != "identifier" or value.type != "call_expression" or self.block.find(text(name)) is None:
            return ""
        function, given = value.child_by_field_name("function"), value.child_by_field_name("arguments")
        if function is None or given is None or given.named_child_count != 1 or text(function) not in _PLAIN_REQUIRES:
            return ""
        literal = given.named_children[0]
        return self.string(literal).value if literal.type == "string" and self.is_require(function) else ""  # type: ignore[return-value]

    def _assign(self, into: list[ir.Stmt], node: Node, targets: list[Node], value: Node) -> None:
        """Assignments, those behind the value's own equals signs included."""
        while value.type == "assignment_expression":
            left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
            if left is None or right is None:
                break
            targets.append(left)
            value = right
        row, column = node.start_point
        if value.type == "sequence_expression":
            parts = flat_sequence(value)
            for part in parts[:-1]:
                self.effect(part, into)
            value = parts[-1]
        lowered = self.named(value, targets[0])
        into.append(ir.Assign(row + 1, column + 1, [self.pattern(target) for target in targets], lowered))

    def _expression_statement(self, node: Node, into: list[ir.Stmt]) -> None:
        for child in node.named_children:
            if child.type == "internal_module":
                self.namespace(child, into)
            elif child.type != "comment":
                for part in flat_sequence(child):
                    self.effect(part, into)

    def effect(self, node: Node, into: list[ir.Stmt]) -> None:
        """An expression whose value nobody needs: minified branches become branches again."""
        while node.type == "parenthesized_expression" and node.named_child_count == 1:
            node = node.named_children[0]
        row, column = node.start_point
        kind = node.type
        if kind == "sequence_expression":
            for part in flat_sequence(node):
                self.effect(part, into)
        elif self.depth >= ir.DEPTH:
            into.append(ir.Expression(row + 1, column + 1, self.too_deep(node)))
        elif kind == "assignment_expression":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None:
                self._assign(into, node, [left], right)
        elif kind == "augmented_assignment_expression":
            operator = node.child_by_field_name("operator")
            op = operator.type if operator else "="
            target, value = self.pattern(node.child_by_field_name("left")), self.expression(node.child_by_field_name("right"))
            into.append(ir.AugmentedAssign(row + 1, column + 1, target, _LOGICAL.get(op, op[:-1]), value))
        elif kind == "update_expression":
            target = self.pattern(node.child_by_field_name("argument"))
            sign = "+" if any(child.type == "++" for child in node.children) else "-"
            into.append(ir.AugmentedAssign(row + 1, column + 1, target, sign, ir.Constant(row + 1, column + 1, 1)))
        elif kind == "unary_expression" and text(node)[:6] == "delete":
            into.append(ir.Delete(row + 1, column + 1, [self.expression(node.child_by_field_name("argument"))]))
        elif not self._branch(node, into):
            into.append(ir.Expression(row + 1, column + 1, self.expression(node)))

    def _branch(self, node: Node, into: list[ir.Stmt]) -> bool:
        """``a && b``, ``a || b`` and ``a ? b : c`` as statements."""
        row, column = node.start_point
        then: list[ir.Stmt] = []
        otherwise: list[ir.Stmt] = []
        if node.type == "ternary_expression":
            test, first, second = (node.child_by_field_name(name) for name in ("condition", "consequence", "alternative"))
        elif node.type == "binary_expression" and node.children[1].type in ("&&", "||"):
            test, first, second = node.child_by_field_name("left"), node.child_by_field_name("right"), None
            if node.children[1].type == "||":
                first, second = second, first
        else:
            return False
        if test is None:
            return False
        self.depth += 1
        condition = self._test(test, into)
        if first is not None:
            self.effect(first, then)
        if second is not None:
            self.effect(second, otherwise)
        self.depth -= 1
        into.append(ir.If(row + 1, column + 1, condition, then, otherwise))
        return True

    def _test(self, node: Node | None, into: list[ir.Stmt]) -> ir.Expr:
        """A condition; what stands before its last comma becomes statements."""
        while node is not None and node.type == "parenthesized_expression" and node.named_child_count == 1:
            node = node.named_children[0]
        if node is not None and node.type == "sequence_expression":
            parts = flat_sequence(node)
            for part in parts[:-1]:
                self.effect(part, into)
            node = parts[-1]
        return self.expression(node)

    # ---- branches and loops

    def _if(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        test = self._test(node.child_by_field_name("condition"), into)
        alternative = node.child_by_field_name("alternative")
        inner = next((c for c in alternative.named_children if c.type != "comment"), None) if alternative else None
        then = self.body(node.child_by_field_name("consequence"))
        into.append(ir.If(row + 1, column + 1, test, then, self.body(inner)))

    def _for_in(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        iterable = self.expression(right)
        words = {child.type for child in node.children}
        self._enter(identifiers(left) if left and words & {"let", "const"} else [])
        over = "values" if "of" in words else "keys"
        target = self.pattern(left)
        into.append(ir.For(row + 1, column + 1, target, iterable, self.body(node.child_by_field_name("body")), [], over))
        self._leave()

    def _for(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        start = node.child_by_field_name("initializer")
        self._enter(lexical([start]) if start else [])
        if start is not None:
            self.statement(start, into)
            if start.type not in _STATEMENTS:
                self.effect(start, into)
        condition = node.child_by_field_name("condition")
        if condition is not None and condition.type == "expression_statement":
            condition = condition.named_children[0] if condition.named_child_count else None
        missing = condition is None or condition.type == "empty_statement"
        test: ir.Expr = ir.Constant(row + 1, column + 1, True) if missing else self.expression(condition)
        step = node.child_by_field_name("increment")
        update = [self.expression(part) for part in flat_sequence(step)] if step else []
        into.append(ir.While(row + 1, column + 1, test, self.body(node.child_by_field_name("body")), [], update))
        self._leave()

    def _while(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        first = node.type == "do_statement"
        body = self.body(node.child_by_field_name("body"))
        test = self.expression(node.child_by_field_name("condition"))
        into.append(ir.While(row + 1, column + 1, test, body, [], [], first))

    def _switch(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        subject = self._test(node.child_by_field_name("value"), into)
        body = node.child_by_field_name("body")
        arms = [child for child in body.named_children if child.type != "comment"] if body else []
        inside = {arm.id: _arm(arm) for arm in arms}
        self._enter(lexical([statement for statements in inside.values() for statement in statements]))
        cases = []
        for arm in arms:
            line, place = arm.start_point
            value = arm.child_by_field_name("value")
            tests = [self.expression(value)] if value is not None else []
            cases.append(ir.Case(line + 1, place + 1, tests, self.statements(inside[arm.id])))
        self._leave()
        into.append(ir.Switch(row + 1, column + 1, subject, cases, True))

    def _try(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        body = self.body(node.child_by_field_name("body"))
        handlers: list[ir.Handler] = []
        final: list[ir.Stmt] = []
        for child in node.named_children:
            line, place = child.start_point
            if child.type == "catch_clause":
                parameter = child.child_by_field_name("parameter")
                self._enter(identifiers(parameter) if parameter else [])
                target = self.pattern(parameter) if parameter else None
                caught = self.body(child.child_by_field_name("body"))
                handlers.append(ir.Handler(line + 1, place + 1, None, target, caught))
                self._leave()
            elif child.type == "finally_clause":
                final = self.body(child.child_by_field_name("body"))
        into.append(ir.Try(row + 1, column + 1, body, handlers, [], final))

    def _labelled(self, node: Node, into: list[ir.Stmt]) -> None:
        self.statement(node.named_children[-1], into)

    def _jump(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        name = node.child_by_field_name("label")
        make = ir.Break if node.type == "break_statement" else ir.Continue
        into.append(make(row + 1, column + 1, text(name) if name else ""))

    def _result(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        inner = [child for child in node.named_children if child.type != "comment"]
        value = self._test(inner[0], into) if inner else None
        make = ir.Return if node.type == "return_statement" else ir.Raise
        into.append(make(row + 1, column + 1, value))

    def _block_of(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        into.append(ir.Block(row + 1, column + 1, self.scoped(node.named_children)))

    def broken(self, node: Node, into: list[ir.Stmt]) -> None:
        """Source that does not parse: what can be made out of it is kept."""
        for child in node.named_children:
            if child.type in _STATEMENTS:
                self.statement(child, into)

    # ---- definitions

    def _function_definition(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        function = self.function(node)
        found = self.block.find(function.name)
        if found:
            function.name = found[1]
        into.append(ir.FunctionDefinition(row + 1, column + 1, function))

    def _class_definition(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        made = self.class_of(node)
        found = self.block.find(made.name)
        if found:
            made.name = found[1]
        into.append(ir.ClassDefinition(row + 1, column + 1, made))

    def enum(self, node: Node, into: list[ir.Stmt]) -> None:
        """``enum A { B = "b" }`` of TypeScript is an object; numbers count up."""
        row, column = node.start_point
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        entries: list[tuple[ir.Expr | None, ir.Expr]] = []
        count = 0
        for child in body.named_children if body else ():
            line, place = child.start_point
            if child.type == "enum_assignment":
                value = self.expression(child.child_by_field_name("value"))
                entries.append((self.key(child.child_by_field_name("name")), value))
                if isinstance(value, ir.Constant) and type(value.value) is int:
                    count = value.value + 1
            elif child.type != "comment":
                entries.append((self.key(child), ir.Constant(line + 1, place + 1, count)))
                count += 1
        if name is not None:
            into.append(ir.Assign(row + 1, column + 1, [self.pattern(name)], ir.Mapping(row + 1, column + 1, entries)))

    def namespace(self, node: Node, into: list[ir.Stmt]) -> None:
        """``namespace A { export const b }``: its statements run, what it exports is gathered in an object."""
        row, column = node.start_point
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        before, self.exports = self.exports, []
        made = self.scoped(body.named_children)
        members = [one for one in (*made, *self.exports) if isinstance(one, ir.Export) and one.value is not None]
        self.exports = before
        into += [one for one in made if not isinstance(one, ir.Export)]
        entries: list[tuple[ir.Expr | None, ir.Expr]] = [
            (ir.Constant(one.line, one.column, one.name), one.value) for one in members if one.value is not None
        ]
        into.append(ir.Assign(row + 1, column + 1, [self.pattern(name)], ir.Mapping(row + 1, column + 1, entries)))

    # ---- modules

    def _import(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        source = node.child_by_field_name("source")
        if any(child.type == "type" for child in node.children):
            return
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                literal = clause.child_by_field_name("source")
                module = self.string(literal).value if literal else ""
                into.append(ir.Import(row + 1, column + 1, str(module), [], text(clause.named_children[0]), require=True))
                return
        if source is None:
            return
        module = str(self.string(source).value)
        names: list[ir.Binding] = []
        whole = ""
        for clause in node.named_children:
            for child in clause.named_children if clause.type == "import_clause" else ():
                line, place = child.start_point
                if child.type == "identifier":
                    names.append(ir.Binding(line + 1, place + 1, "default", text(child)))
                elif child.type == "namespace_import":
                    whole = text(child.named_children[0])
                elif child.type == "named_imports":
                    names += [binding for one in child.named_children if (binding := _binding(one))]
        if whole or not names:
            into.append(ir.Import(row + 1, column + 1, module, [], whole))
        if names:
            into.append(ir.Import(row + 1, column + 1, module, names))

    def _export(self, node: Node, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        words = {child.type for child in node.children}
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        source = node.child_by_field_name("source")
        if "type" in words:
            return
        if "default" in words:
            self._default(node, declaration or value, into)
        elif declaration is not None:
            self.statement(declaration, into)
            names = list(lexical([declaration])) or list(hoisted([declaration]))
            self.exports += [ir.Export(row + 1, column + 1, name, self.name_at(declaration, name)) for name in names]
        elif source is not None:
            self._from(node, str(self.string(source).value), into)
        elif "=" in words:
            inner = [child for child in node.named_children if child.type != "comment"]
            if inner:
                into.append(ir.Export(row + 1, column + 1, "=", self.expression(inner[0])))
        else:
            for clause in node.named_children:
                for one in clause.named_children if clause.type == "export_clause" else ():
                    binding = _binding(one)
                    if binding:
                        self.exports.append(
                            ir.Export(binding.line, binding.column, binding.alias, self.name_at(one, binding.name))
                        )

    def _default(self, node: Node, value: Node | None, into: list[ir.Stmt]) -> None:
        row, column = node.start_point
        if value is None:
            return
        if (value.type in FUNCTIONS or value.type in CLASSES) and (name := value.child_by_field_name("name")):
            self.statement(value, into)
            self.exports.append(ir.Export(row + 1, column + 1, "default", self.name_at(value, text(name))))
        elif value.type in FUNCTIONS:
            into.append(ir.Export(row + 1, column + 1, "default", self.lambda_(value)))
        elif value.type in CLASSES:
            into.append(ir.Export(row + 1, column + 1, "default", self._class_value(value)))
        else:
            into.append(ir.Export(row + 1, column + 1, "default", self.named(value, None)))

    def _from(self, node: Node, module: str, into: list[ir.Stmt]) -> None:
        """``export … from "module"``."""
        row, column = node.start_point
        for clause in node.named_children:
            if clause.type == "namespace_export":
                name = text(clause.named_children[0])
                hidden = self.block.declare(f"%{name}", keep=True)
                into.append(ir.Import(row + 1, column + 1, module, [], hidden))
                into.append(ir.Export(row + 1, column + 1, name, ir.Name(row + 1, column + 1, hidden)))
                return
            for one in clause.named_children if clause.type == "export_clause" else ():
                binding = _binding(one)
                if binding:
                    hidden = self.block.declare(f"%{binding.alias}", keep=True)
                    renamed = ir.Binding(binding.line, binding.column, binding.name, hidden)
                    into.append(ir.Import(binding.line, binding.column, module, [renamed]))
                    value = ir.Name(binding.line, binding.column, hidden)
                    into.append(ir.Export(binding.line, binding.column, binding.alias, value))
        if any(child.type == "*" for child in node.children):
            into.append(ir.Import(row + 1, column + 1, module, [ir.Binding(row + 1, column + 1, "*", "")]))
            into.append(ir.Export(row + 1, column + 1, "*", None, module))


def _first_children(root: Node) -> list[Node]:
    """The first named children of a node that has more than are looked at."""
    cursor = root.walk()
    found: list[Node] = []
    more = cursor.goto_first_child()
    while more and len(found) < _MOST_STATEMENTS:
        if cursor.node is not None and cursor.node.is_named:
            found.append(cursor.node)
        more = cursor.goto_next_sibling()
    return found


def _holds_function(node: Node) -> bool:
    inner = node.child_by_field_name("declaration")
    return inner is not None and inner.type in FUNCTIONS


def _binding(specifier: Node) -> ir.Binding | None:
    name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
    if name is None or any(child.type == "type" for child in specifier.children):
        return None
    row, column = specifier.start_point
    plain = [text(one).strip("\"'") if one is not None else "" for one in (name, alias)]
    return ir.Binding(row + 1, column + 1, plain[0], plain[1] or plain[0])


def _arm(node: Node) -> list[Node]:
    """The statements of an arm of a switch; an arm that is one block is that block's statements."""
    inside = node.children_by_field_name("body")
    statements = [child for child in inside if child.is_named and child.type != "comment"]
    if len(statements) == 1 and statements[0].type == "statement_block":
        return [child for child in statements[0].named_children if child.type != "comment"]
    return statements


_STATEMENTS: dict[str, Callable[[Statements, Node, list[ir.Stmt]], None]] = {
    "lexical_declaration": Statements._declaration,
    "variable_declaration": Statements._declaration,
    "expression_statement": Statements._expression_statement,
    "if_statement": Statements._if,
    "for_in_statement": Statements._for_in,
    "for_statement": Statements._for,
    "while_statement": Statements._while,
    "do_statement": Statements._while,
    "switch_statement": Statements._switch,
    "try_statement": Statements._try,
    "labeled_statement": Statements._labelled,
    "break_statement": Statements._jump,
    "continue_statement": Statements._jump,
    "return_statement": Statements._result,
    "throw_statement": Statements._result,
    "statement_block": Statements._block_of,
    "function_declaration": Statements._function_definition,
    "generator_function_declaration": Statements._function_definition,
    "class_declaration": Statements._class_definition,
    "abstract_class_declaration": Statements._class_definition,
    "enum_declaration": Statements.enum,
    "internal_module": Statements.namespace,
    "import_statement": Statements._import,
    "export_statement": Statements._export,
    "ERROR": Statements.broken,
}
