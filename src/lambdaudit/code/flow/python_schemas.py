"""Schemas of marshmallow and attrs: what a field says about the values that it lets through."""

from .. import ir
from .invoke import Arguments
from .library import Library
from .regexes import anchored_both, excluded
from .state import Object
from .values import ALL, UNKNOWN, ClassRef, Value, clean

_CLEAN = frozenset({
    "Int", "Integer", "Float", "Decimal", "Number", "Bool", "Boolean", "UUID", "Date", "DateTime", "NaiveDateTime",
    "AwareDateTime", "Time", "TimeDelta", "Enum", "IPv4", "IPv6", "IP", "Constant",
})  # fmt: skip
_TEXT = frozenset({"Str", "String", "Email", "Url", "URL"})
_CHOICES = frozenset({"in_", "OneOf", "ContainsOnly", "Equal"})


def loaded(walk: Library, owner: ClassRef, arguments: Arguments, node: ir.Node) -> Value | None:
    """What ``Schema().load(data)`` gives: fields in the form that the schema asks for; None when the data is not foreign."""
    source = arguments.get(0, "data")
    if source is None or not (source.path or source.taints or source.objects()):
        return None
    if source.path:
        source = source.but(kind="json")
    fields: dict[object, Value] = {}
    for name, field in _fields(owner):
        part = walk.load_path(source, name, node) if source.path else walk.field(source, name, node)
        fields[name] = _checked(walk, field, part)
    return walk.new_object(Object("dict", fields))


def _fields(owner: ClassRef, depth: int = 0) -> list[tuple[str, ir.Call]]:
    found: list[tuple[str, ir.Call]] = []
    for base in owner.bases if depth < 8 else ():
        for ref in base.refs:
            if isinstance(ref, ClassRef):
                found += _fields(ref, depth + 1)
    for statement in owner.definition.body:
        if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call):
            found += [(target.id, statement.value) for target in statement.targets if isinstance(target, ir.Name)]
    return found


def _called(node: ir.Expr) -> str:
    function = node.function if isinstance(node, ir.Call) else node
    return function.name if isinstance(function, ir.Attribute) else function.id if isinstance(function, ir.Name) else ""


def _checked(walk: Library, field: ir.Call, value: Value) -> Value:
    kind = _called(field)
    if kind in _CLEAN:
        return clean(value, ALL)
    if kind in ("List", "Tuple") and field.arguments and _called(field.arguments[0].value) in _CLEAN:
        return clean(value, ALL)
    if kind in _TEXT:
        value = value.but(kind="text")
    for argument in field.arguments:
        if argument.name == "validate":
            value = clean(value, validator_kinds(walk, argument.value))
    return value


def validator_kinds(walk: Library, validator: ir.Expr) -> frozenset[str]:
    """What a value that a validator, or each of a list of them, let through cannot do."""
    several = validator.items if isinstance(validator, ir.Sequence) else [validator]
    if isinstance(validator, ir.Call) and _called(validator) in ("And", "and_"):
        several = [argument.value for argument in validator.arguments]
    return frozenset[str]().union(*(_kinds(walk, one) for one in several))


def _kinds(walk: Library, validator: ir.Expr) -> frozenset[str]:
    """What a value that a validator let through cannot do."""
    if not isinstance(validator, ir.Call):
        return frozenset()
    if _called(validator) in _CHOICES:
        return ALL
    if _called(validator) in ("Regexp", "matches_re") and validator.arguments:
        pattern = walk.value(validator.arguments[0].value) if walk.state is not None else UNKNOWN
        text = pattern.single
        if isinstance(text, str) and _called(validator) == "matches_re":
            return excluded(text, True)
        if isinstance(text, str) and (anchored_both(text) or anchored_both(f"^{text}")):
            return excluded(text, False)
    return frozenset()
