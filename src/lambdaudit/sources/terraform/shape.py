"""How a Terraform type becomes a CloudFormation type: rows of ``argument -> property``, applied to what a configuration says.

An argument is a name, or ``block.name`` for one of a nested block that may stand once. A property is a path (``Code.S3Bucket``).
`Many` describes nested blocks that may stand more than once, `convert` functions change values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.iac.lift.identity import NAMES, hashed
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import NO_VALUE, List, Map, OneOf, Ref, Span, Text, Value, moved, one_of

from .functions.encoding import json_tree
from .partial import Invalid

if TYPE_CHECKING:
    from .collect import Collector, Source

Convert = Callable[[Value], Value]


@dataclass(frozen=True, slots=True)
class As:
    """A property and how its value is converted."""

    path: str
    convert: Convert


@dataclass(frozen=True, slots=True)
class Many:
    """Nested blocks as a list of objects."""

    path: str
    fields: "Fields"
    convert: Convert | None = None


Fields = Mapping[str, "str | As | Many"]
Finish = Callable[["Source", Map, Map, "Collector"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the type table.

    `type` is CloudFormation's type, empty for resources that only change others. `finish` gets the source, its settings, the
    properties and the collector, and adds what rows cannot say. `constants` are properties that are always set.
    """

    type: str
    fields: Fields = field(default_factory=dict)
    finish: Finish | None = None
    constants: Mapping[str, Value] = field(default_factory=dict)
    tags: str = ""


def shaped(fields: Fields, settings: Map, into: Map | None = None) -> Map:
    """The properties that the rows make of settings."""
    made = into if into is not None else Map((), settings.span)
    for argument, target in fields.items():
        found, at = pick(settings, argument)
        if found is None:
            continue
        if isinstance(target, Many):
            put(made, target.path, _many(target, found), at)
        elif isinstance(target, As):
            value = converted(target.convert, found)
            if value is not None:
                put(made, target.path, value, at)
        else:
            put(made, target, _joined(found), at)
    if settings.rest and not made.rest:
        made.rest = settings.rest
    return made


def _joined(value: Value) -> Value:
    """One of several objects as an object with members that are one of several: what stands in all of them stays known."""
    if not isinstance(value, OneOf) or not all(isinstance(v, Map) and not v.rest for _, v in value.options):
        return value
    made = Map((), value.span)
    for key in dict.fromkeys(key for _, option in value.options for key in option):
        made[key] = one_of([(label, option.get(key, NO_VALUE)) for label, option in value.options], value.span)
        for _, option in value.options:
            if place := option.at(key):
                made.keys_at.setdefault(key, place)
    return made


def converted(convert: Convert, value: Value) -> Value:
    """A converted value; options of a OneOf one by one, and Unknown for what does not fit."""
    if isinstance(value, OneOf):
        return one_of([(label, converted(convert, v)) for label, v in value.options], value.span)
    if isinstance(value, Unknown) or value is NO_VALUE:
        return value
    try:
        return convert(value)
    except (Invalid, TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        return Unknown(f"a value that does not fit: {error}")


def _many(target: Many, found: Value) -> Value:
    if isinstance(found, Unknown) or found is NO_VALUE:
        return found
    if isinstance(found, OneOf):
        return one_of([(label, _many(target, v)) for label, v in found.options], found.span)
    blocks = found if isinstance(found, list) else [found]
    made = List((), getattr(found, "span", None), getattr(found, "rest", None))
    for block in blocks:
        if isinstance(block, dict):
            inner = block if isinstance(block, Map) else Map(block)
            made.append(shaped(target.fields, inner))
        elif isinstance(block, OneOf):
            options = [(label, shaped(target.fields, v) if isinstance(v, Map) else v) for label, v in block.options]
            made.append(one_of(options, block.span))
        else:
            made.append(block)
    return target.convert(made) if target.convert else made


def pick(settings: Map, argument: str) -> tuple[Value, Span | None]:
    """The value of an argument, through nested blocks that stand once, and where it is set."""
    found, at = _pick(settings, argument.split("."), settings.span)
    return (None if found is NO_VALUE else found), at


def _pick(current: Value, names: list[str], at: Span | None) -> tuple[Value, Span | None]:
    if isinstance(current, list) and names:
        current = current[0] if current else getattr(current, "rest", None)
    if not names or current is None or isinstance(current, Unknown):
        return current, at
    if isinstance(current, OneOf):
        options = [(label, _pick(inner, names, at)[0]) for label, inner in current.options]
        return one_of([(label, NO_VALUE if v is None else v) for label, v in options], current.span), at
    if not isinstance(current, dict):
        return None, at
    if isinstance(current, Map):
        at = current.keys_at.get(names[0]) or at
    value = current.get(names[0])
    return _pick(getattr(current, "rest", None) if value is None else value, names[1:], at)


def put(made: Map, path: str, value: Value, at: Span | None) -> None:
    """Set a property by its path."""
    *outer, last = path.split(".")
    current = made
    for name in outer:
        inner = current.get(name)
        if not isinstance(inner, Map):
            inner = Map((), at)
            current[name] = inner
            if at:
                current.keys_at.setdefault(name, at)
        current = inner
    current[last] = moved(value, at)
    if at:
        current.keys_at[last] = at


def resource(source: "Source", kind: str, properties: Map, suffix: str = "") -> Resource:
    """A resource of CloudFormation's shape for a source."""
    return Resource(
        address=source.address + suffix,
        type=kind,
        properties=properties,
        where=Where(source.at.source, source.address, "", source.at.line, source.at.column),
        name=_open_name(kind, properties) or source.own_name,
        undecided=source.undecided,
        account=source.account,
        region=source.region,
        owner=source.address if suffix else "",
    )


def _open_name(kind: str, properties: Map) -> str:
    """A stand-in for a name with holes, the same wherever the same holes are, so that names which belong together agree."""
    value = properties.get(NAMES.get(kind, ""))
    if not isinstance(value, Text) or not all(isinstance(part, str | Unknown) for part in value.parts):
        return ""
    return "".join(p if isinstance(p, str) else hashed(p.reason, 6) for p in value.parts)[:200]


def document(value: Value) -> Value:
    """A policy document: the tree of a JSON text."""
    if isinstance(value, str) and not value.strip():
        return None
    tree = json_tree(value)
    if isinstance(value, str) and isinstance(tree, str):
        tree = json_tree(tree)
    return tree


def listed(value: Value) -> Value:
    """A single value as a list."""
    return value if isinstance(value, list) else List([value], getattr(value, "span", None))


def negative_is_none(value: Value) -> Value:
    """``-1`` stands for a limit that is not set."""
    return None if value in (-1, "-1") else value


def enabled(value: Value) -> Value:
    """A truth value as Enabled or Disabled."""
    return {True: "Enabled", False: "Disabled"}.get(value, value) if isinstance(value, bool) else value


def address_of(value: Value) -> str:
    """The address in a reference, through texts that begin with one; empty when it is none."""
    if isinstance(value, Ref):
        return value.address
    parts = getattr(value, "parts", ())
    return parts[0].address if parts and isinstance(parts[0], Ref) else ""
