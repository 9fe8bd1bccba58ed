"""Validating libraries: what a schema says about the values that it lets through (zod, joi, yup, valibot, typebox, ajv)."""

from typing import TYPE_CHECKING, Any

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import (
    ALL,
    BOOL,
    NONE,
    UNKNOWN,
    External,
    Value,
)

if TYPE_CHECKING:
    from .libraries import Libraries

# ---- schemas: zod, joi, yup, valibot, typebox

_CLEAN_TYPES = frozenset({
    "number", "int", "bigint", "boolean", "bool", "date", "enum", "nativeEnum", "literal", "valid", "uuid", "guid",
    "integer", "float", "positive", "oneOf", "cuid", "cuid2", "ulid", "nanoid", "datetime", "picklist", "hex",
    "alphanum", "isoDate", "keyof", "Integer", "Number", "Boolean", "Literal", "Enum", "hexadecimal", "creditCard", "iso",
    "base64url", "alphanumeric", "digits",
})  # fmt: skip
_TEXT_TYPES = frozenset({"string", "email", "url", "uri", "String", "ip", "hostname", "domain", "coerce"})
_OBJECTS = frozenset(
    {"object", "strictObject", "looseObject", "keys", "shape", "Object", "extend", "type", "partial", "pick", "omit"}
)
_ENDS = frozenset({
    "parse", "parseAsync", "validate", "validateAsync", "validateSync", "attempt", "cast", "Check", "Decode", "create", "assert",
})  # fmt: skip


def schema_call(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """One more method of a schema's chain, or what it lets through."""
    last = ref.name.rpartition(".")[2]
    old = ref.extra if ref.extra[:1] == ("schema",) else ("schema", "any", NONE)
    first = arguments.get(0)
    if last in ("safeParse", "safeParseAsync") and first is not None:
        data = walk.shaped(External("", None, old), first, node)
        return walk.new_object(Object("dict", {"data": data, "success": BOOL, "error": UNKNOWN, "output": data}))
    if last == "decode" and first is not None:
        return walk.new_object(Object("dict", {"right": walk.shaped(External("", None, old), first, node), "left": UNKNOWN}))
    if last in _ENDS and first is not None and not ref.name.startswith("ajv"):
        return _validated(walk, ref, old, arguments, node)
    if ref.name.startswith("ajv") and last == "compile":
        return Value(refs=(External("ajv.validator", None, ("schema", "json", first)),))
    return Value(refs=(External(_schema_name(ref.name), None, _grown(walk, old, last, first)),))


def schema_of(value: Value) -> External | None:
    """The schema that a value is; types of io-ts and runtypes are no calls."""
    for ref in value.refs:
        if isinstance(ref, External) and ref.extra[:1] == ("schema",):
            return ref
        package, _, name = ref.name.partition(".") if isinstance(ref, External) else ("", "", "")
        if package in ("io-ts", "runtypes") and name in _CLEAN_TYPES | _TEXT_TYPES | {"Int"}:
            kind = "text" if name in _TEXT_TYPES else "clean"
            return External("", None, ("schema", kind, NONE))
    return None


def _schema_name(name: str) -> str:
    return name.split(".")[0] + ".schema"


def _grown(walk: "Libraries", old: tuple[Any, ...], last: str, first: Value | None) -> tuple[Any, ...]:
    """What a schema says after one more method of its chain."""
    if last in _CLEAN_TYPES:
        return ("schema", "clean", NONE)
    if last in _OBJECTS:
        fields = dict(old[2]) if old[1] == "object" else {}
        for found in walk.objects(first) if first is not None else []:
            fields.update({key: value for key, value in found.fields.items() if isinstance(key, str)})
        return ("schema", "object", tuple(fields.items()))
    if last in ("array", "items", "of", "Array", "tuple") and first is not None:
        inner = next((r for r in first.refs if isinstance(r, External) and r.extra[:1] == ("schema",)), None)
        return ("schema", "array", inner)
    if last in ("regex", "pattern", "matches") and first is not None and old[1] == "text":
        known = walk.pattern_of(first)
        kinds = excluded_by(known[0]) if known is not None else NONE
        return ("schema", "clean", NONE) if "*" in kinds else ("schema", "text", kinds)
    if last in _TEXT_TYPES:
        return ("schema", "text", old[2] if old[1] == "text" else NONE) if old[1] in ("any", "text") else old
    if last in ("any", "unknown", "record", "mixed", "passthrough") and old[1] == "any":
        return ("schema", "any", NONE)
    return old


def excluded_by(pattern: str) -> frozenset[str]:
    """What a text that matches the whole of an anchored pattern cannot do."""
    from ..flow.regexes import anchored_both, excluded

    return excluded(pattern, False) if anchored_both(pattern) else NONE


def _validated(walk: "Libraries", ref: External, old: tuple[Any, ...], arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.positional
    value = given[0]
    if ref.name in ("valibot.parse", "superstruct.create", "superstruct.assert", "joi.attempt", "joi.assert") and len(given) > 1:
        schema = given[0] if ref.name == "valibot.parse" else given[1]
        value = given[1] if ref.name == "valibot.parse" else given[0]
        return walk.schema_value(schema, value, node)
    shaped = walk.shaped(External("", None, old), value, node)
    if ref.name.endswith(".validate") and not ref.name.startswith("yup"):
        return walk.new_object(Object("dict", {"value": shaped, "error": UNKNOWN}))
    return shaped


_HARMLESS = frozenset({"integer", "number", "boolean", "null"})
_FORMATS = frozenset({"uuid", "date", "date-time", "time", "ipv4", "ipv6", "duration"})


def json_schema(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """A compiled JSON schema says yes: fields with enums, numbers, formats and strict patterns are harmless."""
    first = arguments.get(0)
    schema = ref.extra[2] if ref.extra[:1] == ("schema",) else None
    root = _root(walk, first) if first is not None else ""
    if not root or schema is None:
        return BOOL
    return BOOL.but(yes=schema_facts(walk, schema, root))


def _root(walk: "Libraries", value: Value) -> str:
    """The place in the outside data that a value is, or was copied from."""
    spread = [made.rest.path for made in walk.objects(value) if made.rest is not None and made.rest.path.endswith(".*")]
    return value.path or (spread[0].removesuffix(".*") if len(spread) == 1 else "")


def schema_facts(walk: "Libraries", schema: Value, root: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """What holds of the parts of outside data below `root` once a JSON schema has said yes."""
    facts: list[tuple[str, frozenset[str]]] = []
    stack = [(schema, root, 0)]
    while stack:
        at, path, depth = stack.pop()
        for found in walk.objects(at):
            kinds = _schema_kinds(walk, found)
            if kinds and path != root:
                facts.append((path, kinds))
            fields = found.fields.get("properties")
            for made in walk.objects(fields) if fields is not None and depth < 6 else []:
                stack += [(part, walk.step(path, key), depth + 1) for key, part in list(made.fields.items())[:60]]
            if "items" in found.fields and depth < 6:
                stack.append((found.fields["items"], walk.step(path, 0), depth + 1))
    return tuple(facts)


def _schema_kinds(walk: "Libraries", schema: Object) -> frozenset[str]:
    """What a value that fits a JSON schema cannot do."""
    kind, form, pattern = (schema.fields.get(name) for name in ("type", "format", "pattern"))
    if "enum" in schema.fields or "const" in schema.fields or (kind is not None and kind.single in _HARMLESS):
        return ALL
    if form is not None and form.single in _FORMATS:
        return ALL
    return excluded_by(pattern.single) if pattern is not None and isinstance(pattern.single, str) else NONE
