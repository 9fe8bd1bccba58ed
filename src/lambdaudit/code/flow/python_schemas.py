"""Schemas of marshmallow, attrs and JSON: what a field says about the values that it lets through."""

import re

from .. import ir
from .invoke import Arguments
from .library import Library
from .python_registry import model
from .regexes import anchored_both, excluded
from .state import Object
from .values import ALL, BOOL, UNKNOWN, ClassRef, External, Facts, Value, clean

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


# ---- JSON schemas

_PLAIN_TYPES = frozenset({"integer", "number", "boolean", "null"})
_PLAIN_FORMATS = frozenset({"uuid", "date", "date-time", "time", "ipv4", "ipv6"})
_INNER = re.compile(r"(?:powertools_json\()?([\w.\[\]*]+)\)?")


def schema_facts(walk: Library, schema: Value, symbol: str, depth: int = 0) -> Facts:
    """What holds of a part of outside data, and of the parts in it, when it agrees with a schema that stands in the code."""
    made = walk.objects(schema)
    if len(made) != 1 or depth > 6:
        return ()
    fields = made[0].fields
    kinds: frozenset[str] = frozenset()
    types = _texts(walk, fields.get("type"))
    if (
        "enum" in fields
        or "const" in fields
        or (types and types <= _PLAIN_TYPES)
        or _texts(walk, fields.get("format")) & _PLAIN_FORMATS
    ):
        kinds = ALL
    elif types and types <= _PLAIN_TYPES | {"string"}:
        kinds = frozenset({"nosql"})
    for pattern in _texts(walk, fields.get("pattern")):
        if anchored_both(pattern):
            kinds |= excluded(pattern, False)
    facts: Facts = ((symbol, kinds),) if kinds else ()
    properties = fields.get("properties")
    for part in walk.objects(properties) if properties is not None else []:
        for name, inner in part.fields.items():
            if isinstance(name, str):
                facts += schema_facts(walk, inner, walk.step(symbol, name), depth + 1)
    if "items" in fields:
        facts += schema_facts(walk, fields["items"], walk.step(symbol, 0), depth + 1)
    for inner_schema in walk.listed(fields["allOf"]) or [] if "allOf" in fields else []:
        facts += schema_facts(walk, inner_schema, symbol, depth + 1)
    return facts


def _texts(walk: Library, value: Value | None) -> set[str]:
    if value is None:
        return set()
    parts = walk.listed(value) if value.objects() else [value]
    return {text for part in parts or [] for text in part.strings()}


def _learn(walk: Library, schema: Value | None, data: Value | None, envelope: Value | None = None) -> Facts:
    if schema is None or data is None or not data.path:
        return ()
    symbol = data.path
    inner = envelope.single if envelope is not None else None
    match = _INNER.fullmatch(inner) if isinstance(inner, str) else None
    if match is not None:
        symbol = f"{symbol}.{match.group(1).replace('[*]', '[]')}"
    facts = schema_facts(walk, schema, symbol)
    walk.here.learn(facts)
    return facts


@model("jsonschema.validate")
def _json_schema(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    _learn(walk, arguments.get(1, "schema"), arguments.get(0, "instance"))
    return None


@model("fastjsonschema.validate")
def _fast(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    _learn(walk, arguments.get(0, "definition"), arguments.get(1, "data"))
    return arguments.get(1, "data")


@model("aws_lambda_powertools.utilities.validation.validate")
def _powertools(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    _learn(walk, arguments.get(1, "schema"), arguments.get(0, "event"), arguments.keywords.get("envelope"))
    return None


_VALIDATORS = (
    "Draft3Validator",
    "Draft4Validator",
    "Draft6Validator",
    "Draft7Validator",
    "Draft201909Validator",
    "Draft202012Validator",
)


@model(*(f"jsonschema.{part}{name}" for name in _VALIDATORS for part in ("", "validators.")), "fastjsonschema.compile")
def _compiled(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    schema = arguments.get(0, "schema", "definition")
    return Value(refs=(External("jsonschema.validator", extra=(schema,)),)) if schema is not None else None


def checked_by_schema(walk: Library, ref: External, method: str, arguments: Arguments) -> Value | None:
    """A call of a validator that was made from a schema, or of its method."""
    schema, data = ref.extra[0] if ref.extra else None, arguments.get(0, "instance", "data")
    if not isinstance(schema, Value) or data is None:
        return None
    if method == "is_valid":
        return BOOL.but(yes=schema_facts(walk, schema, data.path)) if data.path else BOOL
    if method not in ("validate", ""):
        return None
    _learn(walk, schema, data)
    walk.here.learn(((data.symbol, frozenset({"nosql"})),) if data.symbol else ())
    return data


def checked_before(walk: Library, decorator: ir.Expr) -> None:
    """``@validator(inbound_schema=…)``: the event agrees with the schema when the handler runs."""
    if isinstance(decorator, ir.Call):
        given = {argument.name: walk.value(argument.value) for argument in decorator.arguments if argument.name}
        _learn(walk, given.get("inbound_schema"), Value(path="event"), given.get("envelope"))
