"""Arms of Python's ``match`` statement to the common tree."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import ir
from .expressions import Expressions, at, named, text

if TYPE_CHECKING:
    from tree_sitter import Node


def case(lower: Expressions, clause: "Node", block: "Callable[[Node | None], list[ir.Stmt]]") -> ir.Case:
    """One arm, with values to compare, a name to bind, or a pattern that takes the subject apart."""
    patterns = [part for part in named(clause) if part.type == "case_pattern"]
    arm = ir.Case(*at(clause), [], [])
    if len(patterns) == 1:
        _fill(lower, patterns[0], arm)
    elif patterns:
        arm.structural = ir.ListPattern(*at(clause), [_sub(lower, part) for part in patterns])
    guard = clause.child_by_field_name("guard")
    if guard is not None:
        arm.guard = lower.first(guard)
    arm.body = block(clause.child_by_field_name("consequence"))
    return arm


def _fill(lower: Expressions, pattern: "Node", arm: ir.Case) -> None:
    inside = named(pattern)
    node = inside[0] if pattern.type == "case_pattern" and inside else pattern
    if node.type == "case_pattern":
        return
    if node.type == "dotted_name":
        _dotted(lower, node, arm)
    elif node.type == "union_pattern":
        for part in named(node):
            _fill(lower, part, arm)
    elif node.type == "as_pattern":
        parts = named(node)
        _fill(lower, parts[0], arm)
        if len(parts) > 1:
            arm.binding = lower.pattern(parts[1])
    elif node.type in ("dict_pattern", "list_pattern", "tuple_pattern", "class_pattern"):
        arm.structural = _structure(lower, node)
    elif node.type in ("splat_pattern", "complex_pattern"):
        return
    else:
        arm.tests.append(lower.expression(node))


def _dotted(lower: Expressions, node: "Node", arm: ir.Case) -> None:
    names = named(node)
    if len(names) == 1:
        if text(names[0]) != "_":
            arm.binding = lower.pattern(names[0])
        return
    value: ir.Expr = ir.Name(*at(node), text(names[0]))
    for part in names[1:]:
        value = ir.Attribute(*at(node), value, text(part))
    arm.tests.append(value)


_WHOLE = frozenset({"str", "int", "float", "bool", "bytes", "bytearray", "dict", "list", "tuple", "set", "frozenset"})
"""Classes whose pattern with one part binds the thing itself: ``case str(name)``."""


def _structure(lower: Expressions, node: "Node") -> ir.Pattern:
    if node.type in ("list_pattern", "tuple_pattern"):
        return ir.ListPattern(*at(node), [_sub(lower, part) for part in named(node)])
    found = ir.DictPattern(*at(node), [])
    if node.type == "class_pattern":
        whole = text(named(node)[0]) in _WHOLE and len(named(node)) == 2
        for position, part in enumerate(named(node)[1:]):
            keyword = named(part)[0] if part.type == "case_pattern" and named(part) else part
            if keyword.type == "keyword_pattern" and len(named(keyword)) == 2:
                name, value = named(keyword)
                target = _sub(lower, value)
                if target is not None:
                    found.entries.append((ir.Constant(*at(name), text(name)), target))
            elif (target := _sub(lower, part)) is not None:
                if whole:
                    return target
                found.entries.append((ir.Constant(*at(part), position), target))
        return found
    keys = node.children_by_field_name("key")
    for key, value in zip(keys, node.children_by_field_name("value"), strict=False):
        target = _sub(lower, value)
        if target is not None:
            found.entries.append((lower.expression(key), target))
    splat = next((part for part in named(node) if part.type == "splat_pattern"), None)
    if splat is not None and named(splat):
        found.rest = lower.pattern(named(splat)[0])
    return found


def _sub(lower: Expressions, node: "Node") -> ir.Pattern | None:
    """What a pattern inside another one binds; None for a value to compare with."""
    inside = named(node)
    inner = inside[0] if node.type == "case_pattern" and inside else node
    if inner.type == "dotted_name" and len(named(inner)) == 1 and text(inner) != "_":
        return lower.pattern(named(inner)[0])
    if inner.type == "splat_pattern" and named(inner):
        target = lower.pattern(named(inner)[0])
        return ir.Spread(*at(inner), target) if isinstance(target, ir.Name) else None
    if inner.type in ("dict_pattern", "list_pattern", "tuple_pattern", "class_pattern"):
        return _structure(lower, inner)
    if inner.type == "as_pattern" and len(named(inner)) > 1:
        return lower.pattern(named(inner)[1])
    return None
