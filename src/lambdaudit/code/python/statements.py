"""Python statements to the common tree."""

from typing import TYPE_CHECKING

from .. import ir
from .expressions import Expressions, Scope, at, named, text
from .matching import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node


class Statements(Expressions):
    """Lowers a module."""

    def __init__(self) -> None:
        super().__init__()
        self._statements: dict[str, Callable[[Node, list[ir.Stmt]], None]] = {
            "expression_statement": self._expression,
            "assignment": self._assignment,
            "augmented_assignment": self._augmented,
            "return_statement": lambda n, out: out.append(ir.Return(*at(n), self.first(n) if named(n) else None)),
            "if_statement": self._if,
            "for_statement": self._for,
            "while_statement": self._while,
            "try_statement": self._try,
            "with_statement": self._with,
            "match_statement": self._match,
            "raise_statement": self._raise,
            "assert_statement": self._assert,
            "break_statement": lambda n, out: out.append(ir.Break(*at(n))),
            "continue_statement": lambda n, out: out.append(ir.Continue(*at(n))),
            "delete_statement": self._delete,
            "import_statement": self._import,
            "import_from_statement": self._import_from,
            "future_import_statement": lambda n, out: None,
            "global_statement": lambda n, out: self._global(n, out, nonlocal_=False),
            "nonlocal_statement": lambda n, out: self._global(n, out, nonlocal_=True),
            "function_definition": lambda n, out: self._function(n, out, []),
            "class_definition": lambda n, out: self._class(n, out, []),
            "decorated_definition": self._decorated,
            "print_statement": lambda n, out: self._old_call(n, out, "print"),
            "exec_statement": lambda n, out: self._old_call(n, out, "exec"),
            "pass_statement": lambda n, out: None,
            "comment": lambda n, out: None,
            "type_alias_statement": lambda n, out: None,
            "ERROR": self._error,
        }

    def module(self, root: "Node", path: str) -> ir.Module:
        """The whole file."""
        body = self.block(root)
        return ir.Module(1, 1, path, "python", body, self.problems)

    def block(self, node: "Node | None") -> list[ir.Stmt]:
        """The statements of a block."""
        out: list[ir.Stmt] = []
        if node is None:
            return out
        if self.depth >= self.limit:
            self.problem("nested too deeply", node)
            return out
        self.depth += 1
        for child in node.named_children:
            self.statement(child, out)
        self.depth -= 1
        return out

    def statement(self, node: "Node", out: list[ir.Stmt]) -> None:
        """One statement, added to `out` (some become several)."""
        lower = self._statements.get(node.type)
        if lower is not None:
            lower(node, out)
        elif node.type in self._table:
            out.append(ir.Expression(*at(node), self.expression(node)))
        elif node.type in ("block", "else_clause", "finally_clause"):
            out.extend(self.block(node))

    def _error(self, node: "Node", out: list[ir.Stmt]) -> None:
        self.problem("syntax not understood", node)
        if self.depth < self.limit:
            self.depth += 1
            for child in node.named_children:
                self.statement(child, out)
            self.depth -= 1

    def _expression(self, node: "Node", out: list[ir.Stmt]) -> None:
        inside = named(node)
        if len(inside) == 1 and inside[0].type in ("assignment", "augmented_assignment"):
            self.statement(inside[0], out)
            return
        out.extend(ir.Expression(*at(child), self.expression(child)) for child in inside)

    def _assignment(self, node: "Node", out: list[ir.Stmt]) -> None:
        targets: list[ir.Pattern] = []
        annotation = None
        value: Node | None = node
        while value is not None and value.type == "assignment":
            left = value.child_by_field_name("left")
            kind = value.child_by_field_name("type")
            if left is not None:
                targets.append(self.pattern(left))
            if kind is not None:
                annotation = self.expression(kind)
            value = value.child_by_field_name("right")
        if value is not None:
            out.append(ir.Assign(*at(node), targets, self.expression(value), annotation))
        elif annotation is not None:
            out.append(ir.Assign(*at(node), targets, ir.Constant(*at(node), None, undefined=True), annotation))

    def _augmented(self, node: "Node", out: list[ir.Stmt]) -> None:
        left = node.child_by_field_name("left")
        operator = node.child_by_field_name("operator")
        if left is not None:
            op = text(operator).rstrip("=") if operator is not None else "+"
            out.append(ir.AugmentedAssign(*at(node), self.pattern(left), op, self.field(node, "right")))

    def _if(self, node: "Node", out: list[ir.Stmt]) -> None:
        branches: list[tuple[Node, ir.Expr, list[ir.Stmt]]] = [
            (node, self.field(node, "condition"), self.block(node.child_by_field_name("consequence")))
        ]
        otherwise: list[ir.Stmt] = []
        for clause in node.children_by_field_name("alternative"):
            if clause.type == "elif_clause":
                branches.append((clause, self.field(clause, "condition"), self.block(clause.child_by_field_name("consequence"))))
            else:
                otherwise = self.block(clause.child_by_field_name("body"))
        for place, test, then in reversed(branches):
            otherwise = [ir.If(*at(place), test, then, otherwise)]
        out.extend(otherwise)

    def _else(self, node: "Node") -> list[ir.Stmt]:
        clause = node.child_by_field_name("alternative")
        return self.block(clause.child_by_field_name("body")) if clause is not None else []

    def _for(self, node: "Node", out: list[ir.Stmt]) -> None:
        left = node.child_by_field_name("left")
        iterable = self.field(node, "right")
        target = self.pattern(left) if left is not None else ir.Opaque(*at(node), [])
        out.append(ir.For(*at(node), target, iterable, self.block(node.child_by_field_name("body")), self._else(node)))

    def _while(self, node: "Node", out: list[ir.Stmt]) -> None:
        test = self.field(node, "condition")
        out.append(ir.While(*at(node), test, self.block(node.child_by_field_name("body")), self._else(node)))

    def _try(self, node: "Node", out: list[ir.Stmt]) -> None:
        body = self.block(node.child_by_field_name("body"))
        handlers: list[ir.Handler] = []
        otherwise: list[ir.Stmt] = []
        final: list[ir.Stmt] = []
        for clause in node.named_children:
            if clause.type in ("except_clause", "except_group_clause"):
                handlers.append(self._handler(clause))
            elif clause.type == "else_clause":
                otherwise = self.block(clause.child_by_field_name("body"))
            elif clause.type == "finally_clause":
                final = self.block(next((part for part in named(clause) if part.type == "block"), None))
        out.append(ir.Try(*at(node), body, handlers, otherwise, final))

    def _handler(self, node: "Node") -> ir.Handler:
        types: ir.Expr | None = None
        target: ir.Pattern | None = None
        parts = named(node)
        value = next((part for part in parts if part.type != "block"), None)
        if value is not None and value.type == "as_pattern":
            types = self.first(value)
            alias = value.child_by_field_name("alias")
            target = self.pattern(alias) if alias is not None else None
        elif value is not None:
            types = self.expression(value)
            others = [part for part in parts if part.type == "identifier" and part != value]
            target = self.pattern(others[0]) if others else None
        return ir.Handler(*at(node), types, target, self.block(next((part for part in parts if part.type == "block"), None)))

    def _with(self, node: "Node", out: list[ir.Stmt]) -> None:
        items: list[tuple[ir.Expr, ir.Pattern | None]] = []
        clause = next((part for part in named(node) if part.type == "with_clause"), node)
        for item in named(clause):
            if item.type != "with_item":
                continue
            value = item.child_by_field_name("value")
            if value is not None and value.type == "as_pattern":
                alias = value.child_by_field_name("alias")
                items.append((self.first(value), self.pattern(alias) if alias is not None else None))
            else:
                items.append((self.expression(value, item), None))
        out.append(ir.With(*at(node), items, self.block(node.child_by_field_name("body"))))

    def _match(self, node: "Node", out: list[ir.Stmt]) -> None:
        body = node.child_by_field_name("body")
        cases = [case(self, clause, self.block) for clause in named(body) if clause.type == "case_clause"] if body else []
        out.append(ir.Switch(*at(node), self.field(node, "subject"), cases))

    def _raise(self, node: "Node", out: list[ir.Stmt]) -> None:
        parts = named(node)
        out.append(ir.Raise(*at(node), self.expression(parts[0]) if parts else None))

    def _assert(self, node: "Node", out: list[ir.Stmt]) -> None:
        parts = self.all(node)
        if parts:
            failed = ir.Raise(*at(node), ir.Call(*at(node), ir.Name(*at(node), "AssertionError"), []))
            out.append(ir.If(*at(node), ir.Unary(*at(node), "not", parts[0]), [failed], []))

    def _delete(self, node: "Node", out: list[ir.Stmt]) -> None:
        targets = self.all(node)
        if len(targets) == 1 and isinstance(targets[0], ir.Sequence):
            targets = targets[0].items
        out.append(ir.Delete(*at(node), targets))

    def _old_call(self, node: "Node", out: list[ir.Stmt], name: str) -> None:
        arguments = [ir.Argument(*at(part), self.expression(part)) for part in named(node) if part.type != "chevron"]
        out.append(ir.Expression(*at(node), ir.Call(*at(node), ir.Name(*at(node), name), arguments)))

    # ---- imports and scope

    def _import(self, node: "Node", out: list[ir.Stmt]) -> None:
        for item in node.children_by_field_name("name"):
            if item.type == "aliased_import":
                name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                if name is not None and alias is not None:
                    self.bind(text(alias))
                    out.append(ir.Import(*at(node), _dotted(name), [], text(alias)))
            else:
                module = _dotted(item)
                top = module.split(".")[0]
                self.bind(top)
                out.append(ir.Import(*at(node), module, [], top, top=True))

    def _import_from(self, node: "Node", out: list[ir.Stmt]) -> None:
        source = node.child_by_field_name("module_name")
        if source is None:
            return
        level = 0
        module = _dotted(source)
        if source.type == "relative_import":
            level = sum(text(part).count(".") for part in source.named_children if part.type == "import_prefix")
            module = next((_dotted(part) for part in source.named_children if part.type == "dotted_name"), "")
        names: list[ir.Binding] = []
        for item in node.children_by_field_name("name"):
            name = item.child_by_field_name("name") if item.type == "aliased_import" else item
            alias = item.child_by_field_name("alias") if item.type == "aliased_import" else item
            if name is not None and alias is not None:
                self.bind(text(alias))
                names.append(ir.Binding(*at(item), text(name), text(alias)))
        if any(part.type == "wildcard_import" for part in node.named_children):
            names.append(ir.Binding(*at(node), "*", "*"))
        if names:
            out.append(ir.Import(*at(node), module, names, level=level))

    def _global(self, node: "Node", out: list[ir.Stmt], nonlocal_: bool) -> None:
        names = [text(part) for part in named(node)]
        self.scopes[-1].outer.update(names)
        out.append(ir.Global(*at(node), names, nonlocal_))

    # ---- definitions

    def _decorated(self, node: "Node", out: list[ir.Stmt]) -> None:
        decorators = [self.first(part) for part in named(node) if part.type == "decorator"]
        definition = node.child_by_field_name("definition")
        if definition is not None and definition.type == "function_definition":
            self._function(definition, out, decorators)
        elif definition is not None and definition.type == "class_definition":
            self._class(definition, out, decorators)

    def _function(self, node: "Node", out: list[ir.Stmt], decorators: list[ir.Expr]) -> None:
        name = text(node.child_by_field_name("name") or node)[:200]
        self.bind(name)
        self.scopes[-1].inner = True
        self.scopes.append(Scope())
        parameters = self.parameters(node.child_by_field_name("parameters"))
        body_node = node.child_by_field_name("body")
        body = self.block(body_node)
        scope = self.scopes.pop()
        function = ir.Function(
            *at(node),
            name,
            parameters,
            body,
            frozenset(scope.bound - scope.outer),
            decorators=decorators,
            is_async=any(child.type == "async" for child in node.children[:1]),
            is_generator=_yields(body_node),
            has_inner=scope.inner,
        )
        out.append(ir.FunctionDefinition(*at(node), function))

    def _class(self, node: "Node", out: list[ir.Stmt], decorators: list[ir.Expr]) -> None:
        name = text(node.child_by_field_name("name") or node)[:200]
        self.bind(name)
        arguments = self.arguments(node.child_by_field_name("superclasses"))
        self.scopes[-1].inner = True
        self.scopes.append(Scope())
        body = self.block(node.child_by_field_name("body"))
        self.scopes.pop()
        definition = ir.Class(
            *at(node),
            name,
            [argument.value for argument in arguments if not argument.name],
            body,
            decorators,
            keywords=[argument for argument in arguments if argument.name],
        )
        out.append(ir.ClassDefinition(*at(node), definition))


def _dotted(node: "Node") -> str:
    return "".join(text(node).split())


def _yields(body: "Node | None") -> bool:
    """Whether a yield belongs to this function itself."""
    stack = list(body.named_children) if body is not None else []
    while stack:
        node = stack.pop()
        if node.type == "yield":
            return True
        if node.type not in ("function_definition", "lambda", "class_definition"):
            stack.extend(node.named_children)
    return False
