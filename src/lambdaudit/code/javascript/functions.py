"""Functions and classes of JavaScript and TypeScript, lowered to the common tree.

The body of a function is lowered when it is first looked at: a bundle has thousands of functions, and a handler reaches few.
"""

from collections.abc import Callable

from tree_sitter import Node

from .. import ir
from .expressions import Expressions
from .scopes import Block, FunctionScope, hoisted, identifiers, lexical, text

Made = tuple[list[ir.Stmt], frozenset[str]]
_ACCESSORS = {"get": "getter", "set": "setter"}


class LazyFunction(ir.Function, eq=False):
    """A function whose `body` and `locals` are made when one of them is first read."""

    make: Callable[[], Made] | None = None
    runs_module: bool = False
    """Whether it is what a bundler put around a module, to run it once."""

    def _finish(self) -> None:
        if self.make is not None:
            make, self.make = self.make, None
            body, names = make()
            ir.Function.body.__set__(self, body)  # type: ignore[attr-defined]
            ir.Function.locals.__set__(self, names)  # type: ignore[attr-defined]

    @property  # type: ignore[misc]
    def body(self) -> list[ir.Stmt]:  # type: ignore[override]
        """The statements."""
        self._finish()
        found: list[ir.Stmt] = ir.Function.body.__get__(self)  # type: ignore[attr-defined]
        return found

    @property  # type: ignore[misc]
    def locals(self) -> frozenset[str]:  # type: ignore[override]
        """The names that the function binds."""
        self._finish()
        found: frozenset[str] = ir.Function.locals.__get__(self)  # type: ignore[attr-defined]
        return found


