"""Type constraints of variables, and values converted to them."""

from collections.abc import Callable

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, OneOf, Ref, Text, Value, one_of, span_of

from .partial import Invalid, Lazy, Wildcard, as_set, to_bool, to_number, to_text
from .syntax import Call, Expr, Items, Literal, Name, Pairs

MAX_DEPTH = 40


def convert(value: Value, kind: Expr | None, default: Callable[[Expr], Value], depth: int = 0) -> Value:
    """A value as a type constraint wants it, with the defaults of optional attributes.

    `default` evaluates the default of an ``optional()``. Raises Invalid when the value cannot be of that type.
    """
    if kind is None or value is None or isinstance(value, Unknown | Wildcard) or depth > MAX_DEPTH:
        return value
    if isinstance(value, OneOf):
        return one_of([(label, convert(v, kind, default, depth)) for label, v in value.options], value.span)
    if isinstance(kind, Literal) and isinstance(kind.value, str):
        kind = Name(kind.at, kind.value)
    if isinstance(kind, Name):
        return _simple(value, kind.name)
    if not isinstance(kind, Call) or isinstance(value, Lazy):
        return value
    inner = kind.arguments[0] if kind.arguments else None
    if kind.name in ("list", "set"):
        return _many(value, inner, default, depth, unique=kind.name == "set")
    if kind.name == "map" and isinstance(value, dict):
        made = _copy(value)
        for key, one in value.items():
            made[key] = convert(one, inner, default, depth + 1)
        return made
    if kind.name == "object" and isinstance(inner, Pairs):
        return _object(value, inner, default, depth)
    if kind.name == "tuple" and isinstance(inner, Items) and isinstance(value, list):
        kinds = inner.items
        return List(
            [convert(v, kinds[i] if i < len(kinds) else None, default, depth + 1) for i, v in enumerate(value)], span_of(value)
        )
    if kind.name in ("map", "object", "tuple"):
        raise Invalid(f"a value of type {kind.name} is required")
    return value


def _simple(value: Value, name: str) -> Value:
    if name == "string":
        return to_text(value)
    if name == "number":
        return to_number(value) if not isinstance(value, Ref | Text) else value
    if name == "bool":
        return to_bool(value)
    return value


def _many(value: Value, inner: Expr | None, default: Callable[[Expr], Value], depth: int, *, unique: bool) -> Value:
    if not isinstance(value, list):
        raise Invalid("a list is required")
    found = [convert(one, inner, default, depth + 1) for one in value]
    rest = getattr(value, "rest", None)
    if unique:
        return as_set(found, span_of(value), rest)
    return List(found, span_of(value), rest)


def _copy(value: Value) -> Map:
    return value.copy() if isinstance(value, Map) else Map(value)


def _object(value: Value, kinds: Pairs, default: Callable[[Expr], Value], depth: int) -> Value:
    if not isinstance(value, dict):
        raise Invalid("an object is required")
    found = Map((), span_of(value), getattr(value, "keys_at", None), getattr(value, "rest", None))
    for key_node, kind in kinds.pairs:
        key = key_node.value if isinstance(key_node, Literal) else key_node.name if isinstance(key_node, Name) else None
        if not isinstance(key, str):
            continue
        optional = isinstance(kind, Call) and kind.name == "optional"
        arguments = kind.arguments if isinstance(kind, Call) and optional else (kind,)
        inner = arguments[0] if arguments else None
        given = value.get(key)
        if given is None and optional and len(arguments) > 1:
            given = default(arguments[1])
        elif key not in value and not optional:
            if found.rest:
                found[key] = found.rest
                continue
            raise Invalid(f"the attribute {key!r} is required")
        found[key] = convert(given, inner, default, depth + 1)
    return found
