"""Block scope of JavaScript told in function scope: which name a binding has, and which one a use means.

A binding in an inner block that would shadow another one, or share its name with one of a block beside it, is renamed (``x%2``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

HOLDERS = frozenset({
    "statement_block", "if_statement", "else_clause", "for_statement", "for_in_statement", "while_statement",
    "do_statement", "try_statement", "catch_clause", "finally_clause", "switch_statement", "switch_body", "switch_case",
    "switch_default", "labeled_statement", "export_statement", "with_statement", "program", "ERROR",
})  # fmt: skip
"""Statements that hold statements: where ``var`` is looked for."""
FUNCTIONS = frozenset(["function_declaration", "generator_function_declaration"])
CLASSES = frozenset(["class_declaration", "abstract_class_declaration"])


@dataclass(slots=True, eq=False)
class FunctionScope:
    """The names that a function binds, after renaming."""

    bound: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Block:
    """The names that a block of `owner` binds: as written -> as renamed."""

    owner: FunctionScope
    parent: "Block | None" = None
    names: dict[str, str] = field(default_factory=dict)

    def find(self, name: str) -> "tuple[Block, str] | None":
        """The block that binds a name, and the name it has there; None for a name that no block binds."""
        at: Block | None = self
        while at is not None:
            if name in at.names:
                return at, at.names[name]
            at = at.parent
        return None

    def declare(self, name: str, keep: bool = False) -> str:
        """Bind a name here. With `keep` (parameters, ``var``, the outermost block) it keeps its name."""
        if name in self.names:
            return self.names[name]
        new = name
        if not keep and (name in self.owner.bound or (self.parent and self.parent.find(name))):
            count = self.owner.counts.get(name, 1)
            while new in self.owner.bound or new == name:
                count += 1
                new = f"{name}%{count}"
            self.owner.counts[name] = count
        self.names[name] = new
        self.owner.bound.add(new)
        return new


def text(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def identifiers(pattern: Node) -> Iterator[str]:
    """The names that a pattern binds, without recursion."""
    stack = [pattern]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            yield text(node)
        elif kind in ("object_pattern", "array_pattern", "rest_pattern"):
            stack.extend(reversed(node.named_children))
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            left = node.child_by_field_name("left")
            if left:
                stack.append(left)
        elif kind == "pair_pattern":
            value = node.child_by_field_name("value")
            if value:
                stack.append(value)


def declared(declaration: Node) -> Iterator[str]:
    """The names of a ``var``, ``let`` or ``const`` declaration."""
    for child in declaration.named_children:
        if child.type == "variable_declarator":
            name = child.child_by_field_name("name")
            if name:
                yield from identifiers(name)


def hoisted(statements: Iterable[Node]) -> Iterator[str]:
    """The names of every ``var`` in these statements and in blocks below them, functions left out."""
    stack = list(statements)
    stack.reverse()
    while stack:
        node = stack.pop()
        kind = node.type
        if kind == "variable_declaration":
            yield from declared(node)
        elif kind in HOLDERS:
            if kind == "for_in_statement" and any(child.type == "var" for child in node.children):
                left = node.child_by_field_name("left")
                if left:
                    yield from identifiers(left)
            stack.extend(reversed(node.named_children))


def lexical(statements: Iterable[Node]) -> Iterator[str]:
    """The names that ``let``, ``const``, functions, classes, enums and namespaces bind directly in a block."""
    for statement in statements:
        node = statement
        if node.type == "export_statement":
            node = node.child_by_field_name("declaration") or node
        if node.type == "ambient_declaration":
            continue
        if node.type == "labeled_statement":
            node = node.named_children[-1]
        if node.type == "expression_statement" and node.named_child_count and node.named_children[0].type == "internal_module":
            node = node.named_children[0]
        if node.type == "lexical_declaration":
            yield from declared(node)
        elif node.type in FUNCTIONS or node.type in CLASSES or node.type in ("enum_declaration", "internal_module"):
            name = node.child_by_field_name("name")
            if name:
                yield text(name)
        elif node.type == "import_statement":
            yield from imported(node)


def imported(statement: Node) -> Iterator[str]:
    """The names that an import statement binds."""
    for clause in statement.named_children:
        if clause.type == "import_require_clause":
            yield text(clause.named_children[0])
        if clause.type != "import_clause":
            continue
        for child in clause.named_children:
            if child.type == "identifier":
                yield text(child)
            elif child.type == "namespace_import":
                yield text(child.named_children[0])
            elif child.type == "named_imports":
                for specifier in child.named_children:
                    name = specifier.child_by_field_name("alias") or specifier.child_by_field_name("name")
                    if name:
                        yield text(name)