class Functions(Expressions):
    """Lowers functions and classes; statements are added by the class on top of it."""

    def statements(self, nodes: list[Node]) -> list[ir.Stmt]:
        """Statements of a block whose scope is set up already."""
        raise NotImplementedError

    def scoped(self, nodes: list[Node]) -> list[ir.Stmt]:
        """Statements of a block of its own."""
        raise NotImplementedError

    def function(self, node: Node, name: str = "", kind: str = "", awaiting: bool = False) -> ir.Function:
        """A function, arrow or method; its own name goes before the one it is given by what it is assigned to.

        With `awaiting` it was an async function that a compiler made a generator of.
        """
        row, column = node.start_point
        own = node.child_by_field_name("name")
        words = {child.type for child in node.children if not child.is_named}
        method = node.type == "method_definition"
        if own is not None and (own.type != "computed_property_name"):
            name = _property_name(own)
        if not kind:
            kind = "arrow" if node.type == "arrow_function" else "method" if method else "function"
            if method:
                kind = next((_ACCESSORS[word] for word in words if word in _ACCESSORS), "static" if "static" in words else kind)
                kind = "constructor" if name == "constructor" and kind == "method" else kind
        enclosing = self.block
        scope = FunctionScope()
        block = Block(scope, enclosing)
        parameters = self.parameters(node, block)
        depth = self.depth

        def make() -> Made:
            return self._body(node, block, depth, awaiting)

        return LazyFunction(
            row + 1,
            column + 1,
            name,
            parameters,
            [],
            decorators=[self.expression(child.named_children[0]) for child in node.children if child.type == "decorator"],
            kind=kind,
            is_async=awaiting or "async" in words,
            is_generator="*" in words and not awaiting,
            make=make,
        )

    def _body(self, node: Node, block: Block, depth: int, awaiting: bool) -> Made:
        before = (self.block, self.depth, self.awaiting, self.machine)
        self.block, self.depth, self.awaiting, self.machine = block, depth, awaiting, ""
        body = node.child_by_field_name("body")
        try:
            made: list[ir.Stmt] = self._parameter_properties(node)
            if body is None:
                pass
            elif body.type == "statement_block":
                inside = body.named_children
                for name in (*hoisted(inside), *lexical(inside)):
                    block.declare(name, keep=True)
                made += self.statements(inside)
            else:
                row, column = body.start_point
                made.append(ir.Return(row + 1, column + 1, self.expression(body)))
            return made, frozenset(block.owner.bound)
        finally:
            self.block, self.depth, self.awaiting, self.machine = before

    def _parameter_properties(self, node: Node) -> list[ir.Stmt]:
        """``constructor(private readonly db: Db)`` of TypeScript assigns the fields it names."""
        found: list[ir.Stmt] = []
        parameters = node.child_by_field_name("parameters")
        for child in parameters.named_children if parameters and node.type == "method_definition" else ():
            if child.type in ("required_parameter", "optional_parameter") and any(
                part.type in ("accessibility_modifier", "override_modifier", "readonly") for part in child.children
            ):
                pattern = child.child_by_field_name("pattern")
                if pattern is not None and pattern.type == "identifier":
                    row, column = child.start_point
                    this = ir.Name(row + 1, column + 1, "this")
                    value = ir.Name(row + 1, column + 1, text(pattern))
                    found.append(ir.Assign(row + 1, column + 1, [ir.Attribute(row + 1, column + 1, this, text(pattern))], value))
        return found

    def parameters(self, node: Node, block: Block) -> list[ir.Parameter]:
        """The parameters of a function; their names are bound in `block`."""
        single = node.child_by_field_name("parameter")
        listed = node.child_by_field_name("parameters")
        nodes = [single] if single else [child for child in listed.named_children if child.type != "comment"] if listed else []
        for child in nodes:
            for name in identifiers(_pattern_of(child)):
                block.declare(name, keep=True)
        before, self.block = self.block, block
        try:
            return [self._parameter(child) for child in nodes if not _is_this(child)]
        finally:
            self.block = before

    def _parameter(self, node: Node) -> ir.Parameter:
        row, column = node.start_point
        default = node.child_by_field_name("value")
        pattern = _pattern_of(node)
        if pattern.type == "assignment_pattern":
            default = pattern.child_by_field_name("right")
            pattern = pattern.child_by_field_name("left") or pattern
        kind = "rest" if pattern.type == "rest_pattern" else "normal"
        value = self.expression(default) if default else None
        decorators = [self.expression(child.named_children[0]) for child in node.children if child.type == "decorator"]
        return ir.Parameter(row + 1, column + 1, self.pattern(pattern), value, kind, self._annotation(node), decorators)

    def _annotation(self, node: Node) -> ir.Expr | None:
        """The name of a parameter's type in TypeScript, without its arguments."""
        kind = node.child_by_field_name("type")
        inner = kind.named_children[0] if kind and kind.named_child_count else None
        if inner is None or inner.type not in ("type_identifier", "predefined_type", "nested_type_identifier", "generic_type"):
            return None
        row, column = inner.start_point
        if inner.type == "generic_type":
            inner = inner.child_by_field_name("name") or inner
        return ir.Name(row + 1, column + 1, text(inner)[:80])

    def class_of(self, node: Node) -> ir.Class:
        """A class; members without a constant name are left out of its names but their code is kept."""
        row, column = node.start_point
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        made = ir.Class(row + 1, column + 1, text(name) if name else "", self._bases(node), [])
        made.decorators = [self.expression(child.named_children[0]) for child in node.children if child.type == "decorator"]
        pending: list[ir.Expr] = []
        for child in body.named_children if body else ():
            if child.type == "decorator":
                pending.append(self.expression(child.named_children[0]))
            elif child.type == "method_definition":
                line, place = child.start_point
                function = self.function(child)
                function.decorators = [*pending, *function.decorators]
                if function.kind == "setter":
                    function.name = f"set {function.name}"
                made.body.append(ir.FunctionDefinition(line + 1, place + 1, function))
                pending = []
            elif child.type in ("field_definition", "public_field_definition"):
                pending += [self.expression(part.named_children[0]) for part in child.children if part.type == "decorator"]
                self._field(child, made)
                self._declared(child, made, pending)
                pending = []
            elif child.type == "class_static_block":
                made.body += self.scoped(child.named_children[-1].named_children)
        return made

    def _bases(self, node: Node) -> list[ir.Expr]:
        for child in node.named_children:
            if child.type == "class_heritage":
                inner = child.named_children[0] if child.named_child_count else None
                if inner is not None and inner.type == "extends_clause":
                    inner = inner.child_by_field_name("value")
                elif inner is not None and inner.type == "implements_clause":
                    return []
                return [self.expression(inner)] if inner else []
        return []

    def _declared(self, node: Node, made: ir.Class, decorators: list[ir.Expr]) -> None:
        name, annotation = node.child_by_field_name("name"), self._annotation(node)
        if name is not None and (annotation is not None or decorators):
            row, column = node.start_point
            made.declared = [*made.declared, ir.Declared(row + 1, column + 1, _property_name(name), annotation, decorators)]

    def _field(self, node: Node, made: ir.Class) -> None:
        row, column = node.start_point
        name, value = node.child_by_field_name("property") or node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or value is None:
            return
        target = ir.Name(row + 1, column + 1, _property_name(name))
        assign = ir.Assign(row + 1, column + 1, [target], self.named(value, name))
        if any(child.type == "static" for child in node.children):
            made.body.append(assign)
        else:
            made.fields.append(assign)


def _property_name(node: Node) -> str:
    source = text(node)
    if node.type == "computed_property_name":
        inner = node.named_children[0] if node.named_child_count else None
        return text(inner)[1:-1] if inner is not None and inner.type == "string" else source[:60]
    return source[1:-1] if node.type == "string" else source


def _pattern_of(parameter: Node) -> Node:
    return parameter.child_by_field_name("pattern") or parameter


def _is_this(parameter: Node) -> bool:
    """TypeScript's ``this: Type`` in front of the parameters is none."""
    return _pattern_of(parameter).type == "this"
